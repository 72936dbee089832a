"""The bodies written for the tests, by source and name."""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent.parent / "payloads"


def payload(source: str, name: str) -> dict[str, Any]:
    """Give one body."""
    said: dict[str, Any] = json.loads((FOLDER / source / f"{name}.json").read_text("utf-8"))
    return said


def without(said: dict[str, Any], *keys: str) -> dict[str, Any]:
    """Give a body or an item of one without some of its keys."""
    return {key: value for key, value in said.items() if key not in keys}
