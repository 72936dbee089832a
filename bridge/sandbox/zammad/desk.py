"""The stand-in Zammad.

https://docs.zammad.org/en/latest/api/intro.html and the pages below it.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Final

import orjson
from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request

from bridge.domain.json import JsonValue
from bridge.sandbox.desk import Sandbox
from bridge.sandbox.gate import is_for_people
from bridge.sandbox.refusal import Refused
from bridge.sandbox.routes import json_answer
from bridge.sandbox.ticket import SandboxTicket, changed
from bridge.sandbox.zammad.attributes import (
    Body,
    NotFound,
    Unauthorized,
    Unprocessable,
    check_new,
    read,
    read_article,
    shown,
)
from bridge.sandbox.zammad.words import GROUPS, PRIORITIES, STATES, VOCABULARY

KEY: Final = "sandbox-key"
USER: Final = ("bridge", "sandbox-password")
ROOT: Final = "/api/v1"
_FIRST_NUMBER: Final = 22001
_MOST: Final = 200
_ID: Final = re.compile(r"/\d+(?=/|$)")


class ZammadSandbox(Sandbox):
    """Zammad as its documents have it, without Elasticsearch: a search reads texts, and no tags.

    The access token is `sandbox-key`; the agent `bridge` has `sandbox-password`.
    """

    title = "Zammad sandbox"
    vocabulary = VOCABULARY

    def vendor_routes(self) -> Blueprint:
        """Give tickets, articles, tags and the account."""
        blueprint = Blueprint("zammad", __name__)
        add = blueprint.add_url_rule
        add(f"{ROOT}/tickets", "file", self._file, methods=["POST"])
        add(f"{ROOT}/tickets/search", "search", self._search, methods=["GET"])
        add(f"{ROOT}/tickets/<int:id_>", "show", self._show, methods=["GET"])
        add(f"{ROOT}/tickets/<int:id_>", "change", self._change, methods=["PUT"])
        add(f"{ROOT}/ticket_articles", "say", self._say, methods=["POST"])
        add(f"{ROOT}/tags", "tags", self._tags, methods=["GET"])
        add(f"{ROOT}/users/me", "me", lambda: json_answer({"id": 3, "login": USER[0]}))
        blueprint.before_app_request(self._authenticate)
        blueprint.app_errorhandler(Refused)(self._refuse)
        blueprint.app_errorhandler(HTTPException)(self._refuse_call)
        return blueprint

    def operation(self, request: Request) -> str:
        """Name the method and the path, with a ticket's id left open."""
        return f"{request.method} {_ID.sub('/{id}', request.path)}"

    def _authenticate(self) -> None:
        if is_for_people(request.path):
            return
        said = request.headers.get("Authorization", "")
        basic = request.authorization
        is_user = (
            basic is not None and basic.type == "basic" and (basic.username, basic.password) == USER
        )
        if said not in (f"Token token={KEY}", f"Bearer {KEY}") and not is_user:
            raise Unauthorized("Authentication required")

    def _file(self) -> Response:
        said = _body()
        fields = {"workgroup": "", "subject": "", **read(said, None)}
        check_new(fields, said)
        text, files, _ = read_article(said["article"])
        subject = _article_subject(said["article"])
        tags = [tag.strip() for tag in str(said.get("tags", "")).split(",") if tag.strip()]
        values = {
            "status": STATES[0], "priority": PRIORITIES[1], "workgroup": GROUPS[0], **fields,
            "description": text, "files": files, "tags": tuple(dict.fromkeys(tags)),
            # A search reads it too; the record has no other place for it.
            "reason": subject,
        }  # fmt: skip
        return self._answer(self._book.create(lambda n, now: _new(values, n, now)), 201)

    def _show(self, id_: int) -> Response:
        return self._answer(self._ticket(id_))

    def _change(self, id_: int) -> Response:
        said, number = _body(), self._ticket(id_).number
        article = read_article(said["article"]) if said.get("article") else None

        def decide(ticket: SandboxTicket) -> Mapping[str, object]:
            fields = read(said, ticket)
            return {**fields, **(_said(changed_by(ticket, fields), article) if article else {})}

        return self._answer(self._book.change(number, decide, by="api"))

    def _say(self) -> Response:
        said = _body()
        id_ = said.get("ticket_id")
        if not isinstance(id_, int):
            raise Unprocessable("Missing required value for field 'ticket_id'!")
        article = read_article(said)
        ticket = self._ticket(id_)
        after = self._book.change(ticket.number, lambda was: _said(was, article), by="api")
        answer = {"id": 100 + len(after.notes), "ticket_id": id_, "internal": article[2]}
        return json_answer({**answer, "body": article[0]}, 201)

    def _search(self) -> Response:
        query = request.args.get("query", "").strip('"').casefold()
        if not query:
            raise Unprocessable("Missing required value for field 'query'!")
        found = [ticket for ticket in self._book.all() if query in _searched(ticket)]
        rows = found[: request.args.get("limit", 50, type=int)][:_MOST]
        if _is_expanded():
            return json_answer([shown(ticket) for ticket in rows])
        return json_answer({"tickets": [int(t.id) for t in rows], "tickets_count": len(rows)})

    def _tags(self) -> Response:
        if request.args.get("object") != "Ticket":
            raise Unprocessable("object is not Ticket")
        return json_answer({"tags": self._ticket(request.args.get("o_id", 0, type=int)).tags})

    def _ticket(self, id_: int) -> SandboxTicket:
        for ticket in self._book.all():
            if ticket.id == str(id_):
                return ticket
        message = f"Couldn't find Ticket with 'id'={id_}"
        raise NotFound(message)

    def _answer(self, ticket: SandboxTicket, status: int = 200) -> Response:
        said: Mapping[str, JsonValue] = shown(ticket)
        if not _is_expanded():
            names = ("state", "priority", "group", "owner", "customer")
            said = {name: value for name, value in said.items() if name not in names}
        return json_answer(said, status)

    def _refuse(self, refused: Refused) -> Response:
        self._calls.refuse(self.operation(request), str(refused))
        return json_answer({"error": str(refused), "error_human": str(refused)}, refused.status)

    def _refuse_call(self, error: HTTPException) -> HTTPException | Response:
        """Answer what has no route, or no such method, in the vendor's form."""
        if is_for_people(request.path):
            return error
        self._calls.refuse(self.operation(request), f"{error.code} {error.name}")
        return json_answer({"error": f"No route matches {request.path}"}, error.code or 500)


def changed_by(ticket: SandboxTicket, fields: Mapping[str, object]) -> SandboxTicket:
    """Give the ticket as it will be, for what else is decided on it."""
    return changed(ticket, fields, at=ticket.updated_at, by="api")


def _said(
    ticket: SandboxTicket, article: tuple[str, Mapping[str, str], bool]
) -> Mapping[str, object]:
    text, files, is_internal = article
    seen = () if is_internal else (text,)
    return {
        "notes": (*ticket.notes, text),
        "replies": (*ticket.replies, *seen),
        "files": {**ticket.files, **files},
    }


def _new(values: Mapping[str, object], earlier: int, now: datetime) -> SandboxTicket:
    return SandboxTicket(
        number=str(_FIRST_NUMBER + earlier),
        id=str(earlier + 1),
        created_at=now,
        updated_at=now,
        **values,  # type: ignore[arg-type]  # the record's own names
    )


def _searched(ticket: SandboxTicket) -> str:
    """Give the columns that Zammad's search reads from its database."""
    texts = (ticket.number, ticket.subject, ticket.reason, ticket.description, *ticket.notes)
    return "\n".join(texts).casefold()


def _article_subject(said: object) -> str:
    subject = said.get("subject") if isinstance(said, dict) else None
    return subject if isinstance(subject, str) else ""


def _is_expanded() -> bool:
    return request.args.get("expand") == "true"


def _body() -> Body:
    """Read a JSON object that says it is one."""
    if request.mimetype != "application/json":
        raise Unprocessable("Content-Type is not application/json")
    try:
        said = orjson.loads(request.get_data())
    except orjson.JSONDecodeError as exc:
        raise Unprocessable("the body is not JSON") from exc
    if not isinstance(said, dict):
        raise Unprocessable("the body is not a JSON object")
    return said
