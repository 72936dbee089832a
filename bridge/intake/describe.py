"""How an alert is recognised: by people (title) and by the bridge (digest, rank)."""

import hashlib
from collections.abc import Mapping
from types import MappingProxyType

from bridge.domain.alert import Alert
from bridge.domain.decision import Filed

TITLE_CHARACTERS = 160

#: Words that desks and senders use for the same four levels; the highest member of an incident
#: speaks for it.
_RANKS: Mapping[str, int] = MappingProxyType(
    {
        **dict.fromkeys(("critical", "urgent", "disaster", "page", "p1", "1", "sev1"), 4),
        **dict.fromkeys(("high", "error", "major", "p2", "2", "sev2"), 3),
        **dict.fromkeys(("medium", "warning", "average", "minor", "p3", "3", "sev3"), 2),
        **dict.fromkeys(("low", "info", "information", "p4", "4", "sev4"), 1),
        **dict.fromkeys(("none", "planning", "p5", "5", "sev5"), 0),
    }
)
_UNKNOWN_RANK = 2


def title_of(alert: Alert) -> str:
    """Name the alert and the labels that tell it from its siblings, as Prometheus writes them."""
    told = {k: v for k, v in alert.labels.items() if k != "alertname" and k not in alert.group}
    labels = ", ".join(f'{name}="{value}"' for name, value in sorted(told.items()))
    title = f"{alert.name}{{{labels}}}" if labels else alert.name
    return title if len(title) <= TITLE_CHARACTERS else f"{title[: TITLE_CHARACTERS - 1]}…"


def digest_of(alert: Alert, rules_version: str) -> str:
    """Digest what a decision can depend on; a repeat with the same digest changes nothing.

    Links stay out: a pair of Alertmanagers repeats the same alert under two addresses.
    """
    said = (
        rules_version,
        alert.status.value,
        alert.name,
        sorted(alert.labels.items()),
        sorted(alert.annotations.items()),
        sorted(alert.values.items()),
        sorted(alert.group.items()),
        alert.starts_at,
    )
    return hashlib.blake2b(repr(said).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def rank_of(filed: Filed) -> int:
    """Rank a decision by its priority; words nobody knows rank in the middle."""
    return _RANKS.get(filed.spec.priority.strip().lower(), _UNKNOWN_RANK)


def token_of(instance: str, incident_id: str) -> str:
    """Make the token of an incident; the random tail of its id makes it unique."""
    return f"IB-{instance}-{incident_id[-12:]}"
