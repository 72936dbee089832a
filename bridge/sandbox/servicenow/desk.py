"""The stand-in ServiceNow instance."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request

from bridge.sandbox.desk import Sandbox
from bridge.sandbox.gate import is_for_people
from bridge.sandbox.refusal import Refused
from bridge.sandbox.routes import json_answer
from bridge.sandbox.servicenow.access import Access
from bridge.sandbox.servicenow.attachments import Attachments
from bridge.sandbox.servicenow.records import Records
from bridge.sandbox.servicenow.refusals import Expired, Unauthorized, refusal
from bridge.sandbox.servicenow.words import VOCABULARY

_TOKEN_PATH: Final = "/oauth_token.do"  # noqa: S105  # a path
_SYS_ID: Final = re.compile(r"/[0-9a-f]{32}(?=/|$)")


class ServiceNowSandbox(Sandbox):
    """ServiceNow as its documents have it, with the data policies of the base system.

    The user `bridge` has `sandbox-password`, and so have `blind`, who is shown nothing, and
    `reader`, who may write nothing. The key is `sandbox-key`; tokens are for client `api` with
    `sandbox-secret`.
    """

    title = "ServiceNow sandbox"
    vocabulary = VOCABULARY

    def __init__(
        self, latency: str = "0ms", faults: Sequence[str] = (), keep: Path | None = None
    ) -> None:
        super().__init__(latency, faults, keep)
        self._access = Access()

    def vendor_routes(self) -> Blueprint:
        """Give tokens, incidents, their files and the tables that they refer to."""
        blueprint = Blueprint("servicenow", __name__)
        add = blueprint.add_url_rule
        add(_TOKEN_PATH, view_func=self._token, methods=["POST"])
        add("/_sandbox/tokens/expire", view_func=self._expire, methods=["POST"])
        for part in (Records, Attachments):
            part(self._book, lambda: self._access.user(request)).add(blueprint)
        blueprint.before_app_request(self._authenticate)
        blueprint.app_errorhandler(Refused)(self._refuse)
        blueprint.app_errorhandler(HTTPException)(self._refuse_call)
        return blueprint

    def operation(self, request: Request) -> str:
        """Name the method and the path, with a record's key left open."""
        return f"{request.method} {_SYS_ID.sub('/{sys_id}', request.path)}"

    def _authenticate(self) -> None:
        if not is_for_people(request.path) and request.path != _TOKEN_PATH:
            self._access.user(request)

    def _token(self) -> Response:
        return json_answer(self._access.grant(request))

    def _expire(self) -> Response:
        self._access.tokens.expire()
        return json_answer({})

    def _refuse(self, refused: Refused) -> Response:
        if not isinstance(refused, Expired):
            self._calls.refuse(self.operation(request), str(refused))
        answer = json_answer(refusal(refused), refused.status)
        if isinstance(refused, Unauthorized):
            answer.headers["WWW-Authenticate"] = 'Basic realm="Service-now"'
        return answer

    def _refuse_call(self, error: HTTPException) -> HTTPException | Response:
        """Answer what has no route, or no such method, in the vendor's form."""
        if is_for_people(request.path):
            return error
        reason = f"{error.code} {error.name}"
        self._calls.refuse(self.operation(request), reason)
        return json_answer(refusal(Refused(reason)), error.code or 500)
