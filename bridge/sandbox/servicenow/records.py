"""The Table API's routes: incidents to read, file and change, and other tables to read.

https://www.servicenow.com/docs/r/zurich/api-reference/rest-apis/c_TableAPI.html
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

import orjson
from flask import Blueprint, Response, request

from bridge.sandbox.book import TicketBook
from bridge.sandbox.routes import json_answer
from bridge.sandbox.servicenow import columns
from bridge.sandbox.servicenow.access import BLIND, READER
from bridge.sandbox.servicenow.columns import Body
from bridge.sandbox.servicenow.query import Row, select
from bridge.sandbox.servicenow.refusals import (
    BadRequest,
    Forbidden,
    NotAcceptable,
    NotFound,
    Unsupported,
)
from bridge.sandbox.servicenow.tables import TABLES, sys_id_of
from bridge.sandbox.ticket import SandboxTicket, changed

ROOT: Final = "/api/now/table"
INCIDENTS: Final = f"{ROOT}/incident"
_FIRST_NUMBER: Final = 10001
_MOST_ROWS: Final = 10_000


class Records:
    """The tables of one desk."""

    def __init__(self, book: TicketBook, user: Callable[[], str]) -> None:
        self._book = book
        self._user = user

    def add(self, blueprint: Blueprint) -> None:
        """Add the routes."""
        add = blueprint.add_url_rule
        add(INCIDENTS, "file", self._file, methods=["POST"])
        add(f"{INCIDENTS}/<sys_id>", "show", self._show, methods=["GET"])
        add(f"{INCIDENTS}/<sys_id>", "change", self._change, methods=["PATCH", "PUT"])
        add(f"{ROOT}/<table>", "list", self._list, methods=["GET"])

    def _file(self) -> Response:
        self._check_right("Insert")
        said = _body()
        fields = columns.read(said, None)
        ticket = self._book.create(lambda earlier, now: _new(fields, said, earlier, now))
        answer = json_answer({"result": _shown(ticket)}, 201)
        answer.headers["Location"] = f"{request.host_url.rstrip('/')}{INCIDENTS}/{ticket.id}"
        return answer

    def _show(self, sys_id: str) -> Response:
        check_accept()
        return json_answer({"result": _shown(self._ticket(sys_id))})

    def _change(self, sys_id: str) -> Response:
        said, number = _body(), self._ticket(sys_id).number
        self._check_right("Update")
        ticket = self._book.change(number, lambda was: _changes(said, was), by="api")
        return json_answer({"result": _shown(ticket)})

    def _list(self, table: str) -> Response:
        check_accept()
        rows = select(self._rows(table), request.args.get("sysparm_query", ""))
        limit = request.args.get("sysparm_limit", _MOST_ROWS, type=int)
        shown: Sequence[Row] = () if self._user() == BLIND else rows[:limit]
        answer = json_answer({"result": [self._show_row(table, row) for row in shown]})
        # Rights filter the rows after they were counted.
        answer.headers["X-Total-Count"] = str(len(rows))
        return answer

    def _rows(self, table: str) -> Sequence[Row]:
        if table == "incident":
            return [columns.row(ticket) for ticket in self._book.all()]
        if table not in TABLES:
            raise BadRequest(f"Invalid table {table}")
        return TABLES[table]

    def _show_row(self, table: str, row: Row) -> Mapping[str, object]:
        if table == "incident":
            return _shown(self._ticket(row["sys_id"]))
        return _chosen(row, {})

    def _ticket(self, sys_id: str) -> SandboxTicket:
        for ticket in self._book.all():
            if ticket.id == sys_id and self._user() != BLIND:
                return ticket
        raise NotFound("Record doesn't exist or ACL restricts the record retrieval")

    def _check_right(self, operation: str) -> None:
        if self._user() == READER:
            raise Forbidden(f"ACL Exception {operation} Failed due to security constraints")


def _new(fields: Mapping[str, object], said: Body, earlier: int, now: datetime) -> SandboxTicket:
    number = f"INC{_FIRST_NUMBER + earlier:07}"
    values = {"subject": "", "status": "New", **fields}
    ticket = SandboxTicket(
        number=number,
        id=sys_id_of("incident", number),
        created_at=now,
        updated_at=now,
        **values,  # type: ignore[arg-type]  # the record's own names
    )
    columns.check_state(ticket, said)
    return replace(ticket, priority=columns.calculated(ticket))


def _changes(said: Body, ticket: SandboxTicket) -> Mapping[str, object]:
    fields = columns.read(said, ticket)
    after = changed(ticket, fields, at=ticket.updated_at, by="api")
    columns.check_state(after, said)
    return {**fields, "priority": columns.calculated(after)}


def _body() -> Body:
    """Read a JSON object that says it is one."""
    check_accept()
    if request.mimetype != "application/json":
        raise Unsupported("Content-Type is not application/json")
    try:
        said = orjson.loads(request.get_data())
    except orjson.JSONDecodeError as exc:
        raise BadRequest("the body is not JSON") from exc
    if not isinstance(said, dict):
        raise BadRequest("the body is not a JSON object")
    return said


def check_accept() -> None:
    """Refuse an answer in any other form than JSON."""
    if not request.accept_mimetypes.accept_json:
        raise NotAcceptable("Accept is not application/json")


def _shown(ticket: SandboxTicket) -> Mapping[str, object]:
    return _chosen(columns.row(ticket), columns.labels(ticket))


def _chosen(row: Row, labels: Row) -> Mapping[str, object]:
    """Show the columns that were asked for; one that the table lacks is left out."""
    asked = [column for column in request.args.get("sysparm_fields", "").split(",") if column]
    return {column: _cell(row, labels, column) for column in asked or row if column in row}


def _cell(row: Row, labels: Row, column: str) -> object:
    match request.args.get("sysparm_display_value"):
        case "all":
            return {"display_value": labels.get(column, row[column]), "value": row[column]}
        case "true":
            return labels.get(column, row[column])
        case _:
            return row[column]
