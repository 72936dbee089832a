"""Rows inserted by a statement that was worked out before."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, create_engine, delete, insert, select

from bridge.store.insertion import Insertion
from bridge.store.rows import Values
from bridge.store.schema import metadata, timeline

ROWS: list[Values] = [
    {
        "incident_id": f"i{number}",
        "at": datetime(2026, 1, 5, 12, tzinfo=UTC),
        "what": "opened",
        "because": because,
        "detail": {"z": None, "a": because},
    }
    for number, because in enumerate(("plain", "a \x00 that no database takes", "half \ud83d"))
]


def written(connection: Connection) -> list[tuple[object, ...]]:
    return [tuple(row)[1:] for row in connection.execute(select(timeline).order_by(timeline.c.id))]


def test_it_writes_what_sqlalchemy_would_write_time_after_time() -> None:
    with create_engine("sqlite://").begin() as connection:
        metadata.create_all(connection)
        connection.execute(insert(timeline), ROWS)
        expected = written(connection)
        append = Insertion(insert(timeline))
        for _ in range(2):
            connection.execute(delete(timeline))
            append.run(connection, ROWS[:1])
            append.run(connection, [])
            append.run(connection, ROWS[1:])
            assert written(connection) == expected


def test_a_row_without_one_of_the_columns_is_a_mistake() -> None:
    with create_engine("sqlite://").begin() as connection:
        metadata.create_all(connection)
        lacking = {name: value for name, value in ROWS[0].items() if name != "detail"}
        with pytest.raises(KeyError, match="detail"):
            Insertion(insert(timeline)).run(connection, [ROWS[0], lacking])


def test_a_row_with_another_column_is_a_mistake_and_not_written_in_part() -> None:
    with create_engine("sqlite://").begin() as connection:
        metadata.create_all(connection)
        lacking = {name: value for name, value in ROWS[0].items() if name != "detail"}
        with pytest.raises(KeyError, match="lacked: detail"):
            Insertion(insert(timeline)).run(connection, [lacking, ROWS[0]])
        assert written(connection) == []
