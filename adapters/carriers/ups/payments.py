"""Build UPS's payments, of the transport and of duties. Pure."""

import re

from adapters.http.json import Json
from domain.postal.refusals import refuse_field
from domain.shipping_options import Billing, Payer

TRANSPORTATION = "01"
"""UPS's code for the transportation charges, as opposed to duties and taxes."""


def build_charge(billing: Billing | None, account_number: str, origin: str) -> Json:
    """Build the payment of the transport.

    Raises:
        Rejected: the account or its postal code has another form; names the field.
    """
    if billing is None:
        return {"Type": TRANSPORTATION, "BillShipper": {"AccountNumber": account_number}}
    where, account, postal_code = "shipping_options.billing", billing.account or "", billing.postal_code or ""
    if billing.payer is Payer.THIRD_PARTY:
        payer = build_third_party(account, postal_code, billing.country or origin, where)
        return {"Type": TRANSPORTATION, "BillThirdParty": payer}
    return {"Type": TRANSPORTATION, "BillReceiver": build_receiver(account, postal_code, where)}


def build_receiver(account: str, postal_code: str | None, where: str) -> Json:
    """Build the recipient's account; `where` is the path of the payer, for messages."""
    number = _check_account(account, where)
    address = {} if postal_code is None else {"Address": {"PostalCode": _check_postal_code(postal_code, where)}}
    return {"AccountNumber": number, **address}


def build_third_party(account: str, postal_code: str | None, country: str, where: str) -> Json:
    """Build the account of a third party; raises as `build_receiver`."""
    number = _check_account(account, where)
    address = {"PostalCode": _check_postal_code(postal_code or "", where), "CountryCode": country}
    return {"AccountNumber": number, "Address": address}


def _check_account(account: str, where: str) -> str:
    number = account.upper()
    if not re.fullmatch(r"[0-9A-Z]{6}", number):
        raise refuse_field(f"{where}.account", "must have six letters and digits", "bad_account")
    return number


def _check_postal_code(text: str, where: str) -> str:
    postal_code = re.sub(r"[ -]", "", text).upper()
    if not re.fullmatch(r"[0-9A-Z]{1,9}", postal_code):
        problem = "must have at most nine letters and digits"
        raise refuse_field(f"{where}.postal_code", problem, "bad_postal_code")
    return postal_code
