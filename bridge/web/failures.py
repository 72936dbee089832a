"""Callers who keep failing to prove themselves, by address."""

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_network

from bridge.domain.ports import Clock
from bridge.web.address import Address

#: A sender with an old token fails at every notification, and should read why.
TOLERATED = 30
WINDOW = timedelta(minutes=1)

#: Remembered at most; whoever was forgotten starts anew.
MAX_ADDRESSES = 10_000


@dataclass(slots=True)
class _Record:
    since: datetime
    count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Failures:
    """Counts failures in this process; bounded, whoever calls."""

    now: Clock
    _records: OrderedDict[str, _Record] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, address: Address | None) -> timedelta | None:
        """Count one; give how long to stay away when there have been too many."""
        now, name = self.now(), _name(address)
        with self._lock:
            record = self._records.pop(name, None)
            if record is None or now - record.since >= WINDOW:
                record = _Record(since=now)
            record.count += 1
            self._records[name] = record
            if len(self._records) > MAX_ADDRESSES:
                self._records.popitem(last=False)
        return record.since + WINDOW - now if record.count > TOLERATED else None


def _name(address: Address | None) -> str:
    """Name a caller: of IPv6 a whole /64, as one host has all of it."""
    if isinstance(address, IPv6Address):
        return str(ip_network((address, 64), strict=False))
    return str(address)
