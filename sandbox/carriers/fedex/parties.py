"""FedEx's models of accounts, contacts and addresses, with their length limits."""

# ruff: noqa: N815 - the names are FedEx's own

import re
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from sandbox.carriers.places import find_state_problem
from sandbox.carriers.vendor_model import VendorModel

Line35 = Annotated[str, StringConstraints(min_length=1, max_length=35, pattern=r"^[ -~\u00a0-\u00ff]+$")]
Line70 = Annotated[str, StringConstraints(min_length=1, max_length=70, pattern=r"^[ -~\u00a0-\u00ff]+$")]


class Account(VendorModel):
    value: Annotated[str, StringConstraints(pattern=r"^[0-9]{9}$")]


class Contact(VendorModel):
    documented = frozenset({"emailAddress", "faxNumber"})

    personName: Line70
    companyName: Line35 | None = None
    phoneNumber: Annotated[str, StringConstraints(pattern=r"^[0-9]{10,15}$")]
    phoneExtension: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,6}$")] | None = None


class Address(VendorModel):
    streetLines: Annotated[list[Line35], Field(min_length=1, max_length=3)]
    city: Line35
    stateOrProvinceCode: Line35 | None = None
    postalCode: Annotated[str, StringConstraints(min_length=1, max_length=10)]
    countryCode: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
    residential: bool = False

    @model_validator(mode="after")
    def _check_place(self) -> "Address":
        problem = find_state_problem(self.countryCode, self.stateOrProvinceCode)
        if problem is not None:
            raise ValueError(problem)
        if self.countryCode in ("US", "PR") and not re.fullmatch(r"[0-9]{5}(-?[0-9]{4})?", self.postalCode):
            raise ValueError("a ZIP Code has 5 digits, or 9")
        return self


class Tin(VendorModel):
    """A tax id."""

    number: Annotated[str, StringConstraints(min_length=1, max_length=18)]
    tinType: Literal[
        "PERSONAL_NATIONAL", "PERSONAL_STATE", "FEDERAL", "BUSINESS_NATIONAL", "BUSINESS_STATE", "BUSINESS_UNION"
    ]
    usage: str | None = None


class Party(VendorModel):
    contact: Contact
    address: Address
    tins: list[Tin] = Field(default_factory=list)

    @model_validator(mode="after")
    def _check_phone(self) -> "Party":
        """Require ten digits in the US and Canada, with or without the country code 1."""
        in_north_america = self.address.countryCode in ("US", "CA", "PR")
        if in_north_america and not re.fullmatch(r"1?[0-9]{10}", self.contact.phoneNumber):
            raise ValueError("the phone number has 10 digits")
        return self
