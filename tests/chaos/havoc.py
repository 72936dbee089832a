"""Breaks the parts at random, and mends them again."""

import heapq
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from itertools import count
from random import Random

import requests

from tests.e2e.desks import Desk
from tests.e2e.processes import Process, eventually

#: Ordered at a desk: before and after its commit, with every kind of answer.
FAULTS = (
    "500", "503", "429", "html", "empty", "reset", "hang",
    "500-after", "html-after", "empty-after", "reset-after", "hang-after",
)  # fmt: skip
#: The last is longer than the bridge waits: the desk does its work when nobody listens any more.
_LATENCIES = ("0ms", "0ms", "50ms", "400ms", "3s")
#: The share of kills that the database gets, where it has a server.
_OF_THE_DATABASE = 0.25


class Part:
    """A process that somebody keeps running, as an init system does."""

    def __init__(self, name: str, start: Callable[[], Process]) -> None:
        self.name = name
        self._start = start
        self.process = start()
        self.is_frozen = False

    def restart_if_ended(self) -> bool:
        """Start it again if it is gone."""
        if not self.process.has_ended:
            return False
        # What is left of the group holds the port.
        self.process.kill_group()
        self.process = self._start()
        return True

    def stop(self) -> None:
        """End it in order."""
        self.process.stop()
        sys.stdout.write(f"--- {self.name} ---\n{self.process.log}\n")

    def freeze(self) -> None:
        """Stop all its processes in mid-step."""
        self.is_frozen = True
        self.process.freeze()

    def thaw(self) -> None:
        """Let them go on."""
        self.is_frozen = False
        self.process.thaw()

    def restart_in_order(self) -> None:
        """SIGTERM it, as an upgrade does; it is started again once it has ended."""
        self.process.terminate()

    def kill(self, random: Random) -> str:
        """SIGKILL all of it, or one of its processes; say which."""
        if random.random() < 0.5:
            self.process.kill_group()
            return "all"
        with suppress(IndexError, ProcessLookupError):
            os.kill(random.choice(self.process.group()), signal.SIGKILL)
        return "one"


class Havoc:
    """Kills, freezes and spoils for a while; counts what it did."""

    def __init__(
        self,
        parts: Mapping[str, Sequence[Part]],
        desks: Sequence[Desk],
        random: Random,
        longest_freeze: float,
        crash_database: Callable[[], object] | None,
    ) -> None:
        self._bridge, self._stand_ins = parts["bridge"], parts["desks"]
        self._desks = desks
        self._random = random
        self._longest_freeze = longest_freeze
        self._crash_database = crash_database
        self._later: list[tuple[float, int, Callable[[], object]]] = []
        self._numbers = count()
        self.done: Counter[str] = Counter()

    def run(self, seconds: float, meanwhile: Callable[[], object]) -> None:
        """Break something every now and then; `meanwhile` is called all the time."""
        end = time.monotonic() + seconds
        strike_at = 0.0
        while (now := time.monotonic()) < end:
            meanwhile()
            self._do_due(now)
            self._restart()
            if now >= strike_at:
                self._strike()
                strike_at = now + self._random.uniform(0.2, 0.9)
            time.sleep(0.05)

    def heal(self) -> None:
        """Mend everything."""
        self._later.clear()
        for part in (*self._bridge, *self._stand_ins):
            part.thaw()
        self._restart()
        for desk in self._desks:
            eventually(partial(desk.misbehave, fail=[], latency="0ms"))

    def _strike(self) -> None:
        strikes = (
            self._kill,
            self._kill,
            self._restart_one,
            self._freeze,
            self._freeze,
            self._spoil,
            self._spoil,
            self._spoil,
            self._calm,
        )
        self._random.choice(strikes)()

    def _kill(self) -> None:
        if self._crash_database is not None and self._random.random() < _OF_THE_DATABASE:
            self._crash_database()
            self.done["kill all of the database"] += 1
            return
        part = self._random.choice((*self._bridge, *self._bridge, *self._stand_ins))
        how = part.kill(self._random)
        self.done[f"kill {how} of {part.name}"] += 1

    def _restart_one(self) -> None:
        part = self._random.choice((*self._bridge, *self._stand_ins))
        part.restart_in_order()
        self.done[f"restart {part.name}"] += 1

    def _freeze(self) -> None:
        part = self._random.choice((*self._bridge, *self._bridge, *self._stand_ins))
        if part.is_frozen:
            return
        part.freeze()
        self.done[f"stop {part.name}"] += 1
        self._after(self._random.uniform(0.2, self._longest_freeze), part.thaw)

    def _spoil(self) -> None:
        desk = self._random.choice(self._desks)
        kinds = self._random.sample(FAULTS, 3)
        shares = [f"{kind}={self._random.choice((0.1, 0.2, 0.3))}" for kind in kinds]
        latency = self._random.choice(_LATENCIES)
        if self._tell(desk, fail=shares, latency=latency):
            self.done.update(f"fault {kind}" for kind in kinds)

    def _calm(self) -> None:
        self._tell(self._random.choice(self._desks), fail=[], latency="0ms")

    def _tell(self, desk: Desk, **faults: object) -> bool:
        stand_in = next(part for part in self._stand_ins if part.name == desk.kind)
        if stand_in.is_frozen or stand_in.process.has_ended:
            return False
        try:
            desk.misbehave(**faults)
        except requests.RequestException:
            return False
        return True

    def _after(self, seconds: float, action: Callable[[], object]) -> None:
        heapq.heappush(self._later, (time.monotonic() + seconds, next(self._numbers), action))

    def _do_due(self, now: float) -> None:
        while self._later and self._later[0][0] <= now:
            heapq.heappop(self._later)[2]()

    def _restart(self) -> None:
        for part in (*self._bridge, *self._stand_ins):
            if part.restart_if_ended():
                part.is_frozen = False
