"""The recorded webhook bodies, and one to change."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PAYLOADS = Path(__file__).parent.parent / "payloads" / "alertmanager"


def recorded() -> Iterator[tuple[str, dict[str, Any]]]:
    """Give every recorded body with the name of its file."""
    for file in sorted(PAYLOADS.glob("*.json")):
        held = json.loads(file.read_text(encoding="utf-8"))
        match held:
            case list():
                for delivery in held:
                    yield f"{file.stem}@{delivery['t']}", delivery["body"]
            case {"raw": str(raw)} if raw:
                yield file.stem, json.loads(raw)
            case {"alerts": list()}:
                yield file.stem, held
            case _:
                pass


def body(name: str) -> dict[str, Any]:
    """Give one recorded body by its file's name."""
    return dict(recorded())[name]


def an_alert(**changes: Any) -> dict[str, Any]:
    """Give a valid alert of a body, with keys changed; None stays in as null."""
    alert = {
        "status": "firing",
        "labels": {"alertname": "DiskFull", "instance": "db1:9100"},
        "annotations": {"summary": "Disk full"},
        "startsAt": "2026-01-05T12:00:00Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://prom.example/graph",
        "fingerprint": "00000000000000aa",
    }
    return {**alert, **changes}
