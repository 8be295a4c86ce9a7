"""Maps EasyPost's errors to the domain's."""

import httpx

from adapters.carriers.common.fields import find_field
from adapters.carriers.easypost.codes import MAY_BE_BOUGHT
from adapters.http.errors import ErrorDetails, describe_error, refuse_failures
from adapters.http.json import Json, dig, first_object, parse_object, parse_object_or_none, to_words
from domain.errors import Ambiguous
from domain.shipping import RawAnswer

SIDES = {"to_address": "ship_to", "from_address": "ship_from"}
PLACES = {
    "name": "name",
    "company": "company",
    "phone": "phone",
    "street1": "street1",
    "street2": "street2",
    "city": "city",
    "state": "state",
    "zip": "postal_code",
    "country": "country",
}
OTHERS = {
    "weight": "parcels.0.weight",
    "predefined_package": "shipping_options.packaging",
    "delivery_confirmation": "shipping_options.signature",
    "payment": "shipping_options.billing",
    "label_date": "shipping_options.ship_date",
    "label_size": "shipping_options.label.size",
    "saturday_delivery": "shipping_options.saturday_delivery",
    "insurance": "shipping_options.insurance",
    "return_address": "shipping_options.return_address",
    "contents_type": "customs.contents",
    "contents_explanation": "customs.contents_explanation",
    "customs_signer": "customs.signer",
    "eel_pfc": "customs.export_declaration",
    "hs_tariff_number": "customs.items.0.hs_code",
    "origin_country": "customs.items.0.origin",
    "customs_items": "customs.items",
    "customs_info": "customs",
    "tax_identifiers": "customs.sender_tax_ids",
    "incoterm": "customs.incoterm",
    "duty_payment": "customs.duties.payer",
}


def parse_answer(answer: RawAnswer) -> Json:
    """Parse the body of a success; raises as `refuse_failures`, and Ambiguous if the label may have been bought."""
    if not answer.is_success:
        error = error_details(answer)
        if error.code in MAY_BE_BOUGHT:
            raise Ambiguous(f"status {answer.status}", vendor_code=error.code)
        refuse_failures(answer, error_details)
    return parse_object(answer)


def is_missing(answer: RawAnswer) -> bool:
    """Whether EasyPost itself reports a missing object: a 404 from a gateway or proxy proves nothing."""
    code = error_details(answer).code
    return answer.status == httpx.codes.NOT_FOUND and code is not None and not code.isdigit()


def error_details(answer: RawAnswer) -> ErrorDetails:
    """Return an error's code, message and, if EasyPost names it, the field of our input."""
    error = dig(parse_object_or_none(answer), "error")
    message, first = dig(error, "message"), first_object(dig(error, "errors"))
    more = first.get("message")
    words = [to_words(text) for text in (message, more if more != message else None) if text]
    field = field_of(str(first.get("field") or ""))
    return describe_error("EasyPost", dig(error, "code"), ": ".join(words), field)


def field_of(theirs: str) -> str | None:
    return find_field(theirs.replace("[", ".").replace("]", "").split("."), SIDES, PLACES, OTHERS)
