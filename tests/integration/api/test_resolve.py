"""A person settles an outcome that the service cannot know."""

from typing import Any
from uuid import UUID

import pytest

from domain.operations import RunKind
from tests.fixtures.in_process_api import ApiClient, Temporal, refused_paths
from tests.fixtures.rows import Rows

UNKNOWN = {
    "reason": "outcome_unknown",
    "since": "2026-01-15T10:30:00Z",
    "step": "buy_label",
    "choices": ["happened", "did_not_happen"],
}
STUCK = {**UNKNOWN, "reason": "compensation_failed", "choices": ["retry", "happened", "did_not_happen"]}
PLAN = {"carrier_account_id": "880e8400-e29b-41d4-a716-446655440000", "carrier": "fedex", "service": "GROUND"}
LABEL = {"tracking_number": "794644790132", "carrier_shipment_id": "794644790132"}
HAPPENED = {"outcome": "happened", "reason": "seen it", "result": LABEL}
DID_NOT_HAPPEN = {"outcome": "did_not_happen", "reason": "asked the carrier"}


def insert_unknown(rows: Rows, state: str = "unknown") -> UUID:
    """Insert an operation whose label has an unknown outcome."""
    operation_id = rows.insert_operation(
        "executing", type="create_shipment", plan=PLAN, attention=UNKNOWN, current_run=1
    )
    rows.insert_effect(operation_id, state=state)
    return operation_id


def insert_stuck(rows: Rows) -> UUID:
    """Insert a failed operation whose label could not be voided."""
    error = {"code": "rejected", "message": "no", "step": "push_fulfillment", "rolled_back": False}
    operation_id = rows.insert_operation("failed", type="fulfill_order", error=error, attention=STUCK, current_run=1)
    bought = rows.insert_effect(operation_id)
    rows.insert_effect(operation_id, direction="undo", undoes=bought, state="unknown")
    return operation_id


def path_of(operation_id: UUID) -> str:
    return f"/api/operations/{operation_id}/resolve"


async def test_a_reported_label_is_adopted(client: ApiClient, rows: Rows, temporal: Temporal) -> None:
    response = await client.call("POST", path_of(insert_unknown(rows)), HAPPENED)

    assert (response.status_code, response.json()["data"]["attention"]) == (202, None)
    effect = rows.select_one("effects")
    assert effect["state"] == "done"
    del effect["result"]["resolved_by"]
    assert effect["result"] == {"carrier_account_id": PLAN["carrier_account_id"], **LABEL}
    (run,) = temporal.offered
    assert (run.kind, run.options.resolved) == (RunKind.EXECUTE, "happened")


def insert_unknown_label(rows: Rows, kind: str, paused: str) -> tuple[UUID, UUID, UUID]:
    """Insert an operation with an unknown label whose account or bridge is paused; return its id and theirs."""
    status = {name: "paused" if name == paused else "active" for name in ("account", "bridge")}
    account_id = rows.insert_account(status=status["account"])
    bridge_id = rows.insert_bridge(status=status["bridge"])
    touches = [account_id, bridge_id] if kind == "fulfill_order" else [account_id]
    plan = {**PLAN, "carrier_account_id": str(account_id), "bridge_id": str(bridge_id)}
    operation_id = rows.insert_operation(
        "executing", type=kind, plan=plan, touches=touches, attention=UNKNOWN, current_run=1
    )
    rows.insert_effect(operation_id, state="unknown")
    return operation_id, account_id, bridge_id


@pytest.mark.parametrize("kind", ["create_shipment", "fulfill_order"])
async def test_a_pause_does_not_hold_a_run_without_calls_to_the_account(
    client: ApiClient, rows: Rows, temporal: Temporal, kind: str
) -> None:
    """The person settled the only step that calls the paused account."""
    operation_id, account_id, bridge_id = insert_unknown_label(rows, kind, paused="account")

    resolved = await client.data("POST", path_of(operation_id), HAPPENED)

    assert resolved["progress"] is None
    assert (await client.data("GET", f"/api/operations/{operation_id}"))["progress"] is None
    assert [run.queue_key for run in temporal.offered] == [f"do:{bridge_id}" if kind == "fulfill_order" else "do:"]
    await client.data("POST", f"/api/carrier-accounts/{account_id}/pause", {"reason": "again"})
    assert "operation.held" not in [entry["type"] for entry in rows.select_log()]


async def test_a_pause_holds_a_run_whose_next_step_calls_the_bridge(
    client: ApiClient, rows: Rows, temporal: Temporal
) -> None:
    operation_id, _, bridge_id = insert_unknown_label(rows, "fulfill_order", paused="bridge")

    resolved = await client.data("POST", path_of(operation_id), HAPPENED)

    assert resolved["progress"]["bridge_id"] == str(bridge_id)
    assert temporal.offered == []
    assert "operation.held" in [entry["type"] for entry in rows.select_log()]


async def test_a_reported_label_must_be_identified(client: ApiClient, rows: Rows) -> None:
    response = await client.call("POST", path_of(insert_unknown(rows)), {"outcome": "happened", "reason": "seen it"})

    assert refused_paths(response) == ["result.tracking_number", "result.carrier_shipment_id"]
    assert rows.select_one("operations")["attention"] == UNKNOWN


NUMBERS = ["794644790132", "794644790133", "794644790134"]


@pytest.mark.parametrize(
    ("numbers", "path"),
    [
        (None, "result.tracking_numbers"),
        (NUMBERS[:2], "result.tracking_numbers"),
        ([*NUMBERS[:2], NUMBERS[0]], "result.tracking_numbers"),
        ([*NUMBERS[:2], "#"], "result.tracking_numbers.2"),
        ([*NUMBERS[:2], ""], "result.tracking_numbers.2"),
        ("794644790132", "result.tracking_numbers"),
    ],
)
async def test_a_report_of_several_parcels_names_each(client: ApiClient, rows: Rows, numbers: Any, path: str) -> None:
    operation_id = insert_unknown(rows)
    rows.run("update effects set sent = %s", '{"label": {"parcels": [{}, {}, {}]}}')
    result = LABEL if numbers is None else {**LABEL, "tracking_numbers": numbers}

    refused = await client.call("POST", path_of(operation_id), {**HAPPENED, "result": result})
    complete = {**LABEL, "tracking_numbers": NUMBERS}
    accepted = await client.call("POST", path_of(operation_id), {**HAPPENED, "result": complete})

    assert refused_paths(refused) == [path]
    assert accepted.status_code == 202
    assert rows.select_one("effects")["result"]["tracking_numbers"] == NUMBERS


async def test_a_report_of_one_parcel_has_no_list(client: ApiClient, rows: Rows) -> None:
    listed = {**HAPPENED, "result": {**LABEL, "tracking_numbers": NUMBERS[:1]}}

    response = await client.call("POST", path_of(insert_unknown(rows)), listed)

    assert refused_paths(response) == ["result.tracking_numbers"]


async def test_a_denied_purchase_fails_the_operation(client: ApiClient, rows: Rows, temporal: Temporal) -> None:
    response = await client.call("POST", path_of(insert_unknown(rows)), DID_NOT_HAPPEN)

    assert response.status_code == 202
    assert rows.select_one("effects")["state"] == "rejected"
    (run,) = temporal.offered
    assert (run.kind, run.options.code, run.options.step) == (RunKind.ROLLBACK, "did_not_happen", "buy_label")


@pytest.mark.parametrize("state", ["rejected", "prepared"])
async def test_a_late_refusal_allows_only_one_outcome(
    client: ApiClient, rows: Rows, temporal: Temporal, state: str
) -> None:
    """The refusal proves that the call had no effect."""
    path = path_of(insert_unknown(rows, state))

    wrong = await client.call("POST", path, HAPPENED)
    right = await client.call("POST", path, DID_NOT_HAPPEN)

    assert refused_paths(wrong) == ["outcome"]
    assert right.status_code == 202
    assert rows.select_one("effects")["state"] == state
    assert [run.kind for run in temporal.offered] == [RunKind.ROLLBACK]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"outcome": "retry", "reason": "x"}, "outcome"),
        ({"outcome": "maybe", "reason": "x"}, "outcome"),
        ({"outcome": "happened"}, "reason"),
        ({"outcome": "did_not_happen", "reason": "x", "step": "push_fulfillment"}, "step"),
    ],
)
async def test_a_resolution_that_settles_nothing_is_rejected(
    client: ApiClient, rows: Rows, body: dict[str, Any], field: str
) -> None:
    response = await client.call("POST", path_of(insert_unknown(rows)), body)

    assert refused_paths(response)[0] == field


async def test_an_operation_without_attention_cannot_be_resolved(client: ApiClient, rows: Rows) -> None:
    response = await client.call("POST", path_of(rows.insert_operation()), {"outcome": "happened", "reason": "x"})

    assert (response.status_code, response.json()["error"]["code"]) == (409, "nothing_to_resolve")


async def test_a_retried_compensation_keeps_its_cause(client: ApiClient, rows: Rows, temporal: Temporal) -> None:
    response = await client.call("POST", path_of(insert_stuck(rows)), {"outcome": "retry", "reason": "carrier is back"})

    assert response.status_code == 202
    (run,) = temporal.offered
    assert (run.kind, run.options.code, run.options.step) == (RunKind.ROLLBACK, "rejected", "push_fulfillment")


async def test_a_manual_compensation_is_recorded(client: ApiClient, rows: Rows, temporal: Temporal) -> None:
    response = await client.call(
        "POST", path_of(insert_stuck(rows)), {"outcome": "happened", "reason": "voided by phone"}
    )

    assert response.status_code == 202
    assert rows.select_one("effects", direction="undo")["outcome"] == "done_by_hand"
    assert rows.select_one("effects", direction="do")["reversed_at"] is not None
    assert temporal.offered[0].kind is RunKind.ROLLBACK


async def test_an_effect_can_be_left_uncompensated(client: ApiClient, rows: Rows, temporal: Temporal) -> None:
    body = {"outcome": "did_not_happen", "reason": "we use the label"}

    response = await client.call("POST", path_of(insert_stuck(rows)), body)

    assert (response.status_code, response.json()["data"]["attention"]) == (200, None)
    assert temporal.offered == []
    assert "we use the label" in rows.select_log()[-1]["message"]


async def test_a_resolution_without_a_run_is_final_at_once(client: ApiClient, rows: Rows) -> None:
    """A repeated call gets the same answer, although the first one would have waited."""
    path, body = path_of(insert_stuck(rows)), {"outcome": "did_not_happen", "reason": "we use the label"}

    first = await client.call("POST", path, body, Prefer="wait=60", Idempotency_Key="a")
    again = await client.call("POST", path, body, Prefer="wait=60", Idempotency_Key="a")

    assert (first.status_code, again.status_code) == (200, 200)
    assert again.content == first.content
    assert again.headers["idempotent-replayed"] == "true"


async def test_a_stuck_undo_continues_as_an_undo(client: ApiClient, rows: Rows, temporal: Temporal) -> None:
    operation_id = rows.insert_purchase(attention=STUCK)

    response = await client.call("POST", path_of(operation_id), {"outcome": "retry", "reason": "x"})

    assert response.status_code == 202
    assert temporal.offered[0].kind is RunKind.UNDO


@pytest.mark.parametrize(
    ("carrier", "shipment_id", "fits"),
    [
        ("fedex", "794644790132", True),
        ("fedex", "7946 4479 0132", False),
        ("ups", "1Z999AA10123456784", True),
        ("ups", "794644790132", False),
        ("usps", "9400111899223197428490", True),
        ("usps", "9400 1118 9922", False),
        ("easypost", "shp_4f5381cd729d48c2adc4d2d801d655e2", True),
        ("easypost", "9400111899223197428490", False),
        ("shipengine", "se-123456", True),
        ("shipengine", "9400111899223197428490", False),
    ],
)
async def test_a_label_id_must_have_the_carriers_form(
    client: ApiClient, rows: Rows, carrier: str, shipment_id: str, fits: bool
) -> None:
    operation_id = rows.insert_operation(
        "executing", type="create_shipment", plan={**PLAN, "carrier": carrier}, attention=UNKNOWN, current_run=1
    )
    rows.insert_effect(operation_id, state="unknown")
    body = {**HAPPENED, "result": {**LABEL, "carrier_shipment_id": shipment_id}}

    response = await client.call("POST", path_of(operation_id), body)

    assert response.status_code == (202 if fits else 422)
    if not fits:
        assert refused_paths(response) == ["result.carrier_shipment_id"]


@pytest.mark.parametrize("number", ["<script>", "../../794644790132", "\u202e794644790132"])
async def test_a_reported_tracking_number_is_validated(client: ApiClient, rows: Rows, number: str) -> None:
    operation_id = rows.insert_operation("executing", type="create_shipment", plan=PLAN, attention=UNKNOWN)
    rows.insert_effect(operation_id, state="unknown")

    response = await client.call(
        "POST", path_of(operation_id), {**HAPPENED, "result": {**LABEL, "tracking_number": number}}
    )

    assert response.status_code == 422
    assert refused_paths(response) == ["result.tracking_number"]


async def test_only_a_reported_result_can_be_corrected(client: ApiClient, rows: Rows) -> None:
    """A carrier's own answer stays."""
    body = {"outcome": "retry", "reason": "it is another", "result": {"carrier_shipment_id": "794644790999"}}

    response = await client.call("POST", path_of(insert_stuck(rows)), body)

    assert (response.status_code, refused_paths(response)) == (422, ["result"])
