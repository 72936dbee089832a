"""Where the worker finds what is due and writes what it saw."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, TypeVar

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    bindparam,
    case,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.sql.dml import ReturningUpdate

from bridge.domain.incident import Observed, TimelineEntry
from bridge.domain.intent import Begin
from bridge.domain.ports import Claim, IncidentTransaction
from bridge.store.changes import SqlIncidentTransaction
from bridge.store.database import Database, batches
from bridge.store.outcomes import Outcome, Outcomes, begun
from bridge.store.rows import RELEASED, incident_from
from bridge.store.schema import incident
from bridge.store.timeline import untold_news

T = TypeVar("T")

_NEVER = datetime.max.replace(tzinfo=UTC)

_free = or_(incident.c.lease_until.is_(None), incident.c.lease_until <= bindparam("now"))


def _take(at: ColumnElement[datetime | None]) -> ReturningUpdate[Any]:
    """Lease what `at` says is to be worked on, longest due first."""
    due = (
        select(incident.c.id)
        .where(incident.c.backend == bindparam("of"), at <= bindparam("now"), _free)
        .order_by(at, incident.c.id)
        .limit(bindparam("most"))
        .with_for_update(skip_locked=True)
        .cte("due")  # not a plain subquery, which PostgreSQL may run, and lock, more than once
    )
    return (
        update(incident)
        .where(incident.c.id.in_(select(due.c.id)))
        .values(
            lease_owner=bindparam("owner"),
            lease_until=bindparam("until"),
            fence=incident.c.fence + 1,
        )
        .returning(incident)
    )


_TAKE_DUE = _take(incident.c.due_at)
_TAKE_LOOKS = _take(incident.c.look_at)


class SqlDelivery:
    """Implements DeliveryStore.

    A claim is a lease and a fencing number that grows with every claim: a lease can be overrun
    unnoticed, a number cannot.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @cached_property
    def _outcomes(self) -> Outcomes:
        return Outcomes(self._database)

    def claim(
        self,
        backend: str,
        *,
        limit: int,
        owner: str,
        now: datetime,
        lease_until: datetime,
        begin: Begin | None = None,
    ) -> Sequence[Claim]:
        """Take up to `limit` due incidents, longest due first, that nobody else holds."""
        values = {"of": backend, "now": now, "most": limit, "owner": owner, "until": lease_until}

        def take(connection: Connection) -> Sequence[Claim]:
            claims = _claims(connection, _TAKE_DUE, values)
            return begun(connection, claims, begin, now) if begin is not None else claims

        return self._database.run(take)

    def claim_looks(
        self, backend: str, *, limit: int, owner: str, now: datetime, lease_until: datetime
    ) -> Sequence[Claim]:
        """Take up to `limit` incidents whose tickets are to be looked at again."""
        values = {"of": backend, "now": now, "most": limit, "owner": owner, "until": lease_until}
        claims = self._database.run(lambda connection: _claims(connection, _TAKE_LOOKS, values))
        return [replace(claim, is_look=True) for claim in claims]

    def renew(self, ids: Collection[str], *, owner: str, lease_until: datetime) -> None:
        """Keep the leases of what is still being worked on."""

        def extend(connection: Connection) -> None:
            for batch in batches(ids):
                ours = incident.c.id.in_(batch), incident.c.lease_owner == owner
                held = (
                    select(incident.c.id)
                    .where(*ours)
                    .order_by(incident.c.id)
                    .with_for_update()
                    .cte("held")
                )
                connection.execute(
                    update(incident)
                    .where(incident.c.id.in_(select(held.c.id)))
                    .values(lease_until=lease_until)
                )

        self._database.run(extend)

    def give_back(self, ids: Collection[str], *, owner: str) -> None:
        """End the leases of what nobody works on any more."""

        def release(connection: Connection) -> None:
            for batch in batches(ids):
                ours = incident.c.id.in_(batch), incident.c.lease_owner == owner
                connection.execute(update(incident).where(*ours).values(RELEASED))

        self._database.run(release)

    def change(self, work: Callable[[IncidentTransaction], T]) -> T:
        """Do `work` in one transaction, again if it met another one."""
        return self._database.run(
            lambda connection: work(SqlIncidentTransaction(self._database, connection))
        )

    def record(
        self,
        claim: Claim,
        observed: Observed,
        *,
        now: datetime,
        due_at: datetime | None,
        look_at: datetime | None = None,
        timeline: Sequence[TimelineEntry] = (),
        ended: bool = False,
        release: bool = True,
    ) -> bool:
        """Write the observed half; due at once, and not ended, if the desired half has changed.

        False: the claim was taken over, and what was seen has been recorded as late.
        """
        return self._outcomes.put(
            Outcome(
                claim=claim,
                observed=observed,
                now=now,
                due_at=due_at,
                look_at=look_at,
                timeline=timeline,
                ended=ended,
                release=release,
            )
        )

    def next_due(self, backend: str) -> datetime | None:
        """Say when the earliest unclaimed incident, or the earliest ending lease, is due."""
        return self._earliest(_NEXT_DUE, backend)

    def next_look(self, backend: str) -> datetime | None:
        """Say when the next ticket is to be looked at again."""
        return self._earliest(_NEXT_LOOK, backend)

    def _earliest(
        self, query: Select[tuple[datetime | None, datetime | None]], backend: str
    ) -> datetime | None:
        with self._database.read() as connection:
            times = connection.execute(query, {"of": backend}).one()
        return min((at for at in times if at is not None), default=None)


def _claims(
    connection: Connection, take: ReturningUpdate[Any], values: Mapping[str, object]
) -> Sequence[Claim]:
    rows = sorted(connection.execute(take, values), key=lambda row: (row.due_at or _NEVER, row.id))
    news = untold_news(connection, [row.id for row in rows])
    return [
        Claim(incident=incident_from(row, news.get(row.id, ())), fence=row.fence) for row in rows
    ]


def _next(at: ColumnElement[datetime | None]) -> Select[tuple[datetime | None, datetime | None]]:
    """Ask for the earliest time of what nobody holds, and of what is held once its lease ends."""
    of_backend = incident.c.backend == bindparam("of"), at.is_not(None)
    later = case((incident.c.lease_until > at, incident.c.lease_until), else_=at)
    free = select(func.min(at)).where(*of_backend, incident.c.lease_until.is_(None))
    leased = select(func.min(later)).where(*of_backend, incident.c.lease_until.is_not(None))
    return select(free.scalar_subquery(), leased.scalar_subquery())


_NEXT_DUE = _next(incident.c.due_at)
_NEXT_LOOK = _next(incident.c.look_at)
