"""The tables that migrations make are the ones that the statements expect."""

import subprocess
import sys
from collections.abc import Iterator

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, insert, inspect
from sqlalchemy.engine.interfaces import ReflectedColumn, ReflectedIndex

from bridge.domain.errors import StoreUnavailable
from bridge.store import Store, migrate, open_store, schema
from bridge.store.rows import incident_values
from tests.builders import T0, make_incident
from tests.store.given import claim_one, make_due, save, stored

UPGRADE = "import sys; from bridge.store import open_store; open_store(sys.argv[1]).upgrade()"


@pytest.fixture
def empty_store(empty_database_url: str) -> Iterator[Store]:
    store = open_store(empty_database_url)
    yield store
    store.dispose()


def test_an_empty_database_becomes_current(empty_store: Store) -> None:
    empty_store._database.create_if_missing()
    assert not empty_store.is_current()
    empty_store.upgrade()
    assert empty_store.is_current()
    empty_store.ping()


def test_the_migrations_lead_to_the_schema_in_use(empty_store: Store) -> None:
    empty_store.upgrade()
    with empty_store._database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, schema.metadata) == []
        migrated = _described(connection)
    with empty_store._database.write() as connection:
        schema.metadata.drop_all(connection)
        schema.metadata.create_all(connection)
        assert _described(connection) == migrated


def test_an_upgrade_of_a_current_database_changes_nothing(store: Store) -> None:
    save(store, make_incident())
    store.upgrade()
    assert stored(store) == make_incident()


def test_processes_that_start_together_upgrade_once(empty_database_url: str) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", UPGRADE, empty_database_url], stderr=subprocess.PIPE
        )
        for _ in range(3)
    ]
    said = [process.communicate(timeout=50)[1].decode() for process in processes]
    assert said == ["", "", ""]
    store = open_store(empty_database_url)
    assert store.is_current()
    save(store, make_incident())
    store.dispose()


def test_a_migration_that_fails_leaves_nothing_behind(empty_store: Store) -> None:
    empty_store._database.create_if_missing()
    with empty_store._database.write() as connection:
        connection.exec_driver_sql("CREATE TABLE worker (owner TEXT)")
    with pytest.raises(StoreUnavailable, match="already exists"):
        empty_store.upgrade()
    with empty_store._database.read() as connection:
        assert inspect(connection).get_table_names() == ["worker"]
    assert not empty_store.is_current()


def test_a_later_release_may_have_upgraded_already(store: Store) -> None:
    with store._database.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'later'")
    assert store.is_current()
    store.upgrade()
    assert store.is_current()


def test_the_release_before_can_write_while_the_new_one_reads(empty_store: Store) -> None:
    """Expand, then contract: a row with only the columns of an older revision is a whole one."""
    before = _columns_at(empty_store, "0001")
    empty_store.upgrade()
    values = {name: v for name, v in incident_values(make_due()).items() if name in before}
    with empty_store._database.write() as connection:
        connection.execute(insert(schema.incident).values(values))
    assert stored(empty_store) == make_due()
    held = claim_one(empty_store)
    assert empty_store.record(held, held.incident.observed, now=T0, due_at=None)


@pytest.mark.parametrize("table", ["incident", "inbox", "alert", "timeline", "worker"])
def test_a_migration_only_adds_and_what_it_adds_may_be_left_out(
    empty_store: Store, table: str
) -> None:
    before = _columns_at(empty_store, "0001", table)
    empty_store.upgrade()
    with empty_store._database.read() as connection:
        after = {column["name"]: column for column in inspect(connection).get_columns(table)}
    assert before.keys() <= after.keys()
    assert {n: str(after[n]["type"]) for n in before} == before
    added = [after[name] for name in after.keys() - before.keys()]
    assert [c["name"] for c in added if not c["nullable"] and c["default"] is None] == []


def _columns_at(store: Store, revision: str, table: str = "incident") -> dict[str, str]:
    """Bring an empty database to a revision; give that revision's columns and their types."""
    store._database.create_if_missing()
    with store._database.write() as connection:
        command.upgrade(migrate._config(connection), revision)
        columns = inspect(connection).get_columns(table)
    return {column["name"]: str(column["type"]) for column in columns}


def _described(connection: Connection) -> dict[str, object]:
    inspector = inspect(connection)
    return {
        table: (
            [_column(column) for column in inspector.get_columns(table)],
            inspector.get_pk_constraint(table)["constrained_columns"],
            sorted(_index(index) for index in inspector.get_indexes(table)),
        )
        for table in schema.metadata.tables
    }


def _column(column: ReflectedColumn) -> tuple[str, str, bool]:
    return column["name"], str(column["type"]), column["nullable"]


def _index(index: ReflectedIndex) -> tuple[str, str, bool, str]:
    """Describe an index by its parts: its own text names objects by their address."""
    options = {name: str(said) for name, said in index.get("dialect_options", {}).items()}
    return str(index["name"]), str(index["column_names"]), bool(index["unique"]), str(options)
