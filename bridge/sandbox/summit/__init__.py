"""A stand-in for SymphonyAI Summit: one URL, a ServiceName, and refusals with HTTP 200."""

from bridge.sandbox.summit.desk import SummitSandbox

__all__ = ["SummitSandbox"]
