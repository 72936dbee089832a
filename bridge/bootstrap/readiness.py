"""Whether the bridge is ready for traffic."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bridge.bootstrap.parts import Bridge, now
from bridge.domain.errors import StoreUnavailable
from bridge.rules.live import LiveRules
from bridge.store import Store
from bridge.web import (
    Check,
)

#: A worker shows life every few seconds; one that has missed several is gone.
WORKER_SEEN_WITHIN = timedelta(seconds=20)


def readiness(bridge: Bridge, rules: LiveRules) -> Sequence[Check]:
    """Say what has to hold before traffic should come, and what of it does."""
    return [
        _storage_check(bridge.store),
        Check(name="rules", ok=True, detail=str(rules.in_force)),
        _worker_check(bridge.store),
        *(
            Check(name="configuration", ok=True, detail=str(warning))
            for warning in bridge.settings.warnings
        ),
    ]


def _storage_check(store: Store) -> Check:
    try:
        store.ping()
    except StoreUnavailable as error:
        return Check(name="storage", ok=False, detail=str(error))
    return Check(name="storage", ok=True, detail="reachable")


def is_worker_alive(store: Store) -> bool:
    """Say whether a worker was seen lately."""
    return _is_recent(store.last_beat())


def _is_recent(seen_at: datetime | None) -> bool:
    return seen_at is not None and now() - seen_at <= WORKER_SEEN_WITHIN


def _worker_check(store: Store) -> Check:
    try:
        seen_at = store.last_beat()
    except StoreUnavailable:
        return Check(name="worker", ok=False, detail="unknown while storage is down")
    if _is_recent(seen_at):
        return Check(name="worker", ok=True, detail="seen lately")
    return Check(
        name="worker", ok=False, detail="none seen lately; start `bridge worker` or `bridge serve`"
    )
