"""The catalogue of event types, and the patterns that select from it."""

import pytest

from api.openapi.event_examples import make_example
from domain.events import DATA_FIELDS, EVENT_TYPES, HIDDEN_FIELDS, OWN_TYPE, EventType, find_unknown, select_types


@pytest.mark.parametrize("event_type", EVENT_TYPES.values(), ids=lambda found: found.name)
def test_an_example_has_the_fields_of_its_type(event_type: EventType) -> None:
    """Its changes agree with its data, and hidden fields are only named."""
    example = make_example(event_type)
    assert example["data"].keys() == set(DATA_FIELDS[event_type.subject])
    assert example["subject"] == {"type": event_type.subject, "id": example["data"]["id"]}
    for change in example["changes"] or []:
        name, _, part = change["field"].partition(".")
        assert name in (*DATA_FIELDS[event_type.subject], *HIDDEN_FIELDS.get(event_type.subject, ()))
        if "after" in change:
            after = example["data"][name]
            assert change["after"] == (after[part] if part else after)
            assert change["before"] != change["after"]
            assert name in DATA_FIELDS[event_type.subject]


@pytest.mark.parametrize(
    ("patterns", "selected"),
    [
        (["operation.completed"], {"operation.completed"}),
        (["user.*"], {"user.created", "user.changed", "user.disabled", "user.enabled", "user.removed"}),
        (["*"], EVENT_TYPES.keys() - {OWN_TYPE}),
        (["order.created", "user.*", "order.created"], {"order.created", *select_types(["user.*"])}),
        ([OWN_TYPE], set()),
        ([], set()),
    ],
)
def test_patterns_select_types(patterns: list[str], selected: set[str]) -> None:
    assert select_types(patterns) == selected


@pytest.mark.parametrize("pattern", ["", "operation", "operation.", "oper*", "operation.comp*", "**", "x.*", OWN_TYPE])
def test_an_unknown_pattern_is_found(pattern: str) -> None:
    """Only a type that exists, a whole family and all types can be subscribed to."""
    assert find_unknown([pattern, "operation.*", "*", "order.created"]) == [pattern]


def test_every_type_belongs_to_a_subject() -> None:
    """Types of subjects other than operations begin with the subject."""
    for name, event_type in EVENT_TYPES.items():
        family = name.partition(".")[0]
        assert family in (event_type.subject, "step", "effect", "refund")
        assert event_type.subject in (family, "operation")
