"""People at a Jira: Cloud names them by account ids, which are looked up, Data Center by names."""

import re
import time
from collections.abc import Callable
from typing import Final

from bridge.backends.jira.answers import rows_of
from bridge.backends.jira.api import Api
from bridge.domain.errors import TicketRefused
from bridge.domain.json import JsonObject

#: Somebody may join, or be given a right; to ask at every ticket would be rude.
_ASK_AGAIN_SECONDS: Final = 300.0
#: 24 hexadecimal digits, or a number and a UUID.
_ACCOUNT_ID: Final = re.compile(r"(?:[0-9]+:)?[0-9a-f][0-9a-f-]{22,40}")


class People:
    """Looks people up by e-mail address or name, and remembers what came of it for a while."""

    def __init__(self, api: Api, clock: Callable[[], float] = time.monotonic) -> None:
        self._api = api
        self._clock = clock
        self._known: dict[str, tuple[float, str | None]] = {}

    def find(self, text: str) -> str | None:
        """Give what Jira names a person by; None if it shows nobody of that address or name."""
        if self._is_key(text):
            return text
        asked_at, known = self._known.get(text, (None, None))
        if asked_at is None or self._clock() - asked_at > _ASK_AGAIN_SECONDS:
            known = self._ask(text)
            self._known[text] = (self._clock(), known)
        return known

    def known(self, text: str) -> str | None:
        """Give what is known of a person without asking, else what they are called."""
        return self._known.get(text, (0.0, text))[1]

    def _is_key(self, text: str) -> bool:
        if self._api.flavor.user_key == "name":
            return "@" not in text
        return _ACCOUNT_ID.fullmatch(text) is not None

    def _ask(self, text: str) -> str | None:
        query = {self._api.flavor.user_query: text, "maxResults": "10"}
        try:
            rows = rows_of(self._api.ask("look-up of a person", "/user/search", query))
        except TicketRefused:
            # A ticket without its assignee is better than none; it says whom it lacks.
            return None
        key = self._api.flavor.user_key
        active = [row for row in rows if row.get("active") is not False and row.get(key)]
        sure = [row for row in active if _is_called(row, text)]
        # Who hides their address is found by it all the same, and then alone.
        hidden = [row for row in active if not row.get("emailAddress")]
        found = sure or (hidden if len(active) == 1 and "@" in text else [])
        return str(found[0][key]) if len(found) == 1 else None


def _is_called(row: JsonObject, text: str) -> bool:
    wanted = text.strip().casefold()
    return wanted in {
        str(row.get(key) or "").casefold() for key in ("emailAddress", "displayName", "name")
    }
