"""Times as the sandbox writes them: RFC 3339 UTC with milliseconds, so that text sorts as time does."""

from datetime import UTC, datetime, timedelta


def now() -> datetime:
    return datetime.now(UTC)


def format_time(moment: datetime) -> str:
    """The moment as `2026-01-31T08:15:00.000Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def format_now(*, after: timedelta = timedelta()) -> str:
    """The present, or the moment `after` it, as text."""
    return format_time(now() + after)
