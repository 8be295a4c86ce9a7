"""Checks of what is written about the past: logs, runs, workflows, and the statuses of orders."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator

from domain.operations import TRANSITIONS, OperationStatus
from tests.chaos.books import Books
from tests.chaos.told import Json
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
"""By event of the log: the status before, and after. `failed` and the rest may come in several statuses."""

HELD = "operation.held"

ENDED_AS = {
    ("execute", "completed"): "COMPLETED",
    ("execute", "failed"): "FAILED",
    ("execute", "attention"): "FAILED",
    ("rollback", "failed"): "COMPLETED",
    ("undo", "undone"): "COMPLETED",
    ("undo", "undo_failed"): "FAILED",
}
"""How a run's workflow ends, by the run's kind and result."""

ORDER_STATUS = re.compile(r"order status (\w+) -> (\w+)(?:: (\w+))?$")


def reachable(earlier: str, later: str) -> bool:
    """Whether an operation in one status can be in another one later."""
    seen, edge = set(), {OperationStatus(earlier)}
    while edge:
        seen |= edge
        edge = {following for status in edge for following in TRANSITIONS[status]} - seen
    return OperationStatus(later) in seen


def transitions_logged(books: Books) -> Iterator[Violation]:
    """The log tells each transition once, in order, and none that is forbidden; it ends where the operation stands."""
    for ident, operation in books.operations.items():
        status = ""
        events = [entry["event"] for entry in books.logs.get(ident, []) if entry["event"].startswith("operation.")]
        for event in events:
            if event == "operation.failed" and status in ("executing", "failed"):
                status = "failed"
            elif event in STEPS:
                before, after = STEPS[event]
                if event == "operation.cancelled" and HELD in events:
                    before = status  # pending, or executing while it waited for a paused account
                if status != before:
                    yield Violation(ident, f"the log has {event} after {status or 'nothing'}: {events}")
                status = after
        if status != operation["status"]:
            yield Violation(ident, f"the log ends with {status}, the operation is {operation['status']}: {events}")


def runs_closed(books: Books) -> Iterator[Violation]:
    """Runs are numbered without a gap, each is closed, and its end is logged once."""
    for ident, operation in books.operations.items():
        runs = books.runs.get(ident, [])
        numbers = [run["run"] for run in runs]
        if numbers != list(range(1, operation["current_run"] + 1)):
            yield Violation(ident, f"runs {numbers}, the newest should be {operation['current_run']}")
        for run in runs:
            if run["closed_at"] is None:
                yield Violation(ident, f"run {run['run']} is open although everything has settled")
        ends = Counter(f"operation.{run['result']}" for run in runs if run["closed_at"])
        logged = Counter(entry["event"] for entry in books.logs.get(ident, []))
        for event, times in ends.items():
            # A run that never began is held as well, and several times.
            if logged[event] < times or (logged[event] > times and event != HELD):
                yield Violation(ident, f"{times} runs ended with {event}, which is logged {logged[event]} times")


def workflows_agree(books: Books) -> Iterator[Violation]:
    """Temporal has a closed workflow for each run, which ended as the run did; and no other workflow."""
    known = set()
    for ident, runs in books.runs.items():
        for run in runs:
            known.add(run["workflow_id"])
            status = books.workflows.get(run["workflow_id"], "ABSENT")
            if status == "RUNNING":
                yield Violation(ident, f"workflow {run['workflow_id']} is open, its run is closed: {run['result']}")
            expected = ENDED_AS.get((run["kind"], run["result"]))
            if expected is not None and status not in (expected, "RUNNING", "TERMINATED"):
                yield Violation(ident, f"run {run['run']} ended {run['result']}, its workflow {status}")
    for workflow_id in books.workflows.keys() - known:
        yield Violation(None, f"workflow {workflow_id} belongs to no run")


def orders_add_up(books: Books) -> Iterator[Violation]:
    """Each order's status is what the log of changes, one after the other, makes of it."""
    changes: dict[str, list[Json]] = defaultdict(list)
    for ident, entries in books.logs.items():
        order = books.operations[ident]["order_id"]
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
        if status is not None and books.orders[order]["status"] != status:
            yield Violation(None, f"order {order} is {books.orders[order]['status']}, but was last set to {status}")


CHECKS: tuple[Callable[[Books], Iterator[Violation]], ...] = (
    transitions_logged,
    runs_closed,
    workflows_agree,
    orders_add_up,
)
