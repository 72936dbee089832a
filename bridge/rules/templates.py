"""The templates of rules: what they can name, and the tables that they can ask."""

from collections.abc import Collection

from bridge.expressions import Compiler, environment
from bridge.rules.tables import Lookup

#: What every template can name, beside the tables.
NAMES = ("alert", "labels", "annotations", "values", "group", "links", "source")


def compiler_of(tables: Collection[str]) -> Compiler:
    """Make the compiler for one set of rules, which name its tables."""
    return Compiler([*NAMES, *tables], environment(callables=(Lookup,)))
