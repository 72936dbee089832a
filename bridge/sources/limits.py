"""How much a source takes at once."""

from dataclasses import dataclass
from datetime import datetime

from bridge.domain.alert import ParsedBody
from bridge.domain.errors import MalformedBody
from bridge.domain.ports import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Limited:
    """Any source, but for bodies with more alerts than one transaction should hold."""

    source: Source
    max_alerts: int

    @property
    def name(self) -> str:
        """The source's own name."""
        return self.source.name

    def parse(self, body: bytes, content_type: str, received_at: datetime) -> ParsedBody:
        """Read a body as the source does; raise MalformedBody when it holds too many."""
        parsed = self.source.parse(body, content_type, received_at)
        items = len(parsed.alerts) + len(parsed.rejected)
        if items > self.max_alerts:
            raise MalformedBody(
                f"{items} alerts in one body; send at most {self.max_alerts} or raise "
                "`server.max_alerts`"
            )
        return parsed
