"""Registries of prompts on loopback that keep to the published APIs of Langfuse, LangSmith and MLflow."""

import base64
import hashlib
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

Json = Any


@dataclass(frozen=True)
class Asked:
    """One request: method, path without query, the query's values, the JSON body, the headers."""

    method: str
    path: str
    query: dict[str, str]
    body: Json
    headers: dict[str, str]


@dataclass(frozen=True)
class Answer:
    """A status and a body: JSON, or bytes as they are. `after`: the answer is lost, though the work was done."""

    status: int = 200
    body: Json = None
    headers: dict[str, str] = field(default_factory=dict)
    drop: bool = False


Fault = Callable[[Asked], Answer | None]


class FakeRegistry:
    """A server in threads: `with LangfuseFake() as fake`. `faults` are asked first, each used up by its answer.

    `asked` are the requests in order. A fault that returns None lets the request pass and stays.
    """

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.asked: list[Asked] = []
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _handle(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                data = self.rfile.read(length)
                parts = urlsplit(self.path)
                query = {key: values[0] for key, values in parse_qs(parts.query).items()}
                headers = {key.lower(): value for key, value in self.headers.items()}
                body = json.loads(data) if data else None
                fake._reply(self, Asked(self.command, unquote(parts.path), query, body, headers), parts.path)

            do_GET = do_POST = do_PATCH = do_DELETE = _handle  # noqa: N815 - the library's names

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _reply(self, handler: BaseHTTPRequestHandler, asked: Asked, raw: str) -> None:
        self.asked.append(asked)
        answer = self._fault(asked) or (self.answer(asked, raw) if self.allowed(asked) else self.unknown_key())
        data = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
        if answer.drop:
            handler.close_connection = True
            return
        handler.send_response(answer.status)
        typed = {"Content-Type": "application/json", "Content-Length": str(len(data)), **answer.headers}
        for key, value in typed.items():
            handler.send_header(key, value)
        handler.end_headers()
        handler.wfile.write(data)

    def _fault(self, asked: Asked) -> Answer | None:
        for fault in list(self.faults):
            found = fault(asked)
            if found is not None:
                self.faults.remove(fault)
                return found
        return None

    def unknown_key(self) -> Answer:
        return Answer(401, {"message": "Invalid credentials"})

    def allowed(self, _asked: Asked) -> bool:
        return True

    def answer(self, asked: Asked, raw: str) -> Answer:
        raise NotImplementedError

    def changes(self) -> list[Asked]:
        """Return the requests that were to change something."""
        return [one for one in self.asked if one.method != "GET"]


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


class LangfuseFake(FakeRegistry):
    """`prompts` maps a name to its versions, oldest first, as the API answers them."""

    def __init__(self, *, page: int = 2) -> None:
        super().__init__()
        self.prompts: dict[str, list[dict[str, Json]]] = {}
        self.page = page

    def allowed(self, asked: Asked) -> bool:
        return asked.headers.get("authorization") == basic("pk-lf-1", "sk-lf-secret")

    def put(self, name: str, prompt: Json, **more: Json) -> dict[str, Json]:
        """Make a version as the UI would: it is the newest, and keeps what `more` says."""
        versions = self.prompts.setdefault(name, [])
        new = {
            "id": f"{name}-{len(versions) + 1}",
            "createdAt": "2026-01-01T00:00:00.000Z",
            "updatedAt": "2026-01-01T00:00:00.000Z",
            "projectId": "p1",
            "createdBy": "API",
            "prompt": prompt,
            "name": name,
            "version": len(versions) + 1,
            "type": "text" if isinstance(prompt, str) else "chat",
            "isActive": None,
            "config": {},
            "tags": [],
            "labels": [],
            "commitMessage": None,
            "resolutionGraph": None,
            **{key: value for key, value in more.items() if value is not None},
        }
        for old in versions:
            old["labels"] = [label for label in old["labels"] if label != "latest" and label not in new["labels"]]
        new["labels"] = list(dict.fromkeys([*new["labels"], "latest"]))
        versions.append(new)
        return new

    def answer(self, asked: Asked, raw: str) -> Answer:
        top = "/api/public/v2/prompts"
        if asked.path == top and asked.method == "GET":
            return self._list(asked)
        if asked.path == top and asked.method == "POST":
            body = asked.body
            if not isinstance(body.get("prompt"), (str, list)) or body.get("type") not in ("text", "chat"):
                return Answer(400, {"message": "Invalid request data"})
            keys = ("config", "labels", "tags", "commitMessage")
            return Answer(201, self.put(body["name"], body["prompt"], **{key: body.get(key) for key in keys}))
        parts = raw.removeprefix(f"{top}/").split("/")
        versions = self.prompts.get(unquote(parts[0]), [])
        if asked.method == "PATCH" and len(parts) == 3 and parts[1] == "versions":
            return self._relabel(versions, int(parts[2]), asked.body["newLabels"])
        if asked.method == "GET" and len(parts) == 1:
            return self._get(versions, asked)
        return Answer(405, {"message": "Method not allowed"})

    def _list(self, asked: Asked) -> Answer:
        number, limit = int(asked.query.get("page", 1)), min(int(asked.query.get("limit", 50)), self.page)
        names = sorted(self.prompts)
        data = [
            {
                "name": name,
                "type": self.prompts[name][-1]["type"],
                "versions": [one["version"] for one in self.prompts[name]],
                "labels": sorted({label for one in self.prompts[name] for label in one["labels"]}),
                "tags": self.prompts[name][-1]["tags"],
                "lastUpdatedAt": "2026-01-01T00:00:00.000Z",
                "lastConfig": self.prompts[name][-1]["config"],
            }
            for name in names[(number - 1) * limit : number * limit]
        ]
        pages = -(-len(names) // limit)
        meta = {"page": number, "limit": limit, "totalItems": len(names), "totalPages": pages}
        return Answer(200, {"data": data, "meta": meta})

    def _get(self, versions: list[dict[str, Json]], asked: Asked) -> Answer:
        if "version" in asked.query:
            found = [one for one in versions if one["version"] == int(asked.query["version"])]
        else:
            found = [one for one in versions if asked.query.get("label", "production") in one["labels"]]
        return Answer(200, found[0]) if found else Answer(404, {"message": "Prompt not found", "error": "NotFound"})

    def _relabel(self, versions: list[dict[str, Json]], number: int, labels: list[str]) -> Answer:
        if "latest" in labels:
            return Answer(400, {"message": "Label 'latest' is always assigned to the latest prompt version"})
        for one in versions:
            if one["version"] == number:
                kept = [label for label in one["labels"] if label == "latest"]
                one["labels"] = [*labels, *kept]
            else:
                one["labels"] = [label for label in one["labels"] if label not in labels]
        found = [one for one in versions if one["version"] == number]
        return Answer(200, found[0]) if found else Answer(404, {"message": "Prompt not found"})


class LangSmithFake(FakeRegistry):
    """`repos` maps a handle to its commits, oldest first; `tags` maps (handle, tag) to a commit's hash."""

    def __init__(self, *, page: int = 2) -> None:
        super().__init__()
        self.repos: dict[str, list[dict[str, Json]]] = {}
        self.tags: dict[tuple[str, str], str] = {}
        self.others: list[str] = []
        self.page = page

    def allowed(self, asked: Asked) -> bool:
        return asked.headers.get("x-api-key") == "lsv2_secret"

    def unknown_key(self) -> Answer:
        return Answer(401, {"detail": "Invalid token"})

    def put(self, handle: str, manifest: Json, description: str = "") -> dict[str, Json]:
        commits = self.repos.setdefault(handle, [])
        text = json.dumps([manifest, len(commits)], sort_keys=True).encode()
        new = {
            "id": f"00000000-0000-0000-0000-{len(commits):012}",
            "commit_hash": hashlib.sha256(text).hexdigest()[:40],
            "parent_commit_hash": commits[-1]["commit_hash"] if commits else None,
            "manifest": manifest,
            "description": description,
            "created_at": "2026-01-01T00:00:00Z",
        }
        commits.append(new)
        return new

    def answer(self, asked: Asked, raw: str) -> Answer:  # noqa: PLR0911 - one case an endpoint
        parts = [unquote(part) for part in raw.strip("/").split("/")]
        match (asked.method, *parts):
            case ("GET", "settings"):
                return Answer(200, {"id": "t1", "display_name": "T", "created_at": "2026-01-01T00:00:00Z"})
            case ("GET", "repos"):
                return self._list(asked)
            case ("POST", "repos"):
                if asked.body["repo_handle"] in self.repos:
                    return Answer(409, {"detail": "Repo already exists"})
                self.repos[asked.body["repo_handle"]] = []
                return Answer(200, {"repo": self._repo(asked.body["repo_handle"])})
            case ("GET", "repos", "-", handle):
                return Answer(200, {"repo": self._repo(handle)}) if handle in self.repos else self._gone()
            case (_, "repos", "-", handle, "tags", *tag):
                return self._tag(asked, handle, tag)
            case (_, "commits", "-", handle, *rest):
                return self._commit(asked, handle, rest)
        return Answer(404, {"detail": "Not Found"})

    def _gone(self) -> Answer:
        return Answer(404, {"detail": "Prompt not found"})

    def _repo(self, handle: str, tenant: str = "t1") -> dict[str, Json]:
        commits = self.repos.get(handle, [])
        return {
            "id": f"repo-{handle}",
            "repo_handle": handle,
            "tenant_id": tenant,
            "owner": None,
            "full_name": f"-/{handle}",
            "is_public": tenant != "t1",
            "is_archived": False,
            "tags": [],
            "created_at": "2026-01-01T00:00:00Z",
            "updated_at": "2026-01-01T00:00:00Z",
            "num_likes": 0,
            "num_downloads": 0,
            "num_views": 0,
            "num_commits": len(commits),
            "last_commit_hash": commits[-1]["commit_hash"] if commits else None,
        }

    def _list(self, asked: Asked) -> Answer:
        offset, limit = int(asked.query["offset"]), min(int(asked.query["limit"]), self.page)
        repos = [self._repo(handle) for handle in sorted(self.repos)]
        repos += [self._repo(handle, "t2") for handle in self.others]
        return Answer(200, {"repos": repos[offset : offset + limit], "total": len(repos)})

    def _tag(self, asked: Asked, handle: str, tag: list[str]) -> Answer:
        commits = {one["id"]: one["commit_hash"] for one in self.repos.get(handle, [])}
        if asked.body["commit_id"] not in commits:
            return Answer(422, {"detail": "commit_id"})
        name = asked.body["tag_name"] if asked.method == "POST" else tag[0]
        if asked.method == "POST" and (handle, name) in self.tags:
            return Answer(409, {"detail": "Tag already exists"})
        self.tags[handle, name] = commits[asked.body["commit_id"]]
        return Answer(200, {"tag_name": name})

    def _commit(self, asked: Asked, handle: str, rest: list[str]) -> Answer:
        if handle not in self.repos:
            return self._gone()
        commits = self.repos[handle]
        if asked.method == "POST":
            newest = commits[-1]["commit_hash"] if commits else None
            if asked.body["parent_commit"] != newest:
                return Answer(409, {"detail": "Parent commit is not the latest"})
            return Answer(200, {"commit": self.put(handle, asked.body["manifest"], asked.body.get("description", ""))})
        if not rest:
            listed = commits[::-1][: int(asked.query["limit"])]
            return Answer(200, {"commits": listed, "total": len(commits)})
        wanted = self.tags.get((handle, rest[0]), rest[0])
        if rest[0] == "latest" and commits:
            wanted = commits[-1]["commit_hash"]
        found = [one for one in commits if one["commit_hash"] == wanted]
        if not found:
            return Answer(404, {"detail": "Commit not found"})
        manifest = found[0]["manifest"]
        if asked.query.get("include_model") != "true" and manifest["id"][-1] == "RunnableSequence":
            manifest = manifest["kwargs"]["first"]
        return Answer(200, {"commit_hash": wanted, "manifest": manifest, "examples": []})


class MlflowFake(FakeRegistry):
    """`models` maps a name to its versions, oldest first; `aliases` maps (name, alias) to a version."""

    def __init__(self, *, page: int = 2) -> None:
        super().__init__()
        self.models: dict[str, list[dict[str, Json]]] = {}
        self.aliases: dict[tuple[str, str], str] = {}
        self.page = page

    def put(self, name: str, tags: dict[str, str], description: str = "") -> dict[str, Json]:
        versions = self.models.setdefault(name, [])
        listed = [{"key": key, "value": value} for key, value in tags.items()]
        versions.append({"name": name, "version": str(len(versions) + 1), "tags": listed, "description": description})
        return versions[-1]

    def answer(self, asked: Asked, _raw: str) -> Answer:  # noqa: C901, PLR0911 - one case an endpoint
        body = asked.body or asked.query
        name = body.get("name", "")
        match (asked.method, asked.path.removeprefix("/api/2.0/mlflow/")):
            case ("GET", "registered-models/search"):
                return self._search(asked)
            case ("GET", "registered-models/get"):
                if name not in self.models:
                    return Answer(404, {"error_code": "RESOURCE_DOES_NOT_EXIST", "message": f"{name} not found"})
                aliases = [{"alias": alias, "version": at} for (of, alias), at in self.aliases.items() if of == name]
                return Answer(200, {"registered_model": {"name": name, "aliases": aliases}})
            case ("POST", "registered-models/create"):
                self.models[name] = []
                return Answer(200, {"registered_model": {"name": name}})
            case ("POST", "model-versions/create"):
                tags = {tag["key"]: tag["value"] for tag in body["tags"]}
                if body["source"] not in ("dummy-source", "prompt-template"):
                    return Answer(400, {"message": "Invalid prompt source"})
                return Answer(200, {"model_version": self._aliased(self.put(name, tags, body.get("description", "")))})
            case ("GET", "model-versions/search"):
                wanted = asked.query["filter"].partition("name = '")[2].partition("'")[0]
                found = [self._aliased(one) for one in self.models.get(wanted, [])[::-1]]
                return Answer(200, {"model_versions": found[: int(asked.query["max_results"])]} if found else {})
            case ("GET", "model-versions/get"):
                found = [one for one in self.models.get(name, []) if one["version"] == body["version"]]
                return Answer(200, {"model_version": self._aliased(found[0])}) if found else Answer(404, {})
            case ("POST", "registered-models/alias"):
                self.aliases[name, body["alias"]] = body["version"]
                return Answer(200, {})
        return Answer(404, {"error_code": "ENDPOINT_NOT_FOUND"})

    def _aliased(self, version: dict[str, Json]) -> dict[str, Json]:
        here = (version["name"], version["version"])
        return {**version, "aliases": [alias for (name, alias), at in self.aliases.items() if (name, at) == here]}

    def _search(self, asked: Asked) -> Answer:
        assert asked.query["filter"] == "tags.`mlflow.prompt.is_prompt` = 'true'"
        start = int(asked.query.get("page_token", 0))
        names = sorted(self.models)
        answer: dict[str, Json] = {"registered_models": [{"name": one} for one in names[start : start + self.page]]}
        if start + self.page < len(names):
            answer["next_page_token"] = str(start + self.page)
        return Answer(200, answer)
