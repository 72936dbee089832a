"""JMESPath expressions: compiled when the configuration is read, harmless on any body."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.functions import Functions

from bridge.domain.json import JsonValue


@dataclass(frozen=True, slots=True)
class Query:
    """One path into a body."""

    text: str
    _compiled: Any = field(repr=False, compare=False)

    def find(self, value: JsonValue) -> JsonValue:
        """Give what stands there; None where nothing does, or not what the path can work on."""
        try:
            found: JsonValue = self._compiled.search(value)
        except (
            JMESPathError,
            ArithmeticError,
            AttributeError,
            RecursionError,
            TypeError,
            ValueError,
        ):
            return None
        return found


def compile_query(text: str) -> Query:
    """Compile a path; raise ValueError with what is wrong with it."""
    try:
        return _compiled(text)
    except RecursionError as exc:
        message = f"{text[:40]!r}… is nested too deeply; write it shorter"
        raise ValueError(message) from exc


def _compiled(text: str) -> Query:
    try:
        compiled = jmespath.compile(text)
    except JMESPathError as exc:
        reason = " ".join(str(exc).split())[:120]
        message = f"{text!r} is no JMESPath expression ({reason}); see https://jmespath.org"
        raise ValueError(message) from exc
    for node in _nodes(compiled.parsed):
        _check_function(node)
        _check_not(node)
    return Query(text, compiled)


def _nodes(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield node
    for child in node.get("children", ()):
        if isinstance(child, Mapping):
            yield from _nodes(child)


def _check_function(node: Mapping[str, Any]) -> None:
    """Find at load what JMESPath itself would find with the first alert."""
    if node["type"] != "function_expression":
        return
    name, given = node["value"], len(node["children"])
    known = Functions.FUNCTION_TABLE.get(name)
    if known is None:
        message = f"unknown function {name!r}; known are {', '.join(Functions.FUNCTION_TABLE)}"
        raise ValueError(message)
    wanted = known["signature"]
    is_variadic = bool(wanted) and bool(wanted[-1].get("variadic"))
    if given < len(wanted) or (given > len(wanted) and not is_variadic):
        message = f"{name}() has {given} arguments; give it {len(wanted)}"
        raise ValueError(message)


def _check_not(node: Mapping[str, Any]) -> None:
    """Refuse `!a.b`, which is read as a part of `!a`, and so never true."""
    children = [child for child in node.get("children", ()) if isinstance(child, Mapping)]
    if node["type"] == "subexpression" and children[0]["type"] == "not_expression":
        raise ValueError("`!a.b` is read as `(!a).b`, which is never true; write !(a.b)")
