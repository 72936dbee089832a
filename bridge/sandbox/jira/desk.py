"""The stand-in Jira."""

import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final

from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request

from bridge.sandbox.desk import Sandbox
from bridge.sandbox.gate import is_for_people
from bridge.sandbox.jira.access import Access
from bridge.sandbox.jira.dialect import CLOUD, DATACENTER, Dialect
from bridge.sandbox.jira.history import History
from bridge.sandbox.jira.issues import Issues
from bridge.sandbox.jira.meta import Meta
from bridge.sandbox.jira.refusals import Captcha, Unauthorized, refusal
from bridge.sandbox.jira.search import Index
from bridge.sandbox.jira.words import VOCABULARY, Person
from bridge.sandbox.orders import BadOrder, read_order
from bridge.sandbox.refusal import Refused
from bridge.sandbox.routes import json_answer

_ISSUE: Final = re.compile(r"/issue/(?:[0-9]+|[A-Z]+-[0-9]+)(?=/|$)")


class JiraSandbox(Sandbox):
    """Jira as its documents have it: Cloud at /rest/api/3, Data Center at /rest/api/2.

    Cloud takes `bridge@example.com` with `sandbox-api-token`, Data Center the token
    `sandbox-token`, or `bridge` with `sandbox-password`. `reader` may write nothing, and `blind`
    does not see the project, which is `OPS`.
    """

    title = "Jira sandbox"
    vocabulary = VOCABULARY

    def __init__(
        self, latency: str = "0ms", faults: Sequence[str] = (), keep: Path | None = None
    ) -> None:
        super().__init__(latency, faults, keep)
        self._access = Access()
        self._index = Index()
        self._history = History()

    def vendor_routes(self) -> Blueprint:
        """Give both APIs."""
        blueprint = Blueprint("jira", __name__)
        blueprint.add_url_rule("/browse/<issue>", view_func=self._browse)
        for path, view in {"index": self._order_index, "captcha": self._solve}.items():
            blueprint.add_url_rule(f"/_sandbox/{path}", path, view, methods=["POST"])
        for dialect in (CLOUD, DATACENTER):
            user = partial(self._user, dialect)
            Meta(dialect, user).add(blueprint)
            issues = Issues(
                dialect, self._book, index=self._index, history=self._history, user=user
            )
            issues.add(blueprint)
        blueprint.before_app_request(self._authenticate)
        blueprint.app_errorhandler(Refused)(self._refuse)
        blueprint.app_errorhandler(HTTPException)(self._refuse_call)
        return blueprint

    def operation(self, request: Request) -> str:
        """Name the method and the path, with an issue's id or key left open."""
        return f"{request.method} {_ISSUE.sub('/issue/{issue}', request.path)}"

    def _user(self, dialect: Dialect) -> Person:
        return self._access.user(request, dialect)

    def _authenticate(self) -> None:
        # What the desk is may be asked by anybody, and people's pages are not the API.
        if is_for_people(request.path) or request.path.endswith("/serverInfo"):
            return
        if request.path.startswith(f"{DATACENTER.root}/"):
            self._user(DATACENTER)
        elif request.path.startswith(f"{CLOUD.root}/"):
            self._user(CLOUD)

    def _browse(self, issue: str) -> Response:
        return Response(status=302, headers={"Location": f"/tickets/{issue}"})

    def _order_index(self) -> Response:
        try:
            self._index.order(read_order(request.get_data()))
        except BadOrder as exc:
            return json_answer({"error": str(exc)}, 400)
        return json_answer({})

    def _solve(self) -> Response:
        self._access.solve()
        return json_answer({})

    def _refuse(self, refused: Refused) -> Response:
        self._calls.refuse(self.operation(request), str(refused))
        answer = json_answer(refusal(refused), refused.status)
        if isinstance(refused, Captcha):
            answer.headers["X-Authentication-Denied-Reason"] = str(refused)
            answer.headers["X-Seraph-LoginReason"] = "AUTHENTICATION_DENIED"
        elif isinstance(refused, Unauthorized):
            answer.headers["X-Seraph-LoginReason"] = "AUTHENTICATED_FAILED"
            answer.headers["WWW-Authenticate"] = 'OAuth realm="jira"'
        return answer

    def _refuse_call(self, error: HTTPException) -> HTTPException | Response:
        """Answer what has no route, or no such method, in the vendor's form."""
        if is_for_people(request.path):
            return error
        reason = f"{error.code} {error.name}"
        self._calls.refuse(self.operation(request), reason)
        return json_answer(refusal(Refused(reason)), error.code or 500)
