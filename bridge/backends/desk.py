"""What every kind of service desk is made of."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol

from bridge.backends.section import BackendSection
from bridge.backends.vocabulary import Vocabulary
from bridge.domain.ports import Backend


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How hard the bridge may press a desk."""

    concurrency: int = 8  #: calls at the same time
    per_second: float = 50.0  #: calls on average; a second's worth may come at once
    timeout: timedelta = timedelta(seconds=15)  #: for one call, answer included


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a desk says that it has, as far as it can tell."""

    words: Mapping[str, Collection[str]] = field(default_factory=dict)  #: by field of `set:`
    custom_fields: Collection[str] | None = None  #: by name; None: it cannot tell


class Desk(Backend, Protocol):
    """A backend, how much it may be asked at once, and its end."""

    def offered(self) -> Offer:
        """Ask the desk which words and custom fields it has; raise DeskError."""

    @property
    def limits(self) -> Limits:
        """How hard the bridge may press this desk."""

    def close(self) -> None:
        """Close the connections to the desk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackendType:
    """A kind of service desk: what it is configured with, and how it is made from that."""

    name: str  #: the `type:` in the configuration
    schema: type[BackendSection]
    vocabulary: Callable[[Mapping[str, Any]], Vocabulary]  #: of a loaded section
    #: from the backend's name, its loaded section and the name of this bridge
    build: Callable[[str, Mapping[str, Any], str], Desk]


def limits_of(section: Mapping[str, Any]) -> Limits:
    """Read the limits out of a loaded section."""
    return Limits(**section["limits"])
