"""POST /api/v1/explain through everything behind it."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from bridge.bootstrap import build_web, live_rules
from bridge.domain.inbox import InboxQuery
from bridge.domain.reading import IncidentQuery
from bridge.trial.explainer import AT_ONCE
from tests.cli.given import Configured, alert, body


@pytest.fixture
def client(configured: Configured) -> FlaskClient:
    return build_web(configured.bridge, live_rules(configured.bridge.settings)).test_client()


def ask(client: FlaskClient, payload: object, **order: Any) -> dict[str, Any]:
    answer = client.post("/api/v1/explain", json={"source": "am", "payload": payload, **order})
    said: dict[str, Any] = answer.get_json()
    assert answer.status_code == 200, said
    return said


def test_the_rules_in_force_are_asked_and_nothing_is_stored(
    configured: Configured, client: FlaskClient
) -> None:
    (disk,) = ask(client, body(alert("Disk", instance="db1")))["alerts"]
    assert (disk["rule"], disk["spec"]["priority"]) == ("disk", "high")
    assert disk["request"]["json"]["subject"].startswith("Disk on db1")
    assert disk["request"]["headers"] == {"Authorization": "***"}
    store = configured.bridge.store
    assert store.inbox(InboxQuery()).bodies == []
    assert store.incidents(IncidentQuery()).incidents == []


RULES = """
version: 1
tables: {owners: {file: owners.csv, key: [name]}}
rules: [{id: tried, match: any, set: {workgroup: "{{ owners(labels.alertname).team }}"}}]
"""


def test_rules_in_the_request_are_asked_instead(client: FlaskClient) -> None:
    files = {"mine.yaml": RULES, "owners.csv": "name,team\nDisk,Storage\n"}
    (disk,) = ask(client, body(alert("Disk")), rules=files)["alerts"]
    assert disk["fields"]["workgroup"]["text"].startswith("Storage <- tried mine.yaml:4, table")


def test_rules_in_the_request_know_the_configured_desks_only(client: FlaskClient) -> None:
    rules = "version: 1\nrules: [{id: r, match: any, set: {backend: nowhere}}]\n"
    order = {"source": "am", "payload": body(alert("Disk")), "rules": rules}
    answer = client.post("/api/v1/explain", json=order)
    assert answer.status_code == 400
    (problem,) = answer.get_json()["problems"]
    assert (problem["file"], problem["line"]) == ("rules.yaml", 2)
    assert "nowhere" in problem["message"]


def test_a_large_body_is_explained_in_part(client: FlaskClient) -> None:
    most = AT_ONCE.alerts
    assert most is not None
    alerts = [alert("Disk", instance=f"db{number}") for number in range(most + 3)]
    said = ask(client, body(*alerts))
    assert (len(said["alerts"]), said["left_out"]) == (most, 3)


def test_a_source_that_is_not_configured_is_not_found(client: FlaskClient) -> None:
    order = {"source": "alertmanager", "payload": {}}
    assert client.post("/api/v1/explain", json=order).status_code == 404
