"""The stand-in GLPI.

https://github.com/glpi-project/glpi/blob/10.0/bugfixes/apirest.md
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import orjson
from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request

from bridge.sandbox.desk import Sandbox
from bridge.sandbox.gate import is_for_people
from bridge.sandbox.glpi.fields import STATUSES, VOCABULARY, Input, plain, read, shown
from bridge.sandbox.glpi.refusals import Expired, GlpiError, bad, missing, unauthorized
from bridge.sandbox.refusal import Refused
from bridge.sandbox.routes import json_answer
from bridge.sandbox.ticket import SandboxTicket
from bridge.sandbox.tokens import Tokens

USER_TOKEN: Final = "sandbox-key"  # noqa: S105  # the stand-in's own
APP_TOKEN: Final = "sandbox-app-token"  # noqa: S105  # the stand-in's own
USER: Final = ("bridge", "sandbox-password")
ROOT: Final = "/apirest.php"
_SEARCHED: Final[Mapping[str, Callable[[SandboxTicket], str]]] = {
    "1": lambda ticket: ticket.subject,
    "2": lambda ticket: ticket.id,
    "21": lambda ticket: ticket.description,
}
_RANGE: Final = re.compile(r"(\d+)-(\d+)")
_ID: Final = re.compile(r"/\d+(?=/|$)")


class GlpiSandbox(Sandbox):
    """GLPI as its document has it, with an application token that is asked for.

    The user token is `sandbox-key`, the application token `sandbox-app-token`; the user `bridge`
    has `sandbox-password`.
    """

    title = "GLPI sandbox"
    vocabulary = VOCABULARY

    def __init__(
        self, latency: str = "0ms", faults: Sequence[str] = (), keep: Path | None = None
    ) -> None:
        super().__init__(latency, faults, keep)
        self._sessions = Tokens(USER_TOKEN)

    def vendor_routes(self) -> Blueprint:
        """Give sessions, tickets and what is said and put on them."""
        blueprint = Blueprint("glpi", __name__)
        add = blueprint.add_url_rule
        add(f"{ROOT}/initSession", "open", self._open, methods=["GET"])
        add(f"{ROOT}/getActiveProfile", "profile", self._profile, methods=["GET"])
        add(f"{ROOT}/Ticket", "file", self._file, methods=["POST"])
        add(f"{ROOT}/Ticket/<int:id_>", "show", self._show, methods=["GET"])
        add(f"{ROOT}/Ticket/<int:id_>", "change", self._change, methods=["PUT"])
        add(f"{ROOT}/ITILFollowup", "follow", self._follow, methods=["POST"])
        add(f"{ROOT}/ITILSolution", "solve", self._solve, methods=["POST"])
        add(f"{ROOT}/Document", "upload", self._upload, methods=["POST"])
        add(f"{ROOT}/search/Ticket", "search", self._search, methods=["GET"])
        add("/_sandbox/tokens/expire", "expire", self._expire, methods=["POST"])
        blueprint.before_app_request(self._authenticate)
        blueprint.app_errorhandler(Refused)(self._refuse)
        blueprint.app_errorhandler(HTTPException)(self._refuse_call)
        return blueprint

    def operation(self, request: Request) -> str:
        """Name the method and the path, with an item's id left open."""
        return f"{request.method} {_ID.sub('/{id}', request.path)}"

    def _authenticate(self) -> None:
        if is_for_people(request.path):
            return
        if request.method == "GET" and request.get_data():
            raise bad("ERROR_BAD_ARRAY", "GET requests must have an empty body")
        if request.headers.get("App-Token") is None:
            raise bad("ERROR_APP_TOKEN_PARAMETERS_MISSING", "missing parameter(s): App-Token")
        if request.headers["App-Token"] != APP_TOKEN:
            raise bad("ERROR_WRONG_APP_TOKEN_PARAMETER", "parameter app_token seems wrong")
        if request.path.rstrip("/") != f"{ROOT}/initSession":
            self._check_session(request.headers.get("Session-Token"))

    def _check_session(self, token: str | None) -> None:
        if token is None:
            raise bad("ERROR_SESSION_TOKEN_MISSING", "parameter session_token is missing")
        if not self._sessions.is_ours(token):
            raise unauthorized("ERROR_SESSION_TOKEN_INVALID", "session_token is invalid")
        if self._sessions.is_expired(token):
            raise Expired

    def _open(self) -> Response:
        said = request.headers.get("Authorization", "")
        basic = request.authorization
        if basic is not None and basic.type == "basic":
            if (basic.username, basic.password) != USER:
                raise unauthorized("ERROR_GLPI_LOGIN", "the user or the password is wrong")
        elif not said:
            raise bad("ERROR_LOGIN_PARAMETERS_MISSING", "missing parameter(s): user_token")
        elif said != f"user_token {USER_TOKEN}":
            raise unauthorized("ERROR_GLPI_LOGIN_USER_TOKEN", "parameter user_token seems invalid")
        return json_answer({"session_token": self._sessions.give()})

    def _expire(self) -> Response:
        self._sessions.expire()
        return json_answer({})

    def _profile(self) -> Response:
        return json_answer({"active_profile": {"id": 6, "name": "Technician"}})

    def _file(self) -> Response:
        said = _input()
        if not said.get("name") and not said.get("content"):
            raise bad("ERROR_GLPI_ADD", "Mandatory fields are not filled: name, content")
        fields = {"subject": "", "status": STATUSES[1], **read(said)}
        ticket = self._book.create(lambda earlier, now: _new(fields, earlier, now))
        return _added(int(ticket.id))

    def _show(self, id_: int) -> Response:
        return json_answer(shown(self._ticket(id_)))

    def _change(self, id_: int) -> Response:
        fields = read(_input())
        self._book.change(self._ticket(id_).number, lambda _was: fields, by="api")
        return json_answer([{str(id_): True, "message": ""}])

    def _follow(self) -> Response:
        said = _input()
        ticket, content = self._about(said), _content(said)
        seen = () if said.get("is_private") == 1 else (content,)
        after = self._book.change(
            ticket.number,
            lambda was: {"notes": (*was.notes, content), "replies": (*was.replies, *seen)},
            by="api",
        )
        return _added(500 + len(after.notes))

    def _solve(self) -> Response:
        said = _input()
        ticket, content = self._about(said), _content(said)
        if not ticket.is_open:
            raise bad("ERROR_GLPI_ADD", "The item is already solved, anyone pushed a solution")
        changes = {"solution": content, "status": STATUSES[5]}
        self._book.change(ticket.number, lambda _was: changes, by="api")
        return _added(900 + int(ticket.id))

    def _upload(self) -> Response:
        said = _input(request.form.get("uploadManifest", "").encode())
        ticket = self._about(said)
        file = request.files.get("filename[0]")
        if file is None or said.get("_filename") != [file.filename]:
            raise bad("ERROR_GLPI_ADD", "filename[0] is not the file that _filename names")
        content = file.read().decode("utf-8", "replace")
        files = {**ticket.files, str(file.filename): content}
        self._book.change(ticket.number, lambda _was: {"files": files}, by="api")
        return _added(700 + len(files))

    def _search(self) -> Response:
        column = request.args.get("criteria[0][field]", "")
        if column not in _SEARCHED:
            raise bad("ERROR_BAD_ARRAY", f"criteria[0][field] {column!r} is no searchoption")
        if request.args.get("criteria[0][searchtype]") != "contains":
            raise bad("ERROR_BAD_ARRAY", "criteria[0][searchtype] is not contains")
        wanted = request.args.get("criteria[0][value]", "").casefold()
        asked = _RANGE.fullmatch(request.args.get("range", "0-50"))
        if asked is None:
            raise bad("ERROR_RANGE_EXCEED_TOTAL", "range is not start-end")
        found = [t for t in self._book.all() if wanted in _SEARCHED[column](t).casefold()]
        rows = found[int(asked[1]) : int(asked[2]) + 1]
        said: dict[str, object] = {"totalcount": len(found), "count": len(rows)}
        if rows:
            # Texts are cut to what a list shows, so that they prove little.
            said["data"] = [{"1": ticket.subject, "2": int(ticket.id)} for ticket in rows]
        return json_answer(said, 200 if len(rows) == len(found) else 206)

    def _about(self, said: Input) -> SandboxTicket:
        id_ = said.get("items_id")
        if said.get("itemtype") != "Ticket" or not isinstance(id_, int):
            raise bad("ERROR_GLPI_ADD", "itemtype and items_id name no item")
        return self._ticket(id_)

    def _ticket(self, id_: int) -> SandboxTicket:
        for ticket in self._book.all():
            if ticket.id == str(id_):
                return ticket
        raise missing()

    def _refuse(self, refused: Refused) -> Response:
        if not isinstance(refused, Expired):
            self._calls.refuse(self.operation(request), str(refused))
        error = refused if isinstance(refused, GlpiError) else bad("ERROR_GLPI_ADD", str(refused))
        return json_answer([error.code, str(error)], error.http_status)

    def _refuse_call(self, error: HTTPException) -> HTTPException | Response:
        """Answer what has no route, or no such method, in the vendor's form."""
        if is_for_people(request.path):
            return error
        self._calls.refuse(self.operation(request), f"{error.code} {error.name}")
        code = "ERROR_RESOURCE_NOT_FOUND_NOR_COMMONDBTM"
        return json_answer([code, "resource not found"], 400)


def _new(fields: Mapping[str, object], earlier: int, now: datetime) -> SandboxTicket:
    id_ = str(earlier + 1)
    return SandboxTicket(
        number=id_,
        id=id_,
        created_at=now,
        updated_at=now,
        **fields,  # type: ignore[arg-type]  # the record's own names
    )


def _added(id_: int) -> Response:
    answer = json_answer({"id": id_, "message": ""}, 201)
    answer.headers["Location"] = f"{request.base_url}/{id_}"
    return answer


def _content(said: Input) -> str:
    content = said.get("content")
    if not isinstance(content, str) or not content.strip():
        raise bad("ERROR_GLPI_ADD", "Mandatory fields are not filled: content")
    return plain(content)


def _input(raw: bytes | None = None) -> Input:
    """Read the object under `input`, of the body or of an upload's manifest."""
    if raw is None and request.mimetype != "application/json":
        raise bad("ERROR_BAD_ARRAY", "Content-Type is not application/json")
    try:
        said = orjson.loads(request.get_data() if raw is None else raw)
    except orjson.JSONDecodeError as exc:
        raise bad("ERROR_JSON_PAYLOAD_INVALID", "JSON payload seems not valid") from exc
    inner = said.get("input") if isinstance(said, dict) else None
    if not isinstance(inner, dict):
        raise bad("ERROR_BAD_ARRAY", "input parameter must be an object")
    return inner
