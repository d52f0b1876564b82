"""What a prompt declares by name, on two sides: variables, constants, literals, includes."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from llmops_cli.compare import parts
from llmops_cli.compare.parts import Chosen, Make, Note
from llmops_cli.model.hunk import Hunk, Path
from llmops_cli.model.prompt import Placeholder, Prompt, TemplateFacts, Variable


@dataclass(frozen=True, slots=True)
class Names:
    """Names of one sort with what makes each. `follow` are those that are there where the text uses them.

    `gone` maps a name to the hunk that removes it, `come` to the one that adds it.
    """

    make: Mapping[str, Make]
    follow: frozenset[str]
    gone: Mapping[str, int]
    come: Mapping[str, int]

    @classmethod
    def of(
        cls,
        note: Note,
        label: str,
        top: str,
        sides: tuple[Mapping[str, str], Mapping[str, str]],
        uses: tuple[frozenset[str], frozenset[str]],
    ) -> "Names":
        """Return the names of a mapping of texts; a text on both sides differs by its sentences."""
        before, after = sides
        follow = _following(sides, uses)
        gone, come, make = {}, {}, {}
        for name in (*before, *(name for name in after if name not in before)):
            path, words = (top, name), f"{label} {name}"
            if name in before and name in after:
                make[name] = parts.text(note, words, path, before[name], after[name])
                continue
            text = before[name] if name in before else after[name]
            make[name] = parts.same(text)
            if name not in follow and name in before:
                gone[name] = note(Hunk(words, path, "removed", text, None))
            elif name not in follow:
                come[name] = note(Hunk(words, path, "added", None, text))
        return cls(make, follow, gone, come)

    def all(self, chosen: Chosen) -> dict[str, Any]:
        """Return what is declared with these hunks, and all that could follow a text."""
        return {
            name: make(chosen)
            for name, make in self.make.items()
            if not (name in self.gone and self.gone[name] in chosen)
            and not (name in self.come and self.come[name] not in chosen)
        }

    def some(self, declared: Mapping[str, Any], wanted: frozenset[str]) -> dict[str, Any]:
        """Return the same without what should follow a text and is used by none."""
        return {name: said for name, said in declared.items() if name not in self.follow or name in wanted}


def used(prompt: Prompt, facts: TemplateFacts) -> frozenset[str]:
    """Return the names that the templates of a prompt use: variables, braces, includes, placeholders."""
    turns = {message.name for message in prompt.messages if isinstance(message, Placeholder)}
    return frozenset({*facts.names, *(use.name for use in facts.braces), *facts.includes, *turns})


def variables(note: Note, sides: tuple[Prompt, Prompt], uses: tuple[frozenset[str], frozenset[str]]) -> Names:
    """Return the variables: of one on both sides default, schema and whether it is required are a hunk each.

    Of a variable that one side has and no text uses, only a default counts.
    """
    before, after = ({variable.name: variable for variable in side.variables} for side in sides)
    one_sided = (*(name for name in before if name not in after), *(name for name in after if name not in before))
    kept = {name for name in one_sided if (before.get(name) or after[name]).has_default}
    follow = _following((before, after), uses) | {name for name in one_sided if name not in kept}
    gone, come = {}, {}
    make: dict[str, Make] = {}
    for name in (*before, *(name for name in after if name not in before)):
        path = ("variables", name)
        if name in before and name in after:
            make[name] = _variable(note, before[name], after[name])
            continue
        variable = before[name] if name in before else after[name]
        make[name] = parts.same(variable)
        if name not in follow and name in before:
            gone[name] = note(Hunk(f"variables.{name}", path, "removed", variable.default, None))
        elif name not in follow:
            come[name] = note(Hunk(f"variables.{name}", path, "added", None, variable.default))
    return Names(make, follow, gone, come)


def _variable(note: Note, before: Variable, after: Variable) -> Make:
    path, words = ("variables", after.name), f"variables.{after.name}"
    default = _default(note, (before, after), f"{words}.default", (*path, "default"))
    schema = parts.value(note, words, path, dict(before.schema), dict(after.schema))
    required = parts.value(note, f"{words}.required", (*path, "required"), before.required, after.required)

    def make(chosen: Chosen) -> Variable:
        said = default(chosen)
        return replace(
            after,
            default=said[0] if said else None,
            has_default=bool(said),
            schema=schema(chosen),
            required=required(chosen),
        )

    return make


def _default(note: Note, sides: tuple[Variable, Variable], label: str, path: Path) -> Make:
    """Return what makes the default as a list of one; of none where there is no default."""
    one, other = ([side.default] if side.has_default else [] for side in sides)
    if one == other:
        return lambda _: other
    kind: Literal["added", "removed", "changed"] = "changed" if one and other else "added" if other else "removed"
    number = note(Hunk(label, path, kind, sides[0].default, sides[1].default))
    return lambda chosen: other if number in chosen else one


def _following(
    sides: tuple[Mapping[str, Any], Mapping[str, Any]], uses: tuple[frozenset[str], frozenset[str]]
) -> frozenset[str]:
    """Return the names that one side alone declares and uses, and the other does not even name."""
    ours = (sides[0].keys() - sides[1].keys()) & (uses[0] - uses[1])
    return frozenset(ours | ((sides[1].keys() - sides[0].keys()) & (uses[1] - uses[0])))
