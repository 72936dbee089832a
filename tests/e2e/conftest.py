"""A bridge between two desks, each in processes of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.bridge import Bridge
from tests.e2e.desks import Desk


@pytest.fixture
def closed_summit(tmp_path: Path) -> Desk:
    """A Summit desk that is not running yet."""
    return Desk("summit", tmp_path)


@pytest.fixture
def summit(closed_summit: Desk) -> Iterator[Desk]:
    """A running Summit desk."""
    with closed_summit.running():
        yield closed_summit


@pytest.fixture
def closed_serviceops(tmp_path: Path) -> Desk:
    """A ServiceOps desk that is not running yet."""
    return Desk("serviceops", tmp_path)


@pytest.fixture
def serviceops(closed_serviceops: Desk) -> Iterator[Desk]:
    """A running ServiceOps desk."""
    with closed_serviceops.running():
        yield closed_serviceops


@pytest.fixture
def idle_bridge(tmp_path: Path, closed_summit: Desk, closed_serviceops: Desk) -> Bridge:
    """A configured bridge that is not running yet."""
    return Bridge(tmp_path, summit=closed_summit, serviceops=closed_serviceops)


@pytest.fixture
def bridge(idle_bridge: Bridge) -> Iterator[Bridge]:
    """A serving bridge."""
    with idle_bridge.serving():
        yield idle_bridge
