"""What the API takes and gives; the OpenAPI document is generated from these."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from marshmallow import RAISE, Schema, fields, post_load, pre_dump, validate

from bridge.domain.alert import AlertStatus, Handling
from bridge.domain.errors import ErrorKind
from bridge.domain.incident import DesiredState, Phase
from bridge.domain.reading import IncidentQuery, ListedIncident
from bridge.domain.receipt import Action

LARGEST_PAGE = 200
LONGEST_WORD = 1000


def _in_utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


class Moment(fields.DateTime):
    """A point in time in UTC, as RFC 3339 writes it."""

    SERIALIZATION_FUNCS = {**fields.DateTime.SERIALIZATION_FUNCS, "iso": _in_utc}  # noqa: RUF012  # marshmallow's


class Names(fields.List[Any]):
    """Names, in alphabetical order."""

    def __init__(self, **options: Any) -> None:
        super().__init__(fields.String(), **options)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> list[Any] | None:
        return super()._serialize(sorted(value), attr, obj, **kwargs)


class _Word(fields.String):
    def __init__(self, says: str) -> None:
        length = validate.Length(min=1, max=LONGEST_WORD)
        super().__init__(validate=length, metadata={"description": says})


class IncidentQuerySchema(Schema):
    """The parameters of a list of incidents."""

    class Meta:
        """A misspelt parameter would list everything and not say so."""

        unknown = RAISE

    state = fields.String(
        validate=validate.OneOf([state.value for state in DesiredState]),
        metadata={"description": "What the alerts want."},
    )
    backend = _Word("The service desk's name in the configuration.")
    key = _Word("What makes it the same fault.")
    rule = _Word("The last rule that applied.")
    parked = fields.Boolean(metadata={"description": "Only those that wait for a person."})
    q = _Word("Part of the subject, the key, the token or the ticket's number.")
    cursor = _Word("The `next` of the page before.")
    limit = fields.Integer(
        validate=validate.Range(1, LARGEST_PAGE),
        metadata={"description": "How many at most.", "default": IncidentQuery().limit},
    )

    @post_load
    def _build(self, loaded: Mapping[str, Any], **_kwargs: object) -> IncidentQuery:
        return IncidentQuery(**loaded)


class TicketSchema(Schema):
    """The ticket as last seen at its service desk."""

    number = fields.String(metadata={"description": "What people call it."})
    id = fields.String(metadata={"description": "What the desk's API wants."})
    url = fields.String(allow_none=True)
    status = fields.String(metadata={"description": "The desk's own word."})
    assignee = fields.String(allow_none=True)
    taken_over = fields.Boolean(
        metadata={"description": "A person works on it, or moved it elsewhere."}
    )
    theirs = Names(
        metadata={"description": "Fields in which a person wrote over what the bridge had."},
    )


class LastErrorSchema(Schema):
    """The latest failure to reach the desk."""

    kind = fields.Enum(ErrorKind, by_value=True)
    message = fields.String()
    at = Moment()


class MemberCountsSchema(Schema):
    """How many of the incident's alerts fire, and how many have cleared."""

    firing = fields.Integer()
    resolved = fields.Integer()


class _IncidentFields(Schema):
    id = fields.String()
    key = fields.String()
    episode = fields.Integer()
    token = fields.String(metadata={"description": "What the ticket carries."})
    backend = fields.String()
    state = fields.Enum(DesiredState, by_value=True)
    phase = fields.Enum(Phase, by_value=True)
    handling = fields.Enum(
        Handling, by_value=True, metadata={"description": "Who looks after it, its senders say."}
    )
    ticket = fields.Nested(TicketSchema, allow_none=True)
    spec = fields.Dict(metadata={"description": "What the ticket should say."})
    rule = fields.String(allow_none=True)
    source = fields.String()
    alerts = fields.Nested(MemberCountsSchema)
    attempts = fields.Integer(metadata={"description": "Failed deliveries in a row."})
    due_at = Moment(allow_none=True)
    last_error = fields.Nested(LastErrorSchema, allow_none=True)
    parked_reason = fields.String(allow_none=True)
    edits = fields.Dict(metadata={"description": "What a person wrote over the rules' words."})
    overflow = fields.String(
        allow_none=True,
        metadata={"description": "The incident whose ticket lists this one: a budget was spent."},
    )
    opened_at = Moment()
    cleared_at = Moment(allow_none=True)
    resolved_at = Moment(allow_none=True)
    updated_at = Moment()


class IncidentSchema(_IncidentFields):
    """One episode of one fault at one service desk; dumps a ListedIncident."""

    @pre_dump
    def _flatten(self, listed: ListedIncident, **_kwargs: object) -> dict[str, object]:
        return _flat(listed)


def _flat(listed: ListedIncident) -> dict[str, object]:
    incident = listed.incident
    desired, observed = incident.desired, incident.observed
    return {
        "id": incident.id,
        "key": incident.key,
        "episode": incident.episode,
        "token": incident.token,
        "backend": incident.backend,
        "state": desired.state,
        "phase": incident.phase,
        "handling": desired.handling,
        "ticket": observed.ticket,
        "spec": desired.spec.as_json(),
        "rule": incident.rule,
        "source": incident.source,
        "alerts": listed,
        "attempts": observed.attempts,
        "due_at": incident.due_at,
        "last_error": observed.last_error,
        "parked_reason": observed.parked_reason if incident.is_parked else None,
        "edits": incident.edits,
        "overflow": incident.overflow_id,
        "opened_at": incident.opened_at,
        "cleared_at": None if desired.is_open else desired.since,
        "resolved_at": observed.resolved_at,
        "updated_at": incident.updated_at,
    }


class TimelineEntrySchema(Schema):
    """Something that happened to the incident, and because of what."""

    at = Moment()
    what = fields.String()
    because = fields.String()
    detail = fields.Dict()


class MemberSchema(Schema):
    """An alert of the incident, as last heard of."""

    source = fields.String()
    fingerprint = fields.String()
    status = fields.Enum(AlertStatus, by_value=True)
    handling = fields.Enum(Handling, by_value=True)
    title = fields.String()
    labels = fields.Dict(keys=fields.String(), values=fields.String())
    rule = fields.String(allow_none=True)
    starts_at = Moment()
    ends_at = Moment(allow_none=True)
    seen_at = Moment()
    resolved_at = Moment(allow_none=True)


class IncidentDetailSchema(_IncidentFields):
    """An incident with its timeline and members; dumps them as `listed`, `timeline`, `members`."""

    timeline = fields.List(fields.Nested(TimelineEntrySchema))
    members = fields.List(fields.Nested(MemberSchema))

    @pre_dump
    def _flatten(self, detail: Mapping[str, Any], **_kwargs: object) -> dict[str, object]:
        flat = _flat(detail["listed"])
        return {**flat, "timeline": detail["timeline"], "members": detail["members"]}


class IncidentListSchema(Schema):
    """One page, newest first."""

    incidents = fields.List(fields.Nested(IncidentSchema))
    next = fields.String(allow_none=True, metadata={"description": "The next page's `cursor`."})


class RejectedSchema(Schema):
    """An item of the body that is not an alert."""

    index = fields.Integer()
    error = fields.String()


class TouchedSchema(Schema):
    """An incident that the body concerned."""

    id = fields.String(allow_none=True)
    key = fields.String(allow_none=True)
    action = fields.Enum(Action, by_value=True)
    rule = fields.String(allow_none=True)


class ReceiptSchema(Schema):
    """The answer to a webhook, given once it is stored."""

    receipt = fields.String(metadata={"description": "Where the body is in the inbox."})
    accepted = fields.Integer()
    dropped = fields.Integer()
    rejected = fields.List(fields.Nested(RejectedSchema))
    incidents = fields.List(fields.Nested(TouchedSchema))


class EventProcessedSchema(Schema):
    """The answer to an event, given once it is stored."""

    status = fields.String()
    message = fields.String()
    dedup_key = fields.String(metadata={"description": "What to resolve it by."})


class HealthSchema(Schema):
    """The process runs."""

    status = fields.String()
    version = fields.String()


class CheckSchema(Schema):
    """One thing that has to hold, and what to do when it does not."""

    name = fields.String()
    ok = fields.Boolean()
    detail = fields.String()


class ReadinessSchema(Schema):
    """Whether traffic should come."""

    status = fields.String()
    checks = fields.List(fields.Nested(CheckSchema))


class ProblemSchema(Schema):
    """RFC 9457; `detail` says what to do."""

    type = fields.String()
    title = fields.String()
    status = fields.Integer()
    detail = fields.String()


class AnyJsonSchema(Schema):
    """A body in the sender's own format."""
