"""Files on a ticket at Summit, over real HTTP."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bridge.backends.summit.adapter import Summit
from bridge.domain.errors import DeskUnavailable, OutcomeUnknown, TicketRefused
from tests.backends.summit_world import DEFAULTS, SPEC, TOKEN, World, desk_at, running_world

TEXT = "labels:\r\n\tgrößer\n"


@pytest.fixture
def strict_world() -> Iterator[World]:
    """A desk whose refusals are the point."""
    with running_world() as made:
        yield made


@pytest.fixture
def world(strict_world: World) -> Iterator[World]:
    """A desk that refused nothing when the test was over."""
    yield strict_world
    assert list(strict_world.sandbox.refusals) == []


def test_a_desk_takes_files_unless_it_is_said_not_to(world: World) -> None:
    assert world.desk().can.attach
    assert not world.desk(attach=False).can.attach


def test_a_file_arrives_as_it_is(world: World) -> None:
    desk = world.desk()
    ticket = desk.create(SPEC, TOKEN, "")
    desk.attach(ticket, "alert.json", TEXT)
    desk.attach(ticket, "rule.txt", "\ud800")
    assert world.ticket()["files"] == {"alert.json": TEXT, "rule.txt": "?"}


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("../../etc/passwd", "etc_passwd"),
        ('a<b>c:"d|e?*.txt', "a_b_c_d_e_.txt"),
        ("C:\\temp\\x.txt", "C_temp_x.txt"),
        ("line\nbreak\x00.txt", "line_break_.txt"),
        (" . ", "alert.txt"),
        ("x" * 200 + ".json", "x" * 95 + ".json"),
        ("Größe 漢.txt", "Größe 漢.txt"),
    ],
)
def test_a_files_name_is_only_a_name(world: World, name: str, sent: str) -> None:
    desk = world.desk()
    desk.attach(desk.create(SPEC, TOKEN, ""), name, "x")
    assert list(world.ticket()["files"]) == [sent]


def test_a_ticket_that_was_only_looked_up_takes_a_file(world: World) -> None:
    desk = world.desk()
    filed = desk.create(SPEC, TOKEN, "")
    for ticket in (desk.lookup(filed.number), replace(filed, handle={})):
        desk.attach(ticket, f"{len(ticket.handle)}.txt", "x")
    assert len(world.ticket()["files"]) == 2


def test_a_ticket_whose_internal_id_nobody_tells_takes_none(world: World) -> None:
    desk = world.desk(read=False)
    ticket = replace(desk.create(SPEC, TOKEN, ""), handle={})
    with pytest.raises(TicketRefused, match="allow it for this key, or set `attach: false`"):
        desk.attach(ticket, "x.txt", "x")


def test_a_ticket_whose_ids_are_guessed_takes_no_file_that_may_be_anothers(world: World) -> None:
    since = datetime.now(UTC)
    world.desk().create(SPEC, TOKEN, "")
    desk = world.desk(read=False)
    (ticket,) = desk.find(TOKEN, since)
    with pytest.raises(TicketRefused, match="lacks the internal id"):
        desk.attach(ticket, "x.txt", "x")
    assert world.ticket()["files"] == {}


@pytest.mark.parametrize("kind", ["empty", "401"])
def test_a_key_that_may_not_upload_loses_the_file_alone(world: World, kind: str) -> None:
    desk = world.desk()
    ticket = desk.create(SPEC, TOKEN, "")
    world.fail(kind, times=1)
    with pytest.raises(TicketRefused, match="Summit_UploadAttachment, or set `attach: false`"):
        desk.attach(ticket, "x.txt", "x")
    desk.note(ticket, SPEC, "more")
    assert world.ticket()["notes"][-1] == "more"


def test_words_against_the_key_lose_the_file_alone(strict_world: World) -> None:
    ticket = strict_world.desk().create(SPEC, TOKEN, "")
    desk = strict_world.desk(auth={"api_key": "wr0ng-one"})
    with pytest.raises(TicketRefused, match="Invalid API Key; see whether the key") as caught:
        desk.attach(ticket, "x.txt", "x")
    assert "wr0ng-one" not in str(caught.value)


def test_a_desk_without_the_path_loses_the_file_alone(strict_world: World) -> None:
    ticket = strict_world.desk().create(SPEC, TOKEN, "")
    with pytest.raises(TicketRefused, match="set `attach: false`"):
        strict_world.desk(path="/REST/Other.svc").attach(ticket, "x.txt", "x")


def test_a_file_for_a_deleted_ticket_is_refused(strict_world: World) -> None:
    desk = strict_world.desk()
    ticket = desk.create(SPEC, TOKEN, "")
    strict_world.person(ticket.number, deleted=True)
    with pytest.raises(TicketRefused, match="TicketID"):
        desk.attach(ticket, "x.txt", "x")


@pytest.mark.parametrize("kind", ["500-after", "reset-after", "html"])
def test_a_file_without_an_answer_may_be_there(world: World, kind: str) -> None:
    desk = world.desk()
    ticket = desk.create(SPEC, TOKEN, "")
    world.fail(kind, times=1)
    with pytest.raises(OutcomeUnknown):
        desk.attach(ticket, "x.txt", "x")


def test_a_file_for_a_desk_that_is_off_waits(world: World) -> None:
    desk: Summit = world.desk()
    ticket = desk.create(SPEC, TOKEN, "")
    with desk_at("http://127.0.0.1:9", defaults=DEFAULTS) as off, pytest.raises(DeskUnavailable):
        off.attach(ticket, "x.txt", "x")
