"""The stand-in ServiceOps: gen-1 and gen-2 on one server, over one store of tickets."""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Final

from flask import Blueprint, Response, g, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request

from bridge.sandbox.desk import Sandbox
from bridge.sandbox.gate import is_for_people
from bridge.sandbox.orders import BadOrder, read_order
from bridge.sandbox.refusal import Refused
from bridge.sandbox.routes import json_answer
from bridge.sandbox.serviceops.access import Access, Expired
from bridge.sandbox.serviceops.dialects import GEN1, GEN2, Dialect
from bridge.sandbox.serviceops.fields import FIELDS
from bridge.sandbox.serviceops.limit import CallLimit, OneTooMany, headers
from bridge.sandbox.serviceops.tickets import DialectRoutes, NotesAndSearch
from bridge.sandbox.serviceops.uploads import Uploads
from bridge.sandbox.serviceops.words import PRIORITY_IDS, STATUS_IDS, VOCABULARY

_TOKEN_PATH: Final = "/api/oauth/token"  # noqa: S105  # a path
_GEN1_PATH: Final = "/api/v1/incident"
_GEN2_PATH: Final = "/api/v1/request"
_ID: Final = re.compile(r"/\d+(?=/|$)")
_FORMS: Final = ("incident", "request")


class ServiceOpsSandbox(Sandbox):
    """ServiceOps as its documents have it; a refusal's form is inferred, none is documented.

    The key is `sandbox-key`; tokens are for client `api` with `sandbox-secret` and user `bridge`
    with `sandbox-password`. `POST /_sandbox/limit` orders a rate limit: `{"calls": 5}` a second.
    """

    title = "ServiceOps sandbox"
    vocabulary = VOCABULARY

    def __init__(
        self, latency: str = "0ms", faults: Sequence[str] = (), keep: Path | None = None
    ) -> None:
        super().__init__(latency, faults, keep)
        self._access = Access()
        self._uploads = Uploads()
        self._limit = CallLimit()

    def vendor_routes(self) -> Blueprint:
        """Give both dialects, tokens, search, notes, forms and the lists of names."""
        blueprint = Blueprint("serviceops", __name__)
        add = blueprint.add_url_rule
        add(_TOKEN_PATH, view_func=self._token, methods=["POST"])
        add("/_sandbox/tokens/expire", view_func=self._expire, methods=["POST"])
        DialectRoutes(self._book, GEN1, self._uploads).add(blueprint, _GEN1_PATH, update="POST")
        DialectRoutes(self._book, GEN2, self._uploads).add(blueprint, _GEN2_PATH, update="PATCH")
        NotesAndSearch(self._book).add(blueprint, _GEN2_PATH)
        add("/api/oprfile", view_func=self._upload, methods=["POST"])
        add("/_sandbox/limit", view_func=self._order_limit, methods=["POST"])
        for form in _FORMS:
            add(f"/api/ususer/form/{form}", view_func=_form)
        add("/api/request/status/search/byqual", view_func=_statuses, methods=["POST"])
        add("/api/request/priority/search/byqual", view_func=_priorities, methods=["POST"])
        blueprint.before_app_request(self._count)
        blueprint.before_app_request(self._authenticate)
        blueprint.after_app_request(_tell_limit)
        blueprint.app_errorhandler(Refused)(self._refuse)
        blueprint.app_errorhandler(HTTPException)(self._refuse_call)
        return blueprint

    def operation(self, request: Request) -> str:
        """Name the method and the path, with a ticket's id left open."""
        return f"{request.method} {_ID.sub('/{id}', request.path)}"

    def no_call_left(self, resets_in: timedelta) -> Mapping[str, str]:
        """Say it as the vendor does: in milliseconds."""
        return headers(100, 0, resets_in)

    def _count(self) -> None:
        if is_for_people(request.path):
            return
        g.limit, is_too_many = self._limit.take()
        if is_too_many:
            raise OneTooMany("the rate limit is reached; X-RateLimit-Reset says for how long")

    def _authenticate(self) -> None:
        if not is_for_people(request.path) and request.path != _TOKEN_PATH:
            self._access.check(request.headers.get("Authorization", ""))

    def _token(self) -> Response:
        return json_answer(self._access.grant(request))

    def _upload(self) -> Response:
        return json_answer(self._uploads.take(request))

    def _order_limit(self) -> Response:
        try:
            self._limit.order(read_order(request.get_data()))
        except BadOrder as exc:
            return json_answer({"error": str(exc)}, 400)
        return json_answer({})

    def _expire(self) -> Response:
        self._access.tokens.expire()
        return json_answer({})

    def _refuse(self, refused: Refused) -> Response:
        if not isinstance(refused, Expired):
            self._calls.refuse(self.operation(request), str(refused))
        return json_answer(_dialect().refusal(str(refused)), refused.status)

    def _refuse_call(self, error: HTTPException) -> HTTPException | Response:
        """Answer what has no route, or no such method, in the vendor's form."""
        if is_for_people(request.path):
            return error
        reason = f"{error.code} {error.name}"
        self._calls.refuse(self.operation(request), reason)
        return json_answer(_dialect().refusal(reason), error.code or 500)


def _tell_limit(answer: Response) -> Response:
    answer.headers.update(g.get("limit", {}))
    return answer


def _dialect() -> Dialect:
    return GEN1 if request.path.startswith(_GEN1_PATH) else GEN2


def _form() -> Response:
    return json_answer({"fields": FIELDS})


def _statuses() -> Response:
    return _names(STATUS_IDS)


def _priorities() -> Response:
    return _names(PRIORITY_IDS)


def _names(ids: dict[str, int]) -> Response:
    named = [{"id": id_, "name": name} for name, id_ in ids.items()]
    return json_answer({"objectList": named, "totalCount": len(named)})
