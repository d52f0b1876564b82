"""`llmops eval power --format html`: one page that stands alone. No script, nothing remote, all text escaped."""

from collections.abc import Iterable, Iterator, Sequence

from llmops_cli.model.power import Power
from llmops_cli.report import power_words as words
from llmops_cli.report.diff_style import STYLE
from llmops_cli.report.power_svg import curve
from llmops_cli.report.sanitize import html, line, workflow

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src 'none'; form-action 'none'; base-uri 'none'"


def page(powers: Sequence[Power], lacking: Iterable[str] = ()) -> str:
    """Return the page: a section a baseline, with its figures and its power curve."""
    parts = "\n".join(section(power, at) for at, power in enumerate(powers))
    rest = "".join(f"<li>{_line(each)}</li>" for each in lacking)
    without = f'<section aria-label="Without a baseline"><ul>{rest}</ul></section>\n' if rest else ""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n<meta name="referrer" content="no-referrer">\n'
        f"<title>What the eval sets can see</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n"
        f"<header><h1>What the eval sets can see</h1></header>\n<main>\n{parts}\n{without}</main>\n</body>\n</html>\n"
    )


def section(power: Power, at: int) -> str:
    """Return one baseline's section: its figures and its power curve. `at` tells it apart on its page."""
    terms = "\n".join(f"<dt>{_line(label)}</dt><dd>{_line(said)}</dd>" for label, said in _rows(power))
    figure = ""
    if power.self_test:
        caption = f"<figcaption>{_line(words.curve_title(power.self_test))}</figcaption>"
        figure = f"<figure>{caption}\n{curve(power.self_test, power.prompt)}</figure>\n"
    title, anchor = _line(words.title(power)), f"power-{at + 1}"
    return (
        f'<section aria-labelledby="{anchor}">\n<h2 id="{anchor}"><bdi>{title}</bdi></h2>\n'
        f"<dl>\n{terms}\n</dl>\n{figure}</section>"
    )


def _rows(power: Power) -> Iterator[tuple[str, str]]:
    yield from words.rows(power)
    if power.self_test is None:
        yield "self-test", f"not possible: {power.refused}; {power.hint}"
        return
    yield from words.test_rows(power.self_test)


def _line(said: str) -> str:
    return html(workflow(line(said)))
