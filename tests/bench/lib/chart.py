"""The rates of one run as an SVG picture for the documentation: one bar per contestant, one block per part."""

from html import escape
from pathlib import Path

from plan import ORIENTATION, PARTS

WIDTH, LABEL, ROW, GAP = 760, 190, 22, 34
OURS, FLOOR, OTHERS, PALE = "#1b6ca8", "#5b8c5a", "#9a9a9a", "#d0d0d0"


def _colour(name):
    if name.startswith("emailauth"):
        return OURS
    if name in ORIENTATION:
        return PALE
    return FLOOR if name.startswith("null") else OTHERS


def draw(results):
    """SVG text; every block has its own scale, so that the slow ones can be told apart."""
    shapes, top = [], 10
    for part in PARTS:
        series = results.get(part.key)
        if not series:
            continue
        shapes.append(f'<text x="8" y="{top + 16}" font-weight="bold">{escape(part.title)}: answers a second, one core</text>')
        top += 26
        widest = max(one.rate for one in series.values())
        for name, one in sorted(series.items(), key=lambda item: -item[1].rate):
            length = max(1.0, (WIDTH - LABEL - 90) * one.rate / widest)
            shapes.append(f'<text x="{LABEL - 8}" y="{top + 15}" text-anchor="end">{escape(name)}</text>')
            shapes.append(f'<rect x="{LABEL}" y="{top + 3}" width="{length:.0f}" height="{ROW - 6}" fill="{_colour(name)}"/>')
            shapes.append(f'<text x="{LABEL + length + 6:.0f}" y="{top + 15}">{one.rate:,.0f}</text>')
            top += ROW
        top += GAP - ROW
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{top}" font-family="sans-serif" font-size="12">\n'
            '<rect width="100%" height="100%" fill="white"/>\n' + "\n".join(shapes) + "\n</svg>\n")


def write(path, results):
    Path(path).write_text(draw(results), encoding="utf-8")
