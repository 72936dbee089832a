"""For a WSGI server of one's own: `gunicorn 'bridge.wsgi:create()'`, beside a `bridge worker`."""

import os
from pathlib import Path

from flask import Flask

from bridge.bootstrap import build_web, live_rules, open_bridge
from bridge.rules.live import Watcher
from bridge.settings import load_settings


def create() -> Flask:
    """Make the application that $BRIDGE_CONFIG, or ./bridge.yaml, describes."""
    file = Path(os.environ.get("BRIDGE_CONFIG", "bridge.yaml"))
    settings = load_settings(file, os.environ)
    rules = live_rules(settings)
    Watcher(rules).start()
    return build_web(open_bridge(settings), rules)
