"""Messages that pass through Temporal. They are readable in Temporal's UI, so they hold no address and no secret."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, PlainSerializer, PlainValidator

from domain.effects import UndoOutcome
from domain.json_values import Json, from_json, to_json
from domain.operations import RunKind, RunOptions, RunRef
from domain.plan import Plan
from domain.ports.ledger import RunOutcome


class Payload(BaseModel):
    """Base of all messages."""

    model_config = ConfigDict(frozen=True)


class Limits(Payload):
    """How long a run keeps retrying, in seconds; taken from the settings when it starts."""

    retry_for: float = 86_400.0
    """How long a call that was certainly not sent is retried."""
    wait_for: float = 31 * 86_400.0
    """How long a channel that answers later is polled."""


def _read_plan(value: Any) -> Plan:
    return value if isinstance(value, Plan) else from_json(Plan, value)


class RunInput(Payload):
    """The input of every run's workflow.

    `local_first`: first attempts are local activities. Version 0.1.0 started its runs without that, and the workers of
    that version never get a run with it, because it is on another task queue. So the flag guards the replay of old
    histories like `workflow.patched`, without its two events per run.
    """

    organization_id: UUID
    operation_id: UUID
    operation_type: str
    order_id: UUID | None
    run: int
    kind: RunKind
    plan: Annotated[Plan, PlainValidator(_read_plan), PlainSerializer(to_json)]
    options: Annotated[RunOptions, PlainSerializer(RunOptions.to_json)] = RunOptions()
    is_irreversible: bool = False
    limits: Limits = Limits()
    local_first: bool = False
    request_id: str | None = None

    @property
    def ref(self) -> RunRef:
        return RunRef(self.organization_id, self.operation_id, self.run, self.request_id)


class StepInput(Payload):
    """One delivery of a step's effect. `arguments`: the plan, with the results of earlier steps that the step needs.

    `resend_of`: the number of the send that may be repeated with the same key although its outcome is unknown.
    `doubted`: the ledger may lack a send, because it was restored from a backup; look before sending.
    `compensating`: a recovery only finds out the outcome, because nothing will be sent again.
    `needs_open_order`, `uses_shipment`, `removes_shipment`: see `domain.ports.ledger.EffectKey`.
    `output_so_far`: set for the last step, with the results of the earlier steps.
    """

    organization_id: UUID
    operation_id: UUID
    run: int
    step: str
    position: int
    compensation: str | None = None
    recovery: str | None = None
    arguments: Json = {}
    resend_of: int | None = None
    doubted: bool = False
    compensating: bool = False
    needs_open_order: bool = False
    uses_shipment: bool = False
    removes_shipment: bool = False
    output_so_far: Json | None = None
    request_id: str | None = None

    @property
    def ending(self) -> RunOutcome | None:
        """How the run ends with this step's effect, for the ledger; None if it is not the last step."""
        if self.output_so_far is None:
            return None
        return RunOutcome(self.organization_id, self.operation_id, self.run, "completed", self.output_so_far)


class StepOutput(Payload):
    """The result of a step; `waiting`: the channel answers later; `has_ended`: the run's outcome is recorded."""

    result: Json
    waiting: bool = False
    has_ended: bool = False


class RecoverOutput(Payload):
    """The result of a lookup of an ambiguous effect.

    `again`: the outcome is unknown, and a second send with the same key finds it out; `sends`: the number of sends so
    far.
    """

    state: Literal["done", "absent", "unknown", "again"]
    sends: int = 0
    result: Json = {}
    waiting: bool = False
    has_ended: bool = False


class RemainingEffect(Payload):
    """An effect that remains or may remain, with the facts that an undo needs."""

    effect_id: UUID
    step: str
    position: int
    settled: bool
    compensation: str | None
    recovery: str | None


class CompensateInput(Payload):
    """One delivery of a compensation; `ending`: how the run ends with the last one."""

    organization_id: UUID
    operation_id: UUID
    run: int
    effect_id: UUID
    step: str
    position: int
    force: bool = False
    ending: RunOutcome | None = None
    request_id: str | None = None


class CompensateOutput(Payload):
    """The outcome of one compensation.

    `reversed`: whether the effect is gone; `has_ended`: whether the run's outcome is recorded.
    """

    outcome: UndoOutcome
    reversed: bool
    has_ended: bool = False
