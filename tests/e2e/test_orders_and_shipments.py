"""Orders are created and updated, and shipments have their labels."""

from decimal import Decimal
from uuid import uuid4

import pypdfium2  # type: ignore[import-untyped]
import pytest
import zxingcpp

from tests.fixtures.api import Api, data, is_time, refused
from tests.fixtures.builders import LINE_ITEMS, SHIP_TO, Json

OPERATIONS = "/api/operations"


def test_an_order_is_created_then_updated_by_its_external_id(api: Api) -> None:
    """The first call gets 201 with a Location, the second 200; fields that the update omits keep their values."""
    external_id = f"shop-{uuid4()}"
    first = api.http.post(
        "/api/orders", json={"external_id": external_id, "ship_to": SHIP_TO, "line_items": LINE_ITEMS}
    )
    made = data(first, 201)
    assert first.headers["Location"] == f"/api/orders/{made['id']}"
    assert (made["status"], made["currency"], made["ship_to"], made["line_items"]) == (
        "pending",
        "USD",
        SHIP_TO,
        LINE_ITEMS,
    )
    second = api.http.post("/api/orders", json={"external_id": external_id, "total": "12.50", "status": "processing"})
    changed = data(second, 200)
    assert "Location" not in second.headers
    assert (changed["id"], changed["total"], changed["status"]) == (made["id"], "12.50", "processing")
    assert (changed["ship_to"], changed["line_items"]) == (SHIP_TO, LINE_ITEMS)
    assert data(api.http.get(f"/api/orders/{made['id']}")) == changed
    found = api.http.get("/api/orders", params={"external_id": external_id}).json()
    assert [order["id"] for order in found["data"]] == [made["id"]]


def test_an_order_is_updated_in_part(api: Api) -> None:
    """Null removes an address; an unknown bridge_id is rejected."""
    order = api.order()
    changed = data(api.http.patch(f"/api/orders/{order['id']}", json={"ship_to": None}))
    assert changed == {**order, "ship_to": None, "updated_at": changed["updated_at"]}
    answer = api.http.patch(f"/api/orders/{order['id']}", json={"bridge_id": str(uuid4())})
    refused(answer, 422, "invalid_input")


def test_line_items_without_an_id_get_numbers(api: Api) -> None:
    order = api.order(line_items=[{"sku": "A", "quantity": 1}, {"sku": "B", "quantity": 2}])
    assert [item["id"] for item in order["line_items"]] == ["1", "2"]


def buy(api: Api, carrier: str, service: str, label_format: str = "PDF") -> Json:
    completed = api.done(api.label(carrier=carrier, service=service, label_format=label_format))
    return data(api.http.get(f"/api/shipments/{completed['output']['shipment_id']}"))


@pytest.mark.parametrize(
    ("carrier", "service"), [("fedex", "GROUND"), ("ups", "NEXT_DAY_AIR"), ("usps", "PRIORITY_MAIL")]
)
def test_a_label_is_a_pdf_with_a_scannable_barcode(api: Api, carrier: str, service: str) -> None:
    """It has one page of 4 by 6 inches, and the barcode contains the shipment's tracking number."""
    shipment = buy(api, carrier, service)
    answer = api.http.get(f"/api/shipments/{shipment['id']}/label")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"] == f'inline; filename="label-{shipment["id"]}.pdf"'
    document = pypdfium2.PdfDocument(answer.content)
    try:
        assert len(document) == 1
        assert document[0].get_size() == (288, 432)
        image = document[0].render(scale=3).to_pil()
    finally:
        document.close()
    texts = {code.text for code in zxingcpp.read_barcodes(image)}
    assert shipment["tracking_number"] in {text.replace(" ", "") for text in texts}


def test_a_label_can_be_zpl(api: Api) -> None:
    shipment = buy(api, "fedex", "GROUND", "ZPL")
    answer = api.http.get(f"/api/shipments/{shipment['id']}/label")
    assert answer.headers["Content-Type"] == "application/zpl"
    assert answer.text.startswith("^XA")
    assert answer.text.strip().endswith("^XZ")
    assert shipment["tracking_number"] in answer.text


def test_a_shipment_has_the_data_of_its_purchase(api: Api) -> None:
    """The lists find it by order, operation and tracking number, and an undo marks it as voided."""
    completed = api.done(api.label())
    output = completed["output"]
    shipment = data(api.http.get(f"/api/shipments/{output['shipment_id']}"))
    for name in ("tracking_number", "carrier", "service", "carrier_account_id", "carrier_shipment_id", "currency"):
        assert shipment[name] == output[name], name
    assert Decimal(shipment["cost"]) == Decimal(output["cost"])
    assert (shipment["operation_id"], shipment["order_id"]) == (completed["id"], completed["order_id"])
    assert (shipment["status"], shipment["voided_at"]) == ("label_created", None)
    for name in ("order_id", "operation_id", "tracking_number"):
        found = api.http.get("/api/shipments", params={name: shipment[name]}).json()
        assert [row["id"] for row in found["data"]] == [shipment["id"]], name
    data(api.http.post(f"{OPERATIONS}/{completed['id']}/undo"))
    voided = data(api.http.get(f"/api/shipments/{shipment['id']}"))
    assert voided["status"] == "voided"
    assert is_time(voided["voided_at"])
