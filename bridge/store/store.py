"""The store as the rest of the bridge sees it: every port over one database."""

from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from bridge.domain.errors import StoreUnavailable
from bridge.store import migrate
from bridge.store.beats import SqlBeats
from bridge.store.database import Database
from bridge.store.delivery import SqlDelivery
from bridge.store.drills import SqlDrills
from bridge.store.inbox import SqlInbox
from bridge.store.intake import SqlIntake
from bridge.store.postgresql import PostgresqlDatabase
from bridge.store.reader import SqlReader
from bridge.store.retention import SqlRetention
from bridge.store.sqlite import SqliteDatabase
from bridge.store.wakeup import ClosableWakeUp

_FORMS = "write sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME"


class Store(SqlIntake, SqlInbox, SqlDelivery, SqlReader, SqlDrills, SqlRetention, SqlBeats):
    """Implements IntakeStore, DeliveryStore and Reader; safe to use from any number of threads."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._database = database

    def upgrade(self) -> None:
        """Create the tables or bring them up to date; several processes may do so at once."""
        migrate.upgrade(self._database)

    def backup(self, to: Path) -> None:
        """Copy the database, as it is at one moment, into a new file; StoreUnavailable if not."""
        self._database.backup(to)

    def is_current(self) -> bool:
        """Say whether the tables are those of this release, or of a later one."""
        return migrate.is_current(self._database)

    def notify(self) -> None:
        """Wake the worker after a commit made something due; never raise, never block."""
        self._database.notify()

    def wake_up(self) -> ClosableWakeUp:
        """Make the worker's end of the wake-ups; close it in the end."""
        return self._database.wake_up()

    def dispose(self) -> None:
        """Close every connection that is not in use."""
        self._database.dispose()


def open_store(url: str) -> Store:
    """Make a store; no connection is opened before it is needed."""
    return Store(_database(_parsed(url)))


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        # The cause may quote a part of the URL, and with it of the password.
        raise StoreUnavailable(f"the database's URL is malformed; {_FORMS}") from None
    if parsed.host is not None and "@" in parsed.host:
        # The driver would name this host, half a password, in its errors.
        raise StoreUnavailable("a password in a URL needs its '@' written as %40")
    return parsed


def _database(url: URL) -> Database:
    match url.get_backend_name():
        case "sqlite":
            if not url.database or url.database == ":memory:":
                raise StoreUnavailable("SQLite needs a file; write sqlite:///FILE")
            return SqliteDatabase(Path(url.database).absolute())
        case "postgresql" | "postgres":
            return PostgresqlDatabase(url)
        case other:
            raise StoreUnavailable(f"{other!r} is not a database the bridge can use; {_FORMS}")
