"""What differs between Jira Cloud and Jira Data Center."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bridge.backends.jira import adf, wiki
from bridge.backends.sendable import UNSENDABLE
from bridge.domain.json import JsonValue

#: Of a description or a comment, in characters, on both.
LONGEST_TEXT: Final = 32_767


@dataclass(frozen=True, slots=True, kw_only=True)
class Flavor:
    """One of the two products, in the words of its API."""

    name: str  #: in the configuration
    root: str  #: of its API
    search: str  #: below the root
    user_key: str  #: what a person is named by
    user_query: str  #: the parameter by which people are searched
    deployment: str  #: how it names itself in serverInfo
    write: Callable[[str, int], JsonValue]  #: a text of at most so many characters, as it is sent
    read: Callable[[JsonValue], str]

    @property
    def pages_by_token(self) -> bool:
        """Whether a search is continued by a token rather than by an offset."""
        return self.search.endswith("/jql")


def cut(text: str, longest: int) -> str:
    """Cut a text to so many characters."""
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"


def _as_document(text: str, longest: int) -> JsonValue:
    return adf.document(cut(UNSENDABLE.sub("", text), longest))


def _as_text(text: str, longest: int) -> JsonValue:
    return cut(wiki.inert(UNSENDABLE.sub("", text)), longest)


def _plain(value: JsonValue) -> str:
    return value if isinstance(value, str) else ""


CLOUD: Final = Flavor(
    name="cloud",
    root="/rest/api/3",
    search="/search/jql",
    user_key="accountId",
    user_query="query",
    deployment="Cloud",
    write=_as_document,
    read=adf.text_of,
)
DATACENTER: Final = Flavor(
    name="datacenter",
    root="/rest/api/2",
    search="/search",
    user_key="name",
    user_query="username",
    deployment="Server",
    write=_as_text,
    read=_plain,
)
FLAVORS: Final = {flavor.name: flavor for flavor in (CLOUD, DATACENTER)}
