"""Writes labels as ZPL II, 4 by 6 inches at 203 dots per inch (812 by 1218)."""

from sandbox.carriers.label_layout import NOT_FOR_MAILING, LabelLayout

_WIDTH, _HEIGHT, _MARGIN = 812, 1218, 40


def draw_zpl(layout: LabelLayout) -> bytes:
    """Return one label from ^XA to ^XZ in UTF-8; takes well under 0.1 ms of CPU."""
    parts = ["^XA", "^CI28", f"^PW{_WIDTH}", f"^LL{_HEIGHT}", f"^FO10,10^GB{_WIDTH - 20},{_HEIGHT - 20},3^FS"]
    parts += _lines(["FROM", *layout.ship_from], top=36, size=22)
    parts += [_rule(216), _text(_MARGIN, 240, 50, layout.service), _text(_MARGIN, 300, 24, layout.parcels)]
    parts += [_rule(340)]
    parts += _lines(["SHIP TO", *layout.ship_to], top=366, size=34)
    parts += [_rule(664), _text(_MARGIN, 680, 26, "TRACKING NUMBER")]
    # ^BY2: two dots per module. Mode A of ^BC chooses subset B or C automatically and prints the text below.
    parts += [f"^FO{_MARGIN + 60},724^BY2^BCN,236,Y,N,N,A^FD{layout.tracking_number}^FS"]
    parts += [_rule(1020)]
    parts += _lines([f"REF {layout.reference}", *layout.options], top=1032, size=20)
    parts += [_text(_MARGIN, 1110, 44, NOT_FOR_MAILING), "^XZ", ""]
    return "\n".join(parts).encode()


def _text(left: int, top: int, size: int, text: str) -> str:
    # Letters of font 0 are about 0.6 of their nominal width; long lines are narrowed to fit.
    width = min(size, int((_WIDTH - left - _MARGIN) / (0.6 * max(len(text), 1))))
    return f"^FO{left},{top}^A0N,{size},{width}^FH_^FD{escape(text)}^FS"


def escape(text: str) -> str:
    """Escape a text as field data, because ^, ~ and the escape character are commands otherwise."""
    return "".join(f"_{ord(char):02X}" if char in "^~_\\" else char for char in text)


def _lines(lines: list[str], *, top: int, size: int) -> list[str]:
    return [_text(_MARGIN, top + row * (size + 6), size, line) for row, line in enumerate(lines)]


def _rule(top: int) -> str:
    return f"^FO10,{top}^GB{_WIDTH - 20},3,3^FS"
