"""What people have done to a ticket since the bridge last saw it, in the words of metrics."""

from collections.abc import Iterator

from bridge.domain.ticket import Ticket


def findings_of(was: Ticket, now: Ticket) -> Iterator[str]:
    """Name what changed that the bridge did not change."""
    if was.is_open and not now.is_open:
        yield "finished"
    if now.is_open and not was.is_open:
        yield "reopened"
    if now.taken_over and not was.taken_over:
        yield "taken over"
    if now.theirs - was.theirs:
        yield "written over"
