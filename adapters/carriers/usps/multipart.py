"""An answer in several parts, as Labels v3 gives it where its own JSON is not taken: pure."""

import re

from domain.errors import Ambiguous

_NAME = re.compile(rb'(?:^|[;\s])name="?([A-Za-z]+)"?', re.IGNORECASE)
_FILE = re.compile(rb'filename="?([a-z-]+)', re.IGNORECASE)
_FILES = {"label-image": "labelImage"}


def is_multipart(body: bytes) -> bool:
    """Whether a body begins as one in several parts does; the header may be gone with the stored answer."""
    return body.startswith(b"--")


def split_parts(body: bytes) -> dict[str, bytes]:
    """Read the parts by name; raises Ambiguous if it is cut off, or no such body."""
    boundary = body.partition(b"\r\n")[0]
    if not body.rstrip().endswith(boundary + b"--"):
        raise Ambiguous("the answer is cut off")
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
