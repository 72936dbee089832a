"""Spans of time as Prometheus writes them: 90s, 5m, 1h30m, 2d."""

import re
from datetime import timedelta

_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_SPAN = re.compile(r"(?:[0-9]{1,9}(?:ms|[smhdw]))+")
_PART = re.compile(r"([0-9]+)(ms|[smhdw])")


def parse_span(text: str) -> timedelta:
    """Read a span; a bare 0 is one too. Raise ValueError, with the remedy, for anything else."""
    if text == "0":
        return timedelta(0)
    if not _SPAN.fullmatch(text):
        message = f"{text!r} is not a span of time; write it like 90s, 5m, 1h30m or 2d"
        raise ValueError(message)
    try:
        return timedelta(seconds=sum(int(n) * _SECONDS[unit] for n, unit in _PART.findall(text)))
    except OverflowError as exc:
        message = f"{text!r} is longer than any clock; write a shorter span"
        raise ValueError(message) from exc


def span_text(span: timedelta) -> str:
    """Write a span as `parse_span` reads it, in its two largest units."""
    left, parts = int(span.total_seconds()), []
    for unit in ("d", "h", "m", "s"):
        number, left = divmod(left, int(_SECONDS[unit]))
        parts += [f"{number}{unit}"] if number else []
    return "".join(parts[:2]) or "0s"
