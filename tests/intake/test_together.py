"""Bodies that wait together: one transaction, and nobody waits for another's mistake."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bridge.domain.alert import Alert, AlertStatus, Handled, Handling, ParsedBody
from bridge.domain.errors import StoreConflict, StoreUnavailable
from bridge.domain.policy import Policy
from bridge.domain.ports import IntakeStore
from bridge.domain.reading import IncidentQuery
from bridge.domain.receipt import Action, Receipt
from bridge.domain.together import Outcome, Together
from bridge.intake.given import Given
from bridge.intake.receive import Intake
from bridge.store import Store
from bridge.store.memory import MemoryStore
from tests.builders import FakeRules, FakeSource, Ids, ManualClock, at, make_alert
from tests.store.given import make_entry

SECONDS = 5.0  #: so long at most for what takes no time


@dataclass
class Works:
    """Something that many threads hand to, which begins when it is told."""

    batches: list[list[int]] = field(default_factory=list)
    begins: threading.Event = field(default_factory=threading.Event)
    has_begun: threading.Event = field(default_factory=threading.Event)

    def work(self, items: Sequence[int]) -> Sequence[Outcome[int]]:
        self.batches.append(list(items))
        self.has_begun.set()
        assert self.begins.wait(SECONDS)
        return [KeyError(item) if item < 0 else item * 2 for item in items]


def hand_in(together: Together[int, int], items: Sequence[int], works: Works) -> dict[int, object]:
    """Hand the first in, the others while it is worked on, and gather what comes of them."""
    outcomes: dict[int, object] = {}

    def do(item: int) -> None:
        try:
            outcomes[item] = together.do(item)
        except KeyError as error:
            outcomes[item] = error

    threads = [threading.Thread(target=do, args=(item,)) for item in items]
    threads[0].start()
    assert works.has_begun.wait(SECONDS)
    for thread in threads[1:]:
        thread.start()
    while len(together._queue) < len(items) - 1:
        pass
    works.begins.set()
    for thread in threads:
        thread.join(SECONDS)
    return outcomes


def test_what_comes_while_one_is_at_work_goes_into_the_next_batch() -> None:
    works = Works()
    outcomes = hand_in(Together(works.work, most=10), range(6), works)
    assert outcomes == {item: item * 2 for item in range(6)}
    assert works.batches[0] == [0]
    assert sorted(works.batches[1]) == [1, 2, 3, 4, 5]


def test_a_batch_is_bounded_and_the_next_one_leads_itself() -> None:
    works = Works()
    outcomes = hand_in(Together(works.work, most=2), range(6), works)
    assert len(outcomes) == 6
    assert [len(batch) for batch in works.batches] == [1, 2, 2, 1]


def test_what_is_wrong_with_one_is_raised_where_it_was_handed_in() -> None:
    works = Works()
    outcomes = hand_in(Together(works.work, most=10), [1, -1, 3], works)
    assert isinstance(outcomes.pop(-1), KeyError)
    assert outcomes == {1: 2, 3: 6}


def start(together: Together[int, int], items: Sequence[int]) -> list[threading.Thread]:
    threads = [threading.Thread(target=together.do, args=(item,)) for item in items]
    for thread in threads:
        thread.start()
    return threads


@pytest.mark.parametrize(("most", "coming"), [(10, 3), (3, 9)])
def test_those_on_their_way_are_waited_for_as_far_as_a_batch_takes_them(
    monkeypatch: pytest.MonkeyPatch, most: int, coming: int
) -> None:
    monkeypatch.setattr("bridge.domain.together.MOMENT_SECONDS", SECONDS)
    works = Works()
    works.begins.set()
    together = Together(works.work, most=most, coming=lambda: coming)
    for thread in start(together, range(3)):
        thread.join(SECONDS)
    assert [sorted(batch) for batch in works.batches] == [[0, 1, 2]]


def test_whoever_does_not_come_is_waited_for_no_longer_than_a_moment() -> None:
    works = Works()
    works.begins.set()
    assert Together(works.work, most=10, coming=lambda: 9).do(1) == 2


def test_a_thread_that_is_ended_at_work_leaves_nobody_waiting() -> None:
    class Killed(BaseException):
        pass

    def killed(_items: Sequence[int]) -> Sequence[Outcome[int]]:
        raise Killed

    together = Together(killed, most=10)
    with pytest.raises(Killed):
        together.do(1)
    with pytest.raises(Killed):
        together.do(2)


HOSTS = ("db1", "db2")
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["fire", "resolve", "handle", "rekey", "drop"]),
        st.sampled_from(HOSTS),
        st.sampled_from(["low", "critical"]),
        st.booleans(),
    ),
    min_size=1,
    max_size=12,
)


class Bridge:
    """An intake whose bodies come one by one or together."""

    def __init__(self, store: IntakeStore | None = None) -> None:
        self.clock, self.store, self.rules = ManualClock(), MemoryStore(), FakeRules()
        self.rules.policy = Policy()
        self.intake = Intake(
            store=store or self.store,
            rules=lambda: self.rules,
            notify=lambda: None,
            now=self.clock,
            new_id=Ids(),
            instance="test",
        )

    def take(self, given: Sequence[Given]) -> list[object]:
        return [outcome[0] for outcome in self.intake._commit(given) if isinstance(outcome, tuple)]

    def state(self) -> object:
        store = self.store
        return (store.alerts, store.incidents, store.timeline, set(store.inbox))


def bodies(steps: Sequence[tuple[str, str, str, bool]]) -> list[Given]:
    return [
        Given.of(make_entry(id=f"in-{n}", received_at=at(n)), parsed(n, *step), is_replay=False)
        for n, step in enumerate(steps)
    ]


def parsed(number: int, what: str, host: str, severity: str, has_both: bool) -> ParsedBody:  # noqa: FBT001
    hosts = HOSTS if has_both else (host,)
    alerts = tuple(alert(number, what, host, severity) for host in hosts)
    if what == "handle":
        said = (Handled(fingerprint=a.fingerprint, handling=Handling.MUTED) for a in alerts)
        return ParsedBody(alerts=(), handled=tuple(said))
    return ParsedBody(alerts=alerts)


def alert(number: int, what: str, host: str, severity: str) -> Alert:
    ended = {"status": AlertStatus.RESOLVED, "ends_at": at(number)} if what == "resolve" else {}
    name = "Watchdog" if what == "drop" else "DiskFull"
    labels = {"instance": host, "severity": severity}
    made = make_alert(name, fingerprint=f"{host}/{severity}", labels=labels)
    rekeyed = {"labels": {**labels, "alertname": "DiskFuller"}} if what == "rekey" else {}
    return replace(made, **ended, **rekeyed)  # type: ignore[arg-type]


@given(steps=STEPS, before=st.integers(0, 6))
@example(steps=[("fire", "db1", "low", True), ("resolve", "db1", "low", False)] * 2, before=1)
@example(steps=[("fire", "db1", "low", True)] * 3, before=1)
def test_bodies_taken_together_leave_what_they_leave_one_by_one(
    steps: list[tuple[str, str, str, bool]], before: int
) -> None:
    alone, together = Bridge(), Bridge()
    given = bodies(steps)
    for bridge in (alone, together):
        bridge.take(given[:before])
    receipts = [receipt for one in given[before:] for receipt in alone.take([one])]
    assert together.take(given[before:]) == receipts
    assert together.state() == alone.state()


@given(steps=STEPS, edited_after=st.integers(0, 12))
def test_bodies_taken_together_after_the_rules_were_edited_leave_the_same(
    steps: list[tuple[str, str, str, bool]], edited_after: int
) -> None:
    alone, together = Bridge(), Bridge()
    given = bodies(steps)
    for bridge in (alone, together):
        bridge.take(given[:edited_after])
        bridge.rules.version, bridge.rules.key_labels = "2", ("alertname", "severity")
    receipts = [receipt for one in given[edited_after:] for receipt in alone.take([one])]
    assert together.take(given[edited_after:]) == receipts
    assert together.state() == alone.state()


def test_a_database_holds_the_same_after_bodies_taken_together(store: Store) -> None:
    on_database, in_memory = Bridge(store), Bridge()
    steps = [
        ("fire", "db1", "low", True),
        ("fire", "db1", "critical", False),
        ("handle", "db1", "low", False),
        ("fire", "db1", "low", True),
        ("resolve", "db2", "low", False),
        ("rekey", "db1", "low", False),
        ("fire", "db2", "critical", False),
        ("drop", "db2", "critical", False),
    ]
    for bridge in (on_database, in_memory):
        assert len(bridge.take(bodies(steps[:3]))) == 3
        bridge.rules.version, bridge.rules.key_labels = "2", ("alertname", "severity")
        assert len(bridge.take(bodies(steps)[3:])) == 5
    page = store.incidents(IncidentQuery(limit=100))
    kept = {listed.incident.id: listed.incident for listed in page.incidents}
    assert kept == {i.id: replace(i, news=()) for i in in_memory.store.incidents.values()}
    members = [alert for id_ in kept for alert in store.members(id_)]
    known = {(alert.source, alert.fingerprint): alert for alert in members}
    assert known == {of: a for of, a in in_memory.store.alerts.items() if a.incident_id}


def test_what_was_heard_of_an_alert_last_is_what_is_kept(store: Store) -> None:
    bridge = Bridge(store)
    given = bodies([(what, "db1", "low", False) for what in ("fire", "fire", "resolve")])
    bridge.take(given[:1])
    bridge.take(given[1:])
    [known] = store.known_alerts("alertmanager", ["db1/low"]).values()
    assert known.seen_at == given[2].entry.received_at


def test_a_body_that_cannot_be_taken_fails_alone() -> None:
    bridge = Bridge()
    decide = bridge.rules.decide

    def failing(alert: Alert) -> object:
        if alert.labels["instance"] == "db2":
            raise ZeroDivisionError
        return decide(alert)

    bridge.rules.decide = failing  # type: ignore[assignment,method-assign]
    given = bodies([("fire", host, "low", False) for host in HOSTS])
    outcomes = bridge.intake._commit(given)
    assert isinstance(outcomes[1], ZeroDivisionError)
    assert not isinstance(outcomes[0], Exception)
    assert set(bridge.store.inbox) == {"in-0"}


@pytest.mark.parametrize("failure", [StoreUnavailable("away"), StoreConflict("met")])
def test_a_database_that_fails_fails_all_who_wait_each_with_an_error_of_its_own(
    failure: Exception,
) -> None:
    bridge = Bridge()

    def away() -> object:
        raise failure

    bridge.store.intake = away  # type: ignore[assignment,method-assign]
    first, second = bridge.intake._commit(bodies([("fire", host, "low", False) for host in HOSTS]))
    assert isinstance(first, StoreUnavailable)
    assert isinstance(second, StoreUnavailable)
    assert first is not second


def test_many_threads_file_each_fault_once_and_all_of_them() -> None:
    bridge, source = Bridge(), FakeSource()
    told = [source.add(make_alert(labels={"instance": f"db{n % 5}"})) for n in range(40)]
    threads = [
        threading.Thread(target=bridge.intake.receive, args=(source, body, "application/json"))
        for body in told
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
    assert len(bridge.store.inbox) == 40
    assert len(bridge.store.incidents) == 5


def test_a_repeat_is_taken_without_reading_all_that_is_stored(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    bridge = Bridge(store)
    first, again = bodies([("fire", "db1", "low", True)] * 2)
    bridge.take([first])
    for reads in ("alert_from", "incident_from"):
        monkeypatch.delattr(f"bridge.store.intake.{reads}")
    [receipt] = bridge.take([again])
    assert isinstance(receipt, Receipt)
    assert [touched.action for touched in receipt.incidents] == [Action.UNCHANGED] * 2
