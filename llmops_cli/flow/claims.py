"""Names that two files of a tree claim: the gate would judge one of them, and an application get the other."""

from collections import defaultdict
from collections.abc import Iterable

from llmops_cli.load import prompts as prompt_files
from llmops_cli.model.ports import Tree
from llmops_cli.model.problem import Problem
from llmops_cli.model.prompt import Prompt
from llmops_cli.model.settings import Settings

HINT = "rename one of them"


def doubles(tree: Tree, settings: Settings, prompts: Iterable[Prompt], others: Iterable[str]) -> list[Problem]:
    """Return a problem for each name of these prompts that another file claims too, as `validate` does.

    Of the `others` (paths) only those are parsed whose path or text could say such a name.
    """
    claims: dict[str, list[Prompt]] = defaultdict(list)
    known = list(prompts)
    wanted = {name for prompt in known for name in _names(prompt)}
    for path in others:
        if wanted and _could_say(tree, path, wanted):
            prompt, _, _ = prompt_files.read(tree, path, settings.prompts)
            known += [prompt] if prompt is not None else []
    for prompt in known:
        for name in _names(prompt):
            claims[name].append(prompt)
    return [_problem(name, claims[name]) for name in sorted(wanted) if len(claims[name]) > 1]


def _names(prompt: Prompt) -> set[str]:
    return {prompt.id, *prompt.aliases}


def _could_say(tree: Tree, path: str, names: Iterable[str]) -> bool:
    try:
        text = path.encode() + b"\n" + tree.read(path)
    except OSError:
        return True
    return b"\\" in text or any(name.encode() in text for name in names)  # an escape may spell any name


def _problem(name: str, claimants: Iterable[Prompt]) -> Problem:
    first, *others = sorted((prompt.source for prompt in claimants), key=lambda source: source.path)
    paths = ", ".join(source.path for source in others)
    return Problem("LP022", "duplicate-id", "error", first, f"the id {name} is also claimed by {paths}", HINT)
