"""What every kind of source has in common in the configuration."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from marshmallow import fields
from marshmallow.types import ErrorMessages

from bridge.domain.alert import ActiveAlert
from bridge.domain.ports import Source
from bridge.sources.auth import AuthField
from bridge.yamlfile import Networks, Section

MISSING_AUTH: ErrorMessages = {
    "required": "is missing; say how the sender proves itself, or write `auth: none` "
    "to let anyone send"
}


class SourceSection(Section):
    """One entry of `sources:`; a source that needs more extends it."""

    type = fields.String(required=True)
    auth = AuthField(required=True, error_messages=MISSING_AUTH)
    allow = Networks(load_default=())  #: where the sender may be; anywhere when empty


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceType:
    """A wire format: what it is configured with, and how it is made from that."""

    name: str  #: the `type:` in the configuration
    schema: type[SourceSection]
    build: Callable[[str, Mapping[str, Any]], Source]  #: from the source's name and loaded section
    #: From a loaded section, whom to ask what is active; None where nobody can be asked.
    ask: Callable[[Mapping[str, Any]], "Asked | None"] = lambda _section: None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A sender that says which alerts are active, and how often it is asked."""

    active: Callable[[], Mapping[str, ActiveAlert]]  #: raises SenderUnavailable
    every: timedelta
    grace: timedelta  #: so long a sender may take to tell of a change in the usual way
    receiver: str  #: under this name the sender tells us; empty: nothing missing is taken in
