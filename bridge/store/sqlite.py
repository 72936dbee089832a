"""SQLite: one file in WAL mode, one writer at a time, readers that never wait."""

import fcntl
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, QueuePool, Table, create_engine, event
from sqlalchemy.dialects.sqlite import Insert, insert
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

from bridge.domain.errors import StoreUnavailable
from bridge.store.database import PATIENCE_SECONDS, Database
from bridge.store.datagrams import DatagramWakeUp, send, socket_path
from bridge.store.failures import failure, translate_failures
from bridge.store.wakeup import ClosableWakeUp

#: An answer is given after the commit, so the commit has to survive a power cut.
#:
#: The log is moved into the file by those who write, every thousand pages, and so by one who has
#: the turn. SQLite before 3.51.3 can spoil a file whose log is moved by one connection while
#: another writes (https://sqlite.org/wal.html#the_wal_reset_bug): nobody may without the turn.
_TO_WRITE = ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL")
_TO_READ = ("PRAGMA query_only=ON",)


class SqliteDatabase(Database):
    """The embedded database: one host, any number of processes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._socket_path = socket_path(path)
        self._lock = FileLock(path.with_name(f"{path.name}.lock"))
        writes = _engine(path, _TO_WRITE, pool_size=1, max_overflow=0)
        event.listen(writes, "begin", _begin_immediate)
        super().__init__(reads=_engine(path, _TO_READ, pool_size=8, max_overflow=16), writes=writes)

    def insert(self, table: Table) -> Insert:
        """Give SQLite's INSERT."""
        return insert(table)

    def turn(self) -> AbstractContextManager[None]:
        """Wait in line, behind the other threads and the other processes."""
        return self._lock.held()

    def announce(self, connection: Connection) -> None:
        """Do nothing: SQLite tells nobody, so whoever committed rings the worker's bell."""

    def lock_schema(self, connection: Connection) -> None:
        """Do nothing: whoever writes has the file to itself."""

    def lock_name(self, connection: Connection, name: str) -> None:
        """Do nothing: whoever writes has the file to itself."""

    def backup(self, to: Path) -> None:
        """Copy the file while others write; https://sqlite.org/backup.html."""
        if to.exists():
            raise StoreUnavailable(f"{to} exists; name a new file for the copy")
        try:
            to.touch(mode=0o600)
        except OSError as exc:
            raise StoreUnavailable(f"{to} cannot be made: {exc.strerror}") from exc
        try:
            with closing(_connected(self.path)) as ours, closing(sqlite3.connect(to)) as copy:
                ours.backup(copy)
        except sqlite3.Error as exc:
            raise failure(exc) from exc

    def notify(self) -> None:
        """Ring the worker's bell."""
        send(self._socket_path)

    def wake_up(self) -> ClosableWakeUp:
        """Listen for the bell."""
        return DatagramWakeUp(self._socket_path)

    def create_if_missing(self) -> None:
        """Make an empty file; connections never do, lest a lost database look like an empty one."""
        try:
            self.path.touch(mode=0o600)
        except OSError as exc:
            message = (
                f"the database file {self.path} cannot be made: {exc.strerror}; "
                "make its folder, and let this user write there"
            )
            raise StoreUnavailable(message) from exc


class FileLock:
    """A lock among threads and processes in which whoever waits longest is next.

    SQLite's own lock is polled with growing pauses, and two busy processes starve each other.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._among_threads = threading.Lock()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the lock; StoreUnavailable if its file is out of reach or a holder never lets go."""
        if not self._among_threads.acquire(timeout=PATIENCE_SECONDS):
            raise StoreUnavailable(f"another writer held the database {PATIENCE_SECONDS:.0f} s")
        with ExitStack() as stack:
            stack.callback(self._among_threads.release)
            try:
                file = stack.enter_context(self._path.open("ab"))
                fcntl.flock(file, fcntl.LOCK_EX)
            except OSError as exc:
                message = f"the lock file {self._path.name} cannot be used: {exc.strerror}"
                raise StoreUnavailable(message) from exc
            yield


def _engine(path: Path, pragmas: tuple[str, ...], *, pool_size: int, max_overflow: int) -> Engine:
    """Make an engine; the driver's own transactions are off, ours begin as the engine says."""

    def prepare(connection: sqlite3.Connection, record: ConnectionPoolEntry) -> None:
        for pragma in pragmas:
            connection.execute(pragma).close()
        record.info["file"] = _identity(path)

    def require_same_file(_connection: Any, record: ConnectionPoolEntry, _proxy: Any) -> None:
        # A connection outlives its file: what it writes after a restore would be lost.
        if record.info["file"] != _identity(path):
            raise DisconnectionError

    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        creator=lambda: _connected(path),
        poolclass=QueuePool,
        # The one used last is used next: each connection that is in use fills a cache of its own.
        pool_use_lifo=True,
        pool_size=pool_size,
        max_overflow=max_overflow,
        pool_timeout=PATIENCE_SECONDS,
        hide_parameters=True,
    )
    event.listen(engine, "connect", prepare)
    event.listen(engine, "checkout", require_same_file)
    translate_failures(engine)
    return engine


def _connected(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(
        f"file:{quote(str(path))}?mode=rw",
        uri=True,
        timeout=PATIENCE_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_dev, stat.st_ino


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
