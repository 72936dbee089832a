"""The custom fields of a desk by name, out of the form that /api/v1/incident points to."""

import time
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping

import orjson

from bridge.backends.http import Call
from bridge.backends.serviceops.api import Api
from bridge.domain.errors import DeskLockedOut, TicketRefused

#: A name that the form lacks may have been added since; to ask at every ticket would be rude.
_ASK_AGAIN_SECONDS = 300.0
_NAMES = ("name", "label", "displayName", "fieldName", "title")


class Form:
    """Ids of custom fields; what was read once is kept."""

    def __init__(
        self, api: Api, module: str = "incident", clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._api = api
        self._module = module
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

    def names(self) -> Collection[str] | None:
        """Ask for the names of all fields; None: the form says none, or may not be read."""
        return dict.fromkeys(name for _, name in _named(self._ask())) or None

    def _read(self) -> Mapping[str, str]:
        form = self._ask()
        # A ticket without its custom fields is better than none; it says what it lacks.
        return field_ids(form) if form is not None else self._ids

    def _ask(self) -> object:
        """Give the form; None where it may not be read."""
        path = f"/api/ususer/form/{self._module}"
        try:
            reply = self._api.send(Call(operation="form", method="GET", path=path, repeatable=True))
            form: object = orjson.loads(reply.body)
        except (DeskLockedOut, TicketRefused, orjson.JSONDecodeError):
            return None
        return form


def field_ids(form: object) -> Mapping[str, str]:
    """Give the id of every field by its name."""
    ids: dict[str, str] = {}
    for field_id, name in _named(form):
        ids.setdefault(_folded(name), field_id)
    return ids


def _named(form: object) -> Iterator[tuple[str, str]]:
    """Collect whatever in a form has an id and a name; its shape is documented nowhere.

    What stands higher comes first: a field may list options, which have ids and names as well.
    """
    queue = deque([form])
    while queue:
        node = queue.popleft()
        if isinstance(node, Mapping):
            yield from _names_of(node)
            queue.extend(node.values())
        elif isinstance(node, list):
            queue.extend(node)


def is_id(name: str) -> bool:
    """Say whether a custom field is named by its id."""
    return name.isascii() and name.isdigit()


def _names_of(node: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    field_id = str(node.get("id", ""))
    if is_id(field_id):
        yield from ((field_id, name) for key in _NAMES if isinstance(name := node.get(key), str))


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()
