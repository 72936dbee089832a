"""What one body does to one incident, and the desired half that results."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from bridge.domain.alert import AlertStatus, Handling
from bridge.domain.edits import edited
from bridge.domain.incident import Desired, DesiredState, Incident, MemberNews, Phase
from bridge.domain.known import KnownAlert
from bridge.domain.leader import leader_of
from bridge.domain.next_step import next_step
from bridge.domain.policy import Policy
from bridge.domain.rank import rank_of
from bridge.domain.receipt import Action
from bridge.domain.spec import IncidentSpec
from bridge.domain.stage import Stage
from bridge.domain.steps import Cancel, Nothing, Step, Wait
from bridge.domain.ticket import Capabilities

#: What the worker may find to do, whichever desk it is.
_ANY_DESK = Capabilities(attach=True, stages=frozenset(Stage))


@dataclass(slots=True, kw_only=True)
class Change:
    """Collects what the alerts of one body say of one incident."""

    before: Incident | None  #: None: this body opens it
    now: Incident
    members: dict[str, KnownAlert] = field(default_factory=dict)  #: decided or cleared here
    has_repeats: bool = False  #: a member was said to fire, again and unchanged
    has_joined: bool = False  #: an alert fires that did not before
    is_handled: bool = False  #: who looks after a member has changed
    has_left: bool = False  #: a member cleared, or moved to another incident
    news: list[MemberNews] = field(default_factory=list)  #: for the ticket to tell
    is_on_time: bool = False  #: at least one firing is no echo of before the resolve
    late_until: datetime | None = None

    @property
    def is_decided(self) -> bool:
        """True when the body says more than that all is as it was."""
        return bool(self.members) or self.has_left or self.is_handled

    @property
    def fires(self) -> bool:
        """True when the body says of a member that it fires."""
        firing = (m.status is AlertStatus.FIRING for m in self.members.values())
        return self.has_repeats or any(firing)

    def add_firing(self, member: KnownAlert, late_until: datetime | None) -> None:
        """Count a member that fires; an echo counts only from `late_until` on."""
        self.members[member.fingerprint] = member
        self.note_time(late_until)

    def note_time(self, late_until: datetime | None) -> None:
        """Remember whether a firing was on time, or until when the last echo waits."""
        if late_until is None:
            self.is_on_time = True
        elif self.late_until is None or late_until > self.late_until:
            self.late_until = late_until


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """An incident as a body leaves it."""

    incident: Incident
    action: Action


def settle(change: Change, firing: Sequence[KnownAlert], now: datetime) -> Settled:
    """Give the incident its desired half out of all its members that fire."""
    was = change.now.desired
    if _only_goes_on(change):
        seen = _seen(change, was, now)
        incident = change.now if seen is was else replace(change.now, desired=seen)
        return Settled(incident=incident, action=Action.UNCHANGED)
    leader = leader_of(firing)
    desired = _wanted(change, leader, firing, now)
    is_new = change.before is None
    is_news = is_new or desired.generation != was.generation
    rule = leader.rule if leader else change.now.rule
    incident = _with(change.now, desired, rule)
    told = replace(incident, news=tuple(change.news)) if change.news else incident
    step = next_step(told, now, _ANY_DESK)
    if is_news or _is_staged(desired, was) or desired.policy != was.policy:
        incident = _due_at(incident, _due(incident, step, now), now)
    return Settled(incident=incident, action=_action(change, incident, step, is_news=is_news))


def _with(incident: Incident, desired: Desired, rule: str | None) -> Incident:
    """Give the incident so; most that a body opens are as they were opened."""
    if (desired, rule) == (incident.desired, incident.rule):
        return incident
    return replace(incident, desired=desired, rule=rule)


def _due_at(incident: Incident, due_at: datetime | None, now: datetime) -> Incident:
    """Give the incident due then; most that a body opens are due at once, as they were opened."""
    if (due_at, now) == (incident.due_at, incident.updated_at):
        return incident
    return replace(incident, due_at=due_at, updated_at=now)


def _only_goes_on(change: Change) -> bool:
    """Tell what most bodies say of most incidents: what fired still fires, and that is all."""
    was = change.now.desired
    is_heartbeat = was.policy.expect_every is not None
    return change.before is not None and was.is_open and not (change.is_decided or is_heartbeat)


def _wanted(
    change: Change, leader: KnownAlert | None, firing: Sequence[KnownAlert], now: datetime
) -> Desired:
    was = change.now.desired
    policy = leader.policy if leader and leader.policy is not None else was.policy
    if policy.expect_every is not None:
        return _beaten(change, leader, policy, now)
    if not change.is_decided or _is_as_opened(change, firing):
        return was
    return _desired(change, leader, firing, now)


def _is_as_opened(change: Change, firing: Sequence[KnownAlert]) -> bool:
    """Tell what most new incidents are: all that the one alert which opened them asks for."""
    if change.before is not None or len(firing) != 1 or not change.is_on_time:
        return False
    (member,), opened = firing, change.now.desired
    is_as_asked = member.spec is opened.spec and member.policy is opened.policy
    return is_as_asked and member.handling is opened.handling


def _beaten(change: Change, leader: KnownAlert | None, policy: Policy, now: datetime) -> Desired:
    """Take a heartbeat for what it is: all is well. That it is said to end is no beat."""
    was = change.now.desired
    if not change.fires:
        return was
    is_new, is_back = change.before is None, change.before is not None and was.is_open
    return replace(
        was,
        state=DesiredState.CLEAR,
        since=now if is_new or is_back else was.since,
        spec=_spec(change, leader),
        policy=policy,
        generation=was.generation + (1 if is_back else 0),
        fired_at=now,
        late_until=None,
    )


def _spec(change: Change, leader: KnownAlert | None) -> IncidentSpec:
    """Give what the leading member asks for, with a person's edits over it."""
    if leader is None or leader.spec is None:
        return change.now.desired.spec
    return edited(leader.spec, change.now.edits)


def _seen(change: Change, was: Desired, now: datetime) -> Desired:
    expires = was.policy.expire_after is not None
    return replace(was, fired_at=now) if expires and change.fires else was


def _desired(
    change: Change, leader: KnownAlert | None, firing: Sequence[KnownAlert], now: datetime
) -> Desired:
    """Say what the members that fire want, who looks after them, and whether they are graver."""
    was = change.now.desired
    state = DesiredState.OPEN if leader else DesiredState.CLEAR
    spec = _spec(change, leader)
    turned = state is not was.state
    is_news = turned or spec != was.spec or change.has_joined or change.has_left
    handling = _handling(firing)
    goes_on = was.is_open and state is DesiredState.OPEN
    rose = goes_on and rank_of(spec.priority) > rank_of(was.spec.priority)
    return replace(
        was,
        state=state,
        since=now if turned else was.since,
        spec=spec,
        policy=leader.policy if leader and leader.policy is not None else was.policy,
        generation=was.generation + (1 if is_news and change.before is not None else 0),
        fired_at=now if change.fires else was.fired_at,
        late_until=_late_until(change, turned=turned),
        handling=handling,
        handled_at=was.handled_at if handling is was.handling else now,
        escalated_at=now if rose else was.escalated_at if goes_on else None,
    )


def _handling(firing: Sequence[KnownAlert]) -> Handling:
    """Give the handling of all: one that nobody looks after leaves the incident to be done."""
    ways = {member.handling for member in firing}
    if not ways or Handling.UNHANDLED in ways:
        return Handling.UNHANDLED
    return Handling.ACKNOWLEDGED if Handling.ACKNOWLEDGED in ways else Handling.MUTED


def _is_staged(desired: Desired, was: Desired) -> bool:
    return (desired.handling, desired.escalated_at) != (was.handling, was.escalated_at)


def _late_until(change: Change, *, turned: bool) -> datetime | None:
    if change.is_on_time:
        return None
    is_fresh = turned or change.before is None
    return change.late_until if is_fresh else change.now.desired.late_until


def _due(incident: Incident, step: Step, now: datetime) -> datetime | None:
    """Say when the worker should look; never before the pause that a failed attempt asked for."""
    if isinstance(step, Nothing):
        return None
    at = step.until if isinstance(step, Wait) else now
    paused_until = incident.due_at if incident.observed.attempts else None
    return max(at, paused_until) if paused_until is not None else at


def _action(change: Change, incident: Incident, step: Step, *, is_news: bool) -> Action:
    before = change.before
    was_open = before is not None and before.desired.is_open
    if not incident.desired.is_open:
        if before is not None and not was_open:
            return Action.UNCHANGED
        return Action.CANCELLED if isinstance(step, Cancel) else Action.CLEARING
    if not was_open and incident.phase not in (Phase.FILED, Phase.UNKNOWN):
        return Action.HELD if isinstance(step, Wait) else Action.OPENED
    return Action.UPDATED if is_news else Action.UNCHANGED
