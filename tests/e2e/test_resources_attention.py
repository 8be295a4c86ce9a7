"""What nobody can know is shown to a person, and settled by one."""

from collections.abc import Iterator

import pytest

from tests.fixtures.api import LABEL, WAIT, Api, data, paths, refused
from tests.fixtures.builders import Json

OPERATIONS = "/api/operations"


@pytest.fixture(autouse=True)
def _no_faults_left(api: Api) -> Iterator[None]:
    yield
    api.sandbox.clear()


def in_doubt(api: Api, fault: str) -> Json:
    """Return an operation of which nobody knows whether its label was bought."""
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
def test_an_unknown_outcome_is_shown(api: Api, fault: str) -> None:
    """Not guessed and not sent again: it says since when, which step, and what can be done; and the list finds it."""
    operation = in_doubt(api, fault)
    attention = operation["attention"]
    assert (attention["reason"], attention["step"]) == ("outcome_unknown", "buy_label")
    assert attention["since"]
    assert {"happened", "did_not_happen"} <= set(attention["choices"])
    assert operation["status"] == "executing"
    listed = api.http.get(OPERATIONS, params={"attention": "true", "limit": 100}).json()["data"]
    assert operation["id"] in {operation["id"] for operation in listed}
    assert all(operation["attention"] for operation in listed)
    resolve(api, operation, outcome="did_not_happen", force=True, reason="the carrier's support told us")


def test_a_label_that_was_bought_is_taken_over(api: Api) -> None:
    """`happened`, with what the person knows: the operation completes with that label, and can be undone."""
    before = {label["tracking_number"] for label in api.sandbox.labels()}
    operation = in_doubt(api, "accept_then_drop")
    label = next(label for label in api.sandbox.labels() if label["tracking_number"] not in before)
    missing = {"outcome": "happened", "reason": "seen in the carrier's portal"}
    answer = api.http.post(f"{OPERATIONS}/{operation['id']}/resolve", json=missing)
    assert paths(refused(answer, 422, "invalid_input")) == ["result.carrier_shipment_id", "result.tracking_number"]
    strange = {"tracking_number": "1", "carrier_shipment_id": "se-2", "shipment_id": "3"}
    answer = api.http.post(f"{OPERATIONS}/{operation['id']}/resolve", json={**missing, "result": strange})
    assert paths(refused(answer, 422, "invalid_input")) == ["result.shipment_id"]
    facts = {"tracking_number": label["tracking_number"], "carrier_shipment_id": f"se-{label['tracking_number']}"}
    done = resolve(api, operation, **missing, result=facts)
    assert (done["status"], done["attention"]) == ("completed", None)
    assert done["output"]["tracking_number"] == label["tracking_number"]
    assert "seen in the carrier's portal" in str(done["logs"])
    shipment = data(api.http.get(f"/api/shipments/{done['output']['shipment_id']}"))
    assert shipment["tracking_number"] == label["tracking_number"]
    assert data(api.http.post(f"{OPERATIONS}/{operation['id']}/undo"))["status"] == "undone"
    after = [label for label in api.sandbox.labels() if label["tracking_number"] not in before]
    assert [label["status"] for label in after] == ["voided"]


def test_a_label_that_was_not_bought_ends_the_operation(api: Api) -> None:
    """`did_not_happen`: failed, nothing stands, and a retry buys exactly one."""
    before = len(api.sandbox.labels())
    operation = in_doubt(api, "drop")
    failed = resolve(api, operation, outcome="did_not_happen", force=True, reason="no such label in the portal")
    assert (failed["status"], failed["attention"]) == ("failed", None)
    assert failed["error"]["rolled_back"] is True
    assert len(api.sandbox.labels()) == before
    again = data(api.http.post(f"{OPERATIONS}/{operation['id']}/retry", headers=WAIT))
    assert (again["status"], again["error"]) == ("completed", None)
    assert len(api.sandbox.labels()) == before + 1


def test_what_a_person_says_leads_nowhere_else(api: Api) -> None:
    """An id that looks like a path is refused: the carrier has no such ids."""
    operation = in_doubt(api, "drop")
    facts = {"tracking_number": "1", "carrier_shipment_id": "../../../_sandbox/faults?x=1#"}
    body = {"outcome": "happened", "reason": "typed by hand", "result": facts}
    answer = api.http.post(f"{OPERATIONS}/{operation['id']}/resolve", json=body)
    error = refused(answer, 422, "invalid_input")
    assert paths(error) == ["result.carrier_shipment_id"]
    assert error["details"]["fields"][0]["message"] == "must be ShipEngine's label id, such as se-123456"
    resolve(api, operation, outcome="did_not_happen", force=True, reason="there is none")


def test_a_wrong_id_is_corrected(api: Api) -> None:
    """The undo can't find the label that a person named; with the right id it does, and the log says who named it."""
    before = {label["tracking_number"] for label in api.sandbox.labels()}
    operation = in_doubt(api, "accept_then_drop")
    number = next(label["tracking_number"] for label in api.sandbox.labels() if label["tracking_number"] not in before)
    wrong = {"tracking_number": number, "carrier_shipment_id": "se-404"}
    done = resolve(api, operation, outcome="happened", reason="typed by hand", result=wrong)
    assert done["status"] == "completed"
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
    shipment = data(api.http.get(f"/api/shipments/{done['output']['shipment_id']}"))
    assert (shipment["carrier_shipment_id"], shipment["status"]) == (f"se-{number}", "voided")
    assert "read it again" in str(undone["logs"])


def test_a_settlement_is_one_of_the_choices_with_a_reason(api: Api) -> None:
    """And is made once."""
    operation = in_doubt(api, "drop")
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


def test_an_operation_in_doubt_is_neither_undone_nor_executed_again(api: Api) -> None:
    operation = in_doubt(api, "drop")
    for call, status, code in (
        ("execute", 409, "operation_not_pending"),
        ("cancel", 409, "operation_not_pending"),
        ("retry", 409, "operation_not_failed"),
        ("undo", 422, "undo_not_available"),
    ):
        refused(api.http.post(f"{OPERATIONS}/{operation['id']}/{call}"), status, code)
    resolve(api, operation, outcome="did_not_happen", force=True, reason="asked")


def test_a_failed_operation_is_retried(api: Api) -> None:
    """The same operation, a second run; what failed is told no more."""
    before = len(api.sandbox.labels())
    api.sandbox.script("labels.create", "reject")
    failed = api.done(api.label(), "failed")
    assert (failed["error"]["code"], failed["error"]["step"]) == ("rejected", "buy_label")
    again = data(api.http.post(f"{OPERATIONS}/{failed['id']}/retry", headers=WAIT))
    assert (again["status"], again["error"]) == ("completed", None)
    assert [run["run"] for run in again["runs"]] == [1, 2]
    assert len(api.sandbox.labels()) == before + 1


def test_a_label_that_cannot_be_voided_is_shown(api: Api) -> None:
    """A failed rollback is a state: it can't be retried past, and is settled by a person who voided it by hand."""
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
