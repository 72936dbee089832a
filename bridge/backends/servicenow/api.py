"""Calls to the Table API, and what its answers mean.

https://www.servicenow.com/docs/r/zurich/api-reference/rest-apis/c_TableAPI.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import orjson

from bridge.backends.http import Call, Reply
from bridge.backends.login import AuthorizedClient
from bridge.backends.servicenow.files import upload
from bridge.backends.servicenow.query import is_sys_id
from bridge.domain.errors import DeskLockedOut, TicketGone, TicketRefused
from bridge.domain.json import JsonObject

_ROOT: Final = "/api/now/table"
#: 403 also stands for a data policy, a business rule, or a record that may not be written.
_ABOUT_THE_TICKET: Final = ("data policy", "business rule", "update failed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """One instance's tables; every method raises DeskError and nothing else."""

    client: AuthorizedClient
    table: str  #: where tickets are
    columns: Sequence[str]  #: what is asked of a ticket

    @property
    def path(self) -> str:
        """Where tickets are filed."""
        return f"{_ROOT}/{self.table}"

    def insert(self, sent: JsonObject) -> JsonObject:
        """File a ticket; give its record."""
        return self._record(
            Call(
                operation="create",
                method="POST",
                path=self.path,
                query=self._shown(sent),
                json=sent,
                repeatable=False,
                forbids_ticket=forbids_ticket,
            )
        )

    def get(self, sys_id: str) -> JsonObject:
        """Give a ticket's record; raise TicketGone when there is none."""
        return self._record(
            Call(
                operation="read",
                method="GET",
                path=f"{self.path}/{sys_id}",
                query=self._shown({}),
                repeatable=True,
                names_ticket=True,
            ),
            sys_id,
        )

    def change(self, operation: str, sys_id: str, sent: JsonObject) -> JsonObject:
        """Change a ticket; only its note would be there twice if it were sent twice."""
        return self._record(
            Call(
                operation=operation,
                method="PATCH",
                path=f"{self.path}/{sys_id}",
                query=self._shown(sent),
                json=sent,
                repeatable="work_notes" not in sent,
                names_ticket=True,
                forbids_ticket=forbids_ticket,
            ),
            sys_id,
        )

    def attach(self, sys_id: str, name: str, text: str) -> None:
        """Put a file on a ticket; TicketRefused if this account may not, or the desk will not."""
        try:
            reply = self.client.send(upload(self.table, sys_id, name, text))
        except TicketGone as gone:
            # 404 also stands for a ticket that may be read and may have no files from this account.
            self.get(sys_id)
            raise TicketRefused(str(gone)) from gone
        result = reply.object().get("result")
        if not isinstance(result, Mapping) or value_of(result, "table_sys_id") != sys_id:
            reply.doubt("was answered without the attachment")

    def tickets(self, operation: str, query: str, limit: int) -> Sequence[JsonObject]:
        """Give tickets that a query describes; DeskLockedOut if there are some that are not shown.

        Rights filter rows after the query: without them an answer is 200 and empty (KB3047115).
        """
        reply, records = self._list(operation, self.table, query, limit, self._shown({}))
        count = reply.headers.get("X-Total-Count", "0")
        if not records and count.isdigit() and int(count) > 0:
            raise DeskLockedOut(
                f"{reply.desk}: {operation} found {count} records of {self.table} and was shown "
                "none; give that account the right to read them"
            )
        return records

    def others(
        self, table: str, query: str, limit: int, columns: Sequence[str]
    ) -> Sequence[JsonObject]:
        """Give records of another table; TicketRefused if this account may not ask for them."""
        shown = {"sysparm_fields": ",".join(columns)}
        return self._list("look-up", table, query, limit, shown)[1]

    def _list(
        self, operation: str, table: str, query: str, limit: int, shown: Mapping[str, str]
    ) -> tuple[Reply, Sequence[JsonObject]]:
        call = Call(
            operation=operation,
            method="GET",
            path=f"{_ROOT}/{table}",
            query={"sysparm_query": query, "sysparm_limit": str(limit), **shown},
            repeatable=True,
            forbids_ticket=lambda _body: table != self.table,
        )
        reply = self.client.send(call)
        rows = reply.object().get("result")
        if not isinstance(rows, list):
            reply.doubt("was answered without a list of results")
        return reply, [row for row in rows if isinstance(row, Mapping)]

    def _record(self, call: Call, sys_id: str = "") -> JsonObject:
        reply = self.client.send(call)
        record = reply.object().get("result")
        if not isinstance(record, Mapping):
            reply.doubt("was answered without a result")
        self._check_id(reply, value_of(record, "sys_id"), sys_id)
        return record

    def _check_id(self, reply: Reply, said: str, wanted: str) -> None:
        if not is_sys_id(said) or (wanted and said != wanted):
            reply.doubt("was answered without the sys_id of the ticket")

    def _shown(self, sent: JsonObject) -> Mapping[str, str]:
        """Ask for values and for what people see, of our columns and of those that are sent."""
        columns = dict.fromkeys((*self.columns, *(c for c in sent if c not in JOURNALS)))
        return {
            "sysparm_display_value": "all",
            "sysparm_exclude_reference_link": "true",
            "sysparm_fields": ",".join(columns),
        }


#: Columns that are only added to; to ask for them would give the whole history.
JOURNALS: Final = ("work_notes", "comments")


def value_of(record: JsonObject, column: str) -> str:
    """Give the stored value of a column as text; empty when the record does not show it."""
    return _part(record, column, "value")


def shown_of(record: JsonObject, column: str) -> str:
    """Give what people see in a column."""
    return _part(record, column, "display_value")


def forbids_ticket(body: bytes) -> bool:
    """Say whether a 403 is about the ticket rather than about the account."""
    try:
        error = orjson.loads(body)["error"]
        said = f"{error['message']} {error['detail']}".casefold()
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return False
    return any(words in said for words in _ABOUT_THE_TICKET)


def _part(record: JsonObject, column: str, part: str) -> str:
    cell = record.get(column)
    said = cell.get(part) if isinstance(cell, Mapping) else cell
    return said if isinstance(said, str) else ""
