"""A plot of curves as SVG, written by hand: shares of the bad warned of by shares of the good.

White behind it, so that it reads on any page; colours that a colour-blind reader can tell apart
(Okabe and Ito), and dashes for the marks that are not ours.
"""

from collections.abc import Mapping
from html import escape

import numpy as np

from stream.evaluate.numbers import Floats

SIDE, LEFT, TOP, LEGEND = 360, 52, 40, 250
COLOURS = ("#000000", "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8A8A8A")
POINTS = 120
"""A curve is drawn through so many points: no borrower can be told from it."""


def curves(title: str, of: Mapping[str, tuple[Floats, Floats]], dashed: frozenset[str]) -> str:
    """Return an SVG of curves, each two sequences from 0 to 1.

    Args:
        title: Stands above.
        of: By name: shares of the good, and of the bad.
        dashed: Names whose curve is dashed.
    """
    parts = [_frame(title)]
    for number, (name, (good, bad)) in enumerate(of.items()):
        colour = COLOURS[number % len(COLOURS)]
        dash = ' stroke-dasharray="5 3"' if name in dashed else ""
        grid = np.linspace(0, 1, POINTS)
        points = " ".join(
            f"{_x(x):.1f},{_y(y):.1f}"
            for x, y in zip(grid, np.interp(grid, good, bad), strict=True)
        )
        parts.append(
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.6"{dash}/>'
        )
        at = TOP + 14 + 20 * number
        left = LEFT + SIDE + 24
        parts.append(
            f'<line x1="{left}" y1="{at - 4}" x2="{left + 24}" y2="{at - 4}" stroke="{colour}" '
            f'stroke-width="2"{dash}/><text x="{left + 32}" y="{at}">{escape(name)}</text>'
        )
    return "\n".join((*parts, "</svg>", ""))


def _x(share: float) -> float:
    return LEFT + SIDE * share


def _y(share: float) -> float:
    return TOP + SIDE * (1 - share)


def _frame(title: str) -> str:
    width, height = LEFT + SIDE + LEGEND, TOP + SIDE + 48
    ticks = "".join(
        f'<text x="{_x(share):.0f}" y="{TOP + SIDE + 16}" text-anchor="middle">{share:.1f}</text>'
        f'<text x="{LEFT - 6}" y="{_y(share) + 4:.0f}" text-anchor="end">{share:.1f}</text>'
        f'<line x1="{_x(share):.0f}" y1="{TOP}" x2="{_x(share):.0f}" y2="{TOP + SIDE}" '
        f'stroke="#e6e6e6"/><line x1="{LEFT}" y1="{_y(share):.0f}" x2="{LEFT + SIDE}" '
        f'y2="{_y(share):.0f}" stroke="#e6e6e6"/>'
        for share in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">\n'
        f'<title>{escape(title)}</title><rect width="100%" height="100%" fill="#ffffff"/>\n'
        f'<text x="{LEFT}" y="22" font-size="14" font-weight="bold">{escape(title)}</text>\n'
        f"{ticks}\n"
        f'<line x1="{_x(0)}" y1="{_y(0)}" x2="{_x(1)}" y2="{_y(1)}" stroke="#bbbbbb"/>\n'
        f'<text x="{LEFT + SIDE // 2}" y="{TOP + SIDE + 36}" text-anchor="middle">'
        "share of the good warned of</text>\n"
        f'<text x="14" y="{TOP + SIDE // 2}" text-anchor="middle" '
        f'transform="rotate(-90 14 {TOP + SIDE // 2})">share of the bad warned of</text>'
    )
