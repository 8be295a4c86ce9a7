"""The current workflow code replays the recorded histories of every released version."""

import inspect
import json
import re
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from pydantic import BaseModel
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import ActivityTaskScheduledEventAttributes
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer, WorkflowReplayResult
from temporalio.workflow import NondeterminismError

from activities.built_in import call_activities, database_activities
from activities.payloads import StepInput
from adapters.temporal.worker import workflow_runner
from tests.fixtures.builders import SHIP_FROM, SHIP_TO
from tests.fixtures.shops import API_KEY
from tests.replay.changed import Guarded, Unguarded
from tests.replay.payloads import payloads
from tests.replay.record import HISTORIES, PROJECT, current_version
from tests.replay.scenarios import RECORDINGS
from workflows.registry import load_types
from workflows.undo import RollBackOperation, UndoOperation

FILES = sorted(HISTORIES.rglob("*.json"))
WORKFLOWS: list[type] = [*(kind.workflow for kind in load_types().all()), UndoOperation, RollBackOperation]
MAX_BYTES = 64_000
HIDDEN = (
    API_KEY,
    "grace@example.com",
    *(SHIP_TO[name] for name in ("name", "street1", "postal_code", "phone")),
    *(SHIP_FROM[name] for name in ("name", "street1", "postal_code")),
)


async def _replay(path: Path, *workflows: type) -> WorkflowReplayResult:
    fields = [workflow for workflow in WORKFLOWS if workflow.__name__ != "FulfillOrder"] if workflows else WORKFLOWS
    replayer = Replayer(
        workflows=[*fields, *workflows],
        data_converter=pydantic_data_converter,
        workflow_runner=workflow_runner(),
        debug_mode=True,  # without the limit of 2 s, which a busy machine can exceed
    )
    return await replayer.replay_workflow(_history(path), raise_on_replay_failure=False)


def _history(path: Path) -> WorkflowHistory:
    return WorkflowHistory.from_json("recorded", path.read_text())


def _name(path: Path) -> str:
    return str(path.relative_to(HISTORIES).with_suffix(""))


@pytest.mark.parametrize("path", FILES, ids=_name)
async def test_a_history_replays(path: Path) -> None:
    """The replay issues the recorded commands."""
    assert (await _replay(path)).replay_failure is None


def test_every_released_version_has_histories() -> None:
    """The versions of the changelog and pyproject.toml have histories, and no other version has."""
    released = set(re.findall(r"^## (\d+\.\d+\.\d+)", (PROJECT / "CHANGELOG.md").read_text(), re.MULTILINE))
    assert released
    assert {folder.name for folder in HISTORIES.iterdir()} == released | {current_version()}


def test_every_type_is_recorded() -> None:
    """The current version has a history of every scenario, and every type, the undo and the rollback have one."""
    folder = HISTORIES / current_version()
    expected = {name for recording in RECORDINGS for name in recording.saved if name}
    assert {str(path.relative_to(folder).with_suffix("")) for path in folder.rglob("*.json")} == expected
    names = {kind.name for kind in load_types().all()} | {"undo_operation", "roll_back_operation"}
    assert {path.name for path in folder.iterdir()} == names


@pytest.mark.parametrize("path", [path for path in FILES if "fulfill_order/completed" in str(path)], ids=_name)
async def test_a_changed_workflow_is_noticed(path: Path) -> None:
    """Changed steps without a guard fail the replay of an old run."""
    assert isinstance((await _replay(path, Unguarded)).replay_failure, NondeterminismError)


@pytest.mark.parametrize("path", [path for path in FILES if path.parent.name == "fulfill_order"], ids=_name)
async def test_a_guarded_change_replays(path: Path) -> None:
    """The same change with a guard replays every run."""
    assert (await _replay(path, Guarded)).replay_failure is None


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_scheduled_activities_can_still_be_parsed(path: Path) -> None:
    """Each scheduled activity, compensation and recovery exists, and its message can still be parsed."""
    known = _messages()
    for scheduled in _scheduled(path):
        message = known[scheduled.activity_type.name].model_validate_json(scheduled.input.payloads[0].data)
        if isinstance(message, StepInput):
            assert {message.compensation, message.recovery} - {None} <= known.keys()


def _messages() -> dict[str, type[BaseModel]]:
    """Return the message type of each activity, by name."""
    nothing: Any = None
    methods = [*call_activities(nothing, nothing, nothing, nothing), *database_activities(nothing, nothing)]
    hints = {method.__name__: get_type_hints(inspect.unwrap(method)) for method in methods}
    return {name: next(hint for key, hint in types.items() if key != "return") for name, types in hints.items()}


def _scheduled(path: Path) -> list[ActivityTaskScheduledEventAttributes]:
    kind = EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED
    return [
        event.activity_task_scheduled_event_attributes for event in _history(path).events if event.event_type == kind
    ]


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_histories_contain_no_address_or_secret(path: Path) -> None:
    """Neither the text nor a payload contains one; the payloads are readable, so that this test can fail."""
    text = path.read_text()
    assert len(text) < MAX_BYTES
    found = payloads(json.loads(text))
    assert any(b"organization_id" in payload for payload in found)
    for word in HIDDEN:
        assert word not in text
        assert not [payload for payload in found if word.encode() in payload]
