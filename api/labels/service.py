"""Merges the labels of many shipments into one file."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, Protocol, cast
from uuid import UUID

from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from api.http.auth import Caller
from api.labels.pdf import PdfMerger
from api.labels.schemas import MergeRequest
from api.labels.selection import Chosen, choose_documents
from api.labels.unreadable import Unreadable
from api.labels.zpl import ZplMerger
from api.shipments.documents import document_headers
from domain.errors import CodedFieldError, FieldError, InvalidInput, LabelNotFound

PAGE_DOCUMENTS, PAGE_BYTES = 50, 4 * 1024 * 1024
"""Maximum of documents, and of their bytes, that are read at a time; one larger document is read alone."""
MEMORY_BYTES = 4 * 1024 * 1024
"""A larger file is written to a temporary file without a name."""
CHUNK_BYTES = 64 * 1024


class Merger(Protocol):
    """Writes a file label by label."""

    def add(self, document: bytes, label_format: str, paper: str | None) -> None: ...

    def finish(self) -> None: ...


async def merge_labels(caller: Caller, body: MergeRequest) -> Response:
    """Return one file with the labels. Nothing is sent before the file is complete."""
    async with caller.context.label_merges.take():
        async with caller.context.database.autocommit(caller.organization_id) as data:
            found = await data.shipments.labels(body.ids)
        documents = choose_documents(body, {label.id: label for label in found})
        file, size = await _write_file(caller, documents)
    headers = document_headers(caller.request, documents[0].kind, "labels")
    return FileResponse(file, {**headers, "Content-Length": str(size)})


async def _write_file(caller: Caller, documents: Sequence[Chosen]) -> tuple[BinaryIO, int]:
    """Return the complete file at its start, and its size."""
    out = cast(BinaryIO, SpooledTemporaryFile(MEMORY_BYTES))  # noqa: SIM115 - the response closes it
    try:
        await _write_documents(caller, documents, PdfMerger(out) if documents[0].kind == "PDF" else ZplMerger(out))
        size = out.tell()
        out.seek(0)
    except BaseException:
        out.close()
        raise
    return out, size


async def _write_documents(caller: Caller, documents: Sequence[Chosen], merger: Merger) -> None:
    """Write all documents.

    Raises:
        InvalidInput: with each document that is gone or can't be read.
    """
    problems: list[FieldError] = []
    for page in _split_pages(documents):
        # No database connection is held during the merge.
        async with caller.context.database.autocommit(caller.organization_id) as data:
            contents = await data.shipments.contents([document.id for document in page])
        problems += await asyncio.to_thread(_add_page, merger, page, contents)
    if problems:
        raise InvalidInput(problems)
    merger.finish()


def _split_pages(documents: Sequence[Chosen]) -> Iterator[Sequence[Chosen]]:
    page: list[Chosen] = []
    for document in documents:
        if page and (len(page) == PAGE_DOCUMENTS or sum(item.size for item in page) + document.size > PAGE_BYTES):
            yield page
            page = []
        page.append(document)
    yield page


def _add_page(merger: Merger, page: Sequence[Chosen], contents: Mapping[UUID, bytes]) -> list[FieldError]:
    """Add the documents of a page; return the problems."""
    problems: list[FieldError] = []
    for document in page:
        content = contents.get(document.id)
        if content is None:  # erased a moment ago
            problems.append(CodedFieldError(document.path, "the label has no document", LabelNotFound.code))
            continue
        try:
            merger.add(content, document.format, document.paper)
        except Unreadable as error:
            problems.append(FieldError(document.path, str(error)))
    return problems


class FileResponse(StreamingResponse):
    """A file in chunks, which is closed in every case, also if the response never starts."""

    def __init__(self, file: BinaryIO, headers: Mapping[str, str]) -> None:
        super().__init__(_read_chunks(file), headers=headers)
        self._file = file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._file.close()


async def _read_chunks(file: BinaryIO) -> AsyncIterator[bytes]:
    while chunk := file.read(CHUNK_BYTES):
        yield chunk
