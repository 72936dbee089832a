"""What pairs of real Alertmanagers sent is one ticket for each alert, and none is left open."""

import json
import time
from datetime import UTC, datetime, timedelta

import pytest

from bridge.domain.policy import Policy
from bridge.sources.alertmanager import AlertmanagerSource
from tests.builders import FakeRules, ManualClock
from tests.chaos.recordings import Delivery, Recording, recordings
from tests.e2e.bridge import Bridge
from tests.e2e.desks import Desk
from tests.e2e.processes import eventually
from tests.world import World

SOURCE = AlertmanagerSource(name="alertmanager")
HOUR = 3600
RECORDINGS = {recording.name: recording for recording in recordings()}

every_recording = pytest.mark.parametrize("name", RECORDINGS)


def replay(
    recording: Recording,
    policy: Policy | None = None,
    times: int = 1,
    only: int | None = None,
) -> World:
    """Deliver all, or only the first few, in recorded order and timing, and do what is due."""
    rules = FakeRules(policy=policy or Policy())
    world = World(clock=ManualClock(recording.began_at), rules=rules)
    for delivery in recording.deliveries[:only]:
        world.work_until((recording.began_at + delivery.after - world.clock()).total_seconds())
        for _ in range(times):
            deliver(world, delivery)
            world.work()
    return world


def deliver(world: World, delivery: Delivery) -> None:
    world.intake.receive(SOURCE, json.dumps(delivery.body).encode(), "application/json")


@every_recording
@pytest.mark.parametrize("times", [1, 2], ids=["once", "each twice"])
def test_a_recorded_pair_has_one_ticket_for_each_alert(name: str, times: int) -> None:
    recording = RECORDINGS[name]
    world = replay(recording, times=times)
    assert world.desk.open_tickets() == []
    world.work_until(HOUR)
    assert len(world.desk.records) == len(recording.instances)
    assert world.desk.open_tickets() == []
    assert world.desk.calls.count("create") == len(recording.instances)
    assert world.desk.calls.count("reopen") == 0


@every_recording
def test_what_fires_in_a_recording_has_an_open_ticket(name: str) -> None:
    recording = RECORDINGS[name]
    world = replay(recording, only=before_the_first_clear(recording))
    assert len(world.desk.open_tickets()) == len(recording.instances)


def before_the_first_clear(recording: Recording) -> int:
    clears = [
        index
        for index, delivery in enumerate(recording.deliveries)
        if any(alert["status"] == "resolved" for alert in delivery.alerts)
    ]
    return clears[0]


def test_it_is_settle_that_keeps_a_stale_firing_from_a_second_ticket() -> None:
    stale = RECORDINGS["stale_firing_after_resolved_sequence"]
    world = replay(stale, Policy(settle=timedelta(0)))
    assert len(world.desk.records) > len(stale.instances)


def test_a_stale_firing_that_no_resolve_follows_is_true_after_all() -> None:
    stale = RECORDINGS["stale_firing_after_resolved_sequence"]
    world = replay(stale, only=-1)
    assert world.desk.open_tickets() == []
    world.work_until(HOUR)
    assert len(world.desk.open_tickets()) == 1


def replay_over_http(bridge: Bridge, speed: float) -> None:
    """Deliver every recording at once, so many times faster than it was recorded."""
    begun, started = datetime.now(UTC), time.monotonic()
    deliveries = [d for r in RECORDINGS.values() for d in r.begun_at(begun).deliveries]
    for delivery in sorted(deliveries, key=lambda delivery: delivery.after):
        at = started + delivery.after.total_seconds() / speed
        time.sleep(max(0.0, at - time.monotonic()))
        bridge.post(delivery.body)


def assert_one_ticket_each(summit: Desk, bridge: Bridge) -> None:
    """Fail unless each alert of each recording has one ticket, and that is resolved."""
    subjects = {
        f"{alert['labels']['alertname']} on {alert['labels']['instance']}"
        for recording in RECORDINGS.values()
        for delivery in recording.deliveries
        for alert in delivery.alerts
    }
    for subject in subjects:
        assert summit.ticket(subject).status == "Resolved"
    assert len(summit.tickets()) == len(subjects)
    assert {i["phase"] for i in bridge.incidents() if i["ticket"]} == {"resolved"}


def test_the_recordings_in_quick_motion_over_http_have_one_ticket_each(
    summit: Desk, bridge: Bridge
) -> None:
    replay_over_http(bridge, speed=60)
    eventually(lambda: assert_one_ticket_each(summit, bridge))
    assert summit.refused() == []


@pytest.mark.long
@pytest.mark.timeout(600)
def test_the_recordings_in_their_own_time_over_http_have_one_ticket_each(
    summit: Desk, bridge: Bridge
) -> None:
    replay_over_http(bridge, speed=1)
    eventually(lambda: assert_one_ticket_each(summit, bridge))
    assert summit.refused() == []
