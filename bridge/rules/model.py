"""Rules as compiled: what an alert is held against."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bridge.expressions import Condition
from bridge.rules.keys import Key
from bridge.rules.matchers import Match
from bridge.rules.memo import Reads
from bridge.rules.tables import Table
from bridge.rules.values import Value
from bridge.yamlfile import Place

#: ("subject",), ("CustomFields", "Event ID"), ("raw", "summit", "DiagnosticDtls"): what is set.
Path = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One field that a rule or the defaults set."""

    path: Path
    value: Value
    rule: str
    place: Place
    name: str  #: the path as people write it
    target: Path  #: the path by attributes of IncidentSpec
    location: str  #: the place, as it is told
    reads: Reads | None  #: what alone makes a difference to the value; None: anything may


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """What `defaults:` and a rule have in common."""

    name: str  #: the rule's id, or "defaults"
    place: Place
    settings: Sequence[Setting] = ()
    key: Key | None = None
    key_place: Place | None = None
    policies: Mapping[str, Any] = field(default_factory=dict)  #: fields of Policy that it sets


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(Behaviour):
    """One rule."""

    match: Match
    when: Condition | None = None
    when_place: Place | None = None
    when_reads: Reads | None = None  #: as a setting's
    drop: str | None = None
    is_final: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """All rules of all files, in order, compiled."""

    defaults: Sequence[Behaviour]
    rules: Sequence[Rule]
    tables: Sequence[Table]
    backends: frozenset[str] | None  #: None: any name is a backend
    default_backend: str
    drops_unmatched: bool
    version: str
