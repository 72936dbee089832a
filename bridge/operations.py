"""The use case of people: retry, resolve, cancel, comment on and adopt, one transaction each.

An operation changes what is wanted, or what is known; the worker brings it to the desk.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from bridge.domain.edits import check_edits, edited, merged_edits
from bridge.domain.errors import OperationRefused, UnknownIncident
from bridge.domain.incident import DesiredState, Incident, News, TimelineEntry
from bridge.domain.json import JsonObject
from bridge.domain.policy import OnClear
from bridge.domain.ports import Clock, IncidentTransaction, NewId
from bridge.domain.ticket import Ticket

T = TypeVar("T")

#: A note is read by people; what is longer is a document.
LONGEST_COMMENT = 4000


class ChangeableStore(Protocol):
    """Where incidents are changed."""

    def change(self, work: Callable[[IncidentTransaction], T]) -> T:
        """Do `work` in one transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operations:
    """What people may do to an incident; each raises OperationRefused if it makes no sense.

    `by` says who asked, for the timeline.
    """

    store: ChangeableStore
    notify: Callable[[], None]  #: wakes the worker
    now: Clock
    new_id: NewId

    def retry(self, incident_id: str, by: str, edits: Mapping[str, object] | None = None) -> None:
        """Try again at once, with a person's values over those of the rules from now on."""
        try:
            checked = check_edits(edits or {})
        except ValueError as exc:
            raise OperationRefused(str(exc)) from exc

        def work(transaction: IncidentTransaction, incident: Incident, now: datetime) -> None:
            _require_live(incident)
            transaction.save(_retried(incident, checked, now))
            transaction.append([_entry(incident, now, "retried", by, checked)])

        self._change(incident_id, work)

    def resolve(self, incident_id: str, by: str) -> None:
        """Resolve the ticket now, whatever fires and whoever has it."""
        self._clear(incident_id, by, "resolve asked", OnClear.RESOLVE)

    def cancel(self, incident_id: str, by: str) -> None:
        """Cancel the ticket, or file none if there is none yet."""
        self._clear(incident_id, by, "cancel asked", OnClear.CANCEL)

    def comment(self, incident_id: str, by: str, text: str) -> None:
        """Add a person's note to the ticket."""
        said = text.strip()
        if not said or len(said) > LONGEST_COMMENT:
            message = f"the note is empty or too long; write 1 to {LONGEST_COMMENT} characters"
            raise OperationRefused(message)

        def work(transaction: IncidentTransaction, incident: Incident, now: datetime) -> None:
            _require_live(incident)
            _require_ticket_of_its_own(incident)
            title = f"{by}: {said}"
            told: JsonObject = {"fingerprint": self.new_id(), "title": title}
            transaction.append([_entry(incident, now, News.COMMENT.value, title, told)])
            desired = replace(incident.desired, generation=incident.desired.generation + 1)
            transaction.want(replace(incident, desired=desired, due_at=now, updated_at=now))

        self._change(incident_id, work)

    def adopt(self, incident_id: str, by: str, ticket: Ticket) -> None:
        """Take a ticket that a person found for the incident's own; its fields stay as they are."""

        def work(transaction: IncidentTransaction, incident: Incident, now: datetime) -> None:
            _require_live(incident)
            if incident.observed.ticket is not None:
                number = incident.observed.ticket.number
                message = f"the incident has the ticket {number}; cancel it first"
                raise OperationRefused(message)
            transaction.save(_adopted(incident, ticket, now))
            transaction.append([_entry(incident, now, "adopted", by, {"ticket": ticket.number})])

        self._change(incident_id, work)

    def _clear(self, incident_id: str, by: str, what: str, how: OnClear) -> None:
        def work(transaction: IncidentTransaction, incident: Incident, now: datetime) -> None:
            _require_live(incident)
            transaction.clear_members(incident.id, now)
            # Nobody works on what is parked; whoever works on another learns of it on release.
            write = transaction.save if incident.is_parked else transaction.want
            write(_cleared(incident, how, now))
            transaction.append([_entry(incident, now, what, by)])

        self._change(incident_id, work)

    def _change(
        self, incident_id: str, work: Callable[[IncidentTransaction, Incident, datetime], None]
    ) -> None:
        def change(transaction: IncidentTransaction) -> None:
            incident = transaction.incident(incident_id)
            if incident is None:
                message = f"no incident {incident_id}; `bridge incidents list` shows the ids"
                raise UnknownIncident(message)
            work(transaction, incident, self.now())

        self.store.change(change)
        self.notify()


def _require_live(incident: Incident) -> None:
    ticket = incident.observed.ticket
    is_at_rest = ticket is not None and not ticket.is_open and not incident.desired.is_open
    if incident.ended_at is not None or is_at_rest:
        message = f"the incident is over ({incident.phase}); a later firing begins a new one"
        raise OperationRefused(message)


def _require_ticket_of_its_own(incident: Incident) -> None:
    if incident.overflow_id is not None:
        other = incident.overflow_id
        message = f"the incident is listed in the ticket of {other}; add the note to that one"
        raise OperationRefused(message)


def _retried(incident: Incident, edits: JsonObject, now: datetime) -> Incident:
    """Forget what stood in the way: failures, and a create that no search can find."""
    observed = replace(incident.observed, attempts=0, lookups=0, parked_reason=None, parked_at=None)
    if incident.is_parked:
        observed = replace(observed, create_sent_at=None)
    was = incident.desired
    desired = replace(
        was,
        spec=edited(was.spec, edits),
        generation=was.generation + (1 if edits else 0),
    )
    return replace(
        incident,
        observed=observed,
        desired=desired,
        edits=merged_edits(incident.edits, edits),
        due_at=now,
        updated_at=now,
    )


def _cleared(incident: Incident, how: OnClear, now: datetime) -> Incident:
    was = incident.desired
    policy = replace(was.policy, on_clear=how, resolve_after=timedelta(0), respect_people=False)
    desired = replace(
        was,
        state=DesiredState.CLEAR,
        since=now,
        policy=policy,
        generation=was.generation + 1,
        # A heartbeat is missed again only after another span without a beat.
        fired_at=now,
    )
    observed = replace(incident.observed, parked_reason=None, parked_at=None)
    return replace(incident, observed=observed, desired=desired, due_at=now, updated_at=now)


def _adopted(incident: Incident, ticket: Ticket, now: datetime) -> Incident:
    observed = replace(
        incident.observed,
        ticket=ticket,
        create_sent_at=None,
        lookups=0,
        generation=incident.desired.generation,
        spec=incident.desired.spec,
        attempts=0,
        last_error=None,
        parked_reason=None,
        parked_at=None,
    )
    return replace(incident, observed=observed, overflow_id=None, due_at=now, updated_at=now)


def _entry(
    incident: Incident, at: datetime, what: str, by: str, detail: JsonObject | None = None
) -> TimelineEntry:
    return TimelineEntry(incident_id=incident.id, at=at, what=what, because=by, detail=detail or {})
