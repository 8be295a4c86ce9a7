"""A carrier and a sales channel that an installed package adds with entry points."""

from domain.vendors.profile import CarrierProfile, ChannelProfile, CredentialField

TOY_CARRIER = CarrierProfile(
    name="toy_carrier",
    adapter="tests.e2e.toy_vendors.carrier:ToyCarrier",
    title="Toy Carrier",
    base_url="https://toy-carrier.example",
    credentials=(CredentialField("api_key", "the account's key"),),
    sandbox_credentials={"api_key": "toy"},
    services=("BY_TRAIN",),
)
TOY_CHANNEL = ChannelProfile(
    name="toy_channel",
    adapter="tests.e2e.toy_vendors.channel:ToyChannel",
    title="Toy Channel",
    base_url=None,
    credentials=(CredentialField("api_key", "the shop's key"),),
    sandbox_credentials={"api_key": "toy"},
)
ENTRY_POINTS = {
    "orderly.carriers": {"toy_carrier": "tests.e2e.toy_vendors:TOY_CARRIER"},
    "orderly.channels": {"toy_channel": "tests.e2e.toy_vendors:TOY_CHANNEL"},
    "orderly.simulators": {
        "toy_carrier": "tests.e2e.toy_vendors.simulators:carrier_routes",
        "toy_channel": "tests.e2e.toy_vendors.simulators:channel_routes",
    },
}
