"""Texts that clients send: what is blank is refused, and a refusal speaks of texts."""

from typing import Any

import pytest
from pydantic import ValidationError

from api.connections.schemas import ConnectionUpdate, PauseRequest
from api.operations.schemas import ResolveRequest, UndoRequest
from api.orders.schemas import OrderCreate


@pytest.mark.parametrize("reason", ["", "  ", "\n\t", "\u2028"])
@pytest.mark.parametrize(
    ("model", "others"),
    [(PauseRequest, {}), (UndoRequest, {"force": True}), (ResolveRequest, {"outcome": "happened"})],
)
def test_a_blank_reason_is_none(model: Any, others: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError, match="at least 1 character"):
        model.model_validate({**others, "reason": reason})


def test_a_reason_has_no_blanks_around_it() -> None:
    assert PauseRequest.model_validate({"reason": " stock-taking\n"}).reason == "stock-taking"


@pytest.mark.parametrize(("ident", "words"), [("  ", "at least 1 character"), ("x" * 201, "at most 200 characters")])
def test_an_id_of_a_wrong_length_is_a_text_of_a_wrong_length(ident: str, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        OrderCreate.model_validate({"external_id": ident})


def test_the_refusal_of_a_status_names_those_that_a_client_may_set() -> None:
    with pytest.raises(ValidationError, match="'active' or 'paused'"):
        ConnectionUpdate.model_validate({"status": "auth_failed"})
