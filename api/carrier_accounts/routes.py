"""Routes of carrier accounts."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.carrier_accounts.schemas import AccountCreate, AccountQuery, AccountRead, AccountUpdate
from api.carrier_accounts.service import ACCOUNTS
from api.http.auth import CarrierAccountsRead, CarrierAccountsWrite
from api.http.body import Body
from api.http.contract import Contract, Success, promises
from api.http.pagination import Query
from api.http.responses import Envelope, Page

router = APIRouter(prefix="/api/carrier-accounts", tags=["carrier accounts"])

EXAMPLE: dict[str, Any] = {
    "id": "880e8400-e29b-41d4-a716-446655440000",
    "carrier": "fedex",
    "name": "FedEx, rehearsal",
    "mode": "test",
    "is_default": True,
    "status": "active",
    "status_reason": None,
    "settings": {
        "base_url": "http://127.0.0.1:8090",
        "default_parcel": {"weight": "2.5", "weight_unit": "lb"},
        "label_format": "PDF",
    },
    "credentials": {"api_key": "********"},
    "created_at": "2026-01-15T09:00:00Z",
    "updated_at": "2026-01-15T09:00:00Z",
}
ONE = {"data": EXAMPLE}
GIVEN = {
    "carrier": "fedex",
    "name": "FedEx, rehearsal",
    "is_default": True,
    "settings": {
        "ship_from": {
            "name": "Warehouse",
            "street1": "2600 Meridian Parkway",
            "city": "Durham",
            "state": "NC",
            "postal_code": "27713",
            "country": "US",
        },
        "default_parcel": {"weight": "2.5", "weight_unit": "lb"},
    },
    "credentials": {"api_key": "sandbox"},
}


@router.get("")
@promises(
    Contract(
        "List carrier accounts",
        {
            200: Success(
                "A page of carrier accounts.",
                Page[AccountRead],
                {
                    "data": [EXAMPLE],
                    "pagination": {"page": 1, "limit": 20, "total": 1, "totalPages": 1, "hasMore": False},
                },
            )
        },
    )
)
async def list_accounts(
    caller: CarrierAccountsRead, query: Annotated[AccountQuery, Depends(Query(AccountQuery))]
) -> Response:
    """See the contract."""
    return (await ACCOUNTS.list_(caller, query)).response()


@router.post("")
@promises(
    Contract(
        "Create a carrier account",
        {
            201: Success(
                "Created.",
                Envelope[AccountRead],
                ONE,
                headers=("Location",),
                links={"carrier_account_id": ("get_account", "update_account", "delete_account")},
            )
        },
        "Credentials are stored encrypted and never shown again; a real account's must be what its carrier asks for.",
        {422: ("invalid_input",)},
        keyed=True,
        given=GIVEN,
    )
)
async def create_account(
    caller: CarrierAccountsWrite, body: Annotated[AccountCreate, Depends(Body(AccountCreate))]
) -> Response:
    """See the contract."""
    return (await ACCOUNTS.create(caller, body)).response()


@router.get("/{carrier_account_id}")
@promises(
    Contract(
        "Get a carrier account",
        {200: Success("The account.", Envelope[AccountRead], ONE)},
        refused={404: ("carrier_account_not_found",)},
    )
)
async def get_account(caller: CarrierAccountsRead, carrier_account_id: str) -> Response:
    """See the contract."""
    return (await ACCOUNTS.get(caller, carrier_account_id)).response()


@router.patch("/{carrier_account_id}")
@promises(
    Contract(
        "Change a carrier account",
        {200: Success("The account as it is now.", Envelope[AccountRead], ONE)},
        "Settings are merged, null takes one away; credentials are replaced as a whole, and are needed with another "
        "`settings.base_url`.",
        {404: ("carrier_account_not_found",), 422: ("invalid_input",)},
        keyed=True,
        given={"settings": {"label_format": "ZPL"}},
    )
)
async def update_account(
    caller: CarrierAccountsWrite,
    carrier_account_id: str,
    body: Annotated[AccountUpdate, Depends(Body(AccountUpdate))],
) -> Response:
    """See the contract."""
    return (await ACCOUNTS.update(caller, carrier_account_id, body)).response()


@router.delete("/{carrier_account_id}")
@promises(
    Contract(
        "Delete a carrier account",
        {204: Success("Deleted.")},
        refused={404: ("carrier_account_not_found",), 409: ("carrier_account_in_use",)},
        keyed=True,
    )
)
async def delete_account(caller: CarrierAccountsWrite, carrier_account_id: str) -> Response:
    """See the contract."""
    return (await ACCOUNTS.delete(caller, carrier_account_id)).response()
