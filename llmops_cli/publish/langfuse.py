"""Langfuse's public API for prompts: list, read, create a version, move a label.

Example:
    remotes:
      langfuse:
        url: https://cloud.langfuse.com
        public_key_env: LANGFUSE_PUBLIC_KEY
        secret_key_env: LANGFUSE_SECRET_KEY

"""

from collections.abc import Mapping
from typing import Any

from llmops_cli.model.exchange import There
from llmops_cli.publish._http import Client, RemoteError, segment

Json = Any
PATH = "/api/public/v2/prompts"
PAGE = 100
MOST_PAGES = 1_000
KEYS = ("public_key", "secret_key")


class Langfuse:
    """One project of a Langfuse."""

    def __init__(self, client: Client) -> None:
        """`client` holds the project's keys."""
        self._client = client

    def names(self) -> tuple[str, ...]:
        """Return the names of all prompts there."""
        found: list[str] = []
        for page in range(1, MOST_PAGES + 1):
            answer = self._client.get(PATH, {"page": str(page), "limit": str(PAGE)})
            listed = answer.get("data") if isinstance(answer, Mapping) else None
            if not isinstance(listed, list):
                raise RemoteError("the list of prompts has no `data`", where=self._client.host)
            found += [
                item["name"] for item in listed if isinstance(item, Mapping) and isinstance(item.get("name"), str)
            ]
            pages = answer["meta"].get("totalPages", 0) if isinstance(answer.get("meta"), Mapping) else 0
            if page >= pages or not listed:
                return tuple(dict.fromkeys(found))
        raise RemoteError(f"more than {MOST_PAGES} pages of prompts", where=self._client.host)

    def latest(self, name: str, label: str = "") -> There | None:
        """Return the newest version, or the one under a label; None where there is none.

        The text is asked for as it was written: with its references to other prompts.
        """
        raw = self._client.get(f"{PATH}/{segment(name)}", {"label": label or "latest", "resolve": "false"})
        return None if raw is None else self._there(name, raw)

    def create(self, name: str, body: Mapping[str, Json], *, digest: str, content: str, message: str) -> There:
        """Create a version and return it; `digest` and `content` are stored in its configuration."""
        config = body.get("config")
        plain = dict(config) if isinstance(config, Mapping) else {}
        own = plain.get("llmops")
        stamp = {"digest": digest, "content": content}
        plain["llmops"] = {**(own if isinstance(own, Mapping) else {}), **stamp}
        sent = {**body, "name": name, "config": plain, "commitMessage": message}
        return self._there(name, self._client.send("POST", PATH, sent))

    def label(self, there: There, label: str) -> None:
        """Move a label to a version; it keeps those it has."""
        labels = [*(one for one in there.labels if one != "latest"), label]
        path = f"{PATH}/{segment(there.name)}/versions/{segment(there.version)}"
        self._client.send("PATCH", path, {"newLabels": labels})

    def _there(self, name: str, raw: Json) -> There:
        if not isinstance(raw, Mapping) or "prompt" not in raw or not isinstance(raw.get("version"), int):
            raise RemoteError(f"the answer for {name} is no prompt", where=self._client.host)
        config = raw.get("config")
        own = config.get("llmops") if isinstance(config, Mapping) else None
        stamp = own if isinstance(own, Mapping) else {}
        labels = raw.get("labels")
        return There(
            name,
            str(raw["version"]),
            {**raw, "name": name},
            digest=str(stamp.get("digest", "")),
            content=str(stamp.get("content", "")),
            labels=tuple(one for one in labels if isinstance(one, str)) if isinstance(labels, list) else (),
            author=str(raw.get("createdBy") or ""),
        )
