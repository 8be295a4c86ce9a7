"""Merges ZPL labels: a printer prints the formats of a file one after the other."""

from typing import BinaryIO

from api.labels.unreadable import Unreadable

START, END = b"^XA", b"^XZ"


class ZplMerger:
    """Writes a ZPL file label by label. Printer settings before the first ^XA of a label stay in front of it."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out

    def add(self, document: bytes, label_format: str, paper: str | None) -> None:  # noqa: ARG002 - as `PdfMerger.add`
        """Add all formats of a label.

        Raises:
            Unreadable: a format lacks its end.
        """
        commands = document.upper()
        last_start, last_end = commands.rfind(START), commands.rfind(END)
        if last_start < 0:
            raise Unreadable("its ZPL has no format")
        if last_end < last_start:
            raise Unreadable("its ZPL ends within a format")
        self._out.write(document.rstrip() + b"\n")

    def finish(self) -> None:
        """Do nothing: a ZPL file has no end of its own."""
