"""The schemas of the operation types match the inputs and outputs of the API."""

from uuid import uuid4

import jsonschema
import pytest

from tests.fixtures.api import Api, data, is_uuid
from tests.fixtures.builders import Json


def test_types_have_schemas_and_descriptions(api: Api) -> None:
    """Each schema is JSON Schema 2020-12, and accepts and rejects the same inputs as the API."""
    types = {
        operation_type["type"]: operation_type
        for operation_type in api.http.get("/api/operations/types").json()["data"]
    }
    assert {name: operation_type["supports_undo"] for name, operation_type in types.items()} == {
        "create_shipment": True,
        "push_fulfillment": True,
        "update_order_status": True,
        "fulfill_order": True,
        "void_shipment": False,
    }
    for name, operation_type in types.items():
        assert operation_type["description"]
        assert data(api.http.get(f"/api/operations/types/{name}")) == operation_type
        jsonschema.Draft202012Validator.check_schema(operation_type["input_schema"])
        jsonschema.Draft202012Validator.check_schema(operation_type["output_schema"])
    label = jsonschema.Draft202012Validator(types["create_shipment"]["input_schema"])
    assert label.is_valid({"carrier": "fedex", "service": "GROUND"})
    assert label.is_valid({"carrier_account_id": str(uuid4()), "service": "GROUND_HOME_DELIVERY"})
    assert not label.is_valid({"carrier": "fedex"})
    assert not label.is_valid({"carrier": "fedex", "service": "GROUND", "surprise": 1})


@pytest.mark.parametrize("kind", ["create_shipment", "update_order_status", "push_fulfillment", "fulfill_order"])
def test_inputs_and_outputs_match_their_schemas(api: Api, kind: str) -> None:
    order, bridge = api.order(), api.bridge()
    fields: dict[str, Json] = {
        "create_shipment": {"carrier": "fedex", "service": "GROUND"},
        "update_order_status": {"status": "shipped"},
        "push_fulfillment": {"bridge_id": bridge["id"], "tracking_number": "1Z", "carrier": "ups"},
        "fulfill_order": {"carrier": "fedex", "service": "GROUND", "bridge_id": bridge["id"]},
    }
    schemas = data(api.http.get(f"/api/operations/types/{kind}"))
    jsonschema.validate(fields[kind], schemas["input_schema"], jsonschema.Draft202012Validator)
    completed = api.done(api.create(kind, order["id"], **fields[kind]))
    jsonschema.validate(completed["output"], schemas["output_schema"], jsonschema.Draft202012Validator)
    assert is_uuid(completed["id"])
