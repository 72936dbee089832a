"""Claims, leases and what the worker writes."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from bridge.domain.incident import Incident, MemberNews, News, Observed, PreviousTicket
from bridge.domain.intent import Intent
from bridge.store import Store
from bridge.store.timeline import MOST_NEWS
from tests.builders import T0, at, make_incident, make_ticket
from tests.store.given import (
    LEASE,
    claim,
    claim_one,
    joined,
    make_due,
    make_line,
    said,
    save,
    stored,
    take_over,
)


def test_what_is_due_is_claimed_longest_due_first(store: Store) -> None:
    save(
        store,
        make_due(id="01", key="a", due_at=at(2)),
        make_due(id="02", key="b", due_at=at(1)),
        make_due(id="03", key="c", due_at=at(3)),
        make_due(id="04", key="d", due_at=at(4)),
        make_due(id="05", key="e", due_at=None),
        make_due(id="06", key="f", due_at=at(1), backend="other desk"),
    )
    assert [c.incident.id for c in claim(store, now=at(3), limit=2)] == ["02", "01"]
    assert [c.incident.id for c in claim(store, now=at(3))] == ["03"]
    assert claim(store, now=at(3)) == []


def test_a_claim_brings_the_whole_incident(store: Store) -> None:
    incident = make_due(previous=PreviousTicket(number="INC-0", url="https://desk/0"))
    save(store, incident)
    assert claim_one(store).incident == incident


def test_many_workers_never_claim_one_incident_twice(store: Store) -> None:
    save(store, *(make_due(id=f"{n:03}", key=str(n)) for n in range(60)))
    claimed: list[str] = []

    def work(owner: str) -> None:
        while found := claim(store, owner=owner, limit=3):
            claimed.extend(c.incident.id for c in found)

    threads = [threading.Thread(target=work, args=(f"w{n}",)) for n in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(claimed) == [f"{n:03}" for n in range(60)]


def test_a_lease_that_ended_lets_another_worker_take_over(store: Store) -> None:
    save(store, make_due())
    first = claim_one(store)
    assert claim(store, now=T0 + LEASE - timedelta(microseconds=1), owner="other") == []
    second = claim_one(store, now=T0 + LEASE, owner="other")
    assert second.fence > first.fence


def test_a_renewed_lease_holds_longer(store: Store) -> None:
    save(store, make_due())
    claim_one(store)
    store.renew(["01"], owner="worker", lease_until=at(30))
    assert claim(store, now=at(29)) == []
    assert len(claim(store, now=at(30))) == 1


def test_only_its_holder_renews_a_lease(store: Store) -> None:
    save(store, make_due())
    take_over(store, claim_one(store))
    store.renew(["01", "unknown"], owner="worker", lease_until=at(1000))
    store.renew([], owner="worker", lease_until=at(1000))
    assert len(claim(store, now=at(70))) == 1


def test_a_record_writes_all_that_was_observed_and_lets_go(store: Store) -> None:
    save(store, make_due())
    held = claim_one(store)
    observed = Observed(ticket=make_ticket(), generation=1, told_through=7, attempts=2)
    is_ours = store.record(held, observed, now=at(1), due_at=at(5), timeline=[make_line("filed")])
    assert is_ours
    assert stored(store) == make_due(
        observed={
            "ticket": make_ticket(),
            "generation": 1,
            "told_through": 7,
            "attempts": 2,
        },
        due_at=at(5),
        updated_at=at(1),
    )
    assert said(store) == ["filed"]
    assert len(claim(store, now=at(5))) == 1


def test_a_record_on_the_way_keeps_the_claim(store: Store) -> None:
    save(store, make_due())
    held = claim_one(store)
    intent = replace(held.incident.observed, create_sent_at=T0)
    assert store.record(held, intent, now=T0, due_at=held.incident.due_at, release=False)
    assert claim(store) == []
    assert store.record(held, intent, now=at(1), due_at=at(30))
    assert stored(store).due_at == at(30)


def test_an_incident_that_changed_while_claimed_is_due_at_once(store: Store) -> None:
    save(store, make_due())
    held = claim_one(store)
    save(store, make_due(desired={"generation": 2}, due_at=at(1)))
    store.record(held, held.incident.observed, now=at(2), due_at=None)
    assert stored(store).due_at == at(2)


def test_a_look_that_somebody_asked_for_while_it_was_claimed_is_not_forgotten(
    store: Store,
) -> None:
    save(store, make_due())
    held = claim_one(store)
    save(store, make_due(due_at=at(500)))
    store.record(held, held.incident.observed, now=at(2), due_at=None)
    assert stored(store).due_at == at(2)


def test_an_ended_incident_is_ended_as_of_now(store: Store) -> None:
    save(store, make_due())
    store.record(claim_one(store), Observed(), now=at(1), due_at=None, ended=True)
    assert stored(store).ended_at == at(1)


def test_an_incident_that_fires_again_while_it_is_being_cancelled_lives_on(store: Store) -> None:
    save(store, make_due())
    held = claim_one(store)
    save(store, make_due(desired={"generation": 2}, due_at=at(1)))
    store.record(held, Observed(), now=at(2), due_at=None, ended=True)
    assert (stored(store).ended_at, stored(store).due_at) == (None, at(2))


def test_an_end_holds_though_a_look_was_asked_for_meanwhile(store: Store) -> None:
    save(store, make_due())
    held = claim_one(store)
    save(store, make_due(due_at=at(1)))
    store.record(held, Observed(), now=at(2), due_at=None, ended=True)
    assert (stored(store).ended_at, stored(store).due_at) == (at(2), at(2))


def test_a_record_of_a_live_incident_does_not_end_it(store: Store) -> None:
    save(store, make_due())
    store.record(claim_one(store), Observed(), now=at(1), due_at=None)
    assert stored(store).ended_at is None


def test_a_claim_brings_the_news_that_the_desk_was_not_told(store: Store) -> None:
    save(
        store,
        make_due(),
        timeline=[joined("f1"), make_line("opened"), joined("f2"), joined("f3", "02")],
    )
    save(store, timeline=[make_line("cleared", fingerprint="f1", title="alert f1")])
    news = claim_one(store).incident.news
    assert news == (
        MemberNews(entry=1, what=News.JOINED, fingerprint="f1", title="alert f1", at=T0),
        MemberNews(entry=3, what=News.JOINED, fingerprint="f2", title="alert f2", at=T0),
        MemberNews(entry=5, what=News.CLEARED, fingerprint="f1", title="alert f1", at=T0),
    )


def test_news_that_the_desk_was_told_is_none(store: Store) -> None:
    save(store, make_due(), timeline=[joined("f1"), joined("f2")])
    held = claim_one(store)
    told = replace(held.incident.observed, told_through=held.incident.news[0].entry)
    store.record(held, told, now=T0, due_at=T0)
    assert [item.fingerprint for item in claim_one(store).incident.news] == ["f2"]


def test_of_very_many_news_the_latest_are_brought_for_each_incident(store: Store) -> None:
    many = [joined(f"f{n}") for n in range(MOST_NEWS + 10)]
    save(
        store,
        make_due(id="01", key="a"),
        make_due(id="02", key="b"),
        timeline=[joined("quiet", "02"), *many],
    )
    first, second = claim(store)
    assert [item.fingerprint for item in first.incident.news] == [
        f"f{n}" for n in range(10, MOST_NEWS + 10)
    ]
    assert [item.fingerprint for item in second.incident.news] == ["quiet"]


def test_next_due_is_the_earliest_time_that_a_claim_can_succeed(store: Store) -> None:
    assert store.next_due("desk") is None
    save(
        store,
        make_due(id="01", key="a", due_at=at(3)),
        make_due(id="02", key="b", due_at=at(5)),
        make_due(id="03", key="c", due_at=None),
        make_due(id="04", key="d", due_at=T0, backend="other desk"),
    )
    assert store.next_due("desk") == at(3)
    claim(store, now=at(3))
    assert store.next_due("desk") == at(5)
    claim(store, now=at(5))
    assert store.next_due("desk") == at(3) + LEASE
    assert len(claim(store, now=at(3) + LEASE)) == 1


def test_next_due_of_a_held_incident_is_its_own_time_if_that_is_later(store: Store) -> None:
    save(store, make_due())
    held = claim_one(store)
    store.record(held, Observed(), now=T0, due_at=at(100), release=False)
    assert store.next_due("desk") == at(100)


def test_what_is_not_due_any_more_is_not_claimed(store: Store) -> None:
    save(store, make_incident(due_at=at(1)))
    store.record(claim_one(store, now=at(1)), Observed(), now=at(1), due_at=None)
    assert claim(store, now=at(10_000)) == []
    assert store.next_due("desk") is None


def test_what_is_begun_is_on_record_with_its_claim(store: Store) -> None:
    save(store, make_due(id="01", key="a"), make_due(id="02", key="b", due_at=at(1)))
    begun = Observed(create_sent_at=at(2), generation=1)

    def begin(incident: Incident) -> Intent | None:
        return (
            Intent(observed=begun, timeline=[make_line("filing")]) if incident.id == "01" else None
        )

    first, second = store.claim(
        "desk", limit=5, owner="worker", now=at(2), lease_until=at(9), begin=begin
    )
    assert (first.begun, second.begun) == (begun, None)
    assert first.incident.observed == Observed()
    assert stored(store, "01").observed == begun
    assert said(store, "01") == ["filing"]
    assert stored(store, "02").observed == Observed()
    assert store.record(first, Observed(), now=at(3), due_at=None)


def test_nothing_is_claimed_if_it_cannot_be_begun(store: Store) -> None:
    save(store, make_due())

    def begin(_: Incident) -> Intent:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        store.claim("desk", limit=5, owner="worker", now=T0, lease_until=at(9), begin=begin)
    assert len(claim(store)) == 1
