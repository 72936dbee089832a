"""The routes of issues: filed, shown, found, changed, moved, commented on, and given files."""

from collections.abc import Callable, Mapping
from datetime import datetime

import orjson
from flask import Blueprint, Response, request

from bridge.sandbox.book import Decide, TicketBook
from bridge.sandbox.jira import fields, search, workflow
from bridge.sandbox.jira.access import BLIND, READER
from bridge.sandbox.jira.dialect import Dialect
from bridge.sandbox.jira.history import History
from bridge.sandbox.jira.refusals import (
    BadRequest,
    Forbidden,
    NotFound,
    Removed,
    Unsupported,
)
from bridge.sandbox.jira.search import Index
from bridge.sandbox.jira.words import PROJECT, Person
from bridge.sandbox.routes import json_answer
from bridge.sandbox.ticket import SandboxTicket

_FIRST_ID = 10_001
_INVALID = "Invalid request payload. Refer to the REST API documentation and try again."


class Issues:
    """One API's issues."""

    def __init__(
        self,
        dialect: Dialect,
        book: TicketBook,
        *,
        index: Index,
        history: History,
        user: Callable[[], Person],
    ) -> None:
        self._dialect = dialect
        self._book = book
        self._index = index
        self._history = history
        self._user = user

    def add(self, blueprint: Blueprint) -> None:
        """Add the routes."""
        root, name = self._dialect.root, f"v{self._dialect.version}"
        one = f"{root}/issue/<issue>"
        routes: list[tuple[str, str, Callable[..., Response]]] = [
            ("POST", f"{root}/issue", self._file),
            ("GET", one, self._show),
            ("PUT", one, self._change),
            ("GET", f"{one}/transitions", self._offer),
            ("POST", f"{one}/transitions", self._move),
            ("POST", f"{one}/comment", self._comment),
            ("POST", f"{one}/attachments", self._attach),
        ]
        if self._dialect.is_cloud:
            routes += [
                ("POST", f"{root}/search/jql", self._search),
                ("POST", f"{root}/search", self._removed),
                ("GET", f"{root}/search", self._removed),
            ]
        else:
            routes += [("POST", f"{root}/search", self._search)]
        for method, path, view in routes:
            endpoint = f"{name}{view.__name__}_{method}"
            blueprint.add_url_rule(path, endpoint, view, methods=[method])

    def _file(self) -> Response:
        said = _body({"fields", "update", "properties", "historyMetadata", "transition"})
        given = _object(said, "fields")
        if self._user().name in (READER, BLIND):
            raise BadRequest(errors={"project": "You cannot create issues in this project."})
        read = fields.read(given, self._dialect, is_new=True)
        ticket = self._book.create(lambda earlier, now: _new(read, earlier, now, self._user()))
        self._history.filed(ticket)
        at = f"{request.host_url.rstrip('/')}{self._dialect.root}/issue/{ticket.id}"
        return json_answer({"id": ticket.id, "key": ticket.number, "self": at}, 201)

    def _show(self, issue: str) -> Response:
        asked = [name for name in request.args.get("fields", "").split(",") if name]
        ticket = self._ticket(issue)
        shown = self._shown(ticket, asked or ["*all"])
        if request.args.get("expand") != "changelog":
            return json_answer(shown)
        return json_answer({**shown, "changelog": self._history.show(ticket, self._dialect)})

    def _change(self, issue: str) -> Response:
        ticket = self._writable(issue, "edit issues in this project")
        said = _body({"fields", "update", "properties", "historyMetadata"})
        given, operations = _object(said, "fields"), _object(said, "update")
        if not given and not operations:
            raise BadRequest("one of 'fields' or 'update' required")
        both = sorted(given.keys() & operations.keys())
        if both:
            raise BadRequest(errors=dict.fromkeys(both, "Field is in both 'fields' and 'update'"))
        unknown = sorted(operations.keys() - {"labels"})
        if unknown:
            raise BadRequest(errors={id_: fields.off_screen(id_).message for id_ in unknown})
        read = fields.read(given, self._dialect, is_new=False)
        self._write(ticket, lambda was: _changes(was, read, operations))
        return Response(status=204)

    def _write(self, ticket: SandboxTicket, decide: Decide) -> None:
        self._history.wrote(
            ticket, self._book.change(ticket.number, decide, by="api"), self._user()
        )

    def _offer(self, issue: str) -> Response:
        ticket = self._ticket(issue)
        with_fields = "transitions.fields" in request.args.get("expand", "")
        ways = workflow.offered(ticket, with_fields=with_fields)
        # Who may not move issues is offered nothing, and no error says so.
        return json_answer({"transitions": [] if self._user().name == READER else ways})

    def _move(self, issue: str) -> Response:
        ticket = self._writable(issue, "transition issues in this project")
        said = _body({"transition", "fields", "update", "historyMetadata", "properties"})
        self._write(ticket, lambda was: workflow.taken(was, said))
        return Response(status=204)

    def _comment(self, issue: str) -> Response:
        ticket = self._writable(issue, "comment on this issue")
        said = _body({"body", "properties", "visibility"})
        try:
            text = fields.check_text(self._dialect.read_text(said.get("body")))
        except BadRequest as refused:
            raise BadRequest(errors={"comment": refused.message}) from refused
        if not text.strip():
            raise BadRequest(errors={"comment": "Comment body can not be empty!"})
        is_internal = _is_internal(said.get("properties", []))

        def add(was: SandboxTicket) -> Mapping[str, object]:
            replies = was.replies if is_internal else (*was.replies, text)
            return {"notes": (*was.notes, text), "replies": replies}

        after = self._book.change(ticket.number, add, by="api")
        shown = {"id": str(20_000 + len(after.notes)), "body": self._dialect.show_text(text)}
        return json_answer(shown, 201)

    def _attach(self, issue: str) -> Response:
        if request.headers.get("X-Atlassian-Token") != "no-check":
            raise Forbidden("XSRF check failed")
        ticket = self._writable(issue, "attach files to this issue")
        if request.mimetype != "multipart/form-data":
            raise Unsupported("Content-Type is not multipart/form-data")
        sent = request.files.getlist("file")
        if not sent or not all(file.filename for file in sent):
            raise BadRequest("there is no part 'file' with a name")
        texts = {str(file.filename): file.read().decode("utf-8", "replace") for file in sent}
        self._book.change(ticket.number, lambda was: {"files": {**was.files, **texts}}, by="api")
        return json_answer(
            [{"id": "30001", "filename": name, "size": len(text)} for name, text in texts.items()]
        )

    def _search(self) -> Response:
        said = _body(None)
        search.check_keys(said, is_cloud=self._dialect.is_cloud)
        seen = self._index.seen(self._book.all(), search.reconciled_in(said))
        rows = search.select(seen, said.get("jql"))
        rows = () if self._user().name == BLIND else rows
        start, size = self._start(said), search.size_of(said)
        asked = said.get("fields", [] if self._dialect.is_cloud else ["*all"])
        names = [str(name) for name in asked] if isinstance(asked, list) else []
        shown = [self._shown(ticket, names) for ticket in rows[start : start + size]]
        after = start + size
        if not self._dialect.is_cloud:
            page = {"startAt": start, "maxResults": size, "total": len(rows)}
            return json_answer({**page, "issues": shown})
        more = {"nextPageToken": search.token_of(after)} if after < len(rows) else {}
        return json_answer({"issues": shown, "isLast": not more, **more})

    def _removed(self) -> Response:
        raise Removed(
            "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API."
        )

    def _start(self, said: Mapping[str, object]) -> int:
        if self._dialect.is_cloud:
            token = said.get("nextPageToken")
            return search.start_of(token) if token is not None else 0
        start = said.get("startAt", 0)
        if type(start) is not int or start < 0:
            raise BadRequest("startAt must be a number")
        return start

    def _shown(self, ticket: SandboxTicket, names: list[str]) -> Mapping[str, object]:
        every = fields.show(ticket, self._dialect)
        is_all = bool({"*all", "*navigable"} & set(names))
        chosen = {id_: v for id_, v in every.items() if is_all or id_ in names}
        at = f"{request.host_url.rstrip('/')}{self._dialect.root}/issue/{ticket.id}"
        shown: dict[str, object] = {"id": ticket.id, "key": ticket.number, "self": at}
        return {**shown, "fields": chosen} if names else shown

    def _writable(self, issue: str, what: str) -> SandboxTicket:
        ticket = self._ticket(issue)
        if self._user().name == READER:
            raise Forbidden(f"You do not have permission to {what}.")
        return ticket

    def _ticket(self, issue: str) -> SandboxTicket:
        for ticket in self._book.all():
            if issue in (ticket.id, ticket.number) and self._user().name != BLIND:
                return ticket
        raise NotFound("Issue does not exist or you do not have permission to see it.")


def _new(read: Mapping[str, object], earlier: int, now: datetime, user: Person) -> SandboxTicket:
    values = {
        "subject": "",
        "status": "To Do",
        "priority": "Medium",
        "requester": user.shown,
        **read,
    }
    return SandboxTicket(
        number=f"{PROJECT}-{1 + earlier}",
        id=str(_FIRST_ID + earlier),
        created_at=now,
        updated_at=now,
        **values,  # type: ignore[arg-type]  # the record's own names
    )


def _changes(
    was: SandboxTicket, read: Mapping[str, object], operations: Mapping[str, object]
) -> Mapping[str, object]:
    changes = dict(read)
    customs = changes.get("custom_fields")
    if isinstance(customs, Mapping):
        changes["custom_fields"] = {**was.custom_fields, **customs}
    if "labels" in operations:
        changes["tags"] = fields.changed_labels(was, operations["labels"])
    return changes


def _body(keys: set[str] | None) -> Mapping[str, object]:
    """Read a JSON object that says it is one, with these keys and no others."""
    if request.mimetype != "application/json":
        raise Unsupported("Content-Type is not application/json")
    try:
        said = orjson.loads(request.get_data())
    except orjson.JSONDecodeError as exc:
        raise BadRequest(_INVALID) from exc
    if not isinstance(said, dict) or (keys is not None and set(said) - keys):
        raise BadRequest(_INVALID)
    return said


def _object(said: Mapping[str, object], key: str) -> Mapping[str, object]:
    inner = said.get(key, {})
    if not isinstance(inner, dict):
        raise BadRequest(_INVALID)
    return inner


def _is_internal(said: object) -> bool:
    """Tell whether a comment is for agents only; anything else is for everybody."""
    if not isinstance(said, list):
        raise BadRequest(_INVALID)
    for row in said:
        match row:
            case {"key": "sd.public.comment", "value": {"internal": bool() as internal}}:
                return internal
            case {"key": str(), "value": _}:
                pass
            case _:
                raise BadRequest(_INVALID)
    return False
