"""What has to be true once all is quiet."""

from collections import Counter
from collections.abc import Collection, Mapping

from bridge.backends.memory import Record
from bridge.domain.incident import Incident
from bridge.domain.overflow import is_overflow
from bridge.domain.stage_of import stage_of
from bridge.domain.ticket import Capabilities
from tests.stateful.kept import Kept

Member = tuple[str, str]  #: host and severity


def check_quiet(
    kept: Kept, records: Mapping[str, Record], firing: Collection[Member], can: Capabilities
) -> None:
    """Fail unless the desk has what the alerts want, and the timeline says why."""
    try:
        _check_tickets(kept, records, firing)
        _check_words(kept, records, firing)
        _check_stages(kept, records, can)
        _check_files(kept, records)
        _check_incidents(kept)
        _check_timeline(kept, records)
    except AssertionError as error:
        raise AssertionError(f"{error}\n{_story(kept, records, firing)}") from error


def _check_tickets(kept: Kept, records: Mapping[str, Record], firing: Collection[Member]) -> None:
    """One open ticket for every fault that fires, its own or an overflow's; none for any other."""
    of_token = {incident.token: incident for incident in kept.incidents}
    tickets = [of_token[r.token] for r in records.values() if r.ticket.is_open]
    open_keys = Counter(incident.key for incident in tickets)
    assert [key for key, number in open_keys.items() if number > 1] == [], "two tickets for a key"
    wanted = {f"DiskFull,{host}" for host, _ in firing}
    own = {key for key in open_keys if not _of(kept, key, tickets)}
    listed = {i.key for i in _live(kept) if i.overflow_id is not None and i.desired.is_open}
    assert own | listed == wanted, "not a ticket for each fault that fires"
    assert own & listed == set(), "a fault with a ticket of its own is listed besides"
    overflows = {i.id for i in tickets if is_overflow(i)}
    listing = {i.overflow_id for i in _live(kept) if i.overflow_id and i.desired.is_open}
    assert overflows == listing, "an overflow ticket for nothing, or none for what is listed"


def _of(kept: Kept, key: str, tickets: list[Incident]) -> bool:
    return any(incident.key == key and is_overflow(incident) for incident in tickets)


def _check_words(kept: Kept, records: Mapping[str, Record], firing: Collection[Member]) -> None:
    """Fail unless every fault's own ticket says what the gravest of its alerts wants."""
    of_token = {incident.token: incident for incident in kept.incidents}
    for record in records.values():
        incident = of_token[record.token]
        if record.ticket.is_open and not is_overflow(incident):
            host = incident.key.split(",")[1]
            wanted = "critical" if (host, "critical") in firing else "low"
            assert record.spec.priority == wanted, f"{record.ticket.number} says otherwise"


def _check_stages(kept: Kept, records: Mapping[str, Record], can: Capabilities) -> None:
    """Fail unless every open ticket of a fault has the status of the stage that the fault is in."""
    for incident in _live(kept):
        ticket = incident.observed.ticket
        if ticket is None or not incident.desired.is_open or not records[ticket.id].ticket.is_open:
            continue
        stage = stage_of(incident.desired, can.stages, incident.updated_at)
        assert incident.observed.stage is stage, f"{ticket.number} was not moved"
        status = records[ticket.id].ticket.status
        assert status == stage.value.capitalize(), f"{ticket.number} is {status}, not {stage}"


def _check_files(kept: Kept, records: Mapping[str, Record]) -> None:
    """Fail unless every open ticket has all its files."""
    for incident in _live(kept):
        ticket, wanted = incident.observed.ticket, incident.desired.spec.attachments
        if ticket is None or not incident.desired.is_open or not records[ticket.id].ticket.is_open:
            continue
        assert dict(records[ticket.id].files) == dict(wanted), f"{ticket.number} lacks a file"


def _check_incidents(kept: Kept) -> None:
    """Fail if anything is left to do, or two incidents live for a key."""
    keys = Counter(incident.key for incident in _live(kept))
    assert max(keys.values(), default=1) == 1, "two live incidents for a key"
    for incident in _live(kept):
        assert incident.due_at is None, f"{incident.id} is due at {incident.due_at}"
        assert not incident.observed.strays, f"{incident.id} has strays"


def _check_timeline(kept: Kept, records: Mapping[str, Record]) -> None:
    """Fail unless every ticket at the desk is accounted for, from its filing on."""
    of_token = {incident.token: incident for incident in kept.incidents}
    for number, record in records.items():
        said = kept.said(of_token[record.token])
        assert "filing" in [entry.what for entry in said], f"{number} was filed for no reason"
        named = [entry for entry in said if number in f"{entry.because} {entry.detail}"]
        assert named, f"no timeline speaks of {number}"


def _live(kept: Kept) -> list[Incident]:
    return [incident for incident in kept.incidents if incident.ended_at is None]


def _story(kept: Kept, records: Mapping[str, Record], firing: Collection[Member]) -> str:
    lines = [f"firing: {sorted(firing)}"]
    for incident in kept.incidents:
        lines.append(f"{incident.id[-4:]} {incident.key} {incident.phase} {incident.token}")
        lines += [f"  {e.at:%H:%M:%S} {e.what} {e.because}" for e in kept.said(incident)]
    lines += [f"{n} {r.token} {r.ticket.status} {r.spec.priority}" for n, r in records.items()]
    return "\n".join(lines)
