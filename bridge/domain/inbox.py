"""Webhook bodies as received: kept, listed, and taken again."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class InboxOutcome(StrEnum):
    """What became of a webhook body."""

    ACCEPTED = "accepted"
    PARTIAL = "partial"  #: some of its items were rejected
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxEntry:
    """An authentic webhook body as received."""

    id: str
    source: str
    received_at: datetime
    content_type: str
    body: bytes
    outcome: InboxOutcome
    reason: str = ""  #: why it, or some of it, was rejected
    #: The body packed, where that was done while nobody waited for it.
    packed: bytes = field(default=b"", compare=False, repr=False)


def pack(body: bytes) -> bytes:
    """Compress a body as it is kept: fast rather than small."""
    return zlib.compress(body, 1)


def unpack(packed: bytes) -> bytes:
    """Give the body that `pack` was given."""
    return zlib.decompress(packed)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptBody:
    """What a list says of a body."""

    id: str
    source: str
    received_at: datetime
    content_type: str
    size: int  #: in bytes, as received
    outcome: InboxOutcome
    reason: str
    times_seen: int  #: a rejected body is kept once, however often it comes
    last_seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxQuery:
    """Which bodies to list: the rejected ones first, then the newest; empty does not narrow."""

    source: str = ""
    outcome: str = ""
    cursor: str = ""  #: the `next` of the page before
    limit: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxPage:
    """One page of bodies."""

    bodies: Sequence[KeptBody]
    next: str | None  #: the cursor of the next page; None: this is the last
