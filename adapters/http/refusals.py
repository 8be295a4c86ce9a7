"""Refused undos and look-ups: find the reason of a refusal."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from domain.errors import AuthFailed, MayBeDone, Rejected

R = TypeVar("R")


async def explain_refusal(
    parse: Callable[[], R], explain: Callable[[], Awaitable[R | None]], *, may_be_done: bool = False
) -> R:
    """Return the outcome of an undo; if it is refused, the outcome that the vendor's current state shows.

    Args:
        parse: parses the answer to the undo.
        explain: reads the label or fulfillment; returns None if its state does not explain the refusal.
        may_be_done: whether that state may lag behind an earlier undo whose answer was lost.

    Raises:
        AuthFailed: refused for the credentials.
        Rejected: refused without an explanation; `MayBeDone` if an earlier undo may have succeeded.
    """
    try:
        return parse()
    except AuthFailed:
        raise
    except Rejected as refusal:
        explained = await explain()
        if explained is None and may_be_done:
            raise MayBeDone(refusal.message, vendor_code=refusal.vendor_code, field=refusal.field) from refusal
        if explained is None:
            raise
        return explained


def reject_auth_failure(parse: Callable[[], R]) -> R:
    """Return the result of a look-up; an account without access to this one API is not paused for that.

    Raises:
        Rejected: in place of AuthFailed.
    """
    try:
        return parse()
    except AuthFailed as error:
        raise Rejected(error.message, vendor_code=error.vendor_code) from error
