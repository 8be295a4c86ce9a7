"""Finding stored rows and showing them: the same for every resource."""

from collections.abc import Callable
from typing import TypeVar

from pydantic import BaseModel

from api.http.auth import Caller
from api.http.cursors import ListedRow
from api.http.pagination import ListQuery
from api.http.responses import Answer, answer_page
from api.http.types import parse_path_id
from domain.errors import NotFound
from domain.ports.stores import OrganizationData, RowStore

Row = TypeVar("Row")
AnyListedRow = TypeVar("AnyListedRow", bound=ListedRow)


async def list_rows(
    caller: Caller,
    query: ListQuery,
    store: Callable[[OrganizationData], RowStore[AnyListedRow]],
    to_read_model: Callable[[AnyListedRow], BaseModel],
) -> Answer:
    """Answer with a page and the exact total."""
    wanted = query.to_page_query()
    async with caller.context.database.autocommit(caller.organization_id) as data:
        found, total = await store(data).list_(query.to_filters(), wanted)
    shown, place = query.paginate(wanted, found, total)
    return answer_page([to_read_model(row) for row in shown], place)


async def find_row(store: RowStore[Row], given_id: str, missing: type[NotFound]) -> Row:
    """Return the row with the id of a path; raises NotFound if there is none."""
    ident = parse_path_id(given_id, missing)
    row = await store.get(ident)
    if row is None:
        raise missing(ident)
    return row
