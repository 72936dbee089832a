"""What deliveries saw, written for several of them in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, case, update
from sqlalchemy.sql.dml import Update

from bridge.domain.errors import StoreUnavailable
from bridge.domain.incident import Observed, TimelineEntry
from bridge.domain.intent import Begin, Intent
from bridge.domain.ports import Claim
from bridge.domain.together import Outcome as Known
from bridge.domain.together import Together
from bridge.store import late
from bridge.store.database import Database, write_all
from bridge.store.rows import Values, observed_values
from bridge.store.schema import incident
from bridge.store.timeline import append
from bridge.store.types import Instant

#: So many at most wait for one commit: whoever is first must not wait for a crowd.
MOST_TOGETHER = 64
#: One may be the outcome's own fault; each may wait long for a database that is away.
ENOUGH_FAILED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one delivery saw; `release` ends its claim, `ended` its incident."""

    claim: Claim
    observed: Observed
    now: datetime
    due_at: datetime | None
    look_at: datetime | None
    timeline: Sequence[TimelineEntry]
    ended: bool
    release: bool


class Outcomes:
    """Writes outcomes as they come, in one transaction those that come while another commits."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._together = Together(self._record, MOST_TOGETHER)

    def put(self, outcome: Outcome) -> bool:
        """Write an outcome; False: the claim was taken over, and it has been recorded as late."""
        return self._together.do(outcome)

    def _record(self, outcomes: Sequence[Outcome]) -> Sequence[Known[bool]]:
        if len(outcomes) == 1:
            return [self._alone(outcomes[0])]
        try:
            self._database.run(lambda connection: _put_all(connection, outcomes))
        except Exception:  # noqa: BLE001  # a claim was lost, or cannot be written: which one?
            return self._one_by_one(outcomes)
        return [True] * len(outcomes)

    def _one_by_one(self, outcomes: Sequence[Outcome]) -> Sequence[Known[bool]]:
        """Try each alone, the rest of them not once it is plain that the database is away."""
        known: list[Known[bool]] = []
        for outcome in outcomes:
            is_away = all(isinstance(one, StoreUnavailable) for one in known[-ENOUGH_FAILED:])
            tried = known[-1] if is_away and len(known) >= ENOUGH_FAILED else self._alone(outcome)
            known.append(tried)
        return known

    def _alone(self, outcome: Outcome) -> Known[bool]:
        try:
            return self._database.run(lambda connection: _put(connection, outcome))
        except Exception as error:  # noqa: BLE001  # it is raised again where it belongs
            return error


def begun(
    connection: Connection, claims: Sequence[Claim], begin: Begin, now: datetime
) -> Sequence[Claim]:
    """Put on record what is about to be sent for incidents claimed in the same transaction."""
    intents = {claim.incident.id: begin(claim.incident) for claim in claims}
    real = {id_: intent for id_, intent in sorted(intents.items()) if intent is not None}
    rows = [
        {"of_id": id_, "at": now, **observed_values(intent.observed)}
        for id_, intent in real.items()
    ]
    write_all(connection, _BEGIN, rows)
    append(connection, [entry for intent in real.values() for entry in intent.timeline])
    return [_with(claim, real.get(claim.incident.id)) for claim in claims]


def _with(claim: Claim, intent: Intent | None) -> Claim:
    return replace(claim, begun=intent.observed) if intent is not None else claim


class _ClaimLost(Exception):
    """Of several outcomes one is late, so that they have to be written one by one."""


def _put(connection: Connection, outcome: Outcome) -> bool:
    if connection.execute(_statement(outcome), _values(outcome)).rowcount == 1:
        append(connection, outcome.timeline)
        return True
    claim, seen = outcome.claim, outcome.observed
    late.record(connection, claim, seen, now=outcome.now, timeline=outcome.timeline)
    return False


def _put_all(connection: Connection, outcomes: Sequence[Outcome]) -> None:
    """Write what several saw; raise if one of them holds its claim no more."""
    for statement in (_RELEASE, _KEEP):
        # In one order, so that no two of these wait for each other.
        rows = sorted(
            (_values(outcome) for outcome in outcomes if _statement(outcome) is statement),
            key=lambda row: str(row["of_id"]),
        )
        if rows and connection.execute(statement, rows).rowcount != len(rows):
            raise _ClaimLost
    append(connection, [entry for outcome in outcomes for entry in outcome.timeline])


def _statement(outcome: Outcome) -> Update:
    return _RELEASE if outcome.release else _KEEP


def _values(outcome: Outcome) -> Values:
    held = outcome.claim.incident
    values = observed_values(outcome.observed)
    values |= {
        "of_id": held.id,
        "of_fence": outcome.claim.fence,
        "of_generation": held.desired.generation,
        "of_due_at": held.due_at,
        "to_due_at": outcome.due_at,
        "is_over": outcome.ended,
        "at": outcome.now,
    }
    return values | {"to_look_at": outcome.look_at} if outcome.release else values


def _at(name: str) -> ColumnElement[Any]:
    return bindparam(name, type_=Instant)


_BEGIN = update(incident).where(incident.c.id == bindparam("of_id")).values(updated_at=_at("at"))

_is_same_generation = incident.c.generation == bindparam("of_generation")
#: Nobody has moved the incident since it was claimed: whoever asks for a look sets due_at, even
#: where the desk need not hear of it.
_is_unchanged = _is_same_generation & incident.c.due_at.is_not_distinct_from(_at("of_due_at"))
_is_over = and_(bindparam("is_over"), _is_same_generation)

#: Due at once, and not ended, if the desired half has changed; the columns come with the values.
_KEEP = (
    update(incident)
    .where(incident.c.id == bindparam("of_id"), incident.c.fence == bindparam("of_fence"))
    .values(
        due_at=case((_is_unchanged, _at("to_due_at")), else_=_at("at")),
        ended_at=case((_is_over, _at("at")), else_=incident.c.ended_at),
        updated_at=_at("at"),
    )
)
_RELEASE = _KEEP.values(lease_owner=None, lease_until=None, look_at=_at("to_look_at"))
