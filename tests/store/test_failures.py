"""A database that fails: one of two errors, short, and without a secret."""

import shutil
import sqlite3
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import event

from bridge.domain.errors import StoreConflict, StoreUnavailable
from bridge.domain.incident import Observed
from bridge.store import Store, open_store
from bridge.store.database import MAX_TRIES
from bridge.store.failures import failure
from tests.builders import T0, make_incident
from tests.postgres import Postgres, running_postgres
from tests.store.given import claim_one, make_due, make_known, make_line, save


class DriverError(Exception):
    def __init__(self, message: str, sqlstate: str | None = None) -> None:
        self.sqlstate = sqlstate
        super().__init__(message)


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Store:
    (tmp_path / "data").mkdir()
    store = open_store(f"sqlite:///{tmp_path / 'data' / 'bridge.db'}")
    store.upgrade()
    return store


def every_verb(store: Store) -> list[Callable[[], object]]:
    return [
        lambda: save(store, make_incident()),
        lambda: store.claim("desk", limit=1, owner="w", now=T0, lease_until=T0),
        lambda: store.renew(["01"], owner="w", lease_until=T0),
        lambda: store.next_due("desk"),
        lambda: store.beat("w", T0),
        store.last_beat,
        store.phase_counts,
        store.ping,
        store.is_current,
    ]


def assert_unavailable(store: Store) -> None:
    for verb in every_verb(store):
        with pytest.raises(StoreUnavailable):
            verb()


def test_a_database_that_is_not_there_says_where_to_look_and_what_makes_one(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'none.db'}")
    with pytest.raises(StoreUnavailable, match=r"`database:` names.*made by `bridge serve`"):
        store.ping()


def test_a_database_that_cannot_be_made_names_the_file_and_the_remedy(tmp_path: Path) -> None:
    path = tmp_path / "no folder" / "bridge.db"
    store = open_store(f"sqlite:///{path}")
    with pytest.raises(StoreUnavailable, match=rf"{path} cannot be made: .*; make its folder"):
        store.upgrade()


def test_a_database_whose_folder_is_gone_is_unavailable(
    sqlite_store: Store, tmp_path: Path
) -> None:
    sqlite_store.ping()
    shutil.rmtree(tmp_path / "data")
    assert_unavailable(sqlite_store)
    with pytest.raises(StoreUnavailable, match=r"bridge\.db cannot be made"):
        sqlite_store.upgrade()


def test_a_lost_file_is_not_replaced_by_an_empty_one(sqlite_store: Store, tmp_path: Path) -> None:
    file = tmp_path / "data" / "bridge.db"
    file.unlink()
    assert_unavailable(sqlite_store)
    assert not file.exists()


def test_a_file_that_was_restored_is_used_from_then_on(sqlite_store: Store, tmp_path: Path) -> None:
    file = tmp_path / "data" / "bridge.db"
    sqlite_store.dispose()
    backup = shutil.copy(file, tmp_path / "backup.db")
    save(sqlite_store, make_incident())
    for left_over in file.parent.glob("bridge.db*"):
        left_over.unlink()
    Path(backup).rename(file)
    assert sqlite_store.incident("01") is None
    save(sqlite_store, make_incident(rule="after the restore"))
    connection = sqlite3.connect(file)
    assert connection.execute("SELECT rule FROM incident").fetchall() == [("after the restore",)]
    connection.close()
    sqlite_store.dispose()


def test_a_full_disk_makes_the_database_unavailable_and_leaves_nothing(
    sqlite_store: Store,
) -> None:
    def fill_up(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA max_page_count=1").close()

    sqlite_store._database.dispose()
    event.listen(sqlite_store._database.writes, "connect", fill_up)
    with pytest.raises(StoreUnavailable, match="full"):
        save(sqlite_store, alerts=[make_known(f"f{n}", digest="x" * 4096) for n in range(100)])
    assert sqlite_store.members("01") == []
    sqlite_store.dispose()


def test_a_read_only_database_is_unavailable_to_writers_only(
    database_kind: str, database_url: str, request: pytest.FixtureRequest
) -> None:
    store = open_store(database_url)
    if database_kind == "sqlite":
        event.listen(store._database.writes, "connect", _query_only)
    else:
        server: Postgres = request.getfixturevalue("postgres")
        name = database_url.partition("///")[2].partition("?")[0]
        server.administer(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    store.ping()
    with pytest.raises(StoreUnavailable, match=r"read-?only"):
        save(store, make_incident())
    store.dispose()


def _query_only(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA query_only=ON").close()


def test_a_server_that_stops_is_unavailable_and_used_again_when_it_is_back() -> None:
    with running_postgres() as server:
        store = open_store(server.url(server.create_database()))
        store.upgrade()
        save(store, make_due())
        server.stop()
        assert_unavailable(store)
        server.start()
        assert claim_one(store).incident.id == "01"
        store.dispose()


def test_a_connection_that_died_while_nobody_used_it_is_replaced(
    postgres: Postgres, migrated_postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.store.postgresql.TRUSTED_SECONDS", 0.0)
    name = postgres.create_database(template=migrated_postgres)
    store = open_store(postgres.url(name))
    save(store, make_due())
    assert store.incident("01") is not None
    postgres.administer(
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
    )
    assert store.incident("01") is not None
    assert claim_one(store).incident.id == "01"
    store.dispose()


def test_transactions_that_keep_meeting_others_make_the_database_unavailable(
    store: Store,
) -> None:
    tries = 0

    def work(_connection: object) -> None:
        nonlocal tries
        tries += 1
        raise StoreConflict

    with pytest.raises(StoreUnavailable, match="in a row"):
        store._database.run(work)
    assert tries == MAX_TRIES


def test_a_delivery_that_met_another_transaction_is_recorded_all_the_same(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(store, make_due())
    held = claim_one(store)
    met: list[str] = []

    def meet_once(_connection: object) -> None:
        if not met:
            met.append("another")
            raise StoreConflict

    event.listen(store._database.writes, "commit", meet_once)
    assert store.record(held, Observed(attempts=1), now=T0, due_at=None)
    listed = store.incident("01")
    assert listed is not None
    assert listed.incident.observed.attempts == 1


@pytest.mark.parametrize("code", ["23505", "40001", "40P01"])
def test_a_lost_race_is_a_conflict(code: str) -> None:
    assert isinstance(failure(DriverError("x", code)), StoreConflict)


@pytest.mark.parametrize("code", ["57P01", "53300", "22001", None])
def test_any_other_failure_is_unavailability(code: str | None) -> None:
    assert isinstance(failure(DriverError("x", code)), StoreUnavailable)


def test_a_message_is_short_and_quotes_no_values() -> None:
    said = str(failure(DriverError(f"bad input: \"s3cret\" for 'x'\nDETAIL: s3cret{'y' * 999}")))
    assert "s3cret" not in said
    assert len(said) < 250


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://bridge:s3cret@127.0.0.1:1/bridge",
        "postgresql://bridge:s3cret@no-such-host.invalid/bridge",
        "postgresql://bridge:x@s3cret@127.0.0.1:1/bridge",
        "postgresql://bridge:p:s3cret/x@127.0.0.1:port/bridge",
        "mysql://bridge:s3cret@127.0.0.1/bridge",
        "bridge:s3cret",
        "postgresql://bridge@127.0.0.1:1/bridge?password=s3cret",
        "sqlite://",
    ],
)
def test_no_error_tells_a_secret_of_the_url(url: str) -> None:
    with pytest.raises(StoreUnavailable) as caught:
        open_store(url).ping()
    assert "s3cret" not in "".join(traceback.format_exception(caught.value))
    assert "s3cret" not in repr(caught.value.__context__)


def test_no_error_tells_what_was_to_be_stored(store: Store) -> None:
    with store._database.write() as connection:
        connection.exec_driver_sql("DROP TABLE timeline")
    with pytest.raises(StoreUnavailable) as caught:
        save(
            store,
            make_incident(token="s3cret"),
            alerts=[make_known("s3cret")],
            timeline=[make_line(title="s3cret")],
        )
    assert "s3cret" not in "".join(traceback.format_exception(caught.value))


def test_a_missing_driver_is_said_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StoreUnavailable, match=r"pip install 'incident-bridge\[postgres\]'"):
        open_store("postgresql://bridge@127.0.0.1/bridge")


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_a_database_in_memory_is_refused(url: str) -> None:
    with pytest.raises(StoreUnavailable, match="sqlite:///FILE"):
        open_store(url)


def test_a_relative_path_is_relative_to_where_the_store_was_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    store = open_store("sqlite:///bridge.db")
    monkeypatch.chdir("/")
    store.upgrade()
    store.dispose()
    assert (tmp_path / "bridge.db").exists()


def test_opening_a_store_touches_nothing(tmp_path: Path) -> None:
    open_store(f"sqlite:///{tmp_path / 'bridge.db'}")
    assert list(tmp_path.iterdir()) == []
