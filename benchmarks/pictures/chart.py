"""A line chart with a legend.

The chart has its own panel, light or dark as the reader prefers, so it is legible on any page. Lines differ in colour,
dash and mark, so that readers need not distinguish colours.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from benchmarks.pictures.scale import Axis, Scale, format_tick, lay_out

WIDTH, HEIGHT = 880, 460
LEFT, RIGHT, TOP, BOTTOM = 74, 640, 56, 396
LEGEND_X, LEGEND_STEP = 664, 40
COLOURS = ("#d55e00", "#0072b2", "#56b4e9", "#009e73", "#e69f00", "#cc79a7", "#8c8c8c", "#8b5a2b")
DASHES = ("", "8 4", "2 3", "12 4 2 4", "5 3", "1 4", "14 5", "3 6")
MARKS = ("circle", "square", "diamond", "triangle", "circle", "square", "diamond", "triangle")
FIRST_WIDTH, OTHER_WIDTH = 3.2, 2.0
STYLE = """
  text { font-family: "DejaVu Sans", Verdana, sans-serif; font-size: 13px; fill: #1f2328; }
  .title { font-size: 16px; font-weight: bold; }
  .quiet { font-size: 11.5px; fill: #57606a; }
  .panel { fill: #ffffff; stroke: #d0d7de; }
  .grid { stroke: #d8dee4; stroke-width: 1; }
  .axis { stroke: #57606a; stroke-width: 1.2; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .quiet { fill: #9da7b3; }
    .panel { fill: #0d1117; stroke: #30363d; }
    .grid { stroke: #262c34; }
    .axis { stroke: #9da7b3; }
  }
"""


@dataclass(frozen=True)
class Line:
    """One line; the first of a chart is thicker.

    Attributes:
        name: its text in the legend.
        points: x and y, from left to right.
        spread: the lowest and highest y at each point; empty if there is no spread.
    """

    name: str
    points: Sequence[tuple[float, float]]
    spread: Sequence[tuple[float, float]] = field(default=())


@dataclass(frozen=True)
class Chart:
    """A chart: title, explanation, two axes, lines."""

    title: str
    note: str
    x: Axis
    y: Axis
    lines: Sequence[Line]
    marked: bool = True
    """True if each point has a mark."""


def draw(chart: Chart) -> str:
    """Return the chart as SVG."""
    x = lay_out(chart.x, [x for line in chart.lines for x, _ in line.points], LEFT, RIGHT)
    values = [y for line in chart.lines for _, y in line.points]
    values += [end for line in chart.lines for ends in line.spread for end in ends]
    y = lay_out(chart.y, values, BOTTOM, TOP)
    parts = [
        f'<rect class="panel" x="0.5" y="0.5" width="{WIDTH - 1}" height="{HEIGHT - 1}" rx="8"/>',
        f'<text class="title" x="20" y="28">{escape(chart.title)}</text>',
        f'<text class="quiet" x="20" y="46">{escape(chart.note)}</text>',
        *_axes(chart, x, y),
        *(part for number, line in enumerate(chart.lines) for part in _line(chart, number, line, x, y)),
        *(part for number, line in enumerate(chart.lines) for part in _legend(chart, number, line)),
    ]
    size = f'viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">'
    return "\n".join([head, f"<title>{escape(chart.title)}</title>", f"<style>{STYLE}</style>", *parts, "</svg>", ""])


def _axes(chart: Chart, x: Scale, y: Scale) -> list[str]:
    parts = []
    for tick in y.ticks:
        at = y.at(tick)
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{RIGHT}" y1="{at:.1f}" y2="{at:.1f}"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{at + 4.5:.1f}" text-anchor="end">{format_tick(tick)}</text>')
    for tick in x.ticks:
        at = x.at(tick)
        parts.append(f'<line class="grid" x1="{at:.1f}" x2="{at:.1f}" y1="{TOP}" y2="{BOTTOM}"/>')
        parts.append(f'<text x="{at:.1f}" y="{BOTTOM + 19}" text-anchor="middle">{format_tick(tick)}</text>')
    middle = (TOP + BOTTOM) / 2
    return [
        *parts,
        f'<path class="axis" fill="none" d="M{LEFT} {TOP}V{BOTTOM}H{RIGHT}"/>',
        f'<text x="{(LEFT + RIGHT) / 2}" y="{BOTTOM + 46}" text-anchor="middle">{escape(chart.x.label)}</text>',
        f'<text transform="translate(20 {middle}) rotate(-90)" text-anchor="middle">{escape(chart.y.label)}</text>',
    ]


def _line(chart: Chart, number: int, line: Line, x: Scale, y: Scale) -> list[str]:
    colour = COLOURS[number % len(COLOURS)]
    at = [(x.at(one), y.at(other)) for one, other in line.points]
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in at)
    parts = [f'<path d="{path}" fill="none" {_stroke(number)} stroke-linejoin="round"/>']
    for (middle, _), (low, high) in zip(at, line.spread, strict=False):
        bar = f"M{middle:.1f} {y.at(low):.1f}V{y.at(high):.1f}"
        parts.append(f'<path d="{bar}" stroke="{colour}" stroke-width="1.4" opacity="0.75"/>')
    if chart.marked:
        parts += [_mark(number, one, other) for one, other in at]
    return parts


def _legend(chart: Chart, number: int, line: Line) -> list[str]:
    at = TOP + 14 + number * LEGEND_STEP
    words = _wrap(line.name)
    parts = [f'<path d="M{LEGEND_X} {at}h30" {_stroke(number)}/>']
    if chart.marked:
        parts.append(_mark(number, LEGEND_X + 15, at))
    for row, text in enumerate(words):
        parts.append(f'<text x="{LEGEND_X + 38}" y="{at + 4.5 + row * 15}">{escape(text)}</text>')
    return parts


def _wrap(name: str, length: int = 22) -> list[str]:
    rows = [""]
    for word in name.split():
        if rows[-1] and len(rows[-1]) + len(word) + 1 > length:
            rows.append(word)
        else:
            rows[-1] = f"{rows[-1]} {word}".strip()
    return rows


def _stroke(number: int) -> str:
    width = OTHER_WIDTH if number else FIRST_WIDTH
    dash = DASHES[number % len(DASHES)]
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return f'stroke="{COLOURS[number % len(COLOURS)]}" stroke-width="{width}"{dashed}'


def _mark(number: int, x: float, y: float) -> str:
    fill = f'fill="{COLOURS[number % len(COLOURS)]}"'
    shapes = {
        "circle": f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" {fill}/>',
        "square": f'<rect x="{x - 3.6:.1f}" y="{y - 3.6:.1f}" width="7.2" height="7.2" {fill}/>',
        "diamond": f'<path d="M{x:.1f} {y - 5:.1f}l5 5l-5 5l-5 -5z" {fill}/>',
        "triangle": f'<path d="M{x:.1f} {y - 5:.1f}l5 9h-10z" {fill}/>',
    }
    return shapes[MARKS[number % len(MARKS)]]
