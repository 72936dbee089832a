"""Dead letters, as a person at a shell or with curl meets them."""

import json
import sqlite3
from pathlib import Path

from tests.e2e.alerts import alert, body
from tests.e2e.bridge import ADMIN, Bridge
from tests.e2e.desks import Desk
from tests.e2e.processes import eventually, http, run_bridge

from .test_cli import assert_said_without_traceback


def parked(bridge: Bridge, name: str) -> str:
    """Have the desk refuse an alert's ticket; give the id of its incident."""
    bridge.post(body(alert(name, instance=f"{name.lower()}:1", team="odd")))

    def waits() -> str:
        incident = bridge.incident(f"{name} on")
        assert incident["phase"] == "parked", incident
        return str(incident["id"])

    return eventually(waits)


def assert_phase(bridge: Bridge, name: str, phase: str) -> None:
    assert bridge.incident(name)["phase"] == phase, bridge.incident(name)


def test_a_dead_letter_is_listed_with_the_desks_words_edited_and_filed(
    bridge: Bridge, summit: Desk
) -> None:
    id_ = parked(bridge, "Refused")
    listed = run_bridge("incidents", "list", "--parked", "--json", folder=bridge.folder)
    [dead] = json.loads(listed.stdout)["incidents"]
    assert (dead["id"], "P9" in dead["parked_reason"]) == (id_, True)
    ran = run_bridge(
        "incidents", "retry", id_, "--set", "priority=low", "--set", "CustomFields.Event ID=mine",
        folder=bridge.folder,
    )  # fmt: skip
    assert_said_without_traceback(ran, 0)
    eventually(lambda: assert_phase(bridge, "Refused on", "filed"))
    ticket = summit.ticket("Refused on")
    assert (ticket.priority, ticket.custom_fields["Event ID"]) == ("P4", "mine")
    assert len(summit.refused()) == 1


def test_a_dead_letter_is_filed_by_the_api(bridge: Bridge, summit: Desk) -> None:
    id_ = parked(bridge, "Curled")
    answer = http(
        "POST",
        f"{bridge.url}/api/v1/incidents/{id_}/retry",
        json={"set": {"subject": "Curled by hand", "priority": "low"}},
        headers=ADMIN,
    )
    assert answer.status_code == 202, answer.text
    eventually(lambda: assert_phase(bridge, "Curled by hand", "filed"))
    assert len(summit.tickets()) == 1


def test_all_dead_letters_are_tried_again_together(bridge: Bridge, summit: Desk) -> None:
    for name in ("One", "Two"):
        parked(bridge, name)
    ran = run_bridge(
        "incidents", "retry", "--parked", "--set", "priority=low", folder=bridge.folder
    )
    assert_said_without_traceback(ran, 0)
    assert ran.stdout.count("is tried again now") == 2
    eventually(lambda: assert_phase(bridge, "One on", "filed"))
    eventually(lambda: assert_phase(bridge, "Two on", "filed"))
    assert_said_without_traceback(run_bridge("incidents", "retry", folder=bridge.folder), 2)


def test_a_note_and_a_resolve_reach_the_ticket(bridge: Bridge, summit: Desk) -> None:
    bridge.post(body(alert("Noted", instance="noted:1")))
    eventually(lambda: assert_phase(bridge, "Noted on", "filed"))
    id_ = bridge.incident("Noted on")["id"]
    for arguments in (("note", id_, "disk ordered"), ("resolve", id_)):
        ran = run_bridge("incidents", *arguments, folder=bridge.folder)
        assert_said_without_traceback(ran, 0)
    eventually(lambda: assert_phase(bridge, "Noted on", "resolved"))
    assert summit.ticket("Noted on").status == "Resolved"
    shown = run_bridge("incidents", "show", id_, folder=bridge.folder)
    assert "disk ordered" in shown.stdout


def test_what_makes_no_sense_is_said_in_one_line(bridge: Bridge, summit: Desk) -> None:
    ran = run_bridge("incidents", "retry", "01NOSUCH", folder=bridge.folder)
    assert_said_without_traceback(ran, 1)
    assert ran.stderr.strip() == (
        "bridge: no incident 01NOSUCH; `bridge incidents list` shows the ids"
    )
    ran = run_bridge("incidents", "retry", "01", "--set", "priority", folder=bridge.folder)
    assert_said_without_traceback(ran, 2)


def test_a_rejected_body_is_listed_shown_and_still_rejected(bridge: Bridge) -> None:
    answer = bridge.raw(
        "POST",
        "/webhooks/alertmanager",
        data='{"version": "4"}',
        headers={"Authorization": "Bearer am-token", "Content-Type": "application/json"},
    )
    assert answer.status_code == 400
    ran = run_bridge("inbox", "list", "--json", folder=bridge.folder)
    [kept] = json.loads(ran.stdout)["bodies"]
    assert (kept["outcome"], kept["source"]) == ("rejected", "alertmanager")
    shown = run_bridge("inbox", "show", kept["id"], folder=bridge.folder)
    assert shown.stdout == '{"version": "4"}'
    again = run_bridge("inbox", "replay", "--rejected", folder=bridge.folder)
    assert_said_without_traceback(again, 1)
    assert "still rejected: " in again.stdout
    by_api = http("POST", f"{bridge.url}/api/v1/inbox/{kept['id']}/replay", headers=ADMIN)
    assert by_api.status_code == 400


def test_an_accepted_body_taken_again_changes_nothing(bridge: Bridge, summit: Desk) -> None:
    receipt = bridge.post(body(alert("Twice", instance="twice:1")))["receipt"]
    eventually(lambda: assert_phase(bridge, "Twice on", "filed"))
    ran = run_bridge("inbox", "replay", receipt, "--json", folder=bridge.folder)
    assert_said_without_traceback(ran, 0)
    [said] = json.loads(ran.stdout)
    assert (said["receipt"], said["accepted"], said["stale"]) == (receipt, 0, 1)
    assert len(summit.tickets()) == 1


def test_a_serving_bridge_is_copied_and_pruned(bridge: Bridge, tmp_path: Path) -> None:
    bridge.post(body(alert("Copied", instance="copied:1")))
    copy = tmp_path / "copy.db"
    assert_said_without_traceback(run_bridge("db", "backup", str(copy), folder=bridge.folder), 0)
    with sqlite3.connect(copy) as connection:
        assert connection.execute("SELECT count(*) FROM incident").fetchone() == (1,)
    connection.close()
    pruned = run_bridge("db", "prune", "--json", folder=bridge.folder)
    assert json.loads(pruned.stdout) == {"bodies": 0, "incidents": 0}
    assert_said_without_traceback(run_bridge("db", "upgrade", folder=bridge.folder), 0)
