"""What the checker finds."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Violation:
    """A promise that was broken, and the operation that shows it where it is about one."""

    operation_id: str | None
    what: str

    def __str__(self) -> str:
        return f"{self.operation_id or 'the stack'}: {self.what}"
