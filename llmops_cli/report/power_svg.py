"""A power curve as one inline SVG: no script, nothing remote, its ink the text's, so that it is light and dark."""

from collections.abc import Sequence

from llmops_cli.model.power import PowerPoint, Rate, SelfTest
from llmops_cli.report import power_words as words
from llmops_cli.report.figures import percent
from llmops_cli.report.sanitize import html, line, workflow

WIDTH, HEIGHT = 480, 240
LEFT, RIGHT, TOP, BOTTOM = 52, 16, 16, 44
SHARES = (0.0, 0.25, 0.5, 0.8, 1.0)
WANTED = 0.8


def curve(test: SelfTest, name: str) -> str:
    """Return the curve with its 95 % band of Monte Carlo error; `name` says whose it is and is sanitised here.

    Screen readers get a title and every figure in words. Nothing is drawn of drops that could not be planted.
    """
    known = [(point, point.fails) for point in test.points if point.fails is not None]
    said = _safe(f"{name}: {words.curve_title(test)}")
    widest = max((point.drop for point in test.points), default=1.0)
    figures = "; ".join(f"{words.drop(point.drop)} {percent(fails.share, 0)}" for point, fails in known)
    parts = [*_axes(test.points, widest), _band(known, widest), _line(known, widest), *_dots(known, widest)]
    body = "\n".join(part for part in parts if part)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
        f'height="{HEIGHT}" style="max-width:100%;height:auto" fill="currentColor" stroke="none" '
        f'font-family="system-ui, sans-serif" font-size="11">\n'
        f"<title>{said}</title>\n<desc>{_safe(figures)}</desc>\n{body}\n</svg>"
    )


def _axes(points: Sequence[PowerPoint], widest: float) -> list[str]:
    lines = []
    for share in SHARES:
        y = _y(share)
        dashed = ' stroke-dasharray="4 3"' if share == WANTED else ""
        lines.append(f'<path d="M{LEFT} {y} H{WIDTH - RIGHT}" stroke="currentColor" stroke-opacity=".25"{dashed}/>')
        lines.append(f'<text x="{LEFT - 6}" y="{y}" dy=".35em" text-anchor="end">{percent(share, 0)}</text>')
    for point in points:
        label = words.drop(point.drop).removesuffix(" pp")
        lines.append(
            f'<text x="{_x(point.drop, widest)}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{label}</text>'
        )
    middle = (LEFT + WIDTH - RIGHT) / 2
    lines.append(f'<text x="{middle:g}" y="{HEIGHT - 8}" text-anchor="middle">drop in points → share of FAIL</text>')
    return lines


def _band(known: Sequence[tuple[PowerPoint, Rate]], widest: float) -> str:
    if not known:
        return ""
    above = [f"{_x(point.drop, widest)},{_y(fails.high)}" for point, fails in known]
    below = [f"{_x(point.drop, widest)},{_y(fails.low)}" for point, fails in reversed(known)]
    return f'<polygon points="{" ".join([*above, *below])}" fill-opacity=".15"/>'


def _line(known: Sequence[tuple[PowerPoint, Rate]], widest: float) -> str:
    if not known:
        return ""
    places = " ".join(f"{_x(point.drop, widest)},{_y(fails.share)}" for point, fails in known)
    return f'<polyline points="{places}" fill="none" stroke="currentColor" stroke-width="2"/>'


def _dots(known: Sequence[tuple[PowerPoint, Rate]], widest: float) -> list[str]:
    return [
        f'<circle cx="{_x(point.drop, widest)}" cy="{_y(fails.share)}" r="3.5">'
        f"<title>{_safe(f'{words.drop(point.drop)}: {words.rate(fails)}')}</title></circle>"
        for point, fails in known
    ]


def _x(drop: float, widest: float) -> str:
    return f"{LEFT + (WIDTH - LEFT - RIGHT) * drop / widest:.1f}"


def _y(share: float) -> str:
    return f"{TOP + (HEIGHT - TOP - BOTTOM) * (1.0 - share):.1f}"


def _safe(said: str) -> str:
    return html(workflow(line(said)))
