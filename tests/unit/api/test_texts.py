"""Text fields of requests: blank text is refused, and messages describe text."""

from typing import Any

import pytest
from pydantic import ValidationError

from api.connections.schemas import ConnectionUpdate, PauseRequest
from api.operations.schemas import ResolveRequest, UndoRequest
from api.orders.schemas import OrderCreate


@pytest.mark.parametrize("reason", ["", "  ", "\n\t", "\u2028"])
@pytest.mark.parametrize(
    ("model", "fields"),
    [(PauseRequest, {}), (UndoRequest, {"force": True}), (ResolveRequest, {"outcome": "happened"})],
)
def test_a_blank_reason_is_refused(model: Any, fields: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError, match="at least 1 character"):
        model.model_validate({**fields, "reason": reason})


def test_blanks_around_a_reason_are_removed() -> None:
    assert PauseRequest.model_validate({"reason": " stock-taking\n"}).reason == "stock-taking"


@pytest.mark.parametrize(("ident", "message"), [("  ", "at least 1 character"), ("x" * 201, "at most 200 characters")])
def test_the_message_about_an_ids_length_counts_characters(ident: str, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        OrderCreate.model_validate({"external_id": ident})


def test_the_refusal_of_a_status_names_the_accepted_ones() -> None:
    with pytest.raises(ValidationError, match="'active' or 'paused'"):
        ConnectionUpdate.model_validate({"status": "auth_failed"})
