"""Demo data: one organization with a key, an order, accounts and a bridge; no operation."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from adapters.encryption import CredentialCipher
from adapters.postgres.database import Database, OrganizationData
from api.http.auth import Scope, cut_prefix, hash_secret, new_secret
from bootstrap.embedded.demo_order import LINE_ITEMS, ORDER
from bootstrap.embedded.stackfile import Demo
from bootstrap.settings import Settings
from domain.json_values import to_json
from domain.parcels import Address, Parcel
from domain.ports.rows import PageQuery
from domain.shipping import ConnectionSettings, Mode

NAME = "Demo"
BRIDGE = {"channel": "shopify", "name": "Shopify, at the sandbox", "mode": Mode.TEST, "settings": ConnectionSettings()}
FIRST = PageQuery(page=1, limit=1, sort="created_at", descending=False)

WAREHOUSE = Address(
    name="Orderly Demo Warehouse",
    street1="2600 Meridian Parkway",
    city="Durham",
    state="NC",
    postal_code="27713",
    country="US",
    phone="9195550100",
)
CUSTOMER = Address(
    name="Ada Lovelace",
    street1="1600 Analytical Way",
    city="Portland",
    state="OR",
    postal_code="97201",
    country="US",
    phone="5035550199",
)
PARCEL = Parcel(
    weight=Decimal("2.5"),
    weight_unit="lb",
    length=Decimal("12"),
    width=Decimal("9"),
    height=Decimal("4"),
    dimension_unit="in",
)


async def ensure_demo(settings: Settings, api_key: str | None) -> Demo:
    """Return the demo data of the key; create it if there is no key or the database does not know it.

    Deleted or revoked parts are created again, so that no change of the demo keeps the stack from starting.
    """
    database = Database(settings.database_url, CredentialCipher(settings.encryption_keys))
    await database.open()
    try:
        known = await database.authenticate(hash_secret(api_key)) if api_key else None
        organization_id = known.organization_id if known else await database.create_organization(NAME)
        usable = known is not None and known.revoked_at is None
        async with database.organization(organization_id) as data:
            key = api_key if usable and api_key else await _new_key(data)
            return await _ensure_data(data, key, is_new=known is None)
    finally:
        await database.close()


async def _new_key(data: OrganizationData) -> str:
    secret = new_secret()
    key = {"name": "demo", "prefix": cut_prefix(secret), "scopes": list(Scope), "expires_at": None}
    await data.api_keys.create(key, hash_secret(secret))
    return secret


async def _ensure_data(data: OrganizationData, api_key: str, *, is_new: bool) -> Demo:
    bridges, _ = await data.bridges.list_({}, FIRST)
    bridge = bridges[0] if bridges else await data.bridges.create(BRIDGE, {})
    fedex = await data.carrier_accounts.default("fedex", Mode.TEST)
    account = fedex or await data.carrier_accounts.create(_account_row("fedex"), {})
    for carrier in ("ups", "usps") if is_new else ():
        await data.carrier_accounts.create(_account_row(carrier), {})
    known = await data.orders.lock_by_identity(ORDER, bridge.id)
    order = known or await data.orders.create(_order_row(bridge.id))
    return Demo(
        organization_id=str(data.organization_id),
        api_key=api_key,
        order_id=str(order.id),
        carrier_account_id=str(account.id),
        bridge_id=str(bridge.id),
    )


def _account_row(carrier: str) -> dict[str, Any]:
    return {
        "carrier": carrier,
        "name": f"{carrier}, at the sandbox",
        "mode": Mode.TEST,
        "is_default": True,
        "settings": ConnectionSettings(ship_from=WAREHOUSE, default_parcel=PARCEL, label_format="PDF"),
    }


def _order_row(bridge_id: UUID) -> dict[str, Any]:
    return {
        "external_id": ORDER,
        "order_number": ORDER,
        "status": "processing",
        "currency": "USD",
        "total": "50.50",
        "customer": {"name": "Ada Lovelace", "email": "ada@example.com"},
        "ship_to": to_json(CUSTOMER),
        "line_items": LINE_ITEMS,
        "bridge_id": bridge_id,
    }
