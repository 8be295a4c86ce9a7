"""Rules of the United States on export filings: when one is required, and the statement that replaces it.

Source: Foreign Trade Regulations, 15 CFR 30.2(a)(1) (routes that need a filing), 30.2(d)(2) (territories that need
none), 30.36 (Canada) and 30.37(a) (goods of at most 2,500 USD for each code of Schedule B, which extends the HS code).
"""

from decimal import Decimal

from domain.borders import find_area, find_lane
from domain.customs import Customs, Lane
from domain.parcels import Address

LOW_VALUE, TO_CANADA, TERRITORY = "NOEEI 30.37(a)", "NOEEI 30.36", "NOEEI 30.2(d)(2)"
MAX_LOW_VALUE = Decimal(2500)
FILING_AREAS = ("US", "PR", "VI")
"""The areas whose exports need a filing."""
EXCLUDED_TERRITORIES = ("AS", "GU", "MP")
"""Territories whose trade with the states and with other countries needs no filing."""


def choose_export_statement(customs: Customs, ship_from: Address, ship_to: Address) -> str | None:
    """Return the client's filing number or exemption, else the usual exemption; None if no filing rule applies."""
    declared = customs.export_declaration
    if declared is not None:
        return declared.exemption or f"AES {declared.itn}"
    return find_usual_exemption(ship_from, ship_to)


def find_usual_exemption(ship_from: Address, ship_to: Address) -> str | None:
    """Return the exemption that fits a route; None if goods on it need neither a filing nor an exemption."""
    origin, destination = find_area(ship_from), find_area(ship_to)
    if find_lane(ship_from, ship_to) is Lane.MILITARY:
        return LOW_VALUE
    if origin == destination:
        return None
    if origin in EXCLUDED_TERRITORIES or (origin in FILING_AREAS and destination in EXCLUDED_TERRITORIES):
        return TERRITORY
    if origin not in FILING_AREAS or (origin == "VI" and destination in FILING_AREAS):
        return None
    return TO_CANADA if destination == "CA" else LOW_VALUE


def find_undeclared_value(customs: Customs, ship_from: Address, ship_to: Address) -> tuple[str, Decimal] | None:
    """Return the first HS code, and its value, that needs a filing or another exemption and has none.

    Items without a code count by their description. Values in other currencies than USD are not compared.
    """
    if choose_export_statement(customs, ship_from, ship_to) != LOW_VALUE:
        return None
    if find_usual_exemption(ship_from, ship_to) != LOW_VALUE or customs.currency != "USD":
        return None
    values: dict[str, Decimal] = {}
    for item in customs.items:
        code = item.hs_code or item.description
        values[code] = values.get(code, Decimal(0)) + item.total_value
    return next(((code, value) for code, value in values.items() if value > MAX_LOW_VALUE), None)
