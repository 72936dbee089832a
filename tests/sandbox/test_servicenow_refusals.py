"""What the stand-in ServiceNow refuses, in the vendor's form, and whom it lets in."""

from collections.abc import Mapping
from typing import Any

import pytest
import requests

from bridge.sandbox import Sandbox
from bridge.sandbox.servicenow.attachments import MOST_BYTES
from tests.sandbox.now import NEW, PATH, USER, call, change, file

TOKEN_PATH = "/oauth_token.do"
ATTACHMENTS = "/api/now/attachment/file"
FILE = {"table_name": "incident", "file_name": "a.txt"}
TEXT = {"Content-Type": "text/plain"}
CLIENT = {"client_id": "api", "client_secret": "sandbox-secret"}
PERSON = {"username": "bridge", "password": "sandbox-password"}
#: How a call is spoilt, and what is said of it.
SPOILT: list[tuple[Mapping[str, Any], int, str]] = [
    ({"auth": None}, 401, "there is neither a user"),
    ({"auth": ("bridge", "wrong")}, 401, "the user or the password is wrong"),
    ({"auth": ("nobody", "sandbox-password")}, 401, "the user or the password is wrong"),
    ({"auth": None, "headers": {"x-sn-apikey": "wrong"}}, 401, "there is neither a user"),
    ({"auth": None, "headers": {"Authorization": "Bearer wrong"}}, 401, "there is neither"),
    ({"auth": ("reader", "sandbox-password")}, 403, "ACL Exception Insert Failed"),
    ({"json": None, "data": b"{}"}, 415, "Content-Type is not application/json"),
    ({"headers": {"Accept": "text/html"}}, 406, "Accept is not application/json"),
    ({"json": [NEW]}, 400, "the body is not a JSON object"),
    (
        {"json": None, "data": b"{", "headers": {"Content-Type": "application/json"}},
        400,
        "the body is not JSON",
    ),
    ({"json": {"priority": "1"}}, 403, "priority is read only"),
    ({"json": {"number": "INC1"}}, 403, "number is read only"),
    ({"json": {"sys_id": "1"}}, 403, "sys_id is read only"),
    ({"json": {"impact": "4"}}, 403, "impact 4 is no choice"),
    ({"json": {"urgency": "High"}}, 403, "urgency High is no choice"),
    ({"json": {"state": "Resolved"}}, 403, "state Resolved is no choice"),
    ({"json": {"state": "6"}}, 403, "close_code, close_notes mandatory"),
    (
        {"json": {"state": "7", "close_code": "Solution provided"}},
        403,
        "close_notes mandatory",
    ),
    ({"json": {"close_code": "Magic"}}, 403, "close_code Magic is no choice"),
    ({"json": {"state": "3"}}, 403, "hold_reason mandatory"),
    ({"json": {"state": "3", "hold_reason": "2"}}, 403, "hold_reason 2 is no choice"),
    ({"json": {"state": "3", "hold_reason": "1"}}, 403, "comments mandatory"),
    ({"json": {"assignment_group": "NOC"}}, 403, "assignment_group NOC is no sys_id"),
    ({"json": {"cmdb_ci": "db1"}}, 403, "cmdb_ci db1 is no sys_id"),
    ({"json": {"short_description": None}}, 400, "short_description is not a value"),
    ({"json": {"description": {"a": 1}}}, 400, "description is not a value"),
    ({"json": {"u_score": "7"}}, 400, "u_score is not of type int"),
    ({"json": {"u_automated": "true"}}, 400, "u_automated is not of type bool"),
]


def said_of(answer: requests.Response) -> str:
    """Read a refusal in the vendor's form."""
    body = answer.json()
    assert set(body) == {"error", "status"}
    assert set(body["error"]) == {"message", "detail"}
    assert body["status"] == "failure"
    detail: str = body["error"]["detail"]
    return detail


@pytest.mark.parametrize(("how", "status", "words"), SPOILT)
def test_a_create_that_breaks_a_rule_is_refused_in_the_vendors_form(
    servicenow: Sandbox,
    http: requests.Session,
    how: Mapping[str, Any],
    status: int,
    words: str,
) -> None:
    answer = call(servicenow, http, "POST", **{"json": NEW, **how})
    assert answer.status_code == status
    assert words in said_of(answer)
    assert ("WWW-Authenticate" in answer.headers) == (status == 401)
    assert servicenow.tickets == ()
    [refusal] = servicenow.refusals
    assert refusal.startswith("POST /api/now/table/incident: ")
    assert words in refusal


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"state": "6"}, "close_code, close_notes mandatory"),
        ({"state": "6", "close_code": "Solution provided"}, "close_notes mandatory"),
        ({"state": "7", "close_notes": "x"}, "close_code mandatory"),
        ({"priority": "1"}, "priority is read only"),
    ],
)
def test_an_update_that_breaks_a_rule_changes_nothing(
    servicenow: Sandbox, http: requests.Session, said: Mapping[str, str], words: str
) -> None:
    sys_id = file(servicenow, http)["sys_id"]
    before = servicenow.tickets
    answer = change(servicenow, http, sys_id, **said)
    assert answer.status_code == 403
    assert words in said_of(answer)
    assert servicenow.tickets == before


@pytest.mark.parametrize(
    ("method", "path", "status", "words"),
    [
        ("GET", f"{PATH}/{'0' * 32}", 404, "Record doesn't exist or ACL restricts"),
        ("PATCH", f"{PATH}/{'0' * 32}", 404, "Record doesn't exist or ACL restricts"),
        ("DELETE", f"{PATH}/{'0' * 32}", 405, "405 Method Not Allowed"),
        ("DELETE", PATH, 405, "405 Method Not Allowed"),
        ("GET", "/api/now/table/nonsense", 400, "Invalid table nonsense"),
        ("GET", "/api/now/stats/incident", 404, "404 Not Found"),
    ],
)
def test_a_call_that_leads_nowhere_is_refused(
    servicenow: Sandbox, http: requests.Session, method: str, path: str, status: int, words: str
) -> None:
    answer = call(servicenow, http, method, path, json={})
    assert answer.status_code == status
    assert words in said_of(answer)
    assert len(servicenow.refusals) == 1


def test_who_may_write_nothing_may_read(servicenow: Sandbox, http: requests.Session) -> None:
    sys_id = file(servicenow, http)["sys_id"]
    reader = ("reader", USER[1])
    assert call(servicenow, http, "GET", f"{PATH}/{sys_id}", auth=reader).status_code == 200
    refused = call(servicenow, http, "PATCH", f"{PATH}/{sys_id}", auth=reader, json={"state": "2"})
    assert refused.status_code == 403
    assert "ACL Exception Update Failed" in said_of(refused)


@pytest.mark.parametrize(
    ("how", "status", "words"),
    [
        ({"params": {"table_name": "incident", "table_sys_id": "x"}}, 400, "file_name"),
        ({"params": {"file_name": "a"}}, 400, "table_name, table_sys_id"),
        ({"params": {**FILE, "table_name": "nonsense"}}, 404, "Record doesn't exist"),
        ({"params": {**FILE, "table_sys_id": "0" * 32}}, 404, "Record doesn't exist"),
        ({"headers": {}}, 400, "Content-Type"),
        ({"data": b""}, 400, "the body is empty"),
        ({"data": b"x" * (MOST_BYTES + 1)}, 413, "com.glide.attachment.max_size"),
        ({"auth": ("reader", USER[1])}, 403, "ACL Exception Insert Failed"),
        ({"auth": ("blind", USER[1])}, 404, "ACL restricts"),
        ({"auth": None}, 401, "there is neither a user"),
        ({"headers": {**TEXT, "Accept": "text/html"}}, 406, "Accept is not application/json"),
    ],
)
def test_a_file_that_breaks_a_rule_is_refused_and_not_kept(
    servicenow: Sandbox, http: requests.Session, how: Mapping[str, Any], status: int, words: str
) -> None:
    sys_id = file(servicenow, http)["sys_id"]
    right = {"params": {"table_sys_id": sys_id, **FILE}, "headers": TEXT, "data": b"text"}
    if how.get("params", {}).get("table_name") == "nonsense":
        how = {"params": {**how["params"], "table_sys_id": sys_id}}
    answer = call(servicenow, http, "POST", ATTACHMENTS, **{**right, **how})
    assert answer.status_code == status
    assert words in said_of(answer)
    assert servicenow.tickets[0].files == {}
    [refusal] = servicenow.refusals
    assert refusal.startswith(f"POST {ATTACHMENTS}: ")


def ask_token(desk: Sandbox, http: requests.Session, **how: Any) -> requests.Response:
    return http.post(desk.url + TOKEN_PATH, timeout=5, **how)


@pytest.mark.parametrize(
    "form",
    [
        {"grant_type": "client_credentials", **CLIENT},
        {"grant_type": "password", **CLIENT, **PERSON},
    ],
)
def test_a_token_lets_in_until_it_expires(
    servicenow: Sandbox, http: requests.Session, form: Mapping[str, str]
) -> None:
    given = ask_token(servicenow, http, data=form).json()
    assert (given["token_type"], given["expires_in"]) == ("Bearer", 7199)
    how: dict[str, Any] = {
        "auth": None,
        "headers": {"Authorization": f"Bearer {given['access_token']}"},
    }
    assert call(servicenow, http, "POST", json=NEW, **how).status_code == 201
    http.post(servicenow.url + "/_sandbox/tokens/expire", timeout=5)
    assert call(servicenow, http, "POST", json=NEW, **how).status_code == 401
    assert servicenow.refusals == ()


def test_a_key_lets_in(servicenow: Sandbox, http: requests.Session) -> None:
    how: dict[str, Any] = {"auth": None, "headers": {"x-sn-apikey": "sandbox-key"}}
    assert call(servicenow, http, "POST", json=NEW, **how).status_code == 201


@pytest.mark.parametrize(
    ("how", "status", "words"),
    [
        ({"json": {"grant_type": "password", **CLIENT, **PERSON}}, 400, "Content-Type"),
        ({"data": {**CLIENT, **PERSON}}, 400, "grant_type"),
        ({"data": {"grant_type": "implicit", **CLIENT}}, 400, "grant_type"),
        ({"data": {"grant_type": "client_credentials", "client_id": "api"}}, 401, "client_secret"),
        ({"data": {"grant_type": "password", **CLIENT, "username": "x"}}, 401, "username"),
        (
            {"data": {"grant_type": "password", **CLIENT, **PERSON, "password": "x"}},
            401,
            "password is wrong",
        ),
    ],
)
def test_a_wrong_form_gets_no_token(
    servicenow: Sandbox, http: requests.Session, how: Mapping[str, Any], status: int, words: str
) -> None:
    answer = ask_token(servicenow, http, **how)
    assert answer.status_code == status
    assert words in said_of(answer)
