"""A ticket follows what is done about a fault that still fires, and gets its files."""

from datetime import timedelta

import pytest

from bridge.domain.alert import Handling
from bridge.domain.errors import DeskUnavailable, OutcomeUnknown, TicketRefused
from bridge.domain.incident import Phase
from bridge.domain.policy import Policy
from bridge.domain.stage import Stage
from bridge.domain.ticket import Capabilities, TicketState
from bridge.domain.window import Window
from tests.world import World

NOON = Window(zone="UTC", start=12 * 60, end=13 * 60)  # the clock begins at noon
ONE = Window(zone="UTC", start=13 * 60, end=14 * 60)
HOUR = 3600


@pytest.fixture
def world() -> World:
    world = World()
    world.desk.can = Capabilities(stages=frozenset(Stage), attach=True)
    return world


def status(world: World) -> str:
    [record] = world.desk.records.values()
    return record.ticket.status


def filed(world: World, **labels: str) -> World:
    world.fire(**labels)
    world.work()
    return world


def test_an_acknowledged_fault_moves_its_ticket_and_says_why(world: World) -> None:
    filed(world)
    world.handle(Handling.ACKNOWLEDGED)
    world.work()
    assert status(world) == "Acknowledged"
    assert world.desk.calls == ["create", "read", "move"]
    assert world.desk.records["INC-1"].notes == ["Acknowledged at the sender."]
    assert world.said()[-2:] == ["acknowledged", "moved"]


def test_word_that_changes_nothing_costs_no_call(world: World) -> None:
    filed(world)
    for _ in range(3):
        world.handle(Handling.ACKNOWLEDGED)
        world.fire()
        world.work()
    assert world.desk.calls == ["create", "read", "move"]


def test_a_silence_moves_the_ticket_there_and_back(world: World) -> None:
    filed(world)
    world.handle(Handling.MUTED)
    world.work()
    assert status(world) == "Muted"
    world.handle(Handling.UNHANDLED)
    world.work()
    assert status(world) == "Open"
    assert world.desk.records["INC-1"].notes[-1] == "No longer muted; still firing."


def test_a_window_of_the_rules_mutes_a_ticket_for_as_long_as_it_lasts(world: World) -> None:
    world.rules.policy = Policy(mute=(ONE,))
    filed(world)
    world.work_until(HOUR - 1)
    assert status(world) == "Open"
    world.work_until(1)
    assert status(world) == "Muted"
    assert "Muted until 2026-01-05 14:00:00 UTC." in world.desk.records["INC-1"].notes
    world.work_until(HOUR)
    assert status(world) == "Open"
    assert world.desk.calls.count("move") == 2


def test_a_fault_is_acknowledged_only_when_somebody_has_all_of_it(world: World) -> None:
    filed(world, severity="low")
    world.fire(severity="low", disk="b")
    world.handle(Handling.ACKNOWLEDGED, severity="low")
    world.work()
    assert status(world) == "Open"
    world.handle(Handling.ACKNOWLEDGED, severity="low", disk="b")
    world.work()
    assert status(world) == "Acknowledged"
    world.fire(severity="low", disk="c")
    world.work()
    assert status(world) == "Open"


def test_a_risen_priority_escalates(world: World) -> None:
    filed(world, severity="low")
    world.fire(severity="critical")
    world.work()
    assert status(world) == "Escalated"
    assert world.desk.calls == ["create", "read", "update", "read", "move"]
    assert "Escalated: the priority is critical now." in world.desk.records["INC-1"].notes


def test_word_of_an_alert_that_nobody_heard_of_is_ignored(world: World) -> None:
    receipt = world.handle(Handling.ACKNOWLEDGED)
    assert [touched.action.value for touched in receipt.incidents] == ["ignored"]
    assert not world.store.incidents


def test_word_of_an_alert_that_cleared_does_not_open_it(world: World) -> None:
    filed(world)
    world.resolve()
    world.work()
    world.handle(Handling.UNHANDLED)
    world.handle(Handling.ACKNOWLEDGED)
    world.work()
    assert world.incident().phase is Phase.RESOLVED


def test_a_fault_that_fires_again_is_nobodys(world: World) -> None:
    world.rules.policy = Policy(reopen_within=timedelta(hours=1))
    filed(world)
    world.handle(Handling.ACKNOWLEDGED)
    world.work()
    world.resolve()
    world.work()
    world.clock.advance(200)
    world.fire()
    world.work()
    assert status(world) == "Open"
    assert world.incident().desired.handling is Handling.UNHANDLED


def test_a_person_who_has_the_ticket_keeps_its_status(world: World) -> None:
    filed(world)
    world.desk.set("INC-1", TicketState.OPEN, taken_over=True)
    world.handle(Handling.MUTED)
    world.work()
    assert status(world) == "Open"
    assert world.said()[-1] == "not moved"
    assert world.incident().due_at is None


def test_a_ticket_that_was_taken_up_again_unnoticed_is_moved_anew(world: World) -> None:
    world.rules.policy = Policy(respect_people=False, reopen_within=timedelta(hours=1))
    filed(world)
    world.handle(Handling.ACKNOWLEDGED)
    world.work()
    world.desk.set("INC-1", TicketState.CLOSED)
    world.work_until(900)  # it is looked at, and reopened
    assert status(world) == "Acknowledged"
    world.desk.set("INC-1", TicketState.CLOSED)
    world.desk.leave_unanswered("reopen")
    world.work_until(1800)
    assert status(world) == "Acknowledged"


def test_a_move_without_an_answer_is_made_sure_of(world: World) -> None:
    filed(world)
    world.desk.leave_unanswered("move")
    world.handle(Handling.ACKNOWLEDGED)
    world.work_until(30)
    assert status(world) == "Acknowledged"
    assert world.incident().observed.stage is Stage.ACKNOWLEDGED


def test_a_fault_acknowledged_while_it_is_held_is_filed_and_then_moved(world: World) -> None:
    world.rules.policy = Policy(hold=timedelta(minutes=1))
    world.fire()
    world.handle(Handling.ACKNOWLEDGED)
    world.work_until(60)
    assert world.desk.calls[0] == "create"
    assert status(world) == "Acknowledged"


def test_files_are_put_on_the_ticket_once(world: World) -> None:
    world.rules.attachments = {"alert.json": "{}", "runbook.txt": "Look."}
    filed(world)
    world.fire()
    world.work()
    assert dict(world.desk.records["INC-1"].files) == {"alert.json": "{}", "runbook.txt": "Look."}
    assert world.desk.calls == ["create", "attach", "attach"]


def test_a_file_that_the_desk_refuses_is_given_up_and_the_ticket_goes_on(world: World) -> None:
    world.rules.attachments = {"alert.json": "{}"}
    world.desk.faults["attach"] = [TicketRefused("desk: too large")]
    filed(world)
    assert world.incident().phase is Phase.FILED
    assert world.said()[-1] == "not attached"
    world.resolve()
    world.work()
    assert world.incident().phase is Phase.RESOLVED
    assert world.desk.calls.count("attach") == 1


def test_a_file_that_did_not_arrive_is_sent_again(world: World) -> None:
    world.rules.attachments = {"alert.json": "{}"}
    world.desk.faults["attach"] = [DeskUnavailable("desk: down")]
    filed(world)
    world.work_until(30)
    assert [name for name, _ in world.desk.records["INC-1"].files] == ["alert.json"]


def test_a_new_episode_gets_its_files_too(world: World) -> None:
    world.rules.attachments = {"alert.json": "{}"}
    filed(world)
    world.resolve()
    world.work()
    world.clock.advance(1000)
    filed(world)
    assert [len(record.files) for record in world.desk.records.values()] == [1, 1]


def test_a_desk_that_knows_its_tokens_is_sent_the_create_again_ever_more_rarely(
    world: World,
) -> None:
    world.desk.can = Capabilities(find=False, create_again=True)
    world.desk.faults["create"] = [OutcomeUnknown("no answer")] * 6
    world.fire()
    world.work_until(20)
    assert 3 <= len(world.desk.calls) <= 6
    world.resolve()
    world.work_until(300)
    assert set(world.desk.calls) == {"create", "read", "resolve"}
    assert world.incident().phase is Phase.RESOLVED
    [record] = world.desk.records.values()
    assert not record.ticket.is_open
