"""Parameters and pages of lists; invalid parameters are refused, never clamped."""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Generic, Literal, TypeVar, get_args, get_origin
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from starlette.requests import Request

from api.http.cursors import FIRST, InvalidCursor, ListedRow, read_cursor, write_cursor
from api.http.errors import InvalidParameters
from api.http.types import InputTime, ResponseModel
from api.http.validation_messages import explain
from domain.ports.rows import PageQuery, Total

_DIGITS = re.compile(r"[0-9]{1,18}")
_KEYED = re.compile(r"(?P<name>\w+)\[(?P<key>.*)\]", re.DOTALL)
"""A parameter of a mapping, such as `metadata[key]`."""


def _require_digits(value: object) -> object:
    """Refuse notations of whole numbers that pydantic accepts: 1_000, +5, 5.0, surrounding spaces."""
    if isinstance(value, str) and not _DIGITS.fullmatch(value):
        raise ValueError("must be a whole number of at most 18 digits")
    return value


PageNumber = Annotated[
    int, Field(ge=1, le=10_000_000, description="Page number, from 1."), BeforeValidator(_require_digits)
]
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
            description="Replaces `page`. Send `first`, then `pagination.nextCursor` of the previous page. "
            "Every page is as fast as the first, and new rows do not shift the pages.",
        ),
    ] = None
    sort: str = "created_at"
    order: Annotated[Literal["asc", "desc"], Field(description="Sort order: ascending or descending.")] = "desc"

    def to_page_query(self, *owner: UUID) -> PageQuery:
        """Return the requested page.

        `owner`: the organization, and the resource that the list is part of, if there is one.

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
                page, after = read_cursor(self.cursor, self.sort, self._describe_list(owner))
            except InvalidCursor:
                raise InvalidParameters.of(
                    [("cursor", "is not a cursor for this list with these filters and this sort order")]
                ) from None
        # One more row than is shown reveals whether a next page exists.
        return PageQuery(page=page, limit=self.limit + 1, sort=self.sort, descending=query.descending, after=after)

    def to_filters(self) -> Mapping[str, Any]:
        return self.model_dump(exclude={"page", "limit", "cursor", "sort", "order"}, exclude_none=True)

    def paginate(
        self, query: PageQuery, found: Sequence[L], total: Total, *owner: UUID
    ) -> tuple[Sequence[L], "Pagination"]:
        """Return the rows to show, and their place in the whole list; `owner` as in `to_page_query`.

        Raises:
            InvalidParameters: the page is beyond the rows that were counted.
        """
        pages = -(-total // self.limit)
        place = {"page": query.page, "limit": self.limit, "total": total, "totalPages": pages}
        if total.is_capped:
            place["totalIsCapped"] = True
        if self.cursor is None:
            if total.is_capped and query.page > pages:
                raise InvalidParameters.of([("page", f"must be at most {pages} for this list; use cursor instead")])
            return found, Pagination(**place, hasMore=query.page < pages or total.is_capped)
        rows, more = found[: self.limit], len(found) > self.limit
        if not more:
            return rows, Pagination(**place, hasMore=False, nextCursor=None)
        described = self._describe_list(owner)
        following = write_cursor(query.page + 1, rows[-1], self.sort, described, is_capped=total.is_capped)
        return rows, Pagination(**place, hasMore=True, nextCursor=following)

    def _describe_list(self, owner: Sequence[UUID]) -> Mapping[str, Any]:
        """Return the description of the list that a cursor is bound to."""
        filters = self.model_dump(mode="json", exclude={"page", "limit", "cursor"}, exclude_none=True)
        return {"list": type(self).__name__, "owner": [str(ident) for ident in owner], **filters}


class DatedQuery(ListQuery):
    """Parameters of a list whose rows have the time of their creation and of their last change."""

    created_after: Annotated[InputTime | None, Field(description="Only those created at this time or later.")] = None
    created_before: Annotated[InputTime | None, Field(description="Only those created before this time.")] = None
    updated_after: Annotated[InputTime | None, Field(description="Only those changed at this time or later.")] = None
    updated_before: Annotated[InputTime | None, Field(description="Only those last changed before this time.")] = None


Q = TypeVar("Q", bound=BaseModel)


class Query(Generic[Q]):
    """Dependency: the request's query as a model."""

    def __init__(self, model: type[Q]) -> None:
        self.model = model
        fields = model.model_fields.items()
        self._lists = {name for name, field in fields if _contains(list, field.annotation)}
        self._mappings = {name for name, field in fields if _contains(dict, field.annotation)}

    async def __call__(self, request: Request) -> Q:
        """Validate the query; raises InvalidParameters with the unknown, repeated and invalid parameters."""
        sent: dict[str, list[str]] = {}
        for name, value in request.query_params.multi_items():
            sent.setdefault(name, []).append(value)
        repeated = [name for name, values in sent.items() if len(values) > 1 and name not in self._lists]
        if repeated:
            raise InvalidParameters.of([(name, "must not be repeated") for name in repeated])
        keyless = [name for name in sent if name in self._mappings]
        if keyless:
            raise InvalidParameters.of([(name, f"needs a key: {name}[key]=value") for name in keyless])
        try:
            return self.model.model_validate(self._gather(sent))
        except ValidationError as error:
            found = error.errors(include_url=False, include_input=False)
            problems = [(self._name(problem["loc"]), explain(problem, self.model)) for problem in found]
            raise InvalidParameters.of(problems) from None

    def _gather(self, sent: Mapping[str, list[str]]) -> Mapping[str, Any]:
        """Return the values of the model's fields."""
        gathered: dict[str, Any] = {}
        for name, values in sent.items():
            match = _KEYED.fullmatch(name)
            if match is not None and match["name"] in self._mappings:
                gathered.setdefault(match["name"], {})[match["key"]] = values[0]
            else:
                gathered[name] = values if name in self._lists else values[0]
        return gathered

    def _name(self, location: tuple[str | int, ...]) -> str:
        """Return the name of the parameter at this place of the model."""
        name, *path = map(str, location)
        return f"{name}[{path[0]}]" if path and name in self._mappings else name


def _contains(kind: type, annotation: Any) -> bool:
    return get_origin(annotation) is kind or any(_contains(kind, part) for part in get_args(annotation))


class Pagination(ResponseModel):
    """Position of the page in the whole list."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=False)

    page: Annotated[
        int, Field(description="Number of this page; with `cursor`, how many pages were read, including this one.")
    ]
    limit: int
    """Items per page."""
    total: int
    """Items in the whole list, or the number that was counted if `totalIsCapped`."""
    totalPages: int  # noqa: N815
    """Pages of `total` items."""
    totalIsCapped: Annotated[  # noqa: N815
        bool,
        Field(description="Only present as true: the list has more items than `total`. Use `cursor` to read them all."),
    ] = False
    hasMore: bool  # noqa: N815
    """Whether more items follow this page."""
    nextCursor: Annotated[  # noqa: N815
        str | None, Field(description="Only with `cursor`: the cursor of the next page; null after the last page.")
    ] = None
