"""What every kind of service desk has in common in the configuration."""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from marshmallow import ValidationError, fields, post_load, validate

from bridge.domain.spec import ATTRIBUTES
from bridge.yamlfile import CheckedField, Section, Span, Url, unknown_key

_RATE = re.compile(r"(\d{1,6})\s*/\s*([smh])")
_SECONDS = {"s": 1, "m": 60, "h": 3600}


class Rate(CheckedField[float]):
    """A number of calls per second."""

    def read(self, value: object) -> float:
        """Read 20/s, 100/m and the like."""
        match = _RATE.fullmatch(str(value).strip())
        if match is None or int(match.group(1)) == 0:
            raise ValidationError(f"{value!r} is not a rate; write it like 20/s or 100/m")
        return int(match.group(1)) / _SECONDS[match.group(2)]


class Patience(Span):
    """A span that a call to a desk may take."""

    def read(self, value: object) -> timedelta:
        """Read a span that gives a desk a chance to answer."""
        span = super().read(value)
        if not timedelta(milliseconds=100) <= span <= timedelta(minutes=5):
            raise ValidationError("is out of range; choose 100ms to 5m")
        return span


class ReadableFile(CheckedField[str]):
    """The path of a file that exists now."""

    def read(self, value: object) -> str:
        """Read a path."""
        if not Path(str(value)).is_file():
            raise ValidationError(f"{value} is not a file; give the path of a PEM file")
        return str(value)


class ClientCert(CheckedField[str | tuple[str, str]]):
    """A client certificate: one PEM file, or the certificate's and the key's."""

    def read(self, value: object) -> str | tuple[str, str]:
        """Read FILE or {cert: FILE, key: FILE}."""
        file = ReadableFile()
        if not isinstance(value, Mapping):
            return file.read(value)
        if set(value) != {"cert", "key"}:
            raise ValidationError("is not complete; write FILE, or {cert: FILE, key: FILE}")
        return file.read(value["cert"]), file.read(value["key"])


class Values(CheckedField[Mapping[str, Mapping[str, str]]]):
    """`values:`, from the words of the rules to the desk's, field by field."""

    def read(self, value: object) -> Mapping[str, Mapping[str, str]]:
        """Read {field: {word: word}}; the fields are those of `set:`."""
        if not isinstance(value, Mapping):
            raise ValidationError("is not a mapping; write {priority: {critical: P1}}")
        faults = {name: [self._fault(name, words)] for name, words in value.items()}
        faults = {name: fault for name, fault in faults.items() if fault != [""]}
        if faults:
            raise ValidationError(faults)
        return {
            name: {str(word): str(said) for word, said in words.items()}
            for name, words in value.items()
        }

    def _fault(self, name: str, words: object) -> str:
        if name not in ATTRIBUTES:
            return unknown_key(name, list(ATTRIBUTES))
        is_plain = isinstance(words, Mapping) and all(
            isinstance(said, str | int | float) for said in words.values()
        )
        return "" if is_plain else f"{name} has no words; write {{critical: P1, high: P2}}"


class Required(CheckedField[Sequence[str]]):
    """`required:`, fields of `set:` without which this desk takes no ticket."""

    def read(self, value: object) -> Sequence[str]:
        """Read names; a custom field is CustomFields.<its name>."""
        names = value if isinstance(value, list) else [value]
        for name in map(str, names):
            if name not in ATTRIBUTES and not name.startswith("CustomFields."):
                raise ValidationError(unknown_key(name, list(ATTRIBUTES)))
        return [str(name) for name in names]


class LimitsSection(Section):
    """`limits:`."""

    concurrency = fields.Integer(
        load_default=8, validate=validate.Range(1, 64, error="is out of range; choose 1 to 64")
    )
    rate = Rate(load_default=50.0)
    timeout = Patience(load_default=timedelta(seconds=15))

    @post_load
    def _named(self, loaded: Mapping[str, Any], **_kwargs: object) -> Mapping[str, Any]:
        return {
            "concurrency": loaded["concurrency"],
            "per_second": loaded["rate"],
            "timeout": loaded["timeout"],
        }


class BackendSection(Section):
    """One entry of `backends:`; every kind of desk extends it with `auth` and `defaults`."""

    type = fields.String(required=True)
    url = Url(required=True)
    values = Values(load_default=dict)
    required = Required(load_default=())
    limits = fields.Nested(LimitsSection, load_default=lambda: LimitsSection().load({}))
    on_unknown = fields.String(
        load_default="hold",
        validate=validate.OneOf(("create", "hold"), error="is neither; write create or hold"),
    )
    look_every = Span(load_default=timedelta(minutes=15))  # 0: only before writing
    ca = ReadableFile(load_default=None)
    client_cert = ClientCert(load_default=None)
    proxy = Url(load_default=None)
    verify = fields.Boolean(load_default=True)
