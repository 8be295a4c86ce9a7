"""The store of webhook endpoints, their secrets and the log of their deliveries."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from adapters.encryption import CredentialCipher
from adapters.postgres.core.paging import Listing
from adapters.postgres.core.row_factory import assignments, columns
from adapters.postgres.core.rows import PostgresRows
from adapters.postgres.core.transaction import OrganizationTransaction
from adapters.postgres.stores import webhook_replay
from domain.events import OWN_TYPE
from domain.ids import new_id
from domain.ports.rows import PageQuery, Total
from domain.webhooks import MAX_COUNTED, OVERLAP_HOURS, SECRETS, WebhookAttempt, WebhookDelivery, WebhookEndpoint

MAX_ATTEMPTS_SHOWN = 100

ACKNOWLEDGED = """(
    select events.id from webhook_progress as progress
    cross join lateral (
        select coalesce(min(position) - 1, progress.fanned_out_up_to) as position from webhook_deliveries as waiting
        where waiting.endpoint_id = progress.endpoint_id and waiting.state = 'waiting'
    ) as settled
    join lateral (
        select id from events
        where events.organization_id = progress.organization_id
          and events.position <= settled.position
        order by events.position desc limit 1
    ) as events on true
    where progress.endpoint_id = webhook_endpoints.id
)"""
"""The bound is a plain column: behind row-level security Postgres uses an index for few expressions only."""
FAILING_SINCE = "(select failing_since from webhook_progress where endpoint_id = webhook_endpoints.id)"

COUNTED = f"""
    select count(*) from (
        select from webhook_deliveries as delivery
        where delivery.organization_id = webhook_endpoints.organization_id
          and delivery.endpoint_id = webhook_endpoints.id and delivery.state = '{{}}'
        limit {MAX_COUNTED}
    ) as found
"""
COUNTS = f"""(
    select jsonb_build_object(
        'waiting', ({COUNTED.format("waiting")}), 'failed', ({COUNTED.format("failed")}),
        'unread_events', (
            select count(*) from (
                select from webhook_progress as progress
                join events on events.organization_id = progress.organization_id
                           and events.position > progress.fanned_out_up_to
                where progress.endpoint_id = webhook_endpoints.id
                limit {MAX_COUNTED}
            ) as found
        ),
        'oldest_waiting_at', (
            select delivery.created_at from webhook_deliveries as delivery
            where delivery.organization_id = webhook_endpoints.organization_id
              and delivery.endpoint_id = webhook_endpoints.id and delivery.state = 'waiting'
            order by delivery.created_at limit 1
        )
    )
)"""
"""Reads only the index of an endpoint's deliveries by state, and that of the events by position."""

COLUMNS = ", ".join(
    f"webhook_endpoints.{name}"
    for name in (
        "id", "organization_id", "url", "description", "event_types", "enabled", "disabled_reason",
        "previous_secret_until", "created_at", "updated_at",
    )
)  # fmt: skip
COLUMNS = f"{COLUMNS}, {FAILING_SINCE} as failing_since, {ACKNOWLEDGED} as acknowledged_up_to, {COUNTS} as deliveries"

LISTING = Listing(
    row=WebhookEndpoint,
    table="webhook_endpoints",
    columns=COLUMNS,
    sorts={"created_at": ("created_at",)},
    filters={"enabled": "enabled = {}"},
)
DELIVERIES = Listing(
    row=WebhookDelivery,
    table="webhook_deliveries",
    columns=columns(WebhookDelivery),
    sorts={"created_at": ("created_at",)},
    filters={
        "endpoint_id": "endpoint_id = {}",
        "state": "state = {}",
        "event_type": "event_type = {}",
        "event_id": "event_id = {}",
    },
)

CREATE = """
    with created as (
        insert into webhook_endpoints (id, organization_id, url, description, event_types, enabled, credentials)
        values (%(id)s, %(org)s, %(url)s, %(description)s, %(event_types)s, %(enabled)s, %(credentials)s)
        returning id, organization_id
    )
    insert into webhook_progress (endpoint_id, organization_id, fanned_out_up_to)
    select id, organization_id, coalesce((select max(position) from events where organization_id = %(org)s), 0)
    from created
"""

FORGIVE = """
    update webhook_progress set failures = 0, failing_since = null, paused_until = null
    where organization_id = %(org)s and endpoint_id = %(id)s
"""

SIGNING_SECRETS = """
    1 + coalesce(previous_secret_until > now(), false)::int + coalesce(older_secret_until > now(), false)::int
"""
"""How many secrets sign now. The older one ends before the previous one."""

LOCK_CREDENTIALS = f"""
    select credentials, {SIGNING_SECRETS} as signing_secrets
    from webhook_endpoints where organization_id = %(org)s and id = %(id)s for update
"""

ROTATE = f"""
    update webhook_endpoints
    set credentials = %(credentials)s, older_secret_until = previous_secret_until,
        previous_secret_until = now() + interval '{OVERLAP_HOURS} hours', updated_at = now()
    where organization_id = %(org)s and id = %(id)s
"""

TEST_EVENT = f"""
    insert into events (organization_id, type, subject_type, subject_id, data)
    select organization_id, '{OWN_TYPE}', 'webhook_endpoint', id,
           event_data('webhook_endpoint', to_jsonb(webhook_endpoints))
    from webhook_endpoints where organization_id = %(org)s and id = %(id)s
    returning id
"""

ATTEMPTS = f"""
    select {columns(WebhookAttempt)} from (
        select * from webhook_attempts where organization_id = %(org)s and delivery_id = %(id)s
        order by id desc limit {MAX_ATTEMPTS_SHOWN}
    ) as newest
    order by id
"""


def read_secrets(cipher: CredentialCipher, credentials: bytes, count: int) -> tuple[str, ...]:
    """Return the `count` newest secrets, the newest first."""
    stored = cipher.decrypt(credentials)
    return tuple(stored[name] for name in SECRETS[:count] if name in stored)


class PostgresWebhookEndpoints(PostgresRows[WebhookEndpoint]):
    """Implements `domain.ports.webhooks.WebhookEndpointStore` in Postgres."""

    listing = LISTING

    def __init__(self, transaction: OrganizationTransaction, cipher: CredentialCipher) -> None:
        super().__init__(transaction)
        self._cipher = cipher

    async def create(self, row: Mapping[str, Any], secret: str) -> WebhookEndpoint:
        ident = new_id()
        credentials = self._cipher.encrypt({"secret": secret})
        await self._transaction.execute(CREATE, id=ident, credentials=credentials, **row)
        created = await self.get(ident)
        assert created is not None  # noqa: S101 (it was inserted in this transaction)
        return created

    async def update(self, ident: UUID, changes: Mapping[str, Any]) -> WebhookEndpoint | None:
        values = dict(changes)
        if "enabled" in values:
            values["disabled_reason"] = None
            await self._transaction.execute(FORGIVE, id=ident)
        sql = f"update webhook_endpoints set {assignments(values)} where organization_id = %(org)s and id = %(id)s"
        await self._transaction.execute(sql, id=ident, **values)
        return await self.get(ident)

    async def rotate_secret(self, ident: UUID, secret: str) -> WebhookEndpoint | None:
        stored = await self._transaction.fetch_one(dict, LOCK_CREDENTIALS, id=ident)
        if stored is None:
            return None
        known = read_secrets(self._cipher, stored["credentials"], stored["signing_secrets"])
        credentials = self._cipher.encrypt(dict(zip(SECRETS, (secret, *known), strict=False)))
        await self._transaction.execute(ROTATE, id=ident, credentials=credentials)
        return await self.get(ident)

    async def delete(self, ident: UUID) -> bool:
        sql = "delete from webhook_endpoints where organization_id = %(org)s and id = %(id)s"
        return await self._transaction.execute(sql, id=ident) == 1

    async def insert_test_event(self, endpoint: WebhookEndpoint) -> UUID:
        inserted: UUID = await self._transaction.fetch_value(TEST_EVENT, id=endpoint.id)
        return inserted

    async def list_deliveries(
        self, ident: UUID, filters: Mapping[str, Any], page: PageQuery
    ) -> tuple[list[WebhookDelivery], Total]:
        return await DELIVERIES.list_(self._transaction, {"endpoint_id": ident, **filters}, page)

    async def get_delivery(self, ident: UUID, delivery_id: UUID) -> WebhookDelivery | None:
        sql = f"""
            select {DELIVERIES.columns} from webhook_deliveries
            where organization_id = %(org)s and endpoint_id = %(endpoint_id)s and id = %(id)s
        """
        return await self._transaction.fetch_one(WebhookDelivery, sql, endpoint_id=ident, id=delivery_id)

    async def attempts(self, delivery_id: UUID) -> list[WebhookAttempt]:
        return await self._transaction.fetch_all(WebhookAttempt, ATTEMPTS, id=delivery_id)

    async def find_missing_events(self, event_ids: Collection[UUID]) -> set[UUID]:
        return await webhook_replay.find_missing_events(self._transaction, event_ids)

    async def count_replayable(self, endpoint: WebhookEndpoint, filters: Mapping[str, Any]) -> int:
        return await webhook_replay.count(self._transaction, endpoint, filters)

    async def replay_filtered(self, endpoint: WebhookEndpoint, filters: Mapping[str, Any], limit: int) -> int:
        return await webhook_replay.replay_filtered(self._transaction, endpoint, filters, limit)

    async def replay_events(self, endpoint: WebhookEndpoint, event_ids: Collection[UUID]) -> int:
        return await webhook_replay.replay_events(self._transaction, endpoint, event_ids)
