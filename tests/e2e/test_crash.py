"""Killed at the worst moments: nothing answered 202 is lost, and nothing is filed twice."""

import pytest

from tests.e2e.alerts import alert, body
from tests.e2e.bridge import Bridge
from tests.e2e.desks import Desk
from tests.e2e.processes import eventually, is_free

#: The contract: a killed process's work is taken over within 15 seconds, and a create whose
#: outcome is unknown is searched for during 10 more.
TAKEN_OVER_SECONDS = 30.0


def assert_phase(bridge: Bridge, name: str, phase: str) -> None:
    assert bridge.incident(name)["phase"] == phase, bridge.incident(name)


def assert_one_ticket(desk: Desk, bridge: Bridge, name: str) -> None:
    """Fail unless the desk has one ticket, and the bridge knows it as the incident's."""
    incident = bridge.incident(name)
    assert incident["phase"] == "filed", incident
    assert incident["ticket"]["number"] == desk.ticket(name).number
    assert len(desk.tickets()) == 1


def test_an_alert_answered_just_before_the_power_cut_is_filed_once(
    closed_summit: Desk, idle_bridge: Bridge
) -> None:
    with idle_bridge.serving() as process:
        idle_bridge.post(body(alert("Cut", instance="cut:1")))
        process.kill_group()
    with closed_summit.running(), idle_bridge.serving():
        eventually(
            lambda: assert_one_ticket(closed_summit, idle_bridge, "Cut on cut"),
            within=TAKEN_OVER_SECONDS,
        )
        assert closed_summit.refused() == []


def test_a_ticket_filed_in_the_moment_of_the_power_cut_is_found_again(
    summit: Desk, idle_bridge: Bridge
) -> None:
    with idle_bridge.serving() as process:
        summit.misbehave(fail=["hang-after"], times=1)
        idle_bridge.post(body(alert("Mid", instance="mid:1")))
        eventually(lambda: summit.ticket("Mid on mid"))
        assert_phase(idle_bridge, "Mid on mid", "outcome unknown")
        process.kill_group()
    with idle_bridge.serving():
        eventually(
            lambda: assert_one_ticket(summit, idle_bridge, "Mid on mid"), within=TAKEN_OVER_SECONDS
        )


def test_an_alert_that_clears_while_its_desk_is_down_leaves_nothing_behind(
    closed_summit: Desk, idle_bridge: Bridge
) -> None:
    with idle_bridge.serving() as process:
        idle_bridge.post(body(alert("Brief", instance="brief:1")))
        process.kill_group()
    with idle_bridge.serving() as process:
        idle_bridge.post(body(alert("Brief", instance="brief:1", status="resolved")))
        process.kill_group()
    with closed_summit.running(), idle_bridge.serving():
        eventually(
            lambda: assert_phase(idle_bridge, "Brief on brief", "cancelled"),
            within=TAKEN_OVER_SECONDS,
        )
        assert closed_summit.tickets() == []


def test_a_clear_answered_just_before_the_power_cut_resolves_the_ticket(
    summit: Desk, idle_bridge: Bridge
) -> None:
    with idle_bridge.serving() as process:
        idle_bridge.post(body(alert("Over", instance="over:1")))
        eventually(lambda: assert_one_ticket(summit, idle_bridge, "Over on over"))
        summit.misbehave(latency="5s")
        idle_bridge.post(body(alert("Over", instance="over:1", status="resolved")))
        process.kill_group()
    summit.misbehave(latency="0ms")
    with idle_bridge.serving():
        eventually(
            lambda: assert_phase(idle_bridge, "Over on over", "resolved"),
            within=TAKEN_OVER_SECONDS,
        )
        assert summit.ticket("Over on over").status == "Resolved"


@pytest.mark.parametrize("signal", ["kill", "terminate"])
def test_no_process_outlives_the_main_one(idle_bridge: Bridge, signal: str) -> None:
    with idle_bridge.serving() as process:
        if signal == "kill":
            process.kill_main()
        else:
            process.terminate()
        eventually(lambda: assert_gone(idle_bridge, process.group()))


def assert_gone(bridge: Bridge, group: list[int]) -> None:
    """Fail unless no process of the group is left and the port can be taken."""
    assert group == []
    assert is_free(bridge.port)
