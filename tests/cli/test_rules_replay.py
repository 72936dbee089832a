"""`bridge rules replay`: old rules against new over stored bodies."""

import json
from datetime import timedelta
from typing import Any

import pytest

from bridge.bootstrap import now
from bridge.cli.rules.replay import SHOWN
from bridge.domain.errors import MalformedBody
from bridge.domain.inbox import InboxQuery
from bridge.domain.reading import IncidentQuery
from bridge.intake import Intake
from bridge.settings.named import source_named
from tests.cli.given import RULES, Configured, alert


def replay(configured: Configured, *arguments: str) -> tuple[int, dict[str, Any]]:
    result = configured.run("replay", "--json", *arguments)
    assert result.exit_code in (0, 1), result.output
    said: dict[str, Any] = json.loads(result.stdout)
    return result.exit_code, said


def against(configured: Configured, text: str) -> str:
    return str(configured.write_rules(text, "new"))


def test_the_same_rules_change_nothing(configured: Configured) -> None:
    configured.receive(alert("Disk", instance="db1"), alert("Watchdog"))
    code, said = replay(configured, "--against", against(configured, RULES))
    assert code == 0
    assert said["differences"] == []
    assert said["summary"]["alerts"] == said["summary"]["unchanged"] == 2


def test_what_would_be_filed_dropped_and_changed_is_told_alert_by_alert(
    configured: Configured,
) -> None:
    configured.receive(
        alert("Disk", instance="db1"), alert("Watchdog"), alert("Else", instance="web1")
    )
    new = (
        RULES.replace("Watchdog", "Else")
        .replace("priority: high", "priority: critical, CustomFields: {Score: 7}")
        .replace("drop: fires always}", "drop: not wanted}")
    )
    code, said = replay(configured, "--against", against(configured, new))
    assert code == 1
    kinds = {d["title"].partition("{")[0]: d["kind"] for d in said["differences"]}
    assert kinds == {"Disk": "changed", "Watchdog": "opened", "Else": "dropped"}
    (disk,) = [d for d in said["differences"] if d["kind"] == "changed"]
    assert disk["fields"]["priority"] == {"old": "high", "new": "critical"}
    assert disk["fields"]["CustomFields.Score"]["old"] is None
    assert disk["fields"]["CustomFields.Score"]["new"]["value"] == 7
    assert disk["key"] is None
    summary = said["summary"]
    assert (summary["opened"], summary["dropped"], summary["changed"]) == (1, 1, 1)
    assert summary["fields"] == {"priority": 1, "CustomFields.Score": 1}
    assert summary["tickets"] == {"old": 2, "new": 2}


def test_behaviour_and_desks_are_compared_too(configured: Configured) -> None:
    configured.receive(alert("Disk"))
    new = RULES.replace("set: {priority: high}", "set: {priority: high}, hold: 5m")
    _, said = replay(configured, "--against", against(configured, new))
    assert said["differences"][0]["policy"] == {"hold": {"old": 0, "new": 300}}


def test_an_alert_that_was_repeated_is_compared_once(configured: Configured) -> None:
    for _ in range(3):
        configured.receive(alert_of_one_start())
    new = RULES.replace("priority: high", "priority: low")
    _, said = replay(configured, "--against", against(configured, new))
    assert (said["summary"]["bodies"], said["summary"]["alerts"]) == (3, 1)


def alert_of_one_start() -> dict[str, object]:
    return {**alert("Disk"), "startsAt": "2026-01-05T12:00:00Z"}


def test_open_incidents_that_get_another_key_are_named(configured: Configured) -> None:
    receipt = configured.receive(alert("Disk", instance="db1"))
    configured.receive(alert("Disk", instance="db2"))
    configured.receive(alert("Disk", instance="db2", status="resolved"))
    new = RULES.replace("by: [alertname, instance]", "by: [instance]")
    _, said = replay(configured, "--against", against(configured, new))
    assert said["summary"]["keys"] == 2
    assert said["rekeyed"] == [
        {
            "incident": receipt.incidents[0].id,
            "ticket": None,
            "old": 'am{alertname="Disk", instance="db1"}',
            "new": 'am{instance="db1"}',
            "others": [],
        }
    ]


def test_members_that_part_are_told_to_stay_with_their_ticket(configured: Configured) -> None:
    configured.receive(alert("Disk", instance="db1", disk="a"))
    configured.receive(alert("Disk", instance="db1", disk="b"))
    new = RULES.replace("by: [alertname, instance]", "by: [disk]")
    _, said = replay(configured, "--against", against(configured, new))
    (rekeyed,) = said["rekeyed"]
    assert (rekeyed["new"], rekeyed["others"]) == ('am{disk="a"}', ['am{disk="b"}'])


def test_without_other_rules_the_files_are_compared_with_the_record(
    configured: Configured,
) -> None:
    configured.receive(alert("Disk", instance="db1"), alert("Watchdog"))
    assert replay(configured)[0] == 0
    configured.write_rules(RULES.replace("priority: high", "priority: low"))
    code, said = replay(configured)
    assert (code, said["old"]) == (1, "what is on record")
    (disk,) = said["differences"]
    assert disk["fields"]["priority"] == {"old": "high", "new": "low"}


def test_on_record_is_only_what_was_told_last(configured: Configured) -> None:
    configured.receive(alert("Disk", annotations={"summary": "90%"}))
    configured.receive(alert("Disk", annotations={"summary": "95%"}))
    configured.write_rules(RULES.replace("priority: high", "priority: low"))
    _, said = replay(configured)
    assert (said["summary"]["alerts"], said["summary"]["unknown"]) == (1, 1)


def test_a_member_that_stayed_under_another_key_is_no_difference(configured: Configured) -> None:
    configured.receive(alert("Disk", instance="db1", disk="a"))
    configured.receive(alert("Disk", instance="db1", disk="b"))
    configured.write_rules(RULES.replace("by: [alertname, instance]", "by: [disk]"))
    configured.receive(
        alert("Disk", instance="db1", disk="a"), alert("Disk", instance="db1", disk="b")
    )
    code, said = replay(configured)
    assert (code, said["differences"]) == (0, [])
    assert said["summary"]["alerts"] == 2


def test_older_bodies_and_those_of_other_sources_are_left_alone(configured: Configured) -> None:
    configured.receive(alert("Disk", instance="old"), at=now() - timedelta(hours=30))
    configured.receive(alert("Disk", instance="new"))
    new = against(configured, RULES.replace("priority: high", "priority: low"))
    assert replay(configured, "--against", new)[1]["summary"]["alerts"] == 1
    assert replay(configured, "--against", new, "--since", "2d")[1]["summary"]["alerts"] == 2
    assert replay(configured, "--against", new, "--source", "kuma")[1]["summary"]["bodies"] == 0


def test_bodies_that_cannot_be_read_are_counted(configured: Configured) -> None:
    store = configured.bridge.store
    intake = Intake(
        store=store,
        rules=lambda: pytest.fail("asked"),
        notify=lambda: None,
        now=now,
        new_id=lambda: "01",
        instance="test",
    )
    with pytest.raises(MalformedBody):
        intake.receive(source_named(configured.bridge.settings, "am"), b"{}", "")
    _, said = replay(configured)
    assert said["summary"]["skipped"] == {"not a body of the source am": 1}


def test_nothing_is_stored(configured: Configured) -> None:
    configured.receive(alert("Disk"))
    store = configured.bridge.store
    before = store.inbox(InboxQuery()), store.incidents(IncidentQuery())
    replay(configured, "--against", against(configured, RULES.replace("high", "low")))
    assert (store.inbox(InboxQuery()), store.incidents(IncidentQuery())) == before


def test_people_read_differences_and_sums(configured: Configured) -> None:
    configured.receive(*(alert("Disk", instance=f"db{n}") for n in range(SHOWN + 2)))
    new = RULES.replace("priority: high", "priority: low").replace(", instance]", "]")
    result = configured.run("replay", "--against", against(configured, new))
    assert result.exit_code == 1
    lines = result.output.replace(f"{configured.folder}/", "").splitlines()
    assert lines[:2] == ["old: rules", "new: new"]
    assert lines[2].endswith('  Disk{instance="db0"}')
    assert lines[3] == "  priority: high -> low"
    assert lines[4] == '  key: am{alertname="Disk", instance="db0"} -> am{alertname="Disk"}'
    assert "and 2 more that differ; --show or --json shows them" in lines
    assert any(line.startswith("incident 01") and "re-keyed" in line for line in lines)
    assert lines[-3].endswith("22 changed")
    assert lines[-2] == "tickets: 22 -> 1"
    assert lines[-1] == "fields that differ: priority (22)"


def test_a_span_that_is_none_is_a_usage_error(configured: Configured) -> None:
    result = configured.run("replay", "--since", "yesterday")
    assert result.exit_code == 2
    assert "write it like 90s, 5m, 1h30m or 2d" in result.output


def test_secrets_in_alerts_are_masked(configured: Configured) -> None:
    configured.receive(alert("Disk", password="am-token-1"))
    new = against(configured, RULES.replace("priority: high", "priority: low"))
    assert "am-token-1" not in configured.run("replay", "--against", new).output
    assert "am-token-1" not in configured.run("replay", "--against", new, "--json").output
