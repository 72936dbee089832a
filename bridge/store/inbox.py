"""Reads webhook bodies as they were received."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from bridge.domain.inbox import (
    InboxEntry,
    InboxOutcome,
    InboxPage,
    InboxQuery,
    KeptBody,
    unpack,
)
from bridge.store.database import Database
from bridge.store.schema import inbox

#: What needs a person comes first.
_ORDER = (InboxOutcome.REJECTED, InboxOutcome.PARTIAL, InboxOutcome.ACCEPTED)
_CURSOR = re.compile(r"([a-z]+):([0-9A-Z]{1,26})")
_LISTED = (
    inbox.c.id,
    inbox.c.source,
    inbox.c.received_at,
    inbox.c.content_type,
    inbox.c.size,
    inbox.c.outcome,
    inbox.c.reason,
    inbox.c.times_seen,
    inbox.c.last_seen_at,
)
#: Bodies can be large: so few are in memory at a time.
_BATCH = 50


class SqlInbox:
    """Implements InboxReader."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def inbox(self, query: InboxQuery) -> InboxPage:
        """List bodies by keyset; ValueError if the cursor is no page's `next`."""
        with self._database.read() as connection:
            rows = _page(connection, query, query.limit + 1)
        page = rows[: query.limit]
        last = page[-1] if page and len(rows) > len(page) else None
        return InboxPage(
            bodies=[_kept(row) for row in page],
            next=f"{last.outcome}:{last.id}" if last is not None else None,
        )

    def inbox_entry(self, body_id: str) -> InboxEntry | None:
        """Give one body whole."""
        with self._database.read() as connection:
            row = connection.execute(select(inbox).where(inbox.c.id == body_id)).one_or_none()
        return _entry(row) if row is not None else None

    def bodies_since(self, since: datetime, source: str = "") -> Iterator[InboxEntry]:
        """Give the bodies received since, oldest first, a few in memory at a time."""
        after = ""
        while rows := self._batch(since, source, after):
            yield from (_entry(row) for row in rows)
            after = rows[-1].id

    def _batch(self, since: datetime, source: str, after: str) -> Sequence[Row[Any]]:
        batch = select(inbox).where(inbox.c.id > after, inbox.c.received_at >= since)
        if source:
            batch = batch.where(inbox.c.source == source)
        with self._database.read() as connection:
            return connection.execute(batch.order_by(inbox.c.id).limit(_BATCH)).all()


def _page(connection: Connection, query: InboxQuery, wanted: int) -> list[Row[Any]]:
    """Take from one outcome after the other, each along its index."""
    first, before = _position(query)
    found: list[Row[Any]] = []
    for outcome in _ORDER[_ORDER.index(first) :]:
        if query.outcome in ("", outcome.value):
            listing = _of(query, outcome, before).limit(wanted - len(found))
            found += connection.execute(listing).all()
        before = ""
        if len(found) >= wanted:
            break
    return found


def _of(query: InboxQuery, outcome: InboxOutcome, before: str) -> Select[Any]:
    listing = select(*_LISTED).where(inbox.c.outcome == outcome.value)
    if query.source:
        listing = listing.where(inbox.c.source == query.source)
    if before:
        listing = listing.where(inbox.c.id < before)
    return listing.order_by(inbox.c.id.desc())


def _position(query: InboxQuery) -> tuple[InboxOutcome, str]:
    if not query.cursor:
        return _ORDER[0], ""
    match = _CURSOR.fullmatch(query.cursor)
    if match is None or match.group(1) not in tuple(InboxOutcome):
        raise ValueError("the cursor is malformed; give the `next` of a page as it is")
    return InboxOutcome(match.group(1)), match.group(2)


def _kept(row: Row[Any]) -> KeptBody:
    said = {column.name: getattr(row, column.name) for column in _LISTED}
    return KeptBody(**{**said, "outcome": InboxOutcome(row.outcome)})


def _entry(row: Row[Any]) -> InboxEntry:
    return InboxEntry(
        id=row.id,
        source=row.source,
        received_at=row.received_at,
        content_type=row.content_type,
        body=unpack(row.body),
        outcome=InboxOutcome(row.outcome),
        reason=row.reason,
    )
