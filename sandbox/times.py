"""Times in the sandbox's format: RFC 3339 UTC with milliseconds, so that texts sort by time."""

from datetime import UTC, datetime, timedelta


def now() -> datetime:
    return datetime.now(UTC)


def format_time(moment: datetime) -> str:
    """Format a time as `2026-01-31T08:15:00.000Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def format_now(*, after: timedelta = timedelta()) -> str:
    """Format the current time, plus `after`."""
    return format_time(now() + after)
