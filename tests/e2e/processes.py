"""Real processes: started, waited for, and ended together with everything they started."""

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

import requests

T = TypeVar("T")

REPOSITORY = Path(__file__).resolve().parents[2]
BRIDGE = (sys.executable, "-m", "bridge")

START_SECONDS = 30.0
STOP_SECONDS = 15.0
PATIENCE_SECONDS = 25.0

#: Below Linux's ephemeral range, so that no outgoing connection takes the port meanwhile.
_PORTS = range(20_000, 32_000)


class ProcessEnded(Exception):
    """A process that should be running is not; the message holds what it said."""


class Process:
    """A command in a process group of its own; everything it says is kept in a file."""

    def __init__(self, command: Sequence[str], *, folder: Path, name: str) -> None:
        self.name = name
        self._log = folder / f"{name}.log"
        with self._log.open("ab") as log:
            self._popen = subprocess.Popen(
                command,
                cwd=folder,
                env=environment(folder),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The main process, which leads the group."""
        return self._popen.pid

    @property
    def log(self) -> str:
        """Everything said so far, on both streams."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def must_run(self) -> None:
        """Raise ProcessEnded unless the main process runs."""
        status = self._popen.poll()
        if status is not None:
            raise ProcessEnded(f"{self.name} ended with {status} and said:\n{self.log}")

    def wait(self, seconds: float) -> int:
        """Give the exit status of the main process."""
        return self._popen.wait(seconds)

    def group(self) -> list[int]:
        """Give the processes of the group that still live; nobody may have reaped the others."""
        return [pid for pid, group, state in _processes() if group == self.pid and state != "Z"]

    def terminate(self) -> None:
        """SIGTERM the main process, as an init system does."""
        self._popen.terminate()

    def kill_main(self) -> None:
        """SIGKILL the main process alone, as the kernel does when memory runs out."""
        self._popen.kill()
        self._popen.wait(STOP_SECONDS)

    def kill_group(self) -> None:
        """SIGKILL the main process and all its children at once, as a power cut does."""
        self._signal_group(signal.SIGKILL)
        self._popen.wait(STOP_SECONDS)

    @property
    def has_ended(self) -> bool:
        """Whether the main process is gone."""
        return self._popen.poll() is not None

    def freeze(self) -> None:
        """SIGSTOP everything of it, as a machine that is suspended."""
        self._signal_group(signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT everything of it."""
        self._signal_group(signal.SIGCONT)

    def _signal_group(self, number: int) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    def stop(self) -> None:
        """End the process in order; SIGKILL whatever remains."""
        self.thaw()
        self.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._popen.wait(STOP_SECONDS)
        self.kill_group()


def _processes() -> Iterator[tuple[int, int, str]]:
    """Give process, group and state of everything that runs; see proc_pid_stat(5)."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _parent, group = stat.read_text().rpartition(") ")[2].split()[:3]
            yield int(stat.parent.name), int(group), state


def environment(home: Path) -> Mapping[str, str]:
    """Give an environment in which nothing of this machine matters."""
    kept = {name: os.environ[name] for name in ("PATH", "TMPDIR") if name in os.environ}
    return {
        **kept,
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(REPOSITORY),
        "PYTHONUNBUFFERED": "1",
    }


def run_bridge(
    *arguments: str,
    folder: Path,
    variables: Mapping[str, str] | None = None,
    seconds: float = 30.0,
) -> subprocess.CompletedProcess[str]:
    """Run a command of the bridge to its end."""
    return subprocess.run(
        [*BRIDGE, *arguments],
        cwd=folder,
        env={**environment(folder), **(variables or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )


def free_port() -> int:
    """Give a port that nobody listens on."""
    # Not `random` itself: pytest gives it the same seed in every test process.
    for port in random.SystemRandom().sample(_PORTS, 100):
        if is_free(port):
            return port
    raise ProcessEnded("no free port among a hundred")


def is_free(port: int) -> bool:
    """Say whether a server could listen on the port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def eventually(check: Callable[[], T], *, within: float = PATIENCE_SECONDS) -> T:
    """Give what `check` gives once it no longer fails; at the deadline, fail as it last did."""
    deadline = time.monotonic() + within
    while True:
        try:
            return check()
        except (AssertionError, requests.ConnectionError, requests.Timeout):
            if time.monotonic() > deadline:
                raise
        time.sleep(0.05)


def http(method: str, url: str, **options: object) -> requests.Response:
    """Make one HTTP call that no proxy setting of this machine can divert."""
    with requests.Session() as session:
        session.trust_env = False
        return session.request(method, url, **{"timeout": 10, **options})  # type: ignore[arg-type]


def wait_until_ready(process: Process, url: str) -> None:
    """Return once `url` answers 200; fail at once when the process has ended."""

    def answers() -> None:
        process.must_run()
        answer = http("GET", url)
        assert answer.status_code == 200, f"{url}: {answer.status_code} {answer.text[:500]}"

    try:
        eventually(answers, within=START_SECONDS)
    except (AssertionError, requests.RequestException) as exc:
        raise ProcessEnded(f"{process.name} is not ready; it said:\n{process.log}") from exc


@contextmanager
def ended_afterwards(process: Process) -> Iterator[Process]:
    """End the process whatever the test does; pytest shows what it said if the test failed."""
    try:
        yield process
    finally:
        process.stop()
        sys.stdout.write(f"--- {process.name} ---\n{process.log}\n")
