"""Files at ServiceOps: uploaded first, then named by a ticket.

https://github.com/Flotomate/product_docs, upload.rst: `POST /api/oprfile` takes one multipart
`file` and answers with the name that tickets refer to it by.
"""

import threading
from collections.abc import Mapping
from hashlib import sha256

from werkzeug.wrappers import Request

from bridge.sandbox.refusal import Refused
from bridge.sandbox.serviceops.values import Body, full_text, texts


class Uploads:
    """What was uploaded to one desk; safe to call from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._files: dict[str, tuple[str, str]] = {}

    def take(self, request: Request) -> Body:
        """Keep the file of a request and answer with its reference; Refused if there is none."""
        if request.mimetype != "multipart/form-data":
            raise Refused("Content-Type is not multipart/form-data")
        file = request.files.get("file")
        if file is None or not file.filename:
            raise Refused("file is mandatory, with its name")
        name, text = file.filename, file.stream.read().decode("utf-8", "replace")
        with self._lock:
            self._files[_reference(name, text)] = (name, text)
        return {"refFileName": _reference(name, text), "realName": name, "link": None}

    def named(self, wanted: Mapping[str, str], present: Mapping[str, str]) -> Mapping[str, str]:
        """Give the files of these references, by what they are to be called (empty: as uploaded).

        Refused if one was never uploaded, nor is among those `present` on the ticket.
        """
        with self._lock:
            known = {**self._files, **{_reference(*file): file for file in present.items()}}
        for reference in wanted:
            if reference not in known:
                raise Refused(f"refFileName {reference} was never uploaded")
        found = [(called, *known[reference]) for reference, called in wanted.items()]
        return {called or name: text for called, name, text in found}


def shown(files: Mapping[str, str]) -> list[Mapping[str, str]]:
    """Write a ticket's files as the vendor shows them."""
    return [{"refFileName": _reference(*file), "realName": file[0]} for file in files.items()]


def references(value: object, key: str) -> Mapping[str, str]:
    """Read gen-1's list of references."""
    return dict.fromkeys(texts(value, key), "")


def attachments(value: object, key: str) -> Mapping[str, str]:
    """Read gen-2's list of references with names."""
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise Refused(f"{key} is not an Object array")
    return {
        full_text(item.get("refFileName"), f"{key} refFileName"): full_text(
            item.get("realName"), f"{key} realName"
        )
        for item in value
    }


def _reference(name: str, text: str) -> str:
    """Name a file by what it is, so that its name outlives the process as a real desk's does."""
    return sha256(f"{name}\0{text}".encode()).hexdigest()[:10]
