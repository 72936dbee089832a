"""Compares what was accepted with what the desks hold."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise

from tests.chaos.balancer import Accepted
from tests.e2e.desks import DeskTicket

_DONE = frozenset({"Resolved", "Closed", "Cancelled"})
_END = datetime.max.replace(tzinfo=UTC)
_DUPLICATE = re.compile(r"Duplicate of \S+")
_HOST = re.compile(r"\w+ on host\d+")

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What is wrong, by kind, each with the subject of the ticket."""

    lost: Sequence[str]  #: fires, and has no open ticket
    left_open: Sequence[str]  #: cleared, and has an open ticket
    twice: Sequence[str]  #: has two open tickets
    unexplained: Sequence[str]  #: had two open tickets at a time, none of them a known duplicate
    unknown: Sequence[str]  #: has a ticket, and no accepted alert
    tickets: int
    duplicates: int
    resolved: int
    firing: int
    cleared: int

    @property
    def faults(self) -> Mapping[str, Sequence[str]]:
        """Give what is wrong; empty if nothing is."""
        kinds = ("lost", "left_open", "twice", "unexplained", "unknown")
        return {kind: getattr(self, kind) for kind in kinds if getattr(self, kind)}


@dataclass
class _Key:
    """Everything about one fault."""

    fires: bool = False
    tickets: list[DeskTicket] = field(default_factory=list)

    @property
    def open_tickets(self) -> int:
        return sum(ticket.is_open for ticket in self.tickets)


def audit(accepted: Sequence[Accepted], tickets: Sequence[DeskTicket]) -> Audit:
    """Hold the desks' tickets against the alerts that were accepted."""
    firing = _firing_by_subject(accepted)
    keys = {subject: _Key(fires=fires) for subject, fires in firing.items()}
    unknown = []
    for ticket in tickets:
        subject = _subject_of(ticket)
        if subject in keys:
            keys[subject].tickets.append(ticket)
        else:
            unknown.append(ticket.subject)
    duplicates = [ticket for ticket in tickets if is_duplicate(ticket)]
    return Audit(
        lost=sorted(s for s, key in keys.items() if key.fires and not key.open_tickets),
        left_open=sorted(s for s, key in keys.items() if not key.fires and key.open_tickets),
        twice=sorted(s for s, key in keys.items() if key.open_tickets > 1),
        unexplained=sorted(s for s, key in keys.items() if _overlaps(key.tickets)),
        unknown=sorted(unknown),
        tickets=len(tickets),
        duplicates=len(duplicates),
        resolved=sum(not ticket.is_open for ticket in tickets),
        firing=sum(firing.values()),
        cleared=len(firing) - sum(firing.values()),
    )


def is_duplicate(ticket: DeskTicket) -> bool:
    """Say whether the bridge resolved this ticket as the second of one incident, with a note."""
    return not ticket.is_open and any(_DUPLICATE.search(note) for note in ticket.notes)


def _firing_by_subject(accepted: Sequence[Accepted]) -> Mapping[str, bool]:
    """Say of each fault whether any of its alerts fires, by the last word on each alert.

    The last word is about the latest firing, not what came last: a peer that lags behind still
    speaks of an earlier one.
    """
    last: dict[tuple[str, str], Accepted] = {}
    for alert in accepted:
        key = (alert.subject, alert.labels["severity"])
        if key not in last or _is_news(alert, last[key]):
            last[key] = alert
    fires: Counter[str] = Counter()
    for (subject, _), alert in last.items():
        fires[subject] += alert.is_firing
    return {subject: bool(number) for subject, number in fires.items()}


def _is_news(alert: Accepted, known: Accepted) -> bool:
    """Say whether an alert is news: of a later firing, or the end of the same one."""
    return (alert.starts_at, not alert.is_firing) >= (known.starts_at, not known.is_firing)


def _subject_of(ticket: DeskTicket) -> str:
    found = _HOST.search(ticket.subject)
    return found[0] if found else ticket.subject


def _overlaps(tickets: Sequence[DeskTicket]) -> bool:
    """Say whether two tickets were open at one time, leaving out the known duplicates."""
    spans = sorted(span for t in tickets if not is_duplicate(t) for span in open_spans(t))
    return any(later[0] < earlier[1] for earlier, later in pairwise(spans))


def open_spans(ticket: DeskTicket) -> Iterator[Span]:
    """Give the times during which a ticket was open."""
    begun: datetime | None = None
    for step in ticket.history:
        at, is_open = datetime.fromisoformat(step["at"]), step["status"] not in _DONE
        if is_open and begun is None:
            begun = at
        elif not is_open and begun is not None:
            yield begun, at
            begun = None
    if begun is not None:
        yield begun, _END
