"""A prompt file of ours while a reader makes it: its parts in our order, what was lost, what should be known."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from llmops_cli.convert._escape import bare_in
from llmops_cli.convert._names import NO_MODEL, identifier
from llmops_cli.convert._taking import Taking
from llmops_cli.model.exchange import Foreign, Imported, Loss, Version

Json = Any


@dataclass(slots=True)
class Draft:
    """One prompt: `tool` names the `x-` key that keeps what has no place, `path` is the file it comes from.

    `extra` is what is kept under that key, `others` what imports from other tools kept under theirs.
    """

    tool: str
    path: str
    head: dict[str, Json] = field(default_factory=dict)
    model: str = ""
    params: dict[str, Json] = field(default_factory=dict)
    variables: dict[str, dict[str, Json]] = field(default_factory=dict)
    messages: list[dict[str, Json]] = field(default_factory=list)
    examples: Json = None
    tools: list[Json] = field(default_factory=list)
    output: dict[str, Json] = field(default_factory=dict)
    extra: dict[str, Json] = field(default_factory=dict)
    others: dict[str, Json] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    losses: list[Loss] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)

    def lose(self, path: str, message: str, hint: str = "") -> None:
        """Report what has no place here."""
        self.losses.append(Loss(path, message, hint, self.path))

    def note(self, text: str) -> None:
        """Tell the user something, once."""
        if text not in self.notes:
            self.notes.append(text)

    def keep(self, left: Mapping[str, Json]) -> None:
        """Keep foreign data under `x-<tool>`, as it was, and say so."""
        if left:
            self.note(f"{self.path}: kept under x-{self.tool}, not used: {', '.join(left)}")
            self.extra |= left

    def put_aside(self, item: Taking) -> None:
        """Keep an item of a list that was reported as lost, under `lost`: it would shift the others' places."""
        self.extra.setdefault("lost", {})[item.path] = item.rest()

    def name(self, foreign: str) -> str:
        """Return our name of a foreign variable; one that Jinja cannot read is renamed, and its old name kept."""
        ours = identifier(foreign)
        while self.names.get(ours, foreign) != foreign:
            ours = f"{ours}_"
        if ours != foreign:
            self.note(f"{self.path}: the variable {foreign!r} is called {ours} here; callers give it by that name")
        self.names[ours] = foreign
        return ours

    def variable(self, foreign: str, spec: Mapping[str, Json] | None = None) -> str:
        """Return our name of a foreign variable and declare it, unless it is declared."""
        ours = self.name(foreign)
        self.variables.setdefault(ours, dict(spec if spec is not None else {"type": "string"}))
        return ours

    def say(self, role: str, content: str) -> None:
        """Add a message; its content is a template of ours."""
        self.messages.append({"role": role, "content": content})

    def document(self) -> dict[str, Json]:
        """Return the keys of the prompt file in their order."""
        if not self.model:
            self.note(f"{self.path}: no model is named; `model: {NO_MODEL}` stands for one of llmops.yaml's `models:`")
        renamed = {ours: theirs for ours, theirs in self.names.items() if ours != theirs}
        extra = {**self.extra, **({"renamed": renamed} if renamed else {})}
        texts = [str(message["content"]) for message in self.messages if "content" in message]
        parts = {
            "params": self.params,
            "variables": self.variables,
            "literals": list(bare_in([*texts, *self.files.values()], self.variables)),
            "messages": self.messages,
            "examples": self.examples,
            "tools": self.tools,
            "output": self.output,
            f"x-{self.tool}": extra,
            **{key: value for key, value in self.others.items() if key != f"x-{self.tool}"},
        }
        return {**self.head, "model": self.model or NO_MODEL, **{key: value for key, value in parts.items() if value}}

    def version(self, *, name: str = "", labels: tuple[str, ...] = (), **when: str) -> Version:
        """Return the version; `when` are its author, date and message."""
        return Version(self.document(), dict(self.files), name=name, labels=labels, **when)


def imported(drafts: Mapping[str, Draft]) -> Imported:
    """Return one prompt of one version for each id, with all losses and notes."""
    prompts = tuple(Foreign(name, (draft.version(),)) for name, draft in drafts.items())
    return joined(prompts, *drafts.values())


def joined(prompts: tuple[Foreign, ...], *drafts: Draft) -> Imported:
    """Return the prompts with the losses and notes of the drafts, each once. Their versions are made before."""
    losses = tuple(dict.fromkeys(loss for draft in drafts for loss in draft.losses))
    return Imported(prompts, losses, tuple(dict.fromkeys(note for draft in drafts for note in draft.notes)))
