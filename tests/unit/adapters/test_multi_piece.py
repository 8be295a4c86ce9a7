"""Several parcels in FedEx's and UPS's requests and answers."""

from typing import Any

import pytest

from adapters.carriers.fedex import answers as fedex_answers
from adapters.carriers.fedex import requests as fedex
from adapters.carriers.ups import answers as ups_answers
from adapters.carriers.ups import requests as ups
from domain.errors import Ambiguous, Rejected
from domain.shipping import ShipmentRequest
from domain.vendors.parcels import ParcelSale
from tests.fixtures.builders import PARCEL, REFERENCE, Json, build_shipment_request

TWO: list[Json] = [PARCEL, {**PARCEL, "weight": "7"}]


@pytest.fixture(autouse=True)
def ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("domain.vendors.profile.READY", frozenset({ParcelSale.MULTI_PIECE}))


def build_request(service: str = "GROUND", **changes: Any) -> ShipmentRequest:
    return build_shipment_request(service, "ZPL", **{"parcels": TWO, **changes})


def test_each_fedex_parcel_has_our_reference_and_its_number() -> None:
    shipment = fedex.build_purchase(REFERENCE, build_request(), "740561073", None)["requestedShipment"]

    packages = shipment["requestedPackageLineItems"]
    assert [package["sequenceNumber"] for package in packages] == [1, 2]
    assert [package["customerReferences"][0]["value"] for package in packages] == [REFERENCE] * 2
    assert [package["weight"]["value"] for package in packages] == [2.5, 7.0]
    assert shipment["totalWeight"] == 9.5


def test_the_declared_value_of_a_fedex_shipment_is_that_of_each_parcel() -> None:
    options = {"declared_value": {"amount": "300.00", "currency": "USD"}}
    body = fedex.build_purchase(REFERENCE, build_request("FEDEX_2_DAY", shipping_options=options), "740561073", None)

    shipment = body["requestedShipment"]
    values = [package["declaredValue"]["amount"] for package in shipment["requestedPackageLineItems"]]
    assert (values, shipment["totalDeclaredValue"]["amount"]) == ([300.0, 300.0], 600.0)


@pytest.mark.parametrize(("country", "is_on_parcel"), [("US", True), ("PR", False)])
def test_each_ups_parcel_has_our_reference_within_the_us(country: str, is_on_parcel: bool) -> None:
    """Between countries of UPS's list the reference is on the shipment."""
    to = {"name": "Ada", "street1": "1 Way", "city": "San Juan", "phone": "7875550123", "country": country}
    place = {"state": "OR", "postal_code": "97201"} if is_on_parcel else {"state": "PR", "postal_code": "00901"}
    body = ups.build_purchase(REFERENCE, build_request(ship_to={**to, **place}), "A1B2C3")

    shipment, reference = body["ShipmentRequest"]["Shipment"], [{"Value": REFERENCE}]
    assert [package.get("ReferenceNumber") for package in shipment["Package"]] == (
        [reference] * 2 if is_on_parcel else [None] * 2
    )
    assert shipment.get("ReferenceNumber") == (None if is_on_parcel else reference)


def test_ups_simple_rate_has_one_parcel() -> None:
    request = build_request(shipping_options={"packaging": "small_flat_rate_box"})
    with pytest.raises(Rejected) as refused:
        ups.build_purchase(REFERENCE, request, "A1B2C3")
    assert refused.value.field == "parcels"


def fedex_answer(*pieces: Json) -> Json:
    shipment = {"masterTrackingNumber": "794800000001", "serviceType": "FEDEX_GROUND", "pieceResponses": list(pieces)}
    return {"output": {"transactionShipments": [shipment]}}


def test_fedex_pieces_are_sorted_by_their_numbers() -> None:
    second = {"packageSequenceNumber": 2, "trackingNumber": "794800000002", "netChargeAmount": 9.5}
    first = {"packageSequenceNumber": 1, "trackingNumber": "794800000001", "netChargeAmount": 9.5}
    label = fedex_answers.parse_label(fedex_answer(second, first), "ZPL")

    assert [parcel.tracking_number for parcel in label.parcels] == ["794800000001", "794800000002"]
    assert label.tracking_number == "794800000001"


def test_two_pieces_with_one_number_are_no_answer() -> None:
    """A purchase whose answer contradicts itself is looked up."""
    piece = {"trackingNumber": "794800000001"}
    with pytest.raises(Ambiguous):
        fedex_answers.parse_label(fedex_answer(piece, piece), "ZPL")
    package = {"TrackingNumber": "1ZA1B2C30300000011"}
    body = {"ShipmentResponse": {"ShipmentResults": {"PackageResults": [package, package]}}}
    with pytest.raises(Ambiguous):
        ups_answers.parse_label(body, "GROUND", "ZPL")


def track_result(number: str, place: int, count: int = 2, **changes: Any) -> Json:
    return {
        "trackingNumberInfo": {"trackingNumber": number},
        "latestStatusDetail": {"code": "OC"},
        "serviceDetail": {"type": "FEDEX_GROUND"},
        "packageDetails": {
            "count": str(count),
            "sequenceNumber": str(place),
            "weightAndDimensions": {"weight": [{"unit": "LB", "value": "2.0"}]},
        },
        **changes,
    }


def test_fedex_results_without_a_master_are_ordered_by_their_places() -> None:
    results = [track_result(f"79480000000{number}", place) for number, place in ((2, 2), (1, 1))]
    body = {"output": {"completeTrackResults": [{"trackResults": [result]} for result in results]}}
    labels = fedex_answers.parse_labels(body)

    numbers = [[parcel.tracking_number[-1] for parcel in label.parcels] for label in labels]
    assert numbers == [["1", "2"]]
    assert [label.carrier_shipment_id[-1] for label in labels] == ["1"]
    assert [str(parcel.pounds) for parcel in labels[0].parcels] == ["2.0", "2.0"]


def test_fedex_results_of_several_shipments_without_a_master_are_parts() -> None:
    """Nothing shows which parcels belong together."""
    results = [track_result(f"79480000000{number}", place) for number, place in ((2, 2), (1, 1), (3, 1))]
    body = {"output": {"completeTrackResults": [{"trackResults": [result]} for result in results]}}

    labels = fedex_answers.parse_labels(body)

    assert sorted(label.tracking_number[-1] for label in labels) == ["1", "2", "3"]
    assert [label.parcels for label in labels] == [(), (), ()]
