"""Maps USPS's errors to the domain's."""

import re

import httpx

from adapters.carriers.common.fields import find_field
from adapters.carriers.usps.codes import CAUSES, NO_REPRINT, VOID_REFUSALS, VOID_WORDS
from adapters.http.errors import ErrorDetails, describe_error, refuse_failures
from adapters.http.json import (
    SHAPE,
    Json,
    dig,
    first_object,
    parse_json,
    parse_object,
    parse_object_or_none,
    read_objects,
    to_words,
)
from domain.effects import UndoOutcome
from domain.errors import Ambiguous
from domain.shipping import RawAnswer

_CONTRARY = re.compile(r"\b(not (?!found)|account|payment|another)\b", re.IGNORECASE)
"""Words in a message that is not about the label, or that negates it."""

_SIDES = {"toaddress": "ship_to", "fromaddress": "ship_from", "internationaladdress": "ship_to"}
_PLACES = {
    "streetaddress": "street1",
    "secondaryaddress": "street2",
    "city": "city",
    "state": "state",
    "zipcode": "postal_code",
    "postalcode": "postal_code",
    "province": "state",
    "countryisoalpha": "country",
    "firstname": "name",
    "lastname": "name",
    "firm": "company",
}
_OTHERS = {
    "mailclass": "service",
    "weight": "parcels.0.weight",
    "length": "parcels.0.length",
    "width": "parcels.0.width",
    "height": "parcels.0.height",
    "rateindicator": "shipping_options.packaging",
    "mailingdate": "shipping_options.ship_date",
    "packagevalue": "shipping_options.insurance",
    "extraservices": "shipping_options.carrier_options.extraServices",
    "customerreference": "shipping_options.references",
    "returnaddress": "shipping_options.return_address",
    "itemdescription": "customs.items.0.description",
    "itemtotalvalue": "customs.items.0.value",
    "itemtotalweight": "customs.items.0.weight",
    "hstariffnumber": "customs.items.0.hs_code",
    "countryoforigin": "customs.items.0.origin",
    "contents": "customs.items",
    "customscontenttype": "customs.contents",
    "contentcomments": "customs.contents_explanation",
    "aesitn": "customs.export_declaration",
    "invoicenumber": "customs.invoice_number",
    "exportersreference": "customs.sender_tax_ids",
    "importersreference": "customs.recipient_tax_ids",
    "nondeliveryoption": "customs.non_delivery",
    "prepaydutiestaxesfees": "customs.duties.payer",
    "customsform": "customs",
}


def parse_answer(answer: RawAnswer) -> Json:
    """Parse the body of a success; raises as `refuse_failures`."""
    refuse_failures(answer, error_details, CAUSES)
    return parse_object(answer)


def parse_list(answer: RawAnswer) -> list[Json]:
    """Parse the body of a success that is a list of objects; raises as `refuse_failures`."""
    refuse_failures(answer, error_details, CAUSES)
    try:
        return read_objects(parse_json(answer.body))
    except ValueError:
        raise Ambiguous(SHAPE) from None


def refuse_known_key(answer: RawAnswer) -> None:
    """Raise Ambiguous if a purchase is refused only for its key, because then a label was bought with the key."""
    if answer.status in range(400, 500) and _is_about_key(answer):
        message = "USPS already has this idempotency key, but returns no earlier answer"
        raise Ambiguous(message, vendor_code=error_details(answer).code)


def error_details(answer: RawAnswer) -> ErrorDetails:
    """Return code, message and field of the first error in USPS's list; else code and message of the outer error."""
    error, first = _read_error(answer)
    message = first.get("detail") or first.get("title") or error.get("message")
    return describe_error("USPS", first.get("code") or error.get("code"), message, _field_of(_parameter(first)))


def explain_void_refusal(answer: RawAnswer) -> UndoOutcome | None:
    """Return the outcome of a refused cancel, by USPS's code, else by its message."""
    known = VOID_REFUSALS.get(error_details(answer).code or "")
    if known is not None:
        return known
    words = _read_words(answer)
    if any(_CONTRARY.search(text) for text in words):
        return None
    found = (
        outcome for pattern, outcome in VOID_WORDS if any(re.search(pattern, text, re.IGNORECASE) for text in words)
    )
    return next(found, None)


def is_never_bought(answer: RawAnswer) -> bool:
    """Whether the refusal of a reprint means that USPS has no label with the key."""
    return error_details(answer).code == NO_REPRINT


def _is_about_key(answer: RawAnswer) -> bool:
    words = (*_read_words(answer), _parameter(_read_error(answer)[1]))
    return answer.status == httpx.codes.CONFLICT or any("idempotency" in text.lower() for text in words)


def _read_error(answer: RawAnswer) -> tuple[Json, Json]:
    """Return the error and the first one of its list."""
    error = first_object(dig(parse_object_or_none(answer), "error"))
    return error, first_object(error.get("errors"))


def _read_words(answer: RawAnswer) -> list[str]:
    error, first = _read_error(answer)
    return [to_words(text) for text in (error.get("message"), first.get("title"), first.get("detail")) if text]


def _parameter(error: Json) -> str:
    return str(dig(error, "source", "parameter") or "")


def _field_of(parameter: str) -> str | None:
    """Return the field of our input for USPS's parameter, such as `toAddress.ZIPCode`."""
    return find_field([part.lower() for part in re.split(r"[^A-Za-z]+", parameter)], _SIDES, _PLACES, _OTHERS)
