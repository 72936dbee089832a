"""What Summit says of a ticket, read into what the bridge knows of one.

The keys are those that panoramicdata's SymphonyAi.Summit.Api reads; the vendor has no page on them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Self
from urllib.parse import quote, urlsplit

from bridge.backends.people import written_over
from bridge.backends.summit.status import WORKING, spelled, state_of
from bridge.backends.summit.texts import mark
from bridge.domain.json import JsonObject, JsonValue
from bridge.domain.ticket import Ticket

#: Keys of Ticket.handle.
INTERNAL_ID = "internal_id"
ENCRYPTED_ID = "encrypted_id"
WORKGROUP = "workgroup"
#: The status that the bridge itself last set, and who is at it since: that is no takeover.
MOVED_TO = "moved_to"
MOVED_AS = "moved_as"

_LOGS = ("Internallog", "InternalLog", "Private_Log")


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """A ticket as it is now, as far as Summit told; what an update has to repeat."""

    number: str
    status: str
    was_read: bool = True  #: False: this is only what the bridge remembers
    internal_id: str = ""
    encrypted_id: str = ""
    subject: str = ""
    description: str = ""
    workgroup: str = ""
    engineer: str = ""
    caller: str = ""
    medium: str = ""
    source: str = ""
    pending_reason: str = ""
    closure_code: str = ""
    resolution_code: str = ""
    solution: str = ""
    linked_ci: str = ""
    priority: str = ""
    impact: str = ""
    urgency: str = ""
    category: str = ""

    @classmethod
    def remembered(cls, ticket: Ticket) -> Self:
        """Give what is known of a ticket that cannot be read."""
        return cls(
            number=ticket.number,
            status=ticket.status,
            was_read=False,
            workgroup=ticket.handle.get(WORKGROUP, ""),
            engineer=ticket.assignee or "",
        )

    @classmethod
    def fresh(cls, ticket: Ticket) -> Self:
        """Give the ticket as it was read a moment ago."""
        return cls(**ticket.present)  # type: ignore[arg-type]  # written by present()

    def present(self) -> Mapping[str, str]:
        """Give it for the calls that follow at once, so that they need not read again."""
        said = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "was_read"}
        return said if self.was_read else {}

    @classmethod
    def said(cls, record: JsonObject, number: str) -> Self:
        """Read TicketDetails of IM_GetIncidentDetailsAndChangeHistory, or a row of a list."""
        return cls(
            number=number,
            status=spelled(_text(record, "Status")),
            internal_id=_text(record, "Ticket_ID"),
            encrypted_id=_text(record, "Ticket_ID_Encrypted"),
            subject=_text(record, "Subject", "Symptom"),
            description=_text(record, "Information", "Description"),
            workgroup=_text(record, "WG_Name", "Workgroup_Name"),
            engineer=_text(record, "Assigned_Engineer_Email"),
            caller=_text(record, "Caller_EmailID", "Caller_EmailId"),
            medium=_text(record, "Medium"),
            source=_text(record, "Source"),
            pending_reason=_text(record, "PendingReason", "Pending_Reason"),
            closure_code=_text(record, "ClCode_Name", "Closure_Code_Name"),
            resolution_code=_text(record, "ResolutionCodeName", "Reslution_Code_Name"),
            solution=_text(record, "Solution"),
            linked_ci=_text(record, "Linked_CI_IDs"),
            priority=_text(record, "PriorityName", "Priority_Name", "Priority"),
            impact=_text(record, "Impact_Name", "Impact"),
            urgency=_text(record, "Criticality_Name", "Urgency_Name", "Urgency"),
            category=_text(record, "Category", "Category_Name"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Reads records of one configured desk."""

    url: str
    engineer: str  #: the bridge's own
    token_field: str

    def filed(
        self,
        answer: JsonObject,
        filed: Details,
        handle: Mapping[str, str],
        told: Mapping[str, str],
    ) -> Ticket | None:
        """Read the answer to a create of `filed`; None if it names no ticket."""
        number = _text(answer, "TicketNo")
        if not number.isdigit() or int(number) == 0:
            return None
        details = replace(
            filed,
            number=number,
            internal_id=_text(answer, "TicketID_Internal"),
            encrypted_id=_text(answer, "TicketID_Encrypted"),
        )
        # Summit may derive a priority from impact and urgency; its answer says which.
        priority = _text(answer, "Priority")
        return replace(
            self.seen(details, handle),
            told={**told, **({"priority": priority} if priority else {})},
        )

    def seen(self, details: Details, handle: Mapping[str, str]) -> Ticket:
        """Give the ticket; `handle` is what the bridge remembers of how it filed it."""
        ids = {INTERNAL_ID: details.internal_id, ENCRYPTED_ID: details.encrypted_id}
        handle = {key: said for key, said in {**ids, **handle}.items() if said}
        return Ticket(
            number=details.number,
            id=details.number,
            status=details.status,
            state=state_of(details.status),
            url=self._address(handle.get(ENCRYPTED_ID, "")),
            assignee=details.engineer or None,
            taken_over=self._is_taken_over(details, handle),
            handle=handle,
        )

    def changed(self, ticket: Ticket, details: Details) -> Ticket:
        """Give the ticket as it is now; it stays filed as it was."""
        seen = self.seen(details, ticket.handle)
        shown = {name: getattr(details, name) for name in ticket.told if details.was_read}
        return replace(
            seen,
            created_at=ticket.created_at,
            told=ticket.told,
            theirs=written_over(ticket.told, shown) if shown else ticket.theirs,
        )

    def left(self, ticket: Ticket, now: Details) -> Ticket:
        """Give the ticket with what is otherwise than before taken for the bridge's own doing."""
        told = {
            name: text if name in ticket.theirs else getattr(now, name) or text
            for name, text in ticket.told.items()
        }
        workgroup = {WORKGROUP: now.workgroup} if now.workgroup else {}
        marks = {**workgroup, MOVED_TO: now.status, MOVED_AS: now.engineer}
        return self.changed(replace(ticket, told=told, handle={**ticket.handle, **marks}), now)

    def moved(self, ticket: Ticket, now: Details, then: Details) -> Ticket:
        """Give the ticket as it is once the bridge has moved it; a person's stays a person's."""
        if now.status == then.status or self.changed(ticket, now).taken_over:
            return self.changed(ticket, then)
        marks = {MOVED_TO: then.status, MOVED_AS: then.engineer}
        return self.changed(replace(ticket, handle={**ticket.handle, **marks}), then)

    def carries(self, record: JsonObject, attributes: JsonValue, token: str) -> bool:
        """Say whether the token is on a ticket: whole in its internal log, or in its own field."""
        return mark(token) in _text(record, *_LOGS) or any(
            _text(attribute, "SR_CtAttribute_Name") == self.token_field
            and _text(attribute, "AttributeText") == token
            for attribute in objects(attributes)
            if self.token_field
        )

    def ids(self, record: JsonObject) -> tuple[Details, Sequence[str]]:
        """Read a row of a list: the ticket, and what may be its TicketNo, the likeliest first.

        Which of Incident_ID and Ticket_ID is the TicketNo, no page of the vendor's says.
        """
        said = (_text(record, key) for key in ("Ticket_No", "Incident_ID", "Ticket_ID"))
        numbers = tuple(dict.fromkeys(number for number in said if number.isdigit()))
        return Details.said(record, numbers[0] if numbers else ""), numbers

    def _is_taken_over(self, details: Details, handle: Mapping[str, str]) -> bool:
        engineer, filed_in = details.engineer.casefold(), handle.get(WORKGROUP, "")
        was_moved = "" not in (filed_in, details.workgroup) and (
            filed_in.casefold() != details.workgroup.casefold()
        )
        is_at_work = details.status in WORKING and engineer not in ("", self.engineer.casefold())
        by_bridge = (handle.get(MOVED_TO), handle.get(MOVED_AS, "").casefold())
        return was_moved or (is_at_work and (details.status, engineer) != by_bridge)

    def _address(self, encrypted_id: str) -> str | None:
        """Give the page that people read; the id comes encoded for a URL, or not."""
        if not encrypted_id:
            return None
        parts = urlsplit(self.url)
        shown = quote(encrypted_id, safe="%")
        return f"{parts.scheme}://{parts.netloc}/MDLIncidentMgmt/IM_TicketDetail.aspx?ID={shown}"


def objects(value: JsonValue) -> Iterator[JsonObject]:
    """Give the objects of a list; Summit writes a lone one as such, too."""
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, Mapping):
            yield item


def _text(record: JsonObject, *keys: str) -> str:
    """Give the first of these keys that says anything."""
    for key in keys:
        value = record.get(key)
        if isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip():
            return str(value).strip()
    return ""
