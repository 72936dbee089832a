"""Databases as they are after years: what the bridge once wrote for two faults, many times over.

The rows are the product's own, made by one fault that it filed and one that it filed and resolved;
SQL multiplies them, each copy with letters of its own wherever the model had its mark.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from time import sleep
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Engine,
    Integer,
    Table,
    Text,
    cast,
    create_engine,
    func,
    insert,
    literal,
    select,
    text,
    true,
    type_coerce,
    update,
)

from bridge.store.schema import alert, inbox, incident, timeline
from tests.bench.bodies import body
from tests.bench.load import MARK, Wire, tag
from tests.bench.servers import Bridge
from tests.e2e.processes import eventually

#: Incidents under these numbers are models; the copies have smaller ones.
_FIRST_MODEL = 1 << 31
#: Bodies that are kept hold more than one alert each.
_INCIDENTS_PER_BODY = 10
_MICROSECONDS_PER_HOUR = 3_600_000_000
#: Columns in which the mark of the model stands.
_MARKED = {
    incident: ("key", "subject", "spec", "told_spec", "sent_spec", "ticket"),
    alert: ("fingerprint", "title", "spec", "labels"),
    timeline: ("because", "detail"),
}
_ID_PREFIX = 10  #: the letters of a ULID that tell the time


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """An incident that the bridge has made."""

    id: str
    mark: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """How much is stored; the open ones have the numbers from 0 on."""

    stored: int
    open: int


def fill(bridge: Bridge, database: str, *, stored: int, open_: int) -> Filled:
    """Bring an empty database to so many incidents, so many of them open; the bridge must be down.

    Its desk must be there, since the first two incidents are filed at it.
    """
    with bridge.running("serve"):
        is_filed = _made(bridge, _FIRST_MODEL, resolved=False)
        is_done = _made(bridge, _FIRST_MODEL + 1, resolved=True)
    multiply(database, {is_filed: range(open_), is_done: range(open_, stored)})
    return Filled(stored=stored, open=open_)


def multiply(database: str, copies: Mapping[Model, range]) -> None:
    """Copy each model for each number of its range."""
    with _engine(database) as engine, engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        _hurry(connection)
        for model, numbers in copies.items():
            if numbers:
                _multiply(connection, model, numbers)
        _settle(connection)


def make_due(database: str, number: int) -> None:
    """Let so many open incidents be due for a claim."""
    with _engine(database) as engine, engine.begin() as connection:
        some = select(incident.c.id).where(incident.c.state == "open").limit(number)
        due = update(incident).where(incident.c.id.in_(some.scalar_subquery()))
        connection.execute(due.values(due_at=incident.c.opened_at, lease_until=None))


def _made(bridge: Bridge, number: int, *, resolved: bool) -> Model:
    mark = tag(number)
    wire = Wire(bridge.port)
    bridge.post(wire, body(1).replace(MARK, mark))
    found: str = eventually(partial(_in_phase, bridge, mark.decode(), "filed"))
    if resolved:
        bridge.post(wire, body(1, status="resolved").replace(MARK, mark))
        eventually(partial(_in_phase, bridge, mark.decode(), "resolved"))
    wire.close()
    sleep(0.1)  # what the worker records after the call
    return Model(id=found, mark=mark.decode())


def _in_phase(bridge: Bridge, mark: str, phase: str) -> str:
    found = [i for i in bridge.ask("incidents?limit=10")["incidents"] if mark in i["key"]]
    assert [i["phase"] for i in found] == [phase], found
    return str(found[0]["id"])


def _multiply(connection: Connection, model: Model, wanted: range) -> None:
    numbers = _series(wanted[0], wanted[-1])
    number = numbers.c.number
    new_id = literal(model.id[:_ID_PREFIX]) + _padded(connection, number)
    mark = _tag(connection, number)
    copies: Mapping[Table, Mapping[str, ColumnElement[Any]]] = {
        incident: {
            "id": new_id,
            "token": literal("IB-bench-") + _padded(connection, number),
            # Tickets are not all looked at again in the same moment, nor while this is measured.
            "look_at": type_coerce(incident.c.look_at, BigInteger)
            + _MICROSECONDS_PER_HOUR
            + number * 1000,
        },
        alert: {"incident_id": new_id},
        timeline: {"incident_id": new_id},
    }
    of_model = {
        incident: incident.c.id == model.id,
        alert: alert.c.incident_id == model.id,
        timeline: timeline.c.incident_id == model.id,
    }
    for table, changed in copies.items():
        marked = {name: func.replace(table.c[name], model.mark, mark) for name in _MARKED[table]}
        _copy(connection, table, {**marked, **changed}, numbers, of_model[table])
    kept = inbox.alias()
    a_body = select(func.min(kept.c.id)).scalar_subquery()
    one_in_some = number % _INCIDENTS_PER_BODY == 0
    _copy(connection, inbox, {"id": new_id}, numbers, (inbox.c.id == a_body) & one_in_some)


def _copy(
    connection: Connection,
    table: Table,
    changed: Mapping[str, ColumnElement[Any]],
    numbers: Any,
    of_model: ColumnElement[bool],
) -> None:
    columns = [column for column in table.c if not _is_counted(column)]
    said = [changed.get(column.name, column) for column in columns]
    copies = select(*said).select_from(table.join(numbers, true())).where(of_model)
    connection.execute(insert(table).from_select(columns, copies, include_defaults=False))


def _is_counted(column: Column[Any]) -> bool:
    """Tell the columns whose values the database counts by itself."""
    return column.primary_key and isinstance(column.type, Integer)


def _series(first: int, last: int) -> Any:
    start = select(cast(literal(first), BigInteger).label("number"))
    numbers = start.cte("numbers", recursive=True)
    return numbers.union_all(select(numbers.c.number + 1).where(numbers.c.number < last))


def _padded(connection: Connection, number: ColumnElement[int]) -> ColumnElement[str]:
    """Write a number in sixteen digits, so that identifiers sort as they were made."""
    if connection.dialect.name == "sqlite":
        return func.printf("%016d", number)
    return func.lpad(cast(number, Text), 16, "0")


def _tag(connection: Connection, number: ColumnElement[int]) -> ColumnElement[str]:
    """Write what `tests.bench.load.tag` gives for a number."""
    scattered = number * 2_654_435_761 % 2**32
    if connection.dialect.name == "sqlite":
        return func.printf("%08x", scattered)
    return func.lpad(func.to_hex(scattered), 8, "0")


@contextmanager
def _engine(database: str) -> Iterator[Engine]:
    engine = create_engine(database.replace("postgresql:", "postgresql+psycopg:"))
    yield engine
    engine.dispose()


def _hurry(connection: Connection) -> None:
    """Give up durability for this connection: what breaks off is thrown away."""
    if connection.dialect.name == "sqlite":
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-400000"):
            connection.execute(text(f"PRAGMA {pragma}"))
    else:
        connection.execute(text("SET synchronous_commit = off"))


def _settle(connection: Connection) -> None:
    """Do what the database would do by itself in time."""
    if connection.dialect.name == "sqlite":
        connection.execute(text("PRAGMA journal_mode=WAL"))
    else:
        connection.execute(text("VACUUM ANALYZE"))
