"""What the CI system says about this job: which commits stand against each other, and whether a stranger wrote one."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from llmops_cli.errors import GitError
from llmops_cli.model.settings import Environment

Kind = Literal["none", "pull-request", "merge-group", "push"]


@dataclass(frozen=True, slots=True)
class Event:
    """A CI job. `base` and `head` are commits or branch names ("" = not said); `fork`: the head is a fork's."""

    kind: Kind = "none"
    system: str = ""
    base: str = ""
    head: str = ""
    fork: bool = False
    number: int | None = None


def event(environment: Environment) -> Event:
    """Return the event of this job, from the variables of GitHub, GitLab, Bitbucket, Azure or Buildkite."""
    variables = environment.variables
    if variables.get("GITHUB_ACTIONS") == "true":
        return _github(variables.get("GITHUB_EVENT_NAME", ""), variables.get("GITHUB_EVENT_PATH", ""))
    for system, base, head, source, target in OTHERS:
        if variables.get(base):
            fork = bool(source) and variables.get(source, "") != variables.get(target, "")
            return Event("pull-request", system, variables[base], variables.get(head, ""), fork)
    return Event("push", "ci") if environment.in_ci else Event()


OTHERS = (
    ("gitlab", "CI_MERGE_REQUEST_DIFF_BASE_SHA", "CI_COMMIT_SHA", "CI_MERGE_REQUEST_SOURCE_PROJECT_ID",
     "CI_MERGE_REQUEST_PROJECT_ID"),
    ("bitbucket", "BITBUCKET_PR_DESTINATION_COMMIT", "BITBUCKET_COMMIT", "", ""),
    ("azure", "SYSTEM_PULLREQUEST_TARGETBRANCH", "BUILD_SOURCEVERSION", "", ""),
    ("buildkite", "BUILDKITE_PULL_REQUEST_BASE_BRANCH", "BUILDKITE_COMMIT", "", ""),
)  # fmt: skip
"""(system, variable of the base, of the head, of the source project, of the target project)."""


def _github(name: str, path: str) -> Event:
    if name not in ("pull_request", "pull_request_target", "merge_group"):
        return Event("push", "github")
    payload = _payload(path)
    if name == "merge_group":
        group = _part(payload, "merge_group")
        return Event("merge-group", "github", str(group.get("base_sha", "")), str(group.get("head_sha", "")))
    pull = _part(payload, "pull_request")
    head, base = _part(pull, "head"), _part(pull, "base")
    ours, theirs = _part(base, "repo").get("full_name"), _part(head, "repo").get("full_name")
    number = pull.get("number")
    # A deleted fork has no repo: what cannot be shown to be ours is a stranger's.
    return Event(
        "pull-request",
        "github",
        str(base.get("sha", "")),
        str(head.get("sha", "")),
        fork=theirs is None or ours != theirs,
        number=number if isinstance(number, int) else None,
    )


def _payload(path: str) -> dict[str, Any]:
    try:
        payload = json.loads(Path(path).read_bytes()) if path else {}
    except (OSError, ValueError) as error:
        raise GitError(f"the CI event cannot be read: {path}", hint="name the base: llmops gate --base REF") from error
    return payload if isinstance(payload, dict) else {}


def _part(mapping: dict[str, Any], key: str) -> dict[str, Any]:
    part = mapping.get(key)
    return part if isinstance(part, dict) else {}
