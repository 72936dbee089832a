"""${NAME}, ${NAME:-default} and ${file:/path} in the values of the configuration."""

import re
from collections.abc import Mapping
from pathlib import Path

_REFERENCE = re.compile(r"\$(?:\$(?=\{)|\{([^}]*)\})")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def interpolate(text: str, environ: Mapping[str, str]) -> str:
    """Replace every reference; `$${` stands for a plain `${`. Raise ValueError with the remedy."""
    return _REFERENCE.sub(lambda match: _value(match.group(1), environ), text)


def _value(reference: str | None, environ: Mapping[str, str]) -> str:
    if reference is None:
        return "$"
    if reference.startswith("file:"):
        return _from_file(Path(reference.removeprefix("file:")))
    name, has_default, default = reference.partition(":-")
    if not _NAME.fullmatch(name):
        message = (
            f"${{{reference}}} is no reference; write ${{NAME}}, ${{NAME:-default}} or "
            "${file:/path}, and $${ for a plain ${"
        )
        raise ValueError(message)
    value = environ.get(name, "")
    if value or has_default:
        return value or default
    message = (
        f"the environment variable {name} is not set; export it, or write ${{{name}:-default}}"
    )
    raise ValueError(message)


def _from_file(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as exc:
        message = f"the secret file {path} cannot be read; check that it exists and its permissions"
        raise ValueError(message) from exc
