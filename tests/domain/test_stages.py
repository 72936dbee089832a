"""Which stage a fault is in, and what its ticket is moved to for that."""

from collections.abc import Collection
from datetime import datetime, timedelta

import pytest

from bridge.domain.alert import Handling
from bridge.domain.incident import DesiredState, Incident
from bridge.domain.next_step import next_step
from bridge.domain.policy import OnClear, Policy
from bridge.domain.spec import IncidentSpec
from bridge.domain.stage import Stage
from bridge.domain.stage_of import stage_of
from bridge.domain.steps import Attach, Create, Move, Nothing, Read, Resolve, Stay, Step, Wait
from bridge.domain.ticket import Capabilities, Ticket
from bridge.domain.window import Window
from tests.builders import T0, at, make_desired, make_incident, make_ticket

NOON = Window(zone="UTC", start=12 * 60, end=13 * 60)  # T0 is at noon
MUTED = Policy(mute=(NOON,))
HOUR, DAY = 3600, 86_400
ALL = frozenset(Stage)
SHOWS = Capabilities(read=False, stages=ALL)
ACKNOWLEDGED = {"handling": Handling.ACKNOWLEDGED, "handled_at": at(10)}


@pytest.mark.parametrize(
    ("desired", "now", "stages", "stage"),
    [
        ({}, T0, ALL, Stage.OPEN),
        ({"handling": Handling.MUTED}, T0, ALL, Stage.MUTED),
        ({"handling": Handling.MUTED}, T0, ALL - {Stage.MUTED}, Stage.OPEN),
        ({"policy": MUTED}, at(HOUR - 1), ALL, Stage.MUTED),
        ({"policy": MUTED}, at(HOUR), ALL, Stage.OPEN),
        (ACKNOWLEDGED, at(10), ALL, Stage.ACKNOWLEDGED),
        (ACKNOWLEDGED, at(10), {Stage.OPEN, Stage.MUTED}, Stage.OPEN),
        ({"escalated_at": T0}, T0, ALL, Stage.ESCALATED),
        ({"escalated_at": T0}, T0, ALL - {Stage.ESCALATED}, Stage.OPEN),
        ({**ACKNOWLEDGED, "escalated_at": at(9)}, at(11), ALL, Stage.ACKNOWLEDGED),
        ({**ACKNOWLEDGED, "escalated_at": at(11)}, at(11), ALL, Stage.ESCALATED),
        ({**ACKNOWLEDGED, "escalated_at": at(11)}, at(11), ALL - {Stage.ESCALATED},
         Stage.ACKNOWLEDGED),
        ({**ACKNOWLEDGED, "escalated_at": at(11), "policy": MUTED}, at(11), ALL, Stage.MUTED),
    ],
    ids=["firing", "silenced", "silenced, and the desk shows it not", "in a window",
         "after the window", "acknowledged", "acknowledged, and the desk shows it not",
         "escalated", "escalated, and the desk shows it not", "acknowledged since it escalated",
         "escalated since it was acknowledged", "escalated unseen", "muted above all"],
)  # fmt: skip
def test_the_stage_is_the_one_that_comes_before_all_others(
    desired: dict[str, object], now: datetime, stages: Collection[Stage], stage: Stage
) -> None:
    assert stage_of(make_desired(**desired), stages, now) is stage


def filed(
    desired: dict[str, object] | None = None, ticket: Ticket | None = None, **observed: object
) -> Incident:
    told = {"generation": 1, "spec": IncidentSpec(subject="Disk full")}
    return make_incident(desired, {"ticket": ticket or make_ticket(), **told, **observed})


@pytest.mark.parametrize(
    ("incident", "step"),
    [
        (filed(ACKNOWLEDGED), Move(Stage.ACKNOWLEDGED)),
        (filed(ACKNOWLEDGED, stage=Stage.ACKNOWLEDGED), Nothing("the ticket is as desired")),
        (filed({}, stage=Stage.ACKNOWLEDGED), Move(Stage.OPEN)),
        (filed(ACKNOWLEDGED, make_ticket(taken_over=True)), Stay(Stage.ACKNOWLEDGED)),
        (filed(ACKNOWLEDGED, make_ticket(status="Assigned")), Move(Stage.ACKNOWLEDGED)),
        (filed({}, make_ticket(status="Pending"), stage=Stage.MUTED, moved_to="Pending"),
         Move(Stage.OPEN)),
        (filed({}, make_ticket(status="In Progress"), stage=Stage.MUTED, moved_to="Pending"),
         Stay(Stage.OPEN)),
        (filed({"policy": Policy(respect_people=False)}, make_ticket(status="In Progress"),
               stage=Stage.MUTED, moved_to="Pending"), Move(Stage.OPEN)),
    ],
    ids=["to a stage", "there already", "back", "a person has it", "the desk assigned it itself",
         "back from where it was put", "a person moved it on", "people are of no account"],
)  # fmt: skip
def test_a_ticket_follows_the_stage_unless_a_person_has_it(incident: Incident, step: Step) -> None:
    assert next_step(incident, T0, SHOWS) == step


def test_a_ticket_is_looked_at_before_it_is_moved() -> None:
    can = Capabilities(stages=ALL)
    assert next_step(filed(ACKNOWLEDGED), T0, can) == Read()
    assert next_step(filed(ACKNOWLEDGED), T0, can, just_read=True) == Move(Stage.ACKNOWLEDGED)


def test_a_desk_without_statuses_for_stages_is_never_asked() -> None:
    assert isinstance(next_step(filed(ACKNOWLEDGED), T0, Capabilities()), Nothing)


def test_the_change_of_fields_comes_before_the_move() -> None:
    changed = filed({**ACKNOWLEDGED, "generation": 2, "spec": IncidentSpec(subject="Disk fuller")})
    assert not isinstance(next_step(changed, T0, SHOWS), Move)


@pytest.mark.parametrize(
    ("seconds", "stage", "until"),
    [(0, Stage.MUTED, HOUR), (HOUR, Stage.OPEN, DAY), (-1, Stage.OPEN, 0)],
    ids=["its end", "the next one", "its beginning"],
)
def test_the_clock_wakes_the_worker_when_a_mute_begins_or_ends(
    seconds: int, stage: Stage, until: int
) -> None:
    incident = filed({"policy": MUTED}, stage=stage)
    waiting = Wait(at(until), "a mute begins or ends")
    assert next_step(incident, at(seconds), SHOWS) == waiting
    is_idle = next_step(incident, at(seconds), Capabilities(read=False))
    assert is_idle == Nothing("the ticket is as desired")


def test_a_window_whose_last_day_is_over_wakes_nobody() -> None:
    over = Window(zone="UTC", start=720, end=780, first=T0.date(), last=T0.date())
    incident = filed({"policy": Policy(mute=(over,))})
    assert isinstance(next_step(incident, at(HOUR), SHOWS), Nothing)


def test_a_window_that_begins_in_a_year_is_waited_for() -> None:
    later = Window(zone="UTC", start=720, end=780, first=(T0 + timedelta(days=365)).date())
    step = next_step(filed({"policy": Policy(mute=(later,))}), T0, SHOWS)
    assert step == Wait(T0 + timedelta(days=365), "a mute begins or ends")


@pytest.mark.parametrize(
    ("seconds", "how"), [(300, OnClear.CANCEL), (301, OnClear.RESOLVE)], ids=["a blip", "longer"]
)
def test_what_clears_soon_after_it_was_filed_is_cancelled(seconds: int, how: OnClear) -> None:
    can = Capabilities(read=False, cancel_within=timedelta(minutes=5))
    cleared = filed({"state": DesiredState.CLEAR, "since": at(seconds)}, filed_at=T0)
    assert next_step(cleared, at(seconds), can) == Resolve(how)


def test_a_note_on_clear_is_no_cancelling() -> None:
    can = Capabilities(read=False, cancel_within=timedelta(minutes=5))
    policy = Policy(on_clear=OnClear.NONE)
    cleared = filed({"state": DesiredState.CLEAR, "policy": policy}, filed_at=T0)
    assert not isinstance(next_step(cleared, T0, can), Resolve)


WITH_FILES: dict[str, object] = {
    "spec": IncidentSpec(subject="Disk full", attachments={"b.txt": "", "a.json": "{}"})
}


def test_every_file_is_put_on_the_ticket_once() -> None:
    can = Capabilities(attach=True)
    assert next_step(filed(WITH_FILES), T0, can) == Attach("a.json")
    assert next_step(filed(WITH_FILES, attached=frozenset({"a.json"})), T0, can) == Attach("b.txt")
    both = filed(WITH_FILES, attached=frozenset({"a.json", "b.txt"}))
    assert next_step(both, T0, can) == Nothing("the ticket is as desired")


def test_a_desk_that_takes_no_files_is_sent_none() -> None:
    assert isinstance(next_step(filed(WITH_FILES), T0, Capabilities()), Nothing)


def test_a_desk_that_knows_its_tokens_is_asked_again_rather_than_searched() -> None:
    can = Capabilities(find=False, create_again=True)
    for state in DesiredState:
        sent = make_incident({"state": state}, {"create_sent_at": T0})
        assert next_step(sent, T0, can) == Create()
