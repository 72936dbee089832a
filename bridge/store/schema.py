"""The tables: facts only; what people call an incident's phase is derived from them.

There are no foreign keys: everything that refers to an incident is written in the transaction that
holds the incident's lock, and retention removes rows in whatever order is cheapest.
"""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, Table

from bridge.store.types import Instant, Json, Name, PolicyJson, Words

metadata = MetaData()

inbox = Table(
    "inbox",
    metadata,
    Column("id", Name, primary_key=True),
    Column("source", Name, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("content_type", Words, nullable=False),
    Column("body", LargeBinary, nullable=False),  # zlib
    Column("size", Integer, nullable=False),  # of the body as received
    Column("outcome", Name, nullable=False),
    Column("reason", Words, nullable=False),
    Column("digest", Name),  # of source and body; only rejected bodies have one
    Column("times_seen", Integer, nullable=False),
    Column("last_seen_at", Instant, nullable=False),
    Index("ix_inbox_received_at", "received_at"),
    Index("uq_inbox_digest", "digest", unique=True),
    Index("ix_inbox_outcome", "outcome", "id"),
)

alert = Table(
    "alert",
    metadata,
    Column("source", Name, primary_key=True),
    Column("fingerprint", Name, primary_key=True),
    Column("status", Name, nullable=False),
    Column("title", Words, nullable=False),
    Column("digest", Name, nullable=False),
    Column("starts_at", Instant, nullable=False),
    Column("ends_at", Instant),
    Column("seen_at", Instant, nullable=False),
    Column("resolved_at", Instant),
    Column("incident_id", Name),
    Column("rule", Name),
    Column("rank", Integer, nullable=False),
    Column("spec", Json),
    Column("policy", PolicyJson),
    Column("labels", Json, nullable=False),
    Column("handling", Name),  # since revision 0003
    Index("ix_alert_incident_id", "incident_id"),
)

incident = Table(
    "incident",
    metadata,
    Column("id", Name, primary_key=True),
    Column("key", Name, nullable=False),
    Column("episode", Integer, nullable=False),
    Column("backend", Name, nullable=False),
    Column("token", Name, nullable=False),
    Column("source", Name, nullable=False),
    Column("rule", Name),
    # What the alerts want.
    Column("state", Name, nullable=False),
    Column("since", Instant, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("fired_at", Instant, nullable=False),
    Column("late_until", Instant),
    # What the desk is known to have.
    Column("ticket_number", Words),
    Column("told_generation", Integer, nullable=False),
    Column("told_through", BigInteger, nullable=False),
    Column("create_sent_at", Instant),
    Column("lookups", Integer, nullable=False),
    Column("resolved_at", Instant),
    Column("unsure_since", Instant),
    Column("attempts", Integer, nullable=False),
    Column("parked_reason", Words),
    # When to look again, and who is looking now.
    Column("due_at", Instant),
    Column("lease_owner", Name),
    Column("lease_until", Instant),
    Column("fence", BigInteger, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("previous_number", Words),
    Column("previous_url", Words),
    # The long ones last: SQLite reads a row from the front.
    Column("subject", Words, nullable=False),  # of the desired spec, to search
    Column("last_error", Json),
    Column("ticket", Json),
    Column("policy", PolicyJson, nullable=False),
    Column("spec", Json, nullable=False),
    Column("told_spec", Json),
    Column("sent_spec", Json),
    # Since revision 0002; the release before leaves them empty.
    Column("budget", Name),  # the rule whose budget the ticket is filed on
    Column("filed_at", Instant),
    Column("looked_at", Instant),
    Column("doubt_since", Instant),
    Column("rechecks", Integer),
    Column("overflow_id", Name),
    Column("look_at", Instant),
    Column("parked_at", Instant),
    Column("ticket_state", Name),
    Column("edits", Json),
    Column("strays", Json),
    # Since revision 0003.
    Column("handling", Name),
    Column("handled_at", Instant),
    Column("escalated_at", Instant),
    Column("stage", Name),
    Column("moved_to", Words),
    Column("moving_since", Instant),
    Column("attached", Json),
    Index("ix_incident_key", "key", "backend", "episode"),
)
Index(
    "uq_incident_live",
    incident.c.backend,
    incident.c.key,
    unique=True,
    sqlite_where=incident.c.ended_at.is_(None),
    postgresql_where=incident.c.ended_at.is_(None),
)
Index(
    "ix_incident_due",
    incident.c.backend,
    incident.c.due_at,
    sqlite_where=incident.c.due_at.is_not(None),
    postgresql_where=incident.c.due_at.is_not(None),
)
Index(
    "ix_incident_leased",
    incident.c.backend,
    incident.c.lease_until,
    sqlite_where=incident.c.lease_until.is_not(None),
    postgresql_where=incident.c.lease_until.is_not(None),
)

Index(
    "ix_incident_look",
    incident.c.backend,
    incident.c.look_at,
    sqlite_where=incident.c.look_at.is_not(None),
    postgresql_where=incident.c.look_at.is_not(None),
)
Index(
    "ix_incident_budget",
    incident.c.budget,
    incident.c.filed_at,
    sqlite_where=incident.c.budget.is_not(None),
    postgresql_where=incident.c.budget.is_not(None),
)
Index(
    "ix_incident_overflow",
    incident.c.overflow_id,
    sqlite_where=incident.c.overflow_id.is_not(None),
    postgresql_where=incident.c.overflow_id.is_not(None),
)

timeline = Table(
    "timeline",
    metadata,
    # Never reused: what the desk was told is remembered as the number of the last entry told.
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("incident_id", Name, nullable=False),
    Column("at", Instant, nullable=False),
    Column("what", Name, nullable=False),
    Column("because", Words, nullable=False),
    Column("detail", Json, nullable=False),
    Index("ix_timeline_incident_id", "incident_id", "id"),
    sqlite_autoincrement=True,
)

worker = Table(
    "worker",
    metadata,
    Column("owner", Name, primary_key=True),
    Column("beat_at", Instant, nullable=False),
)
