"""What the tests of commands share."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from bridge.telemetry import logging
from tests.cli.given import Configured


@pytest.fixture
def configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Configured]:
    """A configured bridge; the process's log and secrets are afterwards as before."""
    monkeypatch.setattr(logging, "_known", set())
    monkeypatch.setattr(logging, "_pattern", None)
    configured = Configured(tmp_path)
    yield configured
    configured.bridge.store.dispose()
    structlog.reset_defaults()
