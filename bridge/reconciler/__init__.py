"""The second use case: bring one ticket to what the alerts want."""

from bridge.reconciler.calls import Contact
from bridge.reconciler.reconcile import Reconciler
from bridge.reconciler.seats import Seats

__all__ = ["Contact", "Reconciler", "Seats"]
