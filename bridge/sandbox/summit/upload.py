"""Summit_UploadAttachment: a file for a ticket, byte by byte.

https://eitdocs.atlassian.net/wiki/spaces/ReleaseNotes/pages/36552467/UploadAttachment
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bridge.sandbox.refusal import Refused
from bridge.sandbox.summit.call import Fields, text
from bridge.sandbox.ticket import SandboxTicket


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file that is sent; its ticket is named by the internal id."""

    ticket_id: str
    name: str
    content: str


def read_upload(parameters: Fields) -> Upload:
    """Read a file; Refused, naming the parameter, if one is missing or of another type."""
    if text(parameters, "eModule") != "IM":
        raise Refused("eModule is not IM, which incidents have")
    ticket_id = parameters.get("TicketID")
    if type(ticket_id) is not int:
        raise Refused("TicketID is mandatory and an INTEGER")
    name = text(parameters, "AttachmentFileName")
    if any(sign in name for sign in '<>:"/\\|?*') or not name.isprintable():
        raise Refused("AttachmentFileName is not the name of a file")
    content = _bytes(parameters.get("FileByte")).decode("utf-8", "replace")
    return Upload(ticket_id=str(ticket_id), name=name, content=content)


def ticket_of(upload: Upload, tickets: Sequence[SandboxTicket]) -> SandboxTicket:
    """Give the ticket that a file is for; Refused if there is none with that internal id."""
    for ticket in tickets:
        if ticket.id == upload.ticket_id:
            return ticket
    raise Refused(f"TicketID {upload.ticket_id} is not the internal id of a ticket")


def _bytes(value: object) -> bytes:
    if not isinstance(value, list) or not value or any(type(byte) is not int for byte in value):
        raise Refused("FileByte is mandatory and an array of bytes")
    try:
        return bytes(value)
    except ValueError as exc:
        raise Refused("FileByte has a number that is no byte") from exc
