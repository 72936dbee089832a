"""Keeps a few `bridge` commands running as one: restarts what ends, ends all when asked to."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from types import FrameType

import structlog

log = structlog.get_logger()

#: Names the descriptor that reads end-of-file once the supervisor is gone, however it died.
LIFELINE = "BRIDGE_LIFELINE"

EXIT_CONFIGURATION = 2
LOOK_SECONDS = 0.2
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 10.0
STOP_SECONDS = 30.0


class Supervisor:
    """Runs the given commands until a signal, or until one finds the configuration wrong."""

    def __init__(self, commands: Sequence[Sequence[str]]) -> None:
        self._read_end, self._write_end = os.pipe()
        self._children = [_Child(command, self._read_end) for command in commands]
        self._stopping = threading.Event()

    def run(self) -> int:
        """Run; give the exit code for the whole."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        code = 0
        while not self._stopping.wait(LOOK_SECONDS):
            codes = [child.look() for child in self._children]
            if EXIT_CONFIGURATION in codes:
                code = EXIT_CONFIGURATION
                break
        self._end_all()
        return code

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping.set()

    def _end_all(self) -> None:
        deadline = time.monotonic() + STOP_SECONDS
        for child in self._children:
            child.terminate()
        for child in self._children:
            child.wait(max(0.1, deadline - time.monotonic()))


class _Child:
    def __init__(self, command: Sequence[str], lifeline: int) -> None:
        self._command = command
        self._lifeline = lifeline
        self._process: subprocess.Popen[bytes] | None = None
        self._pause = FIRST_PAUSE_SECONDS
        self._start_at = 0.0

    def look(self) -> int | None:
        """Start it if it does not run; give the code with which it just ended, if it did."""
        if self._process is None:
            if time.monotonic() >= self._start_at:
                self._start()
            return None
        code = self._process.poll()
        if code is not None:
            log.error("ended unexpectedly", command=self._command[0], code=code)
            self._process = None
            self._start_at = time.monotonic() + self._pause
            self._pause = min(self._pause * 2, LONGEST_PAUSE_SECONDS)
        return code

    def terminate(self) -> None:
        """Ask it to end."""
        if self._process is not None:
            self._process.terminate()

    def wait(self, seconds: float) -> None:
        """Wait for its end; end it the hard way when it takes too long."""
        if self._process is None:
            return
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            log.warning("did not stop in time", command=self._command[0])
            self._process.kill()
            self._process.wait()

    def _start(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603  # our own command line
            [sys.executable, "-m", "bridge", *self._command],
            pass_fds=[self._lifeline],
            env={**os.environ, LIFELINE: str(self._lifeline)},
        )
