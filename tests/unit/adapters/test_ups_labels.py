"""UPS answers to purchases and label recoveries are read."""

import base64
from typing import Any

import pytest

from adapters.carriers.ups import answers
from domain.errors import Ambiguous, Rejected
from domain.shipping import format_of

NUMBER = "1ZA1B2C30312345678"


def encode(document: bytes) -> str:
    return base64.b64encode(document).decode()


def build_label_answer(image: Any = None, **changes: Any) -> dict[str, Any]:
    list_price, negotiated_price = ({"CurrencyCode": "USD", "MonetaryValue": amount} for amount in ("30.10", "21.4"))
    label = {"ImageFormat": {"Code": "ZPL"}, "GraphicImage": image or encode(b"^XA^XZ")}
    results = {
        "ShipmentCharges": {"TotalCharges": list_price},
        "NegotiatedRateCharges": {"TotalCharge": negotiated_price},
        "ShipmentIdentificationNumber": NUMBER,
        "PackageResults": [{"TrackingNumber": NUMBER, "ShippingLabel": label}],
        **changes,
    }
    return {"ShipmentResponse": {"Response": {}, "ShipmentResults": results}}


def test_a_purchased_label_is_read() -> None:
    """Its cost is the negotiated price, or the list price if there is no other."""
    label = answers.parse_label(build_label_answer(), "GROUND", "ZPL")
    assert (label.tracking_number, label.carrier_shipment_id) == (NUMBER, NUMBER)
    assert (label.service, label.cost, label.currency, label.live) == ("GROUND", "21.40", "USD", True)
    assert label.document == b"^XA^XZ"
    assert label.void_until is None
    assert answers.parse_label(build_label_answer(NegotiatedRateCharges=None), "GROUND", "ZPL").cost == "30.10"


@pytest.mark.parametrize(
    "pieces", [{"TrackingNumber": NUMBER}, [{"TrackingNumber": NUMBER}], [{}], [], None, "none", {"ShippingLabel": []}]
)
def test_a_purchase_is_read_from_incomplete_package_results(pieces: Any) -> None:
    """The tracking number of the only parcel is also the shipment's number."""
    label = answers.parse_label(build_label_answer(PackageResults=pieces), "GROUND", "ZPL")
    assert (label.tracking_number, label.document) == (NUMBER, None)


@pytest.mark.parametrize("image", ["not base64!", encode(b"<html>"), encode(b"GIF89a"), 7, ["^XA"]])
def test_an_unreadable_document_does_not_lose_the_label(image: Any) -> None:
    """The tracking number is kept."""
    label = answers.parse_label(build_label_answer(image), "GROUND", "ZPL")
    assert (label.tracking_number, label.document) == (NUMBER, None)


def test_the_answer_to_a_purchase_has_no_pdf() -> None:
    """UPS answers with a GIF; the PDF is fetched from its Label Recovery."""
    assert answers.parse_label(build_label_answer(encode(b"GIF89a")), "GROUND", "PDF").document is None


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"ShipmentResponse": None},
        {"ShipmentResponse": []},
        {"ShipmentResponse": {"ShipmentResults": []}},
        {"ShipmentResponse": {"ShipmentResults": {"PackageResults": []}}},
        {"ShipmentResponse": {"ShipmentResults": {"PackageResults": [[]], "ShipmentIdentificationNumber": NUMBER}}},
        build_label_answer(ShipmentIdentificationNumber=None, PackageResults=[{}]),
        build_label_answer(ShipmentIdentificationNumber="9" * 300, PackageResults=[{}]),
    ],
)
def test_an_answer_of_another_shape_is_ambiguous(body: dict[str, Any]) -> None:
    with pytest.raises(Ambiguous):
        answers.parse_label(body, "GROUND", "ZPL")


@pytest.mark.parametrize("amount", [None, "much", True, 1e300, [], float("nan")])
def test_an_unreadable_price_does_not_lose_the_label(amount: Any) -> None:
    money = {"CurrencyCode": "USD", "MonetaryValue": amount}
    body = build_label_answer(NegotiatedRateCharges={"TotalCharge": money}, ShipmentCharges={"TotalCharges": money})
    assert answers.parse_label(body, "GROUND", "ZPL").cost is None


def build_recovery_answer(*images: Any, **single: Any) -> dict[str, Any]:
    results: Any = [{"TrackingNumber": NUMBER, "LabelImage": {"GraphicImage": image}} for image in images]
    return {"LabelRecoveryResponse": {"LabelResults": single.get("results", results)}}


def test_a_large_label_is_recovered_completely() -> None:
    """A label of 2 MB, in the documented list and as a single object."""
    large = b"%PDF-1.4".ljust(2 * 1024 * 1024, b"\n")
    assert answers.parse_document(build_recovery_answer(encode(large))) == large
    single = {"LabelImage": {"GraphicImage": encode(large)}}
    assert answers.parse_document(build_recovery_answer(results=single)) == large


def test_a_recovered_label_that_is_not_a_pdf_is_rejected() -> None:
    """UPS sometimes sends a GIF instead of the requested format."""
    with pytest.raises(Rejected):
        answers.parse_document(build_recovery_answer(encode(b"GIF89a")))
    for body in ({}, build_recovery_answer(), build_recovery_answer(7), build_recovery_answer(results="none")):
        with pytest.raises(Ambiguous):
            answers.parse_document(body)


@pytest.mark.parametrize(
    ("document", "form"),
    [
        (b"%PDF-1.7", "PDF"),
        (b"\n^XA", "ZPL"),
        (b"~DG1^FS^XA", "ZPL"),
        (b"~DG1^FS", None),
        (b"\x89PNG\r\n", "PNG"),
        (b"GIF89a", None),
        (b"", None),
    ],
)
def test_the_format_of_a_document_is_detected(document: bytes, form: str | None) -> None:
    assert format_of(document) == form


def test_itemized_charges_are_the_parts_of_a_negotiated_price() -> None:
    """The rest of the price is `other`; a list price has two parts."""
    fuel = {"Code": "375", "Description": "", "CurrencyCode": "USD", "MonetaryValue": "1.10"}
    negotiated_charges = {"TotalCharge": {"CurrencyCode": "USD", "MonetaryValue": "10.15"}, "ItemizedCharges": [fuel]}
    halves = {
        "TransportationCharges": {"CurrencyCode": "USD", "MonetaryValue": "12.00"},
        "ServiceOptionsCharges": {"CurrencyCode": "USD", "MonetaryValue": "2.50"},
        "TotalCharges": {"CurrencyCode": "USD", "MonetaryValue": "14.50"},
    }
    results: dict[str, Any] = {"ShipmentIdentificationNumber": NUMBER, "PackageResults": [{"TrackingNumber": NUMBER}]}
    results |= {"ShipmentCharges": halves}
    list_label = answers.parse_label({"ShipmentResponse": {"ShipmentResults": results}}, "GROUND", "ZPL")
    results |= {"NegotiatedRateCharges": negotiated_charges}
    negotiated_label = answers.parse_label({"ShipmentResponse": {"ShipmentResults": results}}, "GROUND", "ZPL")

    assert [(part.name, part.amount) for part in list_label.cost_parts] == [
        ("transportation", "12.00"),
        ("service options", "2.50"),
    ]
    assert [(part.name, part.amount) for part in negotiated_label.cost_parts] == [("375", "1.10"), ("other", "9.05")]
