"""The labels of all carriers are scannable, alone and merged: the tests render them and decode their barcodes."""

import shutil
import time
from pathlib import Path

import pytest

from domain.vendors.catalogue import CARRIERS
from tests.clients import tools
from tests.fixtures.api import Api, data
from tests.fixtures.builders import PARCEL, Json
from tests.fixtures.label_files import scan_image, scan_pages

SERVICES = {
    "easypost": "USPS.Priority",
    "fedex": "GROUND",
    "shipengine": "usps_ground_advantage",
    "ups": "GROUND",
    "usps": "PRIORITY_MAIL",
}
MANY = 500
SECONDS = 240


def scan_zpl(document: bytes, folder: Path) -> list[set[str]]:
    """Render the labels of a ZPL file, and return the barcodes of each."""
    (folder / "node_modules").symlink_to(tools.NODE_MODULES)
    shutil.copy(tools.HERE / "zpl" / "render.mjs", folder)
    (folder / "labels.zpl").write_bytes(document)
    count = int(tools.run("node", "render.mjs", "labels.zpl", folder, folder=folder))
    return [scan_image((folder / f"{place}.png").read_bytes()) for place in range(count)]


def scan(document: bytes, label_format: str, folder: Path) -> list[set[str]]:
    if label_format == "ZPL":
        return scan_zpl(document, folder)
    return list(scan_pages(document)) if label_format == "PDF" else [scan_image(document)]


def get_label(api: Api, shipment: Json) -> bytes:
    answer = api.http.get(f"/api/shipments/{shipment['shipment_id']}/label")
    assert answer.status_code == 200, answer.text
    return answer.content


def merge(api: Api, ids: list[str]) -> bytes:
    answer = api.http.post("/api/labels/merge", json={"ids": ids})
    assert answer.status_code == 200, answer.text
    return answer.content


@pytest.mark.parametrize("label_format", ["PDF", "ZPL", "PNG"])
def test_every_carriers_labels_have_their_tracking_numbers(api: Api, label_format: str, tmp_path: Path) -> None:
    bought = []
    for carrier, service in SERVICES.items():
        if label_format in CARRIERS[carrier].label_formats:
            account = api.account(carrier)["id"]
            fields = {"carrier_account_id": account, "service": service, "label_format": label_format}
            bought.append(api.done(api.create("create_shipment", api.order()["id"], **fields))["output"])
    numbers = [{shipment["tracking_number"]} for shipment in bought]
    assert len(numbers) > 1

    for place, shipment in enumerate(bought):
        folder = tmp_path / str(place)
        folder.mkdir()
        assert scan(get_label(api, shipment), label_format, folder) == [numbers[place]], shipment["carrier"]
    merged = merge(api, [shipment["shipment_id"] for shipment in bought])
    assert scan(merged, "ZPL" if label_format == "ZPL" else "PDF", tmp_path) == numbers


@pytest.mark.parametrize(("carrier", "label_format"), [("fedex", "PDF"), ("ups", "ZPL")])
def test_the_labels_of_several_parcels_are_merged_in_order(
    api: Api, carrier: str, label_format: str, tmp_path: Path
) -> None:
    fields = {"carrier_account_id": api.account(carrier)["id"], "service": "GROUND", "label_format": label_format}
    bought = api.done(api.create("create_shipment", api.order()["id"], **fields, parcels=[PARCEL] * 3))["output"]

    merged = merge(api, [bought["shipment_id"]])

    assert len(bought["tracking_numbers"]) == 3
    assert scan(merged, label_format, tmp_path) == [{number} for number in bought["tracking_numbers"]]


def test_500_merged_labels_are_each_a_page_in_order(fresh: Api) -> None:
    account, order = fresh.account("fedex")["id"], fresh.order()["id"]
    fields = {"carrier_account_id": account, "service": "GROUND", "allow_duplicate": True}
    operation = {"type": "create_shipment", "order_id": order, "input": fields}
    data(fresh.http.post("/api/operations/batch", json={"operations": [operation] * MANY, "execute": True}), 201)
    shipments = wait_for_shipments(fresh)

    merged = merge(fresh, [shipment["id"] for shipment in shipments])

    assert list(scan_pages(merged)) == [{shipment["tracking_number"]} for shipment in shipments]


def wait_for_shipments(api: Api) -> list[Json]:
    deadline = time.monotonic() + SECONDS
    while api.http.get("/api/shipments", params={"limit": 1}).json()["pagination"]["total"] < MANY:
        assert time.monotonic() < deadline, f"fewer than {MANY} labels after {SECONDS} s"
        time.sleep(0.5)
    pages = range(1, MANY // 100 + 1)
    return [
        shipment
        for page in pages
        for shipment in api.http.get("/api/shipments", params={"limit": 100, "page": page}).json()["data"]
    ]
