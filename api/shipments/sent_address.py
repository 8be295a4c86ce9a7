"""Model of an address that was sent to a carrier."""

from api.http.types import ResponseModel


class SentAddress(ResponseModel):
    """A postal address."""

    name: str
    """Name of the person."""
    company: str | None = None
    """Name of the company."""
    street1: str
    """First line of the street address."""
    street2: str | None = None
    """Second line of the street address."""
    city: str
    """City."""
    state: str | None = None
    """State or province."""
    postal_code: str
    """Postal code."""
    country: str
    """Country code (ISO 3166-1)."""
    phone: str | None = None
    """Phone number."""
    residential: bool | None = None
    """Whether it is a home; null if unknown."""
