"""Calls to the REST API of a Jira, and what its answers mean.

https://developer.atlassian.com/cloud/jira/platform/rest/v3/intro/
https://developer.atlassian.com/server/jira/platform/rest/
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import orjson

from bridge.backends.http import Call, FilePart, Reply
from bridge.backends.jira.flavor import Flavor
from bridge.backends.login import AuthorizedClient
from bridge.backends.quota import Quota, iso_8601, x_ratelimit
from bridge.domain.errors import DeskLockedOut, TicketGone, TicketRefused
from bridge.domain.json import JsonObject, JsonValue

_PAGE: Final = 100
#: A token that more tickets carry than these pages hold is no token.
_MOST_PAGES: Final = 20
_NO_CHECK: Final = {"X-Atlassian-Token": "no-check"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """One Jira's REST API; every method raises DeskError and nothing else."""

    client: AuthorizedClient
    flavor: Flavor
    project: str
    columns: Sequence[str]  #: what is asked of an issue

    @property
    def path(self) -> str:
        """Where issues are filed."""
        return f"{self.flavor.root}/issue"

    def create(self, sent: JsonObject) -> tuple[str, str]:
        """File an issue; give its id and its key."""
        reply = self.client.send(
            Call(
                operation="create",
                method="POST",
                path=self.path,
                json=sent,
                repeatable=False,
                locks_out=lambda body: self._refuses_the_project(sent, body),
            )
        )
        said = reply.object()
        id_, key = said.get("id"), said.get("key")
        if not isinstance(id_, str) or not isinstance(key, str) or not (id_ and key):
            reply.doubt("was answered without the id and the key of the issue")
        return id_, key

    def get(self, named: str, operation: str = "read") -> JsonObject:
        """Give an issue by its id or key; raise TicketGone when there is none."""
        query = {"fields": ",".join(self.columns)}
        call = self._about(operation, named, "GET", query=query)
        reply = self._send(call)
        said = reply.object()
        if not said.get("key") or not isinstance(said.get("fields"), Mapping):
            reply.doubt("was answered without an issue")
        if named.isdigit() and said.get("id") != named:
            reply.doubt("was answered with another issue")
        return said

    def history(self, id_: str) -> Sequence[JsonObject]:
        """Give the latest changes of an issue, in no certain order."""
        query = {"fields": "status", "expand": "changelog"}
        reply = self._send(self._about("read of the history", id_, "GET", query=query))
        changelog = reply.object().get("changelog")
        rows = changelog.get("histories") if isinstance(changelog, Mapping) else None
        if not isinstance(rows, list):
            reply.doubt("was answered without a changelog")
        return [row for row in rows if isinstance(row, Mapping)]

    def change(self, id_: str, sent: JsonObject) -> None:
        """Change an issue; doing so twice comes to the same."""
        self._done(self._about("update", id_, "PUT", json=sent))

    def comment(self, operation: str, id_: str, sent: JsonObject) -> None:
        """Add a comment, once more each time."""
        call = self._about(operation, id_, "POST", "/comment", json=sent, repeatable=False)
        reply = self._send(call)
        if not reply.object().get("id"):
            reply.doubt("was answered without the id of the comment")

    def transitions(self, operation: str, id_: str) -> Sequence[JsonObject]:
        """Give what the workflow offers this account for the issue now, with its screens."""
        query = {"expand": "transitions.fields"}
        reply = self._send(self._about(operation, id_, "GET", "/transitions", query=query))
        rows = reply.object().get("transitions")
        if not isinstance(rows, list):
            reply.doubt("was answered without transitions")
        return [row for row in rows if isinstance(row, Mapping)]

    def transition(self, operation: str, id_: str, sent: JsonObject) -> None:
        """Take a transition; who asks again looks first where the issue is."""
        self._done(self._about(operation, id_, "POST", "/transitions", json=sent))

    def attach(self, id_: str, name: str, content: bytes) -> None:
        """Put a file on an issue, once more each time."""
        part = FilePart(part="file", name=name, content=content, type="text/plain; charset=utf-8")
        call = self._about(
            "attach",
            id_,
            "POST",
            "/attachments",
            files=(part,),
            headers=_NO_CHECK,
            repeatable=False,
        )
        reply = self._send(call)
        if not rows_of(reply):
            reply.doubt("was answered without the attachment")

    def search(self, jql: str) -> Iterator[JsonObject]:
        """Give every issue that a query finds, page by page.

        https://developer.atlassian.com/cloud/jira/platform/search-and-reconcile/
        """
        asked: dict[str, JsonValue] = {
            "jql": jql,
            "maxResults": _PAGE,
            "fields": list(self.columns),
        }
        path = f"{self.flavor.root}{self.flavor.search}"
        for _ in range(_MOST_PAGES):
            call = Call(operation="find", method="POST", path=path, json=asked, repeatable=True)
            reply = self._send(call)
            said = reply.object()
            rows = said.get("issues")
            if not isinstance(rows, list):
                reply.doubt("was answered without a list of issues")
            yield from (row for row in rows if isinstance(row, Mapping))
            more = self._next_page(said, asked, len(rows))
            if not rows or more is None:
                return
            asked = {**asked, **more}

    def ask(self, operation: str, path: str, query: Mapping[str, str] | None = None) -> Reply:
        """Read something else than an issue; TicketRefused if this account may not."""
        return self._send(
            Call(
                operation=operation,
                method="GET",
                path=f"{self.flavor.root}{path}",
                query=query or {},
                repeatable=True,
                forbids_ticket=_says_why,
            )
        )

    def _next_page(
        self, said: JsonObject, asked: JsonObject, count: int
    ) -> Mapping[str, JsonValue] | None:
        if self.flavor.pages_by_token:
            token = said.get("nextPageToken")
            return {"nextPageToken": token} if token and said.get("isLast") is not True else None
        before, total = asked.get("startAt", 0), said.get("total")
        after = (before if isinstance(before, int) else 0) + count
        return {"startAt": after} if isinstance(total, int) and after < total else None

    def _about(  # noqa: PLR0913  # one call, said whole
        self,
        operation: str,
        named: str,
        method: str,
        path: str = "",
        *,
        json: JsonObject | None = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        files: Sequence[FilePart] = (),
        repeatable: bool = True,
    ) -> Call:
        return Call(
            operation=operation,
            method=method,
            path=f"{self.path}/{named}{path}",
            json=json,
            query=query or {},
            headers=headers or {},
            files=files,
            repeatable=repeatable,
            names_ticket=True,
            forbids_ticket=_says_why,
        )

    def _done(self, call: Call) -> None:
        """Make a call that is answered with nothing; a page is no such answer."""
        reply = self._send(call)
        if reply.status != 204:
            reply.doubt(f"answered {reply.status} where Jira answers 204")

    def _send(self, call: Call) -> Reply:
        try:
            reply = self.client.send(call)
        except TicketGone as gone:
            self._check_sight(gone)
            raise
        if call.repeatable:
            _check_who(reply)
        return reply

    def _check_sight(self, gone: TicketGone) -> None:
        """Raise DeskLockedOut if all of the project is out of sight, which is a 404 as well."""
        path = f"{self.flavor.root}/project/{self.project}"
        call = Call(
            operation="read of the project",
            method="GET",
            path=path,
            repeatable=True,
            names_ticket=True,
            forbids_ticket=_says_why,
        )
        try:
            _check_who(self.client.send(call))
        except (TicketGone, TicketRefused) as unseen:
            raise DeskLockedOut(
                f"{gone}; nor is project {self.project} shown: give that account the right to "
                "browse it"
            ) from unseen

    def _refuses_the_project(self, sent: JsonObject, body: bytes) -> bool:
        """Tell a 400 over the configured project or issue type from one over the ticket."""
        fields = sent.get("fields")
        project = fields.get("project") if isinstance(fields, Mapping) else None
        is_ours = isinstance(project, Mapping) and project.get("key") == self.project
        return is_ours and bool(errors_in(body).keys() & {"project", "pid", "issuetype"})


def read_quota(headers: Mapping[str, str], now: datetime) -> Quota:
    """Read how many calls are left; one issue that was written too often says nothing of others.

    https://developer.atlassian.com/cloud/jira/platform/rate-limiting/
    """
    if "per-issue" in headers.get("RateLimit-Reason", ""):
        return Quota()
    return x_ratelimit(iso_8601)(headers, now)


def rows_of(reply: Reply) -> Sequence[JsonObject]:
    """Read the body as a list of objects; anything else leaves the outcome in doubt."""
    try:
        said = orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        said = None
    if not isinstance(said, list):
        reply.doubt("answered no JSON list")
    return [row for row in said if isinstance(row, Mapping)]


def errors_in(body: bytes) -> Mapping[str, str]:
    """Give what a refusal says of fields, by their ids."""
    errors = _refusal(body).get("errors")
    return {str(k): str(v) for k, v in errors.items()} if isinstance(errors, Mapping) else {}


def _says_why(body: bytes) -> bool:
    """Say whether a 403 is Jira's own about an issue; one over a log-in comes as a page."""
    said = _refusal(body)
    return bool(said.get("errorMessages") or said.get("errors"))


def _refusal(body: bytes) -> JsonObject:
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return said if isinstance(said, dict) else {}


def _check_who(reply: Reply) -> None:
    """Raise if Jira took the call for nobody's: it answers 200 and shows what nobody may see."""
    reason = reply.headers.get("X-Seraph-LoginReason", "OK")
    is_nobody = reply.headers.get("X-AUSERNAME", "").casefold() == "anonymous"
    if is_nobody or "OK" not in reason:
        raise DeskLockedOut(
            f"{reply.desk}: {reply.call.operation} was answered as if nobody had logged in "
            f"(X-Seraph-LoginReason: {reason}); check `auth:` and log in once with a browser"
        )
