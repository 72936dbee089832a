"""What the bridge tells the people who read a ticket: their own time, and lists that end."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bridge.domain.incident import DesiredState, Incident, MemberNews, News
from bridge.domain.policy import Policy
from bridge.domain.spec import IncidentSpec
from bridge.domain.stage import Stage
from bridge.domain.steps import Tell
from bridge.domain.window import Window
from bridge.reconciler import notes
from tests.builders import make_incident
from tests.world import World

PARIS = ZoneInfo("Europe/Paris")
WINTER = datetime(2026, 3, 1, 13, 5, tzinfo=UTC)
SUMMER = datetime(2026, 7, 1, 13, 5, tzinfo=UTC)


def told_of(*titles: str, what: News = News.JOINED, key: str = "disk") -> Incident:
    """Give an incident that was filed in winter and has news of summer to tell."""
    news = tuple(
        MemberNews(entry=n, what=what, fingerprint=str(n), title=title, at=SUMMER)
        for n, title in enumerate(titles)
    )
    return make_incident({"since": WINTER, "fired_at": WINTER}, news=news, key=key)


NOTES: dict[str, Callable[[Incident], str]] = {
    "filing": lambda incident: notes.filing_note(incident, PARIS),
    "update": lambda incident: notes.update_note(incident, (), PARIS),
    "tell": lambda incident: notes.tell_note(incident, Tell("there is news"), PARIS),
    "resolve": lambda incident: notes.resolve_note(incident, PARIS),
    "reopen": lambda incident: notes.reopen_note(incident, PARIS),
}


@pytest.mark.parametrize("name", NOTES)
def test_members_come_and_go_at_the_time_of_the_zone_with_its_summer(name: str) -> None:
    assert "Also firing:\n- a (2026-07-01 15:05:00 CEST)" in NOTES[name](told_of("a"))
    cleared = NOTES[name](told_of("a", what=News.CLEARED))
    assert "Cleared:\n- a (2026-07-01 15:05:00 CEST)" in cleared


def test_an_end_and_a_return_are_told_at_the_time_of_the_zone() -> None:
    incident = told_of()
    assert notes.resolve_note(incident, PARIS) == "All alerts cleared at 2026-03-01 14:05:00 CET."
    assert notes.reopen_note(incident, PARIS) == "Fires again since 2026-03-01 14:05:00 CET."
    assert notes.resolve_note(incident, UTC) == "All alerts cleared at 2026-03-01 13:05:00 UTC."


def test_a_heartbeat_is_told_of_at_the_time_of_the_zone() -> None:
    policy = Policy(expect_every=timedelta(minutes=5))
    incident = make_incident({"since": WINTER, "fired_at": WINTER, "policy": policy})
    assert notes.filing_note(incident, PARIS).startswith("No heartbeat since 2026-03-01 14:05:00 C")
    assert notes.resolve_note(incident, PARIS) == (
        "The heartbeat is back since 2026-03-01 14:05:00 CET."
    )


def test_the_end_of_a_mute_is_told_at_the_time_of_the_zone() -> None:
    noon = Window(zone="UTC", start=12 * 60, end=14 * 60)
    incident = make_incident({"policy": Policy(mute=(noon,))})
    said = notes.move_note(incident, Stage.MUTED, SUMMER, PARIS)
    assert said == "Muted until 2026-07-01 16:00:00 CEST."


@pytest.mark.parametrize(
    ("key", "listed"), [("disk", notes.MAX_LISTED), (" overflow of noisy", notes.MAX_OVERFLOWED)]
)
def test_a_long_list_ends_and_says_how_many_more_there_are(key: str, listed: int) -> None:
    exactly = notes.update_note(told_of(*map(str, range(listed)), key=key), (), PARIS)
    assert "more" not in exactly
    lines = notes.update_note(told_of(*map(str, range(listed + 37)), key=key), (), PARIS)
    assert lines.splitlines()[-2:] == [
        f"- {listed - 1} (2026-07-01 15:05:00 CEST)",
        "- and 37 more",
    ]


def test_a_member_is_one_line_however_long_and_broken_its_name() -> None:
    head, line = notes.update_note(told_of("a\n\r\n b\tc"), (), PARIS).splitlines()
    assert (head, line) == ("Also firing:", "- a b c (2026-07-01 15:05:00 CEST)")
    _, line = notes.update_note(told_of("漢" * 1000), (), PARIS).splitlines()
    assert line == f"- {'漢' * (notes.MAX_LINE - 1)}… (2026-07-01 15:05:00 CEST)"


def test_a_changed_field_is_one_line_however_long_it_is() -> None:
    told = IncidentSpec(subject="a\nb")
    incident = make_incident({"spec": IncidentSpec(subject="s" * 1000)}, {"spec": told})
    line = notes.update_note(incident, ("subject",), PARIS)
    assert line == f"subject: a b -> {'s' * (notes.MAX_LINE - 1)}…"


def test_a_note_is_bounded_whatever_it_has_to_tell() -> None:
    comes = told_of(*["x" * 1000] * 5000, key=" overflow of noisy")
    assert len(notes.update_note(comes, (), PARIS)) < notes.MAX_OVERFLOWED * (notes.MAX_LINE + 40)


def test_a_ticket_is_told_the_time_of_the_zone_that_the_reconciler_has() -> None:
    world = World(zone=ZoneInfo("Asia/Kolkata"))
    world.fire()
    world.work()
    world.resolve()
    world.work_until(60)
    assert world.incident().desired.state is DesiredState.CLEAR
    first, *_ = world.desk.records["INC-1"].notes[-1].splitlines()
    assert first == "All alerts cleared at 2026-01-05 17:30:00 IST."
