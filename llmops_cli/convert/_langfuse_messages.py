"""The messages of one Langfuse prompt → ours, with the variables they name and the texts they refer to."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from llmops_cli.convert._flat import Name
from llmops_cli.convert._langfuse_text import Reference, cut
from llmops_cli.convert._names import identifier
from llmops_cli.convert._plain import slug, template
from llmops_cli.errors import UsageError
from llmops_cli.model.exchange import Json, Loss
from llmops_cli.model.prompt import digest

ROLES = {"human": "user", "ai": "assistant", "model": "assistant"}
OURS = ("system", "developer", "user", "assistant")
MAX_DEPTH = 5
Raw = Mapping[str, Json]


@dataclass(slots=True)
class Messages:
    """Reads one version of one prompt. `library` holds every version of every prompt that is there, by name."""

    raw: Raw
    path: str
    library: Mapping[str, list[tuple[Raw, str]]]
    losses: list[Loss] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    names: dict[str, None] = field(default_factory=dict)
    placeholders: dict[str, None] = field(default_factory=dict)
    kept: dict[str, Json] = field(default_factory=dict)
    inside: list[str] = field(default_factory=list)

    @property
    def called(self) -> str:
        """The prompt's name and version, for people."""
        number = self.raw.get("version")
        return f"{self.raw['name']} version {number}" if number is not None else str(self.raw["name"])

    def lose(self, where: str, message: str, hint: str = "") -> None:
        """Note a loss at a place of this version."""
        self.losses.append(Loss(f"{self.called}: {where}", message, hint, self.path))

    def messages(self) -> list[dict[str, str]]:
        """Return the messages as a prompt file says them."""
        prompt = self.raw["prompt"]
        if isinstance(prompt, str):
            if self.raw.get("type") not in (None, "text"):
                self.lose("type", f"is {self.raw['type']!r}, and the prompt is a text")
            self.kept["type"] = "text"
            return [{"role": "user", "content": self._text(prompt, "prompt", 0)}]
        if not isinstance(prompt, list) or not prompt:
            raise UsageError(f"{self.called} has no messages", where=self.path, hint="is the prompt empty there?")
        if self.raw.get("type") not in (None, "chat"):
            self.lose("type", f"is {self.raw['type']!r}, and the prompt is a list of messages")
        return [self._message(item, place) for place, item in enumerate(prompt)]

    def _message(self, item: Json, place: int) -> dict[str, str]:
        where = f"prompt[{place}]"
        if not isinstance(item, Mapping):
            raise UsageError(f"{self.called}: {where} is no message", where=self.path)
        kind = item.get("type", "")
        if kind == "placeholder" or ("name" in item and "content" not in item):
            return self._placeholder(item, where, place)
        if not isinstance(kind, str):
            self.lose(f"{where}.type", f"is {kind!r}")
        elif kind != "message":
            self.kept.setdefault("message_types", {})[str(place)] = kind
        for key in sorted(set(item) - {"type", "role", "content"}):
            self.lose(f"{where}.{key}", "has no place in a message here")
        return {"role": self._role(item.get("role"), place), "content": self._content(item.get("content"), where)}

    def _placeholder(self, item: Raw, where: str, place: int) -> dict[str, str]:
        original = text_of(item.get("name"))
        name = identifier(original)
        if name != original:
            self.lose(f"{where}.name", f"the placeholder {original!r} is called {name}", "callers give it so")
        for key in sorted(set(item) - {"type", "name"}):
            self.lose(f"{where}.{key}", "has no place in a placeholder here")
        if item.get("type") != "placeholder":
            self.kept.setdefault("message_types", {})[str(place)] = item.get("type", "")
        self.placeholders[name] = None
        return {"placeholder": name}

    def _role(self, role: Json, place: int) -> str:
        small = str(role).casefold()
        ours = small if small in OURS else ROLES.get(small, "")
        if not ours:
            hint = f"roles here are {', '.join(OURS)}; with --lossy it becomes a user message"
            self.lose(f"prompt[{place}].role", f"is {role!r}", hint)
        elif ours != role:
            self.kept.setdefault("roles", {})[str(place)] = role
        return ours or "user"

    def _content(self, content: Json, where: str) -> str:
        if isinstance(content, str):
            return self._text(content, f"{where}.content", 0)
        parts = [part for part in listed(content) if isinstance(part, Mapping)]
        texts = [part["text"] for part in parts if set(part) == {"type", "text"} and part["type"] == "text"]
        if not texts or len(texts) != len(listed(content)) or not all(isinstance(text, str) for text in texts):
            self.lose(f"{where}.content", "is no text: images and files have no place in a message here")
        else:
            self.lose(f"{where}.content", "is a list of texts; they become one text")
        return self._text("\n".join(text for text in texts if isinstance(text, str)), f"{where}.content", 0)

    def _text(self, text: str, where: str, depth: int) -> str:
        made: list[str | Name] = []
        out = ""
        for part in cut(text, lambda message, hint: self.lose(where, message, hint)):
            if isinstance(part, Reference):
                path = self._include(part, where, depth)
                if not path:
                    made.append(part.tag)
                    continue
                out += template(made) + f"{{% include '{path}' %}}"
                made = []
            else:
                made.append(part)
                if isinstance(part, Name):
                    self.names[part.name] = None
        return out + template(made)

    def _include(self, reference: Reference, where: str, depth: int) -> str:
        """Return the path of the referred text as a file of its own; "" where it is not among the prompts here."""
        target = self._target(reference)
        if target is None or depth >= MAX_DEPTH:
            message = f"refers to {reference.tag[3:-3]}, which is not here; kept as text"
            hint = "export that prompt too, into the same file or folder"
            self.lose(where, message if target is None else f"references nest deeper than {MAX_DEPTH}", hint)
            return ""
        pinned = re.sub(r"[^A-Za-z0-9._-]+", "-", reference.version or reference.label or "production")
        path = f"partials/{slug(reference.name) or digest(reference.name)[:8]}/{pinned}.j2"
        if path in self.inside:
            self.lose(where, f"refers to itself: {reference.tag[3:-3]}; kept as text")
            return ""
        if path not in self.files:
            self.inside.append(path)
            self.files[path] = self._text(target, where, depth + 1)
            self.inside.remove(path)
        known = {"tag": reference.tag, "digest": digest(self.files[path])[:12]}
        self.kept.setdefault("references", {})[path] = known
        return path

    def _target(self, reference: Reference) -> str | None:
        for raw, _ in self.library.get(reference.name, ()):
            named = str(raw.get("version")) == reference.version
            labelled = not reference.version and (reference.label or "production") in listed(raw.get("labels"))
            if (named or labelled) and isinstance(raw["prompt"], str):
                return str(raw["prompt"])
        return None


def listed(value: Json) -> list[Json]:
    """Return a list; an empty one for anything else."""
    return value if isinstance(value, list) else []


def text_of(value: Json) -> str:
    """Return a text; "" for anything else."""
    return value if isinstance(value, str) else ""
