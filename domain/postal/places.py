"""Normalize the country, state and postal code of an address."""

from dataclasses import replace

from domain.parcels import Address
from domain.postal.letters import UnprintableLetterError, transliterate
from domain.postal.limits import Letters, Territories
from domain.postal.refusals import refuse_field
from domain.postal.states import TERRITORIES, Country, find_country

ZIP, ZIP_PLUS_4 = 5, 9
MIN_ZIP_DIGITS = 3
CANADIAN = 6


def normalize_place(address: Address, where: str) -> Address:
    """Return an address with its state's code and its postal code in the country's notation.

    US territories become states of the US; `to_carrier_country` reverts that. `where` is the side of the shipment.

    Raises:
        Rejected: the country has no such state or postal code, or they contradict each other.
    """
    country = home_country(address.country)
    name = address.state if country == address.country else _territory(address, where)
    known = find_country(country)
    state = _find_state(known, country, name, where)
    postal_code = _to_postal_code(address, where)
    if country == "US":
        postal_code = _to_zip_code(known, state, postal_code, where)
    elif known.postal_code is not None:
        postal_code = _to_known_postal_code(known, country, postal_code, where)
    if state is None and known.postal_codes:
        state = known.find_state_of(postal_code)
    if state is None and country in ("US", "CA"):
        raise refuse_field(f"{where}.state", "is required: the postal code does not determine it", "state_needed")
    if state is not None and not known.has_postal_code(state, postal_code):
        raise refuse_field(f"{where}.postal_code", f"is not in {state}: one of them is wrong", "postal_code_mismatch")
    return replace(address, country=country, state=state, postal_code=postal_code)


def home_country(country: str) -> str:
    """Return the country of an address in normal form: the US for its territories."""
    return "US" if country in TERRITORIES else country


def to_carrier_country(address: Address, territories: Territories) -> tuple[str, str | None]:
    """Return the country and state of an address in normal form, in the carrier's notation."""
    if territories is Territories.STATE or address.country != "US" or address.state not in TERRITORIES:
        return address.country, address.state
    return str(address.state), "PR" if address.state == "PR" else None


def _territory(address: Address, where: str) -> str:
    """Return a territory's code as a state; its state field often contains a town and is ignored then."""
    state = find_country("US").find_state(address.state) if address.state else None
    if state not in (None, address.country):
        raise refuse_field(f"{where}.state", f"is not in {address.country}: one of them is wrong", "state_mismatch")
    return address.country


def _find_state(known: Country, country: str, name: str | None, where: str) -> str | None:
    if not name or not known.states:
        return name or None
    state = known.find_state(name)
    if state is None and country in ("US", "CA"):
        kind = "state of the US" if country == "US" else "province of Canada"
        raise refuse_field(f"{where}.state", f"is not a {kind}", "unknown_state")
    return state or name


def _to_postal_code(address: Address, where: str) -> str:
    try:
        return transliterate(address.postal_code, Letters.ASCII).upper()
    except UnprintableLetterError as error:
        raise refuse_field(f"{where}.postal_code", str(error), "unprintable") from None


def _to_zip_code(known: Country, state: str | None, text: str, where: str) -> str:
    """Return a ZIP Code as five digits, or as nine digits with a hyphen.

    Spreadsheets drop leading zeros: they are restored if the result lies in the given state.
    """
    digits = text.replace("-", "").replace(" ", "")
    if not (digits.isascii() and digits.isdigit()):
        raise refuse_field(f"{where}.postal_code", "is not a ZIP Code", "no_zip_code")
    length = ZIP if len(digits) <= ZIP else ZIP_PLUS_4
    if len(digits) < length - (ZIP - MIN_ZIP_DIGITS) or len(digits) > ZIP_PLUS_4:
        raise refuse_field(f"{where}.postal_code", "is not a ZIP Code, which has 5 or 9 digits", "no_zip_code")
    padded = digits.zfill(length)
    if padded != digits and (state is None or not known.has_postal_code(state, padded)):
        raise refuse_field(f"{where}.postal_code", "is not a ZIP Code: a digit is missing", "no_zip_code")
    return padded if length == ZIP else f"{padded[:ZIP]}-{padded[ZIP:]}"


def _to_known_postal_code(known: Country, country: str, text: str, where: str) -> str:
    bare = text.replace(" ", "").replace("-", "")
    spaced = f"{bare[:3]} {bare[3:]}" if country == "CA" and len(bare) == CANADIAN else text
    fits = [form for form in (spaced, text, bare) if known.postal_code is None or known.postal_code.fullmatch(form)]
    if not fits:
        raise refuse_field(f"{where}.postal_code", f"is not a postal code of {country}", "unknown_postal_code")
    return fits[0]
