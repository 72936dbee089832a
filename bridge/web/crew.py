"""The threads that answer requests."""

import threading
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue

import structlog

Job = Callable[[], None]

_log = structlog.stdlib.get_logger(__name__)


class Crew:
    """Begins a job at once while fewer than `most` are under way; the others wait in line.

    It does what an executor does, for a fifth of the cost: nobody asks how a job ended. The threads
    do not keep the process: whoever stops it waits for the requests, as long as it means to.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._size = 0
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        #: One entry for each job that a thread is free for; its `append` and `pop` take no lock.
        self._free: deque[None] = deque()
        self._beyond = 0  #: jobs that found all threads at work; their ends free nobody

    def submit(self, job: Job) -> None:
        """Have a thread do it; only one thread may ask."""
        self._jobs.put(job)
        try:
            self._free.pop()
        except IndexError:
            if self._size < self._most:
                self._grow()
            else:
                self._beyond += 1

    def under_way(self) -> int:
        """Say how many jobs threads are at; those that still wait for a thread do not count."""
        return min(self._size, self._size + self._beyond - len(self._free))

    def shutdown(self, wait: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002  # gunicorn's call
        """Let each thread end once nothing waits."""
        for _ in range(self._size):
            self._jobs.put(None)

    def _grow(self) -> None:
        self._size += 1
        threading.Thread(target=self._work, name="answering", daemon=True).start()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            try:
                job()
            except (Exception, SystemExit):  # noqa: BLE001  # the next job needs this thread
                _log.exception("request not answered")
            self._free.append(None)
