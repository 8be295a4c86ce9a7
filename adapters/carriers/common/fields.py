"""Which field of our input a carrier's words mean."""

from collections.abc import Mapping, Sequence


def find_field(
    words: Sequence[str], sides: Mapping[str, str], places: Mapping[str, str], others: Mapping[str, str]
) -> str | None:
    """Name the field that a carrier complains about; None if its words name none.

    Args:
        words: the carrier's words, or a text that holds them.
        sides: the carrier's words for ship_to and ship_from.
        places: its words for the parts of an address.
        others: its words for any other field.
    """

    def find(names: Mapping[str, str]) -> str | None:
        return next((ours for theirs, ours in names.items() if theirs in words), None)

    side, place = find(sides), find(places)
    if side is None:
        return find(others)
    return f"{side}.{place}" if place else side
