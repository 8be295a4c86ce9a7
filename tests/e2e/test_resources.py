"""Orders, shipments with their labels, accounts, bridges, keys and types; and the walls between organizations."""

import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import jsonschema
import psycopg
import pypdfium2  # type: ignore[import-untyped]
import pytest
import zxingcpp

from tests.fixtures.api import LABEL, Api, data, is_time, is_uuid, refused
from tests.fixtures.builders import LINE_ITEMS, SHIP_TO, Json
from tests.fixtures.stack import PROJECT, Stack

OPERATIONS = "/api/operations"


# Orders ----------------------------------------------------------------------------------------------------------


def test_an_order_is_created_then_updated_by_its_external_id(api: Api) -> None:
    """201 with its place, then 200; what an update leaves out keeps its value."""
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


def test_an_order_is_changed_in_part(api: Api) -> None:
    """Null takes an address away; an order of a bridge that is not there is refused."""
    order = api.order()
    changed = data(api.http.patch(f"/api/orders/{order['id']}", json={"ship_to": None}))
    assert changed == {**order, "ship_to": None, "updated_at": changed["updated_at"]}
    answer = api.http.patch(f"/api/orders/{order['id']}", json={"bridge_id": str(uuid4())})
    refused(answer, 422, "invalid_input")


def test_line_items_without_an_id_are_numbered(api: Api) -> None:
    order = api.order(line_items=[{"sku": "A", "quantity": 1}, {"sku": "B", "quantity": 2}])
    assert [item["id"] for item in order["line_items"]] == ["1", "2"]


# Shipments and labels --------------------------------------------------------------------------------------------


def buy(api: Api, carrier: str, service: str, label_format: str = "PDF") -> Json:
    done = api.done(api.label(carrier=carrier, service=service, label_format=label_format))
    return data(api.http.get(f"/api/shipments/{done['output']['shipment_id']}"))


@pytest.mark.parametrize(
    ("carrier", "service"), [("fedex", "GROUND"), ("ups", "NEXT_DAY_AIR"), ("usps", "PRIORITY_MAIL")]
)
def test_a_label_is_a_pdf_with_a_scannable_barcode(api: Api, carrier: str, service: str) -> None:
    """4 by 6 inches, one page; a scanner reads the shipment's own tracking number off it."""
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
    read = {code.text for code in zxingcpp.read_barcodes(image)}
    assert shipment["tracking_number"] in {text.replace(" ", "") for text in read}


def test_a_label_can_be_zpl(api: Api) -> None:
    shipment = buy(api, "fedex", "GROUND", "ZPL")
    answer = api.http.get(f"/api/shipments/{shipment['id']}/label")
    assert answer.headers["Content-Type"] == "application/zpl"
    assert answer.text.startswith("^XA")
    assert answer.text.strip().endswith("^XZ")
    assert shipment["tracking_number"] in answer.text


def test_a_shipment_tells_what_was_bought(api: Api) -> None:
    """And it is found by its order, its operation and its tracking number."""
    done = api.done(api.label())
    output = done["output"]
    shipment = data(api.http.get(f"/api/shipments/{output['shipment_id']}"))
    for name in ("tracking_number", "carrier", "service", "carrier_account_id", "carrier_shipment_id", "currency"):
        assert shipment[name] == output[name], name
    assert Decimal(shipment["cost"]) == Decimal(output["cost"])
    assert (shipment["operation_id"], shipment["order_id"]) == (done["id"], done["order_id"])
    assert (shipment["status"], shipment["voided_at"]) == ("label_created", None)
    for name in ("order_id", "operation_id", "tracking_number"):
        found = api.http.get("/api/shipments", params={name: shipment[name]}).json()
        assert [row["id"] for row in found["data"]] == [shipment["id"]], name
    data(api.http.post(f"{OPERATIONS}/{done['id']}/undo"))
    voided = data(api.http.get(f"/api/shipments/{shipment['id']}"))
    assert voided["status"] == "voided"
    assert is_time(voided["voided_at"])


# Carrier accounts and bridges ------------------------------------------------------------------------------------


def test_one_account_of_a_carrier_is_the_default(fresh: Api) -> None:
    """A new default takes the place from the old one; {carrier} alone then buys with it."""
    assert_no_default(fresh)
    first = fresh.account("ups")
    data(fresh.http.patch(f"/api/carrier-accounts/{first['id']}", json={"is_default": True}))
    second = fresh.account("ups")
    other = fresh.account("fedex")
    data(fresh.http.patch(f"/api/carrier-accounts/{other['id']}", json={"is_default": True}))
    order = fresh.order()["id"]
    done = fresh.done(fresh.label(order, carrier="ups", service="GROUND"))
    assert done["output"]["carrier_account_id"] == first["id"]
    data(fresh.http.patch(f"/api/carrier-accounts/{second['id']}", json={"is_default": True}))
    states = {
        account["id"]: account["is_default"] for account in fresh.http.get("/api/carrier-accounts").json()["data"]
    }
    assert states == {first["id"]: False, second["id"]: True, other["id"]: True}
    done = fresh.done(fresh.label(order, carrier="ups", service="GROUND"))
    assert done["output"]["carrier_account_id"] == second["id"]


def assert_no_default(api: Api) -> None:
    given = {"carrier": "ups", "service": "GROUND"}
    body = {"type": "create_shipment", "order_id": api.order()["id"], "input": given}
    refused(api.http.post(OPERATIONS, json=body), 422, "invalid_input")


@pytest.mark.parametrize("path", ["/api/carrier-accounts", "/api/bridges"])
def test_settings_are_merged_and_credentials_replaced(api: Api, path: str) -> None:
    """Null takes a setting away; a credential that is left out is gone."""
    kind, name, optional = {
        "/api/carrier-accounts": ("carrier", "easypost", "webhook_secret"),
        "/api/bridges": ("channel", "shopify", None),
    }[path]
    made = data(api.http.post(path, json={kind: name, "name": "plain", "mode": "test"}), 201)
    key = "api_key" if kind == "carrier" else "access_token"
    credentials = {key: "1", **({optional: "sixteen characters"} if optional else {})}
    changes = {"settings": {"read_timeout_seconds": 7}, "credentials": credentials}
    changed = data(api.http.patch(f"{path}/{made['id']}", json=changes))
    assert changed["settings"] == {**made["settings"], "read_timeout_seconds": 7}
    assert set(changed["credentials"]) == set(credentials)
    changed = data(api.http.patch(f"{path}/{made['id']}", json={"settings": {"read_timeout_seconds": None}}))
    assert changed["settings"] == made["settings"]
    changed = data(api.http.patch(f"{path}/{made['id']}", json={"credentials": {key: "3"}}))
    assert set(changed["credentials"]) == {key}
    changed = data(api.http.patch(f"{path}/{made['id']}", json={"name": "renamed"}))
    assert (changed["name"], set(changed["credentials"])) == ("renamed", {key})


def test_an_account_or_bridge_without_an_address_is_the_sandboxs(api: Api) -> None:
    """So that a rehearsal needs no address at all; and the demo's own can be changed."""
    for path, given in (
        ("/api/carrier-accounts", {"carrier": "fedex", "name": "plain", "mode": "test"}),
        ("/api/bridges", {"channel": "amazon", "name": "plain", "mode": "test"}),
    ):
        made = data(api.http.post(path, json=given), 201)
        assert "base_url" not in made["settings"]
        assert api.http.delete(f"{path}/{made['id']}").status_code == 204
    demo = f"/api/carrier-accounts/{api.info['demo']['carrier_account_id']}"
    data(api.http.patch(demo, json={"settings": {"read_timeout_seconds": 5}}))


@pytest.mark.parametrize("path", ["/api/carrier-accounts", "/api/bridges"])
def test_what_nothing_needs_is_deleted(api: Api, path: str) -> None:
    made = api.account() if path.endswith("accounts") else api.bridge()
    answer = api.http.delete(f"{path}/{made['id']}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert api.http.get(f"{path}/{made['id']}").status_code == 404
    assert api.http.delete(f"{path}/{made['id']}").status_code == 404


def test_what_is_needed_is_not_deleted(api: Api) -> None:
    """A bought label, or an operation that is still to run, keeps its account; an order keeps its bridge."""
    account = api.account()
    api.label(carrier_account_id=account["id"])
    refused(api.http.delete(f"/api/carrier-accounts/{account['id']}"), 409, "carrier_account_in_use")
    account = api.account()
    api.done(api.label(carrier_account_id=account["id"]))
    refused(api.http.delete(f"/api/carrier-accounts/{account['id']}"), 409, "carrier_account_in_use")
    bridge = api.bridge()
    api.order(bridge_id=bridge["id"])
    refused(api.http.delete(f"/api/bridges/{bridge['id']}"), 409, "bridge_in_use")


def test_a_refused_credential_pauses_the_account(api: Api) -> None:
    """The operation fails and the account says so; setting it active again is a person's."""
    account = api.account()
    api.sandbox.script("labels.create", *["auth_failed"] * 2)
    failed = api.done(api.label(carrier_account_id=account["id"]), "failed")
    api.sandbox.clear()
    assert failed["error"]["code"] == "auth_failed"
    found = data(api.http.get(f"/api/carrier-accounts/{account['id']}"))
    assert found["status"] == "auth_failed"
    assert found["status_reason"]
    data(api.http.patch(f"/api/carrier-accounts/{account['id']}", json={"status": "active"}))
    retried = api.http.post(f"{OPERATIONS}/{failed['id']}/retry", headers={"Prefer": "wait=20"})
    assert data(retried)["status"] == "completed"


# Keys ------------------------------------------------------------------------------------------------------------


def test_a_key_is_shown_once(api: Api) -> None:
    """At its creation; afterwards its start tells which one it is."""
    made = api.key_with("operations:read", "orders:read")
    assert made["secret"].startswith(made["prefix"])
    found = {key["id"]: key for key in api.http.get("/api/api-keys", params={"limit": 100}).json()["data"]}
    assert found[made["id"]] == {name: value for name, value in made.items() if name != "secret"}
    revoked = data(api.http.delete(f"/api/api-keys/{made['id']}"))
    assert is_time(revoked["revoked_at"])
    assert data(api.http.delete(f"/api/api-keys/{made['id']}")) == revoked


def orderly_keys(stack: Stack, *arguments: str) -> str:
    ran = subprocess.run(
        [sys.executable, "-m", "bootstrap.cli", "keys", *arguments],
        cwd=PROJECT,
        env={**os.environ, "DATABASE_URL": stack.info["database_url"]},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return ran.stdout.strip()


def test_the_command_line_makes_lists_and_revokes_keys(running_stack: Stack) -> None:
    """`orderly keys create` makes the organization too; a revoked key is refused at once."""
    name = f"cli {uuid4()}"
    secret = orderly_keys(running_stack, "create", "--organization", name, "--scope", "orders:read")
    client = Api(running_stack.info, secret)
    assert client.http.get("/api/orders").json()["pagination"]["total"] == 0
    refused(client.http.get(OPERATIONS), 403, "insufficient_scope")
    listed = orderly_keys(running_stack, "list", "--organization", name)
    assert len(listed.splitlines()) == 1
    assert secret not in listed
    orderly_keys(running_stack, "revoke", listed.split()[0])
    refused(client.http.get("/api/orders"), 401, "key_revoked")
    client.close()


# Types -----------------------------------------------------------------------------------------------------------


def test_types_tell_their_schemas(api: Api) -> None:
    """JSON Schema 2020-12 that takes what the API takes, and refuses what it refuses."""
    types = {
        operation_type["type"]: operation_type
        for operation_type in api.http.get("/api/operations/types").json()["data"]
    }
    assert {name: one["supports_undo"] for name, one in types.items()} == {
        "create_shipment": True,
        "push_fulfillment": True,
        "update_order_status": True,
        "fulfill_order": True,
        "void_shipment": False,
    }
    for name, one in types.items():
        assert one["description"]
        assert data(api.http.get(f"/api/operations/types/{name}")) == one
        jsonschema.Draft202012Validator.check_schema(one["input_schema"])
        jsonschema.Draft202012Validator.check_schema(one["output_schema"])
    label = jsonschema.Draft202012Validator(types["create_shipment"]["input_schema"])
    assert label.is_valid({"carrier": "fedex", "service": "GROUND"})
    assert label.is_valid({"carrier_account_id": str(uuid4()), "service": "GROUND_HOME_DELIVERY"})
    assert not label.is_valid({"carrier": "fedex"})
    assert not label.is_valid({"carrier": "fedex", "service": "GROUND", "surprise": 1})


@pytest.mark.parametrize("kind", ["create_shipment", "update_order_status", "push_fulfillment", "fulfill_order"])
def test_outputs_are_what_their_schemas_say(api: Api, kind: str) -> None:
    """What an operation answers is valid against the schema that the registry tells."""
    order, bridge = api.order(), api.bridge()
    given: dict[str, Json] = {
        "create_shipment": {"carrier": "fedex", "service": "GROUND"},
        "update_order_status": {"status": "shipped"},
        "push_fulfillment": {"bridge_id": bridge["id"], "tracking_number": "1Z", "carrier": "ups"},
        "fulfill_order": {"carrier": "fedex", "service": "GROUND", "bridge_id": bridge["id"]},
    }
    schemas = data(api.http.get(f"/api/operations/types/{kind}"))
    jsonschema.validate(given[kind], schemas["input_schema"], jsonschema.Draft202012Validator)
    done = api.done(api.create(kind, order["id"], **given[kind]))
    jsonschema.validate(done["output"], schemas["output_schema"], jsonschema.Draft202012Validator)
    assert is_uuid(done["id"])


# Another organization --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def theirs(api: Api) -> dict[str, str]:
    """Ids of the demo organization's, one of each resource."""
    operation = api.done(api.label())
    return {
        "operations": operation["id"],
        "orders": operation["order_id"],
        "shipments": operation["output"]["shipment_id"],
        "carrier-accounts": api.account()["id"],
        "bridges": api.bridge()["id"],
        "api-keys": api.key_with("orders:read")["id"],
    }


CALLS: list[tuple[str, str, Json | None]] = [
    ("GET", "/api/operations/{operations}", None),
    ("GET", "/api/operations/{operations}/undo", None),
    ("POST", "/api/operations/{operations}/execute", None),
    ("POST", "/api/operations/{operations}/cancel", None),
    ("POST", "/api/operations/{operations}/undo", {}),
    ("POST", "/api/operations/{operations}/retry", None),
    ("POST", "/api/operations/{operations}/resolve", {"outcome": "happened", "reason": "x"}),
    ("GET", "/api/orders/{orders}", None),
    ("PATCH", "/api/orders/{orders}", {"status": "cancelled"}),
    ("GET", "/api/shipments/{shipments}", None),
    ("GET", "/api/shipments/{shipments}/label", None),
    ("GET", "/api/carrier-accounts/{carrier-accounts}", None),
    ("PATCH", "/api/carrier-accounts/{carrier-accounts}", {"name": "mine now"}),
    ("DELETE", "/api/carrier-accounts/{carrier-accounts}", None),
    ("GET", "/api/bridges/{bridges}", None),
    ("PATCH", "/api/bridges/{bridges}", {"name": "mine now"}),
    ("DELETE", "/api/bridges/{bridges}", None),
    ("DELETE", "/api/api-keys/{api-keys}", None),
]


def test_another_organizations_things_are_not_there(api: Api, fresh: Api, theirs: dict[str, str]) -> None:
    """404 on every endpoint, in the very words of an id that exists nowhere; and nothing of it changed."""
    before = snapshot(api, theirs)
    for method, path, body in CALLS:
        answer = fresh.http.request(method, path.format(**theirs), json=body)
        unknown = fresh.http.request(method, path.format(**dict.fromkeys(theirs, str(uuid4()))), json=body)
        code = unknown.json()["error"]["code"]
        assert refused(answer, 404, code)["code"].endswith("_not_found")
    assert snapshot(api, theirs) == before


def snapshot(api: Api, ids: dict[str, str]) -> list[str]:
    paths = [f"/api/{name}/{ident}" for name, ident in ids.items() if name != "api-keys"]
    keys = {key["id"]: key for key in api.http.get("/api/api-keys", params={"limit": 100}).json()["data"]}
    return [*(api.http.get(path).text for path in paths), str(keys[ids["api-keys"]])]


def test_lists_show_nothing_of_another_organization(fresh: Api, theirs: dict[str, str]) -> None:
    """Neither its rows nor its numbers, nor by its own ids as filters."""
    for name in theirs:
        body = fresh.http.get(f"/api/{name}").json()
        expected = 1 if name == "api-keys" else 0
        assert (len(body["data"]), body["pagination"]["total"]) == (expected, expected), name
    for path, parameter in (
        (OPERATIONS, {"order_id": theirs["orders"]}),
        ("/api/shipments", {"order_id": theirs["orders"]}),
        ("/api/shipments", {"operation_id": theirs["operations"]}),
    ):
        assert fresh.http.get(path, params=parameter).json()["pagination"]["total"] == 0


def test_another_organizations_things_cannot_be_named(fresh: Api, theirs: dict[str, str]) -> None:
    """Its order, account, bridge and shipment are as unknown as any other."""
    order = fresh.order()
    foreign = fresh.http.post(OPERATIONS, json=body_of("update_order_status", theirs["orders"], status="shipped"))
    refused(foreign, 404, "order_not_found")
    account = theirs["carrier-accounts"]
    shipment, bridge = theirs["shipments"], theirs["bridges"]
    for body in (
        body_of("create_shipment", order["id"], carrier_account_id=account, service=LABEL["service"]),
        body_of("push_fulfillment", order["id"], bridge_id=bridge, tracking_number="1", carrier="ups"),
        body_of("push_fulfillment", order["id"], bridge_id=fresh.bridge()["id"], shipment_id=shipment),
        body_of("void_shipment", None, shipment_id=shipment),
        body_of("fulfill_order", order["id"], carrier_account_id=account, service=LABEL["service"], bridge_id=bridge),
    ):
        refused(fresh.http.post(OPERATIONS, json=body), 422, "invalid_input")
    refused(fresh.http.post("/api/orders", json={"external_id": "x", "bridge_id": bridge}), 422, "invalid_input")


def body_of(kind: str, order_id: str | None, **given: Any) -> Json:
    return {"type": kind, "order_id": order_id, "input": given}


# Secrets ---------------------------------------------------------------------------------------------------------


def test_secrets_stay_inside(api: Api, running_stack: Stack) -> None:
    """Posted credentials and keys are in no answer, no log, no file of the stack's and no row of the database."""
    secret = f"hush-{uuid4()}"
    account = {"carrier": "shipengine", "name": "s", "mode": "test", "credentials": {"api_key": secret}}
    bridge = {"channel": "shopify", "name": "s", "mode": "test", "credentials": {"access_token": secret}}
    answers: list[httpx.Response] = []
    for path, body in (("/api/carrier-accounts", account), ("/api/bridges", bridge)):
        made = api.http.post(path, json=body, headers={"Idempotency-Key": str(uuid4())})
        one = f"{path}/{data(made, 201)['id']}"
        answers += [made, api.http.get(path), api.http.get(one), api.http.patch(one, json={"name": "t"})]
        answers.append(api.http.patch(one, json={"credentials": {"api_key": secret}, "surprise": secret}))
        answers.append(api.http.post(path, json={**body, "credentials": {"api_key": [secret]}}))
        answers.append(api.http.post(path, content=f'{{"credentials": {{"api_key": "{secret}"'))
    account_id = answers[0].json()["data"]["id"]
    settings = {"ship_from": SHIP_TO, "default_parcel": {"weight": "1", "weight_unit": "lb"}}
    data(api.http.patch(f"/api/carrier-accounts/{account_id}", json={"settings": settings}))
    operation = api.label(carrier_account_id=account_id)
    answers.append(api.http.post(f"{OPERATIONS}/{operation['id']}/execute", headers={"Prefer": "wait=20"}))
    answers.append(api.http.get(f"{OPERATIONS}/{operation['id']}"))
    key = api.key_with("orders:read")["secret"]
    assert api.http.get("/api/orders", headers={"Authorization": f"Bearer {key}"}).status_code == 200
    assert all(secret not in answer.text and secret not in str(answer.headers) for answer in answers)
    for needle in (secret, key):
        assert files_with(running_stack.data_dir, needle) == []
        assert rows_with(running_stack.info["database_url"], needle) == []
    assert files_with(running_stack.data_dir / "logs", api.key) == []


def files_with(folder: Path, needle: str) -> list[Path]:
    """Return every file that holds the text: PostgreSQL's own and Temporal's among them."""
    found = []
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink() and needle.encode() in path.read_bytes():
            found.append(path)
    return found


def rows_with(database_url: str, needle: str) -> list[str]:
    """Return every table with a row that holds the text."""
    with psycopg.connect(database_url) as connection:
        tables = connection.execute(
            "select table_schema, table_name from information_schema.tables "
            "where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')"
        ).fetchall()
        assert len(tables) > 8
        found = []
        for schema, table in tables:
            sql = f'select count(*) from "{schema}"."{table}" as one where one::text like %s'
            row = connection.execute(sql.encode(), [f"%{needle}%"]).fetchone()
            if row is not None and row[0]:
                found.append(table)
    return found
