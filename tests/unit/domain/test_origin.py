"""The origin of changes: its values, and the tasks that have it."""

import asyncio

import pytest

from domain.origin import Origin, acting_as, current_origin, for_request, name_actor, run_as_service, service

INJECTIONS = (
    "", "'", "\\", "a'; drop table events; --", "a\nb", "a\0b", "\u2019", "a b", "a;b", '"', "$$", "a/*", "x" * 200,
)  # fmt: skip


@pytest.mark.parametrize("text", INJECTIONS)
def test_an_origin_contains_no_sql(text: str) -> None:
    """Its values are part of SQL text, see `adapters.postgres.core.identity`."""
    with pytest.raises(ValueError, match="not a request id"):
        Origin("key:1", text)
    for actor in (text, f"key:{text}", f"{text}key:1"):
        with pytest.raises(ValueError, match="not an actor"):
            Origin(actor if actor != "key:1" else "", "r")


async def test_each_task_has_its_own_origin() -> None:
    """An actor that a request names does not outlive the request."""

    async def answer(key: str) -> Origin:
        with acting_as(service("api", f"request-{key}")):
            name_actor(f"key:{key}")
            await asyncio.sleep(0)
            return current_origin()

    origins = await asyncio.gather(answer("a"), answer("b"))
    assert [*origins] == [Origin("key:a", "request-a"), Origin("key:b", "request-b")]
    before = current_origin()
    await answer("c")
    assert current_origin() == before


async def test_a_part_of_the_service_acts_for_a_request() -> None:
    async def work() -> list[Origin]:
        with for_request("r"):
            return [current_origin(), await asyncio.create_task(read())]

    async def read() -> Origin:
        return current_origin()

    assert await run_as_service("tracker", work()) == [Origin("service:tracker", "r")] * 2
