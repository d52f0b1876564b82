"""A prompt: what the model is told, by whom it is answered, and the digests that name it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from llmops_cli.model.source import NOWHERE, Source

Json = Any

_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


@dataclass(frozen=True, slots=True)
class Variable:
    """A run-time variable, `{{ name }}`: its JSON Schema, and whether a value must be given.

    `schema` holds only JSON Schema keywords (type, enum, items, …). `type: messages` marks a placeholder for turns.
    `reads` and `prints` are paths below the value that every call reads, or prints as they are (the empty path is the
    value itself): empty until two versions are compared.
    """

    name: str
    schema: Mapping[str, Json] = field(default_factory=dict)
    required: bool = True
    default: Json = None
    has_default: bool = False
    description: str = ""
    trust: Literal["trusted", "untrusted"] = "trusted"
    max_tokens: int | None = None
    declared: bool = True
    source: Source = NOWHERE
    reads: frozenset[tuple[str, ...]] = frozenset()
    prints: frozenset[tuple[str, ...]] = frozenset()

    @property
    def type(self) -> str:
        """The declared type as a person says it: `string`, `string or null`; `string` where none is declared."""
        return " or ".join(self.types)

    @property
    def types(self) -> tuple[str, ...]:
        """The JSON types that a value may have; `string` where none is declared."""
        said = self.schema.get("type", "string")
        return tuple(map(str, said)) if isinstance(said, list | tuple) else (str(said),)


@dataclass(frozen=True, slots=True)
class Message:
    """One message: a role and a template. `path` is where the template lies in the file (for `Document.inside`)."""

    role: str
    content: str
    path: tuple[str | int, ...] = ()


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A place for earlier chat turns: the variable of `type: messages` that fills it."""

    name: str


@dataclass(frozen=True, slots=True)
class Examples:
    """Few-shot examples as data: the rows, and how many of them are shown."""

    rows: tuple[Mapping[str, Json], ...]
    k: int


@dataclass(frozen=True, slots=True)
class Prompt:
    """One prompt as its file says it, with every file it points to read in.

    `includes` maps the path of each included template to its text, once `flow.resolve` has filled it in;
    `digest` and `interface_digest` (64 hex digits each) are empty until then.
    """

    id: str
    model: str
    messages: tuple[Message | Placeholder, ...]
    source: Source
    params: Mapping[str, Json] = field(default_factory=dict)
    variables: tuple[Variable, ...] = ()
    constants: Mapping[str, str] = field(default_factory=dict)
    literals: tuple[str, ...] = ()
    examples: Examples | None = None
    tools: tuple[Mapping[str, Json], ...] = ()
    output: Mapping[str, Json] = field(default_factory=dict)
    evals: tuple[str, ...] = ()
    version: str = ""
    description: str = ""
    owners: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    extra: Mapping[str, Json] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    includes: Mapping[str, str] = field(default_factory=dict)
    resolved_model: str = ""
    digest: str = ""
    interface_digest: str = ""

    @property
    def texts(self) -> tuple[Message, ...]:
        """The messages that are templates, without placeholders."""
        return tuple(message for message in self.messages if isinstance(message, Message))

    def variable(self, name: str) -> Variable | None:
        """Return the declared variable of this name."""
        return next((variable for variable in self.variables if variable.name == name), None)


@dataclass(frozen=True, slots=True)
class Listed:
    """One prompt of a listing."""

    id: str
    model: str
    variables: tuple[str, ...]
    evalsets: tuple[str, ...]
    digest: str
    path: str


@dataclass(frozen=True, slots=True)
class NameUse:
    """A name that a template uses: which, in which message (or include), at which character of its text."""

    name: str
    message: int
    offset: int
    include: str = ""


@dataclass(frozen=True, slots=True)
class TemplateFacts:
    """What the templates of a prompt name, found without running them.

    `variables`: run-time names, `{{ x }}`, each use. `braces`: bare `{identifier}` outside JSON and LaTeX, each use.
    `includes`: paths in the order of their first mention. `errors`: (use, message) for templates that do not parse.
    """

    variables: tuple[NameUse, ...] = ()
    braces: tuple[NameUse, ...] = ()
    includes: tuple[str, ...] = ()
    errors: tuple[tuple[NameUse, str], ...] = ()
    has_double: bool = False

    @property
    def names(self) -> frozenset[str]:
        """The run-time names."""
        return frozenset(use.name for use in self.variables)


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What the price snapshot knows of a model. Prices in USD per million tokens; `retires` is YYYY-MM-DD or "".

    `cache_tokens` is the shortest prefix that its provider caches. `traits` holds a letter for what is known of it:
    `r` reasons, `n` can be told not to, `c` caches prefixes, `s` keeps to an output schema, `t` calls tools,
    `p` continues an assistant message, `P` refuses one, `S` refuses temperature, top_p and top_k.
    """

    name: str
    input_usd: float | None = None
    output_usd: float | None = None
    cached_usd: float | None = None
    context_tokens: int | None = None
    output_tokens: int | None = None
    retires: str = ""
    cache_tokens: int | None = None
    traits: str = ""


def canonical(value: Json) -> str:
    """Return canonical JSON: sorted keys, no spaces, `1.0` as `1`. NaN and infinity raise `ValueError`."""
    return _ENCODER.encode(_plain(value))


def digest(value: Json) -> str:
    """Return the sha256 (64 hex digits) of the canonical JSON of `value`."""
    return hashlib.sha256(canonical(value).encode("utf-8", "surrogatepass")).hexdigest()


def _plain(value: Json) -> Json:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value
