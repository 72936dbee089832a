"""Encoded queries of the Table API."""

import re
from typing import Final

_SYS_ID: Final = re.compile(r"[0-9a-f]{32}")


def is_sys_id(text: str) -> bool:
    """Say whether this is the key of a record."""
    return _SYS_ID.fullmatch(text) is not None


def equals(column: str, text: str) -> str | None:
    """Write that a column has this value, the oldest record first; None if it cannot be asked.

    A value of `javascript:` is run by the instance, and one of two lines ends the query.
    """
    line = text.strip()
    is_askable = line.isprintable() and not line.casefold().startswith("javascript:")
    if not line or not is_askable:
        return None
    escaped = line.replace("^", "^^")
    return f"{column}={escaped}^ORDERBYsys_created_on"
