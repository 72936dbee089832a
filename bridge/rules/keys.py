"""What makes two alerts the same fault."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import orjson

from bridge.domain.alert import Alert
from bridge.expressions import Literal, Template
from bridge.rules.limits import MAX_KEY
from bridge.rules.reading import Getter
from bridge.rules.values import clean


class Key(Protocol):
    """Names the fault that an alert belongs to."""

    def of(self, alert: Alert, scope: Mapping[str, object]) -> str:
        """Give the key; raise whatever a template raises."""


@dataclass(frozen=True, slots=True)
class KeyByLabels:
    """All labels but some; alerts of different sources are never the same fault."""

    left_out: frozenset[str]

    def of(self, alert: Alert, _scope: Mapping[str, object]) -> str:
        """Write the labels as Prometheus does, by name."""
        told = sorted(alert.labels.items())
        return _written(alert.source, [(k, v) for k, v in told if v and k not in self.left_out])


@dataclass(frozen=True, slots=True)
class KeyByNames:
    """Chosen labels and other parts of the alert."""

    getters: Sequence[tuple[str, Getter]]

    def of(self, alert: Alert, _scope: Mapping[str, object]) -> str:
        """Write what the names read."""
        return _written(alert.source, [(name, get(alert)) for name, get in self.getters])


@dataclass(frozen=True, slots=True)
class KeyByTemplate:
    """Whatever the rule's author says, across sources too."""

    template: Literal | Template

    def of(self, _alert: Alert, scope: Mapping[str, object]) -> str:
        """Render the key; raise ValueError when it is empty."""
        key = _bounded(self.template.render(scope).strip())
        if not key:
            message = "the key is empty"
            raise ValueError(message)
        return key


_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_.:]*")

#: A warning that becomes critical is still the same fault.
DEFAULT_KEY = KeyByLabels(frozenset(["severity"]))


def _written(source: str, parts: Sequence[tuple[str, str]]) -> str:
    told = ", ".join(f"{_name(name)}={_quoted(value)}" for name, value in parts)
    return _bounded(f"{source}{{{told}}}")


def _name(name: str) -> str:
    is_plain = (name.isidentifier() and name.isascii()) or _PLAIN.fullmatch(name)
    return name if is_plain else _quoted(name)


def _quoted(value: str) -> str:
    if value.isprintable() and '"' not in value and "\\" not in value:
        return f'"{value}"'  # as orjson would, which takes longer
    return orjson.dumps(clean(value)).decode()


def _bounded(text: str) -> str:
    key = clean(text)
    if len(key) <= MAX_KEY:
        return key
    digest = hashlib.blake2b(key.encode(), digest_size=8).hexdigest()
    return f"{key[: MAX_KEY - 17]}~{digest}"
