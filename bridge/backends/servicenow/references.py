"""The sys_ids of what people call by name: groups, users, configuration items, locations."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from bridge.backends.servicenow.api import Api, value_of
from bridge.backends.servicenow.query import equals, is_sys_id
from bridge.domain.errors import TicketRefused
from bridge.domain.spec import IncidentSpec

#: A name may be given to another record, or to a first one; to ask at every ticket would be rude.
_ASK_AGAIN_SECONDS: Final = 300.0


@dataclass(frozen=True, slots=True)
class Reference:
    """A record of another table, by what it is called there."""

    table: str
    column: str
    text: str


FindId = Callable[[Reference], str | None]  #: the sys_id, if the instance shows such a record


def references_in(spec: IncidentSpec) -> Mapping[str, tuple[str, Reference]]:
    """Give, by attribute, the column of a ticket and the record that it should refer to."""
    ci_column = spec.ci_key if not spec.ci_id else "sys_id"
    wanted = {
        "workgroup": ("assignment_group", Reference("sys_user_group", "name", spec.workgroup)),
        "engineer": ("assigned_to", _user(spec.engineer)),
        "requester": ("caller_id", _user(spec.requester)),
        "location": ("location", Reference("cmn_location", "name", spec.location)),
        "ci_value": ("cmdb_ci", Reference("cmdb_ci", ci_column, spec.ci_id or spec.ci_value)),
    }
    return {name: said for name, said in wanted.items() if said[1].text}


class References:
    """Looks names up, and remembers what came of it for a while."""

    def __init__(self, api: Api, clock: Callable[[], float] = time.monotonic) -> None:
        self._api = api
        self._clock = clock
        self._known: dict[Reference, tuple[float, str | None]] = {}

    def id_of(self, reference: Reference) -> str | None:
        """Give the sys_id of a record; None when the instance does not show it."""
        if is_sys_id(reference.text):
            return reference.text
        asked_at, known = self._known.get(reference, (None, None))
        if asked_at is None or self._clock() - asked_at > _ASK_AGAIN_SECONDS:
            known = self._find(reference)
            self._known[reference] = (self._clock(), known)
        return known

    def known_id_of(self, reference: Reference) -> str | None:
        """Give the sys_id as far as it is known without asking, else the name."""
        return self._known.get(reference, (0.0, reference.text))[1]

    def _find(self, reference: Reference) -> str | None:
        query = equals(reference.column, reference.text)
        if query is None:
            return None
        columns = ("sys_id", reference.column)
        try:
            rows = self._api.others(reference.table, query, 2, columns)
        except TicketRefused:
            # A ticket without its group is better than none; it says what it lacks.
            return None
        wanted = reference.text.strip().casefold()
        # A column that the table lacks is dropped from the query, and any row comes back.
        return next(
            (
                value_of(row, "sys_id")
                for row in rows
                if value_of(row, reference.column).casefold() == wanted
            ),
            None,
        )


def _user(text: str) -> Reference:
    return Reference("sys_user", "email" if "@" in text else "user_name", text)
