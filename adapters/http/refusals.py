"""What adapters do where a vendor says no."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from domain.errors import AuthFailed, MayBeDone, Rejected

R = TypeVar("R")


async def explain_refusal(
    parse: Callable[[], R], explain: Callable[[], Awaitable[R | None]], *, may_be_done: bool = False
) -> R:
    """Return what an undo came to; if it is refused, what the vendor shows of the label or fulfillment instead.

    Args:
        parse: reads the answer to the undo.
        explain: looks at what was to be undone; None if that does not tell why the undo is refused.
        may_be_done: whether what is shown may lag behind an earlier undo whose answer was lost.

    Raises:
        AuthFailed: refused for the credentials.
        Rejected: refused, and nothing tells why; `MayBeDone` where that may be an earlier undo.
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
    """Return what a look-up came to; an account that only lacks the API of the look-up is not to be paused for it.

    Raises:
        Rejected: in place of AuthFailed.
    """
    try:
        return parse()
    except AuthFailed as error:
        raise Rejected(error.message, vendor_code=error.vendor_code) from error
