"""What differs between the two APIs that this stand-in serves."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from bridge.sandbox.jira import adf
from bridge.sandbox.jira.refusals import BadRequest
from bridge.sandbox.jira.words import PEOPLE, Person

_NO_DOCUMENT: Final = (
    "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """One API: v3 as the cloud has it, v2 as Data Center has it."""

    version: str
    deployment: str
    user_key: str
    user_query: str
    rows: str  #: what a page of createmeta calls its rows, beside the cloud's own names
    read_text: Callable[[object], str]  #: a rich text as it is sent; BadRequest if it is none
    show_text: Callable[[str], object]

    @property
    def root(self) -> str:
        """The path that everything is below."""
        return f"/rest/api/{self.version}"

    @property
    def is_cloud(self) -> bool:
        """Whether this is the cloud's API."""
        return self.version == "3"

    def key_of(self, person: Person) -> str:
        """Give what this API names a person by."""
        return person.account_id if self.is_cloud else person.name

    def person(self, said: object) -> Person | None:
        """Give the person that a value names; None if it names nobody."""
        key = said.get(self.user_key) if isinstance(said, Mapping) else None
        return next((person for person in PEOPLE if self.key_of(person) == key), None)

    def show_person(self, shown: str) -> Mapping[str, object] | None:
        """Show a person of this name; one that a person made up has that for a key."""
        if not shown:
            return None
        person = next((person for person in PEOPLE if person.shown == shown), None)
        key = self.key_of(person) if person is not None else shown
        email = {"emailAddress": person.email} if person is not None else {}
        return {self.user_key: key, "displayName": shown, "active": True, **email}


def _document(said: object) -> str:
    if not isinstance(said, Mapping):
        raise BadRequest(_NO_DOCUMENT)
    return adf.text_in(said)


def _string(said: object) -> str:
    if not isinstance(said, str):
        raise BadRequest("Operation value must be a string")
    return said


CLOUD: Final = Dialect(
    version="3",
    deployment="Cloud",
    user_key="accountId",
    user_query="query",
    rows="",
    read_text=_document,
    show_text=adf.document_of,
)
DATACENTER: Final = Dialect(
    version="2",
    deployment="Server",
    user_key="name",
    user_query="username",
    rows="values",
    read_text=_string,
    show_text=lambda text: text,
)
