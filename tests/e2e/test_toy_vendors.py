"""A carrier and a channel of an installed package work like the built-in ones."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.e2e.toy_vendors import ENTRY_POINTS
from tests.fixtures.api import Api, data, new_organization
from tests.fixtures.builders import build_account, build_bridge
from tests.fixtures.stack import Stack


def install(folder: Path) -> None:
    """Write the package metadata with its entry points, as pip does."""
    metadata = folder / "toy_vendors-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: toy-vendors\nVersion: 1.0\n")
    lines = [
        line
        for group, names in ENTRY_POINTS.items()
        for line in (f"[{group}]", *(f"{name} = {target}" for name, target in names.items()))
    ]
    (metadata / "entry_points.txt").write_text("\n".join(lines) + "\n")


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("toys")
    install(folder / "packages")
    started = Stack(folder / "data").start(env={"PYTHONPATH": str(folder / "packages")})
    try:
        started.wait_ready()
        yield started
        started.stop()
    finally:
        started.kill()


@pytest.fixture
def api(stack: Stack) -> Iterator[Api]:
    info = stack.info
    opened = Api(info, asyncio.run(new_organization(info["database_url"], f"toys {uuid4()}")))
    yield opened
    opened.close()


def test_an_installed_carrier_sells_finds_and_voids_a_label(api: Api) -> None:
    data(api.http.post("/api/carrier-accounts", json=build_account("toy_carrier")), 201)
    api.sandbox.script("labels.create", "accept_then_drop")
    operation = api.done(api.create("create_shipment", api.order()["id"], carrier="toy_carrier", service="BY_TRAIN"))

    [label] = labels(api)
    assert (label["carrier"], label["service"], label["status"]) == ("toy_carrier", "BY_TRAIN", "live")
    shipment = api.http.get("/api/shipments", params={"operation_id": operation["id"]}).json()["data"][0]
    assert shipment["tracking_number"] == label["tracking_number"]

    undone = data(api.http.post(f"/api/operations/{operation['id']}/undo", headers={"Prefer": "wait=20"}), 200)
    assert undone["status"] == "undone"
    assert [label["status"] for label in labels(api)] == ["voided"]


def test_an_installed_channel_fulfills_an_order(api: Api) -> None:
    bridge = data(api.http.post("/api/bridges", json=build_bridge(channel="toy_channel")), 201)
    order = api.order()
    items = [{"id": "1", "sku": "TEE", "quantity": 3}]
    api.sandbox.http.put(f"/_sandbox/orders/{order['external_id']}", json={"line_items": items}).raise_for_status()
    operation = api.done(
        api.create(
            "push_fulfillment", order["id"], bridge_id=bridge["id"], tracking_number=f"T{uuid4().hex}", carrier="Toy"
        )
    )

    [entry] = fulfillments(api, order)
    assert entry["status"] == "live"
    data(api.http.post(f"/api/operations/{operation['id']}/undo", headers={"Prefer": "wait=20"}), 200)
    assert [entry["status"] for entry in fulfillments(api, order)] == ["cancelled"]


def test_the_api_documents_the_installed_vendors(api: Api) -> None:
    document = httpx.get(f"{api.url}/openapi.json").json()["components"]["schemas"]
    assert "toy_carrier" in str(document)
    assert "toy_channel" in str(document)
    refused = api.http.post("/api/carrier-accounts", json={"carrier": "no_carrier", "name": "none"})
    assert "toy_carrier" in refused.text


def labels(api: Api) -> list[dict[str, Any]]:
    return [label for label in api.sandbox.labels() if label["carrier"] == "toy_carrier"]


def fulfillments(api: Api, order: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.sandbox.http.get("/_sandbox/fulfillments").json()["data"]
    return [entry for entry in found if entry["external_id"] == order["external_id"]]
