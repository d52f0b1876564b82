"""Parts of the gate's page: foreign text made harmless, tables whose cells know their column, sections."""

from collections.abc import Iterable, Sequence

from llmops_cli.report.sanitize import clip, html, line, workflow

NAME_LIMIT = 200
TEXT_LIMIT = 2_000

Cell = tuple[str, str]
"""A class ("" = none), and HTML that is harmless already."""


def said(text: str, limit: int = NAME_LIMIT) -> str:
    """Return one line of foreign text, clipped, safe in the page and in a log that the page is printed to."""
    return html(workflow(line(clip(text, limit))))


def names(found: Iterable[str]) -> str:
    """Return names of foreign origin, none of which can turn its neighbours' direction; they break after a slash."""
    return ", ".join(f"<bdi>{said(name).replace('/', '/<wbr>')}</bdi>" for name in found if name)


def listed(reasons: Sequence[str]) -> str:
    """Return reasons as a list; one of them bare, none as nothing."""
    if len(reasons) == 1:
        return f"<div>{said(reasons[0], TEXT_LIMIT)}</div>"
    items = "".join(f"<li>{said(reason, TEXT_LIMIT)}</li>" for reason in reasons)
    return f"<ul>{items}</ul>" if items else ""


def section(anchor: str, title: str, body: str) -> str:
    """Return a section with its heading; nothing where it has no body."""
    if not body:
        return ""
    return f'<section aria-labelledby="{anchor}">\n<h2 id="{anchor}">{title}</h2>\n{body}\n</section>'


def table(caption: str, head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """Return a table without the columns that are empty in every row; nothing without a row.

    Each cell carries its column's name, which a narrow window shows beside it.
    """
    found = [list(row) for row in rows]
    used = [at for at in range(len(head)) if any(row[at][1] for row in found)]
    if not found:
        return ""
    heads = "".join(f'<th scope="col">{head[at]}</th>' for at in used)
    body = "\n".join(f"<tr>{''.join(_cell(head[at], *row[at]) for at in used)}</tr>" for row in found)
    whole = f'<table aria-label="{caption}">\n<thead><tr>{heads}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>'
    return f'<div class="wide">{whole}</div>'


def _cell(label: str, kind: str, body: str) -> str:
    marked = f' class="{kind}"' if kind else ""
    inner = f"<div>{body}</div>" if body else ""
    return f'<td{marked} data-label="{label}">{inner}</td>'
