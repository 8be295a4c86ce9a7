"""Database calls from a run: fast while Postgres is up, retried without end while it is down."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.exceptions import FailureError

from workflows.activity_options import database_options, patient_options

M = TypeVar("M")
R = TypeVar("R")


async def call_database(method: Callable[[Any, M], Awaitable[R]], message: M, summary: str) -> R:
    """Call an activity that only uses Postgres and is idempotent, because its two kinds of call may overlap.

    `summary` is the label of the call in Temporal's UI.
    """
    try:
        return await workflow.execute_local_activity_method(method, message, **database_options(summary))
    except FailureError:
        return await workflow.execute_activity_method(method, message, **patient_options(summary))
