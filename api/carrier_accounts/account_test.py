"""Tests the credentials of a carrier account; nothing is bought."""

from api.carrier_accounts.schemas import AccountTestRead
from api.http.auth import Caller
from api.http.resources import find_row
from api.http.responses import Answer, answer_one
from api.rates.service import to_call_error
from domain.errors import CarrierAccountNotFound, EffectError


async def run_account_test(caller: Caller, raw_id: str) -> Answer:
    """Ask the carrier about the credentials, also of an account that is paused or whose credentials were refused."""
    context = caller.context
    async with context.database.autocommit(caller.organization_id) as data:
        account = await find_row(data.carrier_accounts, raw_id, CarrierAccountNotFound)
    caller.require_mode(account.mode, f"the account or bridge {account.id}, whose mode is live")
    # No database connection is held during the carrier's call.
    try:
        message = await context.carrier_queries.verify(caller.organization_id, account.id)
    except EffectError as error:
        raise to_call_error(error) from None
    return answer_one(AccountTestRead(carrier_account_id=account.id, message=message))
