"""Finds and shows stored rows; shared by all resources."""

from collections.abc import Callable
from typing import TypeVar

from pydantic import BaseModel

from api.http.auth import Caller
from api.http.cursors import ListedRow
from api.http.pagination import ListQuery
from api.http.responses import Answer, answer_page
from api.http.types import parse_path_id
from domain.errors import NotFound
from domain.ports.rows import RowStore
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
    page_query = query.to_page_query()
    async with caller.context.database.autocommit(caller.organization_id) as data:
        rows, total = await store(data).list_(query.to_filters(), page_query)
    page_rows, place = query.paginate(page_query, rows, total)
    return answer_page([to_read_model(row) for row in page_rows], place)


async def find_row(store: RowStore[Row], raw_id: str, missing: type[NotFound]) -> Row:
    """Return the row with the id of a path; raises NotFound if it does not exist."""
    ident = parse_path_id(raw_id, missing)
    row = await store.get(ident)
    if row is None:
        raise missing(ident)
    return row
