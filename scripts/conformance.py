"""Run another tool's published conformance cases through our import and render, and count what came of them.

    python scripts/conformance.py dotprompt DIR    # DIR: the folder `spec` of a checkout of google/dotprompt
    python scripts/conformance.py prompty DIR      # DIR: the folder of Prompty's vectors

Prints pass, refused (we said by name what we cannot do) and WRONG (we rendered something else). Exit 1 with any WRONG.
"""

import contextlib
import importlib
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

import yaml

from llmops_cli.convert._built import prompt_of
from llmops_cli.convert._dotprompt_header import PARAMS, their_model
from llmops_cli.convert.dotprompt import read
from llmops_cli.errors import LlmopsError
from llmops_cli.model.exchange import Imported
from llmops_cli.model.prompt import Placeholder, Prompt
from llmops_cli.render.messages import Renderer

Json = Any
Verdict = Literal["pass", "refused", "WRONG"]
ROLES = {"model": "assistant"}


class Result(NamedTuple):
    """What came of one case. `detail`: why it was refused, or what differs."""

    name: str
    verdict: Verdict
    detail: str = ""


def main(argv: list[str]) -> int:
    """Run one suite; return the exit code."""
    suites: dict[str, Callable[[Path], Iterable[Result]]] = {"dotprompt": dotprompt}
    with contextlib.suppress(ImportError):
        suites["prompty"] = importlib.import_module("conformance_prompty").run
    if len(argv) != 2 or argv[0] not in suites or not Path(argv[1]).is_dir():  # noqa: PLR2004 - a suite and a folder
        sys.stderr.write(f"usage: python scripts/conformance.py {'|'.join(suites)} DIR\n")
        return 2
    counts: Counter[str] = Counter()
    for name, verdict, detail in suites[argv[0]](Path(argv[1])):
        counts[verdict] += 1
        if verdict != "pass":
            sys.stdout.write(f"{verdict:8}{name}: {detail}\n")
    total = sum(counts.values())
    share = f" ({counts['pass'] / total:.1%})" if total else ""
    sys.stdout.write(
        f"{total} cases: {counts['pass']} pass{share}, {counts['refused']} refused, {counts['WRONG']} WRONG\n"
    )
    return 1 if counts["WRONG"] or not total else 0


def dotprompt(folder: Path) -> Iterator[Result]:
    """Yield the result of each case of google/dotprompt's `spec`."""
    for path in sorted(folder.rglob("*.yaml")):
        groups = yaml.safe_load(path.read_text(encoding="utf-8"))
        for group in groups if isinstance(groups, list) else ():
            for number, case in enumerate(group["tests"]):
                name = f"{path.relative_to(folder)}: {group['name']}: {case.get('desc', number)}"
                yield Result(name, *_judged(group, case))


def _judged(group: Mapping[str, Json], case: Mapping[str, Json]) -> tuple[Verdict, str]:
    data = {**group.get("data", {}), **case.get("data", {})}
    try:
        imported = read(_files(group), "case.prompt")
        if imported.losses:
            return "refused", "; ".join(loss.message for loss in imported.losses)
        prompt = prompt_of("case", imported.prompts[0].versions[-1])
        default = case.get("options", {}).get("input", {}).get("default", {})
        values = {**default, **(data.get("input") or {}), **(data.get("context") or {})}
        turns = [{"role": _role(turn["role"]), "content": _text(turn)} for turn in data.get("messages", ())]
        with Renderer(prompt) as renderer:
            messages = renderer.render(values, turns=turns).messages
    except LlmopsError as error:
        return "refused", str(error)
    differing = list(_differing(case["expect"], messages, prompt, imported))
    differing += _metadata_differing(case["expect"].get("messages"), prompt, len(turns))
    return ("WRONG", "; ".join(differing)) if differing else ("pass", "")


def _files(group: Mapping[str, Json]) -> dict[str, bytes]:
    files = {"case.prompt": group["template"]}
    for key in ("partials", "resolverPartials"):
        files |= {f"_{name}.prompt": text for name, text in group.get(key, {}).items()}
    for key in ("schemas", "resolverSchemas"):
        files |= {f"{name}.schema.json": json.dumps(schema) for name, schema in group.get(key, {}).items()}
    return {path: text.encode() for path, text in files.items()}


def _role(theirs: str) -> str:
    return ROLES.get(theirs, theirs)


def _text(message: Mapping[str, Json]) -> str:
    return "".join(part.get("text", f"<{json.dumps(part)}>") for part in message["content"])


def _differing(
    expect: Mapping[str, Json], messages: Iterable[Mapping[str, Json]], prompt: Prompt, imported: Imported
) -> Iterator[str]:
    """Yield what is otherwise than the case expects it."""
    kept = imported.prompts[0].versions[-1].document.get("x-dotprompt", {})
    wanted = [{"role": _role(message["role"]), "content": _text(message)} for message in expect.get("messages", ())]
    if "messages" in expect and list(messages) != wanted:
        yield f"messages {list(messages)!r}, not {wanted!r}"
    if "model" in expect and their_model(prompt.model) != expect["model"]:
        yield f"model {prompt.model}"
    if "config" in expect and _config(prompt, kept) != expect["config"]:
        yield f"config {_config(prompt, kept)!r}"
    if "schema" in expect.get("output", {}) and prompt.output.get("schema") != expect["output"]["schema"]:
        yield f"output.schema {prompt.output.get('schema')!r}, not {expect['output']['schema']!r}"
    ext = {f"{space}.{key}": value for space, fields in expect.get("ext", {}).items() for key, value in fields.items()}
    yield from (f"ext {key}" for key, value in ext.items() if kept.get(key) != value)


def _metadata_differing(expect: Json, prompt: Prompt, turns: int) -> list[str]:
    """Return what is otherwise than the case expects it in the messages' metadata: ours keep that of `{{role}}` marks.

    Turns of the caller are marked `purpose: history` there; here they are those of the placeholder.
    """
    if expect is None:
        return []
    kept = prompt.extra.get("x-dotprompt", {}).get("messages", {})
    found: list[Mapping[str, Json]] = []
    for place, message in enumerate(prompt.messages):
        if isinstance(message, Placeholder):
            found += [{"purpose": "history"}] * turns
        else:
            found.append(kept.get(str(place), {}))
    wanted = [message.get("metadata", {}) for message in expect]
    return [] if found == wanted else [f"metadata {found!r}, not {wanted!r}"]


def _config(prompt: Prompt, kept: Mapping[str, Json]) -> dict[str, Json]:
    back = {ours: theirs for theirs, ours in PARAMS.items()}
    return {**{back[key]: value for key, value in prompt.params.items()}, **kept.get("config", {})}


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
