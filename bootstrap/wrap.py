"""The hook around ports: a test passes a function that wraps them; the service leaves them as they are."""

from typing import Protocol, TypeVar

T = TypeVar("T")


class Wrap(Protocol):
    """A function that returns what takes the place of a port."""

    def __call__(self, name: str, port: T, /) -> T:
        """Return `port`, or what wraps it; `name` is the container's name for it."""


def leave_unwrapped(_name: str, port: T) -> T:
    return port
