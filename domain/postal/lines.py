"""Fit street and name lines to a carrier's limits: streets are wrapped and never cut, names may be shortened."""

import re
from collections.abc import Sequence

UNIT = re.compile(
    r",? (?=(?:apt|apartment|bldg|building|dept|fl|floor|lot|rm|room|ste|suite|trlr|unit|no|c/o)\b\.? ?|#)|, ", re.I
)
"""Where a second line may begin: before the part that locates a unit in the building, or after a comma."""
PO_BOX = re.compile(r"\W*(?:p\W*o\W*b(?:ox)?|post\W+office\W+box|postal\W+box)\b\W*[\w-]+\W*", re.I)
LOOSE_ENDS = " ,;-&/("


def wrap_street(parts: Sequence[str], max_lines: int, max_length: int) -> tuple[str, ...] | None:
    """Return a street as at most `max_lines` lines of `max_length` characters, uncut; None if it does not fit.

    Each part keeps its own lines if they fit; otherwise the parts are wrapped as one text.
    """
    separate = [line for part in parts for line in _wrap(part, max_length)]
    together = _wrap(" ".join(parts), max_length)
    for lines in (separate, together):
        if len(lines) <= max_lines and all(len(line) <= max_length for line in lines):
            return tuple(lines)
    return None


def shorten_name(name: str, max_length: int) -> str:
    """Return a name without its last words if it is too long, or cut if its first word is too long."""
    if len(name) <= max_length:
        return name
    words = name[: max_length + 1].rpartition(" ")[0].rstrip(LOOSE_ENDS)
    return words or name[:max_length]


def is_po_box(parts: Sequence[str]) -> bool:
    """Whether a street is a post office box and nothing else."""
    return all(map(PO_BOX.fullmatch, parts))


def _wrap(text: str, max_length: int) -> list[str]:
    lines = []
    rest = text
    while len(rest) > max_length:
        end, begin = _find_break(rest, max_length)
        lines.append(rest[:end])
        rest = rest[begin:]
    return [*lines, rest]


def _find_break(text: str, max_length: int) -> tuple[int, int]:
    """Return the end of a line and the start of the next; a word that is too long stays whole."""
    units = [(found.start(), found.end()) for found in UNIT.finditer(text)]
    fitting = [(end, begin) for end, begin in units if end <= max_length and len(text) - begin <= max_length]
    if fitting:
        return fitting[0]
    blank = text.rfind(" ", 0, max_length + 1)
    if blank <= 0:
        blank = text.find(" ", max_length)
    return (blank, blank + 1) if blank > 0 else (len(text), len(text))
