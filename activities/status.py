"""Run outcomes: the only writer of an operation's status once a run has started, and what undo reads of the ledger."""

from collections.abc import Callable
from typing import Any

from temporalio import activity

from activities.errors import activity_boundary
from activities.payloads import StandingEffect
from domain.effects import EffectState
from domain.operations import RunRef
from domain.ports.ledger import Ledger, RunOutcome, RunOutcomes


class StatusActivities:
    """Local activities: they touch Postgres only, and a history event for each would cost more than they do."""

    def __init__(self, ledger: Ledger, outcomes: RunOutcomes) -> None:
        self._ledger = ledger
        self._outcomes = outcomes

    @property
    def activities(self) -> list[Callable[..., Any]]:
        return [self.record_outcome, self.standing_effects]

    @activity.defn
    @activity_boundary()
    async def record_outcome(self, outcome: RunOutcome) -> str | None:
        """Record how the run ended into Postgres; return how it did: an earlier delivery may have told otherwise."""
        return await self._outcomes.record(outcome)

    @activity.defn
    @activity_boundary()
    async def standing_effects(self, run: RunRef) -> list[StandingEffect]:
        """Return what stands or may stand of the run's operation, newest first."""
        effects = await self._ledger.standing(run)
        return [
            StandingEffect(
                effect_id=effect.id,
                step=effect.step,
                position=effect.position,
                settled=effect.state is EffectState.DONE or effect.result is not None,
                compensation=effect.compensation,
                recovery=effect.recovery,
            )
            for effect in effects
        ]
