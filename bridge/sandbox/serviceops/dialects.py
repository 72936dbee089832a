"""What each dialect of ServiceOps takes, refuses and shows.

gen-1 is the vendor's "Create an Incident" and its neighbours (Flotomate/product_docs), gen-2 the
requests of https://docs.motadata.com/serviceops-docs. gen-1 refuses every key that its tables do
not have; gen-2's tables are not all public, so it refuses gen-1's keys and looks away from others.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar, Final

from bridge.sandbox.refusal import Refused
from bridge.sandbox.serviceops.fields import write_by_id
from bridge.sandbox.serviceops.keys import (
    COMMON,
    COPIES,
    GEN1_ONLY,
    GEN1_UPDATE,
    GEN2_ONLY,
    WHO,
    Key,
)
from bridge.sandbox.serviceops.uploads import shown
from bridge.sandbox.serviceops.values import Body, require
from bridge.sandbox.serviceops.words import enum_of
from bridge.sandbox.ticket import SandboxTicket


class Dialect(ABC):
    """One dialect: reads bodies into the record's fields, writes records and refusals."""

    needed: ClassVar[tuple[str, ...]]
    needed_again: ClassVar[tuple[str, ...]] = ()  #: in every update, whatever it changes

    def create(self, said: Body) -> Mapping[str, object]:
        """Read the body of a create; Refused, naming the key, if it breaks a rule."""
        require(said, *self.needed)
        return self._read(said, self._creating())

    def update(self, said: Body) -> Mapping[str, object]:
        """Read the body of an update; Refused, naming the key, if it breaks a rule."""
        require(said, *self.needed_again)
        return self._read(said, self._updating())

    @abstractmethod
    def created(self, ticket: SandboxTicket) -> object:
        """Answer that a ticket is new, or that it was updated."""

    @abstractmethod
    def show(self, ticket: SandboxTicket) -> object:
        """Show a ticket."""

    @abstractmethod
    def refusal(self, reason: str) -> object:
        """Say why nothing was done."""

    @abstractmethod
    def _creating(self) -> Mapping[str, Key]: ...

    @abstractmethod
    def _updating(self) -> Mapping[str, Key]: ...

    @abstractmethod
    def _check_unknown(self, key: str) -> None: ...

    def _read(self, said: Body, known: Mapping[str, Key]) -> Mapping[str, object]:
        fields: dict[str, object] = {}
        for key, value in said.items():
            if key not in known:
                self._check_unknown(key)
                continue
            field, read = known[key]
            read_value = read(value, key)
            if field:
                fields[field] = read_value
        return fields


class _Gen1(Dialect):
    """`/api/v1/incident`. No failure is documented: its form here is inferred from success's."""

    needed = ("requesterEmail", "subject", "categoryName")

    def created(self, ticket: SandboxTicket) -> object:
        """Give the vendor's envelope around the id."""
        return {"returnCode": "SUCCESS", "status": 0, "userMessage": None, "id": int(ticket.id)}

    def refusal(self, reason: str) -> object:
        """Give the envelope with ERROR in it."""
        return {"returnCode": "ERROR", "status": 1, "userMessage": reason, "id": None}

    def show(self, ticket: SandboxTicket) -> object:
        """Show a ticket as the vendor's sample does, which has no id."""
        return {
            "requesterEmail": ticket.requester,
            "ccEmailSet": ticket.cc,
            "subject": ticket.subject,
            "description": ticket.description,
            "categoryName": ticket.category,
            "status": ticket.status,
            "impact": enum_of(ticket.impact) or None,
            "priority": enum_of(ticket.priority) or None,
            "urgency": enum_of(ticket.urgency) or None,
            "locationName": ticket.location or None,
            "tags": ticket.tags,
            "spam": False,
            "fileAttachments": shown(ticket.files),
            "customFieldValueDetails": write_by_id(ticket.custom_fields),
        }

    def _creating(self) -> Mapping[str, Key]:
        return {**COMMON, **GEN1_ONLY, **WHO, **COPIES}

    def _updating(self) -> Mapping[str, Key]:
        return {**COMMON, **GEN1_ONLY, **GEN1_UPDATE}

    def _check_unknown(self, key: str) -> None:
        raise Refused(f"{key} is not a key of this call to /api/v1/incident")


class _Gen2(Dialect):
    """`/api/v1/request`. No failure is documented: its form here is inferred."""

    needed = ("requesterEmail", "subject")
    needed_again = ("subject",)

    def created(self, ticket: SandboxTicket) -> object:
        """Give the ticket itself, without an envelope."""
        return self.show(ticket)

    def refusal(self, reason: str) -> object:
        """Give the reason twice, for people and for programs."""
        return {"error": reason, "userMessage": reason}

    def show(self, ticket: SandboxTicket) -> Mapping[str, object]:
        """Show a ticket as a flat object; times are milliseconds since 1970."""
        return {
            "id": int(ticket.id),
            "name": ticket.number,
            "subject": ticket.subject,
            "description": ticket.description,
            "requesterEmail": ticket.requester,
            "ccEmailSet": ticket.cc,
            "categoryName": ticket.category or None,
            "statusName": ticket.status,
            "impactName": ticket.impact or None,
            "priorityName": ticket.priority or None,
            "urgencyName": ticket.urgency or None,
            "locationName": ticket.location or None,
            "assigneeEmail": ticket.assignee or None,
            "technicianGroupName": ticket.workgroup or None,
            "tags": ticket.tags,
            "spam": False,
            "fileAttachments": shown(ticket.files),
            "customField": ticket.custom_fields,
            "createdTime": _milliseconds(ticket.created_at),
            "updatedTime": _milliseconds(ticket.updated_at),
        }

    def _creating(self) -> Mapping[str, Key]:
        return {**self._updating(), **WHO}

    def _updating(self) -> Mapping[str, Key]:
        return {**COMMON, **GEN2_ONLY, **COPIES}

    def _check_unknown(self, key: str) -> None:
        if key in {**GEN1_ONLY, **GEN1_UPDATE}:
            raise Refused(f"{key} belongs to /api/v1/incident; /api/v1/request has another name")


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)


GEN1: Final = _Gen1()
GEN2: Final = _Gen2()
