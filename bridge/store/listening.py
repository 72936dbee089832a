"""Wake-ups from PostgreSQL: LISTEN on a connection of its own."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Protocol, cast

from sqlalchemy import Engine

from bridge.store.wakeup import ClosableWakeUp


class _Connection(Protocol):
    """The part of psycopg's connection that is needed here."""

    def fileno(self) -> int: ...

    def execute(self, query: str) -> object: ...

    def notifies(self, *, timeout: float) -> Iterator[object]: ...

    def close(self) -> None: ...


class ListenWakeUp(ClosableWakeUp):
    """Listens for NOTIFY; a connection that was lost is made again by the next wait."""

    def __init__(self, engine: Engine, channel: str) -> None:
        super().__init__()
        self._dialect = engine.dialect
        self._arguments = engine.dialect.create_connect_args(engine.url)
        self._channel = channel
        self._connection: _Connection | None = None

    def _wait(self, timeout_seconds: float) -> None:
        if self._connection is None:
            self._connection = self._connect()
            # What was announced while nobody listened would be missed: look at once.
            timeout_seconds = 0 if self._connection is not None else timeout_seconds
        if self._connection is None:
            self._select(None, timeout_seconds)
        elif self._select(self._connection.fileno(), timeout_seconds):
            self._drain(self._connection)

    def _connect(self) -> _Connection | None:
        args, options = self._arguments
        dbapi = self._dialect.loaded_dbapi
        try:
            made = cast("_Connection", dbapi.connect(*args, **{**options, "autocommit": True}))
        except dbapi.Error:
            return None
        try:
            made.execute(f"LISTEN {self._channel}")
        except dbapi.Error:
            made.close()
            return None
        return made

    def _drain(self, connection: _Connection) -> None:
        try:
            for _ in connection.notifies(timeout=0):
                pass
        except self._dialect.loaded_dbapi.Error:
            self._close()

    def _close(self) -> None:
        if self._connection is not None:
            with suppress(self._dialect.loaded_dbapi.Error):
                self._connection.close()
            self._connection = None
