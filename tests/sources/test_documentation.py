"""The examples of docs/senders.md, as a bridge would read them."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from bridge.sources import SOURCES

PAGE = (Path(__file__).parents[2] / "docs" / "senders.md").read_text("utf-8")
EXAMPLES = [
    yaml.safe_load(block) for block in re.findall(r"```yaml\n# bridge\.yaml\n(.*?)```", PAGE, re.S)
]
SECTIONS = [
    pytest.param(name, section, id=name)
    for example in EXAMPLES
    for name, section in example.get("sources", {}).items()
]


@pytest.mark.parametrize(("name", "section"), SECTIONS)
def test_every_source_that_is_shown_can_be_configured(name: str, section: dict[str, Any]) -> None:
    kind = SOURCES[section["type"]]
    assert kind.build(name, kind.schema().load(section)).name == name


@pytest.mark.parametrize("kind", SOURCES)
def test_every_kind_of_source_is_shown(kind: str) -> None:
    shown = {section["type"] for example in EXAMPLES for section in example["sources"].values()}
    assert kind in shown
