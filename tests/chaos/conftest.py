"""The parts of a bridge, from the end-to-end tests."""

from tests.e2e.conftest import bridge, closed_serviceops, closed_summit, idle_bridge, summit

__all__ = ["bridge", "closed_serviceops", "closed_summit", "idle_bridge", "summit"]
