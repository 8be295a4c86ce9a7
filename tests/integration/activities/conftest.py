"""One open run with the real ledger."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest

from activities.effects import Effects
from activities.payloads import CompensateInput, StepInput
from bootstrap.container import Container
from domain.ports.ledger import EffectKey
from tests.fixtures.rows import Rows


@dataclass
class OpenRun:
    """The first run of an operation; its step buys a label."""

    rows: Rows
    container: Container
    operation_id: UUID
    step_name: str = "buy_label"

    @property
    def effects(self) -> Effects:
        """The ledger that the activities use."""
        return Effects(self.container.ledger)

    @property
    def _names(self) -> dict[str, Any]:
        return {
            "organization_id": self.rows.organization_id,
            "operation_id": self.operation_id,
            "run": 1,
            "step": self.step_name,
            "position": 1,
        }

    def key(self, **fields: Any) -> EffectKey:
        """Return the step's key in the ledger."""
        return EffectKey(**self._names, **fields)

    def step(self, **fields: Any) -> StepInput:
        """Return the input of the step's activities."""
        return StepInput(**self._names, **fields)

    def compensation(self, effect_id: UUID) -> CompensateInput:
        """Return the input of an effect's compensation."""
        return CompensateInput(**self._names, effect_id=effect_id)

    def insert_effect(self, **columns: Any) -> UUID:
        """Insert an effect of the step."""
        return self.rows.insert_effect(self.operation_id, self.step_name, **columns)

    def effect(self) -> dict[str, Any]:
        """Return the only effect."""
        return self.rows.select_one("effects", operation_id=self.operation_id)

    def events(self) -> list[str]:
        """Return the events of the operation's log."""
        return [entry["type"] for entry in self.rows.select_log(self.operation_id)]


@pytest.fixture
def open_run(rows: Rows, container: Container) -> OpenRun:
    """An executing operation with its run."""
    operation_id = rows.insert_operation("executing", type="create_shipment", current_run=1)
    rows.insert_run(operation_id)
    return OpenRun(rows, container, operation_id)
