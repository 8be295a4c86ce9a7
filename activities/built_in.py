"""The activities of the built-in steps: a new class of them is one line here."""

from collections.abc import Callable
from typing import Any

from activities.carrier import CarrierActivities
from activities.channel import ChannelActivities
from activities.orders import OrderActivities
from activities.status import StatusActivities
from activities.void import VoidActivities
from domain.ports.carrier import Carriers
from domain.ports.channel import Channels
from domain.ports.ledger import ActivityReads, Ledger, RunOutcomes


def built_in_activities(
    ledger: Ledger, reads: ActivityReads, outcomes: RunOutcomes, carriers: Carriers, channels: Channels
) -> list[Callable[..., Any]]:
    owners = (
        CarrierActivities(ledger, reads, carriers),
        VoidActivities(ledger, reads, carriers),
        ChannelActivities(ledger, reads, channels),
        OrderActivities(ledger),
        StatusActivities(ledger, outcomes),
    )
    return [activity for owner in owners for activity in owner.activities]
