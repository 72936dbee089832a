"""The first use case: one webhook body becomes desired incidents, in one transaction."""

from bridge.intake.receive import Intake

__all__ = ["Intake"]
