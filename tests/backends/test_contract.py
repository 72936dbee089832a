"""What every backend of the registry promises, held against its own sandbox over real HTTP."""

import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bridge.backends import BACKENDS, Desk
from bridge.backends.rest.files import shipped
from bridge.domain.errors import (
    DeskLockedOut,
    DeskUnavailable,
    OutcomeUnknown,
    TicketGone,
    TicketRefused,
)
from bridge.domain.policy import OnClear
from bridge.domain.ticket import Ticket, TicketState
from bridge.sandbox import SANDBOXES
from bridge.sandbox.faults import FaultKind
from tests.backends.stands import PATIENCE, SPEC, STANDS, TOKEN, Stand, World, running_world

LOST = [kind for kind in FaultKind if kind.is_after]
#: Failures after which a create may or may not have worked, and did not.
DOUBTFUL = [
    FaultKind.ERROR_500,
    FaultKind.ERROR_503,
    FaultKind.HTML,
    FaultKind.EMPTY,
    FaultKind.RESET,
    FaultKind.HANG,
]


@pytest.fixture(params=STANDS, ids=lambda stand: stand.name)
def stand(request: pytest.FixtureRequest) -> Stand:
    """One way to set a backend up."""
    made: Stand = request.param
    return made


@pytest.fixture
def strict_world(stand: Stand) -> Iterator[World]:
    """A desk whose refusals are the point."""
    with running_world(stand) as made:
        yield made


@pytest.fixture
def world(strict_world: World) -> Iterator[World]:
    """A desk that refused nothing when the test was over."""
    yield strict_world
    assert list(strict_world.sandbox.refusals) == []


def a_minute_ago() -> datetime:
    return datetime.now(UTC) - timedelta(minutes=1)


def found(desk: Desk, token: str = TOKEN) -> list[Ticket]:
    return list(desk.find(token, a_minute_ago()))


def needs(desk: Desk, *abilities: str) -> None:
    """Skip a promise that this desk says it cannot keep; what it does instead is tested below."""
    lacking = [ability for ability in abilities if not getattr(desk.can, ability)]
    if lacking:
        pytest.skip(f"this desk cannot {', '.join(lacking)}")


def is_record(ticket: Ticket, said: Mapping[str, Any]) -> bool:
    """Tell whether a ticket is the sandbox's record; Summit has one number for all."""
    return ticket.id in (said["id"], said["number"])


def test_every_backend_of_the_registry_has_a_sandbox_and_is_held_against_it() -> None:
    assert {stand.type for stand in STANDS} == set(BACKENDS)
    assert {stand.sandbox for stand in STANDS} == set(SANDBOXES)
    assert set(shipped()) <= {stand.sandbox for stand in STANDS if stand.type == "rest"}


def test_a_ticket_is_filed_open_and_says_what_it_should(world: World) -> None:
    ticket = world.desk().create(SPEC, TOKEN, "Also firing: db2")
    said = world.ticket()
    assert ticket.state is TicketState.OPEN
    assert not ticket.taken_over
    assert not ticket.theirs
    assert is_record(ticket, said)
    assert said["is_open"]
    assert said["subject"].startswith("Disk full")
    assert said["description"] == world.stand.described("92 %")
    assert "Also firing: db2" in "".join(said["notes"])


def test_a_ticket_is_found_by_its_token(world: World) -> None:
    desk = world.desk()
    needs(desk, "find")
    filed = desk.create(SPEC, TOKEN, "")
    (ticket,) = found(desk)
    assert ticket.id == filed.id
    assert ticket.is_open
    assert not ticket.taken_over


def test_a_ticket_is_not_found_by_a_token_that_begins_or_ends_like_its_own(world: World) -> None:
    desk = world.desk()
    needs(desk, "find")
    desk.create(SPEC, f"{TOKEN}2", "")
    desk.create(replace(SPEC, subject=f"mentions {TOKEN}"), f"X{TOKEN}", "")
    assert found(desk) == []


def test_every_ticket_of_a_token_is_found_oldest_first(world: World) -> None:
    desk = world.desk()
    needs(desk, "find")
    filed = [desk.create(SPEC, TOKEN, "").id for _ in range(3)]
    assert [ticket.id for ticket in found(desk)] == filed


def test_an_update_writes_the_named_field_and_the_note_and_nothing_else(world: World) -> None:
    desk = world.desk()
    needs(desk, "update")
    ticket = desk.create(SPEC, TOKEN, "")
    before = world.ticket()
    spec = replace(SPEC, subject="Disk fuller", description="97 %", impact="low")
    updated = desk.update(desk.read(ticket), spec, ("subject",), TOKEN, "subject: changed")
    after = world.ticket()
    assert after["subject"].startswith("Disk fuller")
    assert "subject: changed" in "".join(after["notes"])
    changed = {key for key in before if before[key] != after[key]}
    assert changed == {"subject", "notes", "updated_at"}
    assert updated.is_open


def test_a_found_ticket_can_be_updated(world: World) -> None:
    desk = world.desk()
    needs(desk, "find", "update")
    desk.create(SPEC, TOKEN, "")
    (ticket,) = found(desk)
    desk.update(ticket, replace(SPEC, description="97 %"), ("description",), TOKEN, "")
    after = world.ticket()
    if world.stand.rewrites_description:
        assert after["description"] == world.stand.described("97 %")
    else:
        assert "97 %" in after["notes"]


def test_a_note_is_added_and_nothing_else_changes(world: World) -> None:
    desk = world.desk()
    needs(desk, "note")
    ticket = desk.create(SPEC, TOKEN, "")
    before = world.ticket()
    noted = desk.note(ticket, SPEC, "still firing")
    after = world.ticket()
    assert "still firing" in "".join(after["notes"])
    assert {key for key in before if before[key] != after[key]} == {"notes", "updated_at"}
    assert noted.is_open


@pytest.mark.parametrize("how", [OnClear.RESOLVE, OnClear.CLOSE, OnClear.CANCEL])
def test_to_resolve_twice_is_as_good_as_once(world: World, how: OnClear) -> None:
    desk = world.desk()
    ticket = desk.create(SPEC, TOKEN, "")
    resolved = desk.resolve(ticket, SPEC, how, "All alerts cleared.")
    once = world.ticket()
    again = desk.resolve(resolved, SPEC, how, "All alerts cleared.")
    assert not resolved.is_open
    assert not once["is_open"]
    if desk.can.note:
        assert "All alerts cleared." in "".join([*once["notes"], once["solution"]])
    assert again.state is resolved.state
    assert world.ticket() == once


def test_a_resolved_ticket_is_opened_again(world: World) -> None:
    desk = world.desk()
    needs(desk, "reopen")
    ticket = desk.resolve(desk.create(SPEC, TOKEN, ""), SPEC, OnClear.RESOLVE, "")
    again = desk.reopen(ticket, SPEC, "Fires again.")
    assert again.is_open
    assert world.ticket()["is_open"]
    assert "Fires again." in "".join(world.ticket()["notes"])
    assert not desk.read(again).taken_over


def test_a_ticket_is_looked_up_by_what_people_call_it(strict_world: World) -> None:
    desk = strict_world.desk()
    filed = desk.create(SPEC, TOKEN, "")
    if not desk.can.find and not desk.can.read:
        with pytest.raises(TicketRefused, match="cannot look tickets up"):
            desk.lookup(filed.number)
        return
    called = getattr(filed, strict_world.stand.called_by)
    assert desk.lookup(called).id == filed.id
    strict_world.person(strict_world.ticket()["number"], deleted=True)
    with pytest.raises(TicketGone):
        desk.lookup(called)


def test_what_a_person_wrote_is_theirs(world: World) -> None:
    desk = world.desk()
    needs(desk, "read")
    ticket = desk.create(SPEC, TOKEN, "")
    assert desk.read(ticket).theirs == set()
    world.person(world.ticket()["number"], subject="db1 is being replaced")
    seen = desk.read(ticket)
    assert seen.theirs == {"subject"}
    desk.update(seen, replace(SPEC, description="97 %"), ("description",), TOKEN, "")
    assert world.ticket()["subject"].startswith("db1 is being replaced")


def test_what_the_bridge_wrote_since_is_not_taken_for_a_persons(world: World) -> None:
    desk = world.desk()
    needs(desk, "read", "update")
    ticket = desk.create(SPEC, TOKEN, "")
    spec = replace(SPEC, subject="Disk fuller", priority="low", impact="low")
    names = ("subject", "priority", "impact")
    updated = desk.update(desk.read(ticket), spec, names, TOKEN, "")
    assert desk.read(updated).theirs == set()


def test_a_ticket_that_a_person_resolved_is_seen_at_rest(world: World) -> None:
    desk = world.desk()
    needs(desk, "read")
    ticket = desk.create(SPEC, TOKEN, "")
    world.person(world.ticket()["number"], status=world.stand.resolved)
    assert desk.read(ticket).state is TicketState.RESOLVED


CALLS: dict[str, Callable[[Desk, Ticket], object]] = {
    "read": lambda desk, ticket: desk.read(ticket),
    "update": lambda desk, ticket: desk.update(ticket, SPEC, ("subject",), TOKEN, ""),
    "note": lambda desk, ticket: desk.note(ticket, SPEC, "news"),
    "resolve": lambda desk, ticket: desk.resolve(ticket, SPEC, OnClear.RESOLVE, "over"),
    "reopen": lambda desk, ticket: desk.reopen(ticket, SPEC, "again"),
}


@pytest.mark.parametrize("operation", CALLS)
def test_a_deleted_ticket_is_gone(strict_world: World, operation: str) -> None:
    desk = strict_world.desk()
    needs(desk, "read")
    ticket = desk.create(SPEC, TOKEN, "")
    strict_world.person(strict_world.ticket()["number"], deleted=True)
    with pytest.raises(TicketGone):
        CALLS[operation](desk, ticket)


@pytest.mark.parametrize("kind", LOST)
def test_a_filed_ticket_without_an_answer_is_in_doubt_and_found(world: World, kind: str) -> None:
    desk = world.desk(limits=PATIENCE)
    world.fail(kind, times=1)
    with pytest.raises(OutcomeUnknown):
        desk.create(SPEC, TOKEN, "")
    ticket = desk.create(SPEC, TOKEN, "") if desk.can.create_again else found(desk)[0]
    assert is_record(ticket, world.ticket())


@pytest.mark.parametrize("kind", DOUBTFUL)
def test_a_ticket_that_was_not_filed_is_in_doubt_and_not_found(world: World, kind: str) -> None:
    desk = world.desk(limits=PATIENCE)
    world.fail(kind, times=1)
    with pytest.raises(OutcomeUnknown):
        desk.create(SPEC, TOKEN, "")
    assert found(desk) == []
    assert world.tickets() == []


@pytest.mark.parametrize("kind", [*LOST, *DOUBTFUL])
def test_a_search_that_fails_is_not_an_empty_one(world: World, kind: str) -> None:
    desk = world.desk(limits=PATIENCE)
    needs(desk, "find")
    desk.create(SPEC, TOKEN, "")
    world.fail(kind, times=1)
    with pytest.raises((DeskUnavailable, DeskLockedOut)):
        found(desk)
    assert len(found(desk)) == 1


def test_a_slow_desk_is_waited_for(world: World) -> None:
    world.be_slow("150ms")
    assert world.desk().create(SPEC, TOKEN, "").is_open


def test_a_create_that_outlasts_patience_is_in_doubt_and_arrives_later(world: World) -> None:
    desk = world.desk(limits={"timeout": "100ms"})
    world.be_slow("500ms")
    with pytest.raises(OutcomeUnknown, match=r"gave no answer within 0\.1 s"):
        desk.create(SPEC, TOKEN, "")
    assert world.tickets() == []
    world.be_slow("0ms")
    while not world.tickets():
        pass
    if desk.can.find:
        assert len(found(world.desk())) == 1


@pytest.mark.parametrize(
    ("kind", "least", "most"), [("429", 1, 1), ("429-date", 0, 2)], ids=["seconds", "date"]
)
def test_a_desk_that_asks_for_patience_gets_it(
    world: World, kind: str, least: int, most: int
) -> None:
    desk = world.desk()
    world.fail(kind, times=1)
    with pytest.raises(DeskUnavailable) as caught:
        desk.create(SPEC, TOKEN, "")
    pause = caught.value.retry_after
    assert pause is not None
    assert timedelta(seconds=least) <= pause <= timedelta(seconds=most)
    assert is_record(desk.create(SPEC, TOKEN, ""), world.ticket())


def test_wrong_credentials_lock_the_bridge_out(strict_world: World) -> None:
    desk = strict_world.desk(auth=strict_world.stand.wrong_auth("wr0ng-one"))
    calls: list[Callable[[], object]] = [lambda: desk.create(SPEC, TOKEN, "")]
    calls += [lambda: found(desk)] if desk.can.find else []
    for call in calls:
        with pytest.raises(DeskLockedOut, match="check `auth:`") as caught:
            call()
        assert "wr0ng-one" not in str(caught.value)
    (problem,) = desk.check()
    assert "check `auth:`" in problem
    assert strict_world.tickets() == []


def test_a_desk_that_forgets_whom_it_knows_locks_the_bridge_out(world: World) -> None:
    desk = world.desk()
    world.fail("401", times=1)
    if not world.stand.logs_in:
        with pytest.raises(DeskLockedOut):
            desk.create(SPEC, TOKEN, "")
    assert desk.create(SPEC, TOKEN, "").is_open


@pytest.mark.parametrize("stand", [s for s in STANDS if s.token_auth], ids=lambda s: s.name)
def test_an_expired_token_is_renewed_and_the_call_repeated(stand: Stand) -> None:
    with running_world(stand) as world:
        desk = world.desk(auth=stand.token_auth)
        ticket = desk.create(SPEC, TOKEN, "")
        for call in CALLS.values():
            world.expire_tokens()
            call(desk, ticket)
        world.expire_tokens()
        assert len(found(desk)) == 1
        assert list(world.sandbox.refusals) == []


def test_a_check_of_a_good_desk_finds_nothing_and_files_nothing(world: World) -> None:
    assert list(world.desk().check()) == []
    assert world.tickets() == []


def test_a_huge_text_is_cut_rather_than_refused(world: World) -> None:
    spec = replace(SPEC, subject="s" * 5_000, description="d" * 300_000)
    ticket = world.desk().create(spec, TOKEN, "n" * 100_000)
    said = world.ticket()
    assert ticket.is_open
    assert said["subject"].startswith("s" * 40)
    assert said["description"].startswith("d" * 1000)


def test_a_text_is_as_long_as_its_characters_and_not_as_their_bytes(world: World) -> None:
    subject, description = "漢" * 150, "\U0001f692" * 1500
    world.desk().create(replace(SPEC, subject=subject, description=description), TOKEN, "")
    said = world.ticket()
    assert said["subject"].startswith(subject)
    assert said["description"] == world.stand.described(description)


def test_any_writing_arrives_and_control_characters_do_not(world: World) -> None:
    writing = "Plattenplatz für 漢字 и \U0001f692 a\u0301"
    spec = replace(SPEC, subject=f"{writing}\0\x07\ud800", description=f"{writing}\0\x1b[31m\ud800")
    world.desk().create(spec, TOKEN, f"{writing}\0\ud800")
    said = world.ticket()
    assert said["subject"].startswith(writing)
    assert said["description"] == world.stand.described(f"{writing}[31m")
    for text in (said["subject"], said["description"], *said["notes"]):
        controls = {c for c in text if unicodedata.category(c) in ("Cc", "Cs")}
        assert controls <= {"\n", "\t"}
    assert any(writing in note for note in said["notes"])


def test_a_preview_is_what_create_sends_and_sends_nothing(world: World) -> None:
    desk = world.desk()
    before = world.calls()
    preview = str(desk.preview(SPEC, TOKEN))
    assert "Disk full" in preview
    assert TOKEN in preview
    for secret in world.stand.secrets:
        assert secret not in preview
    assert world.calls() == before


def test_a_desk_that_cannot_search_finds_nothing_and_asks_nothing(world: World) -> None:
    desk = world.desk()
    if desk.can.find:
        pytest.skip("this desk can")
    desk.create(SPEC, TOKEN, "")
    before = world.calls()
    assert found(desk) == []
    assert world.calls() == before


#: What a desk can be asked though it says that it cannot, by the ability that it lacks.
LACKING: dict[str, Callable[[Desk, Ticket], Ticket]] = {
    "update": lambda desk, ticket: desk.update(ticket, SPEC, ("subject",), TOKEN, ""),
    "note": lambda desk, ticket: desk.note(ticket, SPEC, "news"),
    "read": lambda desk, ticket: desk.read(ticket),
}


@pytest.mark.parametrize("ability", LACKING)
def test_what_a_desk_cannot_do_leaves_the_ticket_as_it_was(world: World, ability: str) -> None:
    desk = world.desk()
    if getattr(desk.can, ability):
        pytest.skip("this desk can")
    ticket = desk.create(SPEC, TOKEN, "")
    before = world.ticket()
    assert LACKING[ability](desk, ticket) == ticket
    assert world.ticket() == before


def test_a_desk_that_files_again_under_a_token_has_one_ticket(world: World) -> None:
    desk = world.desk()
    needs(desk, "create_again")
    first = desk.create(SPEC, TOKEN, "")
    assert desk.create(SPEC, TOKEN, "").id == first.id
    assert len(world.tickets()) == 1
