"""The prompt part of a LangChain manifest → messages, variables and output of ours."""

from collections.abc import Mapping

from llmops_cli.convert import _fstring, _mustache
from llmops_cli.convert._draft import Draft
from llmops_cli.convert._escape import literal
from llmops_cli.convert._langsmith_examples import few_shot
from llmops_cli.convert._langsmith_roles import ROLES
from llmops_cli.convert._langsmith_tree import Node, arguments, kind
from llmops_cli.convert._own import take_own
from llmops_cli.convert._printed import values_there
from llmops_cli.errors import UsageError
from llmops_cli.model.exchange import Json
from llmops_cli.model.prompt import Message, Prompt, digest
from llmops_cli.model.source import NOWHERE
from llmops_cli.render.template import facts

NAMED_ROLES = {"system": "system", "human": "user", "user": "user", "ai": "assistant", "assistant": "assistant"}
NAMED_ROLES |= {"developer": "developer"}
COMMON = frozenset({"input_variables", "partial_variables", "input_types", "validate_template", "template_format"})
COMMON |= {"metadata", "tags", "name", "output_parser"}
CHAT = COMMON | {"messages", "optional_variables", "schema_", "structured_output_kwargs"}
TEXT = COMMON | {"template"}
AROUND = ("input_types", "tags", "output_parser", "validate_template")
"""What a prompt says beside its messages, kept as it is."""
ANY = ["string", "number", "boolean", "array", "object"]


def read_prompt(node: Node, draft: Draft) -> None:
    """Put a prompt node into the draft. Raises `UsageError` for a class that is no prompt."""
    name, said = kind(node), arguments(node)
    _metadata(said.get("metadata"), draft)
    match name:
        case "ChatPromptTemplate" | "StructuredPrompt":
            messages = said.get("messages")
            for place, message in enumerate(messages if isinstance(messages, list) else []):
                _message(message, f"messages[{place}]", draft)
            if name == "StructuredPrompt":
                _structured(said, draft)
            _rest(said, CHAT, draft)
        case "PromptTemplate":
            draft.extra["kind"] = "text"
            draft.say("user", _text(node, "template", draft))
            _rest(said, TEXT, draft)
        case "FewShotPromptTemplate" | "FewShotChatMessagePromptTemplate":
            few_shot(node, "examples", draft, translated)
        case _:
            hint = "a manifest begins with ChatPromptTemplate, StructuredPrompt, PromptTemplate or RunnableSequence"
            raise UsageError(f"{name or 'this'} is no prompt that is known here", hint=hint)
    _variables(said, draft)


def _rest(said: Mapping[str, Json], known: frozenset[str], draft: Draft) -> None:
    for option in sorted(set(said) - known):
        draft.lose(option, "is not known here")
    kept = {key: said[key] for key in AROUND if said.get(key)}
    kept |= {"template_name": said["name"]} if said.get("name") else {}
    if kept:
        draft.keep(kept)


def _metadata(value: Json, draft: Draft) -> None:
    if not isinstance(value, Mapping) or not value:
        return
    take_own(draft, value.get("llmops"), "metadata.llmops")
    rest = {key: part for key, part in value.items() if key != "llmops"}
    if rest:
        draft.extra["metadata"] = rest


def _structured(said: Mapping[str, Json], draft: Draft) -> None:
    schema = said.get("schema_")
    given = said.get("structured_output_kwargs")
    options = given if isinstance(given, Mapping) else {}
    if not isinstance(schema, Mapping) or not schema:
        draft.lose("schema_", "is no JSON Schema")
        return
    draft.output = {"format": "json_schema", "schema": dict(schema)}
    if isinstance(schema.get("title"), str) and schema["title"]:
        draft.output["name"] = schema["title"]
    if isinstance(options.get("strict"), bool):
        draft.output["strict"] = options["strict"]
    rest = {key: value for key, value in options.items() if key != "strict"}
    if rest:
        draft.keep({"structured_output_kwargs": rest})


def _message(node: Json, where: str, draft: Draft) -> None:
    name = kind(node)
    said = arguments(node) if name else {}
    if name == "MessagesPlaceholder":
        _placeholder(said, where, draft)
    elif name == "FewShotChatMessagePromptTemplate":
        few_shot(node, where, draft, translated)
    elif name in ROLES and "prompt" in said:
        draft.say(ROLES[name], _content(said["prompt"], where, draft))
        _options(said, ("prompt",), where, draft)
    elif name in ("ChatMessagePromptTemplate", "ChatMessage"):
        body = _content(said["prompt"], where, draft) if "prompt" in said else _plain(said.get("content"), where, draft)
        draft.say(_role(said.get("role"), where, draft), body)
        _options(said, ("prompt", "content", "role", "type", "additional_kwargs", "response_metadata"), where, draft)
    elif name in ROLES:
        draft.say(ROLES[name], _plain(said.get("content"), where, draft))
        _options(said, ("content", "type", "additional_kwargs", "response_metadata", "example"), where, draft)
    else:
        draft.lose(where, f"{name or 'this'} is no message that is known here")


def _options(said: Mapping[str, Json], known: tuple[str, ...], where: str, draft: Draft) -> None:
    for option in sorted(set(said)):
        if said[option] and (option not in known or option in ("additional_kwargs", "response_metadata")):
            draft.lose(f"{where}.{option}", "has no place in a message here")


def _role(role: Json, where: str, draft: Draft) -> str:
    if str(role) not in NAMED_ROLES:
        draft.lose(f"{where}.role", f"is {role!r}", "with --lossy it becomes a user message")
    return NAMED_ROLES.get(str(role), "user")


def _placeholder(said: Mapping[str, Json], where: str, draft: Draft) -> None:
    required = not said.get("optional", False)
    name = draft.variable(str(said.get("variable_name", "")), {"type": "messages", "required": required})
    draft.messages.append({"placeholder": name})
    _options(said, ("variable_name", "optional"), where, draft)


def _plain(content: Json, where: str, draft: Draft) -> str:
    """Return the template of a message that is no template."""
    if not isinstance(content, str):
        draft.lose(f"{where}.content", "is no text: images and files have no place in a message here")
        return ""
    return literal(content)


def _content(node: Json, where: str, draft: Draft) -> str:
    """Return the template of a message: one text, or several that follow each other."""
    parts = node if isinstance(node, list) else [node]
    texts = []
    for place, part in enumerate(parts):
        if kind(part) == "PromptTemplate":
            texts.append(_text(part, where, draft))
        else:
            draft.lose(f"{where}.prompt[{place}]", f"{kind(part) or 'this'} is no text: images have no place here")
    if len(parts) > 1:
        draft.lose(f"{where}.prompt", "is several parts; their texts become one")
    return "\n".join(texts)


def _text(node: Node, where: str, draft: Draft) -> str:
    """Return a template as ours, its variables declared; one in another language than f-string is kept as it was."""
    said = arguments(node)
    text = said.get("template")
    form = said.get("template_format", "f-string")
    if not isinstance(text, str):
        draft.lose(f"{where}.template", "is no text")
        return ""
    try:
        made = translated(text, form, where, draft)
    except UsageError as error:
        draft.lose(f"{where}.template", error.message, f"{error.hint}; with --lossy it is kept as plain text")
        return literal(text)
    if draft.extra.get("kind") != "text" or where != "template":
        _inner(said, where, draft)
    if form != "f-string":
        originals = draft.extra.setdefault("originals", {})
        originals[str(len(draft.messages))] = {"format": form, "template": text, "digest": digest(made)[:12]}
    return made


def _inner(said: Mapping[str, Json], where: str, draft: Draft) -> None:
    """Take what the template of one message says beside its text: values that are filled in there."""
    partial = said.get("partial_variables")
    for name, value in (partial if isinstance(partial, Mapping) else {}).items():
        if draft.variables.get(name, {}).get("default", value) != value:
            draft.lose(f"{where}.partial_variables.{name}", "another message fills in another value", "rename one")
        else:
            _default(name, value, draft)
    known = {"template", "template_format", "input_variables", "partial_variables"}
    if rest := {key: said[key] for key in said if key not in known and said[key]}:
        draft.note(f"{draft.path}: kept under x-langsmith.inner, not used: {where}.{', '.join(rest)}")
        draft.extra.setdefault("inner", {})[str(len(draft.messages))] = rest


def translated(text: str, form: Json, where: str, draft: Draft) -> str:
    """Return a template as ours, its variables declared. Raises `UsageError` for what has no counterpart."""
    if form == "f-string":
        made, names = _fstring.to_jinja(text, where)
        for name in names:
            draft.variable(name)
        return made
    if form == "mustache":
        return _mustached(text, where, draft)
    if form == "jinja2":
        for note in values_there(text):
            draft.note(note)
        for name in sorted(names_of(text)):
            draft.variable(name, {"type": ANY})
        if text.endswith("\n"):
            draft.note("formatting: the newline at the end of a Jinja template was dropped there; here it is, too")
        return text.removesuffix("\n")
    raise UsageError(f"the template format {form!r} is not known", hint="f-string, mustache or jinja2")


def _mustached(text: str, where: str, draft: Draft) -> str:
    made, variables = _mustache.to_jinja(text, where)
    draft.note("values were escaped as HTML by Mustache there; here they are sent as they are")
    asked = _mustache.asked(text)
    for name, spec in variables.items():
        kind = {"type": spec["type"] if "array" in spec["type"] else "string"}
        draft.variable(name, kind if name in asked else {**kind, "default": ""})
    return made


def names_of(text: str) -> frozenset[str]:
    """Return the names that a Jinja template uses."""
    message = Message("user", text)
    return facts(Prompt("", "", (message,), NOWHERE)).names


def _variables(said: Mapping[str, Json], draft: Draft) -> None:
    """Declare what the manifest declares; `partial_variables` are defaults."""
    for name in _listed(said.get("input_variables")):
        if not isinstance(name, str) or not name.isidentifier():
            draft.lose("input_variables", f"{name!r} is no variable's name", "rename it there")
        elif draft.name(name) not in draft.variables:
            draft.variable(name)
    partial = said.get("partial_variables")
    for name, value in (partial if isinstance(partial, Mapping) else {}).items():
        _default(name, value, draft)
    for name in _listed(said.get("optional_variables")):
        spec = draft.variables.get(name) if isinstance(name, str) else None
        if spec is not None and spec.get("type") != "messages":
            spec.setdefault("required", False)


def _default(name: str, value: Json, draft: Draft) -> None:
    spec = draft.variables.get(name)
    if spec is not None and spec.get("type") == "messages" and value == []:
        return
    if isinstance(value, (str, int, float)) and name.isidentifier():
        said = draft.variables[draft.variable(name)]
        said["default"] = str(value) if said.get("type") == "string" else value  # a condition needs the False itself
    else:
        draft.lose(f"partial_variables.{name}", "is no text", "callers give it at run time")


def _listed(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []
