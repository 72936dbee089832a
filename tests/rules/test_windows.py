"""`mute:` as written, and the windows it means."""

from datetime import date
from pathlib import Path

import pytest

from bridge.domain.window import Window
from tests.rules.given import alert_of, filed, rules_of

DAY = {"zone": "UTC", "start": 0, "end": 1440}
CHRISTMAS = {"first": date(2026, 12, 24), "last": date(2026, 12, 26)}


def muted(folder: Path, mute: str) -> tuple[Window, ...]:
    rules = rules_of(folder, f"rules: [{{id: a, match: any, mute: {mute}}}]")
    return filed(rules.decide(alert_of())).policy.mute


@pytest.mark.parametrize(
    ("mute", "windows"),
    [
        ("{times: 22:00-06:00}", [{"start": 1320, "end": 1800}]),
        ("{times: 6:00-22:00, zone: Europe/Paris}",
         [{"start": 360, "end": 1320, "zone": "Europe/Paris"}]),
        ("{times: [0:00-1:30, '20:00-24:00']}",
         [{"start": 0, "end": 90}, {"start": 1200, "end": 1440}]),
        ("{weekdays: sat}", [{"weekdays": (5,)}]),
        ("{weekdays: [Sat-Mon, wednesday, sun]}", [{"weekdays": (0, 2, 5, 6)}]),
        ("{weekdays: mon-sun}", [{"weekdays": (0, 1, 2, 3, 4, 5, 6)}]),
        ("{dates: 2026-12-24..2026-12-26}", [CHRISTMAS]),
        ("{dates: 2026-12-24}", [{"first": date(2026, 12, 24), "last": date(2026, 12, 24)}]),
        ("{dates: [2026-12-24..2026-12-26], times: [1:00-2:00, 3:00-4:00]}",
         [{**CHRISTMAS, "start": 60, "end": 120}, {**CHRISTMAS, "start": 180, "end": 240}]),
        ("[{weekdays: sat}, {times: 1:00-2:00}]",
         [{"weekdays": (5,)}, {"start": 60, "end": 120}]),
        ("[]", []),
    ],
)  # fmt: skip
def test_a_window_is_read_as_it_is_written(
    tmp_path: Path, mute: str, windows: list[dict[str, object]]
) -> None:
    expected = tuple(Window(**{**DAY, **window}) for window in windows)  # type: ignore[arg-type]
    assert muted(tmp_path, mute) == expected


def test_a_rule_ends_the_windows_that_it_inherits(tmp_path: Path) -> None:
    rules = rules_of(
        tmp_path,
        """
        defaults: {mute: {weekdays: sat}}
        rules: [{id: a, match: ['severity="critical"'], mute: []}]
        """,
    )
    critical, other = (
        filed(rules.decide(alert_of({"severity": word}))).policy.mute for word in ("critical", "x")
    )
    assert critical == ()
    assert [window.weekdays for window in other] == [(5,)]
