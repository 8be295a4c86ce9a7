"""Ids of rows."""

import time

from domain.ids import new_id


def test_ids_are_uuids_of_version_7() -> None:
    """Of the RFC's variant, and never the same."""
    ids = {new_id() for _ in range(10_000)}
    assert len(ids) == 10_000
    assert {i.version for i in ids} == {7}


def test_ids_tell_the_time_they_were_made_at() -> None:
    """So that later ones are greater."""
    before, made, after = time.time_ns() // 1_000_000, new_id(), time.time_ns() // 1_000_000
    assert before <= made.int >> 80 <= after
