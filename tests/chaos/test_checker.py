"""The checker is silent about true books, and finds each lie: a checker that finds nothing proves nothing."""

import copy
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.chaos.books import Books
from tests.chaos.checker import Totals, check, check_totals
from tests.chaos.timeline import timeline
from tests.chaos.told import Call, Json, Told
from tests.chaos.vendors import own_references

AT = "2026-01-15T10:00:00+00:00"
LATER = "2026-01-15T10:00:02+00:00"
OP, VOID, SHIPMENT, ACCOUNT, REFERENCE = "op-1", "op-2", "shipment-1", "account-1", "REF1"


@dataclass
class Case:
    """Books that are about to be falsified."""

    told: Told
    books: Books

    @property
    def operation(self) -> Json:
        return self.books.operations[OP]

    @property
    def effect(self) -> Json:
        return self.books.effects[OP][0]

    def log(self, *events: str) -> None:
        entries = [{"id": number, "event": event, **LINE} for number, event in enumerate(events)]
        self.books.logs[OP] = entries

    def tell(self, verb: str, status: int, said: str, key: str | None = None, operation_id: str = OP) -> None:
        self.told.calls.append(Call(time.time(), "1.1", verb, key, operation_id, status, said, {}, replayed=False))


LINE: Json = {"at": AT, "step": None, "actor": "system", "message": "m", "operation_id": OP, "details": None}


def label(reference: str = REFERENCE, status: str = "live") -> Json:
    return {"reference": reference, "status": status, "label_id": "l"}


@pytest.fixture
def case() -> Case:
    """One label that was bought by a completed operation, and its client."""
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
    books = Books(
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
    made = Case(Told(), books)
    made.log("operation.created", "operation.executing", "operation.completed")
    made.tell("create", 201, "pending", key="1.1-create")
    made.tell("execute", 202, "executing")
    made.tell("get", 200, "completed")
    return made


def test_true_books_are_in_order(case: Case) -> None:
    assert check(case.told, case.books) == []


def lose(case: Case) -> None:
    case.tell("create", 201, "pending", operation_id="op-2")


def answer_500(case: Case) -> None:
    case.tell("undo", 500, "internal_error")


def refuse_without_cause(case: Case) -> None:
    case.tell("get", 401, "invalid_api_key")


def go_back(case: Case) -> None:
    case.tell("get", 200, "executing")


def promise_a_cancel(case: Case) -> None:
    case.tell("cancel", 200, "cancelled")


def replay_wrongly(case: Case) -> None:
    case.books.operations["op-2"] = {**copy.deepcopy(case.operation), "id": "op-2", "type": "update_order_status"}
    case.tell("create", 201, "pending", key="1.1-create", operation_id="op-2")


def buy_twice(case: Case) -> None:
    case.books.labels.append(label(status="voided"))


def buy_for_nobody(case: Case) -> None:
    case.books.labels.append(label("STRANGER"))


def void_in_secret(case: Case) -> None:
    case.books.labels[0]["status"] = "voided"


def void_and_say_it_failed(case: Case) -> None:
    """The label is gone, and the operation that was to void it failed, with nobody asked."""
    failed = {"status": "failed", "error": {"code": "unreachable", "rolled_back": True}, "output": None}
    void = {"id": VOID, "type": "void_shipment", "input": {"shipment_id": SHIPMENT}, **failed}
    case.books.operations[VOID] = {**copy.deepcopy(case.operation), **void}
    for book in (case.books.logs, case.books.runs, case.books.effects):
        book[VOID] = [{**row, "operation_id": VOID} for row in book[OP]]
    rejected = {"step": "void_shipment", "reference": "VOIDING", "state": "rejected", "result": None}
    case.books.effects[VOID] = [{**case.books.effects[VOID][0], **rejected}]
    case.books.runs[VOID][0] |= {"workflow_id": f"operation-{VOID}", "result": "failed"}
    case.books.workflows[f"operation-{VOID}"] = "FAILED"
    case.books.logs[VOID][-1]["event"] = "operation.failed"
    assert check(case.told, case.books) == []
    case.books.labels[0]["status"] = "voided"


def never_end(case: Case) -> None:
    case.operation["status"] = "executing"
    case.log("operation.created", "operation.executing")


def ask_without_need(case: Case) -> None:
    never_end(case)
    case.operation["attention"] = {"reason": "outcome_unknown", "choices": ["happened"]}


def ask_nothing(case: Case) -> None:
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
    case.books.workflows["operation-op-1"] = "RUNNING"


def lose_a_workflow(case: Case) -> None:
    case.books.workflows.clear()


def run_for_nobody(case: Case) -> None:
    case.books.workflows["operation-op-9"] = "COMPLETED"


def leave_a_run_open(case: Case) -> None:
    case.books.runs[OP][0]["closed_at"] = None


def skip_a_run(case: Case) -> None:
    case.operation["current_run"] = 2


def forget_the_shipment(case: Case) -> None:
    case.books.shipments.clear()


def doubt_in_secret(case: Case) -> None:
    case.effect["state"] = "unknown"


def stand_twice(case: Case) -> None:
    case.books.effects[OP].append({**case.effect, "id": "effect-2", "reference": "REF2"})


def set_an_order_out_of_turn(case: Case) -> None:
    for number, words in enumerate(("pending -> shipped", "pending -> on_hold"), start=10):
        case.books.logs[OP].append({**LINE, "id": number, "event": "step.done", "message": f"order status {words}"})


LIES = [
    lose, answer_500, refuse_without_cause, go_back, promise_a_cancel, replay_wrongly, buy_twice, buy_for_nobody,
    void_in_secret, void_and_say_it_failed, never_end, ask_without_need, ask_nothing,
    fail_with_a_label, fail_and_leave_it, complete_twice,
    skip_a_transition, leave_a_workflow_open, lose_a_workflow, run_for_nobody, leave_a_run_open, skip_a_run,
    forget_the_shipment, doubt_in_secret, stand_twice, set_an_order_out_of_turn,
]  # fmt: skip


@pytest.mark.parametrize("lie", LIES, ids=lambda lie: lie.__name__)
def test_each_lie_is_found(case: Case, lie: Callable[[Case], Any]) -> None:
    lie(case)
    assert check(case.told, case.books) != []


def test_a_wrong_total_is_found() -> None:
    assert check_totals([Totals("", 3, 3)]) == []
    assert check_totals([Totals("status=failed", 3, 2)]) != []


def test_a_timeline_tells_everything_in_order(case: Case) -> None:
    """Client calls, log, run and rows."""
    shown = timeline(OP, case.told, case.books, [])
    for words in (
        "client create key=1.1-create: 201 pending",
        "log    operation.completed",
        "run    1 execute",
        REFERENCE,
    ):
        assert words in shown


def test_a_call_that_names_nothing_is_nobodys() -> None:
    """An operation without a tracking number of its own has no part in it."""
    push = {"step": "push_fulfillment", "direction": "do", "reference": REFERENCE, "created_at": AT}
    call: Json = {"reference": None, "at": LATER}
    numbered: Json = {"reference": "1Z", "at": LATER}
    operations: dict[str, Json] = {OP: {"input": {}}, "op-2": {"input": {"tracking_number": "1Z"}}}

    own_references([call, numbered], operations, {OP: [push], "op-2": [{**push, "reference": "R2"}]}, {})

    assert (call["reference"], numbered["reference"]) == (None, "R2")
