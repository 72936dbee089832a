"""The one decision of the bridge: what to do next about an incident."""

from datetime import datetime
from typing import assert_never

from bridge.domain.doubt import after_unknown_create, while_in_doubt
from bridge.domain.incident import Desired, Incident, net_news
from bridge.domain.policy import OnClear
from bridge.domain.spec import IncidentSpec
from bridge.domain.stage_of import stage_changes_at, stage_of
from bridge.domain.steps import (
    Attach,
    BeginEpisode,
    Cancel,
    CloseStray,
    Create,
    Expire,
    LeaveOverflow,
    Move,
    Nothing,
    Read,
    Reopen,
    Resolve,
    Rest,
    Silence,
    Stay,
    Step,
    Tell,
    Update,
    Wait,
    sooner,
)
from bridge.domain.ticket import Capabilities, Ticket, TicketState
from bridge.domain.window import muted_until


def next_step(
    incident: Incident,
    now: datetime,
    can: Capabilities,
    *,
    just_read: bool = False,
    is_look: bool = False,
    listening_since: datetime | None = None,
) -> Step:
    """Decide what closes the difference between desired and observed; same input, same step.

    `just_read` says that the observed ticket is as the desk has it at this moment, `is_look` that
    it is time to see whether it still is as known, and `listening_since` from when on a heartbeat
    would have been heard: silence while nobody listened proves nothing.
    """
    step = _step(incident, now, can, just_read=just_read)
    if incident.observed.strays and isinstance(step, Nothing | Wait | Cancel):
        return CloseStray(incident.observed.strays[0])
    if isinstance(step, Nothing | Wait):
        step = while_in_doubt(step, incident.observed, now, can)
    if isinstance(step, Nothing | Wait | Cancel):
        step = _while_expecting(step, incident, listening_since, now)
    is_idle = isinstance(step, Nothing | Wait) and incident.observed.ticket is not None
    return Read() if is_look and is_idle and can.read and not just_read else step


def _step(incident: Incident, now: datetime, can: Capabilities, *, just_read: bool) -> Step:
    if incident.is_parked:
        return Nothing(f"parked: {incident.observed.parked_reason}")
    if incident.ended_at is not None:
        return _after_end(incident, now, can)
    return _towards_desired(incident, now, can, just_read=just_read)


def _after_end(incident: Incident, now: datetime, can: Capabilities) -> Step:
    """Close the ticket of an episode that is over when that is due, whatever has followed it."""
    ticket, resolved_at = incident.observed.ticket, incident.observed.resolved_at
    if ticket is None or resolved_at is None:
        return Nothing("this episode is over")
    step = _after_resolve(ticket, resolved_at, now, can)
    return Nothing("this episode is over") if isinstance(step, Nothing) else step


def _towards_desired(
    incident: Incident, now: datetime, can: Capabilities, *, just_read: bool
) -> Step:
    ticket = incident.observed.ticket
    if ticket is None:
        return _without_ticket(incident, now, can)
    if incident.observed.unsure_since is not None and not just_read:
        return (
            Read()
            if can.read
            else _after_unknown_end(incident, incident.observed.unsure_since, can)
        )
    if incident.observed.moving_since is not None and not just_read and can.read:
        return Read()
    if ticket.is_open:
        step = _with_open_ticket(incident, ticket, now, can)
    else:
        step = _with_ticket_at_rest(incident, ticket, now, can)
    return Read() if _looks_first(step, incident, can, just_read=just_read) else step


def begins_new_episode(incident: Incident, now: datetime) -> bool:
    """Say whether a firing at `now` belongs to a new episode rather than to this one."""
    if incident.ended_at is not None:
        return True
    ticket, resolved_at = incident.observed.ticket, incident.observed.resolved_at
    is_left_open = ticket is not None and ticket.is_open
    if resolved_at is None or incident.desired.is_open or is_left_open:
        return False
    return now > resolved_at + incident.desired.policy.reopen_within


def _while_expecting(
    step: Nothing | Wait | Cancel, incident: Incident, since: datetime | None, now: datetime
) -> Step:
    """Look after a heartbeat: nothing else is to be done before its next beat is overdue."""
    every, beat_at = incident.desired.policy.expect_every, incident.desired.fired_at
    if every is None or incident.desired.is_open or _is_out_of_hands(incident):
        return step
    silent_at = max(beat_at, since or beat_at) + every
    if now >= silent_at:
        return Silence()
    return sooner(step, silent_at, "a heartbeat is expected by then")


def _is_out_of_hands(incident: Incident) -> bool:
    return incident.is_parked or incident.ended_at is not None


def _without_ticket(incident: Incident, now: datetime, can: Capabilities) -> Step:
    desired = incident.desired
    if incident.observed.create_sent_at is not None:
        return after_unknown_create(incident, incident.observed.create_sent_at, now, can)
    if incident.overflow_id is not None:
        is_listed = Nothing("the overflow ticket lists it")
        return is_listed if desired.is_open else LeaveOverflow()
    if not desired.is_open:
        return Cancel("cleared before anything was filed")
    held_until = desired.since + desired.policy.hold
    if now < held_until:
        return Wait(held_until, "held: filed only if still firing")
    if (waiting := _waits_to_begin(desired, now)) is not None:
        return waiting
    expiry = _expiry(incident, now)
    return expiry if isinstance(expiry, Expire) else Create()


def _waits_to_begin(desired: Desired, now: datetime) -> Wait | None:
    if desired.late_until is not None and now < desired.late_until:
        return Wait(desired.late_until, "a late firing, just after the resolve")
    unmuted_at = muted_until(desired.policy.mute, now)
    return Wait(unmuted_at, "muted: filed only if still firing") if unmuted_at else None


def _after_unknown_end(incident: Incident, sent_at: datetime, can: Capabilities) -> Step:
    """Assume, where nobody can look, that the ticket is not as the alerts want it."""
    if not incident.desired.is_open:
        return Resolve(incident.desired.policy.on_clear)
    came_back_in_time = incident.desired.since <= sent_at + incident.desired.policy.reopen_within
    return Reopen() if came_back_in_time and can.reopen else BeginEpisode()


def _with_open_ticket(incident: Incident, ticket: Ticket, now: datetime, can: Capabilities) -> Step:
    if not incident.desired.is_open:
        return _after_clear(incident, ticket, now, can)
    expiry = _expiry(incident, now)
    if isinstance(expiry, Expire):
        return expiry
    is_told = incident.observed.generation == incident.desired.generation
    change = None if is_told else _tell_the_change(incident, ticket)
    step = change or _follow_the_stage(incident, ticket, now, can) or _attach(incident, can)
    return step or _while_the_stage_lasts(expiry, incident, now, can)


def _follow_the_stage(
    incident: Incident, ticket: Ticket, now: datetime, can: Capabilities
) -> Step | None:
    stage, observed = stage_of(incident.desired, can.stages, now), incident.observed
    if stage is observed.stage or stage not in can.stages:
        return None
    # What a desk's own automation does to a new ticket is no person's doing; a move undone is.
    is_undone = observed.moved_to is not None and ticket.status != observed.moved_to
    is_theirs = incident.desired.policy.respect_people and (ticket.taken_over or is_undone)
    return Stay(stage) if is_theirs else Move(stage)


def _attach(incident: Incident, can: Capabilities) -> Step | None:
    missing = incident.desired.spec.attachments.keys() - incident.observed.attached
    return Attach(min(missing)) if missing and can.attach else None


def _while_the_stage_lasts(
    expiry: Wait | None, incident: Incident, now: datetime, can: Capabilities
) -> Step:
    step = expiry or Nothing("the ticket is as desired")
    changes_at = stage_changes_at(incident.desired, can.stages, now)
    return step if changes_at is None else sooner(step, changes_at, "a mute begins or ends")


def _tell_the_change(incident: Incident, ticket: Ticket) -> Step | None:
    changed, respects = _changed(incident), incident.desired.policy.respect_people
    ours = tuple(name for name in changed if not (respects and name in ticket.theirs))
    if changed and ticket.taken_over and respects:
        return Tell("a person took the ticket over", changed)
    if ours:
        return Update(ours)
    if changed:
        return Tell(f"a person set {', '.join(changed)}", changed)
    return Tell("there is news") if net_news(incident.news) else None


def _after_clear(incident: Incident, ticket: Ticket, now: datetime, can: Capabilities) -> Step:
    policy = incident.desired.policy
    if incident.observed.resolved_at is not None:
        return Nothing("cleared; the open ticket is left to people")
    resolve_at = incident.desired.since + policy.resolve_after
    if now < resolve_at:
        return Wait(resolve_at, "clear, but it may fire again")
    is_told = incident.observed.generation == incident.desired.generation
    match policy.on_clear:
        case OnClear.NONE:
            return Rest("cleared; the rule leaves the ticket to people")
        case OnClear.NOTE:
            return Rest("cleared; said in a note") if is_told else Tell("cleared")
        case OnClear.RESOLVE | OnClear.CLOSE | OnClear.CANCEL as how:
            if ticket.taken_over and policy.respect_people:
                return Rest("a person has it") if is_told else Tell("cleared; a person has it")
            return Resolve(OnClear.CANCEL if _was_a_blip(incident, can) else how)
        case _:
            assert_never(policy.on_clear)


def _was_a_blip(incident: Incident, can: Capabilities) -> bool:
    filed_at = incident.observed.filed_at
    if can.cancel_within is None or filed_at is None:
        return False
    return incident.desired.since <= filed_at + can.cancel_within


def _with_ticket_at_rest(
    incident: Incident, ticket: Ticket, now: datetime, can: Capabilities
) -> Step:
    desired, resolved_at = incident.desired, incident.observed.resolved_at
    if not desired.is_open:
        if resolved_at is None:
            return Rest("a person had finished the ticket")
        return _after_resolve(ticket, resolved_at, now, can)
    if (waiting := _waits_to_begin(desired, now)) is not None:
        return waiting
    if resolved_at is None and desired.policy.respect_people:
        return Nothing("a person finished the ticket while the alert fires")
    came_back_in_time = desired.since <= (resolved_at or now) + desired.policy.reopen_within
    return Reopen() if came_back_in_time and can.reopen else BeginEpisode()


def _after_resolve(ticket: Ticket, resolved_at: datetime, now: datetime, can: Capabilities) -> Step:
    if can.close_after is None or ticket.state is not TicketState.RESOLVED:
        return Nothing("resolved")
    close_at = resolved_at + can.close_after
    return Resolve(OnClear.CLOSE) if now >= close_at else Wait(close_at, "closed later")


def _changed(incident: Incident) -> tuple[str, ...]:
    """Name the fields in which the ticket may differ from what it should say."""
    observed, spec = incident.observed, incident.desired.spec
    told = observed.spec if observed.spec is not None else IncidentSpec()
    doubtful = spec.changed_fields(observed.sent_spec) if observed.sent_spec is not None else ()
    changed = spec.changed_fields(told)
    return (*changed, *(name for name in doubtful if name not in changed))


def _expiry(incident: Incident, now: datetime) -> Expire | Wait | None:
    expire_after = incident.desired.policy.expire_after
    # Of a heartbeat that stays away it is the silence that goes on, not the firing.
    if expire_after is None or incident.desired.policy.expect_every is not None:
        return None
    at = incident.desired.fired_at + expire_after
    return Expire() if now >= at else Wait(at, "expires unless it fires again")


def _looks_first(step: Step, incident: Incident, can: Capabilities, *, just_read: bool) -> bool:
    if just_read or not can.read or not incident.desired.policy.respect_people:
        return False
    is_taken_up_again = isinstance(step, Tell) and incident.observed.resolved_at is not None
    return isinstance(step, Update | Move | Stay | Resolve) or is_taken_up_again
