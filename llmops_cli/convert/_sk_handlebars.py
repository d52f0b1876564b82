"""Handlebars texts of a Semantic Kernel prompt → Jinja, its variables declared; calls of functions are losses."""

from collections.abc import Sequence

from llmops_cli.convert import _handlebars
from llmops_cli.convert._draft import Draft
from llmops_cli.convert._handlebars_jinja import Translator, disputed
from llmops_cli.convert._handlebars_names import Names
from llmops_cli.convert._handlebars_scope import Scope

MAX_PASSES = 4


def translated(draft: Draft, texts: Sequence[str], where: str) -> list[str]:
    """Return the templates. Raises `FindingsError` for what is no Handlebars."""
    trees = [_handlebars.parse(text, where) for text in texts]
    declared = draft.variables.items()
    names = Names(
        {name: {key: value for key, value in spec.items() if key != "required"} for name, spec in declared},
        frozenset(name for name, spec in declared if spec.get("required", "default" not in spec)),
        {name: spec["default"] for name, spec in declared if "default" in spec},
        open=True,
    )
    translator, made = Translator(draft.path, {}), list[str]()
    # What a variable is used for decides how it is declared, and that how it is printed: so until nothing changes.
    for _ in range(MAX_PASSES):
        before = {name: set(uses) for name, uses in names.uses.items()}
        translator = Translator(draft.path, {})
        made = ["".join(out.text for out in translator.all(tree.nodes, Scope(names))) for tree in trees]
        if names.uses == before:
            break
    for tree in trees:
        for place in tree.disputed:
            translator.lose(*disputed(place))
    draft.losses += [loss for loss in translator.losses if loss not in draft.losses]
    for note in translator.notes:
        draft.note(note)
    for name, spec in names.declared().items():
        draft.names.setdefault(name, name)
        draft.variables[name] = dict(spec)
    return made
