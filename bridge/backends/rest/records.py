"""A described kind of service desk, compiled."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from bridge.backends.rest.body import Part
from bridge.backends.rest.reading import Reader
from bridge.backends.rest.request import Answers, Request
from bridge.domain.json import JsonValue
from bridge.expressions import Literal, Query, Template

Steps = Sequence[Request]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """A request about one found ticket that shows whether it carries the token."""

    request: Request
    token: Query | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A request whose answer shows tickets, each of them to be asked about once more or not."""

    request: Request
    items: Query | None
    verify: Verification | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Requests:
    """What a desk can be asked; what is not described, it cannot."""

    create: Steps
    read: Request | None = None
    lookup: Listing | None = None
    find: Listing | None = None
    update: Steps = ()
    note: Steps = ()
    resolve: Steps = ()
    close: Steps = ()
    cancel: Steps = ()
    reopen: Steps = ()
    move: Steps = ()
    attach: Steps = ()
    check: Request | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginCall:
    """A request that gives a token, and the header that shows it from then on."""

    request: Request
    needs: Sequence[str]  #: keys of `auth: {login: ...}`
    token: Query
    header: str
    value: Literal | Template
    expires_in: Query | None
    lifetime: timedelta | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Something that a backend has to say, or may say, for its description."""

    default: JsonValue = ""
    required: str = ""  #: what it is for, when nothing works without it
    secret: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyHeader:
    """The header that shows an API key."""

    header: str
    value: Literal | Template


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """A kind of service desk."""

    title: str
    url: str | None
    settings: Mapping[str, Setting]
    ways: Sequence[str]  #: into the desk
    key: KeyHeader | None
    login: LoginCall | None
    headers: Part
    answers: Answers
    texts: Mapping[str, int]
    words: Mapping[str, Mapping[str, str]]
    reader: Reader
    states_are_all: bool  #: a status that `states` does not name is none of the desk's
    stages: Mapping[str, str]
    fragments: Mapping[str, Part]
    requests: Requests
    names: frozenset[str]  #: of what filing and changing use
