"""How an incident takes a turn that no desk is asked about: each is one transaction.

A claim that was lost changes nothing here: the new holder decides for itself.
"""

from dataclasses import replace
from datetime import datetime

from bridge.domain.episode import ended, next_episode
from bridge.domain.incident import DesiredState, Incident, News, TimelineEntry
from bridge.domain.json import JsonValue
from bridge.domain.leader import leader_of
from bridge.domain.next_step import begins_new_episode
from bridge.domain.overflow import joined, left, open_overflow, overflow_key
from bridge.domain.policy import Budget
from bridge.domain.ports import Claim, IncidentTransaction


def expire(transaction: IncidentTransaction, claim: Claim, now: datetime) -> None:
    """Count every member as cleared, unless one fired since the claim."""
    incident = transaction.held(claim)
    if incident is None:
        return
    if _is_as_claimed(incident, claim):
        transaction.clear_members(incident.id, now)
        incident = _turned(incident, DesiredState.CLEAR, now)
        transaction.append([_entry(incident.id, now, "expired", "no sender repeated it")])
    transaction.save(_due_now(incident, now))


def fall_silent(transaction: IncidentTransaction, claim: Claim, now: datetime) -> None:
    """Open the incident of a heartbeat that stayed away, unless it came since the claim."""
    incident = transaction.held(claim)
    if incident is None:
        return
    if _is_as_claimed(incident, claim):
        because = f"no beat since {incident.desired.fired_at:%Y-%m-%d %H:%M:%S} UTC"
        incident = _turned(incident, DesiredState.OPEN, now)
        transaction.append([_entry(incident.id, now, "silent", because)])
    transaction.save(_due_now(incident, now))


def begin_episode(
    transaction: IncidentTransaction, claim: Claim, *, new_id: str, token: str, now: datetime
) -> None:
    """End the claimed incident and open its next episode, unless it has cleared since."""
    old = transaction.held(claim)
    if old is None:
        return
    if not old.desired.is_open:
        transaction.save(_due_now(old, now))
        return
    transaction.save(ended(old, now))
    leader = leader_of(transaction.move_firing_members(old.id, new_id))
    transaction.add(next_episode(old, new_id, token, now, leader))
    transaction.append(
        [
            _entry(old.id, now, "ended", f"fires again as {new_id}"),
            _entry(new_id, now, "opened", f"fires again after {old.id}"),
        ]
    )


def spend(transaction: IncidentTransaction, claim: Claim, budget: Budget, now: datetime) -> bool:
    """Take one ticket out of the budget; False: it is spent, and nothing was taken."""
    used = transaction.filed_since(budget.rule, now - budget.per, besides=claim.incident.id)
    if used >= budget.tickets:
        return False
    transaction.mark_filed(claim, now)
    return True


def join_overflow(
    transaction: IncidentTransaction,
    claim: Claim,
    budget: Budget,
    *,
    new_id: str,
    token: str,
    now: datetime,
) -> None:
    """List the claimed incident in the overflow ticket, unless it has cleared since."""
    incident = transaction.held(claim)
    if incident is None:
        return
    if not incident.desired.is_open:
        transaction.save(_due_now(incident, now))
        return
    overflow = _overflow(transaction, incident, budget, new_id=new_id, token=token, now=now)
    listed = replace(incident, overflow_id=overflow.id, due_at=None, updated_at=now)
    transaction.save(listed)
    spent = f"rule {budget.rule} has filed {budget}"
    transaction.append(
        [
            _entry(incident.id, now, "overflowed", spent, {"overflow": overflow.id}),
            _news(overflow, News.JOINED, incident, now),
        ]
    )


def leave_overflow(transaction: IncidentTransaction, claim: Claim, now: datetime) -> None:
    """End the claimed incident, which has cleared, and have the overflow ticket say so."""
    incident = transaction.held(claim)
    if incident is None:
        return
    if incident.desired.is_open:
        transaction.save(_due_now(incident, now))
        return
    transaction.save(ended(incident, now))
    transaction.append([_entry(incident.id, now, "ended", "cleared; the overflow ticket says so")])
    overflow = transaction.incident(incident.overflow_id or "")
    if overflow is None or overflow.ended_at is not None:
        return
    is_over = not transaction.lists_open(overflow.id)
    transaction.want(left(overflow, now, is_over=is_over))
    transaction.append([_news(overflow, News.CLEARED, incident, now)])


def _overflow(
    transaction: IncidentTransaction,
    first: Incident,
    budget: Budget,
    *,
    new_id: str,
    token: str,
    now: datetime,
) -> Incident:
    """Give the overflow incident that lives, told of one more, or a new one."""
    latest = transaction.latest(first.backend, overflow_key(budget))
    if latest is not None and not begins_new_episode(latest, now):
        overflow = joined(latest, first, now)
        transaction.want(overflow)
        return overflow
    if latest is not None and latest.ended_at is None:
        transaction.want(ended(latest, now))
    overflow = open_overflow(first, budget, latest, new_id=new_id, token=token, now=now)
    transaction.add(overflow)
    transaction.append([_entry(overflow.id, now, "opened", f"rule {budget.rule}")])
    return overflow


def _is_as_claimed(incident: Incident, claim: Claim) -> bool:
    now, then = incident.desired, claim.incident.desired
    return (now.generation, now.fired_at) == (then.generation, then.fired_at)


def _turned(incident: Incident, state: DesiredState, now: datetime) -> Incident:
    was = incident.desired
    desired = replace(was, state=state, since=now, generation=was.generation + 1)
    return replace(incident, desired=desired)


def _due_now(incident: Incident, now: datetime) -> Incident:
    return replace(incident, due_at=now, updated_at=now)


def _news(overflow: Incident, news: News, of: Incident, now: datetime) -> TimelineEntry:
    title = of.desired.spec.subject or of.key
    detail: dict[str, JsonValue] = {"fingerprint": of.id, "title": title}
    return _entry(overflow.id, now, news.value, title, detail)


def _entry(
    incident_id: str,
    at: datetime,
    what: str,
    because: str,
    detail: dict[str, JsonValue] | None = None,
) -> TimelineEntry:
    return TimelineEntry(
        incident_id=incident_id, at=at, what=what, because=because, detail=detail or {}
    )
