"""Outcomes that arrive after the claim was lost."""

from dataclasses import replace

from bridge.domain.incident import DesiredState, Observed, Phase
from bridge.domain.late import merge_late
from bridge.domain.spec import IncidentSpec
from bridge.store import Store
from tests.builders import T0, at, make_incident, make_ticket
from tests.store.given import (
    claim,
    claim_one,
    make_due,
    make_line,
    said,
    save,
    stored,
    take_over,
)

TOLD = IncidentSpec(subject="as filed")
FILED = Observed(ticket=make_ticket(), generation=1, spec=TOLD, told_through=4)


def test_a_late_outcome_changes_nothing_but_the_timeline(store: Store) -> None:
    save(store, make_due())
    lost = claim_one(store)
    taken = take_over(store, lost)
    is_ours = store.record(
        lost, Observed(attempts=9), now=at(61), due_at=None, timeline=[make_line("failed", why="x")]
    )
    assert not is_ours
    assert stored(store) == taken.incident
    [entry] = store.timeline("01")
    assert (entry.what, entry.detail) == ("failed", {"why": "x", "late": True})


def test_a_late_outcome_does_not_end_the_new_claim(store: Store) -> None:
    save(store, make_due())
    lost = claim_one(store)
    taken = take_over(store, lost)
    store.record(lost, Observed(), now=at(61), due_at=at(61), ended=True)
    assert claim(store, now=at(62)) == []
    assert store.record(taken, Observed(attempts=1), now=at(63), due_at=None)


def test_a_ticket_filed_late_is_adopted_and_to_be_looked_at(store: Store) -> None:
    save(store, make_due(observed={"attempts": 2, "told_through": 1}))
    lost = claim_one(store)
    taken = take_over(store, lost)
    assert not store.record(lost, FILED, now=at(61), due_at=None)
    assert stored(store).observed == merge_late(
        taken.incident.observed, lost.incident.observed, FILED, at(61)
    )
    assert stored(store).observed == Observed(
        ticket=make_ticket(), unsure_since=at(61), attempts=2, told_through=1
    )
    assert (stored(store).due_at, stored(store).updated_at) == (at(61), at(61))


def test_an_adopted_ticket_settles_an_unknown_create(store: Store) -> None:
    save(store, make_due(observed={"create_sent_at": at(0), "lookups": 2}))
    lost = claim_one(store)
    take_over(store, lost)
    store.record(lost, Observed(ticket=make_ticket()), now=at(61), due_at=None)
    assert stored(store).observed.create_sent_at is None
    assert stored(store).phase is Phase.FILED


def test_the_known_ticket_is_no_duplicate_when_a_late_worker_calls_it_otherwise(
    store: Store,
) -> None:
    save(store, make_due(observed={"ticket": make_ticket()}))
    lost = claim_one(store)
    take_over(store, lost)
    renamed = replace(FILED, ticket=make_ticket(number="No. 1"))
    store.record(lost, renamed, now=at(61), due_at=None)
    assert stored(store).observed.strays == ()


def test_a_late_write_to_the_known_ticket_has_it_looked_at_and_told_again(store: Store) -> None:
    known = {"ticket": make_ticket(), "generation": 1, "spec": IncidentSpec(subject="before")}
    save(store, make_due(observed=known))
    lost = claim_one(store)
    taken = take_over(store, lost)
    late = replace(lost.incident.observed, spec=TOLD)
    assert not store.record(lost, late, now=at(61), due_at=None)
    assert stored(store).observed == replace(
        taken.incident.observed, generation=0, spec=None, unsure_since=at(61)
    )
    assert claim_one(store, now=at(61)).incident.id == "01"


def test_what_was_merged_is_not_overwritten_by_the_current_holder(store: Store) -> None:
    save(store, make_due())
    lost = claim_one(store)
    taken = take_over(store, lost)
    store.record(lost, FILED, now=at(61), due_at=None)
    merged = stored(store)
    assert not store.record(taken, taken.incident.observed, now=at(62), due_at=None, ended=True)
    assert stored(store) == merged


def test_a_holder_on_its_way_learns_that_it_was_fenced_off(store: Store) -> None:
    save(store, make_due())
    lost = claim_one(store)
    taken = take_over(store, lost)
    store.record(lost, FILED, now=at(61), due_at=None)
    intent = replace(taken.incident.observed, create_sent_at=at(62))
    assert not store.record(taken, intent, now=at(62), due_at=T0, release=False)
    assert stored(store).observed.create_sent_at is None


def test_a_late_intent_was_never_acted_on_and_leaves_the_holder_alone(store: Store) -> None:
    save(store, make_due())
    lost = claim_one(store)
    taken = take_over(store, lost)
    intent = Observed(spec=TOLD, create_sent_at=at(61))
    assert not store.record(lost, intent, now=at(61), due_at=None, release=False)
    assert claim(store, now=at(62)) == []
    assert store.record(taken, FILED, now=at(63), due_at=None)
    assert stored(store).observed == FILED


def test_whoever_was_about_to_file_another_ticket_is_fenced_off_and_its_ticket_noted(
    store: Store,
) -> None:
    save(store, make_due())
    lost = claim_one(store)
    taken = take_over(store, lost)
    store.record(lost, Observed(ticket=make_ticket()), now=at(61), due_at=None)
    second = Observed(ticket=make_ticket(number="INC-2", id="2"))
    assert not store.record(taken, second, now=at(62), due_at=None)
    assert stored(store).observed.ticket == make_ticket()
    assert stored(store).observed.strays == (second.ticket,)
    assert stored(store).due_at == at(62)
    entry = store.timeline("01")[-1]
    assert entry.what == "duplicate"
    assert (entry.detail["ticket"], entry.detail["id"]) == ("INC-2", "2")


def test_a_late_second_look_at_the_known_ticket_is_no_duplicate(store: Store) -> None:
    save(store, make_due(observed={"ticket": make_ticket()}))
    lost = claim_one(store)
    take_over(store, lost)
    seen = Observed(ticket=make_ticket(status="In progress"))
    store.record(lost, seen, now=at(61), due_at=None, timeline=[make_line("seen")])
    assert said(store) == ["seen"]


def test_a_ticket_filed_late_for_an_incident_given_up_brings_it_back(store: Store) -> None:
    save(store, make_due(desired={"state": DesiredState.CLEAR}))
    lost = claim_one(store)
    store.record(take_over(store, lost), Observed(), now=at(61), due_at=None, ended=True)
    store.record(lost, Observed(ticket=make_ticket()), now=at(62), due_at=None)
    assert (stored(store).ended_at, stored(store).due_at) == (None, at(62))
    assert claim_one(store, now=at(62)).incident.observed.ticket == make_ticket()


def test_a_ticket_filed_late_for_an_incident_that_has_a_successor_is_a_duplicate(
    store: Store,
) -> None:
    save(store, make_due())
    lost = claim_one(store)
    store.record(take_over(store, lost), Observed(), now=at(61), due_at=None, ended=True)
    save(store, make_incident(id="02", episode=2))
    store.record(lost, Observed(ticket=make_ticket()), now=at(62), due_at=None)
    assert stored(store).ended_at == at(61)
    assert stored(store).observed.ticket is None
    assert stored(store).observed.strays == (make_ticket(),)
    assert claim_one(store, now=at(62)).incident.id == "01"
    assert said(store) == ["duplicate"]


def test_an_outcome_for_an_incident_that_is_gone_is_no_failure(store: Store) -> None:
    save(store, make_due())
    lost = claim_one(store)
    unknown = replace(lost, incident=replace(lost.incident, id="99"))
    assert not store.record(unknown, Observed(ticket=make_ticket()), now=at(1), due_at=None)
