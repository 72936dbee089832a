"""How an alert is recognised: by people (title) and by the bridge (imprint)."""

import hashlib
from dataclasses import dataclass
from typing import Self

import orjson

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
        parts = text.split(".", 2)
        return parts[0] == digest and parts[-1] == rules

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
    # JSON has no word for what is no number, so values are said as Python says them.
    values = repr(sorted(alert.values.items())) if alert.values else ""
    texts = (alert.labels, alert.annotations, alert.group)
    said = (alert.status.value, alert.name, *texts, values, alert.starts_at)
    try:
        written = orjson.dumps(said, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:  # half a character
        sorted_texts = [sorted(text.items()) for text in texts]
        written = repr((said[:2], sorted_texts, said[5:])).encode("utf-8", "surrogatepass")
    return _digest(written)


def place_of(backend: str, key: str) -> str:
    """Digest where an alert belongs."""
    return _digest(repr((backend, key)).encode("utf-8", "surrogatepass"))


def _digest(written: bytes) -> str:
    return hashlib.blake2b(written, digest_size=16).hexdigest()


def token_of(instance: str, incident_id: str) -> str:
    """Make the token of an incident; the random tail of its id makes it unique."""
    return f"IB-{instance}-{incident_id[-12:]}"
