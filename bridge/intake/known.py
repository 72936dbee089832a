"""What is stored of an alert once the rules have decided on it."""

from dataclasses import replace
from datetime import datetime

from bridge.domain.alert import Alert, AlertStatus
from bridge.domain.decision import Decision, Dropped, Filed
from bridge.domain.ports import KnownAlert
from bridge.domain.rank import rank_of
from bridge.intake.describe import Imprint, digest_of, place_of, title_of
from bridge.intake.explain import told_spec


def known_of(
    alert: Alert, decision: Decision, *, rules_version: str, seen_at: datetime
) -> KnownAlert:
    """Give the alert with what was decided; a dropped one belongs nowhere."""
    match decision:
        case Filed():
            known = _known(alert, place_of(decision.backend, decision.key), rules_version, seen_at)
            return replace(
                known,
                rule=decision.rule,
                rank=rank_of(decision.spec.priority),
                spec=told_spec(decision),
                policy=decision.policy,
            )
        case Dropped():
            return replace(_known(alert, "", rules_version, seen_at), rule=decision.rule)


def _known(alert: Alert, place: str, rules_version: str, seen_at: datetime) -> KnownAlert:
    imprint = Imprint(alert=digest_of(alert), place=place, rules=rules_version)
    return KnownAlert(
        source=alert.source,
        fingerprint=alert.fingerprint,
        status=alert.status,
        title=title_of(alert),
        digest=str(imprint),
        # A beginning ahead of our clock would make its end, told without it, an earlier one's.
        starts_at=min(alert.starts_at, seen_at),
        ends_at=None,
        seen_at=seen_at,
        resolved_at=None,
        incident_id=None,
        rule=None,
        labels=alert.labels,
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
