"""The body of a .prompt file → messages of ours. Roles are read from the template alone, never from a value."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from llmops_cli.convert import _handlebars
from llmops_cli.convert._dotprompt_header import Input
from llmops_cli.convert._draft import Draft
from llmops_cli.convert._handlebars_jinja import Translator, disputed
from llmops_cli.convert._handlebars_names import Names
from llmops_cli.convert._handlebars_nodes import Node
from llmops_cli.convert._handlebars_out import Mark, Out
from llmops_cli.convert._handlebars_scope import Scope
from llmops_cli.convert._handlebars_spell import settled

ROLES: Mapping[str, str] = {"system": "system", "user": "user", "model": "assistant"}
HISTORY = ("history", "turns", "earlier_turns")
MAX_PASSES = 4
_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)


@dataclass(slots=True)
class Segment:
    """The translated parts between two marks, and the mark before them."""

    role: str = "user"
    mark: Mark | None = None
    outs: list[Out] = field(default_factory=list)

    @property
    def blank(self) -> bool:
        """Whether it is only white space, whatever the values: no message is made of it."""
        text = "".join(out.text for out in self.outs)
        return not any(out.live for out in self.outs) and not _COMMENT.sub("", text).strip()

    def content(self) -> str:
        """Return the template of the message; with a check where it could turn out blank."""
        text = "".join(out.text for out in self.outs)
        if any(out.certain for out in self.outs):
            return text
        live = [out for out in self.outs if out.live]
        if len(live) == 1 and live[0].text.startswith("{{"):
            inner = live[0].text[2:-2]
            space = " " if inner[:1] == " " else ""
            expression = inner.strip().removesuffix(" | text")
            made = f"{{{{{space}{expression} | not_blank{space}}}}}"
            return "".join(made if out is live[0] else out.text for out in self.outs)
        return f"{{% filter not_blank %}}{text}{{% endfilter %}}"


def take(draft: Draft, body: str, line: int, given: Input, partials: Mapping[str, tuple[str, str]]) -> None:
    """Fill the draft's messages and variables from a body whose first line has the number `line`.

    `partials`: by name, the file and the text of each. Raises `FindingsError` for what is no Handlebars.
    """
    tree = _handlebars.parse(body, draft.path, line)
    names = Names(given.schemas, given.required, given.defaults, open=given.open or not given.schemas)
    translator, outs = _translated(tree.nodes, names, lambda: Translator(draft.path, partials))
    for place in tree.disputed:
        translator.lose(*disputed(place))
    draft.losses += translator.losses
    for note in translator.notes:
        draft.note(note)
    draft.variables |= {name: {**said, **given.more.get(name, {})} for name, said in names.declared().items()}
    if names.context:
        draft.extra["context"] = sorted(names.context)
        shown = ", ".join(f"@{name}" for name in sorted(names.context))
        draft.note(f"{draft.path}: {shown} of the program around is a variable here; callers give it with the others")
    _messages(draft, _segments(outs), translator)


def _translated(nodes: Sequence[Node], names: Names, begin: Callable[[], Translator]) -> tuple[Translator, list[Out]]:
    """Return the nodes translated, and who did it, with all that was found on the way.

    What a variable is used for decides how it is declared, and that how it is printed: so until nothing changes.
    """
    passes = 0
    while True:
        before = {name: set(uses) for name, uses in names.uses.items()}
        for seen in (names.inputs, names.context, names.locals):
            seen.clear()
        translator = begin()
        outs = translator.all(nodes, Scope(names))
        passes += 1
        if names.uses == before or passes == MAX_PASSES:
            return translator, outs


def _segments(outs: Sequence[Out]) -> list[Segment]:
    """Return the parts divided at the marks."""
    segments = [Segment()]
    for out in outs:
        if not any(isinstance(part, Mark) for part in out.parts):
            segments[-1].outs.append(out)
            continue
        for part in out.parts:
            if isinstance(part, Mark):
                segments.append(Segment(part.role or "model", part))
            else:
                segments[-1].outs.append(
                    Out([part], certain=bool(part.strip()) and not part.startswith("{"), live=True)
                )
    return segments


def _messages(draft: Draft, segments: Sequence[Segment], translator: Translator) -> None:
    name = next(name for name in (*HISTORY, "history_") if name not in draft.variables)
    for segment in segments:
        if segment.mark is not None and not segment.mark.role:
            if "history" in draft.extra:
                translator.lose("a second {{history}}", segment.mark.line, "turns stand in one place")
            draft.extra["history"] = True
            draft.messages.append({"placeholder": name})
        if not segment.blank:
            _say(draft, segment, translator)
    draft.losses += [loss for loss in translator.losses if loss not in draft.losses]
    chat = any(segment.mark is not None and segment.mark.role for segment in segments)
    if "history" not in draft.extra and (chat or not draft.messages):
        _history(draft, name)
    if any("placeholder" in message for message in draft.messages):
        draft.variables[name] = {"type": "messages", "required": False}


def _say(draft: Draft, segment: Segment, translator: Translator) -> None:
    """Add the message of a segment, and keep its metadata."""
    if segment.role not in ROLES:
        line = segment.mark.line if segment.mark else 1
        message = f'{{{{role "{segment.role}"}}}} is no role of a prompt file'
        translator.lose(message, line, f"roles: {', '.join(ROLES)}")
        return
    if segment.mark is not None and segment.mark.metadata:
        draft.extra.setdefault("messages", {})[str(len(draft.messages))] = dict(segment.mark.metadata)
        draft.note(f"{draft.path}: kept under x-dotprompt, not used: the metadata of {{{{role}}}} marks")
    draft.say(ROLES[segment.role], settled(segment.content()))


def _history(draft: Draft, name: str) -> None:
    """Put earlier turns where dotprompt puts them by itself: before a last message of the user's, else at the end."""
    last = draft.messages[-1] if draft.messages else {}
    place = len(draft.messages) - (last.get("role") == "user")
    draft.messages.insert(place, {"placeholder": name})
    metadata = draft.extra.get("messages", {})
    if str(place) in metadata:
        metadata[str(place + 1)] = metadata.pop(str(place))
