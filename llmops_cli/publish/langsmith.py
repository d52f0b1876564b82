"""LangSmith's API for prompts: a repository a prompt, a commit a version, a tag a label.

Example:
    remotes:
      langsmith: {url: https://api.smith.langchain.com, key_env: LANGSMITH_API_KEY}

"""

from collections.abc import Iterator, Mapping
from typing import Any

from llmops_cli.model.exchange import There
from llmops_cli.publish._http import Client, RemoteError, segment

Json = Any
PAGE = 100
MOST_PAGES = 1_000
MAX_DESCRIPTION = 1_000
CONFLICT = 409
KEYS = ("key",)


class LangSmith:
    """One workspace of a LangSmith."""

    def __init__(self, client: Client) -> None:
        """`client` holds the API key, and the workspace where the key has several."""
        self._client = client

    def names(self) -> tuple[str, ...]:
        """Return the names of all prompts of the workspace; public ones of others are not among them."""
        settings = self._client.get("/settings")
        tenant = settings.get("id") if isinstance(settings, Mapping) else None
        found = [repo for repo in self._repos() if repo.get("tenant_id", tenant) == tenant]
        return tuple(dict.fromkeys(str(repo["repo_handle"]) for repo in found if repo.get("repo_handle")))

    def _repos(self) -> Iterator[Mapping[str, Json]]:
        offset = 0
        for _ in range(MOST_PAGES):
            query = {"limit": str(PAGE), "offset": str(offset), "is_archived": "false"}
            answer = self._client.get("/repos/", query)
            repos = answer.get("repos") if isinstance(answer, Mapping) else None
            if not isinstance(repos, list):
                raise RemoteError("the list of prompts has no `repos`", where=self._client.host)
            yield from (repo for repo in repos if isinstance(repo, Mapping))
            offset += len(repos)
            if not repos or offset >= int(answer.get("total") or 0):
                return
        raise RemoteError(f"more than {MOST_PAGES} pages of prompts", where=self._client.host)

    def latest(self, name: str, label: str = "") -> There | None:
        """Return the newest commit, or the one that a tag names; None where there is none."""
        path = f"/commits/-/{segment(name)}/{segment(label or 'latest')}"
        raw = self._client.get(path, {"include_model": "true"})
        return None if raw is None else self._there(name, raw)

    def create(self, name: str, body: Mapping[str, Json], *, digest: str, content: str, message: str) -> There:
        """Commit a manifest upon the newest one; the repository is made first where there is none.

        `digest` and `content` are stored in the prompt's metadata, the digest in the commit's description, too.
        """
        if self._client.get(f"/repos/-/{segment(name)}") is None:
            new = {"repo_handle": name, "description": "", "readme": "", "tags": [], "is_public": False}
            self._client.send("POST", "/repos/", new)
        parent = self._newest(name)
        sent = {
            "parent_commit": parent.get("commit_hash"),
            "manifest": stamped(body, {"digest": digest, "content": content}),
            "description": message[:MAX_DESCRIPTION],
        }
        answer = self._client.send("POST", f"/commits/-/{segment(name)}", sent)
        commit = answer.get("commit") if isinstance(answer, Mapping) else None
        if not isinstance(commit, Mapping) or not commit.get("commit_hash"):
            raise RemoteError(f"the answer for {name} is no commit", where=self._client.host, unsure=True)
        identity = str(commit.get("id") or "")
        return There(name, str(commit["commit_hash"]), sent["manifest"], digest, content, commit=identity)

    def label(self, there: There, label: str) -> None:
        """Point a tag to a commit."""
        commit = there.commit or str(self._newest(there.name).get("id") or "")
        path = f"/repos/-/{segment(there.name)}/tags"
        try:
            self._client.send("POST", path, {"tag_name": label, "commit_id": commit})
        except RemoteError as error:
            if error.status != CONFLICT:
                raise
            self._client.send("PATCH", f"{path}/{segment(label)}", {"commit_id": commit})

    def _newest(self, name: str) -> Mapping[str, Json]:
        answer = self._client.get(f"/commits/-/{segment(name)}/", {"limit": "1", "offset": "0"})
        commits = answer.get("commits") if isinstance(answer, Mapping) else None
        return commits[0] if isinstance(commits, list) and commits and isinstance(commits[0], Mapping) else {}

    def _there(self, name: str, raw: Json) -> There:
        if not isinstance(raw, Mapping) or not isinstance(raw.get("manifest"), Mapping):
            raise RemoteError(f"the answer for {name} has no manifest", where=self._client.host)
        stamp = stamp_of(raw["manifest"])
        digest, content = str(stamp.get("digest", "")), str(stamp.get("content", ""))
        return There(name, str(raw.get("commit_hash") or ""), raw["manifest"], digest, content)


def _prompt_of(manifest: Mapping[str, Json]) -> Mapping[str, Json]:
    """Return the arguments of the prompt inside a manifest."""
    said = manifest.get("kwargs")
    inner = said if isinstance(said, Mapping) else {}
    first = inner.get("first")
    return _prompt_of(first) if isinstance(first, Mapping) and "kwargs" in first else inner


def stamp_of(manifest: Mapping[str, Json]) -> Mapping[str, Json]:
    """Return what our last push stored in a manifest."""
    metadata = _prompt_of(manifest).get("metadata")
    own = metadata.get("llmops") if isinstance(metadata, Mapping) else None
    return own if isinstance(own, Mapping) else {}


def stamped(manifest: Mapping[str, Json], stamp: Mapping[str, str]) -> dict[str, Json]:
    """Return a manifest that also says which content of ours it is."""
    said = dict(manifest["kwargs"])
    first = said.get("first")
    if isinstance(first, Mapping) and "kwargs" in first:
        return {**manifest, "kwargs": {**said, "first": stamped(first, stamp)}}
    metadata = dict(said.get("metadata") or {})
    metadata["llmops"] = {**(metadata.get("llmops") or {}), **stamp}
    return {**manifest, "kwargs": {**said, "metadata": metadata}}
