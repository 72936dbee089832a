"""The workers' signs of life."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete

from bridge.store.database import Database
from bridge.store.schema import worker

#: Every start of a worker leaves a row; of one this old nobody wants to know.
_FORGOTTEN_AFTER = timedelta(days=1)


class SqlBeats:
    """Remembers when each worker was last alive."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def beat(self, owner: str, now: datetime) -> None:
        """Say that a worker is alive; those long silent are forgotten."""
        show = self._database.insert(worker).values(owner=owner, beat_at=now)
        show = show.on_conflict_do_update(
            index_elements=[worker.c.owner], set_={"beat_at": show.excluded.beat_at}
        )
        forget = delete(worker).where(worker.c.beat_at < now - _FORGOTTEN_AFTER)

        def work(connection: Connection) -> None:
            connection.execute(show)
            connection.execute(forget)

        self._database.run(work)
