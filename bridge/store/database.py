"""One database seen from above: read, write, and the little in which the two kinds differ."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, Engine, Executable, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import TimeoutError as NoFreeConnection

from bridge.domain.errors import StoreConflict, StoreUnavailable
from bridge.store.insertion import Insertion
from bridge.store.rows import Values
from bridge.store.schema import inbox
from bridge.store.wakeup import ClosableWakeUp

T = TypeVar("T")

#: Two transactions can meet once; meeting again and again is a broken database.
MAX_TRIES = 5
#: How long to wait for a connection, or for other writers, before the database counts as away.
PATIENCE_SECONDS = 10.0

UpsertInsert = sqlite.Insert | postgresql.Insert


class Database(ABC):
    """Connections to read from and to write with; they raise the domain's errors only."""

    def __init__(self, *, reads: Engine, writes: Engine) -> None:
        self.reads = reads
        self.writes = writes
        #: Keeps new bodies; one that is taken again only changes what became of it.
        self.keep_bodies = Insertion(self._keep_bodies())

    @abstractmethod
    def insert(self, table: Table) -> UpsertInsert:
        """Give an INSERT that knows ON CONFLICT."""

    def _keep_bodies(self) -> UpsertInsert:
        keep = self.insert(inbox)
        taken_again = {name: keep.excluded[name] for name in ("outcome", "reason", "digest")}
        return keep.on_conflict_do_update(index_elements=[inbox.c.id], set_=taken_again)

    @abstractmethod
    def turn(self) -> AbstractContextManager[None]:
        """Wait until this process may write."""

    @abstractmethod
    def announce(self, connection: Connection) -> None:
        """Wake the workers when, and only if, the transaction commits."""

    @abstractmethod
    def lock_schema(self, connection: Connection) -> None:
        """Let one migration run at a time, until the transaction ends."""

    @abstractmethod
    def lock_name(self, connection: Connection, name: str) -> None:
        """Let one transaction at a time do what the name stands for, until it ends."""

    @abstractmethod
    def create_if_missing(self) -> None:
        """Make what must exist before the first connection."""

    @abstractmethod
    def backup(self, to: Path) -> None:
        """Copy what is committed into a new file."""

    @abstractmethod
    def notify(self) -> None:
        """Wake the worker after a commit, if the transaction has not; never raise, never block."""

    @abstractmethod
    def wake_up(self) -> ClosableWakeUp:
        """Make the worker's end of the wake-ups."""

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Run one transaction: committed on leaving, rolled back on an exception."""
        with self.turn(), _patience(), self.writes.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Read what is committed, without waiting for writers."""
        with _patience(), self.reads.connect() as connection:
            yield connection

    def run(self, work: Callable[[Connection], T]) -> T:
        """Do a transaction, again if it met another one."""
        for _ in range(MAX_TRIES):
            try:
                with self.write() as connection:
                    return work(connection)
            except StoreConflict:
                continue
        raise StoreUnavailable(f"{MAX_TRIES} transactions in a row met another one")

    def dispose(self) -> None:
        """Close every connection that is not in use."""
        self.reads.dispose()
        self.writes.dispose()


@contextmanager
def _patience() -> Iterator[None]:
    try:
        yield
    except NoFreeConnection as exc:
        message = f"no database connection became free in {PATIENCE_SECONDS:.0f} s"
        raise StoreUnavailable(message) from exc


def write_all(connection: Connection, statement: Executable, rows: Sequence[Values]) -> None:
    """Run the statement for every row, if there is one."""
    if rows:
        connection.execute(statement, rows)


def batches(values: Iterable[str], size: int = 5000) -> Iterator[Sequence[str]]:
    """Split into sorted runs that fit one statement; sorted, so that locks are taken in one order.

    SQLite takes 32766 parameters (https://sqlite.org/limits.html), PostgreSQL 65535.
    """
    rest = sorted(set(values))
    for start in range(0, len(rest), size):
        yield rest[start : start + size]
