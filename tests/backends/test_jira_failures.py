"""Jira on a bad day: answers that say less, or something else, than they seem to."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from bridge.backends.desk import Limits, Offer
from bridge.backends.http import HttpClient
from bridge.backends.jira.adapter import Jira
from bridge.backends.jira.answers import errors_in, read_quota
from bridge.backends.jira.api import Api
from bridge.backends.jira.fields import Fields
from bridge.backends.jira.flavor import CLOUD as CLOUD_API
from bridge.backends.jira.flavor import DATACENTER as SERVER_API
from bridge.backends.jira.people import People
from bridge.backends.login import AuthorizedClient, FixedHeader
from bridge.backends.sending import Connection
from bridge.domain.errors import (
    DeskError,
    DeskLockedOut,
    DeskUnavailable,
    OutcomeUnknown,
    TicketGone,
    TicketRefused,
)
from bridge.domain.policy import OnClear
from bridge.domain.spec import IncidentSpec
from bridge.domain.ticket import Ticket, TicketState
from tests.backends.jira_world import desk_at
from tests.backends.raw_server import Answer, answer, raw_server
from tests.backends.stands import SPEC, TOKEN
from tests.builders import T0

TICKET = Ticket(
    number="OPS-1",
    id="10001",
    status="To Do",
    state=TicketState.OPEN,
    handle={"status": "To Do"},
    told={"subject": "s"},
)
FRESH = Ticket(**{**{n: getattr(TICKET, n) for n in ("number", "id", "status", "state")},
                  "present": {"status": "To Do"}})  # fmt: skip
LOGIN = answer(200, b"<html><body>Log in to continue</body></html>")
GONE = {"errorMessages": ["Issue does not exist or you do not have permission to see it."]}
TO_DO = {"name": "To Do", "statusCategory": {"key": "new"}}


def issue(id_: str = "10001", *labels: str, **fields: object) -> dict[str, Any]:
    said = {"summary": "s", "status": TO_DO, "labels": list(labels), **fields}
    return {"id": id_, "key": f"OPS-{id_}", "fields": said}


def listed(*rows: object, **more: object) -> bytes:
    return answer(200, {"issues": list(rows), "isLast": True, **more})


def as_list(*rows: object) -> bytes:
    return answer(200, orjson.dumps(list(rows)))


def refusing(status: int, message: str = "no", **errors: str) -> bytes:
    return answer(status, {"errorMessages": [message], "errors": errors})


def bodies(server: Any) -> list[Any]:
    return [orjson.loads(sent.body) if sent.body else None for sent in server.received]


def test_of_all_issues_only_those_of_the_token_are_taken_oldest_first() -> None:
    rows = [issue("9", TOKEN), issue("10001", f"{TOKEN}2"), issue("10", TOKEN, "a"), issue("8")]
    with raw_server(listed(*rows)) as server, desk_at(server.url) as desk:
        assert [ticket.id for ticket in desk.find(TOKEN, T0)] == ["9", "10"]


def test_issues_without_labels_prove_nothing() -> None:
    with (
        raw_server(listed(issue("9"))) as server,
        desk_at(server.url) as desk,
        pytest.raises(DeskLockedOut, match="let that account see the field"),
    ):
        desk.find(TOKEN, T0)


def test_a_search_asks_for_the_token_and_for_what_verifies_it() -> None:
    with raw_server(listed()) as server, desk_at(server.url) as desk:
        assert list(desk.find('a"\\b', T0)) == []
    (sent,) = server.received
    (said,) = bodies(server)
    assert (sent.method, sent.target) == ("POST", "/rest/api/3/search/jql")
    assert said["jql"] == 'labels = "a\\"\\\\b" ORDER BY created ASC'
    assert {"labels", "status", "created"} <= set(said["fields"])


def test_a_search_in_the_cloud_goes_on_until_the_last_page() -> None:
    pages = [
        answer(200, {"issues": [issue("1", TOKEN)], "isLast": False, "nextPageToken": "t"}),
        answer(200, {"issues": [issue("2", TOKEN)], "nextPageToken": "u"}),
        answer(200, {"issues": [issue("3", TOKEN)], "isLast": True, "nextPageToken": "v"}),
    ]
    with raw_server(*pages) as server, desk_at(server.url) as desk:
        assert [ticket.id for ticket in desk.find(TOKEN, T0)] == ["1", "2", "3"]
    assert [said.get("nextPageToken") for said in bodies(server)] == [None, "t", "u"]


def test_a_search_at_data_center_goes_on_until_the_total() -> None:
    pages = [
        answer(200, {"issues": [issue("1", TOKEN), issue("2", TOKEN)], "total": 3}),
        answer(200, {"issues": [issue("3", TOKEN)], "total": 3}),
    ]
    with raw_server(*pages) as server, desk_at(server.url, flavor="datacenter") as desk:
        assert [ticket.id for ticket in desk.find(TOKEN, T0)] == ["1", "2", "3"]
    assert [said.get("startAt") for said in bodies(server)] == [None, 2]
    assert server.received[0].target == "/rest/api/2/search"


def test_a_search_without_end_ends() -> None:
    page = answer(200, {"issues": [issue("1", TOKEN)], "nextPageToken": "t"})
    with raw_server(page) as server, desk_at(server.url) as desk:
        assert len(desk.find(TOKEN, T0)) == 1
    assert len(server.received) == 20


@pytest.mark.parametrize("said", [{}, {"issues": None}, {"issues": {}}])
def test_a_search_without_a_list_is_not_an_empty_one(said: dict[str, object]) -> None:
    with (
        raw_server(answer(200, said)) as server,
        desk_at(server.url) as desk,
        pytest.raises(DeskUnavailable, match="without a list of issues"),
    ):
        desk.find(TOKEN, T0)


Call = Callable[[Jira], object]
CALLS: dict[str, tuple[Call, type[DeskError]]] = {
    "create": (lambda desk: desk.create(SPEC, TOKEN, ""), OutcomeUnknown),
    "find": (lambda desk: desk.find(TOKEN, T0), DeskUnavailable),
    "read": (lambda desk: desk.read(TICKET), DeskUnavailable),
    "lookup": (lambda desk: desk.lookup("OPS-1"), DeskUnavailable),
    "update": (lambda desk: desk.update(TICKET, SPEC, ("subject",), TOKEN, ""), DeskUnavailable),
    "note": (lambda desk: desk.note(TICKET, SPEC, "news"), OutcomeUnknown),
    "attach": (lambda desk: desk.attach(TICKET, "a.txt", "x"), OutcomeUnknown),
    "resolve": (lambda desk: desk.resolve(FRESH, SPEC, OnClear.RESOLVE, ""), DeskUnavailable),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_page_instead_of_an_answer_proves_nothing(name: str) -> None:
    call, error = CALLS[name]
    with raw_server(LOGIN) as server, desk_at(server.url) as desk, pytest.raises(error):
        call(desk)


@pytest.mark.parametrize("name", CALLS)
def test_a_login_page_elsewhere_locks_the_bridge_out(name: str) -> None:
    moved = answer(302, b"", {"Location": "https://sso.example.com/"})
    with (
        raw_server(moved) as server,
        desk_at(server.url) as desk,
        pytest.raises(DeskLockedOut, match="check `url:`"),
    ):
        CALLS[name][0](desk)
    assert len(server.received) == 1


@pytest.mark.parametrize(
    "said", [{}, {"id": 7, "key": "OPS-1"}, {"id": "7"}, {"id": "", "key": ""}]
)
def test_a_create_without_the_id_and_the_key_is_in_doubt(said: dict[str, object]) -> None:
    with (
        raw_server(answer(201, said)) as server,
        desk_at(server.url) as desk,
        pytest.raises(OutcomeUnknown, match="without the id and the key"),
    ):
        desk.create(SPEC, TOKEN, "")


@pytest.mark.parametrize("said", [{"key": "OPS-7", "fields": {}, "id": "7"}, {"id": "10001"}])
def test_an_answer_about_something_else_is_not_believed(said: dict[str, object]) -> None:
    with (
        raw_server(answer(200, said)) as server,
        desk_at(server.url) as desk,
        pytest.raises(DeskUnavailable, match=r"another issue|without an issue"),
    ):
        desk.read(TICKET)


NOBODY: list[Mapping[str, str]] = [
    {"X-Seraph-LoginReason": "AUTHENTICATED_FAILED"},
    {"X-AUSERNAME": "anonymous"},
    {"X-Seraph-LoginReason": "OUT"},
]


@pytest.mark.parametrize("headers", NOBODY)
def test_an_answer_to_nobody_locks_the_bridge_out_although_it_is_200(
    headers: Mapping[str, str],
) -> None:
    said = answer(200, {"issues": []}, headers)
    with (
        raw_server(said) as server,
        desk_at(server.url) as desk,
        pytest.raises(DeskLockedOut, match="as if nobody had logged in"),
    ):
        desk.find(TOKEN, T0)


def test_a_ticket_that_nobody_may_see_is_not_gone() -> None:
    said = answer(200, {"key": "OPS"}, {"X-AUSERNAME": "anonymous"})
    with (
        raw_server(answer(404, GONE), said) as server,
        desk_at(server.url) as desk,
        pytest.raises(DeskLockedOut, match="as if nobody had logged in"),
    ):
        desk.read(TICKET)


def test_what_was_filed_as_nobody_is_filed() -> None:
    filed = answer(201, {"id": "10001", "key": "OPS-1"}, {"X-AUSERNAME": "anonymous"})
    with raw_server(filed, LOGIN) as server, desk_at(server.url) as desk:
        assert desk.create(SPEC, TOKEN, "").number == "OPS-1"


@pytest.mark.parametrize(
    ("project", "error"),
    [
        (answer(200, {"key": "OPS"}), TicketGone),
        (answer(404, GONE), DeskLockedOut),
        (refusing(403), DeskLockedOut),
        (answer(503), DeskUnavailable),
    ],
    ids=["seen", "unseen", "forbidden", "down"],
)
def test_a_404_is_a_ticket_that_is_gone_only_if_its_project_is_there(
    project: Answer, error: type[DeskError]
) -> None:
    with (
        raw_server(answer(404, GONE), project) as server,
        desk_at(server.url) as desk,
        pytest.raises(error),
    ):
        desk.read(TICKET)
    assert server.received[1].target == "/rest/api/3/project/OPS"


@pytest.mark.parametrize(
    ("status", "headers", "words"),
    [
        (401, {"X-Seraph-LoginReason": "AUTHENTICATED_FAILED"}, "(AUTHENTICATED_FAILED); check"),
        (403, {"X-Seraph-LoginReason": "AUTHENTICATION_DENIED"}, "and solve the CAPTCHA); check"),
        (
            403,
            {"X-Authentication-Denied-Reason": "CAPTCHA_CHALLENGE; login-url=/login.jsp"},
            "log in once with a browser and solve the CAPTCHA",
        ),
        (401, {}, "nothing; check `auth:`"),
    ],
)
def test_a_refused_log_in_says_why(status: int, headers: Mapping[str, str], words: str) -> None:
    with (
        raw_server(answer(status, b"", headers)) as server,
        desk_at(server.url) as desk,
        pytest.raises(DeskLockedOut) as caught,
    ):
        desk.note(TICKET, SPEC, "news")
    assert words in str(caught.value)


def test_a_403_of_jiras_own_is_about_the_ticket_and_any_other_about_the_account() -> None:
    for said, error in (
        (refusing(403, "You do not have permission"), TicketRefused),
        (answer(403, b"<html>Forbidden</html>"), DeskLockedOut),
        (answer(403, {"errorMessages": [], "errors": {}}), DeskLockedOut),
    ):
        with raw_server(said) as server, desk_at(server.url) as desk, pytest.raises(error):
            desk.note(TICKET, SPEC, "news")


@pytest.mark.parametrize(
    ("raw", "field", "error"),
    [
        ({}, "project", DeskLockedOut),
        ({}, "issuetype", DeskLockedOut),
        ({}, "pid", DeskLockedOut),
        ({}, "priority", TicketRefused),
        ({"project": {"key": "MINE"}}, "project", TicketRefused),
    ],
)
def test_a_400_over_the_configured_project_locks_out_and_one_over_a_ticket_does_not(
    raw: dict[str, Any], field: str, error: type[DeskError]
) -> None:
    with (
        raw_server(refusing(400, **{field: "is not valid"})) as server,
        desk_at(server.url) as desk,
        pytest.raises(error, match=f"{field}.*is not valid"),
    ):
        desk.create(IncidentSpec(subject="s", raw={"desk": raw}), TOKEN, "")


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}", b'{"errors": ["x"]}'])
def test_a_refusal_that_says_nothing_names_no_field(body: bytes) -> None:
    assert errors_in(body) == {}


def test_the_search_of_old_that_is_gone_locks_out_rather_than_finds_nothing() -> None:
    with (
        raw_server(answer(410, {"errorMessages": ["removed"]})) as server,
        desk_at(server.url, flavor="datacenter") as desk,
        pytest.raises(DeskLockedOut, match="and the version of the desk"),
    ):
        desk.find(TOKEN, T0)


def test_a_rate_limit_says_how_long_to_wait() -> None:
    reset = (datetime.now(UTC) + timedelta(seconds=90)).isoformat(timespec="seconds")
    for headers, least, most in (
        ({"Retry-After": "7", "X-RateLimit-Reset": reset}, 7, 7),
        ({"X-RateLimit-Reset": reset, "RateLimit-Reason": "jira-burst-based"}, 80, 90),
        ({"X-RateLimit-Reset": reset.replace("+00:00", "Z")}, 80, 90),
        ({"X-RateLimit-Reset": "2015-01-05T12:00Z"}, 0, 0),
    ):
        with (
            raw_server(answer(429, b"{}", headers)) as server,
            desk_at(server.url) as desk,
            pytest.raises(DeskUnavailable) as caught,
        ):
            desk.note(TICKET, SPEC, "news")
        assert caught.value.retry_after is not None
        assert least <= caught.value.retry_after.total_seconds() <= most


@pytest.mark.parametrize("said", ["soon", "1700000000", "2026-13-01T00:00Z"])
def test_a_reset_of_no_certain_time_is_none(said: str) -> None:
    with (
        raw_server(answer(429, b"{}", {"X-RateLimit-Reset": said})) as server,
        desk_at(server.url) as desk,
        pytest.raises(DeskUnavailable) as caught,
    ):
        desk.find(TOKEN, T0)
    assert caught.value.retry_after is None


def test_one_issue_that_was_written_too_often_does_not_hold_up_the_others() -> None:
    now = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
    headers = {"X-RateLimit-Reset": "2026-01-05T12:01Z", "X-RateLimit-Remaining": "0"}
    quota = read_quota(headers, now)
    assert (quota.is_spent, quota.resets_in) == (True, timedelta(minutes=1))
    slowed = read_quota({**headers, "RateLimit-Reason": "jira-per-issue-on-write"}, now)
    assert (slowed.is_spent, slowed.resets_in) == (False, None)


def test_an_overloaded_jira_says_when_to_come_back() -> None:
    with (
        raw_server(answer(503, b"", {"Retry-After": "30"})) as server,
        desk_at(server.url) as desk,
        pytest.raises(DeskUnavailable) as caught,
    ):
        desk.find(TOKEN, T0)
    assert caught.value.retry_after == timedelta(seconds=30)


ANN = {"accountId": "id-ann", "displayName": "Ann", "emailAddress": "ann@example.com"}


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([ANN], "id-ann"),
        ([ANN, {**ANN, "accountId": "2", "emailAddress": "ann@example.com.au"}], "id-ann"),
        ([{**ANN, "emailAddress": ""}], "id-ann"),
        ([{**ANN, "emailAddress": ""}, {"accountId": "2"}], None),
        ([{**ANN, "emailAddress": "anna@example.com"}], None),
        ([ANN, {**ANN, "accountId": "2"}], None),
        ([{**ANN, "active": False}], None),
        ([{"displayName": "Ann"}], None),
        ([], None),
    ],
    ids=["one", "longer", "hidden", "two hidden", "another", "two", "left", "keyless", "nobody"],
)
def test_a_person_is_who_has_the_address_and_nobody_else(
    rows: list[object], found: str | None
) -> None:
    with raw_server(as_list(*rows)) as server:
        assert people(server.url).find("Ann@example.com") == found
    assert server.received[0].target.startswith("/rest/api/3/user/search?query=Ann%40example.com")


def test_a_name_is_looked_up_as_well_but_not_taken_for_a_hidden_address() -> None:
    with raw_server(as_list(ANN), as_list({"accountId": "2"})) as server:
        found = people(server.url)
        assert found.find("ann") == "id-ann"
        assert found.find("bob") is None


@pytest.mark.parametrize(
    ("flavor", "text"),
    [
        ("cloud", "5b10a2844c20165700ede21a"),
        ("cloud", "712020:1f0e3dad-9990-4345-b743-9a0dd0ad3b4f"),
        ("datacenter", "ann"),
    ],
)
def test_what_jira_itself_names_people_by_is_not_looked_up(flavor: str, text: str) -> None:
    with raw_server(answer(500)) as server:
        assert people(server.url, flavor).find(text) == text
    assert server.received == []


def test_at_data_center_an_address_is_looked_up_for_its_name() -> None:
    row = {"name": "ann", "emailAddress": "ann@example.com"}
    with raw_server(as_list(row)) as server:
        assert people(server.url, "datacenter").find("ann@example.com") == "ann"
    assert "username=ann%40example.com" in server.received[0].target


def api(url: str, flavor: str = "cloud") -> Api:
    client = HttpClient("desk", Connection(url=url, limits=Limits()))
    known = {"cloud": CLOUD_API, "datacenter": SERVER_API}
    return Api(
        client=AuthorizedClient(client, FixedHeader("x")),
        flavor=known[flavor],
        project="OPS",
        columns=("labels",),
    )


def people(url: str, flavor: str = "cloud") -> People:
    return People(api(url, flavor))


def test_a_person_and_a_field_are_asked_for_again_after_a_while() -> None:
    now = [0.0]
    row = {"id": "customfield_1", "name": "F", "custom": True, "schema": {"type": "number"}}
    with raw_server(as_list(), as_list(ANN)) as server:
        found = People(api(server.url), lambda: now[0])
        assert [found.find("ann@example.com") for _ in range(2)] == [None, None]
        now[0] = 300.1
        assert found.find("ann@example.com") == "id-ann"
    with raw_server(as_list(), as_list(row)) as server:
        fields = Fields(api(server.url), lambda: now[0])
        assert [fields.find("f") for _ in range(2)] == [None, None]
        now[0] = 600.3
        field = fields.find("f")
        assert field is not None
        assert (field.id, field.type) == ("customfield_1", "number")
        assert len(server.received) == 2


@pytest.mark.parametrize("said", [refusing(403), as_list()], ids=["no right", "nobody"])
def test_somebody_who_cannot_be_found_does_not_hold_the_ticket_up(said: Answer) -> None:
    filed = answer(201, {"id": "10001", "key": "OPS-1"})
    with raw_server(said, filed, answer(200, issue())) as server, desk_at(server.url) as desk:
        desk.create(IncidentSpec(subject="s", engineer="ann@example.com"), TOKEN, "")
    assert b"assignee is unknown to this desk: ann@example.com" in server.received[1].body


def test_a_look_up_that_fails_for_now_holds_the_ticket_up() -> None:
    with (
        raw_server(answer(503)) as server,
        desk_at(server.url) as desk,
        pytest.raises(DeskUnavailable),
    ):
        desk.create(IncidentSpec(subject="s", engineer="ann@example.com"), TOKEN, "")
    assert [sent.method for sent in server.received] == ["GET"]


def history(number: int, author: str, *fields: str) -> dict[str, Any]:
    items = [{"field": field} for field in fields]
    created = f"2026-01-05T12:00:0{number}.000+0000"
    return {"id": str(number), "author": {"accountId": author}, "created": created, "items": items}


@pytest.mark.parametrize(
    ("histories", "theirs"),
    [
        ([history(2, "me", "summary"), history(1, "ann", "summary")], set()),
        ([history(1, "me", "summary"), history(2, "ann", "summary")], {"subject"}),
        ([history(1, "me", "status")], {"subject"}),
        ([], {"subject"}),
    ],
    ids=["bridge last", "person last", "another field", "nothing"],
)
def test_whose_a_change_is_is_decided_by_the_last_to_make_it(
    histories: list[object], theirs: set[str]
) -> None:
    changed = answer(200, issue(summary="Disk fuller"))
    log = answer(200, {**issue(), "changelog": {"histories": histories}})
    me = answer(200, {"accountId": "me"})
    with raw_server(changed, log, me) as server, desk_at(server.url) as desk:
        assert set(desk.read(TICKET).theirs) == theirs


def test_what_the_desk_makes_of_a_text_when_it_is_filed_is_not_a_persons() -> None:
    filed = answer(201, {"id": "10001", "key": "OPS-1"})
    shown = answer(200, issue(summary="[auto] s", assignee={"accountId": "lead"}))
    with raw_server(filed, shown) as server, desk_at(server.url) as desk:
        ticket = desk.create(IncidentSpec(subject="s"), TOKEN, "")
        seen = desk.read(ticket)
    assert (ticket.assignee, seen.taken_over, len(seen.theirs)) == ("lead", False, 0)
    assert len(server.received) == 3


def test_a_history_that_is_not_shown_leaves_the_ticket_unread() -> None:
    changed = answer(200, issue(summary="Disk fuller"))
    with (
        raw_server(changed, answer(200, issue())) as server,
        desk_at(server.url) as desk,
        pytest.raises(DeskUnavailable, match="without a changelog"),
    ):
        desk.read(TICKET)


ME, RIGHTS = answer(200, {"accountId": "me"}), answer(200, {"permissions": {}})
TYPES = answer(200, {"issueTypes": [{"id": "1", "name": "Incident"}], "total": 1})
SCREEN = [{"fieldId": id_, "name": id_} for id_ in ("summary", "description", "labels")]


def checked(*screen: object, deployment: str = "Cloud", **said: object) -> list[str]:
    fields = answer(200, {"fields": [*SCREEN, *screen], "total": 3 + len(screen)})
    server_info = answer(200, {"deploymentType": deployment})
    with (
        raw_server(ME, server_info, RIGHTS, TYPES, TYPES, fields) as server,
        desk_at(server.url, **said) as desk,
    ):
        return list(desk.check())


def test_a_check_names_the_flavor_that_jira_says_it_is() -> None:
    assert checked() == []
    (problem,) = checked(deployment="Server")
    assert problem == "desk: this Jira says that it is Server; write `flavor: datacenter`"
    (problem,) = checked(flavor="datacenter")
    assert problem.endswith("it is Cloud; write `flavor: cloud`")


def test_a_check_names_what_an_issue_cannot_be_filed_without() -> None:
    cause = {"fieldId": "customfield_7", "name": "Cause", "required": True}
    (problem,) = checked(cause)
    assert problem == (
        "desk: Incident cannot be filed without Cause (customfield_7); make it optional, or let "
        "every rule set it"
    )
    assert checked({**cause, "hasDefaultValue": True}) == []
    assert checked(cause, custom_fields={"cause": "customfield_7"},
                   required=["CustomFields.cause"]) == []  # fmt: skip
    assert checked({"fieldId": "components", "name": "Components", "required": True},
                   defaults={"category": "Database"}) == []  # fmt: skip
    level = {"fieldId": "customfield_4", "name": "Impact", "required": True}
    assert len(checked(level, fields={"impact": "customfield_4"})) == 1
    assert checked(level, fields={"impact": "customfield_4"}, defaults={"impact": "low"}) == []


def test_a_check_names_what_the_create_screen_lacks() -> None:
    fields = answer(200, {"fields": SCREEN[:2], "total": 2})
    info = answer(200, {"deploymentType": "Cloud"})
    with raw_server(ME, info, RIGHTS, TYPES, TYPES, fields) as server, desk_at(server.url) as desk:
        (problem,) = desk.check()
    assert "the create screen of Incident lacks labels" in problem


def test_a_create_screen_of_many_pages_is_read_to_its_end() -> None:
    one = answer(200, {"values": [{"fieldId": "customfield_1", "name": "A"}], "total": 2})
    two = answer(200, {"values": [{"fieldId": "customfield_2", "name": "B"}], "total": 2})
    with raw_server(TYPES, one, two) as server, desk_at(server.url) as desk:
        offered = desk.offered().custom_fields
    assert offered is not None
    assert set(offered) == {"A", "B", "customfield_1", "customfield_2"}
    assert "startAt=1" in server.received[2].target


@pytest.mark.parametrize("said", [refusing(403), answer(404)], ids=["no right", "too old"])
def test_a_screen_that_may_not_be_read_offers_nothing(said: Answer) -> None:
    with raw_server(said) as server, desk_at(server.url) as desk:
        assert desk.offered() == Offer()
