"""Alerta, installed apart and run in the same shape as the bridge."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from tests.bench.servers import JSON, Server, running_gunicorn
from tests.e2e.processes import free_port
from tests.postgres import Postgres

VERSION = "9.1.0"
#: Beside the bench, and unknown to git.
_PLACE = Path(__file__).parent / ".cache" / f"alerta-{VERSION}"
_INSTALL_SECONDS = 300.0
#: The `/api` before it in its documentation is the proxy's of its container.
_WEBHOOK = "/webhooks/prometheus"
_DATABASE = "alerta"


class NotToBeHad(Exception):
    """Alerta cannot be installed here; the message says why."""


def installed(say: Callable[[str], None]) -> str:
    """Give the Python that has Alerta, installed the first time; NotToBeHad if that fails."""
    python = _PLACE / "bin" / "python"
    done = _PLACE / "installed"
    if not done.exists():
        say(f"installing Alerta {VERSION} into {_PLACE.parent.name}/")
        wanted = [
            f"alerta-server=={VERSION}",
            "psycopg2-binary",
            f"gunicorn=={version('gunicorn')}",
        ]
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        _run([sys.executable, "-m", "venv", "--clear", str(_PLACE)])
        _run([*pip, *wanted])
        done.touch()
    return str(python)


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_INSTALL_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as exc:
        raise NotToBeHad(str(exc)) from exc
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        message = f"`{' '.join(command[1:5])} ...` failed: {said}"
        raise NotToBeHad(message)


@contextmanager
def running(folder: Path, python: str, server: Postgres) -> Iterator[Server]:
    """Keep Alerta running as it ships, but for its database, which has the C collation.

    Under other collations some of its updates scan the table, which is not what is compared.
    """
    server.administer(f"CREATE DATABASE {_DATABASE} TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'")
    variables = [
        f"DATABASE_URL={server.url(_DATABASE).replace('postgresql:', 'postgres:')}",
        "SECRET_KEY=bench",
    ]
    peer = Server(free_port(), _WEBHOOK, JSON)
    with running_gunicorn(
        peer,
        "alerta.app:create_app()",
        folder=folder,
        ready="/management/gtg",
        python=python,
        variables=variables,
    ):
        yield peer
