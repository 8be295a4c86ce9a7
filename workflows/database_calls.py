"""Calls to Postgres from a run: at once where it is there, for as long as it takes where it is not."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.exceptions import FailureError

from workflows.activity_options import database_options, patient_options

M = TypeVar("M")
R = TypeVar("R")


async def call_database(method: Callable[[Any, M], Awaitable[R]], message: M, summary: str) -> R:
    """Call an activity that touches Postgres only, and is safe to repeat: the two ways of calling it may overlap.

    `summary` is what an operator reads of it.
    """
    try:
        return await workflow.execute_local_activity_method(method, message, **database_options(summary))
    except FailureError:
        return await workflow.execute_activity_method(method, message, **patient_options(summary))
