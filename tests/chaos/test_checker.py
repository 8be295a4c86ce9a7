"""The checker accepts consistent records, and detects each kind of falsification."""

import copy
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.chaos.checker import Totals, check, check_totals
from tests.chaos.client_log import Call, ClientLog, Json
from tests.chaos.records import Records
from tests.chaos.timeline import timeline
from tests.chaos.vendors import restore_references

AT = "2026-01-15T10:00:00+00:00"
LATER = "2026-01-15T10:00:02+00:00"
OP, VOID, SHIPMENT, ACCOUNT, REFERENCE = "op-1", "op-2", "shipment-1", "account-1", "REF1"


@dataclass
class Case:
    """Records that a test falsifies."""

    client_log: ClientLog
    records: Records

    @property
    def operation(self) -> Json:
        return self.records.operations[OP]

    @property
    def effect(self) -> Json:
        return self.records.effects[OP][0]

    def log(self, *events: str) -> None:
        entries = [{"id": number, "event": event, **LINE} for number, event in enumerate(events)]
        self.records.logs[OP] = entries

    def log_call(self, verb: str, status: int, result: str, key: str | None = None, operation_id: str = OP) -> None:
        self.client_log.calls.append(
            Call(time.time(), "1.1", verb, key, operation_id, status, result, {}, replayed=False)
        )


LINE: Json = {"at": AT, "step": None, "actor": "service:worker", "message": "m", "operation_id": OP, "details": None}


def label(reference: str = REFERENCE, status: str = "live") -> Json:
    return {"reference": reference, "status": status, "label_id": "l"}


@pytest.fixture
def case() -> Case:
    """A completed purchase of one label, and its client's log."""
    operation: Json = {
        "id": OP, "type": "create_shipment", "status": "completed", "order_id": "order-1", "undo_status": "none",
        "input": {"ship_from": {"company": "1.1"}}, "plan": {"carrier_account_id": ACCOUNT}, "attention": None,
        "error": None, "output": {"shipment_id": SHIPMENT}, "current_run": 1, "created_at": AT, "updated_at": LATER,
    }  # fmt: skip
    effect: Json = {
        "id": "effect-1", "operation_id": OP, "step": "buy_label", "direction": "do", "state": "done", "undoes": None,
        "reference": REFERENCE, "reversed_at": None, "result": {"shipment_id": SHIPMENT}, "outcome": None,
    }  # fmt: skip
    run: Json = {
        "operation_id": OP, "run": 1, "kind": "execute", "workflow_id": "operation-op-1", "result": "completed",
        "created_at": AT, "started_at": AT, "closed_at": LATER,
    }  # fmt: skip
    records = Records(
        operations={OP: operation},
        logs={},
        effects={OP: [effect]},
        runs={OP: [run]},
        orders={"order-1": {"id": "order-1", "status": "pending"}},
        shipments={OP: [{"id": SHIPMENT, "operation_id": OP, "reference": REFERENCE, "status": "label_created"}]},
        workflows={"operation-op-1": "COMPLETED"},
        labels=[label()],
        fulfillments=[],
        requests=[],
        safety={ACCOUNT: "lookup_strong"},
        vendors={},
        retry_for=60,
    )
    case = Case(ClientLog(), records)
    case.log("operation.created", "operation.executing", "operation.completed")
    case.log_call("create", 201, "pending", key="1.1-create")
    case.log_call("execute", 202, "executing")
    case.log_call("get", 200, "completed")
    return case


def test_consistent_records_have_no_violation(case: Case) -> None:
    assert check(case.client_log, case.records) == []


def lose_an_operation(case: Case) -> None:
    case.log_call("create", 201, "pending", operation_id="op-2")


def answer_500(case: Case) -> None:
    case.log_call("undo", 500, "internal_error")


def refuse_without_cause(case: Case) -> None:
    case.log_call("get", 401, "invalid_api_key")


def report_an_earlier_status(case: Case) -> None:
    case.log_call("get", 200, "executing")


def report_a_false_cancel(case: Case) -> None:
    case.log_call("cancel", 200, "cancelled")


def replay_wrongly(case: Case) -> None:
    case.records.operations["op-2"] = {**copy.deepcopy(case.operation), "id": "op-2", "type": "update_order_status"}
    case.log_call("create", 201, "pending", key="1.1-create", operation_id="op-2")


def buy_twice(case: Case) -> None:
    case.records.labels.append(label(status="voided"))


def buy_without_an_operation(case: Case) -> None:
    case.records.labels.append(label("STRANGER"))


def void_without_an_operation(case: Case) -> None:
    case.records.labels[0]["status"] = "voided"


def void_and_say_it_failed(case: Case) -> None:
    """The label is voided, but the void_shipment operation failed without attention."""
    failed = {"status": "failed", "error": {"code": "unreachable", "rolled_back": True}, "output": None}
    void = {"id": VOID, "type": "void_shipment", "input": {"shipment_id": SHIPMENT}, **failed}
    case.records.operations[VOID] = {**copy.deepcopy(case.operation), **void}
    for book in (case.records.logs, case.records.runs, case.records.effects):
        book[VOID] = [{**row, "operation_id": VOID} for row in book[OP]]
    rejected = {"step": "void_shipment", "reference": "VOIDING", "state": "rejected", "result": None}
    case.records.effects[VOID] = [{**case.records.effects[VOID][0], **rejected}]
    case.records.runs[VOID][0] |= {"workflow_id": f"operation-{VOID}", "result": "failed"}
    case.records.workflows[f"operation-{VOID}"] = "FAILED"
    case.records.logs[VOID][-1]["event"] = "operation.failed"
    assert check(case.client_log, case.records) == []
    case.records.labels[0]["status"] = "voided"


def never_end(case: Case) -> None:
    case.operation["status"] = "executing"
    case.log("operation.created", "operation.executing")


def ask_without_need(case: Case) -> None:
    never_end(case)
    case.operation["attention"] = {"reason": "outcome_unknown", "choices": ["happened"]}


def ask_without_choices(case: Case) -> None:
    never_end(case)
    case.operation["attention"] = {"reason": "drift", "choices": []}


def fail_with_a_label(case: Case) -> None:
    case.operation.update(status="failed", error={"code": "rejected", "rolled_back": True})
    case.log("operation.created", "operation.executing", "operation.failed")


def fail_and_leave_it(case: Case) -> None:
    case.operation.update(status="failed", error={"code": "rejected", "rolled_back": False})
    case.log("operation.created", "operation.executing", "operation.failed")


def complete_twice(case: Case) -> None:
    case.log("operation.created", "operation.executing", "operation.completed", "operation.completed")


def skip_a_transition(case: Case) -> None:
    case.log("operation.created", "operation.completed")


def leave_a_workflow_open(case: Case) -> None:
    case.records.workflows["operation-op-1"] = "RUNNING"


def lose_a_workflow(case: Case) -> None:
    case.records.workflows.clear()


def run_without_an_operation(case: Case) -> None:
    case.records.workflows["operation-op-9"] = "COMPLETED"


def leave_a_run_open(case: Case) -> None:
    case.records.runs[OP][0]["closed_at"] = None


def skip_a_run(case: Case) -> None:
    case.operation["current_run"] = 2


def forget_the_shipment(case: Case) -> None:
    case.records.shipments.clear()


def hide_an_unknown_outcome(case: Case) -> None:
    case.effect["state"] = "unknown"


def do_a_step_twice(case: Case) -> None:
    case.records.effects[OP].append({**case.effect, "id": "effect-2", "reference": "REF2"})


def end_during_a_hold(case: Case) -> None:
    case.log("operation.created", "operation.executing", "operation.held", "operation.completed")


def release_without_a_hold(case: Case) -> None:
    case.log("operation.created", "operation.executing", "operation.released", "operation.completed")


def set_an_order_out_of_turn(case: Case) -> None:
    for number, words in enumerate(("pending -> shipped", "pending -> on_hold"), start=10):
        case.records.logs[OP].append({**LINE, "id": number, "event": "step.done", "message": f"order status {words}"})


FALSIFICATIONS = [
    lose_an_operation, answer_500, refuse_without_cause, report_an_earlier_status, report_a_false_cancel,
    replay_wrongly, buy_twice, buy_without_an_operation,
    void_without_an_operation, void_and_say_it_failed, never_end, ask_without_need, ask_without_choices,
    fail_with_a_label, fail_and_leave_it, complete_twice,
    skip_a_transition, leave_a_workflow_open, lose_a_workflow, run_without_an_operation, leave_a_run_open, skip_a_run,
    forget_the_shipment, hide_an_unknown_outcome, do_a_step_twice, set_an_order_out_of_turn,
    end_during_a_hold, release_without_a_hold,
]  # fmt: skip


@pytest.mark.parametrize("falsify", FALSIFICATIONS, ids=lambda falsify: falsify.__name__)
def test_each_falsification_is_detected(case: Case, falsify: Callable[[Case], Any]) -> None:
    falsify(case)
    assert check(case.client_log, case.records) != []


def test_a_wrong_total_is_detected() -> None:
    assert check_totals([Totals("", 3, 3)]) == []
    assert check_totals([Totals("status=failed", 3, 2)]) != []


def test_a_timeline_lists_every_record(case: Case) -> None:
    """The timeline has client calls, log, run and effects."""
    text = timeline(OP, case.client_log, case.records, [])
    for words in (
        "client create key=1.1-create: 201 pending",
        "log    operation.completed",
        "run    1 execute",
        REFERENCE,
    ):
        assert words in text


def test_a_request_without_a_number_has_no_owner() -> None:
    """The request is assigned to no operation, even if an operation has no tracking number."""
    push = {"step": "push_fulfillment", "direction": "do", "reference": REFERENCE, "created_at": AT}
    call: Json = {"reference": None, "at": LATER}
    numbered: Json = {"reference": "1Z", "at": LATER}
    operations: dict[str, Json] = {OP: {"input": {}}, "op-2": {"input": {"tracking_number": "1Z"}}}

    restore_references([call, numbered], operations, {OP: [push], "op-2": [{**push, "reference": "R2"}]}, {})

    assert (call["reference"], numbered["reference"]) == (None, "R2")
