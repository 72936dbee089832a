"""RE2 patterns: linear in whatever text they are held against."""

from functools import lru_cache
from typing import Any

import re2


@lru_cache(maxsize=4096)
def compile_pattern(pattern: str) -> Any:
    """Compile an RE2 pattern; raise ValueError with the remedy."""
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(encodable(pattern), options)
    except re2.error as exc:
        message = (
            f"the pattern {pattern!r} is not RE2 ({_reason(exc)}); "
            "correct it, see https://github.com/google/re2/wiki/Syntax"
        )
        raise ValueError(message) from exc


def encodable(text: str) -> str:
    """Give a text as RE2 can read it: in UTF-8, a lone surrogate has no place."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text


def _reason(exc: Exception) -> str:
    said = exc.args[0] if exc.args else ""
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
