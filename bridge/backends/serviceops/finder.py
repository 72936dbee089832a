"""The search of ServiceOps, by which tickets are found again; rows are not believed unread."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bridge.backends.serviceops import body
from bridge.backends.serviceops.api import Api
from bridge.backends.serviceops.calls import Calls
from bridge.domain.errors import TicketGone, TicketRefused
from bridge.domain.json import JsonObject

_PAGE = 100
#: A token that more tickets carry than these pages hold is no token.
_MOST_PAGES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Finder:
    """Searches one desk; every method raises DeskError and nothing else."""

    name: str  #: the backend's, in errors
    is_allowed: bool
    api: Api
    calls: Calls

    def by_token(self, token: str) -> Sequence[JsonObject]:
        """Give the tickets that carry the token whole."""
        wanted = body.search("request.subject", "contains", token)
        return [row for row in self._rows("find", wanted) if body.carries(row, token)]

    def id_of(self, number: str) -> str:
        """Give the id of the ticket of a number such as INC-46; TicketGone if there is none.

        The key is one that the vendor's own people name; a desk that does not know it may give
        every ticket there is, which proves nothing.
        """
        wanted = body.search("request.name", "equal", number)
        rows = list(self._rows("lookup", wanted)) if self.is_allowed else []
        for row in rows:
            if str(row.get("name")).casefold() == number.casefold():
                return str(row.get("id"))
        if self.is_allowed and not rows:
            message = f"{self.name}: there is no {number}"
            raise TicketGone(message)
        message = f"{self.name}: cannot search for {number!r}; write the id in its page's address"
        raise TicketRefused(message)

    def _rows(self, operation: str, wanted: JsonObject) -> Iterator[JsonObject]:
        """Give the rows of every page; stop at the end, or at a page that brings nothing new."""
        seen: set[str] = set()
        for page in range(_MOST_PAGES):
            call = self.calls.search(operation, wanted, page * _PAGE, _PAGE)
            reply, said = self.api.ask(call)
            rows = said.get("objectList", [] if said.get("totalCount") == 0 else None)
            if not isinstance(rows, list):
                reply.doubt("was answered without an objectList")
            records = [row for row in rows if isinstance(row, dict)]
            new = [row for row in records if str(row.get("id")) not in seen]
            yield from new
            seen.update(str(row.get("id")) for row in new)
            total = said.get("totalCount")
            if not new or not isinstance(total, int) or len(seen) >= total:
                return
