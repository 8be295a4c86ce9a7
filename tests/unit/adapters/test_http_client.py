"""The vendor client and the helpers that every adapter uses."""

import pytest

from adapters.http.client import VendorClient, path_part
from adapters.http.refusals import explain_refusal, reject_auth_failure
from adapters.http.transport import Destination
from domain.effects import UndoOutcome
from domain.errors import AuthFailed, MayBeDone, Rejected
from tests.fixtures.builders import build_connection

HERE = Destination("http://127.0.0.1:1")


@pytest.mark.parametrize("secret", ["schlüssel", "a\r\nHost: evil"])
def test_a_secret_that_does_not_fit_a_header_is_refused(secret: str) -> None:
    with pytest.raises(Rejected) as refused:
        VendorClient(build_connection("toy"), HERE, {"X-Key": secret})
    assert refused.value.vendor_code == "bad_credentials"
    assert secret not in refused.value.message


def test_the_account_sets_the_timeouts_of_a_call() -> None:
    """A short read timeout also shortens the connect timeout."""
    assert VendorClient(build_connection("toy"), HERE, {}).call_seconds == 65.0
    assert VendorClient(build_connection("toy", read_timeout_seconds=2.0), HERE, {}).max_seconds == 4.0


def test_a_path_part_is_escaped() -> None:
    assert path_part("../a b?") == "..%2Fa%20b%3F"


def raise_rejected(error: Rejected) -> UndoOutcome:
    raise error


async def find_outcome(outcome: UndoOutcome | None) -> UndoOutcome | None:
    return outcome


async def test_a_refused_undo_gets_the_outcome_that_the_vendor_shows() -> None:
    refused = Rejected("no", vendor_code="X", field="f")
    assert await explain_refusal(lambda: UndoOutcome.VOIDED, lambda: find_outcome(None)) is UndoOutcome.VOIDED
    too_late = await explain_refusal(lambda: raise_rejected(refused), lambda: find_outcome(UndoOutcome.TOO_LATE))
    assert too_late is UndoOutcome.TOO_LATE


@pytest.mark.parametrize(("may_be_done", "kind"), [(False, Rejected), (True, MayBeDone)])
async def test_a_refused_undo_without_an_outcome_stays_refused(may_be_done: bool, kind: type[Rejected]) -> None:
    """It becomes MayBeDone if an earlier undo may have caused the refusal."""
    refused = Rejected("no", vendor_code="X", field="f")
    with pytest.raises(Rejected) as raised:
        await explain_refusal(lambda: raise_rejected(refused), lambda: find_outcome(None), may_be_done=may_be_done)
    assert type(raised.value) is kind
    assert (raised.value.message, raised.value.vendor_code, raised.value.field) == ("no", "X", "f")


async def test_refused_credentials_are_not_explained() -> None:
    """A lookup that the account may not do is a plain refusal, so that it pauses no account."""
    denied = AuthFailed("no", vendor_code="X")
    with pytest.raises(AuthFailed):
        await explain_refusal(
            lambda: raise_rejected(denied), lambda: find_outcome(UndoOutcome.TOO_LATE), may_be_done=True
        )
    with pytest.raises(Rejected) as raised:
        reject_auth_failure(lambda: raise_rejected(denied))
    assert type(raised.value) is Rejected
