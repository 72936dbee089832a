"""Issues filed and changed as far as Jira takes them: better without a field than not at all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog

from bridge.backends.jira.answers import FieldsRefused
from bridge.backends.jira.api import Api
from bridge.backends.jira.body import Look, Writer, can_do_without, lines_of, without
from bridge.domain.json import JsonObject
from bridge.domain.spec import IncidentSpec
from bridge.domain.ticket import Ticket

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Filing:
    """Writes to the issues of one project."""

    name: str  #: the backend's
    api: Api
    writer: Writer
    look: Look

    def file(self, spec: IncidentSpec, token: str) -> tuple[str, str, JsonObject]:
        """File an issue; give its id, its key and what was sent.

        What it was refused over is left out and told in the description: a refusal names the
        fields, and says for sure that nothing was filed.
        """
        sent = self.writer.create(spec, token, self.look)
        try:
            return *self.api.create(sent), sent
        except FieldsRefused as refused:
            self._check_dispensable(sent, refused, token)
            fewer = self.writer.create(spec, token, self.look, refused.errors)
        return *self.api.create(fewer), fewer

    def change(self, ticket: Ticket, sent: JsonObject) -> tuple[JsonObject, Sequence[str]]:
        """Change an issue; give what was written, and what was not in the words of people."""
        if not sent:
            return sent, ()
        try:
            self.api.change(ticket.id, sent)
        except FieldsRefused as refused:
            self._check_dispensable(sent, refused, ticket.number)
            fields, fewer = sent["fields"], without(sent, refused.errors)
            if fewer:
                self.api.change(ticket.id, fewer)
            return fewer, lines_of(fields if isinstance(fields, Mapping) else {}, refused.errors)
        return sent, ()

    def _check_dispensable(self, sent: JsonObject, refused: FieldsRefused, ticket: str) -> None:
        if not can_do_without(sent, refused.errors):
            raise refused
        fields = dict(refused.errors)
        log.warning("fields not taken", backend=self.name, ticket=ticket, fields=fields)
