"""What every backend promises of a ticket's stages and its files, against its own sandbox."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from bridge.backends import Desk
from bridge.backends.http import Call, HttpClient
from bridge.domain.errors import (
    DeskError,
    DeskUnavailable,
    OutcomeUnknown,
    TicketGone,
    TicketRefused,
)
from bridge.domain.incident import Phase
from bridge.domain.policy import OnClear
from bridge.domain.spec import IncidentSpec
from bridge.domain.stage import Stage
from bridge.domain.ticket import Ticket
from tests.backends.stands import PATIENCE, SPEC, STANDS, TOKEN, Stand, World, running_world
from tests.world import World as Bridge

#: The desk's own statuses for two stages, and what it wants beside them.
SAID: Mapping[str, Mapping[str, Any]] = {
    "summit": {
        "transitions": {"acknowledged": "In-Progress", "muted": "Pending"},
        "defaults": {"pending_reason": "Silenced"},
    },
    "serviceops": {"transitions": {"acknowledged": "In Progress", "muted": "Pending"}},
    "servicenow": {
        "transitions": {"acknowledged": "2", "muted": "3"},
        "defaults": {"hold_reason": "5"},
    },
    "jira": {"transitions": {"acknowledged": "In Progress", "muted": "On Hold"}},
    "zammad": {"transitions": {"acknowledged": "open", "muted": "pending reminder"}},
    "glpi": {"transitions": {"acknowledged": "2", "muted": "4"}},
    "pagerduty": {},
}
STAGES = (Stage.ACKNOWLEDGED, Stage.MUTED)


@pytest.fixture(params=STANDS, ids=lambda stand: stand.name)
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    """A desk that refused nothing when the test was over."""
    stand: Stand = request.param
    with running_world(stand) as made:
        yield made
        assert list(made.sandbox.refusals) == []


def desk_at(world: World, **said: object) -> Desk:
    """Make a desk that shows stages, as far as it can."""
    more = SAID[world.stand.sandbox]
    defaults = {**world.stand.said.get("defaults", {}), **more.get("defaults", {})}
    with_defaults = {"defaults": defaults} if defaults else {}
    return world.desk(**{**more, **with_defaults, **said})


def needs_stage(desk: Desk, stage: Stage) -> None:
    if stage not in desk.can.stages:
        pytest.skip(f"this desk has no status for {stage.value}")


def needs_files(desk: Desk) -> None:
    if not desk.can.attach:
        pytest.skip("this desk takes no files")


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_gives_a_ticket_another_status_and_open_takes_it_back(
    world: World, stage: Stage
) -> None:
    desk = desk_at(world)
    needs_stage(desk, stage)
    filed = desk.create(SPEC, TOKEN, "")
    before = world.ticket()
    moved = desk.move(filed, SPEC, stage, "it is seen to")
    then = world.ticket()
    assert moved.is_open
    assert then["status"] != before["status"]
    assert then["is_open"]
    if desk.can.note:
        assert "it is seen to" in "".join(then["notes"])
    assert (then["subject"], then["description"]) == (before["subject"], before["description"])
    back = desk.move(moved, SPEC, Stage.OPEN, "no longer")
    assert back.is_open
    # Where a ticket at work has one status only, to be open again is to be at work.
    assert world.ticket()["status"] != then["status"] or stage is Stage.ACKNOWLEDGED
    assert world.ticket()["is_open"]


@pytest.mark.parametrize("stage", STAGES)
def test_the_bridges_own_move_is_no_persons(world: World, stage: Stage) -> None:
    desk = desk_at(world)
    needs_stage(desk, stage)
    moved = desk.move(desk.create(SPEC, TOKEN, ""), SPEC, stage, "it is seen to")
    for ticket in (moved, desk.read(moved) if desk.can.read else moved):
        assert not ticket.taken_over
        assert not ticket.theirs


@pytest.mark.parametrize("stage", STAGES)
def test_to_move_twice_is_as_good_as_once(world: World, stage: Stage) -> None:
    desk = desk_at(world)
    needs_stage(desk, stage)
    if not desk.can.read:
        pytest.skip("this desk cannot be read")
    moved = desk.move(desk.create(SPEC, TOKEN, ""), SPEC, stage, "it is seen to")
    once = world.ticket()
    again = desk.move(moved, SPEC, stage, "it is seen to")
    assert again.status == moved.status
    assert world.ticket() == once


def test_a_moved_ticket_is_resolved_and_one_at_rest_is_not_moved(world: World) -> None:
    desk = desk_at(world)
    needs_stage(desk, Stage.ACKNOWLEDGED)
    moved = desk.move(desk.create(SPEC, TOKEN, ""), SPEC, Stage.ACKNOWLEDGED, "seen to")
    resolved = desk.resolve(moved, SPEC, OnClear.RESOLVE, "All alerts cleared.")
    assert not world.ticket()["is_open"]
    if desk.can.read:
        rested = world.ticket()
        assert not desk.move(resolved, SPEC, Stage.OPEN, "again").is_open
        assert world.ticket() == rested


def test_a_desk_without_words_for_stages_has_none(world: World) -> None:
    if not SAID[world.stand.sandbox]:
        pytest.skip("this desk comes with its words")
    assert world.desk().can.stages == frozenset()


FILE = "alert 1.json"
TEXT = '{"summary": "92 % \N{POLICE CARS REVOLVING LIGHT} <b>&amp;</b>"}\n'


def test_a_file_is_put_on_the_ticket_as_it_is_and_nothing_else_changes(world: World) -> None:
    desk = desk_at(world)
    needs_files(desk)
    filed = desk.create(SPEC, TOKEN, "")
    before = world.ticket()
    desk.attach(filed, FILE, TEXT)
    after = world.ticket()
    assert after["files"] == {FILE: TEXT}
    changed = {key for key in before if before[key] != after[key]}
    assert changed <= {"files", "updated_at", *world.stand.attaching_changes}


def test_several_files_stand_beside_each_other(world: World) -> None:
    desk = desk_at(world)
    needs_files(desk)
    filed = desk.create(SPEC, TOKEN, "")
    for name in ("a.txt", "b.txt"):
        desk.attach(filed, name, name)
    assert world.ticket()["files"] == {"a.txt": "a.txt", "b.txt": "b.txt"}


def test_a_ticket_that_was_found_takes_a_file(world: World) -> None:
    desk = desk_at(world)
    needs_files(desk)
    if not desk.can.find:
        pytest.skip("this desk cannot be searched")
    desk.create(SPEC, TOKEN, "")
    [found] = desk.find(TOKEN, world.a_minute_ago())
    desk.attach(found, FILE, TEXT)
    assert world.ticket()["files"] == {FILE: TEXT}


@pytest.mark.parametrize("kind", ["500", "hang", "reset", "html"])
def test_a_file_without_an_answer_is_tried_again_and_is_no_lock_out(
    world: World, kind: str
) -> None:
    desk = desk_at(world, limits=PATIENCE)
    needs_files(desk)
    filed = desk.create(SPEC, TOKEN, "")
    world.fail(kind, times=1)
    with pytest.raises((OutcomeUnknown, DeskUnavailable)):
        desk.attach(filed, FILE, TEXT)
    desk.attach(filed, FILE, TEXT)
    assert world.ticket()["files"] == {FILE: TEXT}


@pytest.mark.parametrize("stand", STANDS, ids=lambda stand: stand.name)
def test_a_file_for_a_ticket_that_is_deleted_parks_nothing(stand: Stand) -> None:
    with running_world(stand) as world:
        desk = desk_at(world)
        needs_files(desk)
        filed = desk.create(SPEC, TOKEN, "")
        world.person(world.ticket()["number"], deleted=True)
        with pytest.raises((TicketGone, TicketRefused)):
            desk.attach(filed, FILE, TEXT)


@pytest.mark.parametrize("kind", ["500-after", "reset-after"])
def test_what_clears_before_it_is_known_to_be_filed_leaves_one_ticket_and_none_open(
    world: World, kind: str
) -> None:
    desk = desk_at(world)
    if world.stand.logs_in:
        desk.check()
    bridge = Bridge(desk=desk)  # type: ignore[arg-type]  # a real one
    bridge.clock.time = datetime.now(UTC)
    bridge.restart_worker()
    world.fail(kind, times=1)
    bridge.fire()
    bridge.work()
    bridge.resolve()
    bridge.work_until(60)
    assert bridge.incident().phase is Phase.RESOLVED
    assert [ticket["is_open"] for ticket in world.tickets()] == [False]


class LosingAnswers:
    """Lets the bridge's calls reach their desks, and loses one answer on the way back."""

    def __init__(self) -> None:
        self.lost = 0  #: which of the calls from now on has its answer lost; none is 0
        self.made = 0

    def lose(self, which: int) -> None:
        """Lose the answer to a call, counted from 1 and from now."""
        self.lost, self.made = which, 0

    @property
    def has_lost(self) -> bool:
        """Say whether the call was made."""
        return self.made >= self.lost > 0


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> LosingAnswers:
    """The answers to every call of a desk."""
    losing, request = LosingAnswers(), HttpClient._request

    def made(client: HttpClient, call: Call) -> requests.Response:
        response = request(client, call)
        losing.made += 1
        if losing.made == losing.lost:
            response.close()
            raise requests.ConnectionError
        return response

    monkeypatch.setattr(HttpClient, "_request", made)
    return losing


#: Whom and what each desk knows; the first of two is filed with.
OWNERS: Mapping[str, Mapping[str, Sequence[str]]] = {
    "summit": {"workgroup": ("NOC", "Storage"), "engineer": ("noc@example.com", "ann@example.com")},
    "serviceops": {
        "workgroup": ("NOC", "Storage"),
        "engineer": ("noc@example.com", "ann@example.com"),
    },
    "servicenow": {"workgroup": ("NOC", "Database"), "engineer": ("noc", "ann")},
    "jira": {"workgroup": ("NOC", "Storage"), "engineer": ("noc@example.com", "ann@example.com")},
    "zammad": {"workgroup": ("Users", "NOC"), "engineer": ("noc@example.com", "ann@example.com")},
    "glpi": {"workgroup": ("11", "12"), "engineer": ("33", "34")},
    "pagerduty": {"workgroup": ("NOC", "Storage"), "engineer": ("noc", "ann")},
}

#: Statuses that a person gives a ticket, the first that it does not have, and who is at it then.
AT_WORK: Mapping[str, tuple[Sequence[str], str]] = {
    "summit": (("In-Progress", "Pending"), "eve@example.com"),
    "serviceops": (("In Progress", "Pending"), ""),
    "servicenow": (("In Progress", "On Hold"), ""),
    "jira": (("In Progress", "On Hold"), ""),
    "zammad": (("open", "pending reminder"), "bridge@example.com"),
    "glpi": (("Processing (assigned)", "Pending"), "77"),
}


def take_over(world: World, number: str, status: str) -> None:
    """Let a person work on a ticket."""
    statuses, assignee = AT_WORK[world.stand.sandbox]
    other = next(word for word in statuses if word != status)
    world.person(number, status=other, **({"assignee": assignee} if assignee else {}))


def spec_at(world: World, which: int) -> IncidentSpec:
    """Give what is filed at first, or what it is then changed to."""
    owners = OWNERS[world.stand.sandbox]
    return replace(
        SPEC,
        subject=("Disk full", "Disk fuller")[which],
        workgroup=owners["workgroup"][which],
        engineer=owners["engineer"][which],
    )


def moving(world: World, desk: Desk, stage: Stage) -> Callable[[Ticket], object]:
    needs_stage(desk, stage)
    return lambda ticket: desk.move(ticket, spec_at(world, 0), stage, "it is seen to")


def reopening(world: World, desk: Desk) -> Callable[[Ticket], object]:
    if not desk.can.reopen:
        pytest.skip("this desk opens nothing again")
    return lambda ticket: desk.reopen(ticket, spec_at(world, 0), "Fires again.")


def updating(world: World, desk: Desk, name: str) -> Callable[[Ticket], object]:
    if not desk.can.update:
        pytest.skip("this desk takes no changes")
    return lambda ticket: desk.update(ticket, spec_at(world, 1), (name,), TOKEN, "news")


WRITES: Mapping[str, Callable[[World, Desk], Callable[[Ticket], object]]] = {
    "acknowledged": lambda world, desk: moving(world, desk, Stage.ACKNOWLEDGED),
    "muted": lambda world, desk: moving(world, desk, Stage.MUTED),
    "reopen": reopening,
    "subject": lambda world, desk: updating(world, desk, "subject"),
    "workgroup": lambda world, desk: updating(world, desk, "workgroup"),
    "engineer": lambda world, desk: updating(world, desk, "engineer"),
}


def tickets_before(world: World, desk: Desk, write: str) -> Iterator[Ticket]:
    """File one ticket after the other, each seen in the moment before the write."""
    spec = spec_at(world, 0)
    for count in range(20):
        ticket = desk.create(spec, f"IB-eu-{count:012}", "")
        if write == "reopen":
            ticket = desk.resolve(ticket, spec, OnClear.RESOLVE, "over")
        yield desk.read(ticket)


@pytest.mark.parametrize("write", WRITES)
def test_a_write_whose_answer_is_lost_is_no_persons(
    world: World, answers: LosingAnswers, write: str
) -> None:
    desk = desk_at(world)
    if not desk.can.read:
        pytest.skip("this desk cannot be read")
    do = WRITES[write](world, desk)
    for which, before in enumerate(tickets_before(world, desk, write), 1):
        answers.lose(which)
        with suppress(DeskError):
            do(replace(before, present={}))
        if not answers.has_lost:
            break
        answers.lose(0)
        seen = desk.read(before, is_ours=True)
        for ticket in (seen, desk.read(seen)):
            assert (ticket.taken_over, ticket.theirs) == (False, frozenset()), which
        number = world.tickets()[-1]["number"]
        world.person(number, subject="db1 is being replaced")
        assert desk.read(seen).theirs == {"subject"}
        if seen.is_open:
            take_over(world, number, world.tickets()[-1]["status"])
            assert desk.read(seen).taken_over
        assert not desk.resolve(desk.read(seen), spec_at(world, 0), OnClear.RESOLVE, "").is_open
        assert not world.tickets()[-1]["is_open"]
    assert which > 1
