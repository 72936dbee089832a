"""ServiceNow on a bad day: answers that say less, or something else, than they seem to."""

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import parse_qsl

import pytest

from bridge.backends.desk import Limits, Offer
from bridge.backends.http import HttpClient
from bridge.backends.login import AuthorizedClient, FixedHeader
from bridge.backends.sending import Connection
from bridge.backends.servicenow.adapter import ServiceNow
from bridge.backends.servicenow.api import Api, forbids_ticket
from bridge.backends.servicenow.references import Reference, References
from bridge.domain.errors import (
    DeskError,
    DeskLockedOut,
    DeskUnavailable,
    OutcomeUnknown,
    TicketGone,
    TicketRefused,
)
from bridge.domain.policy import OnClear
from bridge.domain.ticket import Ticket, TicketState
from tests.backends.raw_server import answer, raw_server
from tests.backends.servicenow_world import SYS_ID, USER, desk_at
from tests.backends.stands import SPEC, TOKEN
from tests.builders import T0

OTHER_ID = SYS_ID[::-1]
TICKET = Ticket(number="INC1", id=SYS_ID, status="New", state=TicketState.OPEN)
HIBERNATING = answer(200, b"<html><body>Your instance is hibernating</body></html>")


def cell(value: str) -> dict[str, str]:
    return {"display_value": value, "value": value}


def record(**said: str) -> dict[str, object]:
    return {name: cell(value) for name, value in {"sys_id": SYS_ID, "state": "1", **said}.items()}


def listed(*rows: object) -> bytes:
    return answer(200, {"result": list(rows)})


def failing(status: int, message: str, detail: str) -> bytes:
    body = {"error": {"message": message, "detail": detail}, "status": "failure"}
    return answer(status, body)


def test_rows_of_another_token_say_that_nothing_was_searched() -> None:
    rows = [record(correlation_id="IB-eu-other"), record()]
    with (
        raw_server(listed(*rows)) as server,
        desk_at(server.url) as desk,
        pytest.raises(DeskLockedOut, match="let that account read and search the column"),
    ):
        desk.find(TOKEN, T0)


def test_of_all_rows_only_those_of_the_token_are_taken() -> None:
    rows = [record(correlation_id=f"{TOKEN}2"), record(correlation_id=TOKEN, number="INC7")]
    with raw_server(listed(*rows)) as server, desk_at(server.url) as desk:
        assert [ticket.number for ticket in desk.find(TOKEN, T0)] == ["INC7"]


def test_a_search_asks_for_the_token_alone_and_for_what_verifies_it() -> None:
    with raw_server(listed()) as server, desk_at(server.url) as desk:
        assert list(desk.find("IB^1", T0)) == []
    target = server.received[0].target
    assert "sysparm_query=correlation_id%3DIB%5E%5E1%5EORDERBYsys_created_on" in target
    assert "correlation_id" in target.partition("sysparm_fields=")[2]
    assert "sysparm_limit=100" in target


def test_a_record_of_another_number_is_not_the_one_that_was_looked_up() -> None:
    with (
        raw_server(listed(record(number="INC8"))) as server,
        desk_at(server.url) as desk,
        pytest.raises(TicketGone, match="there is no INC7"),
    ):
        desk.lookup("INC7")


def test_a_search_that_is_forbidden_locks_the_bridge_out() -> None:
    with (
        raw_server(failing(403, "User Not Authorized", "no right to incident")) as server,
        desk_at(server.url) as desk,
        pytest.raises(DeskLockedOut, match="check `auth:`"),
    ):
        desk.find(TOKEN, T0)


@pytest.mark.parametrize(
    ("person", "grant"), [({}, "client_credentials"), (USER, "password")], ids=["client", "user"]
)
def test_a_token_is_asked_for_by_the_documented_form(person: dict[str, str], grant: str) -> None:
    client = {"client_id": "c", "client_secret": "s"}
    given = answer(200, {"access_token": "a-token", "expires_in": 1799})
    with (
        raw_server(given, listed()) as server,
        desk_at(server.url, auth={**client, **person}) as desk,
    ):
        desk.find(TOKEN, T0)
    asked, search = server.received
    assert (asked.method, asked.target) == ("POST", "/oauth_token.do")
    assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
    assert dict(parse_qsl(asked.body.decode())) == {"grant_type": grant, **client, **person}
    assert search.headers["authorization"] == "Bearer a-token"


@pytest.mark.parametrize("said", [{}, {"result": None}, {"result": {}}])
def test_a_search_without_a_list_is_not_an_empty_one(said: dict[str, object]) -> None:
    with (
        raw_server(answer(200, said)) as server,
        desk_at(server.url) as desk,
        pytest.raises(DeskUnavailable, match="without a list of results"),
    ):
        desk.find(TOKEN, T0)


Call = Callable[[ServiceNow], object]
CALLS: dict[str, tuple[Call, type[DeskError]]] = {
    "create": (lambda desk: desk.create(SPEC, TOKEN, ""), OutcomeUnknown),
    "find": (lambda desk: desk.find(TOKEN, T0), DeskUnavailable),
    "read": (lambda desk: desk.read(TICKET), DeskUnavailable),
    "lookup": (lambda desk: desk.lookup("INC1"), DeskUnavailable),
    "update": (lambda desk: desk.update(TICKET, SPEC, ("subject",), TOKEN, ""), DeskUnavailable),
    "note": (lambda desk: desk.note(TICKET, SPEC, "news"), OutcomeUnknown),
    "resolve": (lambda desk: desk.resolve(TICKET, SPEC, OnClear.RESOLVE, ""), DeskUnavailable),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_hibernating_instance_answers_200_and_has_done_nothing_for_sure(name: str) -> None:
    call, error = CALLS[name]
    with (
        raw_server(HIBERNATING) as server,
        desk_at(server.url) as desk,
        pytest.raises(error, match="Your instance is hibernating"),
    ):
        call(desk)


@pytest.mark.parametrize(
    "said",
    [{}, {"result": []}, {"result": {}}, {"result": {"sys_id": "7"}}, {"result": {"sys_id": None}}],
)
def test_a_create_without_the_key_of_the_ticket_is_in_doubt(said: dict[str, object]) -> None:
    with (
        raw_server(answer(201, said)) as server,
        desk_at(server.url) as desk,
        pytest.raises(OutcomeUnknown, match="without"),
    ):
        desk.create(SPEC, TOKEN, "")


def test_the_record_of_another_ticket_is_not_believed() -> None:
    with (
        raw_server(answer(200, {"result": record(sys_id=OTHER_ID)})) as server,
        desk_at(server.url) as desk,
        pytest.raises(DeskUnavailable, match="without the sys_id of the ticket"),
    ):
        desk.read(TICKET)


def test_an_instance_that_shows_plain_values_is_understood() -> None:
    plain = {"sys_id": SYS_ID, "number": "INC7", "state": "6"}
    with raw_server(answer(200, {"result": plain})) as server, desk_at(server.url) as desk:
        seen = desk.read(TICKET)
    assert (seen.state, seen.status) == (TicketState.RESOLVED, "6")


def test_a_ticket_that_is_not_there_is_gone() -> None:
    gone = failing(404, "No Record found", "Record doesn't exist or ACL restricts the retrieval")
    with (
        raw_server(gone) as server,
        desk_at(server.url) as desk,
        pytest.raises(TicketGone, match="No Record found"),
    ):
        desk.read(TICKET)


def test_an_address_that_leads_nowhere_is_not_a_ticket_that_is_gone() -> None:
    with (
        raw_server(answer(404, b"<html>not here</html>")) as server,
        desk_at(server.url) as desk,
        pytest.raises(DeskLockedOut, match="check `url:`"),
    ):
        desk.find(TOKEN, T0)


@pytest.mark.parametrize(
    ("detail", "is_about_the_ticket"),
    [
        ("Data Policy Exception: Resolution code is mandatory", True),
        ("Operation against file 'incident' was aborted by Business Rule 'Check^1'", True),
        ("ACL Exception Update Failed due to security constraints", True),
        ("ACL Exception Insert Failed due to security constraints", False),
        ("Failed API level ACL Validation", False),
    ],
)
def test_a_403_is_told_apart_by_what_it_says(detail: str, *, is_about_the_ticket: bool) -> None:
    error = TicketRefused if is_about_the_ticket else DeskLockedOut
    with (
        raw_server(failing(403, "Operation Failed", detail)) as server,
        desk_at(server.url) as desk,
        pytest.raises(error, match="answered 403"),
    ):
        desk.note(TICKET, SPEC, "news")


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"error": null}', b'{"error": {}}'])
def test_a_403_that_says_nothing_is_about_the_account(body: bytes) -> None:
    assert not forbids_ticket(body)


def test_a_rate_limit_says_how_long_to_wait() -> None:
    said = answer(429, b"{}", {"Retry-After": "90", "X-RateLimit-Limit": "500"})
    with (
        raw_server(said) as server,
        desk_at(server.url) as desk,
        pytest.raises(DeskUnavailable) as caught,
    ):
        desk.create(SPEC, TOKEN, "")
    assert caught.value.retry_after == timedelta(seconds=90)


def test_a_look_up_that_fails_for_now_holds_the_ticket_up() -> None:
    with (
        raw_server(answer(503)) as server,
        desk_at(server.url, defaults={"workgroup": "NOC"}) as desk,
        pytest.raises(DeskUnavailable),
    ):
        desk.create(SPEC, TOKEN, "")
    assert [sent.method for sent in server.received] == ["GET"]


@pytest.mark.parametrize(
    "said",
    [
        failing(403, "Operation Failed", "ACL restricts sys_user_group"),
        failing(400, "Invalid table sys_user_group", ""),
        listed(),
        listed({"sys_id": OTHER_ID, "name": "Somebody else"}),
    ],
    ids=["no right", "no table", "nobody", "everybody"],
)
def test_a_group_that_cannot_be_found_does_not_hold_the_ticket_up(said: bytes) -> None:
    done = answer(201, {"result": record()})
    with (
        raw_server(said, done) as server,
        desk_at(server.url, defaults={"workgroup": "NOC"}) as desk,
    ):
        desk.create(SPEC, TOKEN, "")
    sent = server.received[-1].body
    assert b"assignment_group is unknown to this desk: NOC" in sent
    assert OTHER_ID.encode() not in sent


@pytest.mark.parametrize(
    "said",
    [
        failing(403, "Operation Failed", "ACL restricts sys_choice"),
        listed({"name": "other", "element": "impact", "value": "9"}),
        listed({"name": "incident", "element": "other", "value": "9", "column_label": "Other"}),
    ],
    ids=["no right", "another table", "another column"],
)
def test_what_is_not_about_the_table_is_not_offered(said: bytes) -> None:
    with raw_server(said) as server, desk_at(server.url) as desk:
        assert desk.offered() == Offer()


def test_the_choices_of_the_table_that_yours_extends_are_offered_too() -> None:
    row = {"name": "incident", "element": "category", "value": "network"}
    with raw_server(listed(row)) as server, desk_at(server.url, table="u_major") as desk:
        assert set(desk.offered().words["category"]) == {"network"}


def test_an_expired_login_is_not_taken_for_a_group_that_cannot_be_found() -> None:
    with (
        raw_server(failing(401, "User Not Authenticated", "")) as server,
        desk_at(server.url, defaults={"workgroup": "NOC"}) as desk,
        pytest.raises(DeskLockedOut),
    ):
        desk.create(SPEC, TOKEN, "")


def test_a_name_is_asked_for_again_after_a_while() -> None:
    now = [0.0]
    found = listed({"sys_id": SYS_ID, "name": "NOC"})
    with raw_server(listed(), found) as server:
        client = HttpClient("desk", Connection(url=server.url, limits=Limits()))
        api = Api(
            client=AuthorizedClient(client, FixedHeader("x")), table="incident", columns=("sys_id",)
        )
        references = References(api, lambda: now[0])
        noc = Reference("sys_user_group", "name", "noc")
        assert references.id_of(noc) is None
        now[0] = 300
        assert references.id_of(noc) is None
        now[0] = 300.1
        assert references.id_of(noc) == SYS_ID
        client.close()
    assert len(server.received) == 2
