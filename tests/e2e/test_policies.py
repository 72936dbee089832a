"""Budgets and heartbeats through a running bridge and a real desk."""

from tests.e2e.alerts import alert, body
from tests.e2e.bridge import Bridge
from tests.e2e.desks import Desk
from tests.e2e.processes import eventually


def assert_open(desk: Desk, *subjects: str) -> None:
    """Fail unless the desk's open tickets are these, by a part of their subjects."""
    subjects_open = sorted(ticket.subject for ticket in desk.tickets() if ticket.is_open)
    assert len(subjects_open) == len(subjects), subjects_open
    for part, subject in zip(sorted(subjects), subjects_open, strict=True):
        assert part in subject


def assert_phases(bridge: Bridge, phases: list[str]) -> None:
    """Fail unless these are the incidents' phases, in alphabetical order."""
    assert sorted(incident["phase"] for incident in bridge.incidents()) == phases


def test_a_storm_is_two_tickets_and_one_that_lists_the_rest(bridge: Bridge, summit: Desk) -> None:
    hosts = [f"storm{number}" for number in range(6)]
    bridge.post(body(*(alert("Storm", instance=host, team="storm") for host in hosts)))
    wanted = ("Alert storm: rule storm", "Storm on storm", "Storm on storm")
    eventually(lambda: assert_open(summit, *wanted))
    eventually(lambda: assert_phases(bridge, ["filed"] * 3 + ["in an overflow ticket"] * 4))
    gone = (alert("Storm", instance=h, team="storm", status="resolved") for h in hosts)
    bridge.post(body(*gone))
    eventually(lambda: assert_open(summit))
    assert len(summit.tickets()) == 3
    assert summit.refused() == []
    told = "".join(note for ticket in summit.tickets() for note in ticket.notes)
    assert "All alerts cleared at " in told
    assert (" IST" in told, " UTC" in told) == (True, False)


def test_a_heartbeat_that_stays_away_has_a_ticket_until_it_is_back(
    bridge: Bridge, summit: Desk
) -> None:
    beat = body(alert("Beat", instance="prom1:9090"))
    bridge.post(beat)
    assert bridge.incident("No heartbeat")["phase"] == "watching"
    eventually(lambda: assert_open(summit, "No heartbeat from prom1"))
    bridge.post(beat)
    eventually(lambda: assert_open(summit))
    eventually(lambda: assert_open(summit, "No heartbeat from prom1"))
