"""The incident API, field by field."""

from datetime import datetime, timedelta, timezone

import pytest

from bridge.domain.alert import AlertStatus
from bridge.domain.errors import ErrorKind
from bridge.domain.incident import DesiredState, Incident, LastError, TimelineEntry
from bridge.domain.known import KnownAlert
from bridge.domain.reading import IncidentQuery
from bridge.domain.spec import CustomField, CustomFieldType, IncidentSpec
from bridge.web.schemas import IncidentDetailSchema, IncidentListSchema
from tests.builders import T0, at, make_incident, make_ticket
from tests.web.fakes import Web


@pytest.fixture
def web() -> Web:
    return Web()


def full_incident() -> Incident:
    spec = IncidentSpec(
        subject="Disk full",
        priority="high",
        ci_key="Host Name",
        custom_fields={"Score": CustomField(value=7, type=CustomFieldType.INTEGER)},
        cc=("a@example.com",),
    )
    return make_incident(
        desired={"state": DesiredState.CLEAR, "since": at(60), "spec": spec},
        observed={
            "ticket": make_ticket(url="https://desk.example/1"),
            "attempts": 2,
            "last_error": LastError(kind=ErrorKind.TRANSIENT, message="no answer", at=at(70)),
        },
        rule="db",
        due_at=at(90),
        updated_at=datetime(2026, 1, 5, 14, 1, 30, 500000, timezone(timedelta(hours=2))),
    )


def test_an_incident_is_written_as_the_contract_says(web: Web) -> None:
    web.reader.add(full_incident(), firing=0, resolved=3)
    (written,) = web.client().get("/api/v1/incidents").get_json()["incidents"]
    assert written == {
        "id": "01",
        "key": "disk",
        "episode": 1,
        "token": "IB-test-01",
        "backend": "desk",
        "state": "clear",
        "phase": "clearing",
        "handling": "unhandled",
        "ticket": {
            "number": "INC-1",
            "id": "1",
            "url": "https://desk.example/1",
            "status": "Open",
            "assignee": None,
            "taken_over": False,
            "theirs": [],
        },
        "spec": {
            "subject": "Disk full",
            "priority": "high",
            "CI_Key": "Host Name",
            "CustomFields": {"Score": {"value": 7, "type": "integer"}},
            "cc": ["a@example.com"],
        },
        "rule": "db",
        "source": "alertmanager",
        "alerts": {"firing": 0, "resolved": 3},
        "attempts": 2,
        "due_at": "2026-01-05T12:01:30Z",
        "last_error": {
            "kind": "transient",
            "message": "no answer",
            "at": "2026-01-05T12:01:10Z",
        },
        "parked_reason": None,
        "edits": {},
        "overflow": None,
        "opened_at": "2026-01-05T12:00:00Z",
        "cleared_at": "2026-01-05T12:01:00Z",
        "resolved_at": None,
        "updated_at": "2026-01-05T12:01:30.500000Z",
    }


def test_what_is_not_there_yet_is_null(web: Web) -> None:
    web.reader.add(make_incident())
    (written,) = web.client().get("/api/v1/incidents").get_json()["incidents"]
    absent = {name for name, value in written.items() if value is None}
    assert absent == {
        "ticket",
        "rule",
        "due_at",
        "last_error",
        "parked_reason",
        "overflow",
        "cleared_at",
        "resolved_at",
    }


def test_one_incident_comes_with_its_timeline_and_its_members(web: Web) -> None:
    web.reader.add(full_incident())
    web.reader.entries = [
        TimelineEntry(incident_id="01", at=T0, what="opened", because="alert", detail={"n": [1]})
    ]
    web.reader.alerts = [
        KnownAlert(
            source="am",
            fingerprint="f1",
            status=AlertStatus.FIRING,
            title="DiskFull",
            digest="d",
            starts_at=T0,
            ends_at=None,
            seen_at=at(5),
            resolved_at=None,
            incident_id="01",
            rule="db",
            labels={"alertname": "DiskFull"},
        )
    ]
    written = web.client().get("/api/v1/incidents/01").get_json()
    assert written["timeline"] == [
        {"at": "2026-01-05T12:00:00Z", "what": "opened", "because": "alert", "detail": {"n": [1]}}
    ]
    assert written["members"] == [
        {
            "source": "am",
            "fingerprint": "f1",
            "status": "firing",
            "handling": "unhandled",
            "title": "DiskFull",
            "labels": {"alertname": "DiskFull"},
            "rule": "db",
            "starts_at": "2026-01-05T12:00:00Z",
            "ends_at": None,
            "seen_at": "2026-01-05T12:00:05Z",
            "resolved_at": None,
        }
    ]
    assert set(written) == set(IncidentDetailSchema().fields)


def test_the_list_says_where_to_go_on(web: Web) -> None:
    web.reader.next = "c2"
    answer = web.client().get("/api/v1/incidents").get_json()
    assert answer == {"incidents": [], "next": "c2"}
    assert set(answer) == set(IncidentListSchema().fields)


def test_every_parameter_reaches_the_reader(web: Web) -> None:
    query = "state=open&backend=summit&key=k&rule=r&q=disk&cursor=c&limit=7"
    assert web.client().get(f"/api/v1/incidents?{query}").status_code == 200
    asked = IncidentQuery(
        state="open", backend="summit", key="k", rule="r", q="disk", cursor="c", limit=7
    )
    assert web.reader.asked == [asked]


def test_without_parameters_the_readers_own_defaults_hold(web: Web) -> None:
    web.client().get("/api/v1/incidents")
    assert web.reader.asked == [IncidentQuery()]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=many", "limit"),
        ("limit=", "limit"),
        ("state=burning", "state"),
        ("q=", "q"),
        ("key=" + "x" * 1001, "key"),
        ("stat=open", "stat"),
        ("limit=0&state=x", "limit"),
        ("limit=0&state=x", "state"),
    ],
)
def test_a_wrong_parameter_is_named(web: Web, query: str, names: str) -> None:
    answer = web.client().get(f"/api/v1/incidents?{query}")
    assert answer.status_code == 400
    assert f"{names}: " in answer.get_json(force=True)["detail"]
    assert web.reader.asked == []


def test_a_cursor_that_the_store_does_not_know_is_named(web: Web) -> None:
    web.reader.error = ValueError("bad base64")
    answer = web.client().get("/api/v1/incidents?cursor=made-up")
    assert answer.status_code == 400
    assert "cursor: " in answer.get_json(force=True)["detail"]
    assert web.client().get("/api/v1/incidents").status_code == 500
