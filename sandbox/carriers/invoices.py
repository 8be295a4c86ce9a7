"""Draws the commercial invoice of a label with customs data as PDF."""

import io
from collections.abc import Iterable

from reportlab.pdfbase.pdfmetrics import stringWidth  # type: ignore[import-untyped]
from reportlab.pdfgen.canvas import Canvas  # type: ignore[import-untyped]

from sandbox.carriers.contracts import Address, CustomsSummary
from sandbox.carriers.label_layout import NOT_FOR_MAILING, address_lines, to_printable
from sandbox.carriers.sales import SoldLabel

_WIDTH, _HEIGHT, _MARGIN = 612, 792, 36
_ROOM, _LEADING, _SIZE = _WIDTH - 2 * _MARGIN, 12, 9


def draw_invoice(label: SoldLabel) -> bytes | None:
    """Return the commercial invoice of a label, in US letter size; None without customs data."""
    found = label.request.get("customs")
    if found is None:
        return None
    customs = CustomsSummary.model_validate(found)
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(_WIDTH, _HEIGHT), pageCompression=1, invariant=1)
    canvas.setTitle(f"COMMERCIAL INVOICE {label.tracking_number}")
    _write(canvas, _list_lines(label, customs))
    canvas.save()
    return out.getvalue()


def _list_lines(label: SoldLabel, customs: CustomsSummary) -> list[str]:
    sides = (
        ("EXPORTER", Address.model_validate(label.request["ship_from"])),
        ("CONSIGNEE", Address.model_validate(label.request["ship_to"])),
    )
    addresses = [line for title, address in sides for line in ("", title, *address_lines(address))]
    fields = [f"{name}: {value}" for name, value in customs.fields.items()]
    goods = [
        f"{place}. " + ", ".join(f"{name} {value}" for name, value in item.items())
        for place, item in enumerate(customs.items, 1)
    ]
    head = ["COMMERCIAL INVOICE", NOT_FOR_MAILING, f"Tracking number {label.tracking_number}"]
    return [*head, *addresses, "", "CUSTOMS", *fields, "", "GOODS", *goods]


def _write(canvas: Canvas, lines: Iterable[str]) -> None:
    """Write lines on as many pages as they need; a long line is condensed."""
    top = 0
    for line in lines:
        if top < _MARGIN:
            if top:
                canvas.showPage()
            top = _HEIGHT - _MARGIN
        printed = to_printable(line)
        text = canvas.beginText(_MARGIN, top)
        text.setFont("Helvetica", _SIZE)
        text.setHorizScale(min(100, 100 * _ROOM / max(1, stringWidth(printed, "Helvetica", _SIZE))))
        text.textLine(printed)
        canvas.drawText(text)
        top -= _LEADING
    canvas.showPage()
