"""Who may call this Jira: by e-mail and API token in the cloud, by token or password elsewhere."""

import threading
from collections import Counter
from typing import Final

from werkzeug.wrappers import Request

from bridge.sandbox.jira.dialect import CLOUD, Dialect
from bridge.sandbox.jira.refusals import Captcha, Unauthorized
from bridge.sandbox.jira.words import PEOPLE, Person

API_TOKEN: Final = "sandbox-api-token"  # noqa: S105  # the stand-in's own
TOKEN: Final = "sandbox-token"  # noqa: S105  # the stand-in's own
PASSWORD: Final = "sandbox-password"  # noqa: S105  # the stand-in's own
#: Users with less than all rights: one may write nothing, the other does not see the project.
READER: Final = "reader"
BLIND: Final = "blind"
#: So often may somebody be wrong at Data Center before a CAPTCHA is shown.
_MOST_FAILURES: Final = 3


class Access:
    """Who may call; safe to call from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failures: Counter[str] = Counter()

    def user(self, request: Request, dialect: Dialect) -> Person:
        """Say who calls; Unauthorized if nobody who is known."""
        said = request.authorization
        if dialect is CLOUD:
            if said is None or said.type != "basic" or said.password != API_TOKEN:
                raise Unauthorized("Client must be authenticated to access this resource.")
            return self._named(said.username or "", by="email")
        if said is not None and said.type == "bearer" and said.token == TOKEN:
            return PEOPLE[0]
        if said is None or said.type != "basic":
            raise Unauthorized("You are not authenticated. Authentication required.")
        return self._by_password(said.username or "", said.password or "")

    def solve(self) -> None:
        """Let everybody have shown that they are a person."""
        with self._lock:
            self._failures.clear()

    def _by_password(self, username: str, password: str) -> Person:
        with self._lock:
            if self._failures[username] >= _MOST_FAILURES:
                raise Captcha("CAPTCHA_CHALLENGE; login-url=/login.jsp")
            if password != PASSWORD:
                self._failures[username] += 1
                raise Unauthorized("Login failed")
            self._failures[username] = 0
        return self._named(username, by="name")

    def _named(self, text: str, *, by: str) -> Person:
        for person in PEOPLE:
            if getattr(person, by) == text:
                return person
        raise Unauthorized("Client must be authenticated to access this resource.")
