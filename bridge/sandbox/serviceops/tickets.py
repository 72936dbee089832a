"""ServiceOps' routes to tickets: create, read and update by dialect, notes and search."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from flask import Blueprint, Response, request

from bridge.domain.json import JsonValue
from bridge.sandbox.book import Decide, TicketBook
from bridge.sandbox.refusal import Refused
from bridge.sandbox.routes import json_answer
from bridge.sandbox.serviceops.conversation import read_note, with_note
from bridge.sandbox.serviceops.dialects import GEN2, Dialect
from bridge.sandbox.serviceops.search import search
from bridge.sandbox.serviceops.uploads import Uploads
from bridge.sandbox.serviceops.values import Body, read_body
from bridge.sandbox.serviceops.words import OPEN
from bridge.sandbox.ticket import SandboxTicket

_FIRST_CONVERSATION: Final = 501


class UnknownTicket(Refused):
    """An id that no ticket has."""

    status = 404


class DialectRoutes:
    """Create, read and update in one dialect."""

    def __init__(self, book: TicketBook, dialect: Dialect, uploads: Uploads) -> None:
        self._book = book
        self._dialect = dialect
        self._uploads = uploads

    def add(self, blueprint: Blueprint, path: str, *, update: str) -> None:
        """Add the routes below a path; `update` is the method that changes a ticket."""
        name = path.rpartition("/")[2]
        add = blueprint.add_url_rule
        add(path, f"{name}-create", self._create, methods=["POST"])
        add(f"{path}/<int:id_>", f"{name}-read", self._read, methods=["GET"])
        add(f"{path}/<int:id_>", f"{name}-update", self._update, methods=[update])

    def _create(self) -> Response:
        fields = self._with_files(self._dialect.create(_body()), {})
        ticket = self._book.create(lambda earlier, now: _new(fields, earlier, now))
        return json_answer(self._dialect.created(ticket))

    def _read(self, id_: int) -> Response:
        ticket = self._book.get(_number(id_))
        if ticket is None:
            raise UnknownTicket(f"there is no ticket with the id {id_}")
        return json_answer(self._dialect.show(ticket))

    def _update(self, id_: int) -> Response:
        fields = self._dialect.update(_body())
        ticket = _change(self._book, id_, lambda ticket: self._merged(fields, ticket))
        return json_answer(self._dialect.created(ticket))

    def _merged(self, fields: Mapping[str, object], ticket: SandboxTicket) -> Mapping[str, object]:
        """Keep the custom fields that an update does not name; null empties one."""
        fields = self._with_files(fields, ticket.files)
        named = fields.get("custom_fields")
        if not isinstance(named, dict):
            return fields
        values: Mapping[str, JsonValue] = {**ticket.custom_fields, **named}
        return {**fields, "custom_fields": {k: v for k, v in values.items() if v is not None}}

    def _with_files(
        self, fields: Mapping[str, object], present: Mapping[str, str]
    ) -> Mapping[str, object]:
        """Put files in place of references; the list that is sent is all that there is then."""
        wanted = fields.get("files")
        if not isinstance(wanted, dict):
            return fields
        return {**fields, "files": self._uploads.named(wanted, present)}


class NotesAndSearch:
    """What only requests have; gen-1 documents neither."""

    def __init__(self, book: TicketBook) -> None:
        self._book = book

    def add(self, blueprint: Blueprint, path: str) -> None:
        """Add the routes below a path."""
        add = blueprint.add_url_rule
        add(f"{path}/search/byqual", view_func=self._search, methods=["POST"])
        add(f"{path}/<int:id_>/conversation", view_func=self._note, methods=["POST"])

    def _search(self) -> Response:
        page, total = search(self._book.all(), _body(), request.args)
        shown = [GEN2.show(ticket) for ticket in page]
        return json_answer({"objectList": shown, "totalCount": total})

    def _note(self, id_: int) -> Response:
        said = _body()
        note, is_seen = read_note(said)
        ticket = _change(self._book, id_, lambda ticket: with_note(ticket, note, is_seen=is_seen))
        number = _FIRST_CONVERSATION + len(ticket.notes)
        return json_answer(
            {**said, "id": number, "createdTime": f"{ticket.updated_at:%a, %b %d, %Y %I:%M %p}"}
        )


def _body() -> Body:
    return read_body(request.get_data(), request.mimetype)


def _number(id_: int) -> str:
    return f"INC-{id_}"


def _change(book: TicketBook, id_: int, decide: Decide) -> SandboxTicket:
    try:
        return book.change(_number(id_), decide, by="api")
    except KeyError as exc:
        raise UnknownTicket(f"there is no ticket with the id {id_}") from exc


def _new(fields: Mapping[str, object], earlier: int, now: datetime) -> SandboxTicket:
    id_ = earlier + 1
    return SandboxTicket(
        number=_number(id_),
        id=str(id_),
        created_at=now,
        updated_at=now,
        **{"status": OPEN, **fields},  # type: ignore[arg-type]  # the dialects' own names
    )
