"""A fresh API for each test."""

from collections.abc import AsyncIterator

import pytest

from tests.unit.api.world import World, new_world


@pytest.fixture
async def world() -> AsyncIterator[World]:
    made = new_world()
    async with made.http:
        yield made
