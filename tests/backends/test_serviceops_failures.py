"""ServiceOps on a bad day: what is known of a ticket after each failure."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import orjson
import pytest
from structlog.testing import capture_logs

from bridge.domain.errors import (
    DeskError,
    DeskLockedOut,
    DeskUnavailable,
    OutcomeUnknown,
    TicketRefused,
)
from bridge.domain.policy import OnClear
from bridge.domain.spec import CustomField
from tests.backends.raw_server import answer, raw_server
from tests.backends.serviceops_world import SINCE, SPEC, TOKEN, World, desk_at, running_world


@pytest.fixture
def world() -> Iterator[World]:
    """A desk that refused nothing when the test was over."""
    with running_world() as made:
        yield made
        assert list(made.sandbox.refusals) == []


@pytest.fixture(params=["incident", "request"])
def dialect(request: pytest.FixtureRequest) -> str:
    """Which API the bridge speaks."""
    return str(request.param)


LOST = ["500-after", "html-after", "empty-after", "reset-after", "hang-after"]
UNDONE = ["500", "503", "html", "empty", "reset", "hang"]
WITH_FIELD = replace(SPEC, custom_fields={"Event ID": CustomField(value="e1")})
PATIENCE = {"timeout": "300ms"}


@pytest.mark.parametrize("kind", LOST)
def test_a_filed_ticket_without_an_answer_is_found_again(
    world: World, dialect: str, kind: str
) -> None:
    desk = world.desk(dialect=dialect, limits=PATIENCE)
    world.fail(kind, times=1)
    with pytest.raises(OutcomeUnknown):
        desk.create(SPEC, TOKEN, "")
    (found,) = desk.find(TOKEN, SINCE)
    assert found.id == world.ticket()["id"]


@pytest.mark.parametrize("kind", UNDONE)
def test_a_ticket_that_was_perhaps_not_filed_is_not_found(
    world: World, dialect: str, kind: str
) -> None:
    desk = world.desk(dialect=dialect, limits=PATIENCE)
    world.fail(kind, times=1)
    with pytest.raises(OutcomeUnknown):
        desk.create(SPEC, TOKEN, "")
    assert desk.find(TOKEN, SINCE) == []


def test_a_desk_that_asks_for_patience_gets_it(world: World) -> None:
    desk = world.desk()
    world.fail("429", times=1)
    with pytest.raises(DeskUnavailable) as caught:
        desk.create(SPEC, TOKEN, "")
    assert caught.value.retry_after is not None
    assert caught.value.retry_after.total_seconds() == 1


def test_a_desk_that_says_when_its_limit_is_over_is_believed(world: World) -> None:
    desk = world.desk()
    world.fail("429-reset", times=1)
    with pytest.raises(DeskUnavailable) as caught:
        desk.create(SPEC, TOKEN, "")
    assert caught.value.retry_after is not None
    assert caught.value.retry_after.total_seconds() == 1


def test_more_calls_than_the_desk_allows_wait_rather_than_be_refused(world: World) -> None:
    desk = world.desk()
    world.limit(calls=2, every="150ms")
    for _ in range(5):
        desk.create(SPEC, TOKEN, "")
    assert len(world.tickets()) == 5


@pytest.mark.parametrize("kind", [*LOST, *UNDONE])
def test_what_can_be_done_twice_is_simply_tried_again(
    world: World, dialect: str, kind: str
) -> None:
    desk = world.desk(dialect=dialect, limits=PATIENCE)
    ticket = desk.create(SPEC, TOKEN, "")
    calls: list[Callable[[], object]] = [
        lambda: desk.find(TOKEN, SINCE),
        lambda: desk.read(ticket),
        lambda: desk.update(ticket, SPEC, ("priority",), TOKEN, ""),
        lambda: desk.resolve(ticket, SPEC, OnClear.RESOLVE, ""),
    ]
    for call in calls:
        world.fail(kind, times=1)
        with pytest.raises(DeskUnavailable):
            call()
        call()


@pytest.mark.parametrize("kind", LOST)
def test_a_note_without_an_answer_may_have_been_said(world: World, kind: str) -> None:
    desk = world.desk(limits=PATIENCE)
    ticket = desk.create(SPEC, TOKEN, "")
    world.fail(kind, times=1)
    with pytest.raises(OutcomeUnknown):
        desk.note(ticket, SPEC, "news")


def test_fields_are_written_before_a_note_that_fails() -> None:
    done = answer(200, {"returnCode": "SUCCESS", "id": 1})
    with raw_server(done, done, answer(500)) as server, desk_at(server.url) as desk:
        ticket = desk.create(SPEC, TOKEN, "")
        with pytest.raises(OutcomeUnknown):
            desk.update(ticket, SPEC, ("priority",), TOKEN, "news")
    assert [sent.target for sent in server.received[1:]] == [
        "/api/v1/incident/1",
        "/api/v1/request/1/conversation",
    ]


def test_a_lost_note_does_not_undo_a_filed_ticket() -> None:
    with (
        raw_server(answer(200, {"returnCode": "SUCCESS", "id": 7}), answer(500)) as server,
        desk_at(server.url) as desk,
        capture_logs() as logs,
    ):
        assert desk.create(SPEC, TOKEN, "news").id == "7"
    assert [(line["event"], line["ticket"]) for line in logs] == [("note lost", "7")]


def test_a_first_status_that_is_lost_does_not_undo_a_filed_ticket() -> None:
    done = answer(200, {"returnCode": "SUCCESS", "id": 7})
    refused = answer(200, {"returnCode": "ERROR", "userMessage": "no such status"})
    with (
        raw_server(done, refused) as server,
        desk_at(server.url, transitions={"open": "Assigned"}) as desk,
        capture_logs() as logs,
    ):
        ticket = desk.create(SPEC, TOKEN, "")
    assert (ticket.id, ticket.status, ticket.taken_over) == ("7", "Open", False)
    assert [(line["event"], line["status"]) for line in logs] == [("status not set", "Assigned")]


def test_what_follows_a_create_is_tried_again_when_it_was_one_call_too_many() -> None:
    done = answer(200, {"returnCode": "SUCCESS", "id": 7})
    too_many = answer(429, headers={"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "20"})
    with (
        raw_server(done, too_many, done, too_many, done) as server,
        desk_at(server.url, transitions={"open": "Assigned"}) as desk,
        capture_logs() as logs,
    ):
        assert desk.create(SPEC, TOKEN, "news").status == "Assigned"
    assert [sent.target for sent in server.received] == [
        "/api/v1/incident",
        "/api/v1/incident/7",
        "/api/v1/incident/7",
        "/api/v1/request/7/conversation",
        "/api/v1/request/7/conversation",
    ]
    assert logs == []


@pytest.mark.parametrize(
    ("said", "error", "words"),
    [
        (answer(403), TicketRefused, "answered 403"),
        (answer(404), TicketRefused, "takes no uploads, set `attach: false`"),
        (answer(413), TicketRefused, "answered 413"),
        (answer(500), DeskUnavailable, "answered 500"),
        (answer(200, {}), DeskUnavailable, "without a refFileName"),
        (answer(200, {"refFileName": ""}), DeskUnavailable, "without a refFileName"),
    ],
)
def test_an_upload_that_fails_says_who_must_act(
    dialect: str, said: bytes, error: type[DeskError], words: str
) -> None:
    filed, shown = answer(200, {"id": 7}), answer(200, {"id": 7, "status": "Open"})
    with (
        raw_server(filed, shown, said) as server,
        desk_at(server.url, dialect=dialect) as desk,
    ):
        ticket = desk.create(SPEC, TOKEN, "")
        with pytest.raises(error, match=words):
            desk.attach(ticket, "top.txt", "x")
    assert server.received[-1].target == "/api/oprfile"


def test_files_of_a_shape_that_nobody_documents_are_left_alone() -> None:
    done = answer(200, {"id": 7})
    odd = [None, "k9", {}, {"refFileName": 7}, {"refFileName": "k9"}]
    shown = answer(200, {"subject": "s", "status": "Open", "fileAttachments": odd})
    uploaded = answer(200, {"refFileName": "x2"})
    with (
        raw_server(done, shown, uploaded, done) as server,
        desk_at(server.url, dialect="request") as desk,
    ):
        desk.attach(desk.create(SPEC, TOKEN, ""), "top.txt", "x")
    assert orjson.loads(server.received[-1].body) == {
        "subject": "s",
        "fileAttachments": [
            {"refFileName": "k9", "realName": "k9"},
            {"refFileName": "x2", "realName": "top.txt"},
        ],
    }


def test_a_desk_that_finds_every_ticket_was_not_asked_for_a_number() -> None:
    row = {"id": 5, "name": "INC-5", "subject": "x", "statusName": "Open"}
    page = answer(200, {"objectList": [row], "totalCount": 1})
    with (
        raw_server(page) as server,
        desk_at(server.url) as desk,
        pytest.raises(TicketRefused, match="write the id"),
    ):
        desk.lookup("INC-46")


def test_a_desk_without_conversations_still_resolves() -> None:
    is_open = answer(200, {"subject": "s", "status": "Open"})
    done = answer(200, {"returnCode": "SUCCESS", "id": 7})
    with (
        raw_server(done, is_open, answer(404), is_open, done) as server,
        desk_at(server.url) as desk,
    ):
        ticket = desk.resolve(desk.create(SPEC, TOKEN, ""), SPEC, OnClear.RESOLVE, "over")
    assert ticket.status == "Resolved"
    assert server.received[-1].body == b'{"status":"Resolved"}'


@pytest.mark.parametrize(
    ("said", "error", "words"),
    [
        ({"returnCode": "ERROR", "userMessage": "no such category"}, TicketRefused, "no such cat"),
        ({"returnCode": "LICENSE_EXPIRED"}, TicketRefused, "LICENSE_EXPIRED"),
        ({"returnCode": "SUCCESS", "id": None}, OutcomeUnknown, "without the id"),
        ({"returnCode": "SUCCESS", "id": True}, OutcomeUnknown, "without the id"),
        ({}, OutcomeUnknown, "without the id"),
    ],
)
def test_an_answer_that_is_no_success_is_not_taken_for_one(
    said: dict[str, object], error: type[DeskError], words: str
) -> None:
    with (
        raw_server(answer(200, said)) as server,
        desk_at(server.url) as desk,
        pytest.raises(error, match=words),
    ):
        desk.create(SPEC, TOKEN, "")


@pytest.mark.parametrize(
    "said", [{}, {"status": 0}, {"statusName": None}], ids=["nothing", "a number", "null"]
)
def test_a_ticket_without_a_status_is_not_believed(said: dict[str, object]) -> None:
    with (
        raw_server(answer(200, {"id": 7}), answer(200, said)) as server,
        desk_at(server.url) as desk,
    ):
        ticket = desk.create(SPEC, TOKEN, "")
        with pytest.raises(DeskUnavailable, match="without a status"):
            desk.read(ticket)


@pytest.mark.parametrize(
    "said", [{}, {"objectList": None, "totalCount": 1}, {"objectList": {}, "totalCount": 0}]
)
def test_a_search_without_a_list_is_not_an_empty_one(said: dict[str, object]) -> None:
    with (
        raw_server(answer(200, said)) as server,
        desk_at(server.url) as desk,
        pytest.raises(DeskUnavailable, match="objectList"),
    ):
        desk.find(TOKEN, SINCE)


def test_a_desk_that_gives_the_same_page_for_ever_is_not_asked_for_ever() -> None:
    row = {"id": 5, "subject": f"x [{TOKEN}]", "statusName": "Open", "createdTime": 1756304677751}
    page = answer(200, {"objectList": [row, None, {"id": None}], "totalCount": 1000})
    with raw_server(page) as server, desk_at(server.url) as desk:
        (found,) = desk.find(TOKEN, SINCE)
    assert found.id == "5"
    assert len(server.received) == 2


def test_wrong_credentials_lock_the_bridge_out() -> None:
    with running_world() as world:
        desk = world.desk(auth={"api_key": "wrong-k3y"})
        with pytest.raises(DeskLockedOut) as caught:
            desk.create(SPEC, TOKEN, "")
        assert "check `auth:`" in str(caught.value)
        assert "wrong-k3y" not in str(caught.value)
        assert world.calls() == {"POST /api/v1/incident": 1}


def test_an_old_desk_without_the_forms_page_still_gets_its_tickets() -> None:
    with (
        raw_server(answer(404), answer(200, {"returnCode": "SUCCESS", "id": 7})) as server,
        desk_at(server.url) as desk,
    ):
        assert desk.create(WITH_FIELD, TOKEN, "").id == "7"
    assert b"Custom field Event ID is unknown to this desk: e1" in server.received[-1].body


def test_a_form_that_cannot_be_read_now_holds_the_ticket_up() -> None:
    with (
        raw_server(answer(503)) as server,
        desk_at(server.url) as desk,
        pytest.raises(DeskUnavailable),
    ):
        desk.create(WITH_FIELD, TOKEN, "")
    assert [sent.method for sent in server.received] == ["GET"]
