"""ServiceOps in both dialects, done as its documents say."""

from typing import Any

import pytest
import requests

from bridge.sandbox import Sandbox
from tests.sandbox.calls import KEY, gen1_incident, gen2_request


def post(desk: Sandbox, http: requests.Session, path: str, said: object) -> Any:
    response = http.post(desk.url + path, json=said, headers=KEY, timeout=5)
    assert response.status_code == 200, response.text
    return response.json()


def get(desk: Sandbox, http: requests.Session, path: str) -> Any:
    response = http.get(desk.url + path, headers=KEY, timeout=5)
    assert response.status_code == 200, response.text
    return response.json()


def test_gen1_creates_an_incident_and_answers_with_its_id(
    serviceops: Sandbox, http: requests.Session
) -> None:
    answer = post(serviceops, http, "/api/v1/incident", gen1_incident())
    [ticket] = serviceops.tickets
    assert answer == {"returnCode": "SUCCESS", "status": 0, "userMessage": None, "id": 1}
    assert (ticket.number, ticket.id, ticket.status) == ("INC-1", "1", "Open")
    assert (ticket.impact, ticket.priority, ticket.urgency) == ("On User", "Urgent", "High")
    assert ticket.custom_fields == {"Event ID": "e-1"}
    assert (ticket.tags, ticket.cc) == (("tok-1",), ("a@acme.com",))
    assert ticket.location == "Head Office"
    assert serviceops.refusals == ()


def test_gen1_shows_an_incident_as_it_was_sent(serviceops: Sandbox, http: requests.Session) -> None:
    sent = gen1_incident()
    post(serviceops, http, "/api/v1/incident", sent)
    shown = get(serviceops, http, "/api/v1/incident/1")
    assert sent.items() <= shown.items()
    assert shown["status"] == "Open"
    assert "id" not in shown


def test_gen1_updates_what_is_sent_and_nothing_else(
    serviceops: Sandbox, http: requests.Session
) -> None:
    post(serviceops, http, "/api/v1/incident", gen1_incident())
    answer = post(serviceops, http, "/api/v1/incident/1", {"status": "Resolved"})
    [ticket] = serviceops.tickets
    assert answer["returnCode"] == "SUCCESS"
    assert (ticket.status, ticket.is_open, ticket.subject) == ("Resolved", False, "web-1 is down")
    assert [step.status for step in ticket.history] == ["Open", "Resolved"]


def test_gen1_takes_every_documented_type_and_null_empties_a_text(
    serviceops: Sandbox, http: requests.Session
) -> None:
    details = {
        "102": {"type": 2, "integerValue": 1},
        "103": {"type": 3, "doubleValue": 0.5},
        "104": {"type": 4, "booleanValue": True},
        "105": {"type": 5, "longValue": 1},
        "106": {"type": 7, "integerListValue": [80, 443]},
        "107": {"type": 8, "stringListValue": ["web-1"]},
        "108": {"type": 10, "stringValue": "long"},
    }
    post(serviceops, http, "/api/v1/incident", gen1_incident())
    change = {"customFieldValueDetails": {**details, "101": {"type": 1, "stringValue": None}}}
    post(serviceops, http, "/api/v1/incident/1", change)
    assert serviceops.tickets[0].custom_fields == {
        "Score": 1,
        "Load": 0.5,
        "Automated": True,
        "Began": 1,
        "Ports": [80, 443],
        "Hosts": ["web-1"],
        "Evidence": "long",
    }


def test_gen2_creates_a_request_and_answers_with_it(
    serviceops: Sandbox, http: requests.Session
) -> None:
    sent = gen2_request()
    answer = post(serviceops, http, "/api/v1/request", sent)
    assert sent.items() <= answer.items()
    assert (answer["id"], answer["name"], answer["statusName"]) == (1, "INC-1", "Open")
    assert answer["createdTime"] == int(serviceops.tickets[0].created_at.timestamp() * 1000)
    assert get(serviceops, http, "/api/v1/request/1") == answer


def test_gen2_updates_by_patch_and_keeps_custom_fields(
    serviceops: Sandbox, http: requests.Session
) -> None:
    post(serviceops, http, "/api/v1/request", gen2_request())
    change = {"statusName": "In Progress", "customField": {"Score": 9}}
    url = serviceops.url + "/api/v1/request/1"
    answer = http.patch(url, json=change, headers=KEY, timeout=5)
    assert answer.status_code == 200
    assert answer.json()["statusName"] == "In Progress"
    assert serviceops.tickets[0].custom_fields == {"Event ID": "e-1", "Score": 9}


def test_both_dialects_share_their_tickets(serviceops: Sandbox, http: requests.Session) -> None:
    post(serviceops, http, "/api/v1/incident", gen1_incident())
    shown = get(serviceops, http, "/api/v1/request/1")
    assert (shown["impactName"], shown["customField"]) == ("On User", {"Event ID": "e-1"})
    post(serviceops, http, "/api/v1/request", gen2_request())
    assert get(serviceops, http, "/api/v1/incident/2")["priority"] == "URGENT"


def qual(key: str, operator: str, value: object, kind: str = "StringValueRest") -> dict[str, Any]:
    return {
        "type": "RelationalQualificationRest",
        "leftOperand": {"type": "PropertyOperandRest", "key": key},
        "operator": operator,
        "rightOperand": {"type": "ValueOperandRest", "value": {"type": kind, "value": value}},
    }


def by(*quals: object) -> dict[str, Any]:
    return {"qualDetails": {"type": "FlatQualificationRest", "quals": list(quals)}}


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ({}, [1, 2]),
        (by(), [1, 2]),
        (by(qual("request.subject", "contains", "TOK-2")), [2]),
        (by(qual("request.subject", "equal", "web-1 is down")), [1]),
        (by(qual("request.subject", "equal", "web-1")), []),
        (by(qual("request.tags", "contains", "tok")), [1]),
        (by(qual("request.tags", "equal", "tok-1")), [1]),
        (by(qual("request.tags", "in", ["tok-0", "tok-1"], "ListStringValueRest")), [1]),
        (by(qual("request.subject", "contains", "down"), qual("request.tags", "equal", "x")), []),
    ],
)
def test_a_search_finds_by_subject_and_tags(
    serviceops: Sandbox, http: requests.Session, question: object, found: list[int]
) -> None:
    post(serviceops, http, "/api/v1/request", gen2_request())
    post(serviceops, http, "/api/v1/request", gen2_request(subject="db is down [tok-2]", tags=[]))
    path = "/api/v1/request/search/byqual?offset=0&size=10&sort_by=createdTime"
    answer = post(serviceops, http, path, question)
    assert [shown["id"] for shown in answer["objectList"]] == found
    assert answer["totalCount"] == len(found)


def test_a_search_gives_one_page_and_the_total(serviceops: Sandbox, http: requests.Session) -> None:
    for _ in range(3):
        post(serviceops, http, "/api/v1/request", gen2_request())
    path = "/api/v1/request/search/byqual?offset=1&size=1&sort_by=-createdTime"
    answer = post(serviceops, http, path, {})
    assert [shown["name"] for shown in answer["objectList"]] == ["INC-2"]
    assert answer["totalCount"] == 3


def test_a_conversation_is_a_note(serviceops: Sandbox, http: requests.Session) -> None:
    post(serviceops, http, "/api/v1/incident", gen1_incident())
    said = {"conversationType": "note", "details": "<p>up</p>", "conversationState": "published"}
    answer = post(serviceops, http, "/api/v1/request/1/conversation", said)
    said["subject"] = "web-1"
    mail = {**said, "conversationType": "technician_to_requester", "details": "dear"}
    post(serviceops, http, "/api/v1/request/1/conversation", mail)
    assert answer["id"] > 0
    assert serviceops.tickets[0].notes == ("<p>up</p>", "dear")
    assert serviceops.tickets[0].replies == ("dear",)


def test_gen2_looks_away_from_what_is_not_public_and_gen1_takes_spam(
    serviceops: Sandbox, http: requests.Session
) -> None:
    post(serviceops, http, "/api/v1/request", gen2_request(supportLevel="Tier1", spam=False))
    answer = post(serviceops, http, "/api/v1/incident/1", {"spam": True})
    assert answer["returnCode"] == "SUCCESS"


@pytest.mark.parametrize("form", ["incident", "request"])
def test_a_form_lists_the_custom_fields(
    serviceops: Sandbox, http: requests.Session, form: str
) -> None:
    fields = get(serviceops, http, f"/api/ususer/form/{form}")["fields"]
    assert {"id": 101, "name": "Event ID", "type": "STRING"} in fields
    assert {"id": 102, "name": "Score", "type": "INTEGER"} in fields


@pytest.mark.parametrize(
    ("kind", "named"),
    [("status", {"id": 9, "name": "Open"}), ("priority", {"id": 1, "name": "Low"})],
)
def test_names_have_ids(
    serviceops: Sandbox, http: requests.Session, kind: str, named: dict[str, object]
) -> None:
    answer = post(serviceops, http, f"/api/request/{kind}/search/byqual", {})
    assert named in answer["objectList"]
    assert answer["totalCount"] == len(answer["objectList"])


def test_calls_are_counted_by_method_and_path(serviceops: Sandbox, http: requests.Session) -> None:
    post(serviceops, http, "/api/v1/incident", gen1_incident())
    get(serviceops, http, "/api/v1/incident/1")
    counts = http.get(serviceops.url + "/_sandbox/calls", timeout=5).json()["counts"]
    assert counts == {"POST /api/v1/incident": 1, "GET /api/v1/incident/{id}": 1}
