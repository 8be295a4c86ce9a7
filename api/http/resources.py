"""Finds and shows stored rows; shared by all resources."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from pydantic import BaseModel

from api.http.auth import Caller
from api.http.cursors import ListedRow
from api.http.errors import InvalidParameters
from api.http.pagination import ListQuery, Pagination
from api.http.responses import Answer, answer_page
from api.http.types import parse_path_id
from domain.errors import NotFound
from domain.ports.rows import MAX_FOUND, RowStore, SearchTooBroad
from domain.ports.stores import OrganizationData

Row = TypeVar("Row")
AnyListedRow = TypeVar("AnyListedRow", bound=ListedRow)


async def list_rows(
    caller: Caller,
    query: ListQuery,
    store: Callable[[OrganizationData], RowStore[AnyListedRow]],
    to_read_model: Callable[[AnyListedRow], BaseModel],
) -> Answer:
    """Return a page with the total."""
    async with caller.context.database.autocommit(caller.organization_id) as data:
        rows, place = await read_page(caller, query, store(data))
    return answer_page([to_read_model(row) for row in rows], place)


async def read_page(
    caller: Caller, query: ListQuery, store: RowStore[AnyListedRow]
) -> tuple[Sequence[AnyListedRow], Pagination]:
    """Return the rows of a page, and its place in the list.

    Raises:
        InvalidParameters: the page or cursor does not belong to the list, or `q` matches too many rows.
    """
    page_query = query.to_page_query(caller.organization_id)
    try:
        rows, total = await store.list_(query.to_filters(), page_query)
    except SearchTooBroad:
        message = f"matches more than {MAX_FOUND} ids or numbers; add characters"
        raise InvalidParameters.of([("q", message)]) from None
    return query.paginate(page_query, rows, total, caller.organization_id)


async def find_row(store: RowStore[Row], raw_id: str, missing: type[NotFound]) -> Row:
    """Return the row with the id of a path; raises NotFound if it does not exist."""
    ident = parse_path_id(raw_id, missing)
    row = await store.get(ident)
    if row is None:
        raise missing(ident)
    return row
