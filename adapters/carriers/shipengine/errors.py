"""Maps ShipEngine's errors to the domain's."""

import httpx

from adapters.carriers.common.fields import find_field
from adapters.carriers.shipengine.codes import CAUSES
from adapters.http.errors import ErrorDetails, describe_error, refuse_failures
from adapters.http.json import Json, dig, find_objects, first_object, parse_object, parse_object_or_none, to_words
from domain.errors import Ambiguous
from domain.shipping import RawAnswer

MAY_BE_DONE = ("identifier_conflict", "timeout")
"""A shipment with this external_shipment_id exists, which an earlier send may have created; or ShipEngine stopped
waiting for the carrier behind it."""
REFERENCE = "external_shipment_id"
SYSTEM = "system"
"""The type of errors inside ShipEngine, with any status."""

SIDES = {"ship_to": "ship_to", "ship_from": "ship_from"}
PLACES = {
    "name": "name",
    "phone": "phone",
    "company_name": "company",
    "address_line1": "street1",
    "address_line2": "street2",
    "city_locality": "city",
    "state_province": "state",
    "postal_code": "postal_code",
    "country_code": "country",
}
OTHERS = {
    "service_code": "service",
    "weight": "parcels.0.weight",
    "dimensions": "parcels.0.length",
    "confirmation": "shipping_options.signature",
    "package_code": "shipping_options.packaging",
    "insured_value": "shipping_options.insurance",
    "label_messages": "shipping_options.references",
    "ship_date": "shipping_options.ship_date",
    "saturday_delivery": "shipping_options.saturday_delivery",
    "ship_to_service_point_id": "shipping_options.hold_at_location.location_id",
    "bill_to_party": "shipping_options.billing.payer",
    "bill_to_account": "shipping_options.billing.account",
    "bill_to_postal_code": "shipping_options.billing.postal_code",
    "return_to": "shipping_options.return_address",
    "validate_address": "shipping_options.address_validation",
    "label_layout": "shipping_options.label.size",
    "contents": "customs.contents",
    "contents_explanation": "customs.contents_explanation",
    "non_delivery": "customs.non_delivery",
    "terms_of_trade_code": "customs.incoterm",
    "harmonized_tariff_code": "customs.items.0.hs_code",
    "country_of_origin": "customs.items.0.origin",
    "products": "customs.items",
    "customs_items": "customs.items",
    "tax_identifiers": "customs.sender_tax_ids",
    "delivered_duty_paid": "customs.duties.payer",
    "customs": "customs",
}


def parse_answer(answer: RawAnswer) -> Json:
    """Parse the body of a success; raises as `refuse_failures`, and Ambiguous if the label may have been bought."""
    if not answer.is_success:
        error = error_details(answer)
        if answer.status == httpx.codes.CONFLICT or any(map(_may_be_done, _read_errors(answer))):
            raise Ambiguous(f"status {answer.status}", vendor_code=error.code)
        refuse_failures(answer, error_details, CAUSES)
    return parse_object(answer)


def is_missing(answer: RawAnswer) -> bool:
    """Whether ShipEngine itself reports a missing object: a 404 from a gateway or proxy proves nothing."""
    return answer.status == httpx.codes.NOT_FOUND and "error_source" in first_object(_read_errors(answer))


def error_details(answer: RawAnswer) -> ErrorDetails:
    """Return the first error's code, message and, if it names one, the field of our input."""
    first = first_object(_read_errors(answer))
    field = field_of(str(first.get("field_name") or ""))
    return describe_error("ShipEngine", first.get("error_code"), first.get("message"), field)


def field_of(theirs: str) -> str | None:
    return find_field(theirs.replace("[", ".").replace("]", "").split("."), SIDES, PLACES, OTHERS)


def _read_errors(answer: RawAnswer) -> list[Json]:
    return find_objects(dig(parse_object_or_none(answer), "errors"))


def _may_be_done(error: Json) -> bool:
    """Whether an existing label may have caused the error, by its code, its type, or the field that it names."""
    words = " ".join(to_words(error.get(name) or "") for name in ("field_name", "field", "message"))
    return error.get("error_code") in MAY_BE_DONE or error.get("error_type") == SYSTEM or REFERENCE in words
