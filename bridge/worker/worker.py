"""The lanes of all desks, their wake-ups, their leases and the sign of life."""

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

import structlog

from bridge.domain.errors import BridgeError, StoreUnavailable
from bridge.domain.ports import WakeUp
from bridge.worker.lane import LEASE, Lane

log = structlog.get_logger()

#: A chore does not wait for its whole span first: a worker may never live that long.
FIRST_CHORE_SECONDS = 30.0
RENEW_SECONDS = LEASE.total_seconds() / 3
#: A call may take as long as its desk's timeout; what is not done by then is taken over later.
STOP_SECONDS = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Chore:
    """Something to do from time to time, whatever is delivered meanwhile."""

    name: str
    every: timedelta
    do: Callable[[], object]


class _Chores:
    """A thread of its own for one chore: what it waits for keeps nobody else waiting."""

    def __init__(self, chore: Chore) -> None:
        self._chore = chore
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=chore.name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()

    def _run(self) -> None:
        pause = min(FIRST_CHORE_SECONDS, self._chore.every.total_seconds())
        while not self._stopping.wait(pause):
            pause = self._chore.every.total_seconds()
            try:
                self._chore.do()
            except BridgeError as error:
                log.warning("chore failed", chore=self._chore.name, error=str(error))
            except Exception:
                log.exception("chore broke off", chore=self._chore.name)


class Worker:
    """Runs every lane until told to stop."""

    def __init__(
        self,
        lanes: Sequence[Lane],
        wake_up: WakeUp,
        beat: Callable[[], None],
        chores: Sequence[Chore] = (),
    ) -> None:
        self._lanes = lanes
        self._chores = [_Chores(chore) for chore in chores]
        self._wake_up = wake_up
        self._beat = beat
        self._stopping = threading.Event()
        self._listener = threading.Thread(target=self._listen, name="listener", daemon=True)
        self._keeper = threading.Thread(target=self._keep, name="keeper", daemon=True)

    def start(self) -> None:
        """Begin to deliver."""
        self._beat_once()
        for lane in self._lanes:
            lane.start()
        self._listener.start()
        self._keeper.start()
        for chores in self._chores:
            chores.start()
        log.info("worker started", backends=[lane.backend for lane in self._lanes])

    def stop(self) -> bool:
        """Finish what is in flight, within STOP_SECONDS, and start nothing more.

        False: calls are still under way, and whoever waits for their threads waits too long.
        """
        deadline = time.monotonic() + STOP_SECONDS
        for lane in self._lanes:
            lane.stop_claiming()
        finished = [lane.join(max(0.1, deadline - time.monotonic())) for lane in self._lanes]
        for chores in self._chores:
            chores.stop()
        self._stopping.set()
        self._wake_up.notify()
        self._listener.join(5)
        self._keeper.join(5)
        log.info("worker stopped")
        return all(finished)

    def _listen(self) -> None:
        while not self._stopping.is_set():
            self._wake_up.wait(RENEW_SECONDS)
            for lane in self._lanes:
                # Of several, those that it does not concern had better look than claim in vain.
                lane.ring() if len(self._lanes) == 1 else lane.wake()

    def _keep(self) -> None:
        """Renew leases and show life; a database that is away is tried again next time."""
        while not self._stopping.wait(RENEW_SECONDS):
            for lane in self._lanes:
                with suppress(StoreUnavailable):
                    lane.renew()
            self._beat_once()

    def _beat_once(self) -> None:
        try:
            self._beat()
        except StoreUnavailable as error:
            log.warning("database unavailable", error=str(error))
