"""`bridge check` says what the configured desks cannot do."""

import json
from dataclasses import fields
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from bridge.cli import bridge
from bridge.cli.capabilities import capabilities_json, lacks_of
from bridge.domain.stage import Stage
from bridge.domain.ticket import Capabilities
from tests.rules.given import write

ABLE = Capabilities(attach=True, stages=frozenset(Stage))
#: A capability that a desk has not, and what is said of it.
LACKS: list[tuple[dict[str, Any], str]] = [
    ({"find": False}, "cannot be searched: a create that was never answered is left to a person"),
    ({"find": False, "create_when_unknown": True}, "is sent again, and may file a second ticket"),
    ({"read": False}, "cannot be read back: what people do to a ticket is not seen"),
    ({"update": False}, "changes no field: a ticket keeps what it was filed with"),
    ({"note": False}, "takes no notes: what happens later is not told there"),
    ({"reopen": False}, "never reopens: a fault that comes back gets a new ticket"),
    ({"attach": False}, "takes no files: attachments are left out"),
    ({"stages": frozenset()}, "has no status for escalated, acknowledged, muted: "),
    ({"stages": frozenset({Stage.OPEN, Stage.MUTED})}, "no status for escalated, acknowledged: "),
]
#: What no desk lacks: what may be set for it, and what only says more of another.
NO_LACKS = {"close_after", "look_every", "cancel_within", "create_again", "create_when_unknown"}
PAGE = Path(__file__).parents[2] / "docs" / "operations.md"
SNOW = """
  snow:
    type: servicenow
    url: https://snow.example.com
    auth: {username: u, password: p}
    transitions: {escalated: 2, acknowledged: 2, muted: 2, cancel_within: 90s}
"""


def check(folder: Path, backends: str, *options: str) -> Result:
    write(folder, "rules/a.yaml", "version: 1\n")
    text = "sources: {am: {type: alertmanager, auth: {bearer: t}}}\nbackends:"
    config = write(folder, "bridge.yaml", text + backends)
    return CliRunner().invoke(bridge, ["check", "-c", str(config), *options])


@pytest.mark.parametrize(("changes", "said"), LACKS)
def test_each_lack_is_said_with_what_happens_then(changes: dict[str, Any], said: str) -> None:
    able = {f.name: getattr(ABLE, f.name) for f in fields(ABLE)}
    (lack,) = lacks_of(Capabilities(**{**able, **changes}))
    assert said in lack


def test_a_desk_that_can_do_everything_lacks_nothing() -> None:
    assert lacks_of(ABLE) == ()


def test_a_desk_where_a_create_may_be_sent_again_need_not_be_searched() -> None:
    can = Capabilities(find=False, create_again=True, attach=True, stages=frozenset(Stage))
    assert lacks_of(can) == ()


def test_no_capability_is_forgotten() -> None:
    tried = {name for changes, _ in LACKS for name in changes}
    assert tried | NO_LACKS == {f.name for f in fields(Capabilities)}
    assert capabilities_json(ABLE).keys() - {"lacks"} == {f.name for f in fields(Capabilities)}


def test_capabilities_are_json() -> None:
    can = Capabilities(
        reopen=False,
        close_after=timedelta(days=3),
        look_every=None,
        attach=True,
        stages=frozenset(Stage),
    )
    said = capabilities_json(can)
    assert (said["find"], said["reopen"]) == (True, False)
    assert (said["close_after"], said["look_every"]) == ("3d", None)
    assert said["stages"] == ["acknowledged", "escalated", "muted", "open"]
    assert said["lacks"] == ("never reopens: a fault that comes back gets a new ticket",)


def test_a_check_notes_in_one_line_what_a_desk_cannot_do(tmp_path: Path) -> None:
    ran = check(tmp_path, f"{SNOW}    attach: false\n    reopen: false\n")
    assert (ran.exit_code, ran.stderr) == (0, "")
    assert ran.stdout.splitlines()[1:] == [
        "note: snow: never reopens: a fault that comes back gets a new ticket; "
        "takes no files: attachments are left out"
    ]


def test_a_check_of_a_desk_that_lacks_nothing_notes_nothing(tmp_path: Path) -> None:
    ran = check(tmp_path, SNOW)
    assert (ran.exit_code, ran.stderr) == (0, "")
    assert "note" not in ran.stdout


def test_a_check_gives_machines_every_capability_of_every_desk(tmp_path: Path) -> None:
    both = SNOW + SNOW.replace("snow:", "other:") + "    reopen: false\n"
    said = json.loads(check(tmp_path, f"{both}default_backend: snow\n", "--json").stdout)
    assert said["notes"] == []
    assert set(said["capabilities"]) == {"snow", "other"}
    assert said["capabilities"]["snow"]["lacks"] == []
    assert said["capabilities"]["snow"]["cancel_within"] == "1m30s"
    assert said["capabilities"]["other"]["reopen"] is False
    assert len(said["capabilities"]["other"]["lacks"]) == 1


def test_every_lack_has_its_row_in_the_documentation() -> None:
    _, _, section = PAGE.read_text().partition("## What a desk cannot do")
    rows = [row.split("|") for row in section.partition("\n## ")[0].splitlines() if "|" in row]
    named = " ".join(row[1] for row in rows[2:])
    lacks = lacks_of(Capabilities(find=False, read=False, update=False, note=False, reopen=False))
    words = {lack.partition(":")[0] for lack in lacks}
    assert len(words) == 7
    assert {word for word in words if word not in named} == set()
