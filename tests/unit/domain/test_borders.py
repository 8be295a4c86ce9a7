"""Which routes need customs data, and which statement replaces an export filing."""

from dataclasses import replace
from typing import Any

import pytest

from domain.borders import FREE_TERRITORIES, find_lane, needs_customs
from domain.customs import Customs, merge_customs
from domain.export_rules import choose_export_statement, find_undeclared_value
from domain.json_values import from_json
from domain.parcels import Address
from domain.postal.normal_form import normalize_address
from tests.fixtures.builders import SHIP_FROM, Json
from tests.fixtures.customs import APO, GUAM, PARIS, SAN_JUAN, TORONTO, build_customs, build_item

PALAU = {**GUAM, "state": None, "country": "PW", "postal_code": "96940"}
ST_THOMAS = {**SAN_JUAN, "state": "VI", "postal_code": "00802"}
LYON = {**PARIS, "city": "Lyon", "postal_code": "69001"}


def read(address: Json) -> Address:
    return normalize_address(from_json(Address, address), "ship_to")


def make_customs(**changes: Any) -> Customs:
    made = merge_customs(None, build_customs(**changes))
    assert made is not None
    return made


@pytest.mark.parametrize(
    ("ship_from", "ship_to", "lane", "is_needed"),
    [
        (SHIP_FROM, SHIP_FROM, "domestic", False),
        (SHIP_FROM, PARIS, "international", True),
        (PARIS, LYON, "domestic", False),
        (SHIP_FROM, APO, "military", True),
        (APO, SHIP_FROM, "military", True),
        (SHIP_FROM, GUAM, "territory", True),
        (GUAM, SHIP_FROM, "territory", True),
        (SHIP_FROM, PALAU, "territory", True),
        (GUAM, GUAM, "domestic", False),
        (SHIP_FROM, SAN_JUAN, "territory", False),
        (SAN_JUAN, ST_THOMAS, "territory", False),
        (SAN_JUAN, GUAM, "territory", True),
    ],
)
def test_a_border_needs_customs_data(ship_from: Json, ship_to: Json, lane: str, is_needed: bool) -> None:
    sides = read(ship_from), read(ship_to)
    assert (find_lane(*sides), needs_customs(*sides)) == (lane, is_needed)


def test_a_carrier_may_treat_a_territory_as_abroad() -> None:
    assert needs_customs(read(SHIP_FROM), read(SAN_JUAN), free_territories=())
    assert "PR" in FREE_TERRITORIES


@pytest.mark.parametrize(
    ("ship_from", "ship_to", "statement"),
    [
        (SHIP_FROM, PARIS, "NOEEI 30.37(a)"),
        (SHIP_FROM, TORONTO, "NOEEI 30.36"),
        (SHIP_FROM, GUAM, "NOEEI 30.2(d)(2)"),
        (SHIP_FROM, PALAU, "NOEEI 30.37(a)"),
        (SHIP_FROM, SAN_JUAN, "NOEEI 30.37(a)"),
        (ST_THOMAS, SHIP_FROM, None),
        (SHIP_FROM, APO, "NOEEI 30.37(a)"),
        (PARIS, SHIP_FROM, None),
        (GUAM, PARIS, "NOEEI 30.2(d)(2)"),
        (GUAM, SHIP_FROM, "NOEEI 30.2(d)(2)"),
    ],
)
def test_a_route_has_its_usual_exemption(ship_from: Json, ship_to: Json, statement: str | None) -> None:
    assert choose_export_statement(make_customs(), read(ship_from), read(ship_to)) == statement


def test_the_clients_statement_replaces_the_usual_one() -> None:
    sides = read(SHIP_FROM), read(PARIS)
    filed = make_customs(export_declaration={"itn": "X20260101123456"})
    assert choose_export_statement(filed, *sides) == "AES X20260101123456"
    exempt = make_customs(export_declaration={"exemption": "NOEEI 30.37(h)"})
    assert choose_export_statement(exempt, *sides) == "NOEEI 30.37(h)"


@pytest.mark.parametrize(
    ("items", "declaration", "code"),
    [
        ([build_item(value="1250", quantity=2)], None, None),
        ([build_item(value="1250.01", quantity=2)], None, "610910"),
        ([build_item(value="1250.01"), build_item(value="1250.01", hs_code="950300")], None, "610910"),
        ([build_item(value="1250", hs_code="950300"), build_item(value="0.01", quantity=1)], None, None),
        ([build_item(value="2000", quantity=1), build_item(value="500.01", quantity=1)], None, "610910"),
        ([build_item(value="2000", quantity=2, hs_code=None)], None, "Cotton T-shirt"),
        ([build_item(value="2000")], {"itn": "X20260101123456"}, None),
        ([build_item(value="2000")], {"exemption": "NOEEI 30.37(h)"}, None),
        ([build_item(value="2000")], {"exemption": "NOEEI 30.37(a)"}, "610910"),
        ([build_item(value="2000", currency="EUR")], None, None),
    ],
)
def test_goods_above_the_low_value_need_a_filing(items: list[Json], declaration: Json | None, code: str | None) -> None:
    """Each HS code counts for itself; a currency without a known rate is not compared."""
    customs = make_customs(items=items, export_declaration=declaration)
    found = find_undeclared_value(customs, read(SHIP_FROM), read(PARIS))
    assert (found[0] if found is not None else None) == code
    for destination in (TORONTO, GUAM):
        assert find_undeclared_value(customs, read(SHIP_FROM), read(destination)) is None
    abroad = replace(read(SHIP_FROM), country="GB")
    assert find_undeclared_value(customs, abroad, read(PARIS)) is None
