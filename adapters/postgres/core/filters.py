"""The conditions of a list's filters, as SQL."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adapters.postgres.core.transaction import Params

TIMES: Mapping[str, str] = {
    "created_after": "created_at >= {}",
    "created_before": "created_at < {}",
    "updated_after": "updated_at >= {}",
    "updated_before": "updated_at < {}",
}
"""The filters of every list whose rows have both times: from a time on, and before a time."""

MAX_PARTS = 16
"""How many index scans one list may merge."""

ORGANIZATION = "organization_id = %(org)s"


@dataclass(frozen=True, slots=True)
class Where:
    """The condition of some filters: `whole`, and `parts`. A row that matches `whole` matches exactly one part.

    If a filter has several values, an index returns the rows of each value in order, but not those of all values. The
    rows of the parts are therefore read in order and merged.
    """

    whole: str
    parts: tuple[str, ...]
    params: Params


def build_where(conditions: Mapping[str, str], filters: Mapping[str, Any]) -> Where:
    """Build the condition of an organization's rows that match `filters`.

    Args:
        conditions: the condition of each filter; `{}` stands for its value, `any({})` for all values of a list, `{key}`
            and `{}` for each key and value of a mapping.
        filters: the value of each filter, or the list or mapping of its values.
    """
    whole, parts, params = ORGANIZATION, [ORGANIZATION], dict[str, object]()
    for name, condition, value in _list_conditions(conditions, filters, params):
        choices = _choices(condition, name, value, params)
        either = choices[0] if len(choices) == 1 else f"({' or '.join(choices)})"
        whole = f"{whole} and {either}"
        separate = choices if len(parts) * len(choices) <= MAX_PARTS else [either]
        parts = [f"{part} and {choice}" for part in parts for choice in separate]
    return Where(whole, tuple(parts), params)


def _list_conditions(
    conditions: Mapping[str, str], filters: Mapping[str, Any], params: dict[str, object]
) -> Iterator[tuple[str, str, Any]]:
    """Yield a unique name, the condition and the value of each filter; add the keys of mappings to `params`."""
    for name, value in filters.items():
        if not isinstance(value, Mapping):
            yield name, conditions[name], value
            continue
        for index, (key, item) in enumerate(value.items()):
            params[f"{name}_key_{index}"] = key
            yield f"{name}_item_{index}", conditions[name].replace("{key}", f"%({name}_key_{index})s"), item


def _choices(condition: str, name: str, value: Any, params: dict[str, object]) -> Sequence[str]:
    """Return the condition of each value, and add the values to `params`."""
    if "any({})" in condition:
        params[name] = value if isinstance(value, list) else [value]
        return [condition.replace("{}", f"%({name})s")]
    values = value if isinstance(value, list) else [value]
    names = [name if index == 0 else f"{name}_{index}" for index in range(len(values))]
    params.update(zip(names, values, strict=True))
    return [condition.replace("{}", f"%({each})s") for each in names]
