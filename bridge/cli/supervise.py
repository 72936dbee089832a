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
        signal.signal(signal.SIGHUP, self._pass_on)
        code = 0
        while not self._stopping.wait(LOOK_SECONDS):
            wrong = [child for child in self._children if child.look() == EXIT_CONFIGURATION]
            # What was right before may be put right again, while the other half goes on.
            if not all(child.was_right for child in wrong):
                code = EXIT_CONFIGURATION
                break
        self._end_all()
        return code

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping.set()

    def _pass_on(self, number: int, _frame: FrameType | None) -> None:
        for child in self._children:
            child.send(number)

    def _end_all(self) -> None:
        deadline = time.monotonic() + STOP_SECONDS
        for child in self._children:
            child.send(signal.SIGTERM)
        for child in self._children:
            child.wait(max(0.1, deadline - time.monotonic()))


class _Child:
    def __init__(self, command: Sequence[str], lifeline: int) -> None:
        self._command = command
        self._lifeline = lifeline
        self._process: subprocess.Popen[bytes] | None = None
        self._pause = FIRST_PAUSE_SECONDS
        self._start_at = 0.0
        self.was_right = False  #: it ended at least once, and not over its configuration

    def look(self) -> int | None:
        """Start it if it does not run; give the code with which it just ended, if it did."""
        if self._process is None:
            if time.monotonic() >= self._start_at:
                self._start()
            return None
        code = self._process.poll()
        self.was_right = self.was_right or code not in (None, EXIT_CONFIGURATION)
        if code is not None:
            log.error("ended unexpectedly", command=self._command[0], code=code)
            self._process = None
            self._start_at = time.monotonic() + self._pause
            self._pause = min(self._pause * 2, LONGEST_PAUSE_SECONDS)
        return code

    def send(self, number: int) -> None:
        """Send it a signal, if it runs."""
        if self._process is not None:
            self._process.send_signal(number)

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
