"""A violation of a promise, as the checker reports it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Violation:
    """A broken promise, with the operation that shows it, if any."""

    operation_id: str | None
    what: str

    def __str__(self) -> str:
        return f"{self.operation_id or 'the stack'}: {self.what}"
