"""Converts PNG labels to images of PDF pages, without any loss."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO

from PIL import Image

from api.labels.unreadable import Unreadable

POINTS = 72
MAX_PIXELS = 40_000_000
MIN_PRINTER_DPI = 200
"""Encoders write 72 or 96 dots per inch if they know no resolution."""
SHORT_SIDE = 4.0
"""Inches of a label without a known size: most are 4 inches wide."""

PAPERS: Mapping[str, tuple[float, float]] = {"letter": (8.5, 11), "a4": (8.27, 11.69)}
COLORS = {"1": ("DeviceGray", 1), "L": ("DeviceGray", 8), "RGB": ("DeviceRGB", 8)}
PALETTES = ("P", "PA", "LA", "RGBA", "La", "RGBa")


@dataclass(frozen=True, slots=True)
class LabelImage:
    """An image on a page; `data` is compressed, and all lengths are in points."""

    data: bytes
    pixels: tuple[int, int]
    color_space: str
    bits: int
    page_width: float
    page_height: float

    @property
    def scale(self) -> float:
        """Points for each pixel: the image fills the page in one direction."""
        return min(self.page_width / self.pixels[0], self.page_height / self.pixels[1])

    @property
    def width(self) -> float:
        return self.pixels[0] * self.scale

    @property
    def height(self) -> float:
        return self.pixels[1] * self.scale

    @property
    def left(self) -> float:
        return (self.page_width - self.width) / 2

    @property
    def bottom(self) -> float:
        return (self.page_height - self.height) / 2


def read_image(document: bytes, paper: str | None) -> LabelImage:
    """Read a PNG. Its page has the size of `paper` (such as 4x6), else of the image at its own resolution.

    Raises:
        Unreadable: the PNG is broken or too large.
    """
    try:
        with Image.open(BytesIO(document), formats=["PNG"]) as image:
            if image.width * image.height > MAX_PIXELS:
                raise Unreadable(f"its PNG has more than {MAX_PIXELS} pixels")
            width, height = _choose_page(image, paper)
            plain = _to_plain(image)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise Unreadable("its PNG can't be read") from error
    color_space, bits = COLORS[plain.mode]
    return LabelImage(zlib.compress(plain.tobytes()), plain.size, color_space, bits, width * POINTS, height * POINTS)


def _choose_page(image: Image.Image, paper: str | None) -> tuple[float, float]:
    """Return the width and height of the page in inches."""
    if paper is not None:
        return PAPERS.get(paper) or _parse_inches(paper)
    dpi = min(image.info.get("dpi", (0, 0)))
    if dpi < MIN_PRINTER_DPI:
        dpi = min(image.size) / SHORT_SIDE
    return image.width / dpi, image.height / dpi


def _parse_inches(paper: str) -> tuple[float, float]:
    width, _, height = paper.partition("x")
    return float(width), float(height)


def _to_plain(image: Image.Image) -> Image.Image:
    """Return the image in black and white, gray or RGB; transparent parts become white."""
    if image.mode in COLORS and not image.has_transparency_data:
        image.load()
        return image
    if image.mode not in (*COLORS, *PALETTES):
        raise Unreadable(f"its PNG has colors of the kind {image.mode}")
    page = Image.new("RGBA", image.size, "white")
    page.alpha_composite(image.convert("RGBA"))
    color = page.convert("RGB")
    red, green, blue = (band.tobytes() for band in color.split())
    return color.getchannel("R") if red == green == blue else color
