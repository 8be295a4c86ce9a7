"""Refusals of a shipment that a carrier could not take."""

from domain.errors import Rejected


def refuse_field(field: str, problem: str, code: str) -> Rejected:
    """Make the refusal of one field; the message never repeats the value."""
    return Rejected(f"{field} {problem}", vendor_code=code, field=field)
