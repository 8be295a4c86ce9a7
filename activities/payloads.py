"""What goes through Temporal, one model per message. It is readable in the Temporal UI: no address, no secret."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, PlainSerializer, PlainValidator

from domain.effects import UndoOutcome
from domain.json_values import Json, from_json, to_json
from domain.operations import RunKind, RunOptions, RunRef
from domain.plan import Plan


class Payload(BaseModel):
    """Base of all messages."""

    model_config = ConfigDict(frozen=True)


class Limits(Payload):
    """How long a run keeps trying, in seconds; decided by the settings at its start."""

    retry_for: float = 86_400.0
    """For how long a call that was surely not sent is tried again."""
    wait_for: float = 31 * 86_400.0
    """For how long a channel that answers later is asked."""


def _read_plan(value: Any) -> Plan:
    return value if isinstance(value, Plan) else from_json(Plan, value)


class RunInput(Payload):
    """The input of every run's workflow."""

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

    @property
    def ref(self) -> RunRef:
        return RunRef(self.organization_id, self.operation_id, self.run)


class StepInput(Payload):
    """One delivery of a step's effect. `arguments` are the plan, with the results of earlier steps that it needs.

    `resend_of` names the send, by its number, that may be repeated with the same key although its outcome is unknown.
    `doubted` tells that the ledger may have forgotten a send, for it was restored from a backup: look before sending.
    `taking_back` asks a recovery for the outcome only: nothing will be sent again.
    `needs_open_order`, `uses_shipment`, `removes_shipment`: see `domain.ports.ledger.EffectKey`.
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
    taking_back: bool = False
    needs_open_order: bool = False
    uses_shipment: bool = False
    removes_shipment: bool = False


class StepOutput(Payload):
    """What a step came to; `waiting` where the channel answers later."""

    result: Json
    waiting: bool = False


class RecoverOutput(Payload):
    """What a lookup of an ambiguous effect came to.

    `again`: its outcome is unknown, and sending it again with the same key is what finds out; `sends` is how often it
    was sent.
    """

    state: Literal["done", "absent", "unknown", "again"]
    sends: int = 0
    result: Json = {}
    waiting: bool = False


class StandingEffect(Payload):
    """An effect that stands or may stand, as an undo needs it."""

    effect_id: UUID
    step: str
    position: int
    settled: bool
    compensation: str | None
    recovery: str | None


class CompensateInput(Payload):
    """One delivery of a compensation."""

    organization_id: UUID
    operation_id: UUID
    run: int
    effect_id: UUID
    step: str
    position: int
    force: bool = False


class CompensateOutput(Payload):
    """The truth about one compensation; `reversed` tells whether the effect no longer stands."""

    outcome: UndoOutcome
    reversed: bool
