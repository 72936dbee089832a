"""How an alert is recognised: by people (title) and by the bridge (imprint)."""

import hashlib
from dataclasses import dataclass
from typing import Self

from bridge.domain.alert import Alert

TITLE_CHARACTERS = 160


def title_of(alert: Alert) -> str:
    """Name the alert and the labels that tell it from its siblings, as Prometheus writes them."""
    told = {k: v for k, v in alert.labels.items() if k != "alertname" and k not in alert.group}
    labels = ", ".join(f'{name}="{value}"' for name, value in sorted(told.items()))
    title = f"{alert.name}{{{labels}}}" if labels else alert.name
    return title if len(title) <= TITLE_CHARACTERS else f"{title[: TITLE_CHARACTERS - 1]}…"


@dataclass(frozen=True, slots=True, kw_only=True)
class Imprint:
    """What a decision was made of, the alert and the rules, and where it led; kept as one text."""

    alert: str  #: a digest of all in it that a decision can depend on
    place: str  #: a digest of the backend and the key; empty: it was dropped
    rules: str  #: their version

    def __str__(self) -> str:
        return f"{self.alert}.{self.place}.{self.rules}"

    @staticmethod
    def is_of(text: str, digest: str, rules: str) -> bool:
        """Say whether `text` is the imprint of the alert with this digest, decided by these rules.

        Not by `read`: every alert that is repeated is asked about.
        """
        return text.partition(".")[0] == digest and text.split(".", 2)[-1] == rules

    @classmethod
    def read(cls, text: str) -> Self:
        """Read what `str` wrote; what an older release wrote reads as made by other rules."""
        alert, _, rest = text.partition(".")
        place, _, rules = rest.partition(".")
        return cls(alert=alert, place=place, rules=rules)


def digest_of(alert: Alert) -> str:
    """Digest what a decision can depend on; a repeat with the same digest changes nothing.

    Links stay out: a pair of Alertmanagers repeats the same alert under two addresses.
    """
    said = (
        alert.status.value,
        alert.name,
        sorted(alert.labels.items()),
        sorted(alert.annotations.items()),
        sorted(alert.values.items()),
        sorted(alert.group.items()),
        alert.starts_at,
    )
    return _digest(said)


def place_of(backend: str, key: str) -> str:
    """Digest where an alert belongs."""
    return _digest((backend, key))


def _digest(said: object) -> str:
    return hashlib.blake2b(repr(said).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def token_of(instance: str, incident_id: str) -> str:
    """Make the token of an incident; the random tail of its id makes it unique."""
    return f"IB-{instance}-{incident_id[-12:]}"
