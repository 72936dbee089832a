"""The third use case: find what is due and have it delivered, each desk at its own pace."""

from bridge.worker.lane import Lane
from bridge.worker.worker import Chore, Worker

__all__ = ["Chore", "Lane", "Worker"]
