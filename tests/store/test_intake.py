"""One webhook's transaction: what it promises to intake."""

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bridge.domain.alert import AlertStatus
from bridge.domain.errors import StoreConflict
from bridge.domain.inbox import InboxOutcome
from bridge.domain.incident import DesiredState, Incident
from bridge.domain.known import Standing
from bridge.domain.policy import Policy
from bridge.domain.ports import IntakeTransaction
from bridge.domain.spec import IncidentSpec
from bridge.store import Store, schema
from tests.builders import T0, at, make_incident, make_ticket
from tests.store.given import (
    claim_one,
    make_due,
    make_entry,
    make_known,
    make_line,
    said,
    save,
    stored,
)


def test_a_webhook_may_write_only_the_desired_half(store: Store) -> None:
    save(store, make_due())
    claim = claim_one(store)
    seen = replace(claim.incident.observed, ticket=make_ticket(), generation=1, attempts=2)
    store.record(claim, seen, now=at(1), due_at=None)
    stale = make_due(
        desired={
            "state": DesiredState.CLEAR,
            "since": at(2),
            "generation": 2,
            "spec": IncidentSpec(subject="Disk is fuller"),
            "policy": Policy(respect_people=False),
            "fired_at": at(2),
            "late_until": at(3),
        },
        key="its new key",
        episode=2,
        rule="new rule",
        due_at=at(4),
        updated_at=at(2),
        ended_at=at(5),
    )
    save(store, stale)
    assert stored(store) == replace(stale, observed=seen)


def test_a_webhook_leaves_the_claim_to_the_worker(store: Store) -> None:
    save(store, make_due())
    claim = claim_one(store)
    save(store, make_due(due_at=at(1)))
    assert store.record(claim, claim.incident.observed, now=at(1), due_at=None)


def test_an_exception_leaves_nothing_behind(store: Store) -> None:
    def failing_webhook() -> None:
        with store.intake() as transaction:
            transaction.save(
                bodies=[make_entry()],
                alerts=[make_known()],
                incidents=[make_incident()],
                timeline=[make_line()],
                heard=[],
            )
            raise KeyError

    with pytest.raises(KeyError):
        failing_webhook()
    assert store.incident("01") is None
    assert (store.members("01"), store.timeline("01"), _bodies(store)) == ([], [], 0)


def test_two_live_incidents_of_one_key_are_impossible(store: Store) -> None:
    save(store, make_incident(id="01"))
    with pytest.raises(StoreConflict), store.intake() as transaction:
        transaction.save(
            bodies=[make_entry()],
            alerts=[],
            incidents=[make_incident(id="02")],
            timeline=[],
            heard=[],
        )
    save(store, make_incident(id="03", backend="other desk"))
    save(store, make_incident(id="04", key="other key"))


def test_an_ended_incident_makes_room_for_the_next_in_the_same_transaction(store: Store) -> None:
    save(store, make_incident(id="01"))
    save(store, make_incident(id="02", episode=2), make_incident(id="01", ended_at=at(1)))
    assert stored(store, "01").ended_at == at(1)
    assert stored(store, "02").ended_at is None


def test_of_two_webhooks_that_open_one_fault_at_once_one_runs_again_and_finds_it(
    store: Store,
) -> None:
    def webhook(transaction: IntakeTransaction, meet: Callable[[], None], id_: str) -> bool:
        is_known = bool(transaction.latest_episodes([("desk", "disk")]))
        meet()
        if not is_known:
            incident = make_incident(id=id_)
            transaction.save(
                bodies=[make_entry()], alerts=[], incidents=[incident], timeline=[], heard=[]
            )
        return is_known

    assert sorted(_race(store, webhook)) == [False, True]
    assert sum(store.phase_counts().values()) == 1


def test_of_two_webhooks_with_one_new_alert_one_runs_again_and_finds_it(store: Store) -> None:
    def webhook(transaction: IntakeTransaction, meet: Callable[[], None], _id: str) -> bool:
        is_known = bool(transaction.alerts("alertmanager", ["f1"]))
        meet()
        if not is_known:
            known = make_known("f1")
            transaction.save(
                bodies=[make_entry()], alerts=[known], incidents=[], timeline=[], heard=[]
            )
        return is_known

    assert sorted(_race(store, webhook)) == [False, True]


Webhook = Callable[[IntakeTransaction, Callable[[], None], str], bool]


def _race(store: Store, webhook: Webhook) -> list[bool]:
    """Run two webhooks that have both looked before either writes, if the database lets them."""
    both_have_looked = threading.Barrier(2)
    answers: list[bool] = []

    def meet() -> None:
        # SQLite lets the second look only when the first has written.
        with suppress(threading.BrokenBarrierError):
            both_have_looked.wait(0.5)

    def run(id_: str) -> None:
        for _ in range(2):
            with suppress(StoreConflict):
                with store.intake() as transaction:
                    answer = webhook(transaction, meet, id_)
                answers.append(answer)
                return

    _at_once(lambda: run("01"), lambda: run("02"))
    return answers


def test_a_stored_alert_is_replaced(store: Store) -> None:
    save(store, alerts=[make_known("f1"), make_known("f2")])
    cleared = make_known("f1", status=AlertStatus.RESOLVED, resolved_at=at(1), ends_at=at(1))
    save(store, alerts=[cleared, make_known("f3")])
    assert {a.fingerprint: a for a in store.members("01")} == {
        "f1": cleared,
        "f2": make_known("f2"),
        "f3": make_known("f3"),
    }


def test_two_webhooks_about_one_incident_follow_one_another_and_lose_nothing(
    store: Store,
) -> None:
    save(store, make_incident())

    def count_up(fingerprint: str) -> Callable[[], None]:
        def webhook() -> None:
            for _ in range(10):
                _count_up(store, fingerprint)

        return webhook

    _at_once(count_up("f1"), count_up("f2"), count_up("f3"))
    assert stored(store).desired.generation == 31
    assert len(store.members("01")) == 3


def _count_up(store: Store, fingerprint: str) -> None:
    known = make_known(fingerprint)
    with store.intake() as transaction:
        transaction.alerts("alertmanager", [fingerprint])
        [incident] = transaction.live_incidents(["01"])
        transaction.firing_members(["01"])
        desired = replace(incident.desired, generation=incident.desired.generation + 1)
        transaction.save(
            bodies=[make_entry()],
            alerts=[known],
            incidents=[replace(incident, desired=desired)],
            timeline=[make_line(fingerprint=fingerprint, title="t")],
            heard=[],
        )


def test_only_live_incidents_are_given(store: Store) -> None:
    save(store, make_incident(id="01"), make_incident(id="02", key="b", ended_at=at(1)))
    with store.intake() as transaction:
        assert transaction.live_incidents(["01", "02", "03"]) == [make_incident(id="01")]
        assert transaction.live_incidents([]) == []


def test_the_newest_episode_is_given_ended_or_not(store: Store) -> None:
    save(
        store,
        make_incident(id="01", ended_at=at(1)),
        make_incident(id="02", episode=2, ended_at=at(2)),
        make_incident(id="03", key="other", episode=5),
        make_incident(id="04", backend="other desk"),
    )
    with store.intake() as transaction:
        latest = transaction.latest_episodes([("desk", "disk"), ("desk", "new"), ("x", "disk")])
    assert {place: incident.id for place, incident in latest.items()} == {("desk", "disk"): "02"}


def test_firing_members_are_those_that_fire(store: Store) -> None:
    save(
        store,
        alerts=[
            make_known("f1"),
            make_known("f2", status=AlertStatus.RESOLVED),
            make_known("f3", incident_id="02"),
            make_known("f4", incident_id=None),
            make_known("f5", source="grafana"),
        ],
    )
    with store.intake() as transaction:
        members = transaction.firing_members(["01"])
        assert {m.fingerprint for m in members} == {"f1", "f5"}
        assert transaction.firing_members([]) == []


def test_more_alerts_than_a_statement_has_room_for_are_no_obstacle(store: Store) -> None:
    names = [f"f{n}" for n in range(6000)]
    save(store, alerts=[make_known(name, labels={"n": name}) for name in names])
    with store.intake() as transaction:
        assert len(transaction.alerts("alertmanager", names)) == 6000


def test_alerts_of_another_source_are_other_alerts(store: Store) -> None:
    save(store, alerts=[make_known("f1", source="grafana")])
    with store.intake() as transaction:
        assert transaction.alerts("alertmanager", ["f1"]) == {}


def test_a_rejected_body_is_kept_once_however_often_it_comes(store: Store) -> None:
    rejected = make_entry(body=b"not json", outcome=InboxOutcome.REJECTED, reason="not JSON")
    first = store.keep_rejected(rejected)
    again = store.keep_rejected(replace(rejected, id="another", received_at=at(9)))
    assert first == again == rejected.id
    with store._database.read() as connection:
        row = connection.execute(select(schema.inbox)).one()
    assert (row.times_seen, row.received_at, row.last_seen_at) == (2, T0, at(9))


def test_rejected_bodies_that_differ_or_come_from_elsewhere_are_kept_apart(store: Store) -> None:
    rejected = make_entry(body=b"x", outcome=InboxOutcome.REJECTED)
    ids = {
        store.keep_rejected(rejected),
        store.keep_rejected(replace(rejected, id="2", body=b"y")),
        store.keep_rejected(replace(rejected, id="3", source="grafana")),
    }
    assert len(ids) == 3
    save(store)
    save(store)
    assert _bodies(store) == 5


def test_the_timeline_keeps_the_order_it_was_told_in(store: Store) -> None:
    save(store, timeline=[make_line("opened"), make_line("joined"), make_line("cleared")])
    save(store, timeline=[make_line("joined")])
    assert said(store) == ["opened", "joined", "cleared", "joined"]


def _bodies(store: Store) -> int:
    with store._database.read() as connection:
        return connection.execute(select(func.count()).select_from(schema.inbox)).scalar_one()


def _at_once(*works: Callable[[], None]) -> None:
    failures: list[BaseException] = []

    def run(work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as failure:  # noqa: BLE001  # told in the test's own thread
            failures.append(failure)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not failures, failures


def standing(store: Store, source: str = "alertmanager") -> Standing | None:
    with store.intake() as transaction:
        return transaction.standings(source, ["f1", "unheard of"]).get("f1")


def test_an_alert_stands_for_its_open_incident(store: Store) -> None:
    save(store, make_incident(key="disk", rule="disks"), alerts=[make_known(digest="d.p.1")])
    assert standing(store) == Standing(
        AlertStatus.FIRING, "d.p.1", incident_id="01", key="disk", rule="disks", is_steady=True
    )
    assert standing(store, source="another") is None


@pytest.mark.parametrize(
    "incident",
    [
        make_incident(ended_at=at(1)),
        make_incident(desired={"state": DesiredState.CLEAR}),
        make_incident(desired={"policy": Policy(expire_after=timedelta(hours=1))}),
        make_incident(desired={"policy": Policy(expect_every=timedelta(hours=1))}),
    ],
    ids=["ended", "clear", "expires", "heartbeat"],
)
def test_an_alert_is_not_steady_where_hearing_of_it_again_may_matter(
    store: Store, incident: Incident
) -> None:
    save(store, incident, alerts=[make_known()])
    found = standing(store)
    assert found is not None
    assert not found.is_steady


def test_an_alert_that_was_dropped_stands_for_nothing(store: Store) -> None:
    save(store, make_incident(), alerts=[make_known(incident_id=None)])
    assert standing(store) == Standing(AlertStatus.FIRING, make_known().digest, incident_id=None)
