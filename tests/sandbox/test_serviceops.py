"""ServiceOps in both dialects, done as its documents say."""

from datetime import timedelta
from typing import Any

import pytest
import requests

from bridge.sandbox import Sandbox
from bridge.sandbox.serviceops.limit import CallLimit, headers
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
    change = {"subject": "x", "statusName": "In Progress", "customField": {"Score": 9}}
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
        (by(qual("request.name", "equal", "INC-2")), [2]),
        (by(qual("request.name", "equal", "INC")), []),
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


def upload(desk: Sandbox, http: requests.Session, name: str, text: str) -> Any:
    file = {"file": (name, text.encode(), "text/plain")}
    response = http.post(desk.url + "/api/oprfile", files=file, headers=KEY, timeout=5)
    assert response.status_code == 200, response.text
    return response.json()


def test_an_upload_is_answered_with_the_name_that_tickets_refer_to_it_by(
    serviceops: Sandbox, http: requests.Session
) -> None:
    answer = upload(serviceops, http, "top.txt", "load 9")
    assert set(answer) == {"refFileName", "realName", "link"}
    assert (answer["realName"], answer["link"]) == ("top.txt", None)
    sent = gen1_incident(attachmentsRefNames=[answer["refFileName"]])
    post(serviceops, http, "/api/v1/incident", sent)
    assert serviceops.tickets[0].files == {"top.txt": "load 9"}
    named = {"refFileName": answer["refFileName"], "realName": "top.txt"}
    for dialect in ("incident", "request"):
        shown = get(serviceops, http, f"/api/v1/{dialect}/1")["fileAttachments"]
        assert shown == [named]


def test_the_list_of_files_that_an_update_sends_is_all_that_there_is_then(
    serviceops: Sandbox, http: requests.Session
) -> None:
    first, second = (upload(serviceops, http, name, "x") for name in ("a.txt", "b.txt"))
    sent = gen1_incident(attachmentsRefNames=[first["refFileName"]])
    post(serviceops, http, "/api/v1/incident", sent)
    change = {"subject": "s", "fileAttachments": [{**second, "realName": "other.txt"}]}
    http.patch(serviceops.url + "/api/v1/request/1", json=change, headers=KEY, timeout=5)
    assert serviceops.tickets[0].files == {"other.txt": "x"}
    shown = get(serviceops, http, "/api/v1/request/1")["fileAttachments"]
    http.patch(
        serviceops.url + "/api/v1/request/1",
        json={"subject": "s", "fileAttachments": shown},
        headers=KEY,
        timeout=5,
    )
    assert serviceops.tickets[0].files == {"other.txt": "x"}
    assert serviceops.refusals == ()


def test_gen2_takes_a_description_as_html_and_gen1_as_it_is(
    serviceops: Sandbox, http: requests.Session
) -> None:
    said = "<p>load &lt; 5<br/>&amp; more</p>"
    post(serviceops, http, "/api/v1/incident", gen1_incident(description=said))
    post(serviceops, http, "/api/v1/request", gen2_request(description=said))
    assert [t.description for t in serviceops.tickets] == [said, "load < 5\n& more"]


def test_gen2_changes_who_is_told(serviceops: Sandbox, http: requests.Session) -> None:
    post(serviceops, http, "/api/v1/request", gen2_request())
    change = {"subject": "s", "ccEmailSet": ["b@acme.com"]}
    http.patch(serviceops.url + "/api/v1/request/1", json=change, headers=KEY, timeout=5)
    assert serviceops.tickets[0].cc == ("b@acme.com",)


def order_limit(desk: Sandbox, http: requests.Session, said: object) -> requests.Response:
    return http.post(desk.url + "/_sandbox/limit", json=said, timeout=5)


def limits_told(answer: requests.Response) -> list[str | None]:
    names = ("Limit", "Remaining", "Reset")
    return [answer.headers.get(f"X-RateLimit-{name}") for name in names]


def test_a_limit_is_told_in_every_answer_and_then_kept(
    serviceops: Sandbox, http: requests.Session
) -> None:
    path = serviceops.url + "/api/ususer/form/incident"
    assert limits_told(http.get(path, headers=KEY, timeout=5)) == [None, None, None]
    assert order_limit(serviceops, http, {"calls": 2, "every": "1h"}).status_code == 200
    answers = [http.get(path, headers=KEY, timeout=5) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert [limits_told(answer)[:2] for answer in answers] == [["2", "1"], ["2", "0"], ["2", "0"]]
    resets = [int(limits_told(answer)[2] or 0) for answer in answers]
    assert 3_590_000 < resets[2] <= resets[0] <= 3_600_000
    assert "rate limit" in answers[2].json()["userMessage"]
    assert "Retry-After" not in answers[2].headers
    order_limit(serviceops, http, {"calls": 0})
    assert http.get(path, headers=KEY, timeout=5).status_code == 200


def test_a_limit_begins_anew_when_its_time_is_over() -> None:
    now = [0.0]
    limit = CallLimit(lambda: now[0])
    limit.order({"calls": 1, "every": "2s"})
    assert limit.take() == (headers(1, 0, timedelta(seconds=2)), False)
    now[0] = 1.5
    assert limit.take() == (headers(1, 0, timedelta(milliseconds=500)), True)
    now[0] = 2.0
    assert limit.take() == (headers(1, 0, timedelta(seconds=2)), False)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({}, "calls is not a whole number"),
        ({"calls": -1}, "calls is not a whole number"),
        ({"calls": 5, "per": "1s"}, "calls is not a whole number"),
        ({"calls": 5, "every": "often"}, "often"),
        ([], "not a JSON object"),
    ],
)
def test_a_limit_that_makes_no_sense_is_not_taken(
    serviceops: Sandbox, http: requests.Session, said: object, words: str
) -> None:
    answer = order_limit(serviceops, http, said)
    assert answer.status_code == 400
    assert words in answer.json()["error"]


def test_calls_are_counted_by_method_and_path(serviceops: Sandbox, http: requests.Session) -> None:
    post(serviceops, http, "/api/v1/incident", gen1_incident())
    get(serviceops, http, "/api/v1/incident/1")
    counts = http.get(serviceops.url + "/_sandbox/calls", timeout=5).json()["counts"]
    assert counts == {"POST /api/v1/incident": 1, "GET /api/v1/incident/{id}": 1}
