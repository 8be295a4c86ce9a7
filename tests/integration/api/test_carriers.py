"""What the service supports of each carrier."""

from domain.vendors.catalogue import CARRIERS
from tests.fixtures.in_process_api import ApiClient


async def test_each_carrier_shows_what_its_profile_declares(client: ApiClient) -> None:
    found = {carrier["name"]: carrier for carrier in await client.data("GET", "/api/carriers")}

    assert list(found) == list(CARRIERS)
    for name, profile in CARRIERS.items():
        assert found[name] == await client.data("GET", f"/api/carriers/{name}")
        assert found[name]["services"] == list(profile.services)
        assert (found[name]["service_form"] is None) == bool(profile.services)
        assert found[name]["label_formats"] == list(profile.label_formats)
        assert [entry["option"] for entry in found[name]["shipping_options"]] == [
            support.option for support in profile.shipping_options
        ]
        assert [own["name"] for own in found[name]["carrier_options"]] == [own.name for own in profile.carrier_options]
        assert [route["services"] for route in found[name]["routes"]] == [list(lane.services) for lane in profile.lanes]
        fields = [entry["field"] for entry in (found[name]["customs"] or {"fields": []})["fields"]]
        assert fields == [entry.field for entry in (profile.customs.fields if profile.customs else ())]
        assert found[name]["limits"] is None or found[name]["limits"]["city"] > 0


async def test_a_carrier_shows_no_credentials_and_no_field_of_the_vendors_api(client: ApiClient) -> None:
    for carrier in await client.data("GET", "/api/carriers"):
        assert not {"credentials", "sandbox_credentials", "base_url", "adapter"} & set(carrier)
        assert all("vendor_field" not in entry for entry in carrier["shipping_options"])


async def test_an_unknown_carrier_is_not_found(client: ApiClient) -> None:
    response = await client.call("GET", "/api/carriers/pigeon")

    assert (response.status_code, response.json()["error"]["code"]) == (404, "carrier_not_found")
