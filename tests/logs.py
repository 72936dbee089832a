"""The logging of the test run, kept apart from that of the bridge."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import structlog

from bridge.telemetry import logging as bridge_logging

_NAMED = ("alembic", "urllib3", "werkzeug", "gunicorn.error", "gunicorn.access")


@contextmanager
def kept_logging(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let a test configure logging, knowing no secret; leave everything as it was."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    loggers = [logging.getLogger(name) for name in _NAMED]
    states = [(logger.level, list(logger.handlers), logger.propagate) for logger in loggers]
    monkeypatch.setattr(bridge_logging, "_known", set())
    monkeypatch.setattr(bridge_logging, "_pattern", None)
    yield
    root.handlers, root.level = handlers, level
    for logger, state in zip(loggers, states, strict=True):
        logger.level, logger.handlers, logger.propagate = state
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()
