"""SQL for the look-ups of an operation's effect of unknown outcome."""

from domain.effects import GATEWAY_STATUSES

GATEWAYS = ", ".join(map(str, sorted(GATEWAY_STATUSES)))

NOT_BEFORE = f"case when answered_at is null or answer_status in ({GATEWAYS}) then settles_at end"
"""The earliest time when a person's `did_not_happen` is credible; see `domain.effects.Effect`."""

LOOKING = f"""
    case when status = 'executing' and attention is null then (
        select jsonb_build_object(
            'state', 'looking', 'step', step, 'since', look -> 'since', 'next_look_at', look -> 'next_look_at',
            'until', look -> 'until', 'not_before', {NOT_BEFORE}
        )
        from (select id as own_id) as own join effects on effects.operation_id = own_id
        where effects.organization_id = %(org)s and state = 'sent' and look is not null
        limit 1
    ) end
"""
"""A JSON object as `domain.progress.Progress`; the ledger is read only while the operation is executing."""
