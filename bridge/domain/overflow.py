"""The one ticket that lists what a rule's spent budget does not let be filed."""

from dataclasses import replace
from datetime import datetime, timedelta

from bridge.domain.incident import Desired, DesiredState, Incident, PreviousTicket
from bridge.domain.policy import Budget, Policy
from bridge.domain.rank import rank_of
from bridge.domain.spec import IncidentSpec

#: Keys that rules make never begin with a space: no fault's incident is taken for an overflow's.
_PREFIX = " overflow of "
#: So long the first of a storm wait for the others, so that the ticket begins with a list.
GATHER = timedelta(seconds=1)
#: So rarely is the ticket told of more, however fast they come.
TELL_EVERY = timedelta(seconds=10)


def overflow_key(budget: Budget) -> str:
    """Give the key of the incident that takes what is beyond a budget."""
    return f"{_PREFIX}{budget.rule}"


def is_overflow(incident: Incident) -> bool:
    """Say whether the incident stands for others."""
    return incident.key.startswith(_PREFIX)


def open_overflow(
    first: Incident,
    budget: Budget,
    before: Incident | None,
    *,
    new_id: str,
    token: str,
    now: datetime,
) -> Incident:
    """Make the incident that lists `first` and those that follow it; `before` was the last one."""
    ticket = before.observed.ticket if before is not None else None
    desired = Desired(
        state=DesiredState.OPEN,
        since=now,
        spec=_spec(first.desired.spec, budget),
        policy=Policy(reopen_within=budget.per, respect_people=first.desired.policy.respect_people),
        fired_at=now,
    )
    return Incident(
        id=new_id,
        key=overflow_key(budget),
        episode=before.episode + 1 if before is not None else 1,
        backend=first.backend,
        token=token,
        source=first.source,
        rule=budget.rule,
        desired=desired,
        previous=PreviousTicket(number=ticket.number, url=ticket.url) if ticket else None,
        due_at=now + GATHER,
        opened_at=now,
        updated_at=now,
    )


def joined(overflow: Incident, other: Incident, now: datetime) -> Incident:
    """Give the overflow incident with one more to list; it weighs as much as the heaviest."""
    was, spec = overflow.desired, overflow.desired.spec
    if rank_of(other.desired.spec.priority) > rank_of(spec.priority):
        heavier = other.desired.spec
        spec = replace(
            spec, priority=heavier.priority, impact=heavier.impact, urgency=heavier.urgency
        )
    desired = replace(
        was,
        state=DesiredState.OPEN,
        since=was.since if was.is_open else now,
        spec=spec,
        generation=was.generation + 1,
        fired_at=now,
    )
    return _due(replace(overflow, desired=desired, updated_at=now), now + TELL_EVERY)


def left(overflow: Incident, now: datetime, *, is_over: bool) -> Incident:
    """Give the overflow incident with one fewer to list; the last one clears it."""
    was = overflow.desired
    desired = replace(was, generation=was.generation + 1)
    if is_over:
        desired = replace(desired, state=DesiredState.CLEAR, since=now)
    return _due(
        replace(overflow, desired=desired, updated_at=now), now if is_over else now + TELL_EVERY
    )


def _due(incident: Incident, at: datetime) -> Incident:
    return replace(incident, due_at=min(incident.due_at or at, at))


def _spec(first: IncidentSpec, budget: Budget) -> IncidentSpec:
    """Say what happened where the first of them would have said what failed."""
    return replace(
        first,
        subject=f"Alert storm: rule {budget.rule} asked for more than {budget}",
        description=(
            f"The budget of rule {budget.rule} is {budget}. What it asks for beyond that gets no "
            "ticket of its own: the notes of this ticket list it, and say when it clears. "
            "The ticket is resolved when all of it has cleared."
        ),
        ci_key="",
        ci_value="",
        ci_id="",
        solution="",
        note="",
        links={},
        attachments={},
    )
