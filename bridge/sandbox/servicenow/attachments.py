"""The Attachment API's route that takes a file as the body of a call.

https://docs.servicenow.com/bundle/jakarta-servicenow-platform/page/integrate/inbound-rest/reference/r_AttachmentAPI-POST.html
"""

from collections.abc import Callable, Mapping
from typing import Final

from flask import Blueprint, Response, request

from bridge.sandbox.book import TicketBook
from bridge.sandbox.routes import json_answer
from bridge.sandbox.servicenow.access import BLIND, READER
from bridge.sandbox.servicenow.records import check_accept
from bridge.sandbox.servicenow.refusals import BadRequest, Forbidden, NotFound, TooLarge
from bridge.sandbox.servicenow.tables import sys_id_of
from bridge.sandbox.ticket import SandboxTicket

PATH: Final = "/api/now/attachment/file"
#: com.glide.attachment.max_size of this instance; 1024 MB in the base system.
MOST_BYTES: Final = 1_000_000
_PARAMETERS: Final = ("table_name", "table_sys_id", "file_name")


class Attachments:
    """The files of one desk's incidents."""

    def __init__(self, book: TicketBook, user: Callable[[], str]) -> None:
        self._book = book
        self._user = user

    def add(self, blueprint: Blueprint) -> None:
        """Add the route."""
        blueprint.add_url_rule(PATH, "attach", self._attach, methods=["POST"])

    def _attach(self) -> Response:
        check_accept()
        name, content = _file()
        ticket = self._ticket()
        if self._user() == READER:
            raise Forbidden("ACL Exception Insert Failed due to security constraints")
        files = self._book.change(ticket.number, lambda was: _with(was, name, content), by="api")
        sys_id = sys_id_of("sys_attachment", f"{ticket.id}/{len(files.files)}")
        result = {
            "sys_id": sys_id,
            "table_name": "incident",
            "table_sys_id": ticket.id,
            "file_name": name,
            "content_type": request.content_type,
            "size_bytes": str(len(content)),
        }
        answer = json_answer({"result": result}, 201)
        place = f"/api/now/attachment/{sys_id}"
        answer.headers["Location"] = request.host_url.rstrip("/") + place
        return answer

    def _ticket(self) -> SandboxTicket:
        """Give the record; one that this user may not see is as good as none."""
        wanted = (request.args["table_name"], request.args["table_sys_id"])
        for ticket in self._book.all():
            if ("incident", ticket.id) == wanted and self._user() != BLIND:
                return ticket
        raise NotFound("Record doesn't exist or ACL restricts the record retrieval")


def _file() -> tuple[str, bytes]:
    """Read the name and the content; refuse what no record could be given."""
    missing = [name for name in _PARAMETERS if not request.args.get(name)]
    if missing:
        raise BadRequest(f"Missing mandatory parameters: {', '.join(missing)}")
    if not request.content_type:
        raise BadRequest("Missing mandatory header: Content-Type")
    content = request.get_data()
    if not content:
        raise BadRequest("the body is empty; a file has at least one byte")
    if len(content) > MOST_BYTES:
        raise TooLarge("the file is larger than com.glide.attachment.max_size")
    return request.args["file_name"], content


def _with(ticket: SandboxTicket, name: str, content: bytes) -> Mapping[str, object]:
    """Keep a file beside the others; a second one of the same name replaces none."""
    like = sum(other == name or other.startswith(f"{name} (") for other in ticket.files)
    kept = f"{name} ({like + 1})" if like else name
    return {"files": {**ticket.files, kept: content.decode(errors="replace")}}
