"""Calls to ServiceOps: authorized, and judged by the envelope that some answers come in."""

from dataclasses import replace

from bridge.backends.http import Call, HttpClient, Reply
from bridge.backends.serviceops.oauth import Login
from bridge.domain.errors import DeskLockedOut
from bridge.domain.json import JsonObject


class Api:
    """One desk's API; every method raises DeskError and nothing else."""

    def __init__(self, client: HttpClient, login: Login) -> None:
        self._client = client
        self._login = login

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def log_in(self) -> None:
        """Make sure that there is something to show to the desk."""
        self._login.proof()

    def send(self, call: Call) -> Reply:
        """Make a call; a token that the desk no longer takes is replaced once."""
        proof = self._login.proof()
        try:
            return self._client.send(_authorized(call, proof.header))
        except DeskLockedOut:
            self._login.drop(proof)
            if proof.is_new:
                raise
        return self._client.send(_authorized(call, self._login.proof().header))

    def ask(self, call: Call) -> tuple[Reply, JsonObject]:
        """Make a call and read its object; an envelope without SUCCESS refuses the ticket."""
        reply = self.send(call)
        said = reply.object()
        code = said.get("returnCode")
        if code not in (None, "SUCCESS"):
            reply.refuse(str(said.get("userMessage") or code))
        return reply, said


def _authorized(call: Call, header: str) -> Call:
    return replace(call, headers={**call.headers, "Authorization": header})
