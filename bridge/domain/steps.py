"""The one decision of the bridge: what to do next about an incident."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never

from bridge.domain.incident import Incident, net_news
from bridge.domain.policy import OnClear
from bridge.domain.spec import IncidentSpec
from bridge.domain.ticket import Capabilities, Ticket, TicketState

#: How long after an unknown create each search is made: desks index late, some by seconds.
LOOKUPS_AFTER: tuple[timedelta, ...] = (
    timedelta(seconds=1),
    timedelta(seconds=4),
    timedelta(seconds=10),
)


@dataclass(frozen=True, slots=True)
class Nothing:
    """The desk has what the alerts want, or nothing may be done."""

    reason: str


@dataclass(frozen=True, slots=True)
class Wait:
    """Decide again at `until`, unless something changes before."""

    until: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Cancel:
    """End the incident; nothing was ever filed."""

    reason: str


@dataclass(frozen=True, slots=True)
class LookUp:
    """Search the desk for a ticket that an earlier create may have made."""


@dataclass(frozen=True, slots=True)
class Create:
    """File the ticket."""


@dataclass(frozen=True, slots=True)
class Read:
    """Look at the ticket before writing to it: a person may have been there."""


@dataclass(frozen=True, slots=True)
class Update:
    """Write the named fields, and nothing else, and tell the members' news."""

    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tell:
    """Add a note; leave the ticket as it is."""

    reason: str


@dataclass(frozen=True, slots=True)
class Resolve:
    """Bring the ticket to rest, through whatever transitions its desk demands."""

    how: OnClear


@dataclass(frozen=True, slots=True)
class Reopen:
    """Take up the same ticket again."""


@dataclass(frozen=True, slots=True)
class Rest:
    """The incident is over and its ticket needs no writing; record that."""

    reason: str


@dataclass(frozen=True, slots=True)
class Expire:
    """Treat the silence of every sender as a clear."""


@dataclass(frozen=True, slots=True)
class BeginEpisode:
    """End this episode; a new one, referring to its ticket, takes over the alerts."""


@dataclass(frozen=True, slots=True)
class Park:
    """Leave the incident to a person."""

    reason: str


Step = (
    Nothing
    | Wait
    | Cancel
    | LookUp
    | Create
    | Read
    | Update
    | Tell
    | Resolve
    | Reopen
    | Rest
    | Expire
    | BeginEpisode
    | Park
)


def next_step(
    incident: Incident, now: datetime, can: Capabilities, *, just_read: bool = False
) -> Step:
    """Decide what closes the difference between desired and observed; same input, same step.

    `just_read` says that the observed ticket is as the desk has it at this moment.
    """
    if incident.observed.parked_reason is not None:
        return Nothing(f"parked: {incident.observed.parked_reason}")
    if incident.ended_at is not None:
        return Nothing("this episode is over")
    ticket = incident.observed.ticket
    if ticket is None:
        return _without_ticket(incident, now, can)
    if incident.observed.unsure_since is not None and not just_read:
        return (
            Read()
            if can.read
            else _after_unknown_end(incident, incident.observed.unsure_since, can)
        )
    if ticket.is_open:
        step = _with_open_ticket(incident, ticket, now)
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


def _without_ticket(incident: Incident, now: datetime, can: Capabilities) -> Step:
    desired = incident.desired
    if incident.observed.create_sent_at is not None:
        return _after_unknown_create(incident, incident.observed.create_sent_at, now, can)
    if not desired.is_open:
        return Cancel("cleared before anything was filed")
    if desired.late_until is not None and now < desired.late_until:
        return Wait(desired.late_until, "a late firing, just after the resolve")
    held_until = desired.since + desired.policy.hold
    if now < held_until:
        return Wait(held_until, "held: filed only if still firing")
    expiry = _expiry(incident, now)
    return expiry if isinstance(expiry, Expire) else Create()


def _after_unknown_create(
    incident: Incident, sent_at: datetime, now: datetime, can: Capabilities
) -> Step:
    if not can.find:
        if can.create_when_unknown:
            return Create() if incident.desired.is_open else Cancel("the create was never answered")
        return Park("the create was never answered and this desk cannot be searched")
    done = incident.observed.lookups
    if done < len(LOOKUPS_AFTER):
        at = sent_at + LOOKUPS_AFTER[done]
        return LookUp() if now >= at else Wait(at, "the desk may index late")
    return Create() if incident.desired.is_open else Cancel("the create never arrived")


def _after_unknown_end(incident: Incident, sent_at: datetime, can: Capabilities) -> Step:
    """Assume, where nobody can look, that the ticket is not as the alerts want it."""
    if not incident.desired.is_open:
        return Resolve(incident.desired.policy.on_clear)
    came_back_in_time = incident.desired.since <= sent_at + incident.desired.policy.reopen_within
    return Reopen() if came_back_in_time and can.reopen else BeginEpisode()


def _with_open_ticket(incident: Incident, ticket: Ticket, now: datetime) -> Step:
    if not incident.desired.is_open:
        return _after_clear(incident, ticket, now)
    expiry = _expiry(incident, now)
    if isinstance(expiry, Expire):
        return expiry
    if incident.observed.generation == incident.desired.generation:
        return expiry or Nothing("the ticket is as desired")
    changed = _changed(incident)
    if changed and ticket.taken_over and incident.desired.policy.respect_people:
        return Tell("a person took the ticket over")
    if changed:
        return Update(changed)
    if net_news(incident.news):
        return Tell("members changed")
    return expiry or Nothing("nothing new to tell")


def _after_clear(incident: Incident, ticket: Ticket, now: datetime) -> Step:
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
            return Resolve(how)
        case _:
            assert_never(policy.on_clear)


def _with_ticket_at_rest(
    incident: Incident, ticket: Ticket, now: datetime, can: Capabilities
) -> Step:
    desired, resolved_at = incident.desired, incident.observed.resolved_at
    if not desired.is_open:
        if resolved_at is None:
            return Rest("a person had finished the ticket")
        return _after_resolve(ticket, resolved_at, now, can)
    if desired.late_until is not None and now < desired.late_until:
        return Wait(desired.late_until, "a late firing, just after the resolve")
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
    if expire_after is None:
        return None
    at = incident.desired.fired_at + expire_after
    return Expire() if now >= at else Wait(at, "expires unless it fires again")


def _looks_first(step: Step, incident: Incident, can: Capabilities, *, just_read: bool) -> bool:
    if just_read or not can.read or not incident.desired.policy.respect_people:
        return False
    is_taken_up_again = isinstance(step, Tell) and incident.observed.resolved_at is not None
    return isinstance(step, Update | Resolve) or is_taken_up_again
