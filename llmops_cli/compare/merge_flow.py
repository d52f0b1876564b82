"""Three versions of `{…}` or `[…]` → one, entry by entry. It stands inside a line, so a conflict is its owner's."""

from llmops_cli.compare.merge_items import Id, identified, in_order
from llmops_cli.compare.merge_pick import Clash, Path, meant, picked
from llmops_cli.compare.merge_pick import said as value_of
from llmops_cli.model.layout import Item, Span

Texts = tuple[str, str, str]
Spans = tuple[Span, Span, Span]


def flow(texts: Texts, spans: Spans, path: Path) -> str:
    """Return the merged text from bracket to bracket. Raises `Clash` where both sides changed one entry."""
    if any(span.opaque for span in spans):
        raise Clash
    names = identified(spans)
    items = [dict(zip(ids, span.items, strict=True)) for ids, span in zip(names, spans, strict=True)]
    kept: list[tuple[Id, str]] = []
    for name in in_order(names, path, spans[0].kind):
        text = _entry(texts, [side.get(name) for side in items], path)
        if text:
            kept.append((name, text))
    opening, closing = "{}" if spans[0].kind == "flow mapping" else "[]"
    if not kept:
        return opening + closing
    gaps = [_gaps(text, span, ids) for text, span, ids in zip(texts, spans, names, strict=True)]
    edges = [picked(*(gap[edge] for gap in gaps)) or gaps[1][edge] for edge in ("<", ">")]
    merged = edges[0] + kept[0][1]
    for name, text in kept[1:]:
        merged += next((gap[name] for gap in (gaps[1], gaps[2]) if name in gap), ", ") + text
    return merged + edges[1]


def _entry(texts: Texts, sides: list[Item | None], path: Path) -> str:
    """Return the text of one entry; "" where it is gone."""
    said = [text[item.start : item.span.end] if item else "" for text, item in zip(texts, sides, strict=True)]
    if (choice := picked(*said)) is not None:
        return choice
    base, ours, theirs = sides
    if ours is None or theirs is None:
        raise Clash
    if base is None:
        if value_of(ours.key, ours.span.value) != value_of(theirs.key, theirs.span.value):
            raise Clash
        return said[1]
    spans = (base.span, ours.span, theirs.span)
    if spans[0].kind.startswith("flow") and len({span.kind for span in spans}) == 1:
        heads = [text[item.start : item.span.start] for text, item in zip(texts, (base, ours, theirs), strict=True)]
        if (head := picked(*heads)) is not None:
            return head + flow(texts, spans, (*path, ours.key))
    found = meant(ours.key, *(span.value for span in spans))
    if found is None:
        raise Clash
    return said[found]


def _gaps(text: str, span: Span, names: tuple[Id, ...]) -> dict[Id, str]:
    """Return the text before each entry but the first; under `<` and `>` how the collection opens and closes."""
    if not span.items:
        return {"<": text[span.start], ">": text[span.end - 1]}
    first, last = span.items[0], span.items[-1]
    gaps: dict[Id, str] = {"<": text[span.start : first.start], ">": text[last.span.end : span.end]}
    for name, before, item in zip(names[1:], span.items, span.items[1:], strict=False):
        gaps[name] = text[before.span.end : item.start]
    return gaps
