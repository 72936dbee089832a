"""An invented desk, described in YAML as a user would, before a server that answers as told."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any

import orjson
import yaml

from bridge.backends.rest.adapter import RestDesk
from bridge.backends.rest.section import RestSection
from tests.backends.raw_server import Received

#: As little as a description can be.
LEAST: Mapping[str, Any] = {
    "version": 1,
    "title": "Tickle",
    "ticket": {"id": "id"},
    "requests": {
        "create": {"path": "/tickets", "json": {"title": "{{ subject }}", "ref": "{{ token }}"}},
        "resolve": {"path": "/tickets/{{ ticket.id }}/close"},
    },
}
SET: Mapping[str, Any] = {"path": "/tickets/{{ ticket.id }}/state"}
#: All that it can do.
WHOLE: Mapping[str, Any] = {
    **LEAST,
    "settings": {"queue": "ops", "secret": {"default": "", "secret": True}},
    "ticket": {
        "id": "id",
        "number": "no",
        "status": "state",
        "token": "ref",
        "assignee": "who",
        "created_at": "at",
        "url": "{{ url }}/t/{{ ticket.number }}",
        "taken_over": ["state", "who"],
        "shown": {"subject": "title", "priority": "prio"},
    },
    "states": {"open": ["new", "doing"], "resolved": "done", "closed": "shut"},
    "fields": {
        "subject": {"title": "{{ subject }}"},
        "priority": {"prio": "{{ priority }}"},
        "CI_Value": {"host": "{{ CI_Key }}={{ CI_Value }}"},
    },
    "requests": {
        "create": {"path": "/tickets", "json": {"ref": "{{ token }}", "q": "{{ settings.queue }}"}},
        "read": {"path": "/tickets/{{ ticket.id }}"},
        "lookup": {"path": "/tickets", "query": {"no": "{{ number }}"}, "items": "body.rows"},
        "find": {"path": "/tickets", "query": {"ref": "{{ token }}"}, "items": "body.rows"},
        "update": {
            "path": "/tickets/{{ ticket.id }}",
            "method": "PATCH",
            "json": {"note?": "{{ note }}"},
        },
        "note": {"path": "/tickets/{{ ticket.id }}/notes", "json": {"text": "{{ note }}"}},
        "resolve": [
            {**SET, "when": "ticket.status == 'new'", "json": {"to": "doing"}},
            {**SET, "json": {"to": "done", "why?": "{{ note }}"}},
        ],
        "close": {**SET, "json": {"to": "shut"}},
        "reopen": {**SET, "json": {"to": "doing"}},
        "move": {**SET, "json": {"to": "{{ status }}", "stage": "{{ stage }}"}},
        "attach": {
            "path": "/tickets/{{ ticket.id }}/files",
            "multipart": {"kind": "log"},
            "files": [{"part": "file", "name": "{{ name }}", "content": "{{ text }}"}],
        },
    },
}  # fmt: skip
TICKET: Mapping[str, Any] = {
    "id": 7,
    "no": "T-7",
    "state": "new",
    "ref": "IB-eu-0123456789AB",
    "who": None,
    "at": "2026-01-05T12:00:00Z",
    "title": "Disk full",
    "prio": "P1",
}


def described(base: Mapping[str, Any] = LEAST, **changes: object) -> dict[str, Any]:
    """Change a description: `requests__create__path=...` reaches inside; None removes."""
    said = deepcopy(dict(base))
    for place, value in changes.items():
        *way, last = place.split("__")
        inner = said
        for step in way:
            inner = inner.setdefault(step, {})
        if value is None:
            inner.pop(last, None)
        else:
            inner[last] = value
    return said


def write(folder: Path, said: Mapping[str, Any] | str, name: str = "tickle.yaml") -> Path:
    """Write a description as a file."""
    file = folder / name
    file.write_text(said if isinstance(said, str) else yaml.safe_dump(said, sort_keys=False))
    return file


def section(
    folder: Path, url: str | None, said: Mapping[str, Any], **more: object
) -> Mapping[str, Any]:
    """Load a backend that uses a description, as bridge.yaml would have it."""
    write(folder, said)
    least = {
        "type": "rest",
        **({"url": url} if url is not None else {}),
        "description": "./tickle.yaml",
        "auth": {"bearer": "tickle-token"},
    }
    loaded: Mapping[str, Any] = RestSection(folder=folder).load({**least, **more})
    return loaded


@contextmanager
def desk_at(
    folder: Path, url: str, said: Mapping[str, Any] = WHOLE, **more: object
) -> Iterator[RestDesk]:
    """Make a described desk for the length of a block."""
    desk = RestDesk("desk", section(folder, url, said, **more), "eu")
    try:
        yield desk
    finally:
        desk.close()


def told(received: Received) -> Any:
    """Read the JSON of a request."""
    return orjson.loads(received.body) if received.body else None
