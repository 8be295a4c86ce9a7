"""The books keep all of a transaction or nothing, and only the newest requests."""

from pathlib import Path

import pytest

from sandbox import store as books_module
from sandbox.store import Books


def note_and_fail(books: Books) -> None:
    with books.transaction():
        books.note_request("labels.create", "R", None, 201)
        raise ZeroDivisionError


def test_a_failed_transaction_leaves_nothing(tmp_path: Path) -> None:
    books = Books(tmp_path / "new" / "folder")
    with pytest.raises(ZeroDivisionError):
        note_and_fail(books)
    assert books.requests(None, None) == []
    books.close()


def test_only_the_newest_requests_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(books_module, "REQUESTS_KEPT", 3)
    books = Books(tmp_path)
    for number in range(5):
        with books.transaction():
            books.note_request("labels.create", f"R{number}", None, 201)
    assert [request["reference"] for request in books.requests(None, None)] == ["R2", "R3", "R4"]
    books.close()
