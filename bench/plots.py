"""Two kinds of plots as SVG text: bars with a target, and lines. They show on light and on dark pages."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, LINE, LABELS, LOW, HIGH = 900, 22, 470, 1 / 16, 32
COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"]
GREY, GOOD, BAD = "#808080", "#009e73", "#d55e00"

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Bar:
    """One ratio: its median, quartiles, target (None: only reported), and whether that is met."""

    title: str
    median: float
    q1: float
    q3: float
    target: float | None
    met: bool | None


def bars(title: str, found: Sequence[Bar]) -> str:
    """Horizontal bars from 1 on a logarithmic scale, so that half and double are equally far."""
    height = LINE * (len(found) + 3)

    def at(value: float) -> float:
        share = math.log(min(max(value, LOW), HIGH) / LOW) / math.log(HIGH / LOW)
        return LABELS + share * (WIDTH - LABELS - 50)

    parts = [text(WIDTH / 2, 16, title, "middle", bold=True)]
    value = LOW
    while value <= HIGH:
        parts.append(line(at(value), LINE * 1.4, at(value), height - LINE * 1.2, GREY, 0.3))
        parts.append(text(at(value), height - 8, f"{value:g}" if value >= 1 else f"1/{1 / value:g}", "middle"))
        value *= 2
    for number, bar in enumerate(found):
        top = LINE * (number + 1.6)
        middle, colour = top + LINE / 2, GREY if bar.met is None else GOOD if bar.met else BAD
        left, right = sorted((at(1), at(bar.median)))
        parts.append(text(LABELS - 8, middle + 4, bar.title, "end"))
        parts.append(
            f'<rect x="{left:.1f}" y="{top + 5:.1f}" width="{max(right - left, 1):.1f}" height="{LINE - 10}" '
            f'fill="{colour}"/>'
        )
        parts.append(line(at(bar.q1), middle, at(bar.q3), middle, "currentColor", 1))
        if bar.target is not None:
            parts.append(line(at(bar.target), top + 1, at(bar.target), top + LINE - 1, "currentColor", 2))
        parts.append(text(WIDTH - 4, middle + 4, f"{bar.median:.2f}", "end"))
    return svg(height, parts)


def lines(title: str, below: str, series: Mapping[str, Points], logarithmic: bool = False) -> str:
    """Lines with their points; both axes logarithmic, or both from zero."""
    height, left, right, top, bottom = 380, 60, WIDTH - 230, 40, 330
    xs = [x for points in series.values() for x, _ in points]
    ys = [y for points in series.values() for _, y in points]
    across = axis(xs, left, right, logarithmic)
    up = axis(ys, bottom, top, logarithmic)
    parts = [text(WIDTH / 2, 18, title, "middle", bold=True), text((left + right) / 2, height - 8, below, "middle")]
    for value in ticks(xs, logarithmic):
        parts.append(line(across(value), top, across(value), bottom, GREY, 0.3))
        parts.append(text(across(value), bottom + 16, f"{value:,.0f}", "middle"))
    for value in ticks(ys, logarithmic):
        parts.append(line(left, up(value), right, up(value), GREY, 0.3))
        parts.append(text(left - 6, up(value) + 4, f"{value:g}", "end"))
    for number, (name, points) in enumerate(series.items()):
        colour = COLOURS[number % len(COLOURS)]
        path = " ".join(f"{across(x):.1f},{up(y):.1f}" for x, y in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{across(x):.1f}" cy="{up(y):.1f}" r="3" fill="{colour}"/>' for x, y in points]
        parts.append(line(right + 16, top + LINE * number, right + 36, top + LINE * number, colour, 3))
        parts.append(text(right + 42, top + LINE * number + 4, name))
    return svg(height, parts)


def axis(values: Sequence[float], begin: float, end: float, logarithmic: bool) -> Callable[[float], float]:
    """Where on the page a value is."""
    marks = ticks(values, logarithmic)
    low, high = marks[0], marks[-1]
    if logarithmic:
        return lambda value: begin + math.log(value / low) / math.log(high / low) * (end - begin)
    return lambda value: begin + (value - low) / (high - low) * (end - begin)


def ticks(values: Sequence[float], logarithmic: bool) -> list[float]:
    """Powers of ten around the values, or some round numbers from zero on."""
    if logarithmic:
        low = math.floor(math.log10(min(values)))
        high = max(math.ceil(math.log10(max(values))), low + 1)
        return [10.0**power for power in range(low, high + 1)]
    step = 10 ** math.floor(math.log10(max(values)))
    while max(values) / step < 4:
        step /= 2
    return [step * number for number in range(math.ceil(max(values) / step) + 1)]


def svg(height: float, parts: Sequence[str]) -> str:
    style = (
        "<style>svg{color:#1f2328}text{fill:currentColor;font:12px sans-serif}"
        "@media(prefers-color-scheme:dark){svg{color:#e6edf3}}</style>"
    )
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" role="img">'
    return "\n".join([head, style, *parts, "</svg>", ""])


def line(x1: float, y1: float, x2: float, y2: float, colour: str, width: float) -> str:
    ends = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
    return f'<line {ends} stroke="{colour}" stroke-width="{width}"/>'


def text(x: float, y: float, words: str, anchor: str = "start", bold: bool = False) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{weight}>{escape(words)}</text>'
