"""What the tests of the web side share."""

import pytest

from bridge.telemetry import logging


@pytest.fixture
def forgets_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the test register secrets that no other test should see masked."""
    monkeypatch.setattr(logging, "_known", set())
    monkeypatch.setattr(logging, "_pattern", None)
