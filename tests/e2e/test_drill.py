"""A drill through a running bridge and two desks, as a command, an exit code and a metric."""

import json

from tests.e2e.bridge import Bridge
from tests.e2e.desks import Desk
from tests.e2e.processes import http, run_bridge
from tests.e2e.test_cli import assert_said_without_traceback


def test_a_drill_files_and_resolves_a_ticket_at_each_desk(
    bridge: Bridge, summit: Desk, serviceops: Desk
) -> None:
    ran = run_bridge("drill", "--json", folder=bridge.folder)
    assert_said_without_traceback(ran, 0)
    results = json.loads(ran.stdout)
    assert [(r["backend"], r["passed"]) for r in results] == [
        ("summit", True),
        ("serviceops", True),
    ]
    for desk in (summit, serviceops):
        [ticket] = desk.tickets()
        assert (ticket.status, ticket.is_open) == ("Resolved", False)
        assert "please ignore" in ticket.subject
    scraped = http("GET", f"{bridge.url}/metrics").text
    assert 'bridge_drill_success{backend="summit"} 1.0' in scraped
    assert 'bridge_drill_seconds{backend="serviceops",step="resolve"}' in scraped


def test_a_drill_of_a_dead_desk_fails_and_leaves_nothing_behind(
    bridge: Bridge, summit: Desk
) -> None:
    ran = run_bridge("drill", "--timeout", "3s", folder=bridge.folder)
    assert_said_without_traceback(ran, 1)
    assert "summit" in ran.stdout
    assert "passed" in ran.stdout
    assert "cannot be reached" in ran.stdout
    [dead] = [i for i in bridge.incidents() if i["backend"] == "serviceops"]
    assert dead["state"] == "clear"


def test_a_drill_needs_a_worker(idle_bridge: Bridge) -> None:
    run_bridge("db", "upgrade", folder=idle_bridge.folder)
    ran = run_bridge("drill", folder=idle_bridge.folder)
    assert_said_without_traceback(ran, 1)
    assert "no worker was seen lately" in ran.stderr


def test_a_desk_that_is_not_configured_cannot_be_drilled(idle_bridge: Bridge) -> None:
    ran = run_bridge("drill", "--backend", "jira", folder=idle_bridge.folder)
    assert_said_without_traceback(ran, 2)
    assert "no backend jira; choose from summit, serviceops" in ran.stderr
