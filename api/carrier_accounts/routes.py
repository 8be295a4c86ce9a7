"""Routes of carrier accounts."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.carrier_accounts.account_test import run_account_test
from api.carrier_accounts.schemas import (
    AccountCreate,
    AccountDetail,
    AccountQuery,
    AccountRead,
    AccountSettings,
    AccountTestRead,
    AccountUpdate,
)
from api.connections.schemas import PauseRequest
from api.connections.service import ConnectionService
from api.http.auth import CarrierAccountsRead, CarrierAccountsWrite
from api.http.body import Body
from api.http.errors import CarrierAuthFailed, CarrierBusy, CarrierRefused, CarrierUnavailable, LiveModeRefused
from api.http.pagination import Query
from api.http.responses import Envelope, Page
from api.http.types import PathId
from api.openapi.errors import raises
from domain.errors import CarrierAccountInUse, CarrierAccountNotFound
from domain.shipping import AccountStatus, CarrierAccount
from domain.vendors.catalogue import CARRIERS

router = APIRouter(prefix="/api/carrier-accounts", tags=["carrier accounts"])
ACCOUNTS = ConnectionService[CarrierAccount](
    missing=CarrierAccountNotFound,
    path="/api/carrier-accounts",
    settings=AccountSettings,
    read=AccountRead,
    detail=AccountDetail,
    store=lambda data: data.carrier_accounts,
    profile=lambda account: CARRIERS[account.carrier],
)


@router.get("", response_model=Page[AccountRead], response_description="A page of carrier accounts.")
async def list_carrier_accounts(
    caller: CarrierAccountsRead, query: Annotated[AccountQuery, Depends(Query(AccountQuery))]
) -> Response:
    """List carrier accounts."""
    return (await ACCOUNTS.list_(caller, query)).to_response()


@router.post("", status_code=201, response_model=Envelope[AccountRead], response_description="Created.")
@raises(LiveModeRefused, keyed=True)
async def create_carrier_account(
    caller: CarrierAccountsWrite, body: Annotated[AccountCreate, Depends(Body(AccountCreate))]
) -> Response:
    """Create a carrier account.

    Credentials are stored encrypted and never shown again. An account of mode `test` at the sandbox needs none.
    """
    return (await ACCOUNTS.create(caller, body)).to_response()


@router.get("/{carrier_account_id}", response_model=Envelope[AccountDetail], response_description="The account.")
@raises(CarrierAccountNotFound)
async def get_carrier_account(caller: CarrierAccountsRead, carrier_account_id: PathId) -> Response:
    """Get a carrier account."""
    return (await ACCOUNTS.get(caller, carrier_account_id)).to_response()


@router.patch(
    "/{carrier_account_id}", response_model=Envelope[AccountRead], response_description="The changed account."
)
@raises(CarrierAccountNotFound, LiveModeRefused, keyed=True)
async def update_carrier_account(
    caller: CarrierAccountsWrite,
    carrier_account_id: PathId,
    body: Annotated[AccountUpdate, Depends(Body(AccountUpdate))],
) -> Response:
    """Change a carrier account.

    Settings are merged, and null removes a setting. Credentials are replaced as a whole, and are required when
    `settings.base_url` changes.
    """
    return (await ACCOUNTS.update(caller, carrier_account_id, body)).to_response()


@router.post(
    "/{carrier_account_id}/pause",
    response_model=Envelope[AccountDetail],
    response_description="The paused account.",
)
@raises(CarrierAccountNotFound, LiveModeRefused, keyed=True)
async def pause_carrier_account(
    caller: CarrierAccountsWrite, carrier_account_id: PathId, body: Annotated[PauseRequest, Depends(Body(PauseRequest))]
) -> Response:
    """Pause a carrier account.

    New executions that need it wait until it is resumed. Calls in flight, undos, rollbacks and voids continue.
    """
    return (await ACCOUNTS.set_status(caller, carrier_account_id, AccountStatus.PAUSED, body)).to_response()


@router.post(
    "/{carrier_account_id}/resume",
    response_model=Envelope[AccountDetail],
    response_description="The active account.",
)
@raises(CarrierAccountNotFound, LiveModeRefused, keyed=True)
async def resume_carrier_account(
    caller: CarrierAccountsWrite, carrier_account_id: PathId, body: Annotated[PauseRequest, Depends(Body(PauseRequest))]
) -> Response:
    """Resume a carrier account.

    The waiting executions start, at most `settings.max_concurrent` at a time, or 8 without that setting.
    """
    return (await ACCOUNTS.set_status(caller, carrier_account_id, AccountStatus.ACTIVE, body)).to_response()


@router.post(
    "/{carrier_account_id}/test",
    response_model=Envelope[AccountTestRead],
    response_description="The carrier accepts the credentials.",
)
@raises(CarrierAccountNotFound, LiveModeRefused, CarrierRefused, CarrierAuthFailed, CarrierUnavailable, CarrierBusy)
async def test_carrier_account(caller: CarrierAccountsWrite, carrier_account_id: PathId) -> Response:
    """Test a carrier account.

    Asks the carrier whether it accepts the credentials. Buys nothing, and changes nothing: a paused account stays
    paused. The carrier has 20 s to answer.
    """
    return (await run_account_test(caller, carrier_account_id)).to_response()


@router.delete("/{carrier_account_id}", status_code=204, response_description="Deleted.")
@raises(CarrierAccountNotFound, CarrierAccountInUse, LiveModeRefused, keyed=True)
async def delete_carrier_account(caller: CarrierAccountsWrite, carrier_account_id: PathId) -> Response:
    """Delete a carrier account."""
    return (await ACCOUNTS.delete(caller, carrier_account_id)).to_response()
