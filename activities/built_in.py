"""Lists the activities of the built-in steps."""

from collections.abc import Callable
from typing import Any, TypeAlias

from activities.carrier import CarrierActivities
from activities.channel import ChannelActivities
from activities.orders import OrderActivities
from activities.status import StatusActivities
from activities.void import VoidActivities
from domain.ports.carrier import Carriers
from domain.ports.channel import Channels
from domain.ports.ledger import ActivityReads, Ledger, RunOutcomes

Activities: TypeAlias = list[Callable[..., Any]]


def call_activities(ledger: Ledger, reads: ActivityReads, carriers: Carriers, channels: Channels) -> Activities:
    """Make the activities that call carriers and channels."""
    owners = (
        CarrierActivities(ledger, reads, carriers, channels),
        VoidActivities(ledger, reads, carriers),
        ChannelActivities(ledger, reads, channels),
    )
    return [activity for owner in owners for activity in owner.activities]


def database_activities(ledger: Ledger, outcomes: RunOutcomes) -> Activities:
    """Make the activities that call only Postgres."""
    return [*OrderActivities(ledger).activities, *StatusActivities(ledger, outcomes).activities]
