"""Summit on a bad day: what is known of a ticket after each failure."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bridge.domain.errors import (
    DeskError,
    DeskLockedOut,
    DeskUnavailable,
    OutcomeUnknown,
    TicketRefused,
)
from bridge.domain.policy import OnClear
from tests.backends.summit_world import SPEC, TOKEN, World, running_world

LOST = ["500-after", "html-after", "empty-after", "reset-after", "hang-after"]
UNDONE = ["500", "503", "html", "empty", "reset", "hang"]
PATIENCE = {"timeout": "300ms"}


@pytest.fixture
def world() -> Iterator[World]:
    """A desk that refused nothing when the test was over."""
    with running_world() as made:
        yield made
        assert list(made.sandbox.refusals) == []


@pytest.fixture
def strict_world() -> Iterator[World]:
    """A desk whose refusals are the point."""
    with running_world() as made:
        yield made


def now() -> datetime:
    return datetime.now(UTC)


@pytest.mark.parametrize("kind", LOST)
def test_a_filed_ticket_without_an_answer_is_found_again(world: World, kind: str) -> None:
    desk, since = world.desk(limits=PATIENCE), now()
    world.fail(kind, times=1)
    with pytest.raises(OutcomeUnknown):
        desk.create(SPEC, TOKEN, "")
    (found,) = desk.find(TOKEN, since)
    assert found.number == world.ticket()["number"]


@pytest.mark.parametrize("kind", UNDONE)
def test_a_ticket_that_was_perhaps_not_filed_is_not_found(world: World, kind: str) -> None:
    desk, since = world.desk(limits=PATIENCE), now()
    world.fail(kind, times=1)
    with pytest.raises(OutcomeUnknown):
        desk.create(SPEC, TOKEN, "")
    assert list(desk.find(TOKEN, since)) == []


@pytest.mark.parametrize("kind", ["500", "html", "empty", "reset", "hang"])
def test_a_search_that_fails_may_be_made_again(world: World, kind: str) -> None:
    desk = world.desk(limits=PATIENCE)
    world.fail(kind, times=1)
    with pytest.raises(DeskUnavailable):
        desk.find(TOKEN, now())


def test_a_desk_that_asks_for_patience_gets_it(world: World) -> None:
    desk = world.desk()
    world.fail("429", times=1)
    with pytest.raises(DeskUnavailable) as caught:
        desk.create(SPEC, TOKEN, "")
    assert caught.value.retry_after is not None
    assert caught.value.retry_after.total_seconds() == 1


def test_a_desk_that_is_off_got_nothing(world: World) -> None:
    desk = world.desk()
    world.sandbox.stop()
    with pytest.raises(DeskUnavailable, match="cannot be reached"):
        desk.create(SPEC, TOKEN, "")


@pytest.mark.parametrize("kind", ["500", "html", "reset", "hang"])
def test_nothing_is_written_to_a_ticket_that_cannot_be_read_today(world: World, kind: str) -> None:
    desk = world.desk(limits=PATIENCE)
    ticket = desk.create(SPEC, TOKEN, "")
    before = world.ticket()
    calls: list[Callable[[], object]] = [
        lambda: desk.read(ticket),
        lambda: desk.note(ticket, SPEC, "more"),
        lambda: desk.update(ticket, SPEC, ["priority"], TOKEN, ""),
        lambda: desk.resolve(ticket, SPEC, OnClear.RESOLVE, ""),
        lambda: desk.reopen(ticket, SPEC, ""),
    ]
    for call in calls:
        world.fail(kind, times=1)
        with pytest.raises(DeskUnavailable):
            call()
    assert world.ticket() == before


def test_a_key_that_may_not_read_leaves_the_ticket_as_last_known(world: World) -> None:
    desk = world.desk()
    ticket = desk.create(SPEC, TOKEN, "")
    world.fail("empty", times=2)
    assert desk.read(ticket) == ticket
    desk.note(ticket, SPEC, "more")
    assert (world.ticket()["status"], world.ticket()["notes"][-1]) == ("New", "more")


def test_a_key_that_could_read_before_is_not_taken_for_one_that_may_not(world: World) -> None:
    desk = world.desk()
    ticket = desk.create(SPEC, TOKEN, "")
    desk.read(ticket)
    world.person(ticket.number, status="In-Progress")
    world.fail("empty", times=1)
    with pytest.raises(DeskUnavailable, match="set `read: false`"):
        desk.note(ticket, SPEC, "more")
    assert world.ticket()["status"] == "In-Progress"


def test_a_desk_told_not_to_read_never_does(world: World) -> None:
    desk = world.desk(read=False)
    ticket = desk.create(SPEC, TOKEN, "")
    assert desk.read(ticket) == ticket
    desk.resolve(ticket, SPEC, OnClear.RESOLVE, "all clear")
    assert world.ticket()["status"] == "Resolved"
    assert world.calls() == {"IM_LogOrUpdateIncident": 3}


def test_a_resolution_that_stopped_half_way_is_taken_up_where_it_stopped(world: World) -> None:
    desk = world.desk()
    ticket = desk.create(SPEC, TOKEN, "")
    world.person(ticket.number, status="In-Progress", assignee="noc@example.com")
    resolved = desk.resolve(ticket, SPEC, OnClear.CLOSE, "all clear")
    assert resolved.status == "Closed"
    assert world.walk()[-3:] == ["In-Progress by person", "Resolved by api", "Closed by api"]
    assert world.ticket()["notes"][1:] == ["all clear"]


def test_a_note_whose_answer_is_lost_may_be_there(world: World) -> None:
    desk = world.desk(read=False)
    ticket = desk.create(SPEC, TOKEN, "")
    world.fail("reset-after", times=1)
    with pytest.raises(OutcomeUnknown):
        desk.note(ticket, SPEC, "more")
    assert world.ticket()["notes"][1:] == ["more"]


def test_an_update_without_a_note_may_simply_be_made_again(world: World) -> None:
    desk = world.desk(read=False)
    ticket = desk.create(SPEC, TOKEN, "")
    world.fail("reset-after", times=1)
    with pytest.raises(DeskUnavailable):
        desk.update(ticket, SPEC, ["priority"], TOKEN, "")


def test_a_refusal_carries_the_desks_words(strict_world: World) -> None:
    desk = strict_world.desk()
    with pytest.raises(TicketRefused, match="Priority_Name P9 is unknown"):
        desk.create(replace(SPEC, priority="P9"), TOKEN, "")
    assert strict_world.tickets() == []


@pytest.mark.parametrize("container", ["object", "string"])
def test_a_refusal_that_quotes_the_alert_is_no_refusal_of_the_key(
    strict_world: World, container: str
) -> None:
    desk = strict_world.desk(container=container)
    spec = replace(SPEC, priority="Key expired: access denied")
    with pytest.raises(TicketRefused, match="Key expired"):
        desk.create(spec, TOKEN, "")


@pytest.mark.parametrize(
    ("auth", "secret"),
    [
        ({"api_key": "wrong-key"}, "wrong-key"),
        ({"username": "bridge", "password": "wrong-password"}, "wrong-password"),
    ],
)
def test_wrong_credentials_lock_the_desk_out(
    strict_world: World, auth: dict[str, str], secret: str
) -> None:
    desk = strict_world.desk(auth=auth)
    ticket = strict_world.desk().create(SPEC, TOKEN, "")
    calls: list[Callable[[], object]] = [
        lambda: desk.create(SPEC, TOKEN, ""),
        lambda: desk.find(TOKEN, now()),
        lambda: desk.read(ticket),
        lambda: desk.note(ticket, SPEC, "more"),
    ]
    for call in calls:
        with pytest.raises(DeskLockedOut, match="refuses the credentials: Invalid") as caught:
            call()
        assert secret not in str(caught.value)
    [problem] = desk.check()
    assert problem.startswith("summit: refuses the credentials: Invalid")
    assert problem.endswith("; check `auth:`")


def test_a_wrong_path_is_the_operators(strict_world: World) -> None:
    desk = strict_world.desk(path="/REST/Other.svc")
    with pytest.raises(DeskLockedOut, match="check `url:`"):
        desk.create(SPEC, TOKEN, "")


@pytest.mark.parametrize("kind", ["500", "html", "reset", "hang", "401", "429"])
def test_a_check_says_what_is_wrong(world: World, kind: str) -> None:
    desk = world.desk(limits=PATIENCE)
    world.fail(kind, times=1)
    [problem] = desk.check()
    assert problem.startswith("summit: ")


def test_a_check_says_that_the_key_may_not_list_tickets(world: World) -> None:
    desk = world.desk()
    world.fail("empty", times=1)
    [problem] = desk.check()
    assert problem == (
        "summit: may not list tickets, IM_GetIncidentListwithDetails was answered with nothing; "
        "allow it for this key, or set `find: false`"
    )


def test_a_check_asks_no_more_than_the_desk_is_used_for(world: World) -> None:
    desk = world.desk(find=False)
    world.fail("empty", times=1)
    assert list(desk.check()) == []


@pytest.mark.parametrize("kind", [*LOST, *UNDONE, "401", "429"])
def test_no_error_holds_the_key(world: World, kind: str) -> None:
    desk = world.desk(limits=PATIENCE)
    world.fail(kind, times=1)
    with pytest.raises(DeskError) as caught:
        desk.create(SPEC, TOKEN, "")
    assert "sandbox-key" not in str(caught.value)
