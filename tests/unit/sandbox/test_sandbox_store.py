"""The sandbox's store keeps all of a transaction or nothing, and only the newest requests."""

from pathlib import Path

import pytest

from sandbox import store as store_module
from sandbox.store import Store


def note_and_fail(store: Store) -> None:
    with store.transaction():
        store.note_request("labels.create", "R", None, 201)
        raise ZeroDivisionError


def test_a_failed_transaction_is_rolled_back(tmp_path: Path) -> None:
    store = Store(tmp_path / "new" / "folder")
    with pytest.raises(ZeroDivisionError):
        note_and_fail(store)
    assert store.list_requests(None, None) == []
    store.close()


def test_only_the_newest_requests_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "REQUESTS_KEPT", 3)
    store = Store(tmp_path)
    for number in range(5):
        with store.transaction():
            store.note_request("labels.create", f"R{number}", None, 201)
    assert [request["reference"] for request in store.list_requests(None, None)] == ["R2", "R3", "R4"]
    store.close()
