"""Parameters and pages of lists; invalid parameters are refused, never clamped."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from starlette.requests import Request

from api.http.body import error_message
from api.http.cursors import FIRST, InvalidCursor, ListedRow, read_cursor, write_cursor
from api.http.errors import InvalidParameters
from domain.ports.stores import PageQuery

_DIGITS = re.compile(r"[0-9]{1,18}")


def _require_digits(value: object) -> object:
    """Refuse notations of whole numbers that pydantic accepts: 1_000, +5, 5.0, surrounding spaces."""
    if isinstance(value, str) and not _DIGITS.fullmatch(value):
        raise ValueError("must be a whole number of at most 18 digits")
    return value


PageNumber = Annotated[int, Field(ge=1, le=10_000_000, description="Page number."), BeforeValidator(_require_digits)]
PageLimit = Annotated[int, Field(ge=1, le=100, description="Items per page."), BeforeValidator(_require_digits)]


L = TypeVar("L", bound=ListedRow)


class ListQuery(BaseModel):
    """Parameters of every list; resources add filters and narrow `sort`."""

    model_config = ConfigDict(extra="forbid")

    page: PageNumber = 1
    limit: PageLimit = 20
    cursor: Annotated[
        str | None,
        Field(
            max_length=1000,
            description="In place of `page`: `first`, then `pagination.nextCursor` of the page before. "
            "Any page is found as fast as the first, and rows that are added meanwhile move none.",
        ),
    ] = None
    sort: str = "created_at"
    order: Annotated[Literal["asc", "desc"], Field(description="Sort direction.")] = "desc"

    def to_page_query(self) -> PageQuery:
        """Return the requested page.

        Raises:
            InvalidParameters: the cursor does not belong to this list, or the query has `page` too.
        """
        query = PageQuery(page=self.page, limit=self.limit, sort=self.sort, descending=self.order == "desc")
        if self.cursor is None:
            return query
        if "page" in self.model_fields_set:
            raise InvalidParameters.of([("cursor", "can't be combined with page")])
        page, after = 1, None
        if self.cursor != FIRST:
            try:
                page, after = read_cursor(self.cursor, self.sort, self._describe_list())
            except InvalidCursor:
                raise InvalidParameters.of(
                    [("cursor", "is not a cursor of this list, with these filters and this sort")]
                ) from None
        # One more row than is shown reveals whether a next page exists.
        return PageQuery(page=page, limit=self.limit + 1, sort=self.sort, descending=query.descending, after=after)

    def to_filters(self) -> Mapping[str, Any]:
        return self.model_dump(exclude={"page", "limit", "cursor", "sort", "order"}, exclude_none=True)

    def paginate(self, query: PageQuery, found: Sequence[L], total: int) -> tuple[Sequence[L], "Pagination"]:
        """Return the rows to show, and their place in the whole list."""
        pages = -(-total // self.limit)
        place = {"page": query.page, "limit": self.limit, "total": total, "totalPages": pages}
        if self.cursor is None:
            return found, Pagination(**place, hasMore=query.page < pages)
        rows, more = found[: self.limit], len(found) > self.limit
        following = write_cursor(query.page + 1, rows[-1], self.sort, self._describe_list()) if more else None
        return rows, Pagination(**place, hasMore=more, nextCursor=following)

    def _describe_list(self) -> Mapping[str, Any]:
        """Return the description of the list that a cursor is bound to."""
        filters = self.model_dump(mode="json", exclude={"page", "limit", "cursor"}, exclude_none=True)
        return {"list": type(self).__name__, **filters}


Q = TypeVar("Q", bound=ListQuery)


class Query(Generic[Q]):
    """Dependency: the request's query as a model."""

    def __init__(self, model: type[Q]) -> None:
        self.model = model

    async def __call__(self, request: Request) -> Q:
        """Validate the query; raises InvalidParameters with the unknown, repeated and invalid parameters."""
        parameters = request.query_params.multi_items()
        values = dict(parameters)
        if len(values) != len(parameters):
            times = Counter(name for name, _ in parameters)
            raise InvalidParameters.of([(name, "is repeated") for name in values if times[name] > 1])
        try:
            return self.model.model_validate(values)
        except ValidationError as error:
            found = error.errors(include_url=False, include_context=False, include_input=False)
            problems = [(str(problem["loc"][0]), error_message(problem)) for problem in found]
            raise InvalidParameters.of(problems) from None


class Pagination(BaseModel):
    """The page's place in the whole list; camelCase as in the API's contract."""

    page: Annotated[int, Field(description="Its number; with `cursor` the how many-th it is.")]
    limit: int
    total: int
    totalPages: int  # noqa: N815
    hasMore: bool  # noqa: N815
    nextCursor: Annotated[  # noqa: N815
        str | None, Field(description="With `cursor` only: what leads to the next page; null after the last.")
    ] = None
