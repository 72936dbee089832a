"""How much of an HTTP/1.1 request has arrived: enough to know that no thread will wait for it."""

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

#: Far above what senders need, far below what would be a burden.
MAX_HEAD = 64 * 1024

_END = b"\r\n\r\n"
_CHUNK_SIZE = re.compile(rb"[ \t]*([0-9A-Fa-f]+)[ \t]*(?:;.*)?", re.DOTALL)
#: More digits than any body's length needs; zeros before it do not count.
_LONGEST_LENGTH = 18
_LONGEST_SIZE_LINE = 8190


class Progress(Enum):
    """What is to be done with a request now."""

    MORE = auto()  #: wait for the rest
    WHOLE = auto()  #: answer it
    OVERSIZE = auto()  #: refuse it; the rest of its body is not wanted
    ENDLESS = auto()  #: drop it; its head does not end


@dataclass(slots=True, kw_only=True)
class Arrival:
    """One request, byte by byte; each is looked at once.

    It decides nothing about correctness: what it cannot read is called whole, and the server's own
    parser refuses it without asking for more.
    """

    max_body: int
    received: bytearray = field(default_factory=bytearray)
    wants_continue: bool = False  #: the sender waits to be told that it may send the body
    _body_at: int | None = None  #: where the body begins
    _length: int = 0
    _is_chunked: bool = False
    _next_chunk: int = 0
    _unpacked: int = 0

    def add(self, data: bytes) -> Progress:
        """Take what came, and say what is to be done."""
        looked_at = max(0, len(self.received) - len(_END) + 1)
        self.received += data
        if self._body_at is None and not self._read_head(looked_at):
            return Progress.ENDLESS if len(self.received) > MAX_HEAD else Progress.MORE
        return self._chunked() if self._is_chunked else self._measured()

    def _read_head(self, start: int) -> bool:
        end = self.received.find(_END, start)
        if end < 0:
            return False
        self._body_at = self._next_chunk = end + len(_END)
        headers = _headers(bytes(self.received[:end]))
        self._is_chunked = b"chunked" in headers.get(b"transfer-encoding", b"").lower()
        self._length = _length(headers.get(b"content-length", b"0"))
        self.wants_continue = headers.get(b"expect", b"").lower() == b"100-continue"
        return True

    def _measured(self) -> Progress:
        if self._length > self.max_body:
            return Progress.OVERSIZE
        is_whole = len(self.received) - (self._body_at or 0) >= self._length
        return Progress.WHOLE if is_whole else Progress.MORE

    def _chunked(self) -> Progress:
        while True:
            end = self.received.find(b"\r\n", self._next_chunk)
            if end < 0:
                is_line = len(self.received) - self._next_chunk <= _LONGEST_SIZE_LINE
                return Progress.MORE if is_line else Progress.WHOLE
            said = _CHUNK_SIZE.fullmatch(self.received, self._next_chunk, end)
            if said is None:
                return Progress.WHOLE
            size = int(said.group(1), 16)
            if size == 0:
                return self._trailed(end)
            rest = self._chunk(end + 2, size)
            if rest is not None:
                return rest

    def _chunk(self, start: int, size: int) -> Progress | None:
        """Pass over a chunk; None when the next one's size can be read."""
        if self._unpacked + min(size, len(self.received) - start) > self.max_body:
            return Progress.OVERSIZE
        if start + size + 2 > len(self.received):
            return Progress.MORE
        self._unpacked += size
        self._next_chunk = start + size + 2
        return None

    def _trailed(self, end: int) -> Progress:
        """Say whether the last chunk's trailer has ended too."""
        if self.received.find(_END, end) >= 0:
            return Progress.WHOLE
        return Progress.MORE if len(self.received) - end <= MAX_HEAD else Progress.ENDLESS


def _length(said: bytes) -> int:
    """Read a length as the server's parser does, which takes any number of digits."""
    if not said.isdigit():
        return 0
    digits = said.lstrip(b"0")
    return int(digits or b"0") if len(digits) <= _LONGEST_LENGTH else sys.maxsize


def _headers(head: bytes) -> Mapping[bytes, bytes]:
    lines = (line.partition(b":") for line in head.split(b"\r\n")[1:])
    return {name.strip().lower(): value.strip() for name, _, value in lines}
