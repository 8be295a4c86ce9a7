"""Make refusals of a field of a shipment."""

from domain.errors import Rejected


def refuse_field(field: str, problem: str, code: str) -> Rejected:
    """Return the refusal of one field; the message never repeats the value."""
    return Rejected(f"{field} {problem}", vendor_code=code, field=field)
