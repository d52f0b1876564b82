"""Every prompt and eval set of one tree, read once, with what is wrong with them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from llmops_cli.errors import LlmopsError, UnknownNameError
from llmops_cli.flow.resolve import resolve
from llmops_cli.load import evalsets as evalset_files
from llmops_cli.load import prompts as prompt_files
from llmops_cli.model.evalset import EvalSet
from llmops_cli.model.ports import Tree
from llmops_cli.model.problem import Document, InvalidFilesError, Problem
from llmops_cli.model.prompt import Prompt, TemplateFacts
from llmops_cli.model.settings import Settings
from llmops_cli.model.source import Source


@dataclass(frozen=True, slots=True)
class Entry:
    """One prompt file: the resolved prompt, the parsed file, and what the templates name."""

    prompt: Prompt
    document: Document
    facts: TemplateFacts


@dataclass(frozen=True, slots=True)
class Registry:
    """The prompts of a tree by id, its eval sets by id, and the problems found while reading them."""

    tree: Tree
    settings: Settings
    entries: tuple[Entry, ...] = ()
    evalsets: Mapping[str, EvalSet] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    files: int = 0

    @property
    def prompts(self) -> Mapping[str, Prompt]:
        """Prompts by id; of two files with one id the first by path."""
        return {entry.prompt.id: entry.prompt for entry in reversed(self.entries)}

    @property
    def names(self) -> frozenset[str]:
        """The ids and aliases of all prompts."""
        return frozenset(name for entry in self.entries for name in (entry.prompt.id, *entry.prompt.aliases))

    def find(self, name: str) -> Prompt:
        """Return the prompt with this id or alias. Raises `UnknownNameError`, or the file's problems."""
        prompts = self.prompts
        if name in prompts:
            return prompts[name]
        for prompt in prompts.values():
            if name in prompt.aliases:
                return prompt
        broken = [problem for problem in self.problems if _could_be(problem.source.path, name, self.settings.prompts)]
        if broken:
            raise InvalidFilesError(broken)
        raise UnknownNameError(f"no prompt {name!r}", hint=_hint(name, prompts, self.settings.prompts))

    def judges(self, prompt: Prompt) -> tuple[str, ...]:
        """Return the ids of the eval sets that judge a prompt: those it names and those that name it."""
        naming = (evalset.id for evalset in self.evalsets.values() if {prompt.id, *prompt.aliases} & {*evalset.prompts})
        return tuple(dict.fromkeys([*prompt.evals, *naming]))

    def is_unread(self, name: str) -> bool:
        """Return whether a file lies where a prompt of this id would, and could not be read: that is said already."""
        folder = self.settings.prompts
        return any(one.severity == "error" and _could_be(one.source.path, name, folder) for one in self.problems)

    def evalset(self, name: str) -> EvalSet:
        """Return the eval set with this id. Raises `UnknownNameError`, or the file's problems."""
        if name in self.evalsets:
            return self.evalsets[name]
        path = f"{self.settings.evalsets}/{name}.yaml"
        broken = [problem for problem in self.problems if problem.source.path == path]
        if broken:
            raise InvalidFilesError(broken)
        near = get_close_matches(name, list(self.evalsets), n=1)
        hint = f"did you mean {near[0]}?" if near else f"an eval set {name} is {path} with {name}.jsonl beside it"
        raise UnknownNameError(f"no eval set {name!r}", hint=hint)


def read(tree: Tree, settings: Settings, *, paths: Iterable[str] | None = None, sets: bool = True) -> Registry:
    """Return the registry of a tree; only the prompt files named by `paths`, if given. Never raises for a bad file."""
    entries: list[Entry] = []
    problems: list[Problem] = []
    found = tuple(prompt_files.discover(tree, settings.prompts)) if paths is None else tuple(paths)
    for path in found:
        entry, wrong = read_prompt(tree, settings, path)
        problems += wrong
        if entry is not None:
            entries.append(entry)
    evalsets: dict[str, EvalSet] = {}
    set_paths = evalset_files.discover(tree, settings.evalsets) if sets else ()
    for path in set_paths:
        evalset, _, wrong = evalset_files.read(tree, path, settings.evalsets)
        problems += wrong
        if evalset is not None:
            evalsets[evalset.id] = evalset
    return Registry(tree, settings, tuple(entries), evalsets, tuple(problems), len(found) + len(set_paths))


def read_prompt(
    tree: Tree, settings: Settings, path: str, *, folder: str | None = None
) -> tuple[Entry | None, list[Problem]]:
    """Return one prompt file, resolved, and what is wrong with it."""
    prompt, document, problems = prompt_files.read(tree, path, settings.prompts if folder is None else folder)
    if prompt is None or document is None:
        return None, problems
    raw = document.value if isinstance(document.value, dict) else {}
    body = raw.get("prompt") if isinstance(raw.get("prompt"), dict) else raw
    try:
        resolved, facts = resolve(prompt, tree, settings, declares="variables" in (body or {}))
    except LlmopsError as error:
        problem = Problem("LP060", "bad-include", "error", Source(path, 1, 1), error.message, error.hint)
        return None, [*problems, problem]
    return Entry(resolved, document, facts), problems


def _could_be(path: str, name: str, folder: str) -> bool:
    stem = path.removeprefix(f"{folder}/").removesuffix(".yaml").removesuffix(".yml").removesuffix(".prompt")
    return stem == name


def _hint(name: str, known: Mapping[str, Prompt], folder: str) -> str:
    near = get_close_matches(name, [*known], n=1)
    if near:
        return f"did you mean {near[0]}?"
    return f"`llmops prompt list` shows what is there; a prompt is a file {folder}/<id>.yaml"
