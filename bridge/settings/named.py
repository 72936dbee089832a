"""Sources by the names that people give at a shell: configured ones, or those of a type."""

from marshmallow import ValidationError

from bridge.domain.ports import Source
from bridge.settings.model import Settings
from bridge.sources import SOURCES


def source_named(settings: Settings | None, name: str) -> Source:
    """Make the configured source of a name, or one of the type of that name; raise ValueError."""
    if settings is not None and name in settings.sources:
        source = settings.sources[name]
        return source.type.build(name, source.section)
    if name not in SOURCES:
        known = sorted({*SOURCES, *(settings.sources if settings is not None else ())})
        message = f"no source is named {name!r}; choose one of {', '.join(known)}"
        raise ValueError(message)
    type_ = SOURCES[name]
    try:
        section = type_.schema().load({"type": name, "auth": "none"})
    except ValidationError as exc:
        message = f"a source of type {name} says nothing by itself; configure it and give its name"
        raise ValueError(message) from exc
    return type_.build(name, section)
