"""The calls that ServiceOps answers, without their authorization."""

from dataclasses import dataclass

from bridge.backends.http import Call, FilePart
from bridge.backends.serviceops.dialect import Dialect
from bridge.domain.json import JsonObject
from bridge.domain.ticket import Ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """Makes the calls of one dialect."""

    dialect: Dialect

    def create(self, sent: JsonObject) -> Call:
        """File a ticket."""
        return Call(
            operation="create", method="POST", path=self.dialect.path, json=sent, repeatable=False
        )

    def read(self, ticket: Ticket) -> Call:
        """Get a ticket."""
        return Call(
            operation="read",
            method="GET",
            path=self.dialect.ticket_path(ticket.id),
            repeatable=True,
            names_ticket=True,
        )

    def write(self, operation: str, ticket: Ticket, sent: JsonObject) -> Call:
        """Change a ticket; both dialects take the changed keys alone."""
        return Call(
            operation=operation,
            method=self.dialect.update_method,
            path=self.dialect.ticket_path(ticket.id),
            json=sent,
            repeatable=True,
            names_ticket=True,
        )

    def note(self, operation: str, ticket: Ticket, sent: JsonObject) -> Call:
        """Add to a ticket's conversation; doing so twice says it twice."""
        return Call(
            operation=operation,
            method="POST",
            path=f"/api/v1/request/{ticket.id}/conversation",
            json=sent,
            repeatable=False,
            names_ticket=True,
        )

    def upload(self, name: str, text: str) -> Call:
        """Bring a file to the desk; one that no ticket refers to is seen by nobody."""
        content = text.encode("utf-8", "replace")
        file = FilePart(part="file", name=name, content=content, type="text/plain; charset=utf-8")
        return Call(
            operation="attach",
            method="POST",
            path="/api/oprfile",
            files=(file,),
            repeatable=True,
            # What is not there, or not for this account, is the upload and not the desk.
            names_ticket=True,
            forbids_ticket=lambda _: True,
        )

    def search(self, operation: str, wanted: JsonObject, offset: int, size: int) -> Call:
        """Get one page of the tickets that a qualification describes."""
        return Call(
            operation=operation,
            method="POST",
            path="/api/v1/request/search/byqual",
            query={"offset": str(offset), "size": str(size), "sort_by": "createdTime"},
            json=wanted,
            repeatable=True,
        )

    def priorities(self) -> Call:
        """List the priorities; seen in clients of the vendor's own people, documented nowhere."""
        return Call(
            operation="priorities",
            method="POST",
            path="/api/request/priority/search/byqual",
            json={},
            repeatable=True,
        )
