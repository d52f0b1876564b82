"""Eval set files → EvalSets, and their cases as a stream."""

import posixpath
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from llmops_cli.load import jsonl
from llmops_cli.load.cases import at_key, case
from llmops_cli.load.codes import found
from llmops_cli.load.document import files
from llmops_cli.load.document import read as read_document
from llmops_cli.load.ids import from_path, is_slug, top
from llmops_cli.load.schema import check
from llmops_cli.load.scorers import name_of, spec
from llmops_cli.load.seen import Seen
from llmops_cli.model.evalset import Case, EvalSet, ScorerSpec
from llmops_cli.model.ports import Tree
from llmops_cli.model.problem import Document, Problem

TAKEN = {
    "checks": "a case's own `checks` are scored under that name",
    "cost": "an acceptance says under that name by how much a case may cost more",
}
"""Names that scorers may not have: a score, or an accepted drop, would be taken for the other's."""


def discover(tree: Tree, folder: str) -> tuple[str, ...]:
    """Return the paths of the eval set files below a folder, sorted; hidden folders are skipped."""
    return files(tree, folder)


def orphans(tree: Tree, folder: str, evalsets: Iterable[EvalSet]) -> list[Problem]:
    """Return a problem for each file of cases below the folder that no eval set names: nobody would run it."""
    named = {path for evalset in evalsets for path in evalset.data}
    return [_no_yaml(path) for path in files(tree, folder, ".jsonl") if path not in named]


def read(tree: Tree, path: str, folder: str) -> tuple[EvalSet | None, Document | None, list[Problem]]:
    """Return the eval set, its file and every problem; no eval set where one of them is an error."""
    document, problems = read_document(tree, path)
    if document is None:
        cases_path = f"{posixpath.splitext(path)[0]}.jsonl"
        if problems[0].code == "LF030" and _is_there(tree, cases_path):
            return None, None, [_no_yaml(cases_path)]
        return None, None, problems
    problems += check(document, "evalset")
    if problems:
        return None, document, problems
    raw = document.value
    own = from_path(path, folder)
    evalset = EvalSet(
        id=raw.get("id", own),
        data=_data(document, problems),
        scorers=_scorers(document, problems),
        source=document.where("id"),
        prompts=tuple(raw.get("prompts", ())),
        description=raw.get("description", ""),
        repeats=raw.get("repeats", 1),
        gate=raw.get("gate", {}),
    )
    _check_id(document, evalset.id, own, problems)
    failed = any(problem.severity == "error" for problem in problems)
    return None if failed else evalset, document, problems


def cases(tree: Tree, evalset: EvalSet) -> Iterator[Case | Problem]:
    """Yield each case of the set, or what is wrong with its line; one case in memory at a time.

    Whether an id was seen is kept as a 64-bit hash: 16 MB for a million cases.
    """
    seen = Seen()
    taken = frozenset(scorer.name for scorer in evalset.scorers)
    for path in evalset.data:
        try:
            stream = tree.open(path)
        except FileNotFoundError:
            hint = f'write the cases to {path}, one {{"inputs": {{…}}}} a line'
            yield found("LE033", evalset.source, f"{path} with the cases is not there", hint=hint)
            continue
        except OSError as error:
            yield found("LE033", evalset.source, f"{path} is not read: {error.strerror or error}")
            continue
        with stream:
            for line in jsonl.read(stream, path):
                read_case = line if isinstance(line, Problem) else case(line, path, taken)
                if isinstance(read_case, Case) and not seen.add(read_case.id):
                    yield _twice(line, path, read_case.id)
                elif isinstance(read_case, list):
                    yield from read_case
                else:
                    yield read_case


def _twice(line: jsonl.Line | Problem, path: str, name: str) -> Problem:
    assert isinstance(line, jsonl.Line)
    same = "" if "id" in line.value else " (no id, and the same inputs)"
    return at_key(line, path, "id", "LE010", f"the id {name!r} stands twice in the set{same}")


def _is_there(tree: Tree, path: str) -> bool:
    try:
        tree.open(path).close()
    except OSError:
        return False
    return True


def _no_yaml(path: str) -> Problem:
    name = posixpath.basename(path).removesuffix(".jsonl")
    hint = f"write {path.removesuffix('.jsonl')}.yaml, e.g. `scorers: [{{type: exact}}]` and `prompts: [<id>]`"
    return found("LE030", top(path), f"{path} has cases, but no file {name}.yaml beside it names scorers", hint=hint)


def _check_id(document: Document, name: str, own: str, problems: list[Problem]) -> None:
    source = document.where("id")
    excerpt = document.excerpt(source)
    if not is_slug(name):
        problems.append(found("LF041", source, f"{name!r} is no id", excerpt=excerpt, width=len(name)))
    elif name != own:
        message = f"the id {name} differs from its path {own}"
        hint = f"id: {own}"
        problems.append(
            found("LE034", source, message, hint=hint, excerpt=excerpt, width=len(name), severity="warning")
        )


def _data(document: Document, problems: list[Problem]) -> tuple[str, ...]:
    """Return the files with the cases, relative to the project; by default the one beside the eval set's own."""
    folder, file = posixpath.split(document.path)
    said = document.value.get("data", f"{file.removesuffix('.yml').removesuffix('.yaml')}.jsonl")
    paths: list[str] = []
    for name in said if isinstance(said, list) else [said]:
        if not isinstance(name, str):
            code, message, hint = "LE035", "data in DVC or lakeFS is not fetched", "fetch it, then name the file"
        elif name.startswith("/") or ".." in name.split("/"):
            code, message, hint = "LF031", f"{name} leaves the folder of the eval set", "name a file beside it"
        else:
            paths.append(posixpath.join(folder, name))
            continue
        problems.append(_found(document, code, message, hint, "data"))
    return tuple(paths)


def _scorers(document: Document, problems: list[Problem]) -> tuple[ScorerSpec, ...]:
    said: list[Any] = document.value.get("scorers", [])
    specs = tuple(spec(each, name_of(each), document.where("scorers", index)) for index, each in enumerate(said))
    count = Counter(scorer.name for scorer in specs)
    for index, scorer in enumerate(specs):
        if count[scorer.name] > 1:
            hint = "give each of them a name of its own: {type: …, name: …}"
            problems.append(_found(document, "LE031", f"two scorers are named {scorer.name}", hint, "scorers", index))
        elif why := _taken(scorer.name, count):
            hint = "give it another name: {type: …, name: …}"
            problems.append(
                _found(document, "LE031", f"no scorer is named {scorer.name}: {why}", hint, "scorers", index)
            )
        if scorer.primary and not scorer.gate:
            message = f"{scorer.name} is primary, but does not gate"
            problems.append(_found(document, "LE032", message, "", "scorers", index))
    primary = [index for index, scorer in enumerate(specs) if scorer.primary]
    problems += [_found(document, "LE032", "a second primary scorer", "", "scorers", index) for index in primary[1:]]
    return specs


def _taken(name: str, others: Iterable[str]) -> str:
    """Return why a name is not free, though no other scorer has it; "" where it is."""
    if name in TAKEN:
        return TAKEN[name]
    whole = next((other for other in others if name.startswith(f"{other}/")), "")
    return f"that is how a slice of {whole} is called" if whole else ""


def _found(document: Document, code: str, message: str, hint: str, *path: str | int) -> Problem:
    source = document.where(*path)
    return found(code, source, message, hint=hint, excerpt=document.excerpt(source))
