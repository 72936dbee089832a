"""PostgreSQL: any number of hosts, row locks, and news of commits by NOTIFY."""

import time
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, Table, create_engine, event, func, select, text
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

from bridge.domain.errors import StoreUnavailable
from bridge.store.database import PATIENCE_SECONDS, Database
from bridge.store.failures import translate_failures
from bridge.store.listening import ListenWakeUp
from bridge.store.wakeup import ClosableWakeUp

CHANNEL = "incident_bridge"
#: Any number, as long as no other program that uses the same database takes it: "bridge" in ASCII.
_SCHEMA_LOCK = 0x627269646765

#: A connection that was of use so lately is alive, most likely: a ping costs as much as a read.
TRUSTED_SECONDS = 1.0

#: A server that vanishes without a word is noticed in seconds rather than in a quarter of an hour;
#: https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
_DEFAULTS = {
    "application_name": "incident-bridge",
    "connect_timeout": "5",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "15000",
    # A row that somebody holds for ever must not keep every sender waiting for an answer.
    "options": f"-c lock_timeout={PATIENCE_SECONDS:.0f}s",
}


class PostgresqlDatabase(Database):
    """The database to share: any number of processes on any number of hosts."""

    def __init__(self, url: URL) -> None:
        query = {**_DEFAULTS, **url.query}
        url = url.set(drivername="postgresql+psycopg", query=query)
        super().__init__(reads=_engine(url, isolation_level="AUTOCOMMIT"), writes=_engine(url))

    def insert(self, table: Table) -> Insert:
        """Give PostgreSQL's INSERT."""
        return insert(table)

    def turn(self) -> AbstractContextManager[None]:
        """Wait for nobody: rows are locked, not the database."""
        return nullcontext()

    def announce(self, connection: Connection) -> None:
        """Send NOTIFY, which PostgreSQL delivers on commit."""
        connection.execute(select(func.pg_notify(CHANNEL, "")))

    def lock_schema(self, connection: Connection) -> None:
        """Take an advisory lock that ends with the transaction; a migration may take its time."""
        connection.execute(text("SET LOCAL lock_timeout = 0"))
        connection.execute(select(func.pg_advisory_xact_lock(_SCHEMA_LOCK)))

    def lock_name(self, connection: Connection, name: str) -> None:
        """Take an advisory lock by the name's hash; two names that share one wait in vain."""
        digest = func.hashtextextended(name, _SCHEMA_LOCK)
        connection.execute(select(func.pg_advisory_xact_lock(digest)))

    def backup(self, to: Path) -> None:
        """Refuse: the server's own tools copy a database while others write."""
        raise StoreUnavailable(f"PostgreSQL is copied by its own tool; run pg_dump -Fc -f {to}")

    def notify(self) -> None:
        """Do nothing: the transaction announced itself."""

    def wake_up(self) -> ClosableWakeUp:
        """Listen for what transactions announce."""
        return ListenWakeUp(self.reads, CHANNEL)

    def create_if_missing(self) -> None:
        """Do nothing: a database on a server is its operator's to make."""


def _engine(url: URL, isolation_level: str | None = None) -> Engine:
    options = {"isolation_level": isolation_level} if isolation_level else {}
    try:
        engine = create_engine(
            url,
            pool_size=8,
            max_overflow=16,
            pool_timeout=PATIENCE_SECONDS,
            hide_parameters=True,
            **options,
        )
    except ModuleNotFoundError as exc:
        message = "PostgreSQL needs its driver; run pip install 'incident-bridge[postgres]'"
        raise StoreUnavailable(message) from exc
    translate_failures(engine)
    _ping_what_was_idle(engine)
    return engine


def _ping_what_was_idle(engine: Engine) -> None:
    """Replace connections that died while nobody used them; SQLAlchemy's own pings every time."""

    def used(_connection: Any, record: ConnectionPoolEntry) -> None:
        record.info["used_at"] = time.monotonic()

    def require_alive(connection: Any, record: ConnectionPoolEntry, _proxy: Any) -> None:
        if time.monotonic() - record.info["used_at"] < TRUSTED_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except Exception as exc:
            raise DisconnectionError from exc

    event.listen(engine, "connect", used)
    event.listen(engine, "checkin", used)
    event.listen(engine, "checkout", require_alive)
