"""What a driver raises, said as one of the two failures that the rest of the bridge knows."""

import re
from typing import Final

from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext

from bridge.domain.errors import StoreConflict, StoreUnavailable

#: https://www.postgresql.org/docs/current/errcodes-appendix.html and https://sqlite.org/rescode.html
_LOST_RACES: Final = {
    "23505",  # unique_violation
    "40001",  # serialization_failure
    "40P01",  # deadlock_detected
    "SQLITE_CONSTRAINT_PRIMARYKEY",
    "SQLITE_CONSTRAINT_UNIQUE",
}
#: undefined_table, undefined_column; SQLite has no code for these, only words.
_NO_SCHEMA: Final = {"42P01", "42703"}
_NO_SCHEMA_WORDS: Final = ("no such table", "no such column", "has no column")
_LONGEST_REASON: Final = 160


def translate_failures(engine: Engine) -> None:
    """Have every statement, commit and connection attempt raise StoreConflict or StoreUnavailable.

    Set on the engine, so that no statement can be forgotten.
    """
    event.listen(engine, "handle_error", _translated)


def _translated(context: ExceptionContext) -> Exception | None:
    # Other failures are mistakes of ours.
    if context.sqlalchemy_exception is None:
        return None
    return failure(context.original_exception)


def failure(error: BaseException) -> StoreConflict | StoreUnavailable:
    """Say what a driver's error amounts to; never with a value, a password or an address."""
    code = _code(error)
    if code in _LOST_RACES:
        return StoreConflict("another transaction was first; run this one again")
    if code in _NO_SCHEMA or any(words in str(error) for words in _NO_SCHEMA_WORDS):
        return StoreUnavailable("the database lacks our tables; run `bridge db upgrade`")
    if code == "SQLITE_CANTOPEN":
        return StoreUnavailable(
            "the database file cannot be opened; check the path that `database:` names and the "
            "rights to it; a new one is made by `bridge serve` or `bridge db upgrade`"
        )
    reason = _reason(error)
    said = f"{reason} ({code})" if code else reason
    return StoreUnavailable(f"the database did not do what was asked: {said}")


def _code(error: BaseException) -> str:
    code = getattr(error, "sqlstate", None) or getattr(error, "sqlite_errorname", None)
    return str(code or "")


def _reason(error: BaseException) -> str:
    """Keep what kind of thing went wrong; what is quoted may be a value or part of the URL."""
    first_line = str(error).strip().partition("\n")[0]
    said = first_line.rpartition("failed: ")[2]
    said = re.sub(r"""(["']).*\1""", "...", said)
    return said[:_LONGEST_REASON] or type(error).__name__
