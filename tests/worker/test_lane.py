"""A lane with real threads over the in-memory store: woken, bounded, isolated, drained."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from structlog.testing import capture_logs

from bridge.domain.errors import DeskLockedOut, StoreUnavailable
from bridge.domain.incident import Phase
from bridge.domain.ports import Claim
from bridge.domain.spec import IncidentSpec
from bridge.domain.ticket import Ticket
from bridge.reconciler import Contact, Seats
from bridge.worker import Lane
from tests.fake_desk import FakeDesk
from tests.world import World


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait for another thread; fail after a bound that no healthy machine needs."""
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.002)


@contextmanager
def running(lane: Lane) -> Iterator[Lane]:
    lane.start()
    try:
        yield lane
    finally:
        lane.stop_claiming()
        lane.join(5)


def lane_of(world: World, reconcile: Callable[[Claim], Contact], *, concurrency: int = 4) -> Lane:
    world.clock.time = datetime.now(UTC)
    return Lane(
        backend="desk",
        store=world.store,
        reconcile=reconcile,
        concurrency=concurrency,
        owner="worker",
        now=lambda: datetime.now(UTC),
    )


def ahead_of(world: World, *, concurrency: int) -> Lane:
    """Make a lane whose deliveries wait for seats, as those of a real worker do."""
    world.clock.time = datetime.now(UTC)
    seats = Seats(concurrency)
    reconciler = replace(world.reconciler, seats=seats, now=lambda: datetime.now(UTC))
    return Lane(
        backend="desk",
        store=world.store,
        reconcile=reconciler.reconcile,
        concurrency=concurrency,
        owner="worker",
        now=lambda: datetime.now(UTC),
        begin=reconciler.begin,
        seats=seats,
    )


def test_a_woken_lane_delivers_at_once() -> None:
    world = World()
    with running(lane_of(world, world.reconciler.reconcile)) as lane:
        world.fire()
        lane.wake()
        wait_for(lambda: len(world.desk.records) == 1)


def test_a_lane_that_is_rung_for_claims_without_asking_whether_anything_is_due(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world, did = World(), list[str]()
    ask, take = world.store.next_due, world.store.claim

    def next_due(backend: str) -> datetime | None:
        did.append("asked")
        return ask(backend)

    def claim(backend: str, **how: Any) -> Sequence[Claim]:
        did.append("claimed")
        return take(backend, **how)

    monkeypatch.setattr(world.store, "next_due", next_due)
    monkeypatch.setattr(world.store, "claim", claim)
    with running(lane_of(world, world.reconciler.reconcile)) as lane:
        wait_for(lambda: did == ["asked"])
        world.fire()
        lane.ring()
        wait_for(lambda: len(world.desk.records) == 1)
        assert did[1] == "claimed"
        before = len(did)
        lane.ring()  # in vain
        wait_for(lambda: "claimed asked" in " ".join(did[before:]))


def test_no_more_than_the_limit_is_in_flight() -> None:
    world, peak, now_running, lock = World(), [0], [0], threading.Lock()

    def slowly(claim: Claim) -> Contact:
        with lock:
            now_running[0] += 1
            peak[0] = max(peak[0], now_running[0])
        time.sleep(0.01)
        with lock:
            now_running[0] -= 1
        return world.reconciler.reconcile(claim)

    for number in range(12):
        world.fire(instance=f"db{number}")
    with running(lane_of(world, slowly, concurrency=3)):
        wait_for(lambda: len(world.desk.records) == 12)
    assert peak[0] == 3


def test_a_delivery_that_breaks_off_does_not_stop_the_lane() -> None:
    world = World()
    broken = threading.Event()

    def breaks_once(claim: Claim) -> Contact:
        if claim.incident.key.endswith("bad"):
            broken.set()
            raise ZeroDivisionError
        return world.reconciler.reconcile(claim)

    world.fire(instance="bad")
    world.fire(instance="good")
    with running(lane_of(world, breaks_once, concurrency=1)):
        wait_for(lambda: len(world.desk.records) == 1 and broken.is_set())


def test_a_database_that_goes_away_during_a_delivery_is_said_in_one_line() -> None:
    world = World()
    world.fire()

    def loses_the_database(claim: Claim) -> Contact:
        raise StoreUnavailable("the server closed the connection")

    with capture_logs() as said, running(lane_of(world, loses_the_database)):
        wait_for(lambda: bool(said))
    assert said[0]["event"] == "database unavailable"
    assert said[0]["log_level"] == "warning"
    assert "exc_info" not in said[0]


def test_tickets_are_looked_at_again_while_nothing_is_due_and_few_at_a_time() -> None:
    world, looks, peak, lock = World(), [0], [0], threading.Lock()
    for number in range(6):
        world.fire(instance=f"db{number}")
    world.work()
    world.store.looks = dict.fromkeys(world.store.incidents, datetime.now(UTC))

    def looking(claim: Claim) -> Contact:
        assert claim.is_look
        with lock:
            looks[0] += 1
            peak[0] = max(peak[0], looks[0])
        time.sleep(0.01)
        with lock:
            looks[0] -= 1
        return world.reconciler.reconcile(claim)

    with running(lane_of(world, looking, concurrency=8)):
        wait_for(lambda: world.desk.calls.count("read") == 6)
    assert peak[0] == 2


def test_what_a_stopping_lane_cannot_finish_is_free_for_the_next_worker() -> None:
    world, begun, go_on = World(), threading.Event(), threading.Event()

    def slowly(claim: Claim) -> Contact:
        begun.set()
        go_on.wait(10)
        return Contact.NONE

    world.fire()
    lane = lane_of(world, slowly)
    lane.start()
    begun.wait(5)
    lane.stop_claiming()
    assert not lane.join(0.05)
    assert len(world.claim("next worker")) == 1
    go_on.set()


def test_a_desk_that_refuses_the_bridge_is_complained_of_once_and_nothing_is_parked() -> None:
    world = World()
    for number in range(6):
        world.fire(instance=f"db{number}")
    world.desk.faults["create"] = [DeskLockedOut("key expired") for _ in range(20)]
    with capture_logs() as said, running(lane_of(world, world.reconciler.reconcile)):
        wait_for(lambda: "create" in world.desk.calls)
        time.sleep(0.1)
    complaints = [line for line in said if line["event"] == "desk refuses the bridge"]
    assert [line["log_level"] for line in complaints] == ["error"]
    assert not any(incident.is_parked for incident in world.store.incidents.values())


def test_a_stopping_lane_finishes_what_is_in_flight() -> None:
    world, begun, go_on = World(), threading.Event(), threading.Event()

    def slowly(claim: Claim) -> Contact:
        begun.set()
        go_on.wait(5)
        return world.reconciler.reconcile(claim)

    world.fire()
    lane = lane_of(world, slowly)
    lane.start()
    begun.wait(5)
    lane.stop_claiming()
    go_on.set()
    lane.join(5)
    assert len(world.desk.records) == 1


@dataclass
class SlowDesk(FakeDesk):
    """Takes each create until it is let go, and counts those that it takes at once."""

    gate: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    at_once: int = 0
    peak: int = 0
    counting: threading.Lock = field(default_factory=threading.Lock)

    def create(self, spec: IncidentSpec, token: str, note: str) -> Ticket:
        with self.counting:
            self.at_once += 1
            self.peak = max(self.peak, self.at_once)
        self.gate.acquire(timeout=10)
        try:
            return super().create(spec, token, note)
        finally:
            with self.counting:
                self.at_once -= 1


def storm(desk: FakeDesk, number: int) -> World:
    world = World(desk=desk)
    for n in range(number):
        world.fire(instance=f"db{n}")
    return world


def test_work_is_claimed_ahead_and_the_desk_has_no_more_calls_at_once_for_it() -> None:
    desk = SlowDesk()
    world = storm(desk, 12)
    with running(ahead_of(world, concurrency=4)):
        wait_for(lambda: desk.at_once == 4 and world.said().count("filing") == 6)
        desk.gate.release(12)
        wait_for(lambda: world.said().count("filed") == 12)
    assert desk.peak == 4
    assert desk.calls == ["create"] * 12


def test_what_waits_for_a_desk_that_shut_the_bridge_out_is_not_sent_there() -> None:
    desk = SlowDesk(faults={"create": [DeskLockedOut("key expired")]})
    world = storm(desk, 12)
    with running(ahead_of(world, concurrency=6)):
        wait_for(lambda: desk.at_once == 6 and world.said().count("filing") == 9)
        desk.gate.release(1)
        # One of those that waited got the seat before anybody knew; two were sent away.
        wait_for(lambda: len(world.store.leases) == 6)
        assert world.said().count("filing") == 9
        desk.gate.release(20)
        wait_for(lambda: len(desk.records) >= 6)
    assert "find" not in desk.calls


def test_what_waits_when_the_worker_stops_is_free_for_the_next_and_was_never_sent() -> None:
    desk = SlowDesk()
    world = storm(desk, 6)
    lane = ahead_of(world, concurrency=4)
    lane.start()
    wait_for(lambda: desk.at_once == 4 and world.said().count("filing") == 6)
    lane.stop_claiming()
    wait_for(lambda: len(world.store.leases) == 4)
    desk.gate.release(4)
    assert lane.join(5)
    unsent = [i for i in world.store.incidents.values() if i.observed.ticket is None]
    assert [i.phase for i in unsent] == [Phase.FILING] * 2
    desk.gate.release(2)
    assert len(world.claim("next worker")) == 2
