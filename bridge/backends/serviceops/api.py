"""Calls to ServiceOps: authorized, and judged by the envelope that some answers come in."""

from bridge.backends.http import Call, Reply
from bridge.backends.login import AuthorizedClient
from bridge.domain.json import JsonObject


class Api(AuthorizedClient):
    """One desk's API; every method raises DeskError and nothing else."""

    def ask(self, call: Call) -> tuple[Reply, JsonObject]:
        """Make a call and read its object; an envelope without SUCCESS refuses the ticket."""
        reply = self.send(call)
        said = reply.object()
        code = said.get("returnCode")
        if code not in (None, "SUCCESS"):
            reply.refuse(str(said.get("userMessage") or code))
        return reply, said
