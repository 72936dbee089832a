"""ServiceOps' conversations: notes among technicians, and mails to and from the requester.

https://docs.motadata.com/serviceops-docs, conversation APIs; they write both `note` and `Note`.
"""

from collections.abc import Mapping
from typing import Final

from bridge.sandbox.serviceops.values import Body, choice, full_text, require, text
from bridge.sandbox.ticket import SandboxTicket

_SEEN: Final = ("technician_to_requester", "requestor_to_technician")
_TYPES: Final = ("note", "Note", "collaborate", *_SEEN)


def read_note(said: Body) -> tuple[str, bool]:
    """Give the HTML of a conversation and whether the requester sees it; Refused if it is wrong."""
    require(said, "conversationType", "details")
    kind = choice(said["conversationType"], "conversationType", _TYPES)
    choice(said.get("conversationState"), "conversationState", ("published",))
    if "subject" in said:
        text(said["subject"], "subject")
    return full_text(said["details"], "details"), kind in _SEEN


def with_note(ticket: SandboxTicket, note: str, *, is_seen: bool) -> Mapping[str, object]:
    """Give the record's fields with one note more."""
    replies = (*ticket.replies, note) if is_seen else ticket.replies
    return {"notes": (*ticket.notes, note), "replies": replies}
