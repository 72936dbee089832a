"""Schema migrations, run by the program itself whenever it starts to serve."""

import threading
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from bridge.store.database import Database

_FOLDER = Path(__file__).parent / "migrations"
#: Alembic's scripts talk to module globals, so that one thread at a time may run them.
_one_at_a_time = threading.Lock()


def upgrade(database: Database) -> None:
    """Bring the tables up to date in one transaction; whoever comes second finds it done.

    A schema that a later release has made is left as it is: releases can run side by side.
    """
    database.create_if_missing()
    with _one_at_a_time, database.write() as connection:
        database.lock_schema(connection)
        if not _is_current(connection):
            command.upgrade(_config(connection), "head")


def is_current(database: Database) -> bool:
    """Say whether the tables are those of this release, or of a later one."""
    with database.read() as connection:
        return _is_current(connection)


def _is_current(connection: Connection) -> bool:
    revision = MigrationContext.configure(connection).get_current_revision()
    if revision is None:
        return False
    scripts = ScriptDirectory(str(_FOLDER))
    ours = {script.revision for script in scripts.walk_revisions()}
    return revision == scripts.get_current_head() or revision not in ours


def _config(connection: Connection) -> Config:
    config = Config()
    # Alembic reads options with %-interpolation.
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
