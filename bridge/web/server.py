"""gunicorn around the Flask application."""

import os
import signal
import threading
from collections.abc import Callable, Mapping

from flask import Flask
from gunicorn.app.base import BaseApplication
from prometheus_client.multiprocess import mark_process_dead

from bridge.web.patience import Patience, PatientWorker

#: An answer takes milliseconds; a worker silent for this long hangs.
WORKER_TIMEOUT_SECONDS = 30
GRACEFUL_SECONDS = 10


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no annotations
    """Serves the application that `factory` makes, anew in each worker process."""

    def __init__(
        self,
        factory: Callable[[], Flask],
        options: Mapping[str, object],
        patience: Patience,
        lifeline: int | None,
    ) -> None:
        self.patience = patience  #: for the workers, which know this object as their `app`
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
            "child_exit": _forget_metrics,
            "post_worker_init": self._watch_lifeline,
            **self._options,
        }
        for name, value in settings.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """Make the application; gunicorn calls this in each worker."""
        return self._factory()

    def _watch_lifeline(self, _worker: object) -> None:
        """End all of gunicorn when the process that supervises it is gone."""
        if self._lifeline is not None:
            watch = threading.Thread(target=_end_at_eof, args=(self._lifeline,), daemon=True)
            watch.start()


def _end_at_eof(lifeline: int) -> None:
    os.read(lifeline, 1)
    os.kill(os.getppid(), signal.SIGQUIT)


def _forget_metrics(_server: object, worker: object) -> None:
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        mark_process_dead(getattr(worker, "pid", 0))  # type: ignore[no-untyped-call]
