"""The lines of label files on both sides of a change: which differ, and what each serves of a prompt."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from llmops_cli.errors import LlmopsError
from llmops_cli.flow.place import entry
from llmops_cli.flow.registry import Registry
from llmops_cli.flow.released import Shelf, serving, shelf
from llmops_cli.load import labels as label_files
from llmops_cli.model.move import Move
from llmops_cli.model.ports import Tree
from llmops_cli.model.prompt import Prompt
from llmops_cli.model.release import Label


@dataclass(frozen=True, slots=True)
class LabelSide:
    """A side's files, and its label files once read. A side that is not there yet has none of both."""

    registry: Registry | None
    labels: Mapping[str, Label]

    def label(self, name: str) -> Label:
        """Return a label; one that serves nothing where there is none."""
        return self.labels.get(name) or Label(name)

    def prompt(self, key: str) -> Prompt | None:
        """Return the prompt of this id or alias as its file says it; None where there is none that can be read."""
        try:
            return entry(self.registry.tree, self.registry.settings, key).prompt if self.registry else None
        except LlmopsError:
            return None

    def shelf(self, names: Sequence[str]) -> Shelf | None:
        """Return the releases of a prompt under its ids."""
        return shelf(self.registry.tree, self.registry.settings, names) if self.registry else None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a label on both sides: `old` is its id in the base, another one where the prompt was renamed."""

    base: Label
    head: Label
    key: str
    old: str
    names: tuple[str, ...]

    @property
    def move(self) -> Move:
        """What the change does to the line."""
        from llmops_cli.report.release import shown  # 7 ms, which a gate without labels need not pay

        before, after = self.base.serves.get(self.old), self.head.serves.get(self.key)
        served = next(iter(self.usual), "")
        return Move(self.head.name, self.key, shown(before) if before else "", shown(after) if after else "", served)

    @property
    def usual(self) -> list[str]:
        """The versions that callers of the base's label got, that of most first; of equal shares the older one."""
        return sorted(self.base.versions(self.old), key=self._weight, reverse=True)

    @property
    def gained(self) -> tuple[str, ...]:
        """The versions that the label did not serve before. Under another id each may be another release."""
        served = self.base.versions(self.old) if self.old == self.key else ()
        return tuple(version for version in self.head.versions(self.key) if version not in served)

    @property
    def is_lost(self) -> bool:
        """Whether the label serves nothing of the prompt any more."""
        return self.key not in self.head.serves

    def _weight(self, version: str) -> int:
        said = self.base.serves[self.old]
        return 1 if isinstance(said, str) else said[version]


def labels_of(registry: Registry | None, touched: Collection[str]) -> dict[str, Label]:
    """Return the labels by name. Only one that the change touches must be right: of others, what can be read."""
    if registry is None:
        return {}
    tree, folder = registry.tree, registry.settings.prompts
    names = label_files.names(tree, folder)
    strict = {name for name in names if label_files.place(folder, name) in touched}
    read = {n: (label_files.read if n in strict else _as_far_as_it_goes)(tree, folder, n) for n in names}
    return {name: label for name, label in read.items() if label is not None}


def _as_far_as_it_goes(tree: Tree, folder: str, name: str) -> Label | None:
    return label_files.check(tree, folder, name)[0]


def lines_of(old: LabelSide, new: LabelSide, name: str) -> Iterator[Line]:
    """Yield the lines of a label that differ; a line that only moved to the prompt's new id is one line."""
    base, head = old.label(name), new.label(name)
    for key in dict.fromkeys([*head.serves, *base.serves]):
        if base.serves.get(key) == head.serves.get(key):
            continue
        names = ids_of(key, new.prompt(key), old.prompt(key))
        if key in head.serves:
            yield Line(base, head, key, serving(base, names), names)
            continue
        other = serving(head, names)
        if not other:
            yield Line(base, head, key, key, names)
        elif base.serves.get(other) == head.serves[other]:  # callers of this id get an alias's line from now on
            yield Line(base, head, other, key, names)


def ids_of(key: str, *prompts: Prompt | None) -> tuple[str, ...]:
    """Return every id that a prompt goes by, this one first."""
    return tuple(dict.fromkeys([key, *(name for one in prompts if one for name in (one.id, *one.aliases))]))
