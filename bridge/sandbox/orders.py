"""What people and tests may tell a stand-in desk: faults, and changes by hand."""

from collections.abc import Collection, Mapping
from typing import Final

import orjson

from bridge.sandbox.book import TicketBook
from bridge.sandbox.faults import FaultPlan

_TEXTS: Final = frozenset(
    {
        "status", "subject", "description", "priority", "impact", "urgency", "assignee",
        "workgroup", "requester", "category", "location", "ci_key", "ci_value", "solution",
    }
)  # fmt: skip
_LISTS: Final = frozenset({"tags", "cc"})


class BadOrder(ValueError):
    """An order that makes no sense; the message says what would."""


def read_order(body: bytes) -> Mapping[str, object]:
    """Read a JSON object; BadOrder if it is none."""
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError as exc:
        message = "the body is not JSON; send an object"
        raise BadOrder(message) from exc
    if not isinstance(said, dict):
        message = "the body is not a JSON object; send one"
        raise BadOrder(message)
    return said


def order_faults(plan: FaultPlan, order: Mapping[str, object]) -> None:
    """Take `fail`, `times` and `latency`, each if given; BadOrder if one makes no sense."""
    _only(order, {"fail", "times", "latency"})
    fail, times, latency = order.get("fail"), order.get("times"), order.get("latency")
    if times is not None and ("fail" not in order or type(times) is not int or times < 1):
        message = "times is not a whole number from 1 on beside fail; leave it out for ever"
        raise BadOrder(message)
    if "latency" in order and not isinstance(latency, str):
        message = "latency is not a span of time; write it like 50ms"
        raise BadOrder(message)
    if "fail" in order and not _is_texts(fail):
        message = 'fail is not a list of faults; write it like ["500", "hang=0.1"]'
        raise BadOrder(message)
    try:
        plan.order(
            faults=fail if isinstance(fail, list) else None,
            times=times if isinstance(times, int) else None,
            latency=latency if isinstance(latency, str) else None,
        )
    except ValueError as exc:
        raise BadOrder(str(exc)) from exc


def change_by_hand(
    book: TicketBook,
    number: str,
    order: Mapping[str, object],
    vocabulary: Mapping[str, Collection[str]],
) -> None:
    """Change or delete a ticket as a person would; BadOrder if that makes no sense, else KeyError.

    Takes the record's fields, `note` for one note more, and `deleted`.
    """
    if order.get("deleted") is True:
        _only(order, {"deleted"})
        book.delete(number)
        return
    _only(order, _TEXTS | _LISTS | {"custom_fields", "note"})
    _check_by_hand(order, vocabulary)
    note = order.get("note")
    changes = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in order.items()
        if name != "note"
    }
    notes = () if note is None else (note,)
    book.change(
        number,
        lambda ticket: {
            **changes,
            "notes": (*ticket.notes, *notes),
            "custom_fields": {**ticket.custom_fields, **_fields(order)},
        },
        by="person",
    )


def _fields(order: Mapping[str, object]) -> Mapping[str, object]:
    fields = order.get("custom_fields", {})
    return fields if isinstance(fields, dict) else {}


def _check_by_hand(order: Mapping[str, object], vocabulary: Mapping[str, Collection[str]]) -> None:
    for name, value in order.items():
        if name in _LISTS:
            good, wanted = _is_texts(value), "a list of texts"
        elif name == "custom_fields":
            good, wanted = isinstance(value, dict), "an object of names and values"
        elif name in vocabulary:
            good, wanted = value in vocabulary[name], _one_of(vocabulary[name])
        else:
            good, wanted = isinstance(value, str), "a text"
        if not good:
            message = f"{name} {value!r} is not {wanted}"
            raise BadOrder(message)


def _one_of(words: Collection[str]) -> str:
    return "one of " + ", ".join(word or '""' for word in words)


def _only(order: Mapping[str, object], known: Collection[str]) -> None:
    unknown = sorted(set(order) - set(known))
    if unknown:
        message = f"{', '.join(unknown)}: no such key; there are {', '.join(sorted(known))}"
        raise BadOrder(message)


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)
