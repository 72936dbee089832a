"""Group commit: whatever waits while one transaction is committed goes into the next one."""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from queue import SimpleQueue
from typing import Generic, TypeAlias, TypeVar

T = TypeVar("T")
R = TypeVar("R")

#: Less than a sender notices; a few requests can be read in it.
MOMENT_SECONDS = 0.002

Outcome: TypeAlias = R | Exception


@dataclass(eq=False, slots=True)
class _Waiting(Generic[T, R]):
    """Something handed in, and whoever waits for what comes of it."""

    item: T
    outcomes: list[Outcome[R]] = field(default_factory=list)  #: one, once it is known
    #: Something is in it once it is time to look again; an Event takes ten times as long.
    turn: SimpleQueue[None] = field(default_factory=SimpleQueue)


class Together(Generic[T, R]):
    """Hands to `work` what many threads bring, as much at once as has gathered.

    The thread that finds nobody at work does it, for itself and for those that came since. `work`
    gives an outcome for each item, in their order, and raises nothing. `coming` counts those on
    their way here, with those that wait already: they are waited for, but never more than a moment.
    """

    def __init__(
        self,
        work: Callable[[Sequence[T]], Sequence[Outcome[R]]],
        most: int,
        coming: Callable[[], int] = lambda: 0,
    ) -> None:
        self._work = work
        self._most = most
        self._coming = coming
        self._wanted = 0  #: how many the leader waits for
        self._have_come = threading.Event()
        self._lock = threading.Lock()
        self._queue: deque[_Waiting[T, R]] = deque()
        self._is_at_work = False

    def do(self, item: T) -> R:
        """Give what came of the item, or raise what went wrong with it."""
        mine = _Waiting[T, R](item)
        with self._lock:
            self._queue.append(mine)
            is_mine = not self._is_at_work
            self._is_at_work = True
            if 0 < self._wanted <= len(self._queue):
                self._have_come.set()
        if not is_mine:
            mine.turn.get()
        if not mine.outcomes:
            self._lead()
        [outcome] = mine.outcomes
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def _gather(self) -> None:
        """Wait a moment for those on their way: what one transaction costs, they can share."""
        until = time.monotonic() + MOMENT_SECONDS
        while self._is_worth_waiting() and (left := until - time.monotonic()) > 0:
            self._have_come.wait(left)
        self._wanted = 0

    def _is_worth_waiting(self) -> bool:
        with self._lock:
            self._have_come.clear()
            self._wanted = min(self._coming(), self._most)
            return len(self._queue) < self._wanted

    def _lead(self) -> None:
        """Do what has gathered, the leader's own with it, then let the next one lead."""
        self._gather()
        with self._lock:
            batch = list(islice(self._queue, self._most))
            for _ in batch:
                self._queue.popleft()
        outcomes: Sequence[Outcome[R]] = [RuntimeError("the thread at work was ended")] * len(batch)
        try:
            outcomes = self._work([waiting.item for waiting in batch])
        finally:
            with self._lock:
                following = self._queue[0] if self._queue else None
                self._is_at_work = following is not None
            if following is not None:
                following.turn.put(None)
            for waiting, outcome in zip(batch, outcomes, strict=True):
                waiting.outcomes.append(outcome)
                waiting.turn.put(None)
