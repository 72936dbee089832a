"""The table of next_step: every row of the architecture page, and the rows between."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.domain.doubt import LOOKUPS_AFTER
from bridge.domain.incident import DesiredState, Incident, MemberNews, News
from bridge.domain.next_step import begins_new_episode, next_step
from bridge.domain.policy import OnClear, Policy
from bridge.domain.spec import IncidentSpec
from bridge.domain.steps import (
    BeginEpisode,
    Cancel,
    CloseStray,
    Create,
    Expire,
    LeaveOverflow,
    LookUp,
    Nothing,
    Park,
    Read,
    Reopen,
    Resolve,
    Rest,
    Silence,
    Step,
    Tell,
    Update,
    Wait,
)
from bridge.domain.ticket import Capabilities, TicketState
from bridge.domain.window import Window
from tests.builders import T0, at, make_incident, make_ticket

CLEAR = DesiredState.CLEAR
MINUTE = timedelta(minutes=1)
HOLD = Policy(hold=MINUTE)
NOON = Window(zone="UTC", start=12 * 60, end=13 * 60)  # T0 is at noon
HOUR = 3600
MUTED = Policy(mute=(NOON,), reopen_within=timedelta(hours=2))
NO_READ = Capabilities(read=False)
TOLD = {"generation": 1, "spec": IncidentSpec(subject="Disk full")}
OPEN = {"ticket": make_ticket(), **TOLD}
TAKEN_OVER = {"ticket": make_ticket(taken_over=True), **TOLD}
RESOLVED = {
    "ticket": make_ticket(status="Resolved", state=TicketState.RESOLVED),
    "resolved_at": T0,
    **TOLD,
}
CLOSED_BY_PERSON = {"ticket": make_ticket(status="Closed", state=TicketState.CLOSED), **TOLD}
SENT = {"create_sent_at": T0}
ALL_LOOKUPS = {**SENT, "lookups": len(LOOKUPS_AFTER)}
BEAT = Policy(expect_every=MINUTE)
STRAY = make_ticket(number="INC-2", id="2")
CHANGED = {"generation": 2, "spec": IncidentSpec(subject="Disk full", priority="high")}


def news(*what: News) -> tuple[MemberNews, ...]:
    return tuple(
        MemberNews(entry=n, what=w, fingerprint="f", title="DiskFull", at=T0)
        for n, w in enumerate(what, start=1)
    )


CASES: list[tuple[str, Incident, float, Step]] = [
    ("a clear before anything was sent cancels",
     make_incident({"state": CLEAR}), 0, Cancel("cleared before anything was filed")),
    ("an unanswered create is looked up, but not at once",
     make_incident({}, SENT), 0, Wait(at(1), "the desk may index late")),
    ("an unanswered create is looked up",
     make_incident({}, SENT), 1, LookUp()),
    ("the second look is spaced",
     make_incident({}, {**SENT, "lookups": 1}), 2, Wait(at(4), "the desk may index late")),
    ("a clear does not skip the look",
     make_incident({"state": CLEAR}, SENT), 1, LookUp()),
    ("nothing found: file again",
     make_incident({}, ALL_LOOKUPS), 60, Create()),
    ("nothing found and clear: nothing to file",
     make_incident({"state": CLEAR}, ALL_LOOKUPS), 60, Cancel("the create never arrived")),
    ("held while the fault may pass by itself",
     make_incident({"policy": HOLD}), 59, Wait(at(60), "held: filed only if still firing")),
    ("filed once it outlived the hold",
     make_incident({"policy": HOLD}), 60, Create()),
    ("nothing is filed while it is muted",
     make_incident({"policy": MUTED}), HOUR - 1,
     Wait(at(HOUR), "muted: filed only if still firing")),
    ("what still fires when the window ends is filed",
     make_incident({"policy": MUTED}), HOUR, Create()),
    ("what cleared while it was muted is never filed",
     make_incident({"policy": MUTED, "state": CLEAR}), 60,
     Cancel("cleared before anything was filed")),
    ("a hold that outlasts the window goes on",
     make_incident({"policy": Policy(mute=(NOON,), hold=2 * 60 * MINUTE)}), HOUR,
     Wait(at(2 * HOUR), "held: filed only if still firing")),
    ("a create that may have worked is looked up, muted or not",
     make_incident({"policy": MUTED}, SENT), 1, LookUp()),
    ("a ticket filed before the window goes on being told",
     make_incident({**CHANGED, "policy": MUTED}, OPEN), 0, Update(("priority",))),
    ("a ticket filed before the window is resolved in it",
     make_incident({"state": CLEAR, "generation": 2, "policy": MUTED}, OPEN), 0,
     Resolve(OnClear.RESOLVE)),
    ("a resolved ticket is not reopened while it is muted",
     make_incident({"generation": 2, "policy": MUTED}, RESOLVED), HOUR - 1,
     Wait(at(HOUR), "muted: filed only if still firing")),
    ("a resolved ticket is reopened when the window ends",
     make_incident({"generation": 2, "policy": MUTED}, RESOLVED), HOUR, Reopen()),
    ("an echo of before the resolve waits until it has settled",
     make_incident({"late_until": at(90)}), 89,
     Wait(at(90), "a late firing, just after the resolve")),
    ("a late firing that stays is filed",
     make_incident({"late_until": at(90)}), 90, Create()),
    ("a new fault is filed", make_incident(), 0, Create()),
    ("a fault that fell silent before it was filed expires",
     make_incident({"policy": Policy(expire_after=MINUTE)}), 60, Expire()),
    ("expiry does not delay filing",
     make_incident({"policy": Policy(expire_after=MINUTE)}), 59, Create()),
    ("as desired", make_incident({}, OPEN), 0, Nothing("the ticket is as desired")),
    ("as desired, watched for silence",
     make_incident({"policy": Policy(expire_after=MINUTE)}, OPEN), 0,
     Wait(at(60), "expires unless it fires again")),
    ("silence is a clear",
     make_incident({"policy": Policy(expire_after=MINUTE)}, OPEN), 60, Expire()),
    ("only what differs is written",
     make_incident(CHANGED, OPEN), 0, Update(("priority",))),
    ("a person's ticket is told, not overwritten",
     make_incident(CHANGED, TAKEN_OVER), 0,
     Tell("a person took the ticket over", ("priority",))),
    ("what a person wrote is left, what the bridge wrote is kept current",
     make_incident({"generation": 2, "spec": IncidentSpec(subject="Full", priority="high")},
                   {"ticket": make_ticket(theirs=frozenset({"priority"})), **TOLD}), 0,
     Update(("subject",))),
    ("where only a person's words differ, that is said",
     make_incident(CHANGED, {"ticket": make_ticket(theirs=frozenset({"priority"})), **TOLD}), 0,
     Tell("a person set priority", ("priority",))),
    ("a person's words are written over, where the policy says so",
     make_incident({**CHANGED, "policy": Policy(respect_people=False)},
                   {"ticket": make_ticket(theirs=frozenset({"priority"})), **TOLD}), 0,
     Update(("priority",))),
    ("a member's coming is told",
     make_incident({"generation": 2}, OPEN, news=news(News.JOINED)), 0, Tell("there is news")),
    ("a member that came and went is no news",
     make_incident({"generation": 2}, OPEN, news=news(News.JOINED, News.CLEARED)), 0,
     Nothing("the ticket is as desired")),
    ("resolve waits for flapping to end",
     make_incident({"state": CLEAR, "policy": Policy(resolve_after=MINUTE)}, OPEN), 59,
     Wait(at(60), "clear, but it may fire again")),
    ("cleared means resolved",
     make_incident({"state": CLEAR, "generation": 2}, OPEN), 0, Resolve(OnClear.RESOLVE)),
    ("cleared means closed, where the rule says so",
     make_incident({"state": CLEAR, "policy": Policy(on_clear=OnClear.CLOSE)}, OPEN), 0,
     Resolve(OnClear.CLOSE)),
    ("cleared is only said, where the rule says so",
     make_incident({"state": CLEAR, "generation": 2, "policy": Policy(on_clear=OnClear.NOTE)},
                   OPEN), 0, Tell("cleared")),
    ("said once",
     make_incident({"state": CLEAR, "policy": Policy(on_clear=OnClear.NOTE)}, OPEN), 0,
     Rest("cleared; said in a note")),
    ("cleared is nobody's business, where the rule says so",
     make_incident({"state": CLEAR, "policy": Policy(on_clear=OnClear.NONE)}, OPEN), 0,
     Rest("cleared; the rule leaves the ticket to people")),
    ("a person's ticket is not resolved",
     make_incident({"state": CLEAR, "generation": 2}, TAKEN_OVER), 0,
     Tell("cleared; a person has it")),
    ("a person's ticket is told once",
     make_incident({"state": CLEAR}, TAKEN_OVER), 0, Rest("a person has it")),
    ("a person's ticket is resolved, where the policy says so",
     make_incident({"state": CLEAR, "policy": Policy(respect_people=False)}, TAKEN_OVER), 0,
     Resolve(OnClear.RESOLVE)),
    ("resolved and clear", make_incident({"state": CLEAR}, RESOLVED), 0, Nothing("resolved")),
    ("closed by a person before the clear",
     make_incident({"state": CLEAR}, CLOSED_BY_PERSON), 0,
     Rest("a person had finished the ticket")),
    ("closed by a person while it fires",
     make_incident({}, CLOSED_BY_PERSON), 0,
     Nothing("a person finished the ticket while the alert fires")),
    ("a refire soon after reopens",
     make_incident({"since": at(60), "policy": Policy(reopen_within=MINUTE)}, RESOLVED), 300,
     Reopen()),
    ("a refire later is a new episode",
     make_incident({"since": at(61), "policy": Policy(reopen_within=MINUTE)}, RESOLVED), 300,
     BeginEpisode()),
    ("a late firing after the resolve waits",
     make_incident({"since": at(10), "late_until": at(90),
                    "policy": Policy(reopen_within=MINUTE)}, RESOLVED), 10,
     Wait(at(90), "a late firing, just after the resolve")),
    ("what is parked waits for a person",
     make_incident({}, {"parked_reason": "no such category"}), 0,
     Nothing("parked: no such category")),
    ("what is parked is tried again once the alerts turned",
     make_incident({"state": CLEAR, "since": at(9), "generation": 2},
                   {**OPEN, "parked_reason": "no such category", "parked_at": T0}), 9,
     Resolve(OnClear.RESOLVE)),
    ("what is parked and was never filed is given up once the alerts cleared",
     make_incident({"state": CLEAR, "since": at(9)},
                   {"parked_reason": "no such category", "parked_at": T0}), 9,
     Cancel("cleared before anything was filed")),
    ("what has ended stays ended",
     make_incident(ended_at=T0), 0, Nothing("this episode is over")),
    ("a ticket beside the one that should be alone is resolved first",
     make_incident({}, {**OPEN, "strays": (STRAY,)}), 0, CloseStray(STRAY)),
    ("also when the incident is over",
     make_incident({}, {"strays": (STRAY,)}, ended_at=T0), 0, CloseStray(STRAY)),
    ("listed in an overflow ticket, it gets none of its own",
     make_incident(overflow_id="02"), 0, Nothing("the overflow ticket lists it")),
    ("and the overflow ticket is told when it clears",
     make_incident({"state": CLEAR}, overflow_id="02"), 0, LeaveOverflow()),
    ("a heartbeat is waited for",
     make_incident({"state": CLEAR, "policy": BEAT}), 59,
     Wait(at(60), "a heartbeat is expected by then")),
    ("its silence is the fault", make_incident({"state": CLEAR, "policy": BEAT}), 60, Silence()),
    ("which is filed", make_incident({"policy": BEAT}), 60, Create()),
    ("and does not expire",
     make_incident({"policy": replace(BEAT, expire_after=MINUTE)}, OPEN), 3600,
     Nothing("the ticket is as desired")),
    ("a heartbeat that is back is waited for again",
     make_incident({"state": CLEAR, "fired_at": at(100), "policy": BEAT}, RESOLVED), 101,
     Wait(at(160), "a heartbeat is expected by then")),
    ("and missed again", make_incident({"state": CLEAR, "policy": BEAT}, RESOLVED), 60, Silence()),
    ("first of all its ticket is resolved",
     make_incident({"state": CLEAR, "policy": BEAT, "generation": 2}, OPEN), 60,
     Resolve(OnClear.RESOLVE)),
    ("a parked heartbeat is a person's",
     make_incident({"state": CLEAR, "policy": BEAT}, {"parked_reason": "no"}), 60,
     Nothing("parked: no")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("incident", "seconds", "step"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_the_table_of_next_step(incident: Incident, seconds: float, step: Step) -> None:
    assert next_step(incident, at(seconds), NO_READ) == step


@pytest.mark.parametrize(
    "incident",
    [
        make_incident(CHANGED, OPEN),
        make_incident({"state": CLEAR, "generation": 2}, OPEN),
        make_incident({"generation": 2}, {**OPEN, "resolved_at": T0}, news=news(News.JOINED)),
    ],
    ids=["update", "resolve", "taken up again"],
)
def test_the_ticket_is_looked_at_before_it_is_written_to(incident: Incident) -> None:
    assert next_step(incident, T0, Capabilities()) == Read()
    assert next_step(incident, T0, Capabilities(), just_read=True) != Read()


@pytest.mark.parametrize("observed", [OPEN, CLOSED_BY_PERSON])
def test_a_ticket_is_looked_at_from_time_to_time_while_its_alert_fires(
    observed: dict[str, object],
) -> None:
    incident = make_incident({}, observed)
    assert next_step(incident, T0, Capabilities(), is_look=True) == Read()
    assert next_step(incident, T0, Capabilities(), is_look=True, just_read=True) != Read()
    assert next_step(incident, T0, NO_READ, is_look=True) != Read()


def test_silence_counts_only_from_when_somebody_listened() -> None:
    incident = make_incident({"state": CLEAR, "policy": BEAT})
    step = next_step(incident, at(100), NO_READ, listening_since=at(90))
    assert step == Wait(at(150), "a heartbeat is expected by then")
    assert next_step(incident, at(150), NO_READ, listening_since=at(90)) == Silence()


CLOSES = Capabilities(read=False, close_after=timedelta(days=3))


@pytest.mark.parametrize(
    ("observed", "seconds", "step"),
    [
        (RESOLVED, 60, Wait(T0 + timedelta(days=3), "closed later")),
        (RESOLVED, 3 * 86_400, Resolve(OnClear.CLOSE)),
        ({**RESOLVED, "ticket": CLOSED_BY_PERSON["ticket"]}, 3 * 86_400, Nothing("resolved")),
        ({**RESOLVED, "ticket": make_ticket()}, 3 * 86_400, None),
    ],
)
def test_a_desk_that_closes_resolved_tickets_later_is_told_to(
    observed: dict[str, object], seconds: float, step: Step | None
) -> None:
    incident = make_incident({"state": CLEAR}, observed)
    expected = step or Nothing("cleared; the open ticket is left to people")
    assert next_step(incident, at(seconds), CLOSES) == expected


def test_a_ticket_is_looked_at_before_it_is_closed_for_good() -> None:
    can = Capabilities(close_after=timedelta(0))
    assert next_step(make_incident({"state": CLEAR}, RESOLVED), T0, can) == Read()


def test_without_respect_for_people_nobody_is_looked_for() -> None:
    incident = make_incident(
        {"state": CLEAR, "generation": 2, "policy": Policy(respect_people=False)}, OPEN
    )
    assert next_step(incident, T0, Capabilities()) == Resolve(OnClear.RESOLVE)


def test_a_desk_that_cannot_be_searched_follows_its_policy() -> None:
    sent = make_incident({}, SENT)
    holds = Capabilities(find=False)
    files_again = Capabilities(find=False, create_when_unknown=True)
    assert isinstance(next_step(sent, at(60), holds), Park)
    assert next_step(sent, at(60), files_again) == Create()


def test_a_desk_that_cannot_reopen_gets_a_new_ticket() -> None:
    incident = make_incident({"policy": Policy(reopen_within=MINUTE)}, RESOLVED)
    assert next_step(incident, T0, Capabilities(reopen=False)) == BeginEpisode()


@pytest.mark.parametrize(
    ("incident", "seconds", "begins"),
    [
        (make_incident({"state": CLEAR}, RESOLVED), 1, True),
        (make_incident({"state": CLEAR, "policy": Policy(reopen_within=MINUTE)}, RESOLVED), 60,
         False),
        (make_incident({"state": CLEAR, "policy": Policy(reopen_within=MINUTE)}, RESOLVED), 61,
         True),
        (make_incident({"state": CLEAR}, OPEN), 999, False),
        (make_incident({"state": CLEAR}, {**OPEN, "resolved_at": T0}), 999, False),
        (make_incident(ended_at=T0), 0, True),
        (make_incident(), 0, False),
    ],
    ids=["resolved", "within reopen_within", "after it", "not resolved yet",
         "left open on purpose", "ended", "open"],
)  # fmt: skip
def test_a_firing_begins_a_new_episode_only_after_the_old_one(
    incident: Incident, seconds: float, *, begins: bool
) -> None:
    assert begins_new_episode(incident, at(seconds)) is begins


@given(
    state=st.sampled_from(DesiredState),
    observed=st.sampled_from([{}, OPEN, RESOLVED, CLOSED_BY_PERSON, TAKEN_OVER, SENT, ALL_LOOKUPS]),
    generation=st.integers(1, 3),
    seconds=st.floats(0, 10_000),
    policy=st.builds(
        Policy,
        hold=st.timedeltas(timedelta(0), timedelta(hours=1)),
        resolve_after=st.timedeltas(timedelta(0), timedelta(hours=1)),
        reopen_within=st.timedeltas(timedelta(0), timedelta(hours=1)),
        expire_after=st.none() | st.timedeltas(timedelta(0), timedelta(hours=1)),
        on_clear=st.sampled_from(OnClear),
        respect_people=st.booleans(),
    ),
)
def test_a_wait_always_ends_later_and_a_step_is_always_found(
    state: DesiredState,
    observed: dict[str, object],
    generation: int,
    seconds: float,
    policy: Policy,
) -> None:
    incident = make_incident({"state": state, "generation": generation, "policy": policy}, observed)
    now = at(seconds)
    step = next_step(incident, now, Capabilities())
    if isinstance(step, Wait):
        assert step.until > now
    if state is CLEAR:
        assert not isinstance(step, Create | Reopen | Update)
