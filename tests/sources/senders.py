"""Every sender there is, source types and presets alike, with the bodies written for it.

A new one is found by itself: a type through the registry and `tests/payloads/<type>/`, a preset
through its file and `tests/payloads/presets/<name>/`.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from bridge.domain.alert import ParsedBody
from bridge.domain.errors import MalformedBody
from bridge.domain.ports import Source
from bridge.sources import SOURCES
from bridge.sources.generic import list_presets
from bridge.sources.generic.section import preset_source
from tests.builders import T0

PAYLOADS = Path(__file__).parent.parent / "payloads"
NOWHERE = Path("/nonexistent")
FORM = "application/x-www-form-urlencoded"

BATCH: Mapping[str, Any] = {
    "type": "generic",
    "items": "alerts[]",
    "map": {
        "identity": ["host", "check"],
        "status": "state",
        "title": "summary",
        "severity": "level",
        "starts_at": "since",
        "ends_at": "since",
    },
    "status": {"firing": ["down", "critical"], "resolved": ["up", "ok"]},
    "labels": {"host": "host", "check": "check"},
    "links": {"check": "url"},
    "values": {"used": "used"},
    "group": {"site": "site"},
    "auth": "none",
}

#: What the types that need configuration are configured with here.
_SECTIONS: Mapping[str, Mapping[str, Any]] = {"generic": BATCH}


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """One request's body."""

    name: str
    content_type: str
    content: bytes

    @property
    def said(self) -> Any:
        """What it says, whatever it is wrapped in."""
        if self.content_type == FORM:
            return dict(parse_qsl(self.content.decode(), keep_blank_values=True))
        return json.loads(self.content)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """A source type or a preset."""

    name: str
    source: Source = field(repr=False)
    says_resolved: bool
    bodies: tuple[Body, ...] = field(repr=False)

    def parse(self, body: Body) -> ParsedBody:
        return self.source.parse(body.content, body.content_type, T0)

    def parsed(self) -> Iterator[tuple[Body, ParsedBody]]:
        """Give what its bodies say; those that are no alerts at all say nothing."""
        for body in self.bodies:
            try:
                yield body, self.parse(body)
            except MalformedBody:
                continue


@cache
def senders() -> tuple[Sender, ...]:
    types = (
        Sender(name=name, source=_built(name), says_resolved=True, bodies=_bodies(PAYLOADS / name))
        for name in SOURCES
    )
    presets = (
        Sender(
            name=preset.name,
            source=preset_source(preset, preset.name, NOWHERE),
            says_resolved=preset.says_resolved,
            bodies=_bodies(PAYLOADS / "presets" / preset.name),
        )
        for preset in list_presets(NOWHERE)
    )
    return (*types, *presets)


def sender(name: str) -> Sender:
    return next(each for each in senders() if each.name == name)


def generic(**changes: Any) -> Source:
    """Make a generic source like the documented one, with keys changed; None removes one."""
    section = {key: value for key, value in {**BATCH, **changes}.items() if value is not None}
    kind = SOURCES["generic"]
    return kind.build("batch", kind.schema().load(section))


def _built(name: str) -> Source:
    kind = SOURCES[name]
    section = _SECTIONS.get(name)
    return kind.build(name, kind.schema().load(section) if section else {})


def _bodies(folder: Path) -> tuple[Body, ...]:
    found = (body for file in sorted(folder.glob("*")) for body in _bodies_of(file))
    return tuple(found)


def _bodies_of(file: Path) -> Iterator[Body]:
    match file.suffix:
        case ".json":
            for number, content in enumerate(_recorded(file)):
                yield Body(
                    name=f"{file.stem}@{number}", content_type="application/json", content=content
                )
        case ".txt":
            yield _body(file, "text/plain; charset=UTF-8")
        case ".form":
            yield _body(file, FORM)
        case ".multipart":
            boundary = file.read_bytes().split(b"\r\n", 1)[0].removeprefix(b"--").decode()
            yield _body(file, f"multipart/form-data; boundary={boundary}")
        case _:
            return


def _body(file: Path, content_type: str) -> Body:
    return Body(name=file.name, content_type=content_type, content=file.read_bytes())


def _recorded(file: Path) -> Iterator[bytes]:
    """Give the body of a file, or those of the requests recorded in it."""
    held = json.loads(file.read_text(encoding="utf-8"))
    match held:
        case list():
            for delivery in held:
                yield json.dumps(delivery["body"]).encode()
        case {"req": _, "raw": str(raw)}:
            if raw:
                yield raw.encode()
        case _:
            yield file.read_bytes()
