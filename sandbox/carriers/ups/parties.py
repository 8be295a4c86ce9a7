"""UPS's models of parties and addresses, with their length limits."""

import re
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from sandbox.carriers.places import find_state_problem
from sandbox.carriers.vendor_model import VendorModel

PRINTED = r"^[ -~\u00a0-\u00ff]+$"
Line30 = Annotated[str, StringConstraints(min_length=1, max_length=30, pattern=PRINTED)]
Line35 = Annotated[str, StringConstraints(min_length=1, max_length=35, pattern=PRINTED)]
AccountCode = Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{6}$")]


class AddressPart(VendorModel):
    AddressLine: Annotated[list[Line35], Field(min_length=1, max_length=3)]
    City: Line30
    StateProvinceCode: Annotated[str, StringConstraints(min_length=1, max_length=5)] | None = None
    PostalCode: Annotated[str, StringConstraints(min_length=1, max_length=9)]
    CountryCode: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]

    @model_validator(mode="after")
    def _check_place(self) -> "AddressPart":
        problem = find_state_problem(self.CountryCode, self.StateProvinceCode)
        if problem is not None:
            raise ValueError(problem)
        if self.CountryCode in ("US", "PR") and not re.fullmatch(r"[0-9]{5}([0-9]{4})?", self.PostalCode):
            raise ValueError("a ZIP Code has 5 digits, or 9")
        return self


class ToAddressPart(AddressPart):
    """The recipient's address; it is residential if the indicator is present."""

    ResidentialAddressIndicator: str | None = None


class PhonePart(VendorModel):
    Number: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,15}$")]
    Extension: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,4}$")] | None = None


class Party(VendorModel):
    documented = frozenset({"TaxIdentificationNumber", "FaxNumber", "EMailAddress", "Residential"})

    Name: Line35
    AttentionName: Line35 | None = None
    Phone: PhonePart | None = None
    Address: AddressPart

    @model_validator(mode="after")
    def _check_phone(self) -> "Party":
        """Require ten digits in the US, Puerto Rico, Canada and the Virgin Islands, with or without 1."""
        ten_digits = self.Address.CountryCode in ("US", "PR", "CA", "VI")
        if ten_digits and self.Phone is not None and not re.fullmatch(r"1?[0-9]{10}", self.Phone.Number):
            raise ValueError("the phone number has 10 digits")
        return self


class ToParty(Party):
    Address: ToAddressPart


class ShipperPart(Party):
    ShipperNumber: AccountCode
