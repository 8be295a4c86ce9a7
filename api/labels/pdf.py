"""Merges PDF documents and PNG images into one PDF file, and writes each of them at once.

Only the numbers and positions of the written objects stay in memory, unlike with a writer of whole documents.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from io import BytesIO
from typing import Any, BinaryIO

from pypdf import PageObject, PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, NameObject, NullObject, PdfObject, StreamObject

from api.labels.images import LabelImage, read_image
from api.labels.unreadable import Unreadable

HEADER = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
PAGE_TREE = 1
PARENT, TYPE = NameObject("/Parent"), NameObject("/Type")
NODES = ("/Catalog", "/Page", "/Pages")
"""Objects that lead from a page to the rest of its document."""


class PdfMerger:
    """Writes a PDF file document by document. `finish` completes it."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._positions = [0]  # of the objects in the order of their numbers; the first one is the page tree
        self._pages: list[int] = []
        out.write(HEADER)

    def add(self, document: bytes, label_format: str, paper: str | None) -> None:
        """Add all pages of a PDF, or a page with an image.

        Raises:
            Unreadable: the document is broken, encrypted or empty.
        """
        if label_format == "PNG":
            self._add_image(read_image(document, paper))
        else:
            self._add_pages(document)

    def finish(self) -> None:
        """Write the page tree, the catalog and the table of positions."""
        kids = b" ".join(b"%d 0 R" % number for number in self._pages)
        self._write(PAGE_TREE, b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(self._pages), kids))
        catalog = self._reserve()
        self._write(catalog, b"<< /Type /Catalog /Pages %d 0 R >>" % PAGE_TREE)
        start, size = self._out.tell(), len(self._positions) + 1
        rows = b"".join(b"%010d 00000 n \n" % position for position in self._positions)
        self._out.write(b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, rows))
        self._out.write(b"trailer\n<< /Size %d /Root %d 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, catalog, start))

    def _add_pages(self, document: bytes) -> None:
        try:
            pages = _read_pages(document)
            copied = _CopiedDocument(self._reserve, pages)
            self._pages += copied.pages
            for number, content in copied:
                self._write(number, _serialize(content))
        except Unreadable:
            raise
        except Exception as error:  # pypdf raises many types for a broken document, such as KeyError and RecursionError
            raise Unreadable("its PDF can't be read") from error

    def _add_image(self, image: LabelImage) -> None:
        page, content, picture = self._reserve(), self._reserve(), self._reserve()
        self._pages.append(page)
        box = b"%.2f %.2f" % (image.page_width, image.page_height)
        self._write(
            page,
            b"<< /Type /Page /Parent %d 0 R /MediaBox [0 0 %s] /Contents %d 0 R "
            b"/Resources << /XObject << /Label %d 0 R >> >> >>" % (PAGE_TREE, box, content, picture),
        )
        drawn = b"q %.2f 0 0 %.2f %.2f %.2f cm /Label Do Q" % (image.width, image.height, image.left, image.bottom)
        self._write(content, b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawn), drawn))
        facts = b"/Width %d /Height %d /ColorSpace /%s /BitsPerComponent %d" % (
            *image.pixels,
            image.color_space.encode(),
            image.bits,
        )
        head = b"<< /Type /XObject /Subtype /Image %s /Filter /FlateDecode /Length %d >>" % (facts, len(image.data))
        self._write(picture, b"%s\nstream\n%s\nendstream" % (head, image.data))

    def _reserve(self) -> int:
        """Return the number of an object that is written later."""
        self._positions.append(0)
        return len(self._positions)

    def _write(self, number: int, content: bytes) -> None:
        self._positions[number - 1] = self._out.tell()
        self._out.write(b"%d 0 obj\n%s\nendobj\n" % (number, content))


class _CopiedDocument:
    """The objects that a document's pages need, with new numbers; iterating yields each once."""

    def __init__(self, reserve: Callable[[], int], pages: list[PageObject]) -> None:
        self._reserve = reserve
        self.pages = [reserve() for _ in pages]
        self._sources = dict(zip(self.pages, pages, strict=True))
        references = zip((page.indirect_reference for page in pages), self.pages, strict=True)
        self._numbers = {(found.idnum, found.generation): number for found, number in references if found is not None}
        self._waiting: deque[tuple[int, PdfObject]] = deque()

    def __iter__(self) -> Iterator[tuple[int, PdfObject]]:
        for number, page in self._sources.items():
            copied = self._copy_dictionary({name: value for name, value in page.items() if name != PARENT})
            copied[PARENT] = IndirectObject(PAGE_TREE, 0, None)
            yield number, copied
        while self._waiting:
            number, found = self._waiting.popleft()
            is_node = isinstance(found, DictionaryObject) and found.get(TYPE) in NODES
            yield number, NullObject() if is_node else self._copy(found)

    def _copy(self, found: Any) -> PdfObject:
        if isinstance(found, IndirectObject):
            return IndirectObject(self._find_number(found), 0, None)
        if isinstance(found, StreamObject):
            copied = StreamObject()
            copied.update(self._copy_dictionary(found))
            copied.set_data(StreamObject.get_data(found))  # as stored: a subclass would decode it
            return copied
        if isinstance(found, DictionaryObject):
            return self._copy_dictionary(found)
        if isinstance(found, ArrayObject):
            return ArrayObject([self._copy(item) for item in list.__iter__(found)])
        return found if isinstance(found, PdfObject) else NullObject()

    def _copy_dictionary(self, found: Mapping[Any, Any]) -> DictionaryObject:
        copied = DictionaryObject()
        for name, value in found.items():
            copied[name] = self._copy(value)
        return copied

    def _find_number(self, reference: IndirectObject) -> int:
        key = (reference.idnum, reference.generation)
        if key not in self._numbers:
            found = reference.get_object()
            if found is None:
                raise Unreadable("its PDF lacks a part")
            self._numbers[key] = number = self._reserve()
            self._waiting.append((number, found))
        return self._numbers[key]


def _read_pages(document: bytes) -> list[PageObject]:
    reader = PdfReader(BytesIO(document))
    if reader.is_encrypted:
        raise Unreadable("its PDF is encrypted")
    pages = list(reader.pages)
    if not pages:
        raise Unreadable("its PDF has no pages")
    return pages


def _serialize(content: PdfObject) -> bytes:
    out = BytesIO()
    content.write_to_stream(out)
    return out.getvalue()
