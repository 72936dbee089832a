"""From the object by which a desk shows a ticket to the bridge's own Ticket."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from bridge.backends.people import written_over
from bridge.backends.sendable import one_line
from bridge.domain.json import JsonValue
from bridge.domain.ticket import Ticket, TicketState
from bridge.expressions import Literal, Queries, Query, Template, as_text

#: Longer is no number of a ticket, and no status.
_LONGEST = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class States:
    """The desk's status words by what they amount to; one that nobody named is work to do."""

    open: Sequence[str] = ()
    resolved: Sequence[str] = ()
    closed: Sequence[str] = ()
    cancelled: Sequence[str] = ()

    def of(self, word: str) -> TicketState:
        """Say what a status amounts to; upper and lower case are the same."""
        said = word.strip().casefold()
        for state in TicketState:
            words: Sequence[str] = getattr(self, state.value)
            if said in (known.casefold() for known in words):
                return state
        return TicketState.OPEN

    @property
    def all(self) -> Sequence[str]:
        """Give every word."""
        return (*self.open, *self.resolved, *self.closed, *self.cancelled)

    def has(self, word: str) -> bool:
        """Say whether a word is named."""
        return word.strip().casefold() in (known.casefold() for known in self.all)

    def unknown(self, word: str) -> str:
        """Say which words there are instead of one that is not named."""
        return f"{word!r} is no status of this desk; write one of {', '.join(self.all)}"

    def first(self, state: TicketState) -> str:
        """Give the first word of a state, or nothing."""
        words: Sequence[str] = getattr(self, state.value)
        return words[0] if words else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Reads tickets of one kind of desk."""

    id: Query
    number: Query | None = None
    status: Query | None = None
    url: Literal | Template | None = None
    assignee: Query | None = None
    created_at: Query | None = None
    token: Query | None = None
    token_after: str = ""  #: what stands before the token in a text; the last one counts
    taken_over: Sequence[Query] = ()
    shown: Queries = field(default_factory=dict)
    states: States = field(default_factory=States)

    def id_in(self, shown: JsonValue) -> str:
        """Give the ticket's id; empty when nothing shows it."""
        return _text(self.id, shown)

    def shows(self, shown: JsonValue) -> bool:
        """Say whether this is a ticket as it is now, and not only that one was written."""
        return bool(self.id_in(shown)) and bool(_text(self.status, shown))

    def carries(self, shown: JsonValue, verified: JsonValue, token: str) -> bool:
        """Say whether the token is in what was verified, or on the ticket itself."""
        said = self.token.find(shown) if self.token is not None else None
        return any(has_token(found, token, self.token_after) for found in (verified, said))

    def filed(self, shown: JsonValue, url: str, written: Collection[str] = ()) -> Ticket:
        """Give a ticket as the bridge's own filing; `written` are public names."""
        id_ = self.id_in(shown)
        number = _text(self.number, shown) or id_
        ticket = Ticket(
            number=number,
            id=id_,
            status=self.states.first(TicketState.OPEN),
            state=TicketState.OPEN,
            url=self._address({"url": url, "ticket": {"id": id_, "number": number}}),
            created_at=_moment(_text(self.created_at, shown)),
        )
        return self.written(shown, ticket, written, by_bridge=self.taken_over)

    def written(
        self,
        shown: JsonValue,
        ticket: Ticket,
        names: Collection[str],
        by_bridge: Collection[Query] = (),
    ) -> Ticket:
        """Give a ticket after the bridge wrote `names`, and left `by_bridge` as they are shown.

        Where it shows something else than was sent, that is the desk's doing and no person's.
        """
        told = {name: text for name, text in self._texts(shown).items() if name in names}
        mine = {query.text for query in by_bridge}
        mine |= {query.text for name, query in self.shown.items() if name in names}
        left = {text: said for text, said in self._traces(shown).items() if text in mine}
        return self.seen(
            shown,
            replace(ticket, told={**ticket.told, **told}, handle={**ticket.handle, **left}),
        )

    def seen(self, shown: JsonValue, ticket: Ticket) -> Ticket:
        """Give a ticket as it is shown; what it does not show stays as it was."""
        word = _text(self.status, shown)
        state = self.states.of(word) if word else ticket.state
        traces = self._traces(shown)
        return replace(
            ticket,
            number=_text(self.number, shown) or ticket.number,
            status=word or ticket.status,
            state=state,
            assignee=_text(self.assignee, shown) or None,
            taken_over=state is TicketState.OPEN and _is_at_work(traces, ticket.handle),
            theirs=written_over(ticket.told, self._texts(shown)),
            # What was not known until now cannot be held against anybody.
            handle={**traces, **ticket.handle},
            created_at=_moment(_text(self.created_at, shown)) or ticket.created_at,
            present={},
        )

    @property
    def status_traces(self) -> Sequence[Query]:
        """Give those traces of a person that the bridge leaves itself when it sets a status."""
        status = self.status.text if self.status is not None else ""
        return [query for query in self.taken_over if query.text == status]

    def _address(self, scope: Mapping[str, object]) -> str | None:
        """Give where people open a ticket; one whose template fails is a ticket all the same."""
        try:
            return one_line(self.url.render(scope), 2000) if self.url is not None else None
        except Exception:  # noqa: BLE001  # whatever Jinja raises
            return None

    def _traces(self, shown: JsonValue) -> Mapping[str, str]:
        if not self.shows(shown):
            return {}
        return {query.text: _text(query, shown) for query in self.taken_over}

    def _texts(self, shown: JsonValue) -> Mapping[str, str]:
        texts = {name: as_text(query.find(shown)) for name, query in self.shown.items()}
        return {name: text for name, text in texts.items() if text}


def has_token(found: JsonValue, token: str, after: str = "") -> bool:
    """Say whether a value is the token, a list with it, or a text in which it stands whole.

    In a text in which it stands `after` something, only what follows the last of these counts.
    """
    match found:
        case str() if after:
            label, rest = found.rpartition(after)[1:]
            said = re.match(rf"\s*{re.escape(token)}(?![\w-])", rest)
            return bool(label) and said is not None
        case str():
            whole = rf"(?<![\w-]){re.escape(token)}(?![\w-])"
            return re.search(whole, found) is not None
        case list() | tuple():
            return token in found
        case _:
            return False


def _is_at_work(traces: Mapping[str, str], handle: Mapping[str, str]) -> bool:
    """Take what the bridge did not leave so, and what is not empty, as a person's."""
    return any(said and said != handle.get(text, said) for text, said in traces.items())


def _text(query: Query | None, shown: JsonValue) -> str:
    found = query.find(shown) if query is not None else None
    return one_line(as_text(found), _LONGEST) if isinstance(found, str | int | float) else ""


def _moment(text: str) -> datetime | None:
    """Read a time that says its zone; one that does not could be any."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo is not None else None
