"""Turns that an incident takes without a desk, on both databases."""

from dataclasses import replace
from datetime import datetime

from bridge.domain.alert import AlertStatus
from bridge.domain.incident import DesiredState, Observed, PreviousTicket
from bridge.domain.ports import Claim
from bridge.domain.spec import IncidentSpec
from bridge.reconciler import turns
from bridge.store import Store
from tests.builders import T0, at, make_incident, make_ticket
from tests.store.given import (
    claim,
    claim_one,
    make_due,
    make_known,
    said,
    save,
    statuses,
    stored,
    take_over,
)

FIRING, RESOLVED = AlertStatus.FIRING, AlertStatus.RESOLVED


def expire(store: Store, held: Claim) -> None:
    store.change(lambda tx: turns.expire(tx, held, at(5)))


def begin_episode(store: Store, held: Claim, token: str, now: datetime) -> None:
    store.change(lambda tx: turns.begin_episode(tx, held, new_id="02", token=token, now=now))


def test_expiry_clears_the_incident_and_every_firing_member(store: Store) -> None:
    earlier = make_known("f2", status=RESOLVED, resolved_at=T0, ends_at=T0)
    save(
        store,
        make_due(),
        alerts=[make_known("f1"), earlier, make_known("f3", incident_id="02")],
    )
    expire(store, claim_one(store))
    incident = stored(store)
    assert (incident.desired.state, incident.desired.since) == (DesiredState.CLEAR, at(5))
    assert (incident.desired.generation, incident.due_at) == (2, at(5))
    expired = make_known("f1", status=RESOLVED, resolved_at=at(5), ends_at=at(5))
    assert {m.fingerprint: m for m in store.members("01")} == {"f1": expired, "f2": earlier}
    assert statuses(store, "02") == {"f3": FIRING}
    assert said(store) == ["expired"]


def test_an_expired_incident_can_be_claimed_at_once(store: Store) -> None:
    save(store, make_due())
    expire(store, claim_one(store))
    assert len(claim(store, now=at(5), owner="other")) == 1


def test_an_alert_that_fired_since_the_claim_keeps_its_incident_from_expiring(
    store: Store,
) -> None:
    save(store, make_due(), alerts=[make_known("f1")])
    held = claim_one(store)
    save(store, make_due(desired={"fired_at": at(4)}))
    store.change(lambda tx: turns.expire(tx, held, at(5)))
    assert stored(store).desired.is_open
    assert statuses(store) == {"f1": FIRING}
    assert claim_one(store, now=at(5)).incident.due_at == at(5)


def test_a_worker_that_lost_its_claim_cannot_expire(store: Store) -> None:
    save(store, make_due(), alerts=[make_known("f1")])
    lost = claim_one(store)
    taken = take_over(store, lost)
    store.change(lambda tx: turns.expire(tx, lost, at(61)))
    assert stored(store) == taken.incident
    assert statuses(store) == {"f1": FIRING}


def test_a_new_episode_takes_over_what_the_old_one_wanted(store: Store) -> None:
    spec = IncidentSpec(subject="again")
    old = make_due(
        desired={"spec": spec, "generation": 7, "late_until": at(1)},
        observed={"ticket": make_ticket(url="https://desk/1"), "resolved_at": T0, "generation": 6},
        rule="rule-1",
    )
    save(store, old, alerts=[make_known("f1"), make_known("f2", status=RESOLVED)])
    begin_episode(store, claim_one(store), "IB-test-02", at(9))
    assert stored(store, "01") == replace(old, ended_at=at(9), due_at=at(9), updated_at=at(9))
    assert stored(store, "02") == make_incident(
        desired={"spec": spec, "since": at(9)},
        id="02",
        episode=2,
        token="IB-test-02",
        rule="rule-1",
        previous=PreviousTicket(number="INC-1", url="https://desk/1"),
        due_at=at(9),
        opened_at=at(9),
        updated_at=at(9),
    )
    assert statuses(store, "01") == {"f2": RESOLVED}
    assert statuses(store, "02") == {"f1": FIRING}
    assert (said(store, "01"), said(store, "02")) == (["ended"], ["opened"])


def test_a_new_episode_can_be_claimed_and_the_old_one_is_looked_at_once_more(
    store: Store,
) -> None:
    save(store, make_due(observed={"ticket": make_ticket()}))
    begin_episode(store, claim_one(store), "t", at(9))
    assert {held.incident.id for held in claim(store, now=at(9))} == {"01", "02"}


def test_an_old_episode_that_left_nothing_at_the_desk_is_never_looked_at_again(
    store: Store,
) -> None:
    save(store, make_due())
    begin_episode(store, claim_one(store), "t", at(9))
    assert claim_one(store, now=at(9)).incident.id == "02"


def test_an_episode_that_has_cleared_since_the_claim_has_no_successor(store: Store) -> None:
    save(store, make_due())
    held = claim_one(store)
    save(store, make_due(desired={"state": DesiredState.CLEAR, "generation": 2}))
    begin_episode(store, held, "t", at(9))
    assert store.incident("02") is None
    assert claim_one(store, now=at(9)).incident.id == "01"


def test_a_worker_that_lost_its_claim_begins_no_episode(store: Store) -> None:
    save(store, make_due())
    lost = claim_one(store)
    taken = take_over(store, lost)
    begin_episode(store, lost, "t", at(61))
    assert store.incident("02") is None
    assert store.record(taken, Observed(), now=at(62), due_at=None)
