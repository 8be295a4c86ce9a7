"""Build FedEx's payments, of the transport and of duties. Pure."""

from adapters.carriers.common.options import require_value
from adapters.http.json import Json
from domain.postal.refusals import refuse_field
from domain.shipping import ShipmentRequest
from domain.shipping_options import Billing
from domain.vendors.fedex import FEDEX

ACCOUNT_DIGITS = 9


def build_payment(billing: Billing | None, request: ShipmentRequest) -> Json:
    """Build the payment of the transport."""
    if billing is None:
        return {"paymentType": "SENDER"}
    where = "shipping_options.billing.account"
    payor = build_payor(billing.account or "", billing.postal_code, billing.country, where)
    return {"paymentType": require_value(FEDEX, "billing", billing.payer, request), "payor": payor}


def build_payor(account: str, postal_code: str | None, country: str | None, where: str) -> Json:
    """Build the account that pays; raises Rejected, naming the field `where`, if it is not an account number."""
    if not (account.isascii() and account.isdigit() and len(account) == ACCOUNT_DIGITS):
        raise refuse_field(where, "must have nine digits", "bad_account")
    address = {"postalCode": postal_code, "countryCode": country}
    known = {name: value for name, value in address.items() if value}
    return {"responsibleParty": {"accountNumber": {"value": account}, **({"address": known} if known else {})}}
