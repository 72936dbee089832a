"""SymphonyAI Summit: tickets of IM_LogOrUpdateIncident."""

from bridge.backends.desk import BackendType
from bridge.backends.summit.adapter import build
from bridge.backends.summit.configured import vocabulary_of
from bridge.backends.summit.section import SummitSection

TYPE = BackendType(name="summit", schema=SummitSection, vocabulary=vocabulary_of, build=build)

__all__ = ["TYPE"]
