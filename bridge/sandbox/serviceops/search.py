"""ServiceOps' search by qualification: which tickets a body means.

The shape is that of docs.motadata.com's search for changes and of public clients; the keys that
are attested for requests are few, so only subject, name (the number) and tags can be searched here.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from werkzeug.datastructures import MultiDict

from bridge.sandbox.refusal import Refused
from bridge.sandbox.serviceops.values import Body
from bridge.sandbox.ticket import SandboxTicket

_Test = Callable[[SandboxTicket], bool]
#: How a ticket's text or tags compare with a value.
_OPERATORS: Final[Mapping[tuple[str, str], Callable[[SandboxTicket, str], bool]]] = {
    ("request.subject", "contains"): lambda t, value: value.lower() in t.subject.lower(),
    ("request.subject", "equal"): lambda t, value: value == t.subject,
    ("request.name", "equal"): lambda t, value: value == t.number,
    ("request.tags", "contains"): lambda t, value: any(value in tag for tag in t.tags),
    ("request.tags", "equal"): lambda t, value: value in t.tags,
    ("request.tags", "in"): lambda t, value: value in t.tags,
}
_SORTS: Final = ("createdTime", "-createdTime")


def search(
    tickets: Sequence[SandboxTicket], said: Body, args: MultiDict[str, str]
) -> tuple[Sequence[SandboxTicket], int]:
    """Give one page of what is found and how much there is; Refused if the question is wrong."""
    tests = _tests(said)
    found = [ticket for ticket in tickets if all(test(ticket) for test in tests)]
    sort = args.get("sort_by", "createdTime")
    if sort not in _SORTS:
        raise Refused(f"sort_by {sort} is unknown; there are {', '.join(_SORTS)}")
    if sort.startswith("-"):
        found.reverse()
    offset, size = _number(args, "offset", 0, least=0), _number(args, "size", 25, least=1)
    return found[offset : offset + size], len(found)


def _number(args: MultiDict[str, str], key: str, default: int, *, least: int) -> int:
    try:
        value = int(args.get(key, default))
    except ValueError:
        value = -1
    if value < least:
        raise Refused(f"{key} is not a whole number from {least} on")
    return value


def _tests(said: Body) -> Sequence[_Test]:
    if not said:
        return ()
    details = _object(said.get("qualDetails"), "qualDetails", "FlatQualificationRest")
    quals = details.get("quals")
    if not isinstance(quals, list):
        raise Refused("quals is not a list")
    return [_test(qual) for qual in quals]


def _test(qual: object) -> _Test:
    said = _object(qual, "a qual", "RelationalQualificationRest")
    left = _object(said.get("leftOperand"), "leftOperand", "PropertyOperandRest")
    right = _object(said.get("rightOperand"), "rightOperand", "ValueOperandRest")
    compare = _OPERATORS.get((str(left.get("key")), str(said.get("operator"))))
    if compare is None:
        raise Refused(f"{left.get('key')} {said.get('operator')} cannot be searched")
    values = _values(right.get("value"), is_list=said.get("operator") == "in")
    return lambda ticket: any(compare(ticket, value) for value in values)


def _values(said: object, *, is_list: bool) -> Sequence[str]:
    wanted = "ListStringValueRest" if is_list else "StringValueRest"
    value = _object(said, "value", wanted).get("value")
    values = value if is_list and isinstance(value, list) else [value]
    found = [item for item in values if isinstance(item, str) and item]
    if len(found) < len(values):
        raise Refused("value is not text")
    return found


def _object(value: object, key: str, kind: str) -> Body:
    if not isinstance(value, dict) or value.get("type") != kind:
        raise Refused(f"{key} is not an object of type {kind}")
    return value
