"""What the bridge tells the people who read a ticket, the time by their own clock."""

from collections.abc import Iterator, Sequence
from datetime import datetime, tzinfo
from typing import assert_never

from bridge.domain.incident import Incident, MemberNews, News, net_news
from bridge.domain.overflow import is_overflow
from bridge.domain.span import span_text
from bridge.domain.spec import ATTRIBUTES
from bridge.domain.stage import Stage
from bridge.domain.steps import Tell
from bridge.domain.window import muted_until

#: A storm joins thousands; a note that lists them all is read by nobody.
MAX_LISTED = 20
#: To list is what an overflow ticket is for.
MAX_OVERFLOWED = 200
#: What is told on one line, such as an alert's labels, may itself be long, or of many lines.
MAX_LINE = 200


def filing_note(incident: Incident, zone: tzinfo) -> str:
    """Say beside the new ticket what its fields cannot: other members, the ticket before."""
    return _joined(_filing_parts(incident, zone))


def update_note(incident: Incident, changed: Sequence[str], zone: tzinfo) -> str:
    """Say which fields the bridge wrote, and which alerts came and went."""
    return _joined(_update_parts(incident, changed, zone))


def tell_note(incident: Incident, step: Tell, zone: tzinfo) -> str:
    """Say the news without touching the ticket."""
    lines = "\n".join(_change_lines(incident, step.unwritten))
    unwritten = f"Not written, because {step.reason}:\n{lines}" if lines else ""
    return _joined([unwritten, _news(incident, zone)]) or f"{step.reason.capitalize()}."


def move_note(incident: Incident, stage: Stage, now: datetime, zone: tzinfo) -> str:
    """Say why the ticket gets another status while its alerts still fire."""
    match stage:
        case Stage.MUTED:
            until = muted_until(incident.desired.policy.mute, now)
            return f"Muted until {_time(until, zone)}." if until else "Muted at the sender."
        case Stage.ACKNOWLEDGED:
            return "Acknowledged at the sender."
        case Stage.ESCALATED:
            return f"Escalated: the priority is {incident.desired.spec.priority} now."
        case Stage.OPEN:
            return f"No longer {incident.observed.stage.value}; still firing."
        case _:
            assert_never(stage)


def resolve_note(incident: Incident, zone: tzinfo) -> str:
    """Say why the ticket is being resolved."""
    at = _time(incident.desired.since, zone)
    is_heartbeat = incident.desired.policy.expect_every is not None
    cleared = (
        f"The heartbeat is back since {at}." if is_heartbeat else f"All alerts cleared at {at}."
    )
    return _joined([incident.desired.spec.solution or cleared, _news(incident, zone)])


def stray_note(incident: Incident) -> str:
    """Say to which ticket a second one of the same incident belongs."""
    twice = "the desk did not answer when this ticket was filed, so it was filed twice."
    if incident.observed.ticket is None:
        return (
            "Filed late: the desk did not answer when this ticket was filed. By now the fault has "
            "cleared, or has another ticket."
        )
    number = incident.observed.ticket.number
    return f"Duplicate of {number}: {twice} {number} is kept."


def reopen_note(incident: Incident, zone: tzinfo) -> str:
    """Say why a resolved ticket is open again."""
    again = f"Fires again since {_time(incident.desired.since, zone)}."
    return _joined([again, _news(incident, zone)])


def _filing_parts(incident: Incident, zone: tzinfo) -> Iterator[str]:
    yield incident.desired.spec.note
    every = incident.desired.policy.expect_every
    if every is not None:
        beat_at = _time(incident.desired.fired_at, zone)
        yield f"No heartbeat since {beat_at}; one is expected every {span_text(every)}."
    yield _news(incident, zone)
    if incident.previous is not None:
        url = f" ({incident.previous.url})" if incident.previous.url else ""
        yield f"Last time: {incident.previous.number}{url}."


def _update_parts(incident: Incident, changed: Sequence[str], zone: tzinfo) -> Iterator[str]:
    yield from _change_lines(incident, changed)
    yield _news(incident, zone)


def _change_lines(incident: Incident, changed: Sequence[str]) -> Iterator[str]:
    told = incident.observed.spec
    for name in changed:
        new = getattr(incident.desired.spec, ATTRIBUTES[name])
        if told is not None and isinstance(new, str) and name != "description":
            old = getattr(told, ATTRIBUTES[name])
            yield f"{name}: {_line(old) or '(none)'} -> {_line(new) or '(none)'}"


def _news(incident: Incident, zone: tzinfo) -> str:
    news, most = net_news(incident.news), MAX_OVERFLOWED if is_overflow(incident) else MAX_LISTED
    joined = [item for item in news if item.what is News.JOINED]
    cleared = [item for item in news if item.what is News.CLEARED]
    return _joined(
        [
            *(item.title for item in news if item.what is News.COMMENT),
            _listed("Also firing", joined, most, zone),
            _listed("Cleared", cleared, most, zone),
        ]
    )


def _listed(heading: str, news: Sequence[MemberNews], most: int, zone: tzinfo) -> str:
    if not news:
        return ""
    lines = [f"- {_line(item.title)} ({_time(item.at, zone)})" for item in news[:most]]
    more = len(news) - len(lines)
    return "\n".join([f"{heading}:", *lines, *([f"- and {more} more"] if more else [])])


def _line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= MAX_LINE else f"{line[: MAX_LINE - 1].rstrip()}…"


def _time(at: datetime, zone: tzinfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S %Z}"


def _joined(parts: Sequence[str] | Iterator[str]) -> str:
    return "\n".join(part for part in parts if part)
