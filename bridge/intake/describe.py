"""How an alert is recognised: by people (title) and by the bridge (digest)."""

import hashlib

from bridge.domain.alert import Alert

TITLE_CHARACTERS = 160


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


def token_of(instance: str, incident_id: str) -> str:
    """Make the token of an incident; the random tail of its id makes it unique."""
    return f"IB-{instance}-{incident_id[-12:]}"
