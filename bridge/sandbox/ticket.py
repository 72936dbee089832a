"""The record of one ticket, as a stand-in desk keeps it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any

from bridge.domain.json import JsonValue

#: Where nobody works on a ticket any more, on any desk.
_DONE = frozenset({"Resolved", "Closed", "Cancelled", "Canceled", "Done"})


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusChange:
    """One step of a ticket's status; `by` is `api` or `person`."""

    at: datetime
    status: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxTicket:
    """Everything a stand-in desk knows of a ticket, in the desk's own words; never changed."""

    number: str
    id: str
    subject: str
    status: str
    created_at: datetime
    updated_at: datetime
    is_open: bool = field(init=False)
    description: str = ""
    priority: str = ""
    impact: str = ""
    urgency: str = ""
    ci_key: str = ""
    ci_value: str = ""
    custom_fields: Mapping[str, JsonValue] = field(default_factory=dict)
    custom_groups: Mapping[str, str] = field(default_factory=dict)  #: of custom fields, by name
    tags: tuple[str, ...] = ()
    assignee: str = ""
    workgroup: str = ""
    requester: str = ""
    category: str = ""
    location: str = ""
    cc: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    replies: tuple[str, ...] = ()  #: those notes that the requester sees
    solution: str = ""
    reason: str = ""  #: why the ticket is pending, or was cancelled
    files: Mapping[str, str] = field(default_factory=dict)  #: attached texts, by name
    #: What this record has no field for, under the names that the vendor has for it.
    more: Mapping[str, JsonValue] = field(default_factory=dict)
    history: tuple[StatusChange, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "is_open", self.status not in _DONE)


def read_ticket(said: Mapping[str, Any]) -> SandboxTicket:
    """Read a ticket from its JSON."""
    values = {f.name: said[f.name] for f in fields(SandboxTicket) if f.init}
    history = [{**step, "at": datetime.fromisoformat(step["at"])} for step in values["history"]]
    return SandboxTicket(
        **{
            **values,
            **{name: datetime.fromisoformat(values[name]) for name in ("created_at", "updated_at")},
            **{name: tuple(values[name]) for name in ("tags", "cc", "notes", "replies")},
            "history": tuple(StatusChange(**step) for step in history),
        }
    )


def changed(
    ticket: SandboxTicket, changes: Mapping[str, object], *, at: datetime, by: str
) -> SandboxTicket:
    """Apply changes to fields by name; a new status is remembered in the history."""
    after = replace(ticket, updated_at=at, **changes)  # type: ignore[arg-type]  # checked by rules
    if after.status == ticket.status:
        return after
    step = StatusChange(at=at, status=after.status, by=by)
    return replace(after, history=(*ticket.history, step))
