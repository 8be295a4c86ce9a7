"""The stores of orders, accounts, bridges, API keys and shipments."""

import asyncio
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from adapters.encryption import CredentialCipher
from adapters.postgres.database import Database
from api.http.auth import hash_secret
from domain.errors import Conflict, InvalidInput, NotFound
from domain.json_values import from_json
from domain.operations import OperationStatus
from domain.orders import Customer, OrderStatus
from domain.organizations import OrganizationSettings
from domain.parcels import Address
from domain.ports.stores import CallingKey
from domain.shipping import AccountStatus, Mode
from tests.fixtures.builders import build_account_columns, build_bridge_columns, build_order_columns, build_ship_to
from tests.fixtures.rows import Rows
from tests.integration.postgres.records import NEWEST, record_operation

PARIS = build_ship_to(city="Paris", state=None, postal_code="75001", country="FR")
LONG = "".join(str(uuid4()) for _ in range(3000))
SECRETS = {"client_secret": "sesame", "account_number": "1234"}


async def test_an_order_is_created_and_updated(database: Database, organization: UUID) -> None:
    """An update keeps the fields that it does not name."""
    async with database.organization(organization) as data:
        made = await data.orders.create(build_order_columns())
        assert made.total == "12.5"
        assert await data.orders.lock_by_identity("1001", None) == made
        changed = await data.orders.update(made.id, {"total": "99.90", "status": "on_hold"})
        assert changed is not None
        assert (changed.id, changed.total, changed.status) == (made.id, "99.9", OrderStatus.ON_HOLD)
        assert (changed.customer, changed.line_items) == (made.customer, made.line_items), "what was not given stays"
        assert await data.orders.get(made.id) == changed
        assert await data.orders.list_({"external_id": "1001"}, NEWEST) == ([changed], 1)
        updated = await data.orders.update(made.id, {"ship_to": PARIS})
        assert updated is not None
        assert (updated.ship_to, updated.customer) == (from_json(Address, PARIS), Customer("Ada"))


async def test_two_organizations_can_use_the_same_external_id(
    database: Database, organization: UUID, stranger: UUID
) -> None:
    for each in (organization, stranger):
        async with database.organization(each) as data:
            await data.orders.create(build_order_columns())


async def test_an_orders_bridge_must_exist(database: Database, organization: UUID, stranger: UUID) -> None:
    """A bridge of another organization does not count."""
    async with database.organization(stranger) as data:
        theirs = await data.bridges.create(build_bridge_columns(), {})
    for bridge_id in (uuid4(), theirs.id):
        with pytest.raises(NotFound) as refused:
            async with database.organization(organization) as data:
                await data.orders.create(build_order_columns(bridge_id=bridge_id))
        assert refused.value.code == "bridge_not_found"


@pytest.mark.parametrize(
    "columns",
    [
        {"external_id": "a\0b"}, {"customer": {"name": "a\0b"}}, {"order_number": "\ud800"},
        {"customer": {"name": "\ud800"}}, {"total": "1e13"}, {"total": "much"}, {"external_id": LONG},
    ],
)  # fmt: skip
async def test_values_that_cannot_be_stored_are_invalid_input(
    database: Database, organization: UUID, columns: dict[str, Any]
) -> None:
    """Null bytes, lone surrogates, too large amounts and too long index keys; the next call works."""
    with pytest.raises(InvalidInput):
        async with database.organization(organization) as data:
            await data.orders.create(build_order_columns(**columns))
    async with database.organization(organization) as data:
        assert await data.orders.list_({}, NEWEST) == ([], 0)


async def test_the_first_account_of_a_carrier_is_its_default(database: Database, organization: UUID) -> None:
    """A later account becomes the default only on request, and replaces the earlier one."""
    async with database.organization(organization) as data:
        first = await data.carrier_accounts.create(build_account_columns(), SECRETS)
        second = await data.carrier_accounts.create(build_account_columns(), SECRETS)
        other = await data.carrier_accounts.create(build_account_columns(carrier="fedex"), SECRETS)
        assert [first.is_default, second.is_default, other.is_default] == [True, False, True]
        await data.carrier_accounts.update(second.id, {"is_default": True}, None)
        now_default = await data.carrier_accounts.default("ups", Mode.TEST)
        third = await data.carrier_accounts.create(build_account_columns(is_default=True), SECRETS)
        assert now_default is not None
        assert now_default.id == second.id
        assert await data.carrier_accounts.default("ups", Mode.TEST) == third


async def test_each_mode_has_its_own_default_account(database: Database, organization: UUID) -> None:
    """Live work uses the test account until the carrier has a live account, and then never again."""
    async with database.organization(organization) as data:
        accounts = data.carrier_accounts
        test = await accounts.create(build_account_columns(mode="test"), SECRETS)
        assert await accounts.default("ups", Mode.LIVE) == test
        live = await accounts.create(build_account_columns(mode="live"), SECRETS)
        others = [await accounts.create(build_account_columns(mode=mode), SECRETS) for mode in Mode]
        assert [test.is_default, live.is_default, *(other.is_default for other in others)] == [True, True, False, False]
        assert [await accounts.default("ups", mode) for mode in (Mode.TEST, Mode.LIVE)] == [test, live]

        await accounts.update(others[1].id, {"is_default": True}, None)
        await accounts.update(live.id, {"is_default": False}, None)

        now_default = await accounts.default("ups", Mode.TEST)
        assert now_default is not None
        assert now_default.id == others[1].id
        assert await accounts.default("ups", Mode.LIVE) is None


async def test_racing_accounts_leave_one_default(database: Database, rows: Rows, organization: UUID) -> None:
    """They are created or updated."""

    async def make() -> None:
        async with database.organization(organization) as data:
            account = await data.carrier_accounts.create(build_account_columns(), {})
        async with database.organization(organization) as data:
            await data.carrier_accounts.update(account.id, {"is_default": True}, None)

    await asyncio.gather(*(make() for _ in range(10)))
    assert rows.value("select count(*) from carrier_accounts where is_default") == 1


async def test_credentials_are_stored_encrypted_and_replaced_as_a_whole(
    database: Database, rows: Rows, cipher: CredentialCipher, organization: UUID
) -> None:
    """Reads return only the names."""
    async with database.organization(organization) as data:
        account = await data.carrier_accounts.create(build_account_columns(), SECRETS)
    assert account.credential_names == ["account_number", "client_secret"]
    stored = bytes(rows.value("select credentials from carrier_accounts"))
    assert b"sesame" not in stored
    assert cipher.decrypt(stored) == SECRETS
    async with database.organization(organization) as data:
        changed = await data.carrier_accounts.update(account.id, {"name": "New"}, {"token": "t"})
    assert changed is not None
    assert (changed.name, changed.credential_names) == ("New", ["token"])
    assert changed.updated_at > account.updated_at
    assert cipher.decrypt(bytes(rows.value("select credentials from carrier_accounts"))) == {"token": "t"}


async def test_a_new_status_clears_the_old_reason(database: Database, rows: Rows, organization: UUID) -> None:
    async with database.organization(organization) as data:
        account = await data.carrier_accounts.create(build_account_columns(), {})
    rows.run("update carrier_accounts set status = 'auth_failed', status_reason = 'refused'")
    async with database.organization(organization) as data:
        await data.carrier_accounts.resume(account.id, reason=None)
        active = await data.carrier_accounts.get(account.id)
    assert active is not None
    assert (active.status, active.status_reason) == (AccountStatus.ACTIVE, None)


async def test_an_account_in_use_cannot_be_deleted(database: Database, rows: Rows, organization: UUID) -> None:
    """An unfinished operation or a shipment uses it."""
    async with database.organization(organization) as data:
        account = await data.carrier_accounts.create(build_account_columns(), {})
    operation = await record_operation(database, organization, touches=(account.id,))
    with pytest.raises(Conflict) as refused:
        async with database.organization(organization) as data:
            await data.carrier_accounts.delete(account.id)
    assert refused.value.code == "carrier_account_in_use"
    async with database.organization(organization) as data:
        await data.operations.cancel(operation.id)
    shipment = rows.insert_shipment(operation_id=operation.id, carrier_account_id=account.id)
    with pytest.raises(Conflict):
        async with database.organization(organization) as data:
            await data.carrier_accounts.delete(account.id)
    rows.run("delete from shipments where id = %s", shipment)
    async with database.organization(organization) as data:
        assert await data.carrier_accounts.delete(account.id)
        assert not await data.carrier_accounts.delete(account.id)


async def test_a_bridge_in_use_cannot_be_deleted(database: Database, organization: UUID) -> None:
    """An order uses it."""
    async with database.organization(organization) as data:
        bridge = await data.bridges.create(build_bridge_columns(), {"token": "t"})
        unused = await data.bridges.create(build_bridge_columns(), {})
        await data.orders.create(build_order_columns(bridge_id=bridge.id))
        renamed = await data.bridges.update(bridge.id, {"name": "New"}, None)
    assert renamed is not None
    assert (renamed.name, renamed.credential_names) == ("New", ["token"])
    with pytest.raises(Conflict) as refused:
        async with database.organization(organization) as data:
            await data.bridges.delete(bridge.id)
    assert refused.value.code == "bridge_in_use"
    async with database.organization(organization) as data:
        assert await data.bridges.delete(unused.id)
        assert await data.bridges.list_({"channel": "shopify"}, NEWEST) == ([renamed], 1)


@pytest.mark.parametrize(
    "needs",
    [
        {"status": OperationStatus.EXECUTING},
        {"status": OperationStatus.COMPLETED, "undo_status": "in_progress"},
        {"status": OperationStatus.FAILED, "attention": {"reason": "compensation_failed"}},
    ],
    ids=["executing", "undoing", "attention"],
)
async def test_accounts_and_bridges_of_an_open_operation_stay(
    database: Database, rows: Rows, organization: UUID, needs: dict[str, Any]
) -> None:
    """Until the operation is settled."""
    async with database.organization(organization) as data:
        account = await data.carrier_accounts.create(build_account_columns(), {})
        bridge = await data.bridges.create(build_bridge_columns(), {})
    operation = rows.insert_operation(**needs, touches=[account.id, bridge.id])

    for delete, ident in (("carrier_accounts", account.id), ("bridges", bridge.id)):
        with pytest.raises(Conflict):
            async with database.organization(organization) as data:
                await getattr(data, delete).delete(ident)

    rows.run("delete from operations where id = %s", operation)
    async with database.organization(organization) as data:
        assert await data.carrier_accounts.delete(account.id)
        assert await data.bridges.delete(bridge.id)


async def test_a_bridge_stays_while_its_push_can_be_undone(database: Database, rows: Rows, organization: UUID) -> None:
    """Without the bridge the undo of a saga would stop in the middle."""
    async with database.organization(organization) as data:
        bridge = await data.bridges.create(build_bridge_columns(), {})
    operation = rows.insert_operation(OperationStatus.COMPLETED, touches=[bridge.id])
    effect = rows.insert_effect(operation, state="done", result={"any_key": str(bridge.id)})

    with pytest.raises(Conflict) as refused:
        async with database.organization(organization) as data:
            await data.bridges.delete(bridge.id)
    assert refused.value.code == "bridge_in_use"

    rows.run("update effects set reversed_at = now() where id = %s", effect)
    async with database.organization(organization) as data:
        assert await data.bridges.delete(bridge.id)


async def test_a_key_is_found_by_the_hash_of_its_secret(database: Database, organization: UUID) -> None:
    """In any organization, even if revoked; no other hash finds a key."""
    expires = datetime(2030, 1, 1, tzinfo=UTC)
    key = {"name": "CI", "prefix": "ord_sk_abc", "scopes": ["operations:read"], "expires_at": expires}
    async with database.organization(organization) as data:
        made = await data.api_keys.create(key, hash_secret("s1"))
    added: Any = {"settings": OrganizationSettings(), "role": None, "is_user_disabled": False}
    assert await database.authenticate(hash_secret("s1")) == CallingKey(**asdict(made), **added)
    assert (made.organization_id, made.expires_at, made.scopes) == (organization, expires, ["operations:read"])
    assert await database.authenticate(hash_secret("s2")) is None
    async with database.organization(organization) as data:
        revoked = await data.api_keys.revoke(made.id)
        assert await data.api_keys.revoke(made.id) == revoked
        assert await data.api_keys.list_({}, NEWEST) == ([revoked], 1)
    assert revoked is not None
    assert revoked.revoked_at is not None
    assert await database.authenticate(hash_secret("s1")) == CallingKey(**asdict(revoked), **added)


async def test_another_organizations_resources_are_not_found(
    database: Database, organization: UUID, stranger: UUID
) -> None:
    """They cannot be read, changed or deleted."""
    async with database.organization(organization) as data:
        account = await data.carrier_accounts.create(build_account_columns(), {})
        key = await data.api_keys.create({"name": "n", "prefix": "p", "scopes": []}, hash_secret("s"))
    async with database.organization(stranger) as data:
        assert await data.carrier_accounts.get(account.id) is None
        assert await data.carrier_accounts.update(account.id, {"is_default": True}, None) is None
        assert not await data.carrier_accounts.delete(account.id)
        assert await data.api_keys.revoke(key.id) is None


async def test_a_shipments_label_is_stored_unchanged(database: Database, rows: Rows, organization: UUID) -> None:
    async with database.organization(organization) as data:
        account = await data.carrier_accounts.create(build_account_columns(), {})
    operation = rows.insert_operation(OperationStatus.EXECUTING)
    ident = rows.insert_shipment(
        operation_id=operation, carrier_account_id=account.id, cost="7.1", currency="USD", tracking_number="1Z9"
    )
    rows.run(
        "insert into shipment_documents (id, kind, shipment_id, organization_id, format, document)"
        " values (gen_random_uuid(), 'label', %s, %s, 'PDF', %s)",
        ident,
        organization,
        b"%PDF\0\xff",
    )
    async with database.organization(organization) as data:
        shipment = await data.shipments.get(ident)
        assert shipment is not None
        assert (shipment.cost, shipment.currency) == ("7.1", "USD")
        for filters in ({"tracking_number": "1Z9"}, {"operation_id": operation}, {"status": "label_created"}):
            assert await data.shipments.list_(filters, NEWEST) == ([shipment], 1)
        assert await data.shipments.list_({"order_id": uuid4()}, NEWEST) == ([], 0)
        assert await data.shipments.label(ident) == (b"%PDF\0\xff", "PDF")
        assert await data.shipments.label(uuid4()) is None
