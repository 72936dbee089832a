"""Calls to the REST API of a Jira, and what its answers mean.

https://developer.atlassian.com/cloud/jira/platform/rest/v3/intro/
https://developer.atlassian.com/server/jira/platform/rest/
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bridge.backends.http import Call, FilePart, Reply
from bridge.backends.jira.answers import (
    FieldsRefused,
    check_done,
    check_who,
    errors_in,
    rows_of,
    says_why,
)
from bridge.backends.jira.flavor import Flavor
from bridge.backends.login import AuthorizedClient
from bridge.backends.wire import quoted
from bridge.domain.errors import DeskLockedOut, TicketGone, TicketRefused
from bridge.domain.json import JsonObject, JsonValue

_PAGE: Final = 100
#: A token that more tickets carry than these pages hold is no token.
_MOST_PAGES: Final = 20
#: Where issues are filed, by the ids under which it is refused.
_PLACE: Final = frozenset({"project", "pid", "issuetype"})
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
                answers=(400,),
            )
        )
        self._judge(reply, sent)
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
        reply = self._send(self._about("update", id_, "PUT", json=sent, answers=(400,)))
        self._judge(reply, sent)
        check_done(reply)

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
        call = self._about(operation, id_, "POST", "/transitions", json=sent)
        check_done(self._send(call))

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
                forbids_ticket=says_why,
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
        answers: Collection[int] = (),
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
            answers=answers,
            names_ticket=True,
            forbids_ticket=says_why,
        )

    def _send(self, call: Call) -> Reply:
        try:
            reply = self.client.send(call)
        except TicketGone as gone:
            self._check_sight(gone)
            raise
        if call.repeatable:
            check_who(reply)
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
            forbids_ticket=says_why,
        )
        try:
            check_who(self.client.send(call))
        except (TicketGone, TicketRefused) as unseen:
            raise DeskLockedOut(
                f"{gone}; nor is project {self.project} shown: give that account the right to "
                "browse it"
            ) from unseen

    def _judge(self, reply: Reply, sent: JsonObject) -> None:
        """Raise what a 400 means: one over the configured project is none over the ticket."""
        if reply.status != 400:
            return
        fields, errors = sent.get("fields"), errors_in(reply.body)
        project = fields.get("project") if isinstance(fields, Mapping) else None
        is_ours = isinstance(project, Mapping) and project.get("key") == self.project
        said = f"{reply.desk}: {reply.call.operation} answered 400: {quoted(reply.body)}"
        if is_ours and errors.keys() & _PLACE:
            raise DeskLockedOut(f"{said}; check this backend's section and its account's rights")
        raise FieldsRefused(said, errors)
