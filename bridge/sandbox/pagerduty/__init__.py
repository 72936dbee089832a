"""A stand-in for PagerDuty: the Events API v2."""

from bridge.sandbox.pagerduty.desk import PagerDutySandbox

__all__ = ["PagerDutySandbox"]
