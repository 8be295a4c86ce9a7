"""`Prefer: wait=N` (RFC 7240): how long a call may wait for the end of the run that it starts."""

import re

from starlette.requests import Request

_WAIT = re.compile(r"(?:^|[,;])\s*wait\s*=\s*\"?([0-9]{1,9})\"?\s*(?=$|[,;])", re.IGNORECASE)


def read_wait_seconds(request: Request, max_seconds: int) -> int | None:
    """Return the requested wait in seconds, at most `max_seconds`; None without a readable `wait`."""
    for value in request.headers.getlist("prefer"):
        found = _WAIT.search(value)
        if found:
            return min(int(found.group(1)), max_seconds)
    return None
