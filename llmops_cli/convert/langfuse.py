"""Langfuse's JSON ↔ our prompts: an export, an array, or what its API answers; every version with its labels.

Options:
    (none)

Example:
    llmops prompt import langfuse export.json --history

"""

from collections.abc import Mapping

from llmops_cli.convert._config import said
from llmops_cli.convert._escape import bare_in
from llmops_cli.convert._langfuse_files import prompts_in
from llmops_cli.convert._langfuse_messages import Messages, Raw, listed, text_of
from llmops_cli.convert._langfuse_write import CANONICAL, write
from llmops_cli.convert._names import NO_MODEL
from llmops_cli.convert._own import fits
from llmops_cli.convert._plain import slug
from llmops_cli.errors import UsageError
from llmops_cli.model.exchange import Files, Foreign, Imported, Json, Version
from llmops_cli.model.prompt import digest

__all__ = ["read", "write"]

KEYS: tuple[str, ...] = (
    "version",
    "description",
    "owners",
    "tags",
    "aliases",
    "model",
    "params",
    "variables",
    "literals",
    "template",
    "messages",
)
KEYS += ("tools", "output", "evals", "x-langfuse")
MAPPED = ("name", "type", "prompt", "config", "tags")


def read(files: Files, name: str) -> Imported:
    """Return the prompts of Langfuse's JSON, each with all its versions that are there, oldest first."""
    del name  # each prompt has its own
    found = prompts_in(files)
    library: dict[str, list[tuple[Raw, str]]] = {}
    for raw, path in found.prompts:
        library.setdefault(raw["name"], []).append((raw, path))
    losses, notes = list(found.losses), []
    prompts = []
    for original, texts in library.items():
        versions = []
        for raw, path in _ordered(original, texts):
            reader = _Reader(raw, path, library)
            versions.append(reader.version())
            losses += reader.losses
            notes += reader.notes
        prompts.append(Foreign(slug(original) or f"prompt-{digest(original)[:8]}", tuple(versions)))
    return Imported(tuple(prompts), tuple(dict.fromkeys(losses)), tuple(dict.fromkeys(notes)))


def _ordered(name: str, versions: list[tuple[Raw, str]]) -> list[tuple[Raw, str]]:
    """Return the versions by number; the same one twice is one. Raises `UsageError` for two texts of one number."""
    seen: dict[Json, tuple[Raw, str]] = {}
    for place, (raw, path) in enumerate(versions):
        number = raw.get("version")
        key = number if isinstance(number, int) and not isinstance(number, bool) else f"{place}"
        if key in seen and digest(dict(seen[key][0])) != digest(dict(raw)):
            raise UsageError(f"version {key} of {name} is there twice, and not the same", where=path)
        seen.setdefault(key, (raw, path))
    numbered = sorted(key for key in seen if isinstance(key, int))
    return [seen[key] for key in [*(key for key in seen if isinstance(key, str)), *numbered]]


class _Reader:
    """Reads one version of one prompt."""

    def __init__(self, raw: Raw, path: str, library: Mapping[str, list[tuple[Raw, str]]]) -> None:
        self.raw = raw
        self.read = Messages(raw, path, library, kept={"name": raw["name"]})
        self.kept = self.read.kept
        self.losses = self.read.losses
        self.notes: list[str] = []

    def version(self) -> Version:
        raw = self.raw
        document = self._document(self.read.messages())
        number = raw.get("version")
        return Version(
            document,
            self.read.files,
            name="" if number is None else str(number),
            labels=tuple(one for one in listed(raw.get("labels")) if isinstance(one, str)),
            author=text_of(raw.get("createdBy")),
            date=text_of(raw.get("createdAt")),
            message=text_of(raw.get("commitMessage")),
        )

    def _document(self, messages: list[dict[str, str]]) -> dict[str, Json]:
        config, ours = self._config()
        texts = [message["content"] for message in messages if "content" in message]
        variables = self._variables(ours.pop("variables", {}))
        words = bare_in([*texts, *self.read.files.values()], variables)
        text = self.raw.get("type") == "text" or isinstance(self.raw["prompt"], str)
        document: dict[str, Json] = {
            key: ours[key] for key in ("version", "description", "owners", "aliases") if key in ours
        }
        document |= {"tags": listed(self.raw.get("tags"))} if self._tags() else {}
        document |= {"model": NO_MODEL, **config}
        document |= {"variables": variables} if variables else {}
        document |= {"literals": list(words)} if words else {}
        document |= {"template": texts[0]} if text else {"messages": messages}
        document |= {"evals": ours["evals"]} if "evals" in ours else {}
        document["x-langfuse"] = self._extra()
        others = {key: value for key, value in ours.get("extra", {}).items() if key != "x-langfuse"}
        return {key: document[key] for key in KEYS if key in document} | others

    def _tags(self) -> bool:
        tags = listed(self.raw.get("tags"))
        return bool(tags) and all(isinstance(tag, str) and tag for tag in tags)

    def _extra(self) -> dict[str, Json]:
        """Return what is kept verbatim: all that has no place in a prompt of ours."""
        rest = {key: value for key, value in self.raw.items() if key not in MAPPED}
        if "tags" in self.raw and not self._tags() and self.raw["tags"] != []:
            self.kept["tags"] = self.raw["tags"]
        written = [key for key in CANONICAL if key in {*rest, *MAPPED}]
        if list(self.raw) != [*written, *(key for key in rest if key not in CANONICAL)]:
            self.kept["order"] = list(self.raw)
        if self.raw.get("resolutionGraph"):
            self.notes.append(f"{self.read.called}: what it refers to is written into its text already")
        return {**self.kept, "origin": rest} if rest else self.kept

    def _config(self) -> tuple[dict[str, Json], dict[str, Json]]:
        """Return the configuration in our words, and what an earlier export of ours put there."""
        config = self.raw.get("config")
        if config is not None and not isinstance(config, Mapping):
            self.kept["config"] = config
            self.notes.append(f"{self.read.called}: config is no mapping; it is kept and not sent to the model")
            config = {}
        own = dict(config or {})
        ours = own.pop("llmops", {})
        if not isinstance(ours, Mapping):
            self.read.lose("config.llmops", "is no mapping, and is not read")
            ours = {}
        for key in sorted(key for key, value in ours.items() if not fits(key, value) or key == "tags"):
            self.read.lose(f"config.llmops.{key}", "is nothing that an export of ours writes, and is not read")
        found = said(own, "config")
        self.notes += [f"{self.read.called}: {note}" for note in found.notes]
        if found.rest:
            self.kept["config"] = found.rest
        first = ("model", *found.document.get("params", ()), "tools", "response_format")
        written = [key for key in first if key in own and key not in found.rest] + [*found.rest]
        if list(own) != written:
            self.kept["config_order"] = list(own)
        if "model" not in found.document:
            self.notes.append(f"{self.read.called}: names no model; `{NO_MODEL}` stands for it")
        return found.document, {key: value for key, value in ours.items() if fits(key, value) and key != "tags"}

    def _variables(self, declared: Mapping[str, Json]) -> dict[str, Json]:
        found: dict[str, Json] = dict.fromkeys(self.read.names, "string")
        found |= {name: {"type": "messages", "required": False} for name in self.read.placeholders}
        return {**found, **declared}
