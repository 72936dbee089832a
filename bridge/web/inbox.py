"""The API to the webhook bodies as received."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, request
from marshmallow import RAISE, Schema, ValidationError, fields, post_load, validate
from werkzeug.exceptions import BadRequest, Conflict, NotFound

from bridge.domain.inbox import InboxEntry, InboxOutcome, InboxPage, InboxQuery
from bridge.domain.ports import Source
from bridge.domain.reading import InboxReader
from bridge.domain.receipt import Receipt
from bridge.web.admin import protect
from bridge.web.answers import json_answer
from bridge.web.auth import Guard
from bridge.web.schemas import LARGEST_PAGE, Moment, ReceiptSchema

#: Takes a kept body again; raises MalformedBody if it is still unusable.
Replay = Callable[[Source, InboxEntry], Receipt]


class InboxQuerySchema(Schema):
    """The parameters of a list of bodies."""

    class Meta:
        """A misspelt parameter would list everything and not say so."""

        unknown = RAISE

    source = fields.String(metadata={"description": "The source's name in the configuration."})
    outcome = fields.String(
        validate=validate.OneOf([outcome.value for outcome in InboxOutcome]),
        metadata={"description": "What became of it."},
    )
    cursor = fields.String(metadata={"description": "The `next` of the page before."})
    limit = fields.Integer(
        validate=validate.Range(1, LARGEST_PAGE),
        metadata={"description": "How many at most.", "default": InboxQuery().limit},
    )

    @post_load
    def _build(self, loaded: Mapping[str, Any], **_kwargs: object) -> InboxQuery:
        return InboxQuery(**loaded)


class KeptBodySchema(Schema):
    """A webhook body as received."""

    id = fields.String(metadata={"description": "The `receipt` of the webhook's answer."})
    source = fields.String()
    received_at = Moment()
    content_type = fields.String()
    size = fields.Integer(metadata={"description": "In bytes."})
    outcome = fields.Enum(InboxOutcome, by_value=True)
    reason = fields.String(metadata={"description": "Why it, or some of it, was rejected."})
    times_seen = fields.Integer()
    last_seen_at = Moment()


class InboxListSchema(Schema):
    """One page, the rejected ones first, then the newest."""

    bodies = fields.List(fields.Nested(KeptBodySchema))
    next = fields.String(allow_none=True, metadata={"description": "The next page's `cursor`."})


class Text(fields.String):
    """Bytes as text."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return super()._serialize(value.decode(errors="replace"), attr, obj, **kwargs)


class InboxEntrySchema(Schema):
    """A webhook body whole."""

    id = fields.String()
    source = fields.String()
    received_at = Moment()
    content_type = fields.String()
    outcome = fields.Enum(InboxOutcome, by_value=True)
    reason = fields.String()
    body = Text(
        metadata={"description": "As text; what is no UTF-8 is shown as U+FFFD."},
    )


class ReplaySchema(ReceiptSchema):
    """What taking a body again did."""

    stale = fields.Integer(
        metadata={"description": "Alerts left alone: something newer is known of them."}
    )


_LIST, _ENTRY, _REPLAY = InboxListSchema(), InboxEntrySchema(), ReplaySchema()


def blueprint(
    reader: InboxReader, sources: Mapping[str, Source], replay: Replay, guard: Guard | None
) -> Blueprint:
    """Serve the inbox to those the guard admits, or to anyone if there is none."""
    routes = Blueprint("inbox", __name__, url_prefix="/api/v1/inbox")
    protect(routes, guard)

    @routes.get("")
    def list_bodies() -> Response:
        return json_answer(_LIST.dump(inbox_page(reader, request.args.to_dict())))

    @routes.get("/<body_id>")
    def show_body(body_id: str) -> Response:
        return json_answer(_ENTRY.dump(find_body(reader, body_id)))

    @routes.post("/<body_id>/replay")
    def replay_body(body_id: str) -> Response:
        entry = find_body(reader, body_id)
        source = sources.get(entry.source)
        if source is None:
            raise Conflict(f"no source {entry.source} is configured any more; add it to sources:")
        receipt = replay(source, entry)
        return json_answer(_REPLAY.dump(replayed(receipt)), HTTPStatus.ACCEPTED)

    return routes


def inbox_page(reader: InboxReader, parameters: Mapping[str, str]) -> InboxPage:
    """List what the parameters ask for; BadRequest names each of them that is wrong."""
    try:
        query: InboxQuery = InboxQuerySchema().load(parameters)
    except ValidationError as exc:
        faults = [f"{name}: {' '.join(said)}" for name, said in exc.messages_dict.items()]
        raise BadRequest("; ".join(faults)) from exc
    try:
        return reader.inbox(query)
    except ValueError as exc:
        raise BadRequest("cursor: is not the `next` of a page") from exc


def replayed(receipt: Receipt) -> Mapping[str, object]:
    """Give a receipt under the names of the API."""
    return {
        "receipt": receipt.inbox_id,
        "accepted": receipt.accepted,
        "dropped": receipt.dropped,
        "rejected": receipt.rejected,
        "incidents": receipt.incidents,
        "stale": receipt.stale,
    }


def find_body(reader: InboxReader, body_id: str) -> InboxEntry:
    """Give one body whole; NotFound if there is none."""
    entry = reader.inbox_entry(body_id)
    if entry is None:
        raise NotFound("no such body; it may have been pruned; the inbox lists those there are")
    return entry
