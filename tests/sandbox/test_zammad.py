"""The stand-in Zammad: what it takes, and what it refuses in the vendor's form."""

from base64 import b64encode
from collections.abc import Mapping
from typing import Any

import pytest
import requests

from bridge.sandbox import Sandbox

TICKETS = "/api/v1/tickets"
TOKEN = {"Authorization": "Token token=sandbox-key"}
ARTICLE = {"subject": "web-1 [tok-1]", "body": "No ping for 5m", "type": "note", "internal": True}
NEW: Mapping[str, Any] = {
    "title": "web-1 is down",
    "group": "NOC",
    "customer": "monitoring@example.com",
    "priority": "3 high",
    "tags": "tok-1, web",
    "article": ARTICLE,
    "site": "Paris",
    "colour": "blue",
}


def call(
    desk: Sandbox, http: requests.Session, method: str, path: str = TICKETS, **how: Any
) -> requests.Response:
    """Make a call as the agent, with associations by name."""
    said = {"headers": TOKEN, "params": {"expand": "true"}, "timeout": 5, **how}
    return http.request(method, desk.url + path, **said)


def file(desk: Sandbox, http: requests.Session, **more: object) -> Mapping[str, Any]:
    """File a ticket; give it."""
    answer = call(desk, http, "POST", json={**NEW, **more})
    assert answer.status_code == 201, answer.text
    ticket: Mapping[str, Any] = answer.json()
    return ticket


def test_a_ticket_is_filed_and_shown(zammad: Sandbox, http: requests.Session) -> None:
    ticket = file(zammad, http)
    assert (ticket["id"], ticket["number"], ticket["state"]) == (1, "22001", "new")
    assert (ticket["group"], ticket["owner"], ticket["priority"]) == ("NOC", "-", "3 high")
    assert call(zammad, http, "GET", f"{TICKETS}/1").json() == ticket
    # An attribute that nobody added is dropped, and nothing is said.
    assert ticket["site"] == "Paris"
    assert "colour" not in ticket
    [kept] = zammad.tickets
    assert (kept.description, kept.tags, kept.notes) == ("No ping for 5m", ("tok-1", "web"), ())


def test_associations_are_shown_by_name_only_to_who_asks(
    zammad: Sandbox, http: requests.Session
) -> None:
    file(zammad, http)
    assert "state" not in call(zammad, http, "GET", f"{TICKETS}/1", params={}).json()


def test_a_long_title_is_cut_without_a_word(zammad: Sandbox, http: requests.Session) -> None:
    assert len(file(zammad, http, title="t" * 400)["title"]) == 250


def test_a_change_says_something_in_the_same_call(zammad: Sandbox, http: requests.Session) -> None:
    file(zammad, http)
    said = {"state": "closed", "article": {"body": "Over.", "internal": False}}
    answer = call(zammad, http, "PUT", f"{TICKETS}/1", json=said)
    assert answer.json()["state"] == "closed"
    [kept] = zammad.tickets
    assert not kept.is_open
    assert (kept.notes, kept.replies) == (("Over.",), ("Over.",))


def test_an_article_brings_files(zammad: Sandbox, http: requests.Session) -> None:
    file(zammad, http)
    attached = {"filename": "a.txt", "data": b64encode(b"text").decode(), "mime-type": "text/plain"}
    said = {"ticket_id": 1, "body": "a.txt", "attachments": [attached]}
    answer = call(zammad, http, "POST", "/api/v1/ticket_articles", json=said)
    assert answer.status_code == 201
    assert zammad.tickets[0].files == {"a.txt": "text"}


@pytest.mark.parametrize(
    ("query", "found"),
    [("tok-1", 1), ('"tok-1"', 1), ("22001", 1), ("no ping", 1), ("web", 1), ("Paris", 0)],
)
def test_a_search_reads_texts_as_it_does_without_elasticsearch(
    zammad: Sandbox, http: requests.Session, query: str, found: int
) -> None:
    file(zammad, http)
    path = f"{TICKETS}/search"
    rows = call(zammad, http, "GET", path, params={"query": query, "expand": "true"}).json()
    assert len(rows) == found
    ids = call(zammad, http, "GET", path, params={"query": query}).json()["tickets"]
    assert len(ids) == found


def test_tags_are_asked_for_by_themselves(zammad: Sandbox, http: requests.Session) -> None:
    file(zammad, http)
    params = {"object": "Ticket", "o_id": "1"}
    answer = call(zammad, http, "GET", "/api/v1/tags", params=params)
    assert answer.json() == {"tags": ["tok-1", "web"]}


@pytest.mark.parametrize(
    "who",
    [
        {"headers": {"Authorization": "Bearer sandbox-key"}},
        {"headers": {}, "auth": ("bridge", "sandbox-password")},
    ],
)
def test_each_way_in_is_taken(
    zammad: Sandbox, http: requests.Session, who: Mapping[str, Any]
) -> None:
    assert call(zammad, http, "GET", "/api/v1/users/me", **who).json()["login"] == "bridge"


def without(*names: str) -> Mapping[str, Any]:
    return {name: said for name, said in NEW.items() if name not in names}


def article(**more: object) -> Mapping[str, Any]:
    return {**NEW, "article": {**ARTICLE, **more}}


JSON_TYPE = {**TOKEN, "Content-Type": "application/json"}
#: How a create is spoilt, and what is said of it.
SPOILT: list[tuple[Mapping[str, Any], int, str]] = [
    ({"headers": {}}, 401, "Authentication required"),
    ({"headers": {"Authorization": "Token token=wrong"}}, 401, "Authentication required"),
    ({"headers": {}, "auth": ("bridge", "wrong")}, 401, "Authentication required"),
    ({"json": None, "data": b"{}"}, 422, "Content-Type is not application/json"),
    ({"json": None, "data": b"{", "headers": JSON_TYPE}, 422, "the body is not JSON"),
    ({"json": [NEW]}, 422, "the body is not a JSON object"),
    ({"json": without("title")}, 422, "Missing required value for field 'title'!"),
    ({"json": without("group")}, 422, "Missing required value for field 'group'!"),
    ({"json": without("customer")}, 422, "Missing required value for field 'customer'!"),
    ({"json": without("article")}, 422, "Missing required value for field 'article'!"),
    ({"json": {**NEW, "title": 1}}, 422, "title is no text"),
    ({"json": {**NEW, "group": "Nowhere"}}, 422, "No lookup value found for 'group': 'Nowhere'"),
    ({"json": {**NEW, "priority": "P1"}}, 422, "No lookup value found for 'priority': 'P1'"),
    ({"json": {**NEW, "state": "Resolved"}}, 422, "No lookup value found for 'state'"),
    ({"json": {**NEW, "owner": "x@example.com"}}, 422, "No lookup value found for 'owner'"),
    ({"json": {**NEW, "state": "pending reminder"}}, 422, "'pending_time'!"),
    ({"json": {**NEW, "article": "x"}}, 422, "article is no object"),
    ({"json": article(body=" ")}, 422, "Need at least an 'article body' field."),
    ({"json": article(type="song")}, 422, "No lookup value found for 'type': 'song'"),
    ({"json": article(content_type="text/rtf")}, 422, "is not supported"),
    ({"json": article(internal="yes")}, 422, "internal is neither true nor false"),
    ({"json": article(attachments={})}, 422, "attachments is no list"),
    (
        {"json": article(attachments=[{"filename": "a", "data": "YQ=="}])},
        422,
        "Attachment needs 'mime-type' param for attachment with index '0'",
    ),
    (
        {"json": article(attachments=[{"filename": "a", "data": "?", "mime-type": "text/plain"}])},
        422,
        "Invalid base64 for attachment with index '0'",
    ),
]


@pytest.mark.parametrize(("how", "status", "words"), SPOILT)
def test_a_create_that_breaks_a_rule_is_refused_in_the_vendors_form(
    zammad: Sandbox, http: requests.Session, how: Mapping[str, Any], status: int, words: str
) -> None:
    answer = call(zammad, http, "POST", **{"json": NEW, **how})
    assert answer.status_code == status
    assert words in answer.json()["error"]
    assert zammad.tickets == ()
    [refusal] = zammad.refusals
    assert refusal.startswith("POST /api/v1/tickets: ")


@pytest.mark.parametrize(
    ("method", "path", "how", "status", "words"),
    [
        ("GET", f"{TICKETS}/7", {}, 404, "Couldn't find Ticket with 'id'=7"),
        ("PUT", f"{TICKETS}/7", {"json": {}}, 404, "Couldn't find Ticket"),
        ("DELETE", f"{TICKETS}/7", {}, 405, "No route matches"),
        ("GET", "/api/v1/nonsense", {}, 404, "No route matches /api/v1/nonsense"),
        ("GET", f"{TICKETS}/search", {}, 422, "field 'query'"),
        ("GET", "/api/v1/tags", {"params": {"object": "User"}}, 422, "object is not Ticket"),
        ("POST", "/api/v1/ticket_articles", {"json": {"body": "x"}}, 422, "field 'ticket_id'"),
    ],
)
def test_a_call_that_leads_nowhere_is_refused(
    zammad: Sandbox,
    http: requests.Session,
    method: str,
    path: str,
    how: Mapping[str, Any],
    status: int,
    words: str,
) -> None:
    answer = call(zammad, http, method, path, **how)
    assert answer.status_code == status
    assert words in answer.json()["error"]
    assert len(zammad.refusals) == 1
