"""The parts of a prompt file, each → its noun. The schema has checked types; here stands what it cannot say."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from llmops_cli.load.codes import found
from llmops_cli.load.files import Files
from llmops_cli.model.problem import Document, Problem
from llmops_cli.model.prompt import Examples, Message, Placeholder, Variable

KEYS = frozenset(
    {"schema", "id", "version", "description", "owners", "tags", "aliases", "model", "params", "variables"}
)
KEYS |= {"constants", "literals", "template", "messages", "examples", "tools", "output", "evals"}
NOT_SCHEMA = frozenset({"description", "default", "trust", "max_tokens"})


@dataclass(frozen=True, slots=True)
class Part:
    """A prompt file while it is read: the document, the files it points to, what was found so far."""

    document: Document
    files: Files
    problems: list[Problem] = field(default_factory=list)

    def report(self, code: str, message: str, *path: str | int, hint: str = "") -> None:
        """Note a problem with the value at `path`."""
        source = self.document.where(*path)
        excerpt = self.document.excerpt(source)
        self.problems.append(found(code, source, message, hint=hint, excerpt=excerpt))


def params(part: Part) -> dict[str, Any]:
    """Return the sampling parameters: those of `params:` and those that stand at the top of the file."""
    raw = part.document.value
    merged = dict(raw.get("params", {}))
    for name in _params_of(raw):
        if merged.setdefault(name, raw[name]) != raw[name]:
            part.report("LF042", f"{name} is {raw[name]} here and {merged[name]} in params", name, hint="keep one")
    return merged


def _params_of(raw: Mapping[str, Any]) -> list[str]:
    return [key for key in raw if key not in KEYS and not key.startswith("x-")]


def variables(part: Part) -> tuple[Variable, ...]:
    """Return the declared variables; a bare type is shorthand for `{type: …}`."""
    return tuple(_variable(part, name, spec) for name, spec in part.document.value.get("variables", {}).items())


def _variable(part: Part, name: str, spec: Any) -> Variable:
    said: dict[str, Any] = {"type": spec} if isinstance(spec, str) else spec
    schema = {key: value for key, value in said.items() if key not in NOT_SCHEMA and not key.startswith("x-")}
    required = said.get("required")
    if isinstance(required, bool):
        del schema["required"]  # ours; a list is JSON Schema's
    else:
        required = "default" not in said and said.get("rest") is not True  # what nobody names is never missing
    return Variable(
        name=name,
        schema=schema,
        required=required,
        default=said.get("default"),
        has_default="default" in said,
        description=said.get("description", ""),
        trust=said.get("trust", "trusted"),
        max_tokens=said.get("max_tokens"),
        source=part.document.where_key("variables", name),
    )


def constants(part: Part) -> dict[str, str]:
    """Return the constants as text: true and false as YAML writes them."""
    raw = part.document.value
    for name in raw.get("constants", {}):
        if name in raw.get("variables", {}):
            hint = "rename one of them: {name} is a constant, {{ name }} a variable"
            part.report("LF046", f"{name} is a constant and a variable", "constants", name, hint=hint)
    return {name: _text(value) for name, value in raw.get("constants", {}).items()}


def _text(value: str | float) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def messages(part: Part) -> tuple[Message | Placeholder, ...]:
    """Return the messages; `template:` is one user message."""
    raw = part.document.value
    if "template" in raw:
        return (Message("user", raw["template"], ("template",)),)
    return tuple(_message(part, index, item) for index, item in enumerate(raw["messages"]))


def _message(part: Part, index: int, item: Mapping[str, Any]) -> Message | Placeholder:
    if "placeholder" not in item:
        return Message(item["role"], item["content"], ("messages", index, "content"))
    name = item["placeholder"]
    declared = part.document.value.get("variables")
    if declared is not None and not _is_messages(declared.get(name)):
        hint = f"declare it: variables: {{{name}: {{type: messages, required: false}}}}"
        message = f"the placeholder {name} is no variable of type messages"
        part.report("LF045", message, "messages", index, "placeholder", hint=hint)
    return Placeholder(name)


def _is_messages(spec: Any) -> bool:
    return spec == "messages" or (isinstance(spec, dict) and spec.get("type") == "messages")


def examples(part: Part) -> Examples | None:
    """Return the few-shot examples, rows read in."""
    said = part.document.value.get("examples")
    if said is None:
        return None
    if isinstance(said, list):
        return Examples(tuple(said), len(said))
    rows = tuple(said["rows"]) if "rows" in said else part.files.rows(said["file"], "examples", "file")
    k = said.get("k", len(rows))
    if k > len(rows) and not part.files.problems:
        part.report("LF044", f"k asks for {k} examples, there are {len(rows)}", "examples", "k")
    return Examples(rows, k)


def tools(part: Part) -> tuple[Mapping[str, Any], ...]:
    """Return the tools; `{file: …}` holds one tool or a list of them."""
    found_tools: list[Mapping[str, Any]] = []
    for index, said in enumerate(part.document.value.get("tools", ())):
        at = ("tools", index)
        value = part.files.json(said["file"], *at, "file") if _is_file(said) else said
        values = value if isinstance(value, list) else [value]
        for tool in values:
            if isinstance(tool, dict):
                found_tools.append(tool)
            elif tool is not None:
                part.report("LF021", "a tool must be a mapping, or a list of mappings", *at)
    return tuple(found_tools)


def output(part: Part) -> dict[str, Any]:
    """Return what the answer must look like: `format`, and `schema` read in; empty where nothing is said."""
    said = part.document.value.get("output")
    if not said:
        return {}
    schema = said.get("schema")
    if schema is not None and _is_file(schema):
        schema = part.files.json(schema["file"], "output", "schema", "file")
        if not isinstance(schema, dict) and schema is not None:
            part.report("LF021", "an output schema must be a mapping", "output", "schema", "file")
    form = said.get("format", "json_schema" if "schema" in said else "text")
    if form == "json_schema" and "schema" not in said:
        part.report("LF022", "output has no schema", "output", hint="schema: {file: schemas/answer.json}")
    rest = {key: said[key] for key in ("name", "strict") if key in said}
    return {"format": form, **({"schema": schema} if schema is not None else {}), **rest}


def _is_file(said: Mapping[str, Any]) -> bool:
    return set(said) == {"file"} and isinstance(said["file"], str)
