"""Maps FedEx's errors to the domain's."""

from adapters.carriers.common.fields import find_field
from adapters.http.errors import ErrorDetails, describe_error, refuse_failures
from adapters.http.json import Json, dig, find_objects, first_object, parse_object, parse_object_or_none
from domain.errors import Ambiguous, AuthFailed
from domain.shipping import RawAnswer

SYSTEM = (
    "SYSTEM.UNEXPECTED.ERROR",
    "SYSTEM.UNAVAILABLE.EXCEPTION",
    "INTERNAL.SERVER.ERROR",
    "SERVICE.UNAVAILABLE.ERROR",
)
"""Failures inside FedEx, with any status: the shipment may have been created."""
SERVER_ERROR = 500
NO_ACCOUNT = ("ACCOUNTNUMBER.REGISTRATION.REQUIRED",)
"""The account number is refused."""
UNKNOWN_NUMBER = (
    "TRACKING.TRACKINGNUMBER.NOTFOUND",
    "TRACKING.REFERENCENUMBER.NOTFOUND",
    "TRACKING.DATA.NOTFOUND",
)
"""Track has no data for the tracking number or reference."""

SIDES = {"RECIPIENT": "ship_to", "DESTINATION": "ship_to", "SHIPPER": "ship_from", "ORIGIN": "ship_from"}
PLACES = {
    "POSTALCODE": "postal_code",
    "STATEORPROVINCECODE": "state",
    "COUNTRYCODE": "country",
    "CITY": "city",
    "STREETLINE": "street1",
    "PHONENUMBER": "phone",
}
OPTIONS = {
    "SIGNATUREOPTION": "shipping_options.signature",
    "DECLAREDVALUE": "shipping_options.declared_value",
    "PACKAGINGTYPE": "shipping_options.packaging",
    "CUSTOMERREFERENCE": "shipping_options.references",
    "SATURDAYDELIVERY": "shipping_options.saturday_delivery",
    "SHIPDATESTAMP": "shipping_options.ship_date",
    "HOLDATLOCATION": "shipping_options.hold_at_location",
    "SHIPPINGCHARGESPAYMENT": "shipping_options.billing",
    "RESPONSIBLEPARTY": "shipping_options.billing",
    "EMAILNOTIFICATION": "shipping_options.notifications",
    "PRINTEDLABELORIGIN": "shipping_options.return_address",
    "LABELSPECIFICATION": "shipping_options.label",
}
CUSTOMS = {
    "COMMODITY": "customs.items",
    "COMMODITIES": "customs.items",
    "CUSTOMSVALUE": "customs.items",
    "HARMONIZEDCODE": "customs.items",
    "COUNTRYOFMANUFACTURE": "customs.items",
    "DUTIESPAYMENT": "customs.duties",
    "EXPORTCOMPLIANCE": "customs.export_declaration",
    "TERMSOFSALE": "customs.incoterm",
    "SHIPMENTPURPOSE": "customs.contents",
    "SHIPPER.TINS": "customs.sender_tax_ids",
    "RECIPIENT.TINS": "customs.recipient_tax_ids",
    "COMMERCIALINVOICE": "customs",
    "CUSTOMSCLEARANCE": "customs",
}
OTHERS = {"SERVICETYPE": "service", "WEIGHT": "parcels.0.weight", "DIMENSION": "parcels.0.length"}


def parse_answer(answer: RawAnswer) -> Json:
    """Parse the body of a success; raises as `refuse_failures`, and Ambiguous if the shipment may have been created."""
    if not answer.is_success:
        details = error_details(answer)
        if answer.status >= SERVER_ERROR or any(str(error.get("code")) in SYSTEM for error in _read_errors(answer)):
            raise Ambiguous(f"status {answer.status}", vendor_code=details.code)
        if details.code in NO_ACCOUNT:
            raise AuthFailed(details.message, vendor_code=details.code)
        refuse_failures(answer, error_details)
    return parse_object(answer)


def error_details(answer: RawAnswer) -> ErrorDetails:
    """Return the first error's code, its message and, if the code names one, the field of our input."""
    first = first_object(_read_errors(answer))
    return describe_error("FedEx", first.get("code"), first.get("message"), field_of(str(first.get("code") or "")))


def field_of(code: str) -> str | None:
    """Return the field that a code names; the longer names come first because they contain those of other fields."""
    return next((ours for theirs, ours in (OPTIONS | CUSTOMS).items() if theirs in code), None) or find_field(
        code, SIDES, PLACES, OTHERS
    )


def _read_errors(answer: RawAnswer) -> list[Json]:
    return find_objects(dig(parse_object_or_none(answer), "errors"))
