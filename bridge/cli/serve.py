"""`bridge serve`, `bridge web` and `bridge worker`: both halves, or one of them."""

import os
import signal
import tempfile
import threading
from functools import partial
from pathlib import Path

import click
import structlog

from bridge.bootstrap import (
    build_web,
    build_worker,
    live_rules,
    load_rule_book,
    open_bridge,
    spare_what_is_loaded,
)
from bridge.cli.options import config_option, read_settings, start_logging
from bridge.cli.supervise import LIFELINE, Supervisor
from bridge.rules.live import Watcher
from bridge.settings import Settings
from bridge.web.patience import Patience
from bridge.web.server import Server, Upkeep

log = structlog.get_logger()

#: For probes, people, and telling senders to come back, while all others wait for the store.
_SPARE_THREADS = 8
#: Connections in each worker that may be idle or still sending.
_UNFINISHED_REQUESTS = 400
_LEAST_BUFFER = 64 * 10**6


@click.command()
@config_option
def serve(config: Path) -> None:
    """Receive and deliver: `web` and `worker` together, each restarted if it ends."""
    start_logging()
    settings = read_settings(config)
    load_rule_book(settings)
    open_bridge(settings, upgrade=True).store.dispose()
    with tempfile.TemporaryDirectory(prefix="bridge-metrics-") as folder:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        supervisor = Supervisor([["web", "-c", str(config)], ["worker", "-c", str(config)]])
        raise SystemExit(supervisor.run())


@click.command()
@config_option
def web(config: Path) -> None:
    """Receive webhooks and serve the API and the console."""
    start_logging()
    settings = read_settings(config)
    # Whoever is forked later begins with the last good rules, whatever the files say by then.
    rules = live_rules(settings)
    watcher = Watcher(rules)
    open_bridge(settings, upgrade=True).store.dispose()
    with tempfile.TemporaryDirectory(prefix="bridge-metrics-") as folder:
        os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", folder)
        Server(
            lambda under_way: build_web(open_bridge(settings), rules, under_way),
            _gunicorn_options(settings),
            patience=_patience(settings),
            upkeep=Upkeep(tick=rules.look, start=partial(_begin, watcher), hang_up=watcher.nudge),
            lifeline=_lifeline(),
        ).run()


@click.command()
@config_option
def worker(config: Path) -> None:
    """Deliver what is due to the service desks."""
    start_logging()
    bridge = open_bridge(read_settings(config), upgrade=True)
    delivering = build_worker(bridge)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    # It asks others to reload their rules; here are none.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    _stop_at_eof(stopping)
    delivering.start()
    spare_what_is_loaded()
    while not stopping.wait(1):
        pass
    has_finished = delivering.stop()
    bridge.store.dispose()
    if not has_finished:
        # The interpreter would wait for the threads whose calls were given up.
        os._exit(0)


def _begin(watcher: Watcher) -> None:
    watcher.start()
    spare_what_is_loaded()


def _gunicorn_options(settings: Settings) -> dict[str, object]:
    server = settings.server
    host = f"[{server.host}]" if ":" in server.host else server.host
    threads = server.threads + server.queue + _SPARE_THREADS
    return {
        "bind": f"{host}:{server.port}",
        "workers": server.workers,
        "threads": threads,
        "worker_connections": threads + _UNFINISHED_REQUESTS,
        "proc_name": "bridge-web",
    }


def _patience(settings: Settings) -> Patience:
    server = settings.server
    return Patience(
        max_body=server.max_body,
        read_timeout=server.read_timeout,
        max_buffered=max(_LEAST_BUFFER, 4 * server.max_body),
    )


def _lifeline() -> int | None:
    number = os.environ.get(LIFELINE)
    return int(number) if number else None


def _stop_at_eof(stopping: threading.Event) -> None:
    """Stop when the supervisor, which holds the other end of the lifeline, is gone."""
    lifeline = _lifeline()
    if lifeline is None:
        return

    def watch() -> None:
        os.read(lifeline, 1)
        stopping.set()

    threading.Thread(target=watch, daemon=True).start()
