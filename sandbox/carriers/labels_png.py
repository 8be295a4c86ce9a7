"""Draws labels as PNG, 4 by 6 inches at 203 dots per inch (812 by 1218)."""

import io

from PIL import Image, ImageDraw, ImageFont
from reportlab.graphics.barcode.code128 import Code128  # type: ignore[import-untyped]

from sandbox.carriers.label_layout import NOT_FOR_MAILING, LabelLayout

_WIDTH, _HEIGHT, _MARGIN = 812, 1218, 40
_BAR_TOP, _BAR_HEIGHT, _MODULE_DOTS = 910, 140, 2


def draw_png(layout: LabelLayout) -> bytes:
    """Return one black and white image; takes about 5 ms of CPU."""
    image = Image.new("1", (_WIDTH, _HEIGHT), 1)
    draw = ImageDraw.Draw(image)
    draw.rectangle((10, 10, _WIDTH - 10, _HEIGHT - 10), outline=0, width=3)
    top = 36
    for size, lines in (
        (22, ["FROM", *layout.ship_from]),
        (46, [layout.service]),
        (24, [layout.parcels]),
        (34, ["SHIP TO", *layout.ship_to]),
        (24, [f"REF {layout.reference}", *layout.options]),
    ):
        font = ImageFont.load_default(size)
        for line in lines:
            draw.text((_MARGIN, top), line, fill=0, font=font)
            top += size + 8
        top += 24
    _barcode(draw, layout.tracking_number)
    draw.text((_MARGIN, 1140), NOT_FOR_MAILING, fill=0, font=ImageFont.load_default(44))
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def _barcode(draw: ImageDraw.ImageDraw, tracking_number: str) -> None:
    left = _MARGIN
    for width, is_bar in _modules(tracking_number):
        if is_bar:
            draw.rectangle((left, _BAR_TOP, left + width * _MODULE_DOTS - 1, _BAR_TOP + _BAR_HEIGHT), fill=0)
        left += width * _MODULE_DOTS
    draw.text((_MARGIN, _BAR_TOP + _BAR_HEIGHT + 12), tracking_number, fill=0, font=ImageFont.load_default(40))


def _modules(text: str) -> list[tuple[int, bool]]:
    """Return the width of each bar and space of a Code 128 barcode, and whether it is a bar."""
    code = Code128(text, quiet=0)
    code.validate()
    code.encode()
    code.decompose()
    # reportlab writes a bar of 1 to 4 modules as A to D, and a space as a to d.
    return [(ord(char.upper()) - ord("A") + 1, char.isupper()) for char in code.decomposed]
