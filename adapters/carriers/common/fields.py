"""Find the field of our input that a carrier's error names."""

from collections.abc import Mapping, Sequence


def find_field(
    words: Sequence[str], sides: Mapping[str, str], places: Mapping[str, str], others: Mapping[str, str]
) -> str | None:
    """Return the field that a carrier complains about; None if its words name none.

    Args:
        words: the carrier's words, or a text that contains them.
        sides: the carrier's words for ship_to and ship_from.
        places: its words for the parts of an address.
        others: its words for other fields.
    """

    def find(names: Mapping[str, str]) -> str | None:
        return next((ours for theirs, ours in names.items() if theirs in words), None)

    side, place = find(sides), find(places)
    if side is None:
        return find(others)
    return f"{side}.{place}" if place else side
