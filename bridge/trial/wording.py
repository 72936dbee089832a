"""A failed test in words: what was expected, what was found, and who gave it."""

import difflib
from collections.abc import Iterator

from bridge.trial.expect import Difference
from bridge.trial.run import Outcome


def difference_lines(outcome: Outcome) -> Iterator[str]:
    """Say line by line what differs: `-` was expected, `+` was found."""
    if outcome.error:
        yield outcome.error
    for difference in outcome.differences:
        yield _heading(difference)
        yield from (f"  {line}" for line in _diff(difference))


def _heading(difference: Difference) -> str:
    given = f"  <- {difference.because}" if difference.because else ""
    return f"{difference.name}{given}"


def _diff(difference: Difference) -> Iterator[str]:
    expected, found = _text(difference.expected), _text(difference.found)
    if expected == found:
        # Alike in words only: 7 and "7".
        expected, found = repr(difference.expected), repr(difference.found)
    lines = difflib.ndiff(expected.splitlines() or [""], found.splitlines() or [""])
    # ndiff's own pointing lines say less than the two texts do.
    yield from (line.rstrip() for line in lines if not line.startswith("?"))


def _text(value: object) -> str:
    match value:
        case None:
            return "(nothing)"
        case "":
            return '""'
        case list():
            return "\n".join(map(str, value)) or "(none)"
        case _:
            return str(value)
