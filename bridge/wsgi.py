"""For a WSGI server of one's own: `gunicorn 'bridge.wsgi:create()'`, beside a `bridge worker`."""

import os
from pathlib import Path

from flask import Flask

from bridge.bootstrap import build_web, open_bridge
from bridge.settings import load_settings


def create() -> Flask:
    """Make the application that $BRIDGE_CONFIG, or ./bridge.yaml, describes."""
    file = Path(os.environ.get("BRIDGE_CONFIG", "bridge.yaml"))
    return build_web(open_bridge(load_settings(file, os.environ)))
