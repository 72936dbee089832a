"""The workflow of this Jira's issues: which transition leads where, and what its screen wants."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bridge.sandbox.jira.refusals import BadRequest
from bridge.sandbox.jira.words import RESOLUTIONS, STATUSES
from bridge.sandbox.ticket import SandboxTicket


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """One way from some statuses to another."""

    id: str
    name: str
    start: Collection[str]
    to: str
    has_resolution: bool = False  #: its screen demands one


_WAITING: Final = ("To Do", "Reopened", "On Hold", "Escalated")
_ENDED: Final = tuple(name for name, category in STATUSES.items() if category == "done")
TRANSITIONS: Final = (
    Transition(id="11", name="Start progress", start=_WAITING, to="In Progress"),
    Transition(id="21", name="Pause", start=("In Progress",), to="On Hold"),
    Transition(id="31", name="Finish", start=("In Progress",), to="Done", has_resolution=True),
    Transition(id="41", name="Resolve", start=("In Progress",), to="Resolved", has_resolution=True),
    Transition(id="51", name="Close", start=("Done", "Resolved"), to="Closed"),
    Transition(id="61", name="Reopen", start=_ENDED, to="Reopened"),
    Transition(
        id="71",
        name="Cancel",
        start=(*_WAITING, "In Progress"),
        to="Canceled",
        has_resolution=True,
    ),
    Transition(
        id="81", name="Escalate", start=("To Do", "Reopened", "In Progress"), to="Escalated"
    ),
    Transition(
        id="91",
        name="Back to queue",
        start=("In Progress", "On Hold", "Escalated"),
        to="To Do",
    ),
)


def status(name: str) -> Mapping[str, object]:
    """Show a status with its category."""
    category = STATUSES.get(name, "indeterminate")
    return {"name": name, "id": str(1 + list(STATUSES).index(name)), "statusCategory": {
        "key": category
    }}  # fmt: skip


def offered(ticket: SandboxTicket, *, with_fields: bool) -> Sequence[Mapping[str, object]]:
    """Show the transitions that lead on from where the ticket is."""
    return [_shown(way, with_fields=with_fields) for way in _ways(ticket)]


def taken(ticket: SandboxTicket, said: Mapping[str, object]) -> Mapping[str, object]:
    """Give what a transition changes; BadRequest if there is none such, or its screen is empty."""
    chosen = said.get("transition")
    id_ = chosen.get("id") if isinstance(chosen, Mapping) else None
    if not isinstance(id_, str):
        raise BadRequest("Missing 'transition' identifier")
    way = next((way for way in _ways(ticket) if way.id == id_), None)
    if way is None:
        raise BadRequest(f"Transition id '{id_}' is not valid for this issue.")
    changes: dict[str, object] = {"status": way.to}
    if STATUSES[way.to] != "done":
        changes["reason"] = ""
    resolution = _resolution(way, said.get("fields", {}))
    return {**changes, "reason": resolution} if resolution else changes


def _ways(ticket: SandboxTicket) -> Sequence[Transition]:
    return [way for way in TRANSITIONS if ticket.status in way.start]


def _shown(way: Transition, *, with_fields: bool) -> Mapping[str, object]:
    shown: dict[str, object] = {"id": way.id, "name": way.name, "to": status(way.to)}
    values = [{"name": name} for name in RESOLUTIONS]
    resolution = {
        "required": True,
        "name": "Resolution",
        "hasDefaultValue": False,
        "allowedValues": values,
    }
    fields = {"resolution": resolution} if way.has_resolution else {}
    return {**shown, "fields": fields} if with_fields else shown


def _resolution(way: Transition, said: object) -> str:
    fields = said if isinstance(said, Mapping) else {}
    for id_ in fields:
        if id_ != "resolution" or not way.has_resolution:
            message = f"Field '{id_}' cannot be set. It is not on the appropriate screen, "
            raise BadRequest(errors={str(id_): f"{message}or unknown."})
    if not way.has_resolution:
        return ""
    chosen = fields.get("resolution")
    name = chosen.get("name") if isinstance(chosen, Mapping) else None
    if not isinstance(name, str):
        raise BadRequest(errors={"resolution": "Resolution is required."})
    if name not in RESOLUTIONS:
        raise BadRequest(errors={"resolution": f"Resolution name '{name}' is not valid"})
    return name
