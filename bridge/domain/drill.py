"""What a drill of one service desk showed."""

from dataclasses import dataclass
from datetime import datetime

#: What the keys of drilled incidents begin with.
KEY_PREFIX = "bridge-drill "


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillResult:
    """The seconds that filing and resolving took; None: it did not come to that."""

    backend: str
    at: datetime  #: when it began
    file_seconds: float | None = None
    resolve_seconds: float | None = None
    why: str = ""  #: what stood in the way

    @property
    def has_passed(self) -> bool:
        """True when the ticket was filed and resolved."""
        return self.file_seconds is not None and self.resolve_seconds is not None
