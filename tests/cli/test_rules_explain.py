"""`bridge rules explain`, from a file, standard input, the inbox or an incident."""

import json
from typing import Any

import pytest

from tests.cli.given import Configured, alert, body


def of(configured: Configured, *arguments: str, **options: Any) -> dict[str, Any]:
    result = configured.run("explain", "--json", *arguments, **options)
    assert result.exit_code == 0, result.output
    said: dict[str, Any] = json.loads(result.stdout)
    return said


def test_a_file_is_explained(configured: Configured) -> None:
    file = configured.folder / "p.json"
    file.write_text(json.dumps(body(alert("Disk", instance="db1"))))
    result = configured.run("explain", str(file))
    assert result.exit_code == 0
    text = result.output.replace(f"{configured.folder}/", "")
    for line in (
        'Disk{instance="db1"}  firing, of am',
        '  files at desk under the key am{alertname="Disk", instance="db1"}',
        "  priority=high <- disk rules/a.yaml:8",
        "  subject=Disk on db1 <- defaults rules/a.yaml:5",
        '  beat rules/a.yaml:7 not taken: alertname="Watchdog"',
        "  disk rules/a.yaml:8 applied",
        "  request to desk:",
    ):
        assert line in text.splitlines()
    assert '"Authorization": "***"' in text
    assert "desk-secret-1" not in text


def test_a_dropped_alert_and_an_unmatched_one_are_explained(configured: Configured) -> None:
    text = configured.run(
        "explain", "-", input=json.dumps(body(alert("Watchdog"), alert("Else")))
    ).output
    assert "  dropped: fires always\n" in text
    assert "  no rule applied: filed by the defaults\n" in text


def test_standard_input_is_explained(configured: Configured) -> None:
    said = of(configured, "-", input=json.dumps(body(alert("Disk"), {"status": "odd"})))
    assert [a["rule"] for a in said["alerts"]] == ["disk"]
    assert said["rejected"][0]["index"] == 1


def test_a_body_of_the_inbox_is_explained(configured: Configured) -> None:
    receipt = configured.receive(alert("Disk", instance="db1"))
    (disk,) = of(configured, "--inbox", receipt.inbox_id)["alerts"]
    assert disk["labels"] == {"alertname": "Disk", "instance": "db1"}


def test_the_alerts_of_an_incident_are_explained_as_they_last_fired(
    configured: Configured,
) -> None:
    first = configured.receive(alert("Disk", instance="db1", annotations={"summary": "90%"}))
    configured.receive(alert("Disk", instance="db1", annotations={"summary": "95%"}), alert("Else"))
    configured.receive(alert("Disk", instance="db1", status="resolved"))
    incident_id = first.incidents[0].id
    assert incident_id is not None
    (disk,) = of(configured, "--incident", incident_id)["alerts"]
    assert (disk["name"], disk["status"]) == ("Disk", "firing")
    assert "95%" in disk["spec"]["description"]
    assert f"IB-test-{incident_id[-12:]}" in json.dumps(disk["request"])


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ([], 2, "give one of PAYLOAD.json"),
        (["p.json", "--inbox", "x"], 2, "give one of PAYLOAD.json"),
        (["gone.json"], 2, "gone.json cannot be read"),
        (["--inbox", "01GONE"], 1, "no body 01GONE; `bridge inbox list`"),
        (["--incident", "01GONE"], 1, "no incident 01GONE"),
        (["-", "--source", "kuma"], 2, "no source is named 'kuma'"),
        (["-"], 1, "not a body of the source am: not JSON"),
    ],
)
def test_what_cannot_be_explained_says_what_to_do(
    configured: Configured, arguments: list[str], code: int, said: str
) -> None:
    result = configured.run("explain", *arguments, input="no JSON")
    assert result.exit_code == code
    assert said in result.output


def test_the_source_must_be_said_where_there_are_several(configured: Configured) -> None:
    file = configured.folder / "bridge.yaml"
    more = "sources:\n  other: {type: alertmanager, auth: none}"
    file.write_text(file.read_text().replace("sources:", more))
    result = configured.run("explain", "-", input=json.dumps(body(alert("Disk"))))
    assert result.exit_code == 2
    assert "give --source, one of other, am" in result.output
    said = of(configured, "-", "--source", "other", input=json.dumps(body(alert("Disk"))))
    assert said["alerts"][0]["key"].startswith("other{")
