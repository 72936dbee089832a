"""Rows of alerts to domain values and back."""

from typing import Any

from sqlalchemy import Row

from bridge.domain.alert import AlertStatus, Handling
from bridge.domain.incident import DesiredState
from bridge.domain.known import KnownAlert, Standing
from bridge.store.rows import Values, spec_from, spec_json

#: A lookup takes a tenth of the time of making a member out of its value.
_STATUSES = {status.value: status for status in AlertStatus}


def alert_values(alert: KnownAlert) -> Values:
    """Write an alert."""
    return {
        "source": alert.source,
        "fingerprint": alert.fingerprint,
        "status": alert.status.value,
        "title": alert.title,
        "digest": alert.digest,
        "starts_at": alert.starts_at,
        "ends_at": alert.ends_at,
        "seen_at": alert.seen_at,
        "resolved_at": alert.resolved_at,
        "incident_id": alert.incident_id,
        "rule": alert.rule,
        "rank": alert.rank,
        "spec": spec_json(alert.spec),
        "policy": alert.policy,
        "labels": dict(alert.labels),
        "handling": alert.handling.value,
    }


def alert_from(row: Row[Any]) -> KnownAlert:
    """Read an alert."""
    return KnownAlert(
        source=row.source,
        fingerprint=row.fingerprint,
        status=AlertStatus(row.status),
        title=row.title,
        digest=row.digest,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        seen_at=row.seen_at,
        resolved_at=row.resolved_at,
        incident_id=row.incident_id,
        rule=row.rule,
        rank=row.rank,
        spec=spec_from(row.spec),
        policy=row.policy,
        labels=row.labels,
        handling=Handling(row.handling or Handling.UNHANDLED),
    )


def standing_from(row: Row[Any]) -> Standing:
    """Read how an alert stands; the columns are in this order, as thousands of them are read."""
    _, status, digest, incident_id, key, rule, state, policy = tuple(row)
    is_open = state == DesiredState.OPEN.value
    return Standing(
        _STATUSES[status],
        digest,
        incident_id,
        key,
        rule,
        is_steady=is_open and not policy.asks_for_repeats,
    )
