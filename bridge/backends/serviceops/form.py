"""The custom fields of a desk by name, out of the form that /api/v1/incident points to."""

import time
from collections import deque
from collections.abc import Callable, Mapping

import orjson

from bridge.backends.http import Call
from bridge.backends.serviceops.api import Api
from bridge.domain.errors import DeskLockedOut, TicketRefused

#: A name that the form lacks may have been added since; to ask at every ticket would be rude.
_ASK_AGAIN_SECONDS = 300.0
_NAMES = ("name", "label", "displayName", "fieldName", "title")


class Form:
    """Ids of custom fields; what was read once is kept."""

    def __init__(self, api: Api, clock: Callable[[], float] = time.monotonic) -> None:
        self._api = api
        self._clock = clock
        self._ids: Mapping[str, str] = {}
        self._asked_at = float("-inf")

    def id_of(self, name: str) -> str | None:
        """Give the id of a field; digits are one already. Raises DeskError."""
        if is_id(name):
            return name
        if _folded(name) not in self._ids and self._clock() - self._asked_at > _ASK_AGAIN_SECONDS:
            self._ids = self._read()
            self._asked_at = self._clock()
        return self._ids.get(_folded(name))

    def known_id_of(self, name: str) -> str:
        """Give the id as far as it is known without asking, else the name."""
        return self._ids.get(_folded(name), name)

    def _read(self) -> Mapping[str, str]:
        call = Call(
            operation="form", method="GET", path="/api/ususer/form/incident", repeatable=True
        )
        try:
            reply = self._api.send(call)
            return field_ids(orjson.loads(reply.body))
        except (DeskLockedOut, TicketRefused, orjson.JSONDecodeError):
            # A ticket without its custom fields is better than none; it says what it lacks.
            return self._ids


def field_ids(form: object) -> Mapping[str, str]:
    """Collect whatever in a form has an id and a name; its shape is documented nowhere.

    What stands higher wins: a field may list options, which have ids and names as well.
    """
    ids: dict[str, str] = {}
    queue = deque([form])
    while queue:
        node = queue.popleft()
        if isinstance(node, Mapping):
            _collect(node, ids)
            queue.extend(node.values())
        elif isinstance(node, list):
            queue.extend(node)
    return ids


def is_id(name: str) -> bool:
    """Say whether a custom field is named by its id."""
    return name.isascii() and name.isdigit()


def _collect(node: Mapping[str, object], ids: dict[str, str]) -> None:
    field_id = str(node.get("id", ""))
    if not is_id(field_id):
        return
    for key in _NAMES:
        name = node.get(key)
        if isinstance(name, str) and name:
            ids.setdefault(_folded(name), field_id)


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()
