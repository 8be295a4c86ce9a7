"""Checks of logs, runs, workflows and order statuses."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator

from domain.operations import TRANSITIONS, OperationStatus
from tests.chaos.client_log import Json
from tests.chaos.records import Records
from tests.chaos.violation import Violation

STEPS: dict[str, tuple[str, ...]] = {
    "operation.created": ("", "pending"),
    "operation.cancelled": ("pending", "cancelled"),
    "operation.executing": ("pending", "executing"),
    "operation.retry_started": ("failed", "executing"),
    "operation.resumed": ("executing", "executing"),
    "operation.completed": ("executing", "completed"),
    "operation.attention": ("executing", "executing"),
    "operation.undo_started": ("completed", "completed"),
    "operation.undo_failed": ("completed", "completed"),
    "operation.undone": ("completed", "undone"),
}
"""The status before and after each log event. `failed` and events that are not listed occur in several statuses."""

HELD, RELEASED = "operation.held", "operation.released"
ENDS = ("operation.completed", "operation.failed", "operation.attention")

ENDED_AS = {
    ("execute", "completed"): "COMPLETED",
    ("execute", "failed"): "FAILED",
    ("execute", "attention"): "FAILED",
    ("rollback", "failed"): "COMPLETED",
    ("undo", "undone"): "COMPLETED",
    ("undo", "undo_failed"): "FAILED",
}
"""Temporal's status of a run's workflow, by kind and result of the run."""

ORDER_STATUS = re.compile(r"order status (\w+) -> (\w+)(?:: (\w+))?$")


def reachable(earlier: str, later: str) -> bool:
    """Return whether an operation can get from one status to another."""
    seen, current = set(), {OperationStatus(earlier)}
    while current:
        seen |= current
        current = {successor for status in current for successor in TRANSITIONS[status]} - seen
    return OperationStatus(later) in seen


def transitions_are_logged(records: Records) -> Iterator[Violation]:
    """The log has each transition once, in a valid order, and ends with the operation's status."""
    for ident, operation in records.operations.items():
        status = ""
        events = [entry["event"] for entry in records.logs.get(ident, []) if entry["event"].startswith("operation.")]
        for event in events:
            if event == "operation.failed" and status in ("executing", "failed"):
                status = "failed"
            elif event in STEPS:
                before, after = STEPS[event]
                if event == "operation.cancelled" and HELD in events:
                    before = status  # pending, or executing while the run waited for a paused account
                if status != before:
                    yield Violation(ident, f"the log has {event} after {status or 'nothing'}: {events}")
                status = after
        if status != operation["status"]:
            yield Violation(ident, f"the log ends with {status}, the operation is {operation['status']}: {events}")


def holds_are_released(records: Records) -> Iterator[Violation]:
    """Each hold in the log ends: the operation is released, or cancelled while it waits; only a hold is released."""
    for ident in records.operations:
        is_held = False
        events = [entry["event"] for entry in records.logs.get(ident, []) if entry["event"].startswith("operation.")]
        for event in events:
            if (is_held and event in ENDS) or (not is_held and event == RELEASED):
                yield Violation(ident, f"the log has {event} {'during' if is_held else 'without'} a hold: {events}")
            is_held = event == HELD or (is_held and event not in (RELEASED, "operation.cancelled"))
        if is_held:
            yield Violation(ident, f"the log never ends the hold: {events}")


def runs_are_closed(records: Records) -> Iterator[Violation]:
    """Runs have consecutive numbers, all are closed, and the log has each end once."""
    for ident, operation in records.operations.items():
        runs = records.runs.get(ident, [])
        numbers = [run["run"] for run in runs]
        if numbers != list(range(1, operation["current_run"] + 1)):
            yield Violation(ident, f"runs {numbers}, the newest should be {operation['current_run']}")
        for run in runs:
            if run["closed_at"] is None:
                yield Violation(ident, f"run {run['run']} is open although everything has settled")
        ends = Counter(f"operation.{run['result']}" for run in runs if run["closed_at"])
        logged = Counter(entry["event"] for entry in records.logs.get(ident, []))
        for event, times in ends.items():
            # A run that never started is held too, possibly several times.
            if logged[event] < times or (logged[event] > times and event != HELD):
                yield Violation(ident, f"{times} runs ended with {event}, which is logged {logged[event]} times")


def workflows_match_runs(records: Records) -> Iterator[Violation]:
    """Temporal has exactly one closed workflow for each run, and it ended like the run."""
    known = set()
    for ident, runs in records.runs.items():
        for run in runs:
            known.add(run["workflow_id"])
            status = records.workflows.get(run["workflow_id"], "ABSENT")
            if status == "RUNNING":
                yield Violation(ident, f"workflow {run['workflow_id']} is open, its run is closed: {run['result']}")
            expected = ENDED_AS.get((run["kind"], run["result"]))
            if expected is not None and status not in (expected, "RUNNING", "TERMINATED"):
                yield Violation(ident, f"run {run['run']} ended {run['result']}, its workflow {status}")
    for workflow_id in records.workflows.keys() - known:
        yield Violation(None, f"workflow {workflow_id} belongs to no run")


def order_statuses_match_log(records: Records) -> Iterator[Violation]:
    """Each order's status is the result of its logged changes."""
    changes: dict[str, list[Json]] = defaultdict(list)
    for ident, entries in records.logs.items():
        order = records.operations[ident]["order_id"]
        changes[order] += [entry for entry in entries if entry["message"].startswith("order status ")]
    for order, entries in changes.items():
        status = None
        for entry in sorted(entries, key=lambda entry: int(entry["id"])):
            matched = ORDER_STATUS.match(entry["message"])
            if matched is None or matched[3] not in (None, "restored"):
                continue
            if status not in (None, matched[1]):
                yield Violation(entry["operation_id"], f"order {order} was {status}, but: {entry['message']}")
            status = matched[2]
        if status is not None and records.orders[order]["status"] != status:
            yield Violation(None, f"order {order} is {records.orders[order]['status']}, but was last set to {status}")


CHECKS: tuple[Callable[[Records], Iterator[Violation]], ...] = (
    transitions_are_logged,
    holds_are_released,
    runs_are_closed,
    workflows_match_runs,
    order_statuses_match_log,
)
