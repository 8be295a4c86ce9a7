"""Fit an address in normal form into a carrier's fields."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter

from domain.parcels import Address
from domain.postal.letters import UnprintableLetterError, transliterate
from domain.postal.limits import ShipmentLimits
from domain.postal.lines import is_po_box, shorten_name, wrap_street
from domain.postal.normal_form import phone_country
from domain.postal.phones import DEFAULT_REGION, Phone, fit_phone, read_phone
from domain.postal.places import to_carrier_country
from domain.postal.refusals import refuse_field
from domain.postal.states import MILITARY, TERRITORIES
from domain.shipping import ShipmentRequest

SIDES = ("ship_from", "ship_to")


@dataclass(frozen=True, slots=True)
class FittedAddress:
    """An address in a carrier's letters, lengths and countries. `notes` lists the shortened or replaced parts."""

    name: str
    company: str | None
    street: tuple[str, ...]
    city: str
    state: str | None
    postal_code: str
    country: str
    phone: Phone | None
    residential: bool | None
    notes: tuple[str, ...]


def fit_address(request: ShipmentRequest, where: str, title: str, limits: ShipmentLimits) -> FittedAddress:
    """Fit one address of a shipment.

    Args:
        request: the shipment, in normal form.
        where: the address: `ship_to`, `ship_from`, or the path of one of its options.
        title: the carrier's own spelling of its name, for messages.
        limits: the carrier's limits.

    Raises:
        Rejected: the carrier would not accept it; names the field and the limit.
    """
    address = find_address(request, where)
    _check_place(address, where, title, limits)
    notes: list[str] = []
    country, state = to_carrier_country(address, limits.territories)
    name = _fit_name(address.name, f"{where}.name", limits.name, limits, notes)
    if name is None:
        raise refuse_field(f"{where}.name", "is empty", "empty")
    return FittedAddress(
        name=name,
        company=_fit_name(address.company, f"{where}.company", limits.company, limits, notes),
        street=_fit_street(address, where, title, limits),
        city=_fit_city(address, where, title, limits),
        state=state,
        postal_code=address.postal_code,
        country=country,
        phone=_choose_phone(request, where, title, limits, notes),
        residential=address.residential,
        notes=tuple(notes),
    )


def find_address(request: ShipmentRequest, where: str) -> Address:
    """Return the address at a path of a shipment, such as `shipping_options.return_address`."""
    found: Address = attrgetter(where)(request)
    return found


def describe_changes(request: ShipmentRequest, title: str, limits: ShipmentLimits) -> tuple[str, ...]:
    """Return a note for the operation's log on each part of the addresses that is sent in another form."""
    places = (*SIDES, *_list_option_addresses(request))
    return tuple(note for where in places for note in fit_address(request, where, title, limits).notes)


def _list_option_addresses(request: ShipmentRequest) -> Iterator[str]:
    """Return the paths of the addresses among the shipping options."""
    options = request.shipping_options
    if options.return_address is not None:
        yield "shipping_options.return_address"
    if options.hold_at_location is not None and options.hold_at_location.address is not None:
        yield "shipping_options.hold_at_location.address"


def write_text(text: str, field: str, limits: ShipmentLimits) -> str:
    """Return a text in the carrier's letters, on one line."""
    try:
        return transliterate(text, limits.letters)
    except UnprintableLetterError as error:
        raise refuse_field(field, str(error), "unprintable") from None


def _check_place(address: Address, where: str, title: str, limits: ShipmentLimits) -> None:
    if not limits.is_military and address.country == "US" and address.state in MILITARY:
        problem = f"is a military address (APO, FPO, DPO): {title} does not deliver there, but USPS does"
        raise refuse_field(f"{where}.state", problem, "military_address")
    if limits.needs_state and not address.state:
        raise refuse_field(f"{where}.state", f"is required by {title}", "state_needed")


def _fit_name(text: str | None, field: str, max_length: int, limits: ShipmentLimits, notes: list[str]) -> str | None:
    if not text:
        return None
    name = write_text(text, field, limits)
    short = shorten_name(name, max_length)
    if short != name:
        notes.append(f"{field} is shortened from {len(name)} to {len(short)} characters")
    return short or None


def _fit_street(address: Address, where: str, title: str, limits: ShipmentLimits) -> tuple[str, ...]:
    named = {"street1": address.street1, "street2": address.street2}
    parts = [write_text(text, f"{where}.{field}", limits) for field, text in named.items() if text]
    if not limits.is_po_box and address.state not in TERRITORIES and is_po_box(parts):
        problem = f"is a post office box: {title} does not deliver there, but USPS does"
        raise refuse_field(f"{where}.street1", problem, "po_box")
    if not parts[0]:
        raise refuse_field(f"{where}.street1", "is empty", "empty")
    lines = wrap_street([part for part in parts if part], limits.street_lines, limits.street)
    if lines is None:
        problem = f"is too long: {title} accepts {_count_lines(limits.street_lines)} of {limits.street} characters"
        raise refuse_field(f"{where}.{_longest(parts)}", problem, "too_long")
    return lines


def _longest(parts: Sequence[str]) -> str:
    return f"street{max(range(len(parts)), key=lambda place: len(parts[place])) + 1}"


def _count_lines(count: int) -> str:
    return "one line" if count == 1 else f"{count} lines"


def _fit_city(address: Address, where: str, title: str, limits: ShipmentLimits) -> str:
    city = write_text(address.city, f"{where}.city", limits)
    if not city:
        raise refuse_field(f"{where}.city", "is empty", "empty")
    if len(city) > limits.city:
        problem = f"has {len(city)} characters; {title} accepts {limits.city}"
        raise refuse_field(f"{where}.city", problem, "too_long")
    return city


def _choose_phone(
    request: ShipmentRequest, where: str, title: str, limits: ShipmentLimits, notes: list[str]
) -> Phone | None:
    """Return the address's phone number if the carrier accepts it, else the account's default number."""
    rule = limits.phone
    if rule is None:
        return None
    address = find_address(request, where)
    country = phone_country(address)
    number = read_phone(address.phone, country) if address.phone else None
    own_phone = fit_phone(number, country, rule)
    phone = own_phone or fit_phone(_read_default(request), country, rule)
    if own_phone is None and address.phone:
        replaced = "the account's default_phone is sent" if phone else "none is sent"
        notes.append(f"{where}.phone is not a phone number that {title} accepts: {replaced}")
    elif own_phone != number:
        notes.append(f"{where}.phone is sent without its extension")
    if phone is None and where in rule.needed:
        kind = "is not a phone number that it accepts" if address.phone else "is missing"
        problem = f"is required by {title}, but {kind}; you can set settings.default_phone of the account instead"
        raise refuse_field(f"{where}.phone", problem, "phone_needed")
    return phone


def _read_default(request: ShipmentRequest) -> Phone | None:
    return read_phone(request.default_phone, DEFAULT_REGION) if request.default_phone else None
