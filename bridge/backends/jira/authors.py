"""Whose doing it is that an issue shows something else than the bridge knows of.

A call may work although its answer is lost, and a way through the workflow may break off halfway:
what the bridge did then is not to be taken for a person's.
"""

from collections.abc import Collection, Iterator, Mapping

from bridge.backends.jira.api import Api
from bridge.backends.jira.fields import Fields
from bridge.domain.json import JsonObject, JsonValue


class Authors:
    """Reads the history of issues."""

    def __init__(self, api: Api, fields: Fields) -> None:
        self._api = api
        self._fields = fields
        self._me = ""

    def own(self, id_: str) -> Collection[str]:
        """Name the fields of an issue, by their ids, that this account was the last to change."""
        histories = self._api.history(id_)
        latest: dict[str, str] = {}
        # Cloud gives the newest first, Data Center the oldest.
        for history in sorted(histories, key=_age):
            author = self._key(history.get("author"))
            latest |= dict.fromkeys(self._changed_in(history), author)
        me = self._myself() if latest else ""
        return frozenset(field for field, author in latest.items() if author == me)

    def _changed_in(self, history: JsonObject) -> Iterator[str]:
        items = history.get("items")
        for item in items if isinstance(items, list) else []:
            if isinstance(item, Mapping):
                yield str(item.get("fieldId") or self._id_of(item))

    def _id_of(self, item: JsonObject) -> str:
        """Give the id of a field that Data Center calls by its name."""
        name = str(item.get("field") or "")
        if item.get("fieldtype") != "custom":
            return {"Component": "components"}.get(name, name)
        field = self._fields.find(name)
        return field.id if field is not None else name

    def _myself(self) -> str:
        if not self._me:
            self._me = self._key(self._api.ask("look-up of this account", "/myself").object())
        return self._me

    def _key(self, person: JsonValue) -> str:
        key = self._api.flavor.user_key
        return str(person.get(key) or "") if isinstance(person, Mapping) else ""


def _age(history: JsonObject) -> tuple[str, int]:
    number = str(history.get("id") or "")
    return str(history.get("created") or ""), int(number) if number.isdecimal() else 0
