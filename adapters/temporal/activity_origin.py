"""Makes the worker the actor of the changes of an activity; the request is that which started the run."""

from typing import Any

from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from domain.origin import acting_as, service


class ActivityOrigin(Interceptor):
    """The id of the request is in the activity's payload; an installed type's payload may lack it."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002 - the SDK's
        return _OriginInbound(next)


class _OriginInbound(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002 - the SDK's name
        request_id = getattr(input.args[0], "request_id", None) if input.args else None
        with acting_as(service("worker", request_id)):
            return await self.next.execute_activity(input)
