"""The stand-in GLPI: what it takes, and what it refuses in the vendor's form."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
import requests

from bridge.sandbox import Sandbox

ROOT = "/apirest.php"
APP = {"App-Token": "sandbox-app-token"}
NEW: Mapping[str, Any] = {
    "name": "web-1 is down",
    "content": "No ping<br>for 5m &amp; more",
    "urgency": 4,
    "impact": 3,
    "priority": 5,
}
ABOUT = {"itemtype": "Ticket", "items_id": 1}


def session(desk: Sandbox, http: requests.Session) -> Mapping[str, str]:
    """Open a session; give the headers of a call in it."""
    headers = {**APP, "Authorization": "user_token sandbox-key"}
    answer = http.get(f"{desk.url}{ROOT}/initSession", headers=headers, timeout=5)
    assert answer.status_code == 200, answer.text
    return {**APP, "Session-Token": answer.json()["session_token"]}


def call(
    desk: Sandbox, http: requests.Session, method: str, path: str, **how: Any
) -> requests.Response:
    """Make a call in a session."""
    headers = how.pop("headers", None) or session(desk, http)
    return http.request(method, desk.url + ROOT + path, headers=headers, timeout=5, **how)


def file(desk: Sandbox, http: requests.Session, **more: object) -> int:
    """File a ticket; give its id."""
    answer = call(desk, http, "POST", "/Ticket", json={"input": {**NEW, **more}})
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])


def test_a_ticket_is_filed_and_shown_in_numbers_and_html(
    glpi: Sandbox, http: requests.Session
) -> None:
    id_ = file(glpi, http)
    ticket = call(glpi, http, "GET", f"/Ticket/{id_}").json()
    assert (ticket["id"], ticket["name"], ticket["status"]) == (1, "web-1 is down", 1)
    assert (ticket["urgency"], ticket["impact"], ticket["priority"]) == (4, 3, 5)
    assert ticket["content"] == NEW["content"]
    assert glpi.tickets[0].description == "No ping\nfor 5m & more"


def test_a_change_is_answered_item_by_item(glpi: Sandbox, http: requests.Session) -> None:
    file(glpi, http)
    answer = call(glpi, http, "PUT", "/Ticket/1", json={"input": {"status": 4}})
    assert answer.json() == [{"1": True, "message": ""}]
    assert glpi.tickets[0].status == "Pending"


@pytest.mark.parametrize(("is_private", "replies"), [(1, 0), (0, 1)])
def test_a_followup_is_private_or_is_not(
    glpi: Sandbox, http: requests.Session, is_private: int, replies: int
) -> None:
    file(glpi, http)
    said = {**ABOUT, "content": "still firing", "is_private": is_private}
    assert call(glpi, http, "POST", "/ITILFollowup", json={"input": said}).status_code == 201
    [kept] = glpi.tickets
    assert (kept.notes, len(kept.replies)) == (("still firing",), replies)


def test_a_solution_solves_once(glpi: Sandbox, http: requests.Session) -> None:
    file(glpi, http)
    said = {"input": {**ABOUT, "content": "Over."}}
    assert call(glpi, http, "POST", "/ITILSolution", json=said).status_code == 201
    [kept] = glpi.tickets
    assert (kept.status, kept.solution, kept.is_open) == ("Solved", "Over.", False)
    again = call(glpi, http, "POST", "/ITILSolution", json=said)
    assert (again.status_code, again.json()[0]) == (400, "ERROR_GLPI_ADD")


def upload(desk: Sandbox, http: requests.Session, name: str, **more: object) -> requests.Response:
    said = {"input": {"name": "a.txt", "_filename": ["a.txt"], **ABOUT, **more}}
    form = {"uploadManifest": (None, json.dumps(said)), "filename[0]": (name, b"text")}
    return call(desk, http, "POST", "/Document", files=form)


def test_a_document_is_put_on_a_ticket(glpi: Sandbox, http: requests.Session) -> None:
    file(glpi, http)
    assert upload(glpi, http, "a.txt").status_code == 201
    assert glpi.tickets[0].files == {"a.txt": "text"}
    wrong = upload(glpi, http, "b.txt")
    assert (wrong.status_code, wrong.json()[0]) == (400, "ERROR_GLPI_ADD")
    assert upload(glpi, http, "a.txt", items_id=7).status_code == 404


def criteria(**more: str) -> Mapping[str, str]:
    said = {"field": "21", "searchtype": "contains", "value": "no PING", **more}
    return {f"criteria[0][{name}]": text for name, text in said.items()}


def test_a_search_gives_columns_by_number_and_no_data_when_nothing_is_found(
    glpi: Sandbox, http: requests.Session
) -> None:
    first, _ = file(glpi, http), file(glpi, http)
    found = call(glpi, http, "GET", "/search/Ticket", params={**criteria(), "range": "0-0"})
    assert found.status_code == 206
    assert found.json()["data"] == [{"1": "web-1 is down", "2": first}]
    none = call(glpi, http, "GET", "/search/Ticket", params=criteria(value="nothing"))
    assert (none.status_code, none.json()) == (200, {"totalcount": 0, "count": 0})


def test_a_session_that_was_good_is_no_refused_call_when_it_is_forgotten(
    glpi: Sandbox, http: requests.Session
) -> None:
    headers = session(glpi, http)
    http.post(f"{glpi.url}/_sandbox/tokens/expire", timeout=5)
    answer = call(glpi, http, "GET", "/getActiveProfile", headers=headers)
    assert (answer.status_code, answer.json()[0]) == (401, "ERROR_SESSION_TOKEN_INVALID")
    assert glpi.refusals == ()


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({}, 400, "ERROR_APP_TOKEN_PARAMETERS_MISSING"),
        ({"App-Token": "wrong"}, 400, "ERROR_WRONG_APP_TOKEN_PARAMETER"),
        (APP, 400, "ERROR_LOGIN_PARAMETERS_MISSING"),
        ({**APP, "Authorization": "user_token x"}, 401, "ERROR_GLPI_LOGIN_USER_TOKEN"),
        ({**APP, "Authorization": "Basic eDp5"}, 401, "ERROR_GLPI_LOGIN"),
    ],
)
def test_a_wrong_login_is_refused(
    glpi: Sandbox, http: requests.Session, headers: Mapping[str, str], status: int, code: str
) -> None:
    answer = http.get(f"{glpi.url}{ROOT}/initSession", headers=dict(headers), timeout=5)
    assert (answer.status_code, answer.json()[0]) == (status, code)
    assert len(glpi.refusals) == 1


def test_a_user_with_a_password_is_let_in(glpi: Sandbox, http: requests.Session) -> None:
    auth = ("bridge", "sandbox-password")
    url = f"{glpi.url}{ROOT}/initSession"
    answer = http.get(url, headers=APP, auth=auth, timeout=5)
    assert answer.json()["session_token"]


@pytest.mark.parametrize(
    ("how", "status", "code"),
    [
        ({"headers": APP}, 400, "ERROR_SESSION_TOKEN_MISSING"),
        ({"headers": {**APP, "Session-Token": "x"}}, 401, "ERROR_SESSION_TOKEN_INVALID"),
        ({"data": b"{}"}, 400, "ERROR_BAD_ARRAY"),
        ({"json": NEW}, 400, "ERROR_BAD_ARRAY"),
        ({"json": {"input": [NEW]}}, 400, "ERROR_BAD_ARRAY"),
        ({"json": {"input": {}}}, 400, "ERROR_GLPI_ADD"),
        ({"json": {"input": {"name": 1}}}, 400, "ERROR_GLPI_ADD"),
        ({"json": {"input": {**NEW, "status": "5"}}}, 400, "ERROR_GLPI_UPDATE"),
        ({"json": {"input": {**NEW, "status": 9}}}, 400, "ERROR_GLPI_UPDATE"),
        ({"json": {"input": {**NEW, "urgency": True}}}, 400, "ERROR_GLPI_UPDATE"),
        ({"json": {"input": {**NEW, "_groups_id_assign": "NOC"}}}, 400, "ERROR_GLPI_UPDATE"),
    ],
)
def test_a_create_that_breaks_a_rule_is_refused_in_the_vendors_form(
    glpi: Sandbox, http: requests.Session, how: dict[str, Any], status: int, code: str
) -> None:
    answer = call(glpi, http, "POST", "/Ticket", **{"json": {"input": NEW}, **how})
    assert (answer.status_code, answer.json()[0]) == (status, code)
    assert glpi.tickets == ()


@pytest.mark.parametrize(
    ("method", "path", "how", "status", "code"),
    [
        ("GET", "/Ticket/7", {}, 404, "ERROR_ITEM_NOT_FOUND"),
        ("PUT", "/Ticket/7", {"json": {"input": {}}}, 404, "ERROR_ITEM_NOT_FOUND"),
        ("GET", "/Ticket/7", {"data": b"x"}, 400, "ERROR_BAD_ARRAY"),
        ("GET", "/Nonsense", {}, 400, "ERROR_RESOURCE_NOT_FOUND_NOR_COMMONDBTM"),
        ("GET", "/search/Ticket", {"params": criteria(field="99")}, 400, "ERROR_BAD_ARRAY"),
        ("GET", "/search/Ticket", {"params": criteria(searchtype="is")}, 400, "ERROR_BAD_ARRAY"),
        (
            "GET",
            "/search/Ticket",
            {"params": {**criteria(), "range": "all"}},
            400,
            "ERROR_RANGE_EXCEED_TOTAL",
        ),
        ("POST", "/ITILFollowup", {"json": {"input": {"content": "x"}}}, 400, "ERROR_GLPI_ADD"),
    ],
)
def test_a_call_that_leads_nowhere_is_refused(
    glpi: Sandbox,
    http: requests.Session,
    method: str,
    path: str,
    how: dict[str, Any],
    status: int,
    code: str,
) -> None:
    answer = call(glpi, http, method, path, **how)
    assert (answer.status_code, answer.json()[0]) == (status, code)
    assert len(glpi.refusals) == 1


@pytest.mark.parametrize("path", ["/ITILFollowup", "/ITILSolution"])
def test_what_says_nothing_is_refused(glpi: Sandbox, http: requests.Session, path: str) -> None:
    file(glpi, http)
    answer = call(glpi, http, "POST", path, json={"input": {**ABOUT, "content": " "}})
    assert (answer.status_code, answer.json()[0]) == (400, "ERROR_GLPI_ADD")
    broken = {**session(glpi, http), "Content-Type": "application/json"}
    answer = call(glpi, http, "POST", path, data=b"{", headers=broken)
    assert answer.json()[0] == "ERROR_JSON_PAYLOAD_INVALID"
