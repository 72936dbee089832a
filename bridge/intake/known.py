"""What is stored of an alert once the rules have decided on it."""

from datetime import datetime

from bridge.domain.alert import Alert, AlertStatus, Handling
from bridge.domain.decision import Decision, Filed
from bridge.domain.known import KnownAlert
from bridge.domain.rank import rank_of
from bridge.intake.describe import Imprint, place_of
from bridge.intake.explain import told_spec


def known_of(
    alert: Alert,
    decision: Decision,
    *,
    title: str,
    digest: str,
    rules_version: str,
    seen_at: datetime,
    incident_id: str | None = None,
    handling: Handling = Handling.UNHANDLED,
) -> KnownAlert:
    """Give the alert with what was decided; a dropped one belongs nowhere."""
    filed = decision if isinstance(decision, Filed) else None
    place = place_of(filed.backend, filed.key) if filed else ""
    return KnownAlert(
        source=alert.source,
        fingerprint=alert.fingerprint,
        status=alert.status,
        title=title,
        digest=str(Imprint(alert=digest, place=place, rules=rules_version)),
        # A beginning ahead of our clock would make its end, told without it, an earlier one's.
        starts_at=min(alert.starts_at, seen_at),
        ends_at=None,
        seen_at=seen_at,
        resolved_at=None,
        incident_id=incident_id,
        rule=decision.rule,
        rank=rank_of(filed.spec.priority) if filed else 0,
        spec=told_spec(filed) if filed else None,
        policy=filed.policy if filed else None,
        labels=alert.labels,
        handling=handling,
    )


def is_firing(known: KnownAlert) -> bool:
    """Say whether the alert fired when it was last told of."""
    return known.status is AlertStatus.FIRING


def is_of_an_earlier_firing(cleared: Alert, known: KnownAlert) -> bool:
    """Tell the late end of an earlier firing from the end of this one.

    A pair of Alertmanagers repeats it so. Both times count: one that the sender left out is the
    bridge's own, and two Prometheus servers date the same firing a little differently.
    """
    ended_before = cleared.ends_at is not None and cleared.ends_at < known.starts_at
    return is_firing(known) and cleared.starts_at < known.starts_at and ended_before
