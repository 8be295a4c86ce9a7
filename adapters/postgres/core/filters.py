"""The conditions of a list's filters, as SQL."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from adapters.postgres.core.transaction import Params

TIMES: Mapping[str, str] = {
    "created_after": "created_at >= {}",
    "created_before": "created_at < {}",
    "updated_after": "updated_at >= {}",
    "updated_before": "updated_at < {}",
}
"""The filters of every list whose rows have both times: from a time on, and before a time."""

CREATED = frozenset({"created_after", "created_before"})
"""The filters that need only the creation time."""

IMPLIED: Mapping[str, tuple[str, str]] = {
    "created_at": ("updated_before", "created_at < %(updated_before)s + interval '1 hour'"),
    "updated_at": ("created_after", "updated_at >= %(created_after)s - interval '1 hour'"),
}
"""A filter of each sort column, and the condition that it implies, so that an index begins near the first match.

No row is created after its last change; the hour allows for a correction of Postgres's clock.
"""

BY_METADATA = "key = {key} and value = {}"

MAX_PARTS = 20
"""How many index scans one list may merge: one for each value of a filter."""

ORGANIZATION = "organization_id = %(org)s"


@dataclass(frozen=True, slots=True)
class LinkedRows:
    """The rows that a link selects, and the condition that a row is one of them."""

    statement: str
    condition: str


@dataclass(frozen=True, slots=True)
class Link:
    """A filter whose values are in another table, with the id and the creation time of the listed rows.

    An index on the condition's columns, `created_at` and `id` returns the rows of each value in the order of a list.

    Args:
        table: the other table.
        id: its column with the id of the listed row.
        condition: as in `build_where`.
        key: the columns that both tables are joined on. The creation time lets Postgres merge two indexes; but if the
            id alone is unique in the other table, Postgres then expects one row instead of many.
    """

    table: str
    id: str
    condition: str
    key: str = "id, created_at"

    def select(self, conditions: Sequence[str]) -> LinkedRows:
        """Select the rows that match one of the conditions, which are those of the filter's values."""
        found = f"select organization_id, {self.id} as id, created_at from {self.table} where {ORGANIZATION}"
        statement = " union all ".join(f"{found} and {condition}" for condition in conditions)
        return LinkedRows(statement, f"({self.key}) in (select {self.key} from ({statement}) as linked)")


@dataclass(frozen=True, slots=True)
class Part:
    """A condition on the columns of a table, and the rows of links: a row must match all of them."""

    condition: str = ORGANIZATION
    links: tuple[LinkedRows, ...] = ()

    def add(self, condition: str | LinkedRows) -> "Part":
        """Return this with one more condition or link."""
        if isinstance(condition, LinkedRows):
            return replace(self, links=(*self.links, condition))
        return replace(self, condition=f"{self.condition} and {condition}")


@dataclass(frozen=True, slots=True)
class Where:
    """The condition of some filters: `whole`, and `parts`. A row that matches `whole` matches exactly one part.

    If a filter has several values, an index returns the rows of each value in order, but not those of all values. The
    rows of the parts are therefore read in order and merged. `shared` is the part of the condition that needs only the
    columns of links.
    """

    whole: Part
    parts: tuple[Part, ...]
    params: Params
    shared: str = ORGANIZATION

    def add(self, condition: str, *, is_shared: bool = False) -> "Where":
        """Return this with one more condition."""
        parts = tuple(part.add(condition) for part in self.parts)
        shared = f"{self.shared} and {condition}" if is_shared else self.shared
        return replace(self, whole=self.whole.add(condition), parts=parts, shared=shared)


def build_where(conditions: Mapping[str, str | Link], filters: Mapping[str, Any]) -> Where:
    """Build the condition of an organization's rows that match `filters`.

    Args:
        conditions: the condition of each filter; `{}` stands for its value, `any({})` for all values of a list, `{key}`
            and `{}` for each key and value of a mapping.
        filters: the value of each filter, or the list or mapping of its values.
    """
    whole, parts, shared, params = Part(), [Part()], ORGANIZATION, dict[str, object]()
    for name, condition, value in _list_conditions(conditions, filters, params):
        choices: list[str | LinkedRows]
        either: str | LinkedRows
        if isinstance(condition, Link):
            values = _choices(condition.condition, name, value, params)
            choices, either = [condition.select([each]) for each in values], condition.select(values)
        else:
            values = _choices(condition, name, value, params)
            choices, either = [*values], values[0] if len(values) == 1 else f"({' or '.join(values)})"
        whole = whole.add(either)
        shared = f"{shared} and {either}" if name in CREATED else shared
        separate = choices if len(parts) * len(choices) <= MAX_PARTS else [either]
        parts = [part.add(choice) for part in parts for choice in separate]
    return Where(whole, tuple(parts), params, shared)


def _list_conditions(
    conditions: Mapping[str, str | Link], filters: Mapping[str, Any], params: dict[str, object]
) -> Iterator[tuple[str, str | Link, Any]]:
    """Yield a unique name, the condition and the value of each filter; add the keys of mappings to `params`."""
    for name, value in filters.items():
        condition = conditions[name]
        if not isinstance(condition, Link) or not isinstance(value, Mapping):
            yield name, condition, value
            continue
        for index, (key, item) in enumerate(value.items()):
            params[f"{name}_key_{index}"] = key
            keyed = condition.condition.replace("{key}", f"%({name}_key_{index})s")
            yield f"{name}_item_{index}", replace(condition, condition=keyed), item


def _choices(condition: str, name: str, value: Any, params: dict[str, object]) -> list[str]:
    """Return the condition of each value, and add the values to `params`."""
    if "any({})" in condition:
        params[name] = value if isinstance(value, list) else [value]
        return [condition.replace("{}", f"%({name})s")]
    values = value if isinstance(value, list) else [value]
    names = [name if index == 0 else f"{name}_{index}" for index in range(len(values))]
    params.update(zip(names, values, strict=True))
    return [condition.replace("{}", f"%({each})s") for each in names]
