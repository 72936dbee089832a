"""Rows of incidents, bodies and timelines to domain values and back."""

from hashlib import sha256
from typing import Any

from sqlalchemy import Row

from bridge.domain.alert import Handling
from bridge.domain.inbox import InboxEntry, InboxOutcome, pack
from bridge.domain.incident import (
    Desired,
    DesiredState,
    Incident,
    MemberNews,
    News,
    Observed,
    PreviousTicket,
    TimelineEntry,
)
from bridge.domain.json import JsonObject
from bridge.domain.spec import IncidentSpec
from bridge.domain.stage import Stage
from bridge.store.nested import error_from, error_json, ticket_from, ticket_json

Values = dict[str, object]

#: What an incident that nobody holds looks like.
RELEASED: Values = {"lease_owner": None, "lease_until": None}


def inbox_values(entry: InboxEntry) -> Values:
    """Write a body; a rejected one gets the digest by which it is kept only once."""
    is_rejected = entry.outcome is InboxOutcome.REJECTED
    return {
        "id": entry.id,
        "source": entry.source,
        "received_at": entry.received_at,
        "content_type": entry.content_type,
        "body": entry.packed or pack(entry.body),
        "size": len(entry.body),
        "outcome": entry.outcome.value,
        "reason": entry.reason,
        "digest": _digest(entry) if is_rejected else None,
        "times_seen": 1,
        "last_seen_at": entry.received_at,
    }


def _digest(entry: InboxEntry) -> str:
    return sha256(entry.source.encode(errors="replace") + b"\0" + entry.body).hexdigest()


def desired_values(incident: Incident) -> Values:
    """Write the half of an incident that webhooks may change."""
    desired = incident.desired
    return {
        "key": incident.key,
        "episode": incident.episode,
        "rule": incident.rule,
        "state": desired.state.value,
        "since": desired.since,
        "subject": desired.spec.subject,
        "spec": desired.spec.as_json(),
        "policy": desired.policy,
        "budget": desired.policy.budget.rule if desired.policy.budget is not None else None,
        "edits": dict(incident.edits) or None,
        "overflow_id": incident.overflow_id,
        "generation": desired.generation,
        "fired_at": desired.fired_at,
        "late_until": desired.late_until,
        "handling": desired.handling.value,
        "handled_at": desired.handled_at,
        "escalated_at": desired.escalated_at,
        "due_at": incident.due_at,
        "updated_at": incident.updated_at,
        "ended_at": incident.ended_at,
    }


def observed_values(observed: Observed) -> Values:
    """Write the half of an incident that the worker may change."""
    return {
        "ticket": ticket_json(observed.ticket) if observed.ticket is not None else None,
        # Apart, so that it can be searched.
        "ticket_number": observed.ticket.number if observed.ticket is not None else None,
        "ticket_state": observed.ticket.state.value if observed.ticket is not None else None,
        "told_generation": observed.generation,
        "told_spec": spec_json(observed.spec),
        "sent_spec": spec_json(observed.sent_spec),
        "told_through": observed.told_through,
        "create_sent_at": observed.create_sent_at,
        "filed_at": observed.filed_at,
        "lookups": observed.lookups,
        "looked_at": observed.looked_at,
        "doubt_since": observed.doubt_since,
        "rechecks": observed.rechecks,
        "resolved_at": observed.resolved_at,
        "unsure_since": observed.unsure_since,
        "attempts": observed.attempts,
        "last_error": error_json(observed.last_error) if observed.last_error else None,
        "parked_reason": observed.parked_reason,
        "parked_at": observed.parked_at,
        "strays": [ticket_json(stray) for stray in observed.strays] or None,
        "stage": observed.stage.value,
        "moved_to": observed.moved_to,
        "moving_since": observed.moving_since,
        "attached": sorted(observed.attached) or None,
    }


def incident_values(incident: Incident) -> Values:
    """Write a new incident whole, claimed by nobody."""
    return {"fence": 0, **opened_values(incident), **observed_values(incident.observed)}


def opened_values(incident: Incident) -> Values:
    """Write a new incident of which no desk has heard: what a desk would know is left out."""
    previous = incident.previous
    return {
        "id": incident.id,
        "backend": incident.backend,
        "token": incident.token,
        "source": incident.source,
        "opened_at": incident.opened_at,
        "previous_number": previous.number if previous is not None else None,
        "previous_url": previous.url if previous is not None else None,
        **desired_values(incident),
    }


def incident_from(row: Row[Any], news: tuple[MemberNews, ...] = ()) -> Incident:
    """Read an incident; its members' news are rows of the timeline."""
    return Incident(
        id=row.id,
        key=row.key,
        episode=row.episode,
        backend=row.backend,
        token=row.token,
        source=row.source,
        rule=row.rule,
        desired=_desired_from(row),
        observed=observed_from(row),
        news=news,
        previous=_previous_from(row),
        edits=row.edits or {},
        overflow_id=row.overflow_id,
        due_at=row.due_at,
        opened_at=row.opened_at,
        updated_at=row.updated_at,
        ended_at=row.ended_at,
    )


def _desired_from(row: Row[Any]) -> Desired:
    return Desired(
        state=DesiredState(row.state),
        since=row.since,
        spec=IncidentSpec.from_json(row.spec),
        policy=row.policy,
        generation=row.generation,
        fired_at=row.fired_at,
        late_until=row.late_until,
        handling=Handling(row.handling or Handling.UNHANDLED),
        handled_at=row.handled_at,
        escalated_at=row.escalated_at,
    )


def observed_from(row: Row[Any]) -> Observed:
    """Read the half of an incident that the worker may change."""
    return Observed(
        ticket=ticket_from(row.ticket) if row.ticket is not None else None,
        generation=row.told_generation,
        spec=spec_from(row.told_spec),
        sent_spec=spec_from(row.sent_spec),
        told_through=row.told_through,
        create_sent_at=row.create_sent_at,
        filed_at=row.filed_at,
        lookups=row.lookups,
        looked_at=row.looked_at,
        doubt_since=row.doubt_since,
        rechecks=row.rechecks or 0,
        resolved_at=row.resolved_at,
        unsure_since=row.unsure_since,
        attempts=row.attempts,
        last_error=error_from(row.last_error) if row.last_error is not None else None,
        parked_reason=row.parked_reason,
        parked_at=row.parked_at,
        strays=tuple(ticket_from(stray) for stray in row.strays or ()),
        stage=Stage(row.stage or Stage.OPEN),
        moved_to=row.moved_to,
        moving_since=row.moving_since,
        attached=frozenset(row.attached or ()),
    )


def spec_json(spec: IncidentSpec | None) -> JsonObject | None:
    """Write a spec, if there is one."""
    return spec.as_json() if spec is not None else None


def spec_from(said: JsonObject | None) -> IncidentSpec | None:
    """Read a spec, if there is one."""
    return IncidentSpec.from_json(said) if said is not None else None


def _previous_from(row: Row[Any]) -> PreviousTicket | None:
    if row.previous_number is None:
        return None
    return PreviousTicket(number=row.previous_number, url=row.previous_url)


def timeline_values(entry: TimelineEntry) -> Values:
    """Write what happened to an incident."""
    return {
        "incident_id": entry.incident_id,
        "at": entry.at,
        "what": entry.what,
        "because": entry.because,
        "detail": dict(entry.detail),
    }


def timeline_from(row: Row[Any]) -> TimelineEntry:
    """Read what happened to an incident."""
    return TimelineEntry(
        incident_id=row.incident_id,
        at=row.at,
        what=row.what,
        because=row.because,
        detail=row.detail,
    )


def news_from(row: Row[Any]) -> MemberNews:
    """Read a timeline entry about a member."""
    return MemberNews(
        entry=row.id,
        what=News(row.what),
        fingerprint=str(row.detail.get("fingerprint", "")),
        title=str(row.detail.get("title", "")),
        at=row.at,
    )
