"""Where alerts and incidents are kept: SQLite or PostgreSQL, behind the domain's ports."""

from bridge.store.store import Store, open_store
from bridge.store.wakeup import ClosableWakeUp

__all__ = ["ClosableWakeUp", "Store", "open_store"]
