"""An operation with an unknown outcome needs attention, and an operator resolves it."""

from collections.abc import Iterator

import pytest

from tests.fixtures.api import LABEL, WAIT, Api, data, paths, refused
from tests.fixtures.builders import Json

OPERATIONS = "/api/operations"


@pytest.fixture(autouse=True)
def _clear_faults(api: Api) -> Iterator[None]:
    yield
    api.sandbox.clear()


def make_unknown(api: Api, fault: str) -> Json:
    """Return an operation whose label may or may not have been bought."""
    account = api.account(read_timeout_seconds=1)
    api.sandbox.script("labels.create", fault)
    api.sandbox.script("labels.find", "no_lookup")
    operation = api.label(carrier_account_id=account["id"])
    assert api.http.post(f"{OPERATIONS}/{operation['id']}/execute").status_code == 202
    return api.until(operation["id"], lambda operation: operation["attention"])


def resolve(api: Api, operation: Json, **body: object) -> Json:
    answer = api.http.post(f"{OPERATIONS}/{operation['id']}/resolve", json=body, headers=WAIT)
    return data(answer, 200)


@pytest.mark.parametrize("fault", ["drop", "accept_then_drop", "accept_then_stall", "garbage"])
def test_an_unknown_outcome_needs_attention(api: Api, fault: str) -> None:
    """The attention names the step, the time and the choices, and the list's filter finds the operation."""
    operation = make_unknown(api, fault)
    attention = operation["attention"]
    assert (attention["reason"], attention["step"]) == ("outcome_unknown", "buy_label")
    assert attention["since"]
    assert {"happened", "did_not_happen"} <= set(attention["choices"])
    assert operation["status"] == "executing"
    listed = api.http.get(OPERATIONS, params={"attention": "true", "limit": 100}).json()["data"]
    assert operation["id"] in {operation["id"] for operation in listed}
    assert all(operation["attention"] for operation in listed)
    resolve(api, operation, outcome="did_not_happen", force=True, reason="the carrier's support told us")


def test_resolve_happened_completes_with_the_bought_label(api: Api) -> None:
    """`happened` with the label's ids: the operation completes with that label, and can be undone."""
    before = {label["tracking_number"] for label in api.sandbox.labels()}
    operation = make_unknown(api, "accept_then_drop")
    label = next(label for label in api.sandbox.labels() if label["tracking_number"] not in before)
    missing = {"outcome": "happened", "reason": "seen in the carrier's portal"}
    answer = api.http.post(f"{OPERATIONS}/{operation['id']}/resolve", json=missing)
    assert paths(refused(answer, 422, "invalid_input")) == ["result.carrier_shipment_id", "result.tracking_number"]
    strange = {"tracking_number": "1", "carrier_shipment_id": "se-2", "shipment_id": "3"}
    answer = api.http.post(f"{OPERATIONS}/{operation['id']}/resolve", json={**missing, "result": strange})
    assert paths(refused(answer, 422, "invalid_input")) == ["result.shipment_id"]
    facts = {"tracking_number": label["tracking_number"], "carrier_shipment_id": f"se-{label['tracking_number']}"}
    completed = resolve(api, operation, **missing, result=facts)
    assert (completed["status"], completed["attention"]) == ("completed", None)
    assert completed["output"]["tracking_number"] == label["tracking_number"]
    assert "seen in the carrier's portal" in str(completed["logs"])
    shipment = data(api.http.get(f"/api/shipments/{completed['output']['shipment_id']}"))
    assert shipment["tracking_number"] == label["tracking_number"]
    assert data(api.http.post(f"{OPERATIONS}/{operation['id']}/undo"))["status"] == "undone"
    after = [label for label in api.sandbox.labels() if label["tracking_number"] not in before]
    assert [label["status"] for label in after] == ["voided"]


def test_resolve_did_not_happen_fails_the_operation(api: Api) -> None:
    """`did_not_happen`: the operation fails without effects, and a retry buys exactly one label."""
    before = len(api.sandbox.labels())
    operation = make_unknown(api, "drop")
    failed = resolve(api, operation, outcome="did_not_happen", force=True, reason="no such label in the portal")
    assert (failed["status"], failed["attention"]) == ("failed", None)
    assert failed["error"]["rolled_back"] is True
    assert len(api.sandbox.labels()) == before
    again = data(api.http.post(f"{OPERATIONS}/{operation['id']}/retry", headers=WAIT))
    assert (again["status"], again["error"]) == ("completed", None)
    assert len(api.sandbox.labels()) == before + 1


def test_resolve_rejects_a_malformed_label_id(api: Api) -> None:
    """An id that looks like a path is rejected, because the carrier has no such ids."""
    operation = make_unknown(api, "drop")
    facts = {"tracking_number": "1", "carrier_shipment_id": "../../../_sandbox/faults?x=1#"}
    body = {"outcome": "happened", "reason": "typed by hand", "result": facts}
    answer = api.http.post(f"{OPERATIONS}/{operation['id']}/resolve", json=body)
    error = refused(answer, 422, "invalid_input")
    assert paths(error) == ["result.carrier_shipment_id"]
    assert error["details"]["fields"][0]["message"] == "must be ShipEngine's label id, such as se-123456"
    resolve(api, operation, outcome="did_not_happen", force=True, reason="there is none")


def test_resolve_retry_corrects_a_wrong_label_id(api: Api) -> None:
    """The undo fails with a wrong label id, succeeds with the right one, and the log has the reason."""
    before = {label["tracking_number"] for label in api.sandbox.labels()}
    operation = make_unknown(api, "accept_then_drop")
    number = next(label["tracking_number"] for label in api.sandbox.labels() if label["tracking_number"] not in before)
    wrong = {"tracking_number": number, "carrier_shipment_id": "se-404"}
    completed = resolve(api, operation, outcome="happened", reason="typed by hand", result=wrong)
    assert completed["status"] == "completed"
    path = f"{OPERATIONS}/{operation['id']}"
    api.http.post(f"{path}/undo", headers=WAIT)
    stuck = api.until(operation["id"], lambda operation: operation["attention"])
    assert "retry" in stuck["attention"]["choices"]

    body = {"outcome": "retry", "reason": "read it again", "result": {"carrier_shipment_id": "404"}}
    answer = api.http.post(f"{path}/resolve", json=body)
    assert paths(refused(answer, 422, "invalid_input")) == ["result.carrier_shipment_id"]
    answer = api.http.post(f"{path}/resolve", json={**body, "outcome": "happened"})
    assert paths(refused(answer, 422, "invalid_input")) == ["result"]
    right = {"carrier_shipment_id": f"se-{number}"}
    undone = resolve(api, operation, outcome="retry", reason="read it again", result=right)

    assert (undone["status"], undone["attention"]) == ("undone", None)
    shipment = data(api.http.get(f"/api/shipments/{completed['output']['shipment_id']}"))
    assert (shipment["carrier_shipment_id"], shipment["status"]) == (f"se-{number}", "voided")
    assert "read it again" in str(undone["logs"])


def test_resolve_needs_a_valid_outcome_and_a_reason(api: Api) -> None:
    """The call must have a valid outcome and a reason, and works once."""
    operation = make_unknown(api, "drop")
    path = f"{OPERATIONS}/{operation['id']}/resolve"
    bodies: list[tuple[Json, list[str]]] = [
        ({"outcome": "maybe", "reason": "x"}, ["outcome"]),
        ({"outcome": "did_not_happen"}, ["reason"]),
        ({"outcome": "did_not_happen", "reason": ""}, ["reason"]),
        ({"outcome": "did_not_happen", "reason": "x", "step": "push_fulfillment"}, ["step"]),
        ({"outcome": "did_not_happen", "reason": "x", "colour": "red"}, ["colour"]),
    ]
    for body, bad in bodies:
        assert paths(refused(api.http.post(path, json=body), 422, "invalid_input")) == bad
    resolve(api, operation, outcome="did_not_happen", force=True, reason="asked")
    answer = api.http.post(path, json={"outcome": "did_not_happen", "reason": "again"})
    assert refused(answer, 409, "nothing_to_resolve")["details"]["status"] == "failed"


def test_an_unknown_outcome_blocks_all_other_actions(api: Api) -> None:
    operation = make_unknown(api, "drop")
    for call, status, code in (
        ("execute", 409, "operation_not_pending"),
        ("cancel", 409, "operation_not_pending"),
        ("retry", 409, "operation_not_failed"),
        ("undo", 422, "undo_not_available"),
    ):
        refused(api.http.post(f"{OPERATIONS}/{operation['id']}/{call}"), status, code)
    resolve(api, operation, outcome="did_not_happen", force=True, reason="asked")


def test_a_failed_operation_is_retried(api: Api) -> None:
    """The operation gets a second run, which clears the error."""
    before = len(api.sandbox.labels())
    api.sandbox.script("labels.create", "reject")
    failed = api.done(api.label(), "failed")
    assert (failed["error"]["code"], failed["error"]["step"]) == ("rejected", "buy_label")
    again = data(api.http.post(f"{OPERATIONS}/{failed['id']}/retry", headers=WAIT))
    assert (again["status"], again["error"]) == ("completed", None)
    assert [run["run"] for run in again["runs"]] == [1, 2]
    assert len(api.sandbox.labels()) == before + 1


def test_a_failed_rollback_needs_attention(api: Api) -> None:
    """A failed rollback needs attention and blocks a retry until the void succeeds."""
    bridge = api.bridge()
    api.sandbox.script("fulfillments.create", "reject")
    api.sandbox.script("labels.void", "reject")
    operation = api.create("fulfill_order", api.order()["id"], **LABEL, bridge_id=bridge["id"])
    failed = api.done(operation, "failed")
    assert failed["attention"]["reason"] == "compensation_failed"
    assert failed["error"]["rolled_back"] is False
    refused(api.http.post(f"{OPERATIONS}/{operation['id']}/retry"), 409, "compensation_unsettled")
    assert "retry" in failed["attention"]["choices"]
    settled = resolve(api, operation, outcome="retry", reason="the carrier works again")
    assert (settled["status"], settled["attention"]) == ("failed", None)
    assert settled["error"]["rolled_back"] is True
