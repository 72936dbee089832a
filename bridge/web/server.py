"""gunicorn around the Flask application."""

import os
import signal
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from prometheus_client.multiprocess import mark_process_dead

from bridge.web.patience import Patience, PatientWorker

#: An answer takes milliseconds; a worker silent for this long hangs.
WORKER_TIMEOUT_SECONDS = 30
GRACEFUL_SECONDS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Upkeep:
    """What goes on beside the requests."""

    tick: Callable[[], object]  #: about once a second in the process that the others are forked of
    start: Callable[[], None]  #: once in each of the others
    hang_up: Callable[[], None]  #: on SIGHUP, in each of them; fit for a signal handler


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no annotations
    """Serves the application that `factory` makes, anew in each worker process.

    The factory is given what counts the requests that are under way there.
    """

    def __init__(
        self,
        factory: Callable[[Callable[[], int]], Flask],
        options: Mapping[str, object],
        *,
        patience: Patience,
        upkeep: Upkeep,
        lifeline: int | None,
    ) -> None:
        self.patience = patience  #: for the workers, which know this object as their `app`
        self.upkeep = upkeep
        self.under_way: Callable[[], int] = lambda: 0  #: in this process; its worker sets it
        self._factory = factory
        self._options = options
        self._lifeline = lifeline
        super().__init__()

    def load_config(self) -> None:
        """Hand gunicorn its settings."""
        settings = {
            "worker_class": PatientWorker,
            "timeout": WORKER_TIMEOUT_SECONDS,
            "graceful_timeout": GRACEFUL_SECONDS,
            "keepalive": 75,
            "logger_class": "bridge.telemetry.gunicorn_logger.GunicornLogger",
            "control_socket_disable": True,
            # A proxy beside us would pass on its callers' SCRIPT_NAME, which changes the path that
            # it has checked.
            "forwarder_headers": "",
            "child_exit": _forget_metrics,
            "post_worker_init": self._begin_work,
            **self._options,
        }
        for name, value in settings.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """Make the application; gunicorn calls this in each worker."""
        return self._factory(self.under_way)

    def run(self) -> None:
        """Serve until told to stop."""
        _Arbiter(self).run()

    def _begin_work(self, _worker: object) -> None:
        """Go on until the process that supervises gunicorn is gone, and see to the upkeep."""
        if self._lifeline is not None:
            watch = threading.Thread(target=_end_at_eof, args=(self._lifeline,), daemon=True)
            watch.start()
        signal.signal(signal.SIGHUP, lambda *_: self.upkeep.hang_up())
        self.upkeep.start()


class _Arbiter(Arbiter):  # type: ignore[misc]  # gunicorn has no annotations
    """Passes SIGHUP on where gunicorn would start every worker anew, and lose connections."""

    app: Server

    def manage_workers(self) -> None:
        """Replace workers that ended; those that are forked now know what is known here."""
        self.app.upkeep.tick()
        super().manage_workers()

    def handle_hup(self) -> None:
        """Have every worker reload what it can."""
        self.kill_workers(signal.SIGHUP)


def _end_at_eof(lifeline: int) -> None:
    os.read(lifeline, 1)
    os.kill(os.getppid(), signal.SIGQUIT)


def _forget_metrics(_server: object, worker: object) -> None:
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        mark_process_dead(getattr(worker, "pid", 0))  # type: ignore[no-untyped-call]
