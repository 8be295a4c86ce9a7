"""Parse multipart answers, which Labels v3 sends unless the request accepts its vendor JSON. Pure."""

import re

from domain.errors import Ambiguous

_NAME = re.compile(rb'(?:^|[;\s])name="?([A-Za-z]+)"?', re.IGNORECASE)
_FILE = re.compile(rb'filename="?([a-z-]+)', re.IGNORECASE)
_FILES = {"label-image": "labelImage"}


def is_multipart(body: bytes) -> bool:
    """Whether a body starts like a multipart one; a stored answer may have lost its header."""
    return body.startswith(b"--")


def split_parts(body: bytes) -> dict[str, bytes]:
    """Return the parts by name; raises Ambiguous if the body is cut off or not multipart."""
    boundary = body.partition(b"\r\n")[0]
    if not body.rstrip().endswith(boundary + b"--"):
        raise Ambiguous("the answer is incomplete")
    parts = {}
    for piece in (b"\r\n" + body).split(b"\r\n" + boundary)[1:-1]:
        head, _, content = piece.partition(b"\r\n\r\n")
        name = _part_name(head)
        if name is not None:
            parts[name] = content
    return parts


def _part_name(head: bytes) -> str | None:
    named = _NAME.search(head)
    if named is not None:
        return named[1].decode()
    file = _FILE.search(head)
    return _FILES.get(file[1].decode().lower().rstrip("-")) if file is not None else None
