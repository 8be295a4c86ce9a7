"""The workflow runner: installed types run in the SDK's sandbox, built-in types outside."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from temporalio.converter import SerializationContext, StorageDriverStoreContext
from temporalio.worker import UnsandboxedWorkflowRunner, WorkflowInstance, WorkflowInstanceDetails
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner
from temporalio.workflow import Info

if TYPE_CHECKING:
    from temporalio.bridge.proto.workflow_activation import WorkflowActivation
    from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion

NOWHERE = StorageDriverStoreContext(target=None)


BUILT_IN = "workflows"
"""The package of the built-in types."""


@dataclass(frozen=True)
class TypeRunner(SandboxedWorkflowRunner):
    """The SDK's sandbox for installed types only.

    The modules of built-in types are passed through the sandbox, so that it would not check their clocks and random
    numbers, and would cost a tenth of the service's CPU. `tests/architecture/test_workflows.py` checks their calls
    instead.

    Only for data converters without codec, contexts and external storage: the SDK enters the sandbox several times per
    payload to ask for the conversion's context. This converter has none, so `_ContextFree` answers outside the sandbox.
    """

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        if det.defn.cls.__module__.partition(".")[0] == BUILT_IN:
            return _ContextFree(UnsandboxedWorkflowRunner().create_instance(det))
        return _ContextFree(super().create_instance(det))


class _ContextFree(WorkflowInstance):
    def __init__(self, instance: WorkflowInstance) -> None:
        self._instance = instance

    def activate(self, act: "WorkflowActivation") -> "WorkflowActivationCompletion":
        return self._instance.activate(act)

    def get_serialization_context(self, command_info: object) -> SerializationContext | None:  # noqa: ARG002
        return None

    def get_external_store_context(self, command_info: object) -> StorageDriverStoreContext:  # noqa: ARG002
        return NOWHERE

    def get_info(self) -> Info:
        return self._instance.get_info()

    def get_thread_id(self) -> int | None:
        return self._instance.get_thread_id()
