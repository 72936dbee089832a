"""PostgreSQL: any number of hosts, row locks, and news of commits by NOTIFY."""

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, Table, create_engine, func, select, text
from sqlalchemy.dialects.postgresql import Insert, insert

from bridge.domain.errors import StoreUnavailable
from bridge.store.database import PATIENCE_SECONDS, Database
from bridge.store.failures import translate_failures
from bridge.store.listening import ListenWakeUp
from bridge.store.wakeup import ClosableWakeUp

CHANNEL = "incident_bridge"
#: Any number, as long as no other program that uses the same database takes it: "bridge" in ASCII.
_SCHEMA_LOCK = 0x627269646765

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
            pool_pre_ping=True,
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
    return engine
