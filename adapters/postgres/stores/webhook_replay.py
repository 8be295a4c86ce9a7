"""Replays: sends events to one endpoint again, without an order."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from adapters.postgres.core.transaction import OrganizationTransaction
from domain.events import OWN_TYPE
from domain.webhooks import WebhookEndpoint

MATCHES = f"""
    case when events.type = '{OWN_TYPE}' then events.subject_id = {{endpoint_id}}
         else '*' = any({{patterns}}) or events.type = any({{patterns}})
              or split_part(events.type, '.', 1) || '.*' = any({{patterns}})
    end
"""
"""Whether an endpoint with these patterns receives an event. Test events only reach the endpoint that is their
subject."""

OF_ENDPOINT = MATCHES.format(endpoint_id="%(id)s", patterns="%(event_types)s")

MISSING = """
    select id from unnest(%(ids)s::uuid[]) as id
    where not exists (select from events where events.organization_id = %(org)s and events.id = id.id)
"""

FAILED = """
    select events.id, events.type, events.subject_id, events.position
    from webhook_deliveries as failed join events on events.id = failed.event_id
    where failed.organization_id = %(org)s and events.organization_id = %(org)s
      and failed.endpoint_id = %(id)s and failed.state = 'failed'
"""

IN_RANGE = f"""
    select events.id, events.type, events.subject_id, events.position
    from events
    where events.organization_id = %(org)s
      and events.position <= (select fanned_out_up_to from webhook_progress where endpoint_id = %(id)s)
      and {OF_ENDPOINT}
      and not exists (
          select from webhook_deliveries as waiting
          where waiting.endpoint_id = %(id)s and waiting.event_id = events.id and waiting.state = 'waiting'
      )
"""
"""Later events and waiting deliveries arrive without a replay."""

FILTERS: Mapping[str, str] = {
    "created_after": "events.created_at >= %(created_after)s",
    "created_before": "events.created_at < %(created_before)s",
}

CHOSEN = """
    select events.id, events.type, events.subject_id, events.position from events
    where events.organization_id = %(org)s and events.id = any(%(ids)s) and events.position is not null
"""

REPLAY = """
    insert into webhook_deliveries
        (id, organization_id, endpoint_id, event_id, event_type, subject_id, position, is_unordered)
    select gen_random_uuid(), %(org)s, %(id)s, chosen.id, chosen.type, chosen.subject_id, chosen.position, true
    from ({chosen}) as chosen
    order by chosen.position
    on conflict (endpoint_id, event_id) do update
    set state = 'waiting', is_unordered = true, failures = 0, next_attempt_at = now(), settled_at = null,
        updated_at = now()
"""


async def find_missing_events(transaction: OrganizationTransaction, event_ids: Collection[UUID]) -> set[UUID]:
    return {row["id"] for row in await transaction.fetch_all(dict, MISSING, ids=list(event_ids))}


async def count(transaction: OrganizationTransaction, endpoint: WebhookEndpoint, filters: Mapping[str, Any]) -> int:
    sql = f"select count(*) from ({_select(filters)}) as chosen"
    counted: int = await transaction.fetch_value(sql, **_parameters(endpoint), **filters)
    return counted


async def replay_filtered(
    transaction: OrganizationTransaction, endpoint: WebhookEndpoint, filters: Mapping[str, Any], limit: int
) -> int:
    chosen = f"{_select(filters)} order by events.position limit %(limit)s"
    return await transaction.execute(REPLAY.format(chosen=chosen), **_parameters(endpoint), **filters, limit=limit)


async def replay_events(
    transaction: OrganizationTransaction, endpoint: WebhookEndpoint, event_ids: Collection[UUID]
) -> int:
    return await transaction.execute(REPLAY.format(chosen=CHOSEN), **_parameters(endpoint), ids=list(event_ids))


def _parameters(endpoint: WebhookEndpoint) -> dict[str, Any]:
    return {"id": endpoint.id, "event_types": endpoint.event_types}


def _select(filters: Mapping[str, Any]) -> str:
    source = FAILED if filters.get("state") == "failed" else IN_RANGE
    return " and ".join([source, *(FILTERS[name] for name in filters if name in FILTERS)])
