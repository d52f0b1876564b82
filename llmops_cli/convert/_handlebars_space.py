"""The white space that Handlebars drops: around `~`, and on lines where a block, partial or comment stands alone.

The rules are those of Handlebars in JavaScript, which dotprompt calls its reference. dotprompt's Python runtime has
rules of its own, that differ in rare places; `disputed` finds these, because nobody could say which was meant.
"""

import re
from collections.abc import Iterable, Sequence

from llmops_cli.convert._handlebars_nodes import Block, Comment, Node, Partial, Print, Tag, Text

_REST_OF_LINE = re.compile(r"[ \t]*\r?\n?")
_BLANK_REST = re.compile(r"[ \t]*(?:\r?\n|\Z)")


def drop(nodes: list[Node], *, root: bool = True) -> None:
    """Take out of the texts of a tree what Handlebars takes out."""
    for place, node in enumerate(nodes):
        if isinstance(node, Block):
            _drop_inside(node)
        if isinstance(node, Text):
            continue
        before, after = _ends_line(nodes, place, root=root), _begins_line(nodes, place, root=root)
        left, right = _outer(node)
        if right:
            _cut_after(nodes, place, everything=True)
        if left:
            _cut_before(nodes, place, everything=True)
        if isinstance(node, Block):
            _drop_lines(nodes, place, before=before, after=after)
        elif isinstance(node, (Comment, Partial)) and before and after:
            _drop_line(nodes, place, node)


def _drop_line(nodes: list[Node], place: int, node: Comment | Partial) -> None:
    """Drop the line on which a comment or a partial stands alone; a partial keeps its indent."""
    _cut_after(nodes, place)
    previous = nodes[place - 1] if place else None
    if _cut_before(nodes, place) and isinstance(node, Partial) and isinstance(previous, Text):
        node.indent = previous.original[len(previous.original.rstrip(" \t")) :]


def _outer(node: Print | Comment | Partial | Block) -> tuple[bool, bool]:
    """Return whether `~` stands on the left and on the right of a node."""
    if isinstance(node, Block):
        return node.tag.left, node.end is not None and node.end.right
    return node.tag.left, node.tag.right


def _drop_inside(block: Block) -> None:
    drop(block.body, root=False)
    first = last = block.other
    if block.other is not None:
        drop(block.other, root=False)
        first, last = _ends_of_chain(block)
    if block.tag.right:
        _cut_after(block.body, -1, everything=True)
    if block.middle is not None and first is not None:
        _drop_around_else(block.body, block.middle, first)
    if block.end is not None and block.end.left:
        ending = block.body if last is None else last
        _cut_before(ending, len(ending), everything=True)


def _drop_around_else(body: list[Node], middle: Tag, other: list[Node]) -> None:
    before, after = _ends_line(body, len(body), root=False), _begins_line(other, -1, root=False)
    if middle.left:
        _cut_before(body, len(body), everything=True)
    if middle.right:
        _cut_after(other, -1, everything=True)
    if before and after:
        _cut_before(body, len(body))
        _cut_after(other, -1)


def _ends_of_chain(block: Block) -> tuple[list[Node], list[Node]]:
    """Return the nodes behind the first `else` and behind the last one, which `else if` puts into inner blocks."""
    other = block.other or []
    if not block.chained:
        return other, other
    inner = other[0]
    assert isinstance(inner, Block)
    while inner.chained and inner.other:
        following = inner.other[0]
        assert isinstance(following, Block)
        inner = following
    outer = other[0]
    assert isinstance(outer, Block)
    return outer.body, inner.other if inner.other is not None else inner.body


def _drop_lines(nodes: list[Node], place: int, *, before: bool, after: bool) -> None:
    """Drop the lines on which a block's opening and closing tags stand alone."""
    block = nodes[place]
    assert isinstance(block, Block)
    last = block.body if block.other is None else block.other
    # Of `else if` the reference looks at the first branch only, and cuts nothing before the end.
    seen = last if block.other is None else _ends_of_chain(block)[0]
    opens = before and _begins_line(block.body, -1, root=False)
    closes = after and _ends_line(seen, len(seen), root=False)
    if opens:
        _cut_after(block.body, -1)
        _cut_before(nodes, place)
    if closes:
        _cut_after(nodes, place)
        _cut_before(last, len(last))


def _ends_line(nodes: Sequence[Node], place: int, *, root: bool) -> bool:
    """Return whether a line begins right before the node at `place`, or only white space is between."""
    if place == 0:
        return root
    previous = nodes[place - 1]
    if not isinstance(previous, Text):
        return False
    last = previous.original[len(previous.original.rstrip()) :]
    return "\n" in last or (root and place == 1 and last == previous.original)


def _begins_line(nodes: Sequence[Node], place: int, *, root: bool) -> bool:
    if place + 1 >= len(nodes):
        return root
    following = nodes[place + 1]
    if not isinstance(following, Text):
        return False
    text = following.original
    first = text[: len(text) - len(text.lstrip())]
    return "\n" in first or (root and place + 2 == len(nodes) and first == text)


def _cut_after(nodes: Sequence[Node], place: int, *, everything: bool = False) -> None:
    text = nodes[place + 1] if place + 1 < len(nodes) else None
    if isinstance(text, Text) and (everything or not text.right_stripped):
        left = text.value.lstrip() if everything else _REST_OF_LINE.sub("", text.value, count=1)
        text.right_stripped = left != text.value
        text.value = left


def _cut_before(nodes: Sequence[Node], place: int, *, everything: bool = False) -> bool:
    text = nodes[place - 1] if place > 0 else None
    if not isinstance(text, Text) or (text.left_stripped and not everything):
        return False
    left = text.value.rstrip() if everything else text.value.rstrip(" \t")
    text.left_stripped = left != text.value
    text.value = left
    return text.left_stripped


def disputed(pieces: Sequence[Text | Tag]) -> Iterable[int]:
    """Yield the lines of texts that dotprompt's Python runtime would leave with other white space than `drop` did."""
    theirs = _as_in_python(pieces)
    ours = "".join(piece.value if isinstance(piece, Text) else "\0" for piece in pieces).split("\0")
    tags = [piece.line for piece in pieces if isinstance(piece, Tag)]
    for place, (one, other) in enumerate(zip(ours, theirs, strict=True)):
        if one != other:
            yield tags[min(place, len(tags) - 1)]


def _as_in_python(pieces: Sequence[Text | Tag]) -> list[str]:
    """Return the text before, between and after the tags, by the rules of dotprompt's Python runtime."""
    tags = [piece for piece in pieces if isinstance(piece, Tag)]
    originals = "".join(piece.original if isinstance(piece, Text) else "\0" for piece in pieces).split("\0")
    texts = list(originals)
    for place, tag in enumerate(tags):
        texts[place] = texts[place].rstrip() if tag.left else texts[place]
        texts[place + 1] = texts[place + 1].lstrip() if tag.right else texts[place + 1]
    planned: list[tuple[int, int]] = []
    for place, tag in enumerate(tags):
        line = texts[place].rpartition("\n")
        starts = not line[2].strip(" \t") and (place == 0 or bool(line[1]))
        rest = _BLANK_REST.match(texts[place + 1]) if originals[place + 1] or place + 1 == len(tags) else None
        if tag.kind != "print" and starts and rest:
            planned.append((place, rest.end()))
    for place, length in planned:
        head, newline, _ = texts[place].rpartition("\n")
        texts[place] = head + newline
        texts[place + 1] = texts[place + 1][length:]
    return texts
