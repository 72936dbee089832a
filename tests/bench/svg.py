"""A picture of the figures that have goals: a bar for each, and a mark where the goal is."""

from collections.abc import Sequence
from html import escape

from tests.bench.figures import Figure

_ROW, _BAR, _TOP = 26, 14, 36
_LABELS, _WIDTH, _VALUES = 430, 420, 190
_MET, _MISSED = "#2a7f62", "#b5482f"
#: The goal's mark stands here in every row, so that one look tells which bars fall short.
_GOAL_AT = 0.5


def picture(figures: Sequence[Figure]) -> str:
    """Draw the figures that have goals; the rest has nothing to be held against.

    Each bar is scaled by its own goal: the marks are in one line. Of a floor, the bar has to reach
    the mark; of a ceiling, it must not pass it.
    """
    aimed = [figure for figure in figures if figure.goal is not None]
    height = _TOP + _ROW * len(aimed) + 12
    width = _LABELS + _WIDTH + _VALUES
    rows = [_row(figure, _TOP + _ROW * number) for number, figure in enumerate(aimed)]
    goal_x = _LABELS + _WIDTH * _GOAL_AT
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'width="{width}" height="{height}" font-family="sans-serif" font-size="12" '
            'role="img" aria-label="Measured figures against their goals">',
            f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
            f'<text x="{goal_x:.1f}" y="20" text-anchor="middle" fill="#444">goal</text>',
            *rows,
            f'<line x1="{goal_x:.1f}" y1="26" x2="{goal_x:.1f}" y2="{height - 10}" '
            'stroke="#222" stroke-dasharray="3 3"/>',
            "</svg>",
            "",
        )
    )


def _row(figure: Figure, top: int) -> str:
    assert figure.goal is not None
    middle, said = top + _ROW / 2, figure.spread
    scale = _WIDTH * _GOAL_AT / figure.goal.bound
    length, low, high = (min(_WIDTH, v * scale) for v in (said.median, said.low, said.high))
    colour = _MET if figure.is_met else _MISSED
    value = f"{number(said.median)} {figure.unit}".strip()
    return (
        f'<text x="{_LABELS - 8}" y="{middle + 4:.1f}" text-anchor="end" fill="#222">'
        f"{escape(figure.name)}</text>"
        f'<rect x="{_LABELS}" y="{middle - _BAR / 2:.1f}" width="{length:.1f}" height="{_BAR}" '
        f'fill="{colour}"/>'
        f'<line x1="{_LABELS + low:.1f}" y1="{middle:.1f}" x2="{_LABELS + high:.1f}" '
        f'y2="{middle:.1f}" stroke="#000"/>'
        f'<text x="{_LABELS + _WIDTH + 8}" y="{middle + 4:.1f}" fill="#222">'
        f"{escape(value)} (goal {escape(str(figure.goal))})</text>"
    )


def number(value: float) -> str:
    """Write a value with three digits that matter."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"
