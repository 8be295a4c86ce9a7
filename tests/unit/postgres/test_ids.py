"""New ids are UUIDs that sort by time."""

import time

from domain.ids import new_id


def test_ids_are_unique_uuids_of_version_7() -> None:
    ids = {new_id() for _ in range(10_000)}
    assert len(ids) == 10_000
    assert {i.version for i in ids} == {7}


def test_an_id_begins_with_its_time() -> None:
    """So later ids are greater."""
    before, ident, after = time.time_ns() // 1_000_000, new_id(), time.time_ns() // 1_000_000
    assert before <= ident.int >> 80 <= after
