"""Make refusals of a field of a shipment."""

from collections.abc import Sequence

from domain.errors import FieldError, Rejected


class FieldsRefused(Rejected):
    """The refusal of several fields of a shipment; the message is that of the first one."""

    def __init__(self, problems: Sequence[FieldError], code: str) -> None:
        """`problems` is not empty; their paths are those of the shipment."""
        field = ".".join(map(str, problems[0].path))
        super().__init__(f"{field} {problems[0].message}", vendor_code=code, field=field)
        self.problems = tuple(problems)


def refuse_field(field: str, problem: str, code: str) -> Rejected:
    """Return the refusal of one field; the message never repeats the value."""
    return Rejected(f"{field} {problem}", vendor_code=code, field=field)
