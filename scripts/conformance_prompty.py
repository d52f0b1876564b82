"""Prompty's published vectors on load, parse, render and segments, through our import, render and export.

They lie in a checkout of microsoft/prompty as JSON (`spec/vectors/<stage>/*.json`) or as TypeSpec
(`schema/model/conformance/vectors/*.tsp`); `run` takes the checkout, or a folder of either. A load case compares the
header that we would write again. Where a case sets an environment variable, this script puts it in: the import never
reads one.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from llmops_cli.convert import prompty
from llmops_cli.convert._built import prompt_of
from llmops_cli.errors import LlmopsError
from llmops_cli.model.exchange import Imported
from llmops_cli.model.prompt import Prompt
from llmops_cli.render.messages import Renderer
from llmops_cli.render.values import check, schema_misfit

Json = Any
Result = tuple[str, str, str]
"""Name, "pass", "refused" or "WRONG", and why."""

STAGES = ("load", "parse", "render", "render_segments")
_REFERENCE = re.compile(r"\$\{(env|file):([^:}]*)(?::([^}]*))?\}")
_NONCE = re.compile(r"__PROMPTY_THREAD_[0-9a-f]+_(\w+?)__")


def run(folder: Path) -> Iterator[Result]:
    """Yield the result of each vector."""
    for stage, case in _cases(folder):
        name = f"{stage}: {case['name']}"
        try:
            verdict, detail = _JUDGES[stage](case, folder)
        except LlmopsError as error:
            verdict, detail = "refused", str(error)
        if "error" in case["expected"]:
            verdict = "pass" if verdict == "refused" else verdict
        yield name, verdict, detail


def _cases(folder: Path) -> Iterator[tuple[str, Mapping[str, Json]]]:
    found: dict[tuple[str, str], Mapping[str, Json]] = {}
    for path in sorted(folder.rglob("*.tsp")):
        for text in re.findall(r'"""(.*?)"""', path.read_text(encoding="utf-8"), re.DOTALL):
            unescaped = re.sub(r"\\(.)", lambda mark: {"n": "\n"}.get(mark[1], mark[1]), text)
            for case in json.loads(unescaped, strict=False):
                found[str(case.get("stage")), case["name"]] = case
    for path in sorted(folder.rglob("*_vectors.json")):
        stage = {"renderSegments": "render_segments", "render-segments": "render_segments"}.get(
            path.parent.name, path.parent.name
        )
        for case in json.loads(path.read_text(encoding="utf-8")):
            found.setdefault((str(case.get("stage", stage)), case["name"]), case)
    yield from ((stage, case) for (stage, _), case in found.items() if stage in STAGES)


def _load(case: Mapping[str, Json], folder: Path) -> tuple[str, str]:
    given = case["input"]
    inside = f"{given['agent_subdir']}/" if "agent_subdir" in given else ""
    files = {f"{inside}{path}": json.dumps(value).encode() for path, value in given.get("files", {}).items()}
    if "fixture" in given:
        files |= {path.name: path.read_bytes() for path in folder.rglob(given["fixture"])}
    else:
        header = given.get("frontmatter_raw") or f"---\n{json.dumps(given['frontmatter'])}\n---\nsystem:\nHello"
        files[f"{inside}case.prompty"] = header.encode()
    imported = prompty.read(files, "case")
    if imported.losses:
        return "refused", "; ".join(f"{loss.path}: {loss.message}" for loss in imported.losses)
    prompt = _prompt(imported)
    if "inputs" in given:
        values, _ = check(prompt, given["inputs"], schema_misfit)
        wanted = case["expected"].get("validated_inputs")
        return ("pass", "") if values == wanted else ("WRONG", f"{values!r}, not {wanted!r}")
    if "error" in case["expected"]:
        kept = [note for note in imported.notes if "environment is not read" in note]
        return ("refused", kept[0]) if kept else ("WRONG", "no error")
    return _same_header(case, prompt, files)


def _same_header(case: Mapping[str, Json], prompt: Prompt, files: Mapping[str, bytes]) -> tuple[str, str]:
    written = prompty.write(prompt)
    if written.losses:
        return "refused", "; ".join(loss.message for loss in written.losses)
    head, _, body = next(iter(written.files.values())).decode().removeprefix("---\n").partition("\n---\n")
    header = _put_in(yaml.safe_load(head) or {}, case["input"].get("env", {}), files)
    if isinstance(header.get("model"), str):
        header["model"] = {"id": header["model"]}
    header |= {"kind": "prompt", "template": {"format": {"kind": "jinja2"}, "parser": {"kind": "prompty"}}}
    # Text before the first role line is a system message; what we write says so.
    header["instructions"] = body.rstrip("\n")
    wanted = dict(case["expected"])
    if isinstance(wanted.get("inputs"), dict):
        wanted["inputs"] = wanted["inputs"]["properties"]
    said = wanted.get("instructions")
    if isinstance(said, str) and not re.match(r"(?m)^\w+:$", said):
        wanted["instructions"] = f"system:\n{said}"
    wrong = list(_differing(wanted, header, ""))
    return ("WRONG", "; ".join(wrong)) if wrong else ("pass", "")


def _put_in(value: Json, env: Mapping[str, str], files: Mapping[str, bytes]) -> Json:
    if isinstance(value, dict):
        return {key: _put_in(item, env, files) for key, item in value.items()}
    if isinstance(value, list):
        return [_put_in(item, env, files) for item in value]
    found = _REFERENCE.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return value
    if found[1] == "env":
        return env.get(found[2], found[3])
    return next(json.loads(data) for path, data in files.items() if path.endswith(found[2]))


def _differing(wanted: Json, got: Json, path: str) -> Iterator[str]:
    if isinstance(wanted, dict) and isinstance(got, dict):
        for key, value in wanted.items():
            yield from _differing(value, got.get(key), f"{path}.{key}")
    elif isinstance(wanted, list) and isinstance(got, list) and len(wanted) == len(got):
        for index, value in enumerate(wanted):
            yield from _differing(value, got[index], f"{path}.{index}")
    elif wanted != got:
        yield f"{path}: {got!r}, not {wanted!r}"


def _prompt(imported: Imported) -> Prompt:
    return prompt_of(imported.prompts[0].id, imported.prompts[0].versions[-1])


def _rendered(body: str, header: Mapping[str, Json], inputs: Mapping[str, Json]) -> list[Mapping[str, Json]]:
    """Return the messages of a body. Raises `LlmopsError` where the import would lose something."""
    text = f"---\n{json.dumps({'model': 'gpt-4', **header})}\n---\n{body}"
    imported = prompty.read({"case.prompty": text.encode()}, "case")
    if imported.losses:
        raise LlmopsError("; ".join(f"{loss.path}: {loss.message}" for loss in imported.losses))
    prompt = _prompt(imported)
    known = {variable.name for variable in prompt.variables}
    with Renderer(prompt) as renderer:
        return list(renderer.render({name: value for name, value in inputs.items() if name in known}).messages)


def _parse(case: Mapping[str, Json], _folder: Path) -> tuple[str, str]:
    given = case["input"]
    body = _NONCE.sub(r"{{\1}}", given["rendered"])
    threads = given.get("thread_inputs", {})
    turns = {name: [_turn(message) for message in messages] for name, messages in threads.items()}
    header = {"inputs": [{"name": name, "kind": "thread"} for name in turns]} if turns else {}
    got = [dict(message) for message in _rendered(body, header, turns)]
    wanted = [_turn(message) for message in case["expected"]["messages"]]
    return ("pass", "") if got == wanted else ("WRONG", f"{got!r}, not {wanted!r}")


def _turn(message: Mapping[str, Json]) -> dict[str, Json]:
    return {"role": message["role"], "content": "".join(part["value"] for part in message["content"])}


def _render(case: Mapping[str, Json], _folder: Path) -> tuple[str, str]:
    given = case["input"]
    threads = {name: value for name, value in given["inputs"].items() if _is_thread(value)}
    header: dict[str, Json] = {"template": {"format": {"kind": given.get("engine", "jinja2")}}}
    if threads:
        header["inputs"] = [{"name": name, "kind": "thread"} for name in threads]
    inputs = {**given["inputs"], **{name: value["messages"] for name, value in threads.items()}}
    messages = _rendered(given["template"], header, inputs)
    text = _joined(messages, given["template"], threads)
    expected = case["expected"]
    if "nonce_pattern" in expected:
        same = re.search(expected["nonce_pattern"], text) is not None
    else:
        same = text == expected["rendered"]
    return ("pass", "") if same else ("WRONG", f"{text!r}, not {expected!r}")


def _is_thread(value: Json) -> bool:
    return isinstance(value, dict) and value.get("_kind") == "thread"


def _joined(messages: list[Mapping[str, Json]], template: str, threads: Mapping[str, Json]) -> str:
    """Return the messages as one text again, as the body was: role lines, and a nonce where a thread stood."""
    if not re.search(r"(?m)^(system|user|assistant|developer):$", template):
        return "\n\n".join(message["content"] for message in messages)
    parts, turns = [], {name: list(value["messages"]) for name, value in threads.items()}
    for message in messages:
        name = next((name for name, left in turns.items() if left and left[0] == message), None)
        if name is not None:
            turns[name].pop(0)
            if not turns[name]:
                parts.append(f"__PROMPTY_THREAD_{'0' * 8}_{name}__")
        else:
            parts.append(f"{message['role']}:\n{message['content']}")
    return "\n\n".join(parts)


def _segments(case: Mapping[str, Json], _folder: Path) -> tuple[str, str]:
    given = case["input"]
    # A value that opens no message with a harmless text opens none with a forged role line: the same structure.
    forged = _rendered(given["template"], {}, given["inputs"])
    harmless = _rendered(given["template"], {}, dict.fromkeys(given["inputs"], "x"))
    if [message["role"] for message in forged] != [message["role"] for message in harmless]:
        return "WRONG", "the value opened a message"
    if "error" in case["expected"]:
        return "refused", "a forged role line stays text inside its message: nothing is to be refused"
    text = _joined(forged, given["template"], {})
    wanted = "".join(segment["text"] for segment in case["expected"]["segments"])
    same = re.sub(r"\n+", "\n", text) == re.sub(r"\n+", "\n", wanted)
    return ("pass", "") if same else ("WRONG", f"{text!r}, not {wanted!r}")


_JUDGES = {"load": _load, "parse": _parse, "render": _render, "render_segments": _segments}


if __name__ == "__main__":
    raise SystemExit("run it with: python scripts/conformance.py prompty DIR")
