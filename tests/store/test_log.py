"""The log beside SQLite's file: moved by those whose turn it is to write, and gone in the end."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bridge.store import Store
from tests.builders import make_incident
from tests.store.given import save, stored

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])

PAGE = 4096
#: SQLite moves the log at a thousand pages; one commit here adds a few dozen.
MOST_PAGES = 1200


def write(store: Store, first: int, *, times: int) -> None:
    """Commit a few dozen pages so many times."""
    for number in range(first, first + times):
        named = (f"{number:02}{letter}" for letter in "abcdefgh")
        save(store, *(make_incident(id=n, key=n * 1500, token=n) for n in named))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "bridge.db"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "bridge.db-wal"


def test_the_log_stays_small_however_much_is_written(store: Store, log: Path) -> None:
    write(store, 0, times=80)
    assert 0 < log.stat().st_size < MOST_PAGES * PAGE


def test_reading_and_copying_leave_the_log_to_the_writers(
    store: Store, file: Path, log: Path, tmp_path: Path
) -> None:
    # What moves it beside a writer can spoil the file: https://sqlite.org/wal.html#the_wal_reset_bug
    write(store, 0, times=1)
    before = file.read_bytes(), log.read_bytes()
    store.incident("00a")
    store.backup(tmp_path / "copy.db")
    assert (file.read_bytes(), log.read_bytes()) == before


def test_a_long_reader_stops_no_writer(store: Store, file: Path) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        before = reader.execute("SELECT count(*) FROM incident").fetchone()
        write(store, 0, times=40)
        assert reader.execute("SELECT count(*) FROM incident").fetchone() == before
    assert stored(store, "39h").id == "39h"


def test_whoever_leaves_last_leaves_no_log(store: Store, log: Path) -> None:
    save(store, make_incident())
    assert log.exists()
    store.dispose()
    assert not log.exists()
