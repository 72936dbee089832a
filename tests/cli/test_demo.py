"""The demo says what did not end as it should: its exit code depends on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from bridge.cli.demo.command import problems_of

RESOLVED = {"phase": "resolved", "spec": {"subject": "DiskFull on db1"}}


@dataclass
class FakeStage:
    listed: Sequence[Mapping[str, Any]]
    refused: Sequence[str] = field(default_factory=list)

    def incidents(self) -> Sequence[Mapping[str, Any]]:
        return self.listed

    def refusals(self) -> Sequence[str]:
        return self.refused


@pytest.mark.parametrize(
    ("stage", "problems"),
    [
        (FakeStage([RESOLVED]), []),
        (FakeStage([]), ["no incident was opened"]),
        (FakeStage([RESOLVED, {**RESOLVED, "phase": "parked"}]), ["DiskFull on db1: parked"]),
        (FakeStage([RESOLVED], ["summit: no"]), ["refused by summit: no"]),
    ],
)
def test_whatever_did_not_end_as_it_should_is_said(stage: FakeStage, problems: list[str]) -> None:
    assert problems_of(stage) == problems
