"""How one episode of a fault follows another."""

from dataclasses import replace
from datetime import datetime

from bridge.domain.incident import Desired, Incident, PreviousTicket
from bridge.domain.known import KnownAlert


def next_episode(
    old: Incident, new_id: str, token: str, now: datetime, leader: KnownAlert | None
) -> Incident:
    """Make the incident that takes over from `old`, which fires again after its ticket ended.

    It says what its leading member asks for: what a person wrote was for the episode that is over.
    """
    return Incident(
        id=new_id,
        key=old.key,
        episode=old.episode + 1,
        backend=old.backend,
        token=token,
        source=old.source,
        rule=old.rule,
        desired=_from_now(old.desired, leader, now),
        previous=previous_ticket(old),
        due_at=now,
        opened_at=now,
        updated_at=now,
    )


def previous_ticket(old: Incident | None) -> PreviousTicket | None:
    """Give the ticket that a new episode refers to: the last one that was filed."""
    if old is None or old.observed.ticket is None:
        return old.previous if old is not None else None
    ticket = old.observed.ticket
    return PreviousTicket(number=ticket.number, url=ticket.url)


def _from_now(desired: Desired, leader: KnownAlert | None, now: datetime) -> Desired:
    spec = leader.spec if leader is not None else None
    return replace(
        desired,
        spec=spec or desired.spec,
        since=now,
        generation=1,
        late_until=None,
        escalated_at=None,
    )


def ended(incident: Incident, now: datetime) -> Incident:
    """End an episode; the worker looks once more at what its ticket may still need."""
    observed = incident.observed
    is_traceless = observed.ticket is None and observed.doubt_since is None
    due_at = None if is_traceless else now
    return replace(incident, ended_at=now, due_at=due_at, updated_at=now)
