"""Files on tickets of ServiceOps: uploaded first, then referred to."""

from dataclasses import dataclass

from bridge.backends.sendable import one_line
from bridge.backends.serviceops.api import Api
from bridge.backends.serviceops.body import FileName, Writer
from bridge.backends.serviceops.calls import Calls
from bridge.backends.serviceops.records import files_of
from bridge.domain.errors import TicketGone, TicketRefused
from bridge.domain.ticket import Ticket

#: A file's name is a label; what is longer no desk shows.
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """Attaches at one desk; raises DeskError and nothing else."""

    api: Api
    calls: Calls
    writer: Writer

    def attach(self, ticket: Ticket, name: str, text: str) -> None:
        """Upload a file, and let the ticket refer to it beside those that it has.

        No document says whether a list that is sent adds to the one there is, so all are sent.
        """
        _, said = self.api.ask(self.calls.read(ticket))
        file = self._upload(one_line(name, _LONGEST_NAME) or "file", text)
        subject = str(said.get("subject") or ticket.handle.get("subject", ""))
        sent = self.writer.files([*files_of(said), file], subject)
        self.api.ask(self.calls.write("attach", ticket, sent))

    def _upload(self, name: str, text: str) -> FileName:
        try:
            reply, said = self.api.ask(self.calls.upload(name, text))
        except TicketGone as gone:
            message = f"{gone}; it takes no uploads, set `attach: false`"
            raise TicketRefused(message) from gone
        reference = said.get("refFileName")
        if not isinstance(reference, str) or not reference:
            reply.doubt("was answered without a refFileName")
        return FileName(reference=reference, name=name)
