"""Queries of lists: one base of typed parameters, one generic page. What does not fit is refused, never clamped."""

import re
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from starlette.requests import Request

from api.errors import BadRequest
from domain.ports.stores import PageQuery

_DIGITS = re.compile(r"[0-9]{1,18}")


def _digits(value: object) -> object:
    """Refuse what pydantic would take for a whole number: 1_000, +5, 5.0, spaces around."""
    if isinstance(value, str) and not _DIGITS.fullmatch(value):
        raise ValueError("must be a whole number")
    return value


PageNumber = Annotated[int, Field(ge=1, le=10_000_000, description="Page number."), BeforeValidator(_digits)]
PageLimit = Annotated[int, Field(ge=1, le=100, description="Items per page."), BeforeValidator(_digits)]


class ListQuery(BaseModel):
    """Parameters of every list; resources add their filters and narrow `sort`."""

    model_config = ConfigDict(extra="forbid")

    page: PageNumber = 1
    limit: PageLimit = 20
    sort: str = "created_at"
    order: Annotated[Literal["asc", "desc"], Field(description="Sort direction.")] = "desc"

    def page_query(self) -> PageQuery:
        """Return the page that is asked for."""
        return PageQuery(page=self.page, limit=self.limit, sort=self.sort, descending=self.order == "desc")

    def filters(self) -> dict[str, Any]:
        """Return the filters that are given."""
        return self.model_dump(exclude={"page", "limit", "sort", "order"}, exclude_none=True)


Q = TypeVar("Q", bound=ListQuery)


class Query(Generic[Q]):
    """Dependency: the request's query as a model."""

    def __init__(self, model: type[Q]) -> None:
        self.model = model

    async def __call__(self, request: Request) -> Q:
        """Validate the query.

        Raises:
            BadRequest: naming the parameters that are unknown, repeated or wrong.
        """
        given = request.query_params.multi_items()
        values = dict(given)
        if len(values) != len(given):
            names = [name for name, _ in given]
            raise _refused([(name, "is repeated") for name in values if names.count(name) > 1])
        try:
            return self.model.model_validate(values)
        except ValidationError as error:
            found = error.errors(include_url=False, include_context=False, include_input=False)
            problems = [(str(one["loc"][0]), one["msg"].removeprefix("Value error, ")) for one in found]
            raise _refused(problems) from None


def _refused(problems: list[tuple[str, str]]) -> BadRequest:
    shown = [{"parameter": name[:100], "message": message} for name, message in problems[:20]]
    first = shown[0]
    return BadRequest(
        f"The query parameter {first['parameter']} is not valid: {first['message']}.",
        parameter=first["parameter"],
        parameters=shown,
    )


class Pagination(BaseModel):
    """Where the page is in the whole list; camelCase here, as the contract has it."""

    page: int
    limit: int
    total: int
    totalPages: int  # noqa: N815
    hasMore: bool  # noqa: N815

    @classmethod
    def of(cls, query: PageQuery, total: int) -> "Pagination":
        """Compute the page's place."""
        pages = -(-total // query.limit)
        return cls(page=query.page, limit=query.limit, total=total, totalPages=pages, hasMore=query.page < pages)
