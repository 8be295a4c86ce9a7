"""Labels to other countries, from the API to each carrier's simulator: lost answers, undo and prices."""

import pytest

from tests.fixtures.builders import Json
from tests.fixtures.customs import PARIS, build_customs
from tests.integration.carriers.buyer import Buyer

SERVICES = {
    "fedex": "INTERNATIONAL_ECONOMY",
    "ups": "SAVER",
    "usps": "PRIORITY_MAIL_INTERNATIONAL",
    "easypost": "USPS.PriorityMailInternational",
    "shipengine": "usps_priority_mail_international",
}
TO_PARIS: Json = {**PARIS, "state": "Paris"}
each_carrier = pytest.mark.parametrize("carrier", SERVICES)


def build_goods(carrier: str) -> Json:
    return build_customs(**({"signer": "Ada Lovelace"} if carrier == "easypost" else {}))


@each_carrier
async def test_a_lost_answer_buys_one_label_that_can_be_undone(buyer: Buyer, carrier: str) -> None:
    """The label is found by its reference or key, with the same customs data."""
    await buyer.shop.sandbox.script("labels.create", "accept_then_drop")

    operation, label = await buyer.buy(carrier, TO_PARIS, service=SERVICES[carrier], customs=build_goods(carrier))

    assert (label["ship_to"]["country"], label["status"]) == ("FR", "live")
    assert label["customs"]["items"][0]["description"] == "Cotton T-shirt"
    assert operation["output"]["tracking_number"] == label["tracking_number"]
    undone = await buyer.shop.data("POST", f"/api/operations/{operation['id']}/undo", Prefer="wait=30")
    assert undone["status"] == "undone", undone


@pytest.mark.parametrize(
    ("carrier", "kinds"),
    [
        ("usps", ["label"]),
        ("easypost", ["label", "commercial_invoice"]),
        ("shipengine", ["label", "customs_form"]),
    ],
)
async def test_the_forms_of_the_carrier_are_documents_of_the_shipment(
    buyer: Buyer, carrier: str, kinds: list[str]
) -> None:
    """USPS prints the customs form on the label."""
    operation, _ = await buyer.buy(carrier, TO_PARIS, service=SERVICES[carrier], customs=build_goods(carrier))
    shipment = f"/api/shipments/{operation['output']['shipment_id']}"
    documents = await buyer.shop.data("GET", f"{shipment}/documents")
    assert [document["kind"] for document in documents] == kinds
    for document in documents[1:]:
        found = await buyer.shop.call("GET", f"{shipment}/documents/{document['id']}")
        assert found.content.startswith(b"%PDF")


@each_carrier
async def test_customs_data_are_required_for_another_country(buyer: Buyer, carrier: str) -> None:
    """Prices need none, except those of FedEx."""
    assert await buyer.refuse(carrier, TO_PARIS, service=SERVICES[carrier]) == ["input.customs"]
    if carrier != "fedex":
        assert SERVICES[carrier] in await buyer.rates(carrier, TO_PARIS)


async def test_a_domestic_service_does_not_go_to_another_country(buyer: Buyer) -> None:
    assert await buyer.refuse("usps", TO_PARIS, customs=build_goods("usps")) == ["input.service"]


@pytest.mark.parametrize("carrier", ["fedex", "ups"])
async def test_the_commercial_invoice_is_a_document_of_the_shipment(buyer: Buyer, carrier: str) -> None:
    operation, _ = await buyer.buy(carrier, TO_PARIS, service=SERVICES[carrier], customs=build_goods(carrier))

    path = f"/api/shipments/{operation['output']['shipment_id']}/documents"
    listed = await buyer.shop.data("GET", path)
    assert [document["kind"] for document in listed] == ["label", "commercial_invoice"]
    invoice = await buyer.shop.call("GET", f"{path}/{listed[1]['id']}")
    assert (invoice.status_code, invoice.content[:4]) == (200, b"%PDF")
