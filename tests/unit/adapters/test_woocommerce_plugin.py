"""Trackings of the Shipment Tracking plugin of WooCommerce."""

from typing import Any

import pytest

from adapters.channels.woocommerce import answers, errors, plugin, requests
from domain.errors import Ambiguous, Rejected
from tests.fixtures.builders import build_raw_answer
from tests.unit.adapters.woocommerce_pushes import build_request


def test_a_tracking_has_the_fields_of_the_plugin() -> None:
    """A known carrier has the plugin's name, any other is a custom provider."""
    assert requests.build_tracking(build_request(), []) == {
        "tracking_provider": "Fedex",
        "tracking_number": "986578788855",
    }
    assert requests.build_tracking(build_request(carrier="Pony"), [{"tracking_number": "1Z"}]) == {
        "custom_tracking_provider": "Pony",
        "tracking_number": "986578788855",
    }


@pytest.mark.parametrize(
    ("changes", "trackings", "field"),
    [
        ({"notify_customer": True}, [], "notify_customer"),
        ({}, [{"tracking_number": "986578788855"}], "tracking_number"),
    ],
)
def test_a_push_that_the_plugin_can_not_do_is_refused_with_its_field(
    changes: dict[str, Any], trackings: list[dict[str, Any]], field: str
) -> None:
    """The plugin sends no mail, and two trackings with one number would be indistinguishable."""
    with pytest.raises(Rejected) as refused:
        requests.build_tracking(build_request(**changes), trackings)
    assert refused.value.field == field


def test_a_tracking_is_read() -> None:
    """A tracking without an id or a number is ambiguous."""
    tracking = answers.parse_tracking("727", {"tracking_id": "7f49", "tracking_number": "986578788855"})

    assert (tracking.fulfillment_id, tracking.notified) == ("727/tracking-7f49", False)
    wrongs: list[dict[str, Any]] = [{}, {"tracking_id": ""}, {"tracking_id": "7f49"}]
    for wrong in wrongs:
        with pytest.raises(Ambiguous):
            answers.parse_tracking("727", wrong)


def test_only_an_empty_list_of_trackings_is_empty() -> None:
    """A single object counts as a list; any other answer is ambiguous."""
    assert errors.parse_list(build_raw_answer(200, []), *plugin.NAMES) == []
    tracking = {"tracking_id": "7f49", "tracking_number": "1"}
    assert errors.parse_list(build_raw_answer(200, tracking), *plugin.NAMES) == [tracking]
    wrongs: list[Any] = [b"", b"<html>", b"null", {}, {"unexpected": [[]]}, [[]], [{}], [{"code": "x", "message": "y"}]]
    for wrong in wrongs:
        with pytest.raises(Ambiguous):
            errors.parse_list(build_raw_answer(200, wrong), *plugin.NAMES)
