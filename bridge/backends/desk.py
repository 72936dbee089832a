"""What every kind of service desk is made of."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from bridge.backends.section import BackendSection
from bridge.domain.ports import Backend


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How hard the bridge may press a desk."""

    concurrency: int = 8  #: calls at the same time
    per_second: float = 50.0  #: calls on average; a second's worth may come at once
    timeout: timedelta = timedelta(seconds=15)  #: for one call, answer included


class Desk(Backend, Protocol):
    """A backend, how much it may be asked at once, and its end."""

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
    #: from the backend's name, its loaded section and the name of this bridge
    build: Callable[[str, Mapping[str, Any], str], Desk]


def limits_of(section: Mapping[str, Any]) -> Limits:
    """Read the limits out of a loaded section."""
    return Limits(**section["limits"])
