"""A LangSmith manifest ↔ our prompts. It is read as data: no class is looked up, nothing is loaded or run.

Options:
    (none)

Example:
    llmops prompt import langsmith manifest.json --id support/answer

"""

from collections.abc import Iterator, Mapping

from llmops_cli.convert._draft import Draft, joined
from llmops_cli.convert._langfuse_files import json_of
from llmops_cli.convert._langsmith_messages import read_prompt
from llmops_cli.convert._langsmith_model import read_model
from llmops_cli.convert._langsmith_tree import arguments, kind
from llmops_cli.convert._langsmith_write import write
from llmops_cli.convert._plain import slug
from llmops_cli.errors import UsageError
from llmops_cli.model.exchange import Files, Foreign, Imported, Json, Version

__all__ = ["read", "write"]

Raw = Mapping[str, Json]
HINT = "a manifest, a commit of the API with its manifest, or its list of commits"
STEPS = ("first", "middle", "last")
PARSERS = ("StrOutputParser", "JsonOutputParser", "PydanticOutputParser", "JsonOutputToolsParser")


def read(files: Files, name: str) -> Imported:
    """Return the prompts of manifests, and of commits with theirs: a repository's commits are its versions."""
    del name  # a repository has its own name, a manifest takes its file's
    found: dict[str, list[tuple[Raw, str]]] = {}
    beside: dict[int, Raw] = {}
    for path in sorted(files):
        if path.endswith(".json") or len(files) == 1:
            for commit, around in _commits(json_of(files[path], path), path, {}):
                called = commit.get("repo") or commit.get("repo_handle") or path.rpartition("/")[2].split(".")[0]
                found.setdefault(str(called), []).append((commit, path))
                beside[id(commit)] = around
    if not found:
        raise UsageError("no manifest in it", where=", ".join(sorted(files))[:200], hint=HINT)
    prompts, drafts = [], []
    for called, commits in found.items():
        versions = []
        for commit, path in _oldest_first(commits):
            draft, version = _version(commit, path, called, beside[id(commit)])
            drafts.append(draft)
            versions.append(version)
        prompts.append(Foreign(slug(called) or "prompt", tuple(versions)))
    return joined(tuple(prompts), *drafts)


def _commits(value: Json, path: str, around: Raw) -> Iterator[tuple[Raw, Raw]]:
    """Yield each commit, the mapping around a manifest (a manifest alone gets one), and what stands around it."""
    if isinstance(value, list):
        for item in value:
            yield from _commits(item, path, around)
    elif isinstance(value, Mapping) and value.get("lc") == 1:
        yield {"manifest": value}, around
    elif isinstance(value, Mapping) and isinstance(value.get("manifest"), Mapping):
        yield value, around
    elif isinstance(value, Mapping) and isinstance(value.get("commit"), Mapping):
        rest = {key: part for key, part in value.items() if key != "commit"}
        yield from _commits(value["commit"], path, {**around, **rest})
    elif isinstance(value, Mapping) and isinstance(value.get("commits"), list):
        rest = {key: part for key, part in value.items() if key != "commits"}
        if rest.get("total") == len(value["commits"]):
            del rest["total"]
        yield from _commits(value["commits"], path, {**around, **rest})
    else:
        raise UsageError("no LangSmith manifest", where=path, hint=HINT)


def _oldest_first(commits: list[tuple[Raw, str]]) -> list[tuple[Raw, str]]:
    """Return the commits in the order in which they follow each other; by date where that is not said."""
    dated = sorted(commits, key=lambda one: str(one[0].get("created_at") or ""))
    parents = {str(one[0].get("parent_commit_hash")): one for one in dated if one[0].get("parent_commit_hash")}
    hashes = {str(one[0].get("commit_hash")) for one in dated}
    starts = [one for one in dated if str(one[0].get("parent_commit_hash")) not in hashes]
    if len(starts) != 1 or len(parents) != len(dated) - 1:
        return dated
    chain = [starts[0]]
    while len(chain) < len(dated) and (after := parents.get(str(chain[-1][0].get("commit_hash")))):
        chain.append(after)
    return chain if len(chain) == len(dated) else dated


def _version(commit: Raw, path: str, called: str, around: Raw) -> tuple[Draft, Version]:
    draft = Draft("langsmith", path)
    draft.extra["name"] = called
    if "total" in around:
        hint = "fetch the others with ?offset=N and put them into one folder; --lossy to go on without them"
        draft.lose("total", f"there are {around['total']} commits, and not all of them are here", hint)
    draft.keep({"around": dict(around)} if around else {})
    envelope = {key: value for key, value in commit.items() if key != "manifest"}
    if commit.get("examples"):
        draft.lose("examples", "example runs are no part of a prompt", "import them as an eval set")
        envelope.pop("examples")
    if envelope:
        draft.extra["commit"] = envelope
    try:
        _whole(commit["manifest"], draft)
    except UsageError as error:
        raise UsageError(error.message, where=error.where or path, hint=error.hint) from error
    if not draft.messages:
        raise UsageError("the manifest has no messages", where=path, hint="is the prompt empty there?")
    version = draft.version(
        name=str(commit.get("commit_hash") or ""),
        author=str(commit.get("full_name") or commit.get("owner") or ""),
        date=str(commit.get("created_at") or ""),
        message=str(commit.get("description") or ""),
        labels=tuple(tag for tag in commit.get("tags") or () if isinstance(tag, str)),
    )
    return draft, version


def _whole(manifest: Raw, draft: Draft) -> None:
    """Read a manifest: a prompt, or a sequence of a prompt and a model."""
    name = kind(manifest)
    if name == "RunnableSequence":
        said = arguments(manifest)
        middle = said.get("middle")
        between = middle if isinstance(middle, list) else []
        steps = [step for step in (said.get("first"), *between, said.get("last")) if step is not None]
        draft.keep({"sequence": rest} if (rest := {key: said[key] for key in said if key not in STEPS}) else {})
        _whole(steps[0] if steps else {}, draft)
        for place, step in enumerate(steps[1:], start=1):
            _step(step, f"steps[{place}]", draft)
    elif name == "RunnableBinding":
        _step(manifest, "manifest", draft)
    else:
        read_prompt(manifest, draft)


def _step(step: Json, where: str, draft: Draft) -> None:
    """Read a step after the prompt: the model; a parser is the program's own business."""
    named = step.get("id") if isinstance(step, Mapping) else None
    called = str(named[-1]) if isinstance(named, list) and named else "what follows the prompt"
    if called in PARSERS or called.endswith("OutputParser"):
        hint = "parse the answer in your program"
        draft.lose(where, f"the output parser {called} has no place in a prompt file", hint)
        return
    if "model" in draft.extra:
        draft.lose(where, f"a second step, {called}, has no place in a prompt file", "keep the chain in your program")
        return
    if not isinstance(step, Mapping) or not kind(step):
        draft.lose(where, f"{called} is no part of a prompt that is known here")
        return
    read_model(step, draft)
