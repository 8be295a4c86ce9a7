"""Activities that record the outcome of a run, and that list an operation's effects for its undo.

After a run has started, only `record_outcome` changes the operation's status.
"""

from collections.abc import Callable
from typing import Any

from temporalio import activity

from activities.errors import activity_boundary
from activities.payloads import RemainingEffect
from domain.effects import EffectState
from domain.operations import RunRef
from domain.ports.ledger import Ledger, RunOutcome, RunOutcomes


class StatusActivities:
    """Local activities: they only call Postgres, and regular ones would add several events to the history."""

    def __init__(self, ledger: Ledger, outcomes: RunOutcomes) -> None:
        self._ledger = ledger
        self._outcomes = outcomes

    @property
    def activities(self) -> list[Callable[..., Any]]:
        return [self.record_outcome, self.remaining_effects]

    @activity.defn
    @activity_boundary()
    async def record_outcome(self, outcome: RunOutcome) -> str | None:
        """Record the end of the run; return the result in Postgres, which an earlier delivery may have set."""
        return await self._outcomes.record(outcome)

    @activity.defn
    @activity_boundary()
    async def remaining_effects(self, run: RunRef) -> list[RemainingEffect]:
        """Return the effects of the run's operation that remain or may remain, newest first."""
        effects = await self._ledger.remaining(run)
        return [
            RemainingEffect(
                effect_id=effect.id,
                step=effect.step,
                position=effect.position,
                settled=effect.state is EffectState.DONE or effect.result is not None,
                compensation=effect.compensation,
                recovery=effect.recovery,
            )
            for effect in effects
        ]
