"""MLflow's prompt registry over its REST API: a registered model a prompt, a model version a version, an alias a label.

Example:
    remotes:
      mlflow: {url: http://127.0.0.1:5000}

"""

import json
from collections.abc import Mapping
from typing import Any

from llmops_cli.model.exchange import There
from llmops_cli.publish._http import Client, RemoteError

Json = Any
PATH = "/api/2.0/mlflow"
PAGE = 100
MOST_PAGES = 1_000
KEYS = ()
IS_PROMPT, TEXT = "mlflow.prompt.is_prompt", "mlflow.prompt.text"
TYPE, FORMAT, CONFIG = "_mlflow_prompt_type", "_mlflow_prompt_response_format", "_mlflow_prompt_model_config"
SOURCE = "prompt-template"
"""The API asks for a source; a prompt has none, and servers take no other word for one."""
RENAMED = {"model": "model_name", "stop": "stop_sequences"}


class Mlflow:
    """One MLflow tracking server."""

    def __init__(self, client: Client) -> None:
        """`client` holds the keys, if the server asks for any."""
        self._client = client

    def names(self) -> tuple[str, ...]:
        """Return the names of all prompts there."""
        found: list[str] = []
        token = ""
        for _ in range(MOST_PAGES):
            query = {"filter": f"tags.`{IS_PROMPT}` = 'true'", "max_results": str(PAGE)}
            answer = self._get("registered-models/search", {**query, **({"page_token": token} if token else {})})
            models = answer.get("registered_models", [])
            found += [str(model["name"]) for model in models if isinstance(model, Mapping) and "name" in model]
            token = str(answer.get("next_page_token") or "")
            if not token:
                return tuple(dict.fromkeys(found))
        raise RemoteError(f"more than {MOST_PAGES} pages of prompts", where=self._client.host)

    def latest(self, name: str, label: str = "") -> There | None:
        """Return the newest version, or the one under an alias; None where there is none."""
        if label:
            return self._labelled(name, label)
        quoted = name.replace("'", "''")
        condition = f"name = '{quoted}' AND tags.`{IS_PROMPT}` = 'true'"
        query = {"filter": condition, "max_results": "1", "order_by": "version_number DESC"}
        versions = self._get("model-versions/search", query).get("model_versions", [])
        return self._there(name, versions[0]) if versions else None

    def _labelled(self, name: str, label: str) -> There | None:
        model = self._client.get(f"{PATH}/registered-models/get", {"name": name})
        aliases = model["registered_model"].get("aliases", ()) if isinstance(model, Mapping) else ()
        version = next((one.get("version") for one in aliases if one.get("alias") == label), None)
        if version is None:
            return None
        answer = self._get("model-versions/get", {"name": name, "version": str(version)})
        return self._there(name, answer.get("model_version"))

    def create(self, name: str, body: Mapping[str, Json], *, digest: str, content: str, message: str) -> There:
        """Create a version and return it; `digest` and `content` are stored as its tags."""
        if self._client.get(f"{PATH}/registered-models/get", {"name": name}) is None:
            tags = [{"key": IS_PROMPT, "value": "true"}]
            self._client.send("POST", f"{PATH}/registered-models/create", {"name": name, "tags": tags})
        tags_sent = {IS_PROMPT: "true", **tags_of(body), "llmops.digest": digest, "llmops.content": content}
        sent = {
            "name": name,
            "source": SOURCE,
            "description": message,
            "tags": [{"key": key, "value": value} for key, value in tags_sent.items()],
        }
        answer = self._client.send("POST", f"{PATH}/model-versions/create", sent)
        return self._there(name, answer.get("model_version") if isinstance(answer, Mapping) else None)

    def label(self, there: There, label: str) -> None:
        """Point an alias to a version."""
        sent = {"name": there.name, "alias": label, "version": there.version}
        self._client.send("POST", f"{PATH}/registered-models/alias", sent)

    def _get(self, path: str, query: Mapping[str, str]) -> Mapping[str, Json]:
        answer = self._client.get(f"{PATH}/{path}", query)
        if not isinstance(answer, Mapping):
            hint = "does the URL in llmops.yaml name an MLflow server?"
            raise RemoteError(f"{path} is not there", where=self._client.host, hint=hint)
        return answer

    def _there(self, name: str, version: Json) -> There:
        if not isinstance(version, Mapping) or "version" not in version:
            raise RemoteError(f"the answer for {name} is no version", where=self._client.host)
        tags = {str(tag.get("key")): str(tag.get("value", "")) for tag in version.get("tags", ())}
        raw = {"name": name, **body_of(tags, name, self._client.host)}
        labels = tuple(str(alias) for alias in version.get("aliases", ()))
        digest, content = tags.get("llmops.digest", ""), tags.get("llmops.content", "")
        return There(name, str(version["version"]), raw, digest, content, labels, str(version.get("user_id") or ""))


def tags_of(body: Mapping[str, Json]) -> dict[str, str]:
    """Return a prompt (`type`, `prompt`, `config`) as the tags in which MLflow keeps it."""
    text = body["type"] == "text"
    plain = body["prompt"] if text else json.dumps([_message(item) for item in body["prompt"]], ensure_ascii=False)
    tags = {TEXT: plain, TYPE: "text" if text else "chat"}
    config = dict(body["config"]) if isinstance(body["config"], Mapping) else {}
    form = config.pop("response_format", None)
    own = config.pop("llmops", None)
    if form is not None:
        tags[FORMAT] = json.dumps(form, ensure_ascii=False)
    if config:
        renamed = {RENAMED.get(key, key): value for key, value in config.items()}
        if isinstance(renamed.get("stop_sequences"), str):
            renamed["stop_sequences"] = [renamed["stop_sequences"]]
        tags[CONFIG] = json.dumps(renamed, ensure_ascii=False)
    if own:
        tags["llmops.meta"] = json.dumps(own, ensure_ascii=False)
    return tags


def _message(item: Mapping[str, Json]) -> dict[str, Json]:
    return {"role": item["role"], "content": item["content"]}


def body_of(tags: Mapping[str, str], name: str, host: str) -> dict[str, Json]:
    """Return the prompt (`type`, `prompt`, `config`) that the tags hold. Raises `RemoteError` where they do not."""
    try:
        chat = tags.get(TYPE) == "chat"
        prompt = json.loads(tags[TEXT]) if chat else tags[TEXT]
        config = json.loads(tags.get(CONFIG) or "{}")
        form = json.loads(tags.get(FORMAT) or "null")
        own = json.loads(tags.get("llmops.meta") or "null")
    except (KeyError, ValueError) as error:
        raise RemoteError(f"{name} has no prompt in its tags", where=host, hint=f"tag {error}") from None
    back = {theirs: ours for ours, theirs in RENAMED.items()}
    plain = {back.get(key, key): value for key, value in config.items()} if isinstance(config, Mapping) else {}
    plain |= {"response_format": form} if form is not None else {}
    plain |= {"llmops": own} if own is not None else {}
    return {"type": "chat" if chat else "text", "prompt": prompt, "config": plain}
