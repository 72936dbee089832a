"""What ServiceOps refuses, in both dialects."""

from typing import Any

import pytest
import requests

from bridge.sandbox import Sandbox
from tests.sandbox.calls import KEY, gen1_incident, gen2_request
from tests.sandbox.test_serviceops import by, qual

GEN1 = "/api/v1/incident"
GEN2 = "/api/v1/request"
ABSENT = object()
NOTE = {"conversationType": "note", "details": "up", "conversationState": "published"}


def refused(desk: Sandbox, answer: requests.Response, named: str, status: int = 400) -> None:
    assert answer.status_code == status, answer.text
    assert named in answer.json()["userMessage"]
    assert len(desk.refusals) == 1
    assert named in desk.refusals[0]


def send(
    desk: Sandbox, http: requests.Session, path: str, said: object, method: str = "POST"
) -> requests.Response:
    return http.request(method, desk.url + path, json=said, headers=KEY, timeout=5)


def without(said: dict[str, Any], key: str, value: object) -> dict[str, Any]:
    kept = {name: old for name, old in said.items() if name != key}
    return kept if value is ABSENT else {**kept, key: value}


def field(id_: str, **said: object) -> dict[str, object]:
    return {id_: said}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("requesterEmail", ABSENT),
        ("requesterEmail", "noc"),
        ("subject", ABSENT),
        ("subject", ""),
        ("subject", 7),
        ("categoryName", ABSENT),
        ("description", None),
        ("impact", "On User"),
        ("impact", "LOWEST"),
        ("priority", "Urgent"),
        ("urgency", "low"),
        ("locationName", "Ahmedabad"),
        ("tags", "tok-1"),
        ("tags", [1]),
        ("ccEmailSet", ["a@acme.com", "b"]),
        ("attachmentsRefNames", [1]),
        ("attachmentsRefNames", ["k9YqG9KTAB"]),
        ("fileAttachments", []),
        ("ccEmailSet", "a@acme.com"),
        ("requesterName", 7),
        ("status", "Resolved"),
        ("impactName", "Low"),
        ("customField", {}),
        ("customFieldValueDetails", []),
        ("customFieldValueDetails", field("Event ID", type=1, stringValue="e")),
        ("customFieldValueDetails", field("999", type=1, stringValue="e")),
        ("customFieldValueDetails", {"101": "e"}),
        ("customFieldValueDetails", field("101", type=1)),
        ("customFieldValueDetails", field("101", type=1, value="e")),
        ("customFieldValueDetails", field("101", type=1, stringValue=1)),
        ("customFieldValueDetails", field("101", type="1", stringValue="e")),
        ("customFieldValueDetails", field("101", type=6, stringValue="e")),
        ("customFieldValueDetails", field("101", type=9, stringValue="e")),
        ("customFieldValueDetails", field("101", type=2, integerValue=1)),
        ("customFieldValueDetails", field("102", type=2, integerValue="1")),
        ("customFieldValueDetails", field("102", type=2, stringValue="seven")),
    ],
)
def test_a_wrong_incident_is_refused_in_gen1s_envelope(
    serviceops: Sandbox, http: requests.Session, key: str, value: object
) -> None:
    answer = send(serviceops, http, GEN1, without(gen1_incident(), key, value))
    refused(serviceops, answer, "never uploaded" if value == ["k9YqG9KTAB"] else key)
    assert answer.json() | {"userMessage": ""} == {
        "returnCode": "ERROR",
        "status": 1,
        "userMessage": "",
        "id": None,
    }
    assert serviceops.tickets == ()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("requesterEmail", ABSENT),
        ("subject", ABSENT),
        ("impactName", "ONUSER"),
        ("priorityName", "URGENT"),
        ("urgencyName", 1),
        ("statusName", "Cancelled"),
        ("locationName", "Ahmedabad"),
        ("assigneeEmail", "eve"),
        ("spam", "no"),
        ("impact", "LOW"),
        ("status", "Open"),
        ("attachmentsRefNames", []),
        ("fileAttachments", ["k9YqG9KTAB"]),
        ("fileAttachments", [{"refFileName": "k9YqG9KTAB"}]),
        ("fileAttachments", [{"realName": "top.txt"}]),
        ("fileAttachments", [{"refFileName": "k9YqG9KTAB", "realName": "top.txt"}]),
        ("customFieldValueDetails", {}),
        ("customField", []),
        ("customField", {"Host": "web-1"}),
        ("customField", {"101": "e-1"}),
        ("customField", {"Event ID": 1}),
        ("customField", {"Score": "7"}),
        ("customField", {"Score": True}),
        ("customField", {"Load": "high"}),
        ("customField", {"Automated": 1}),
        ("customField", {"Began": 1.5}),
        ("customField", {"Ports": ["80"]}),
        ("customField", {"Hosts": "web-1"}),
    ],
)
def test_a_wrong_request_is_refused_in_gen2s_form(
    serviceops: Sandbox, http: requests.Session, key: str, value: object
) -> None:
    answer = send(serviceops, http, GEN2, without(gen2_request(), key, value))
    is_file = value == [{"refFileName": "k9YqG9KTAB", "realName": "top.txt"}]
    refused(serviceops, answer, "never uploaded" if is_file else key)
    assert answer.json()["error"] == answer.json()["userMessage"]
    assert serviceops.tickets == ()


@pytest.mark.parametrize(
    ("path", "method", "said", "named"),
    [
        (GEN1, "POST", {"status": "Cancelled"}, "status"),
        (GEN1, "POST", {"subject": ""}, "subject"),
        (GEN2, "PATCH", {"subject": ""}, "subject"),
        (GEN1, "POST", {"requesterEmail": "noc@acme.com"}, "requesterEmail"),
        (GEN1, "POST", {"ccEmailSet": ["a@acme.com"]}, "ccEmailSet"),
        (GEN1, "POST", {"attachmentsRefNames": ["k9YqG9KTAB"]}, "never uploaded"),
        (GEN2, "PATCH", {"subject": "s", "statusName": "RESOLVED"}, "statusName"),
        (GEN2, "PATCH", {"subject": "s", "status": "Resolved"}, "status"),
        (GEN2, "PATCH", {"statusName": "Resolved"}, "subject"),
    ],
)
def test_a_wrong_update_is_refused_and_changes_nothing(
    serviceops: Sandbox, http: requests.Session, path: str, method: str, said: object, named: str
) -> None:
    send(serviceops, http, GEN1, gen1_incident())
    before = serviceops.tickets
    refused(serviceops, send(serviceops, http, f"{path}/1", said, method), named)
    assert serviceops.tickets == before


@pytest.mark.parametrize(
    ("path", "method"), [(f"{GEN1}/1", "PATCH"), (f"{GEN1}/1", "PUT"), (f"{GEN2}/1", "POST")]
)
def test_the_other_dialects_method_is_not_allowed(
    serviceops: Sandbox, http: requests.Session, path: str, method: str
) -> None:
    answer = send(serviceops, http, path, {}, method)
    refused(serviceops, answer, "405", status=405)


@pytest.mark.parametrize(
    ("path", "method"),
    [
        (f"{GEN1}/7", "GET"),
        (f"{GEN1}/7", "POST"),
        (f"{GEN2}/7", "GET"),
        (f"{GEN2}/7", "PATCH"),
    ],
)
def test_an_unknown_id_is_not_found(
    serviceops: Sandbox, http: requests.Session, path: str, method: str
) -> None:
    answer = send(serviceops, http, path, {"subject": "s"}, method)
    refused(serviceops, answer, "there is no ticket with the id 7", status=404)


@pytest.mark.parametrize(
    ("sent", "named"),
    [
        ({"data": b"load 9", "headers": {**KEY, "Content-Type": "text/plain"}}, "Content-Type"),
        ({"json": {"file": "load 9"}}, "Content-Type"),
        ({"files": {"attachment": ("top.txt", b"load 9")}}, "file is mandatory"),
        ({"files": {"file": (None, b"load 9")}}, "file is mandatory"),
    ],
)
def test_an_upload_is_one_part_of_a_form_and_nothing_else(
    serviceops: Sandbox, http: requests.Session, sent: dict[str, Any], named: str
) -> None:
    how = {"headers": KEY, "timeout": 5, **sent}
    refused(serviceops, http.post(serviceops.url + "/api/oprfile", **how), named)


@pytest.mark.parametrize("path", ["/api/ususer/form/change", "/api/v2/request", f"{GEN2}/INC-1"])
def test_an_unknown_path_is_not_found(
    serviceops: Sandbox, http: requests.Session, path: str
) -> None:
    refused(serviceops, send(serviceops, http, path, None, "GET"), "404", status=404)


@pytest.mark.parametrize(
    ("body", "kind", "named"),
    [
        (b"{", "application/json", "not JSON"),
        (b"[]", "application/json", "not a JSON object"),
        (b"{}", "text/plain", "Content-Type"),
    ],
)
def test_a_body_that_is_no_json_object_is_refused(
    serviceops: Sandbox, http: requests.Session, body: bytes, kind: str, named: str
) -> None:
    headers = {**KEY, "Content-Type": kind}
    answer = http.post(serviceops.url + GEN1, data=body, headers=headers, timeout=5)
    refused(serviceops, answer, named)


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ({"conversationType": "note", "conversationState": "published"}, "details"),
        ({"details": "up", "conversationState": "published"}, "conversationType"),
        ({"conversationType": "note", "details": "up"}, "conversationState"),
        ({"conversationType": "Memo", "details": "up"}, "conversationType"),
        ({"conversationType": "note", "details": 1, "conversationState": "published"}, "details"),
        ({**NOTE, "subject": 1}, "subject"),
    ],
)
def test_a_wrong_note_is_refused(
    serviceops: Sandbox, http: requests.Session, said: object, named: str
) -> None:
    send(serviceops, http, GEN1, gen1_incident())
    refused(serviceops, send(serviceops, http, f"{GEN2}/1/conversation", said), named)
    assert serviceops.tickets[0].notes == ()


@pytest.mark.parametrize(
    ("said", "query", "named"),
    [
        ({"quals": []}, "", "qualDetails"),
        ({"qualDetails": {"type": "FlatQualificationRest"}}, "", "quals"),
        (by({"type": "Qual"}), "", "RelationalQualificationRest"),
        (by(qual("request.requester", "equal", "noc")), "", "request.requester"),
        (by(qual("request.subject", "like", "x")), "", "like"),
        (by(qual("request.subject", "contains", 7)), "", "value"),
        (by(qual("request.subject", "contains", "x", "LongValueRest")), "", "StringValueRest"),
        ({}, "?offset=-1", "offset"),
        ({}, "?size=all", "size"),
        ({}, "?sort_by=subject", "sort_by"),
    ],
)
def test_a_wrong_search_is_refused(
    serviceops: Sandbox, http: requests.Session, said: object, query: str, named: str
) -> None:
    refused(serviceops, send(serviceops, http, f"{GEN2}/search/byqual{query}", said), named)
