"""The holidays of the United States on which carriers accept no parcels."""

from calendar import MONDAY, THURSDAY
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

DAY, WEEK = timedelta(days=1), timedelta(weeks=1)


@dataclass(frozen=True, slots=True)
class Holiday:
    """A holiday: on a `day` of its month or, if `weekday` is set, on the `day`-th such weekday; the 5th is the last."""

    title: str
    month: int
    day: int
    weekday: int | None = None

    def in_year(self, year: int) -> date:
        """Return the date of the holiday."""
        if self.weekday is None:
            return date(year, self.month, self.day)
        first = date(year, self.month, 1)
        found = first + DAY * ((self.weekday - first.weekday()) % 7) + WEEK * (self.day - 1)
        return found if found.month == self.month else found - WEEK


NEW_YEAR = Holiday("New Year's Day", 1, 1)
MLK_DAY = Holiday("Martin Luther King Jr. Day", 1, 3, MONDAY)
PRESIDENTS_DAY = Holiday("Presidents' Day", 2, 3, MONDAY)
MEMORIAL_DAY = Holiday("Memorial Day", 5, 5, MONDAY)
JUNETEENTH = Holiday("Juneteenth", 6, 19)
INDEPENDENCE_DAY = Holiday("Independence Day", 7, 4)
LABOR_DAY = Holiday("Labor Day", 9, 1, MONDAY)
COLUMBUS_DAY = Holiday("Columbus Day", 10, 2, MONDAY)
VETERANS_DAY = Holiday("Veterans Day", 11, 11)
THANKSGIVING = Holiday("Thanksgiving Day", 11, 4, THURSDAY)
CHRISTMAS = Holiday("Christmas Day", 12, 25)

PRIVATE_CARRIERS = (NEW_YEAR, MEMORIAL_DAY, INDEPENDENCE_DAY, LABOR_DAY, THANKSGIVING, CHRISTMAS)
"""The holidays on which neither UPS nor FedEx works."""
FEDERAL = (
    *(NEW_YEAR, MLK_DAY, PRESIDENTS_DAY, MEMORIAL_DAY, JUNETEENTH, INDEPENDENCE_DAY),
    *(LABOR_DAY, COLUMBUS_DAY, VETERANS_DAY, THANKSGIVING, CHRISTMAS),
)
"""The federal holidays, on which USPS does not work."""


def find_holiday(day: date, holidays: Sequence[Holiday]) -> Holiday | None:
    """Return the holiday on a day; None if there is none."""
    return next((holiday for holiday in holidays if holiday.in_year(day.year) == day), None)
