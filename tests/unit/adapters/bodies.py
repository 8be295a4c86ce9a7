"""Compares the bodies of requests."""

from typing import Any

from tests.fixtures.builders import Json


def find_differences(body: Json, plain: Json, *path: str) -> dict[str, Any]:
    """Return the fields of a body that differ from another's, by their paths; `[]` is a list's first object."""
    found: dict[str, Any] = {}
    for name in body.keys() | plain.keys():
        ours, theirs = body.get(name), plain.get(name)
        if ours == theirs:
            continue
        if isinstance(ours, dict) and isinstance(theirs, dict):
            found |= find_differences(ours, theirs, *path, name)
        elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
            found |= find_differences(ours[0], theirs[0], *path, f"{name}[]")
        else:
            found[".".join((*path, name))] = ours
    return found
