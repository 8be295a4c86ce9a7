"""What every vendor's client and adapter builds on."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from adapters.http.client import VendorClient, path_part
from adapters.http.refusals import explain_refusal, reject_auth_failure
from adapters.http.transport import Destination
from domain.effects import UndoOutcome
from domain.errors import AuthFailed, MayBeDone, Rejected
from domain.shipping import Connection, ConnectionSettings, Mode

HERE = Destination("http://127.0.0.1:1")


def connection(**settings: float) -> Connection:
    chosen = ConnectionSettings(**settings)  # type: ignore[arg-type]
    return Connection(UUID(int=1), "toy", Mode.LIVE, True, datetime.now(UTC), chosen, {})


@pytest.mark.parametrize("secret", ["schlüssel", "a\r\nHost: evil"])
def test_a_secret_that_no_header_can_carry_is_refused(secret: str) -> None:
    with pytest.raises(Rejected) as refused:
        VendorClient(connection(), HERE, {"X-Key": secret})
    assert refused.value.vendor_code == "bad_credentials"
    assert secret not in refused.value.message


def test_a_call_takes_as_long_as_its_account_allows() -> None:
    """A short wait for an answer makes the wait for a connection as short."""
    assert VendorClient(connection(), HERE, {}).call_seconds == 65.0
    assert VendorClient(connection(read_timeout_seconds=2.0), HERE, {}).max_seconds == 4.0


def test_a_part_of_a_path_stays_one() -> None:
    assert path_part("../a b?") == "..%2Fa%20b%3F"


def refuse(error: Rejected) -> UndoOutcome:
    raise error


async def explain(outcome: UndoOutcome | None) -> UndoOutcome | None:
    return outcome


async def test_a_refused_undo_is_explained_by_what_the_vendor_shows() -> None:
    refused = Rejected("no", vendor_code="X", field="f")
    assert await explain_refusal(lambda: UndoOutcome.VOIDED, lambda: explain(None)) is UndoOutcome.VOIDED
    too_late = await explain_refusal(lambda: refuse(refused), lambda: explain(UndoOutcome.TOO_LATE))
    assert too_late is UndoOutcome.TOO_LATE


@pytest.mark.parametrize(("may_be_done", "kind"), [(False, Rejected), (True, MayBeDone)])
async def test_an_undo_that_nothing_explains_stays_refused(may_be_done: bool, kind: type[Rejected]) -> None:
    """As what it is, where an earlier undo may have caused it."""
    refused = Rejected("no", vendor_code="X", field="f")
    with pytest.raises(Rejected) as raised:
        await explain_refusal(lambda: refuse(refused), lambda: explain(None), may_be_done=may_be_done)
    assert type(raised.value) is kind
    assert (raised.value.message, raised.value.vendor_code, raised.value.field) == ("no", "X", "f")


async def test_refused_credentials_are_explained_by_nothing() -> None:
    """But a look-up that the account merely lacks pauses nobody."""
    denied = AuthFailed("no", vendor_code="X")
    with pytest.raises(AuthFailed):
        await explain_refusal(lambda: refuse(denied), lambda: explain(UndoOutcome.TOO_LATE), may_be_done=True)
    with pytest.raises(Rejected) as raised:
        reject_auth_failure(lambda: refuse(denied))
    assert type(raised.value) is Rejected
