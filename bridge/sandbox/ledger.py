"""What a stand-in desk keeps on disk, so that its end costs it no ticket, as with a real desk."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import orjson


class Ledger:
    """Lines of JSON that are only added to; without a file, nothing is kept.

    A line is written in one call before the desk answers: a killed process loses nothing that it
    has said. ValueError, with the remedy, if the file cannot be used.
    """

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._out = _opened(file) if file is not None else None

    def lines(self) -> Iterator[Mapping[str, object]]:
        """Give what was written by this process and those before it."""
        if self._file is None:
            return
        for line in self._file.read_bytes().splitlines():
            yield _read(self._file, line)

    def write(self, entry: Mapping[str, object]) -> None:
        """Add a line."""
        if self._out is not None:
            os.write(self._out, orjson.dumps(entry, option=orjson.OPT_APPEND_NEWLINE))


def _opened(file: Path) -> int:
    try:
        return os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    except OSError as exc:
        message = f"{file} cannot be written ({exc.strerror}); choose another with --keep"
        raise ValueError(message) from exc


def _read(file: Path, line: bytes) -> Mapping[str, object]:
    try:
        said = orjson.loads(line)
    except orjson.JSONDecodeError:
        said = None
    if not isinstance(said, dict) or not said.keys() & {"ticket", "deleted", "refused"}:
        message = f"{file} holds something else than a desk's tickets; choose another with --keep"
        raise ValueError(message)
    return said
