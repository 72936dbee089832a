"""What is over and old is forgotten; what anybody may need stays."""

from datetime import timedelta

import pytest

from bridge.domain.alert import AlertStatus
from bridge.domain.incident import DesiredState
from bridge.domain.retention import Pruned, Retention
from bridge.domain.ticket import TicketState
from bridge.store import Store
from tests.builders import T0, at, make_incident, make_ticket
from tests.store.given import make_entry, make_known, make_line, save

DAY = timedelta(days=1)
KEEP = Retention(inbox=DAY, inbox_bytes=10**9, resolved=10 * DAY)
RESOLVED = {
    "ticket": make_ticket(state=TicketState.RESOLVED, status="Resolved"),
    "resolved_at": T0,
}
CLEAR = {"state": DesiredState.CLEAR}


def prune(store: Store, days: float, keep: Retention = KEEP) -> Pruned:
    return store.prune(keep, T0 + days * DAY)


def keep_body(store: Store, id_: str, body: bytes, seconds: float = 0) -> None:
    with store.intake() as transaction:
        entry = make_entry(id=id_, body=body, received_at=at(seconds))
        transaction.save(bodies=[entry], alerts=(), incidents=(), timeline=(), heard=[])


def test_bodies_are_forgotten_by_age(store: Store) -> None:
    keep_body(store, "01", b"old")
    keep_body(store, "02", b"new", seconds=86_400)
    assert prune(store, 1.5) == Pruned(bodies=1, incidents=0)
    assert store.inbox_entry("01") is None
    assert store.inbox_entry("02") is not None


def test_the_oldest_bodies_are_forgotten_when_all_are_too_large(store: Store) -> None:
    for number in range(4):
        keep_body(store, f"0{number}", bytes(f"{number}" * 10, "ascii"))
    one = 19  # so long is each of them compressed, or a little less
    small = Retention(inbox=DAY, inbox_bytes=2 * one, resolved=DAY)
    assert prune(store, 0.1, small).bodies in (1, 2)
    assert store.inbox_entry("00") is None
    assert store.inbox_entry("03") is not None


def test_an_incident_that_is_over_is_forgotten_with_all_that_belongs_to_it(store: Store) -> None:
    save(
        store,
        make_incident(CLEAR, RESOLVED),
        alerts=[make_known(status=AlertStatus.RESOLVED, resolved_at=T0)],
        timeline=[make_line()],
    )
    assert prune(store, 9).incidents == 0
    assert prune(store, 11).incidents == 1
    assert store.incident("01") is None
    assert store.members("01") == []
    assert store.timeline("01") == []


@pytest.mark.parametrize(
    "incident",
    [
        make_incident({}, {"ticket": make_ticket()}),
        make_incident({}, {"parked_reason": "no such category", "parked_at": T0}),
        make_incident(CLEAR, {"ticket": make_ticket()}),
        make_incident(CLEAR, RESOLVED, due_at=T0 + 30 * DAY),
        make_incident(CLEAR, {"create_sent_at": T0}),
    ],
    ids=["fires", "parked", "clearing", "has work to do", "outcome unknown"],
)
def test_what_is_not_over_is_never_forgotten(store: Store, incident: object) -> None:
    save(store, incident, alerts=[make_known()])  # type: ignore[arg-type]
    assert prune(store, 1000).incidents == 0
    assert store.incident("01") is not None
    assert len(store.members("01")) == 1


def test_alerts_of_no_incident_are_forgotten_too(store: Store) -> None:
    save(store, alerts=[make_known(incident_id=None)])
    prune(store, 11)
    with store.intake() as transaction:
        assert transaction.alerts("alertmanager", ["f1"]) == {}
