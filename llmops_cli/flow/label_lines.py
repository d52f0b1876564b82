"""The lines of label files on both sides of a change: which differ, and what each serves of a prompt."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from llmops_cli.errors import LlmopsError
from llmops_cli.flow.place import entry
from llmops_cli.flow.registry import Registry
from llmops_cli.flow.released import Shelf, serving, shelf
from llmops_cli.load import labels as label_files
from llmops_cli.model.move import Move
from llmops_cli.model.ports import Tree
from llmops_cli.model.prompt import Prompt
from llmops_cli.model.release import Label, Split

HALF = Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class LabelSide:
    """A side's files, and its label files once read. A side that is not there yet has none of both."""

    registry: Registry | None
    labels: Mapping[str, Label]
    _known: dict[str, Prompt | None] = field(default_factory=dict, repr=False, compare=False)

    def label(self, name: str) -> Label:
        """Return a label; one that serves nothing where there is none."""
        return self.labels.get(name) or Label(name)

    def prompt(self, key: str) -> Prompt | None:
        """Return the prompt of this id or alias as its file says it; None where there is none that can be read."""
        if key not in self._known:
            self._known[key] = self._prompt(key)
        return self._known[key]

    def _prompt(self, key: str) -> Prompt | None:
        try:
            return entry(self.registry.tree, self.registry.settings, key).prompt if self.registry else None
        except LlmopsError:
            return None

    def ids(self, key: str) -> tuple[str, ...]:
        """Return every id that this side looks for the releases of a key under, in order."""
        return ids_of(key, self.prompt(key))

    def shelf(self, key: str) -> Shelf | None:
        """Return the releases that a key means here."""
        return shelf(self.registry.tree, self.registry.settings, self.ids(key)) if self.registry else None

    def places(self, key: str) -> Mapping[str, str]:
        """Return the id that each version of a key lies under: what a line of a label means here."""
        there = self.shelf(key) if key else None
        return there.versions if there else {}

    def key(self, label: Label, name: str) -> str:
        """Return the line of a label that callers of a name get; "" where there is none."""
        return name if name in label.serves else serving(label, self.ids(name))


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a label on both sides: `old` is its id in the base, another one where the prompt was renamed.

    `was` and `lies` say under which id each of its versions lies in the base and in the head: with the aliases of a
    prompt another release may be meant by the same line.
    """

    base: Label
    head: Label
    key: str
    old: str
    names: tuple[str, ...]
    was: Mapping[str, str]
    lies: Mapping[str, str]

    @property
    def move(self) -> Move:
        """What the change does to the line."""
        from llmops_cli.report.release import shown  # 7 ms, which a gate without labels need not pay

        sides = ((self.base.serves.get(self.old), self.was), (self.head.serves.get(self.key), self.lies))
        before, after = (shown(said) if said else "" for said, _ in sides)
        if before == after:
            before, after = (f"{shown(said)} of {_of(said, places)}" for said, places in sides if said)
        return Move(self.head.name, self.key, before, after, next(iter(self.usual), ""))

    @property
    def usual(self) -> list[str]:
        """The versions that callers of the base's label got, that of most first; of equal shares the older one."""
        return sorted(self.base.versions(self.old), key=lambda one: shares(self.base, self.old)[one], reverse=True)

    @property
    def gained(self) -> tuple[str, ...]:
        """The versions that the label did not serve before. Under another id each may be another release."""
        return tuple(version for version in self.head.versions(self.key) if version not in self._kept)

    @property
    def grown(self) -> tuple[str, ...]:
        """The versions that more callers get than before, of those that the label serves already.

        Not one that most callers got already: back to that leads the way out of a split.
        """
        before = shares(self.base, self.old)
        return tuple(one for one in self._more if before[one] <= HALF)

    @property
    def back_to(self) -> str:
        """The version that most callers got before and that still more get now; "" where there is none."""
        return next((one for one in self._more if one not in self.grown), "")

    @property
    def fallen(self) -> list[str]:
        """The versions that fewer callers get than before, or none; that of most first."""
        before, after = shares(self.base, self.old), shares(self.head, self.key)
        return [one for one in self.usual if one not in self._kept or after[one] < before[one]]

    @property
    def is_lost(self) -> bool:
        """Whether the label serves nothing of the prompt any more."""
        return self.key not in self.head.serves

    @property
    def is_same(self) -> bool:
        """Whether callers get the same releases as before, as often."""
        before, after = shares(self.base, self.old), shares(self.head, self.key)
        return before == after and all(self.was.get(one, "") == self.lies.get(one, "") for one in after)

    @property
    def _kept(self) -> tuple[str, ...]:
        """The versions that the label serves on both sides, each the same release."""
        served = self.head.versions(self.key) if self.old == self.key else ()
        before = self.base.versions(self.old)
        return tuple(one for one in served if one in before and self.was.get(one, "") == self.lies.get(one, ""))

    @property
    def _more(self) -> list[str]:
        before, after = shares(self.base, self.old), shares(self.head, self.key)
        return [one for one in self._kept if after[one] > before[one]]


def shares(label: Label, key: str) -> Mapping[str, Fraction]:
    """Return the share of callers that get each version of a line."""
    said = label.serves.get(key, {})
    weights = {said: 1} if isinstance(said, str) else said
    return {version: Fraction(weight, sum(weights.values())) for version, weight in weights.items()}


def _of(said: str | Split, places: Mapping[str, str]) -> str:
    versions = [said] if isinstance(said, str) else [*said]
    return " and ".join(dict.fromkeys(places.get(version, "nothing") for version in versions))


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


def lines_of(old: LabelSide, new: LabelSide, name: str, renamed: Collection[str] = ()) -> Iterator[Line]:
    """Yield the lines of a label that differ; a line that only moved to the prompt's new id is one line.

    With those by which callers of a name get another release though no line differs: `renamed` are the names of
    prompts that a change gives other names.
    """
    base, head = old.label(name), new.label(name)
    edited = dict.fromkeys(_edited(old, new, base, head))
    meant = dict.fromkeys(_meant(old, new, (base, head), renamed))
    for key, was in {**edited, **meant}:
        line = _line(old, new, (base, head), key, was)
        if (key, was) in edited or not line.is_same:
            yield line


def _line(old: LabelSide, new: LabelSide, labels: tuple[Label, Label], key: str, was: str) -> Line:
    names = ids_of(key, new.prompt(key), old.prompt(key))
    return Line(*labels, key, was, names, old.places(was), new.places(key))


def _edited(old: LabelSide, new: LabelSide, base: Label, head: Label) -> Iterator[tuple[str, str]]:
    """Yield the ids in the head and in the base of each line whose text differs."""
    for key in dict.fromkeys([*head.serves, *base.serves]):
        if base.serves.get(key) == head.serves.get(key):
            continue
        names = ids_of(key, new.prompt(key), old.prompt(key))
        if key in head.serves:
            yield key, serving(base, names)
            continue
        other = serving(head, names)
        if not other:
            yield key, key
        elif base.serves.get(other) == head.serves[other]:  # callers of this id get an alias's line from now on
            yield other, key


def _meant(
    old: LabelSide, new: LabelSide, labels: tuple[Label, Label], names: Collection[str]
) -> Iterator[tuple[str, str]]:
    """Yield the lines that callers of each name get in the head and in the base, where there are both."""
    base, head = labels
    for name in sorted(names):
        now, was = new.key(head, name), old.key(base, name)
        if now and was:
            yield now, was


def ids_of(key: str, *prompts: Prompt | None) -> tuple[str, ...]:
    """Return every id that a prompt goes by, this one first."""
    return tuple(dict.fromkeys([key, *(name for one in prompts if one for name in (one.id, *one.aliases))]))
