"""From an issue as Jira shows it to the bridge's own Ticket."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bridge.backends.jira.flavor import Flavor
from bridge.backends.jira.route import Status, status_of
from bridge.backends.people import written_over
from bridge.domain.json import JsonObject, JsonValue
from bridge.domain.ticket import Ticket, TicketState

_COLUMNS: Final = (
    "summary", "description", "status", "resolution", "priority", "components", "assignee",
    "reporter", "labels", "created",
)  # fmt: skip
#: Public name -> the field of an issue that shows it.
_IDS: Final = {
    "subject": "summary",
    "description": "description",
    "priority": "priority",
    "category": "components",
    "engineer": "assignee",
    "requester": "reporter",
}
#: What reads as a cancelled issue, whatever is configured.
_CANCELLED: Final = frozenset({"canceled", "cancelled"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Reads issues of one configured project."""

    url: str
    flavor: Flavor
    fields: Mapping[str, str]  #: public name -> the custom field that shows it
    statuses: Mapping[str, str]
    cancel_resolution: str

    @property
    def columns(self) -> Sequence[str]:
        """What is asked of an issue."""
        return (*_COLUMNS, *self.fields.values())

    def created(self, id_: str, key: str, sent: JsonObject, handle: Mapping[str, str]) -> Ticket:
        """Give the ticket of an issue that was just filed, as far as that is known."""
        return Ticket(
            number=key,
            id=id_,
            status="",
            state=TicketState.OPEN,
            url=f"{self.url}/browse/{key}",
            told=self.told(sent),
            handle=handle,
        )

    def filed(self, issue: JsonObject, token: str = "") -> Ticket:
        """Give the ticket of an issue as the bridge's own filing."""
        key, said = str(issue.get("key") or ""), _fields(issue)
        own = [label for label in labels_in(issue) if label != token]
        ticket = replace(
            self.created(str(issue.get("id") or key), key, {}, {"labels": " ".join(own)}),
            told=self.shown(said),
            created_at=_moment(said.get("created")),
        )
        return self.left(issue, ticket)

    def left(self, issue: JsonObject, ticket: Ticket) -> Ticket:
        """Give the ticket with what it has now taken for the bridge's or the desk's own doing."""
        said = _fields(issue)
        status = status_of(said.get("status"))
        begun = {} if status.is_rest else {"begun": status.name}
        handle = {
            **begun,
            **ticket.handle,
            "status": status.name,
            "assignee": self._person(said.get("assignee")),
        }
        shown = self.shown(said)
        told = {
            name: text if name in ticket.theirs else shown.get(name, text)
            for name, text in ticket.told.items()
        }
        created = ticket.created_at or _moment(said.get("created"))
        return self.seen(issue, replace(ticket, handle=handle, told=told, created_at=created))

    def seen(self, issue: JsonObject, ticket: Ticket) -> Ticket:
        """Give the ticket as an issue shows it."""
        said = _fields(issue)
        status = status_of(said.get("status"))
        assignee = said.get("assignee")
        state = self.state_of(status, _name(said.get("resolution")))
        key = str(issue.get("key") or ticket.number)
        return replace(
            ticket,
            number=key,
            url=f"{self.url}/browse/{key}",
            status=status.name,
            state=state,
            assignee=_name(assignee, "displayName") or self._person(assignee) or None,
            taken_over=state is TicketState.OPEN and self._is_at_work(said, ticket.handle),
            theirs=written_over(ticket.told, self.shown(said)),
            present={},
        )

    def corrected(self, issue: JsonObject, ticket: Ticket, own: Collection[str]) -> Ticket:
        """Give the ticket as an issue shows it, where some fields are as the bridge left them."""
        said, shown = _fields(issue), self.shown(_fields(issue))
        work = {
            "status": status_of(said.get("status")).name,
            "assignee": self._person(said.get("assignee")),
        }
        handle = {name: text for name, text in work.items() if name in own}
        ids = {**_IDS, **self.fields}
        told = {name: shown.get(name, "") for name in ticket.told if ids.get(name) in own}
        known = replace(ticket, handle={**ticket.handle, **handle}, told={**ticket.told, **told})
        return self.seen(issue, known)

    def moved(self, ticket: Ticket, status: Status, resolution: str = "") -> Ticket:
        """Give the ticket after a transition of the bridge's own."""
        return replace(
            ticket,
            status=status.name,
            state=self.state_of(status, resolution),
            handle={**ticket.handle, "status": status.name},
            taken_over=ticket.taken_over and not status.is_rest,
            present={},
        )

    def written(self, ticket: Ticket, sent: JsonObject, handle: Mapping[str, str]) -> Ticket:
        """Give the ticket after a write, with what else is to be remembered of it."""
        said = _fields(sent)
        assigned = {"assignee": self._person(said["assignee"])} if "assignee" in said else {}
        told = self.told(sent)
        return replace(
            ticket,
            told={**ticket.told, **told},
            handle={**ticket.handle, **assigned, **handle},
            theirs=ticket.theirs - told.keys(),
            present={},
        )

    def told(self, sent: JsonObject) -> Mapping[str, str]:
        """Give what a body says, as the issue will show it."""
        return self.shown(_fields(sent))

    def shown(self, said: JsonObject) -> Mapping[str, str]:
        """Give the texts of an issue's fields by their public names."""
        components = said.get("components")
        rows = components if isinstance(components, list) else []
        texts = {
            "subject": str(said.get("summary") or ""),
            "description": self.flavor.read(said.get("description")),
            "priority": _name(said.get("priority")),
            "category": ", ".join(_name(row) for row in rows),
            "engineer": self._person(said.get("assignee")),
            "requester": self._person(said.get("reporter")),
            **{name: text_of(said.get(id_)) for name, id_ in self.fields.items()},
        }
        return {name: text for name, text in texts.items() if text}

    def state_of(self, status: Status, resolution: str) -> TicketState:
        """Say what a status amounts to; only those whose category is done are at rest."""
        if not status.is_rest:
            return TicketState.OPEN
        name, ended = status.name.casefold(), resolution.casefold()
        if name in {*_CANCELLED, self.statuses["cancelled"].casefold()}:
            return TicketState.CANCELLED
        if name == self.statuses["closed"].casefold():
            return TicketState.CLOSED
        is_cancelled = ended == self.cancel_resolution.casefold() and ended != ""
        return TicketState.CANCELLED if is_cancelled else TicketState.RESOLVED

    def _person(self, said: JsonValue) -> str:
        return _name(said, self.flavor.user_key)

    def _is_at_work(self, said: JsonObject, handle: Mapping[str, str]) -> bool:
        """Take a status or an assignee that the bridge did not leave as a person's."""
        status = status_of(said.get("status")).name
        assignee = self._person(said.get("assignee"))
        if "status" not in handle:
            return False  # it was filed and not seen since: this is how it was left
        return status != handle["status"] or (
            bool(assignee) and assignee != handle.get("assignee", "")
        )


def labels_in(issue: JsonObject) -> Sequence[str]:
    """Give the labels of an issue."""
    labels = _fields(issue).get("labels")
    return [str(label) for label in labels] if isinstance(labels, list) else []


def _fields(issue: JsonObject) -> JsonObject:
    fields = issue.get("fields")
    return fields if isinstance(fields, Mapping) else {}


def _name(said: JsonValue, key: str = "name") -> str:
    return str(said.get(key) or "") if isinstance(said, Mapping) else ""


def text_of(said: JsonValue) -> str:
    """Give what people see of a field's value."""
    match said:
        case Mapping():
            keys = ("value", "name", "displayName", "accountId", "id")
            return next((text for key in keys if (text := _name(said, key))), "")
        case list():
            return ", ".join(text_of(part) for part in said)
        case None:
            return ""
        case _:
            return str(said)


def _moment(said: JsonValue) -> datetime | None:
    """Read a time as 2026-11-24T09:30:00.000+0000."""
    try:
        return datetime.strptime(str(said), "%Y-%m-%dT%H:%M:%S.%f%z")
    except ValueError:
        return None
