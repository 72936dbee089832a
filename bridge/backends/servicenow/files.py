"""Files on tickets.

https://www.servicenow.com/docs/r/zurich/api-reference/rest-apis/c_AttachmentAPI.html
"""

from typing import Final

from bridge.backends.http import Call
from bridge.backends.sendable import one_line

_PATH: Final = "/api/now/attachment/file"
#: The length of the column file_name in the base system.
_LONGEST_NAME: Final = 100


def upload(table: str, sys_id: str, name: str, text: str) -> Call:
    """Ask to put a text file on a record; sent twice it would be there twice.

    A right that is missing here is one to files, whatever else the account may do.
    """
    return Call(
        operation="attach",
        method="POST",
        path=_PATH,
        query={"table_name": table, "table_sys_id": sys_id, "file_name": file_name(name)},
        content=text.encode(errors="replace"),
        headers={"Content-Type": "text/plain"},
        repeatable=False,
        names_ticket=True,
        forbids_ticket=lambda _body: True,
    )


def file_name(name: str) -> str:
    """Give a name that fits; what follows the last dot stays, since instances go by it."""
    line = one_line(name, len(name))
    stem, dot, ending = line.rpartition(".")
    room = _LONGEST_NAME - len(dot) - len(ending)
    if not stem or room < 1:
        return one_line(line, _LONGEST_NAME) or "file.txt"
    return f"{one_line(stem, room)}{dot}{ending}"
