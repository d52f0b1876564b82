"""What the CI system says about this job: which commits stand against each other, and whether a stranger wrote one."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from llmops_cli.errors import GitError
from llmops_cli.model.settings import Environment

Kind = Literal["none", "pull-request", "merge-group", "push"]


@dataclass(frozen=True, slots=True)
class Event:
    """A CI job. `base` and `head` are commits or branch names ("" = not said); `fork`: the head is a fork's.

    `target` is the branch that the change is to be merged into, or the commit at its tip. Of a push, `branch` is the
    one that was pushed to and `target` the default branch.
    """

    kind: Kind = "none"
    system: str = ""
    base: str = ""
    head: str = ""
    fork: bool = False
    number: int | None = None
    target: str = ""
    branch: str = ""


def event(environment: Environment) -> Event:
    """Return the event of this job, from the variables of GitHub, GitLab, Bitbucket, Azure or Buildkite.

    A pull request that cannot be shown to come from this repository is a fork's.
    """
    variables = environment.variables
    if variables.get("GITHUB_ACTIONS") == "true":
        found = _github(variables.get("GITHUB_EVENT_NAME", ""), variables.get("GITHUB_EVENT_PATH", ""))
        return replace(found, target=variables.get("GITHUB_BASE_REF") or found.target)
    for system, base, head, targets, is_ours in OTHERS:
        if variables.get(base):
            target = next((variables[name] for name in targets if variables.get(name)), "")
            return Event(
                "pull-request", system, variables[base], variables.get(head, ""), not is_ours(variables), target=target
            )
    for system, branch, default in PUSHED:
        if variables.get(branch) and variables.get(default):
            return Event("push", system, target=variables[default], branch=variables[branch])
    return Event("push", "ci") if environment.in_ci else Event()


def _same(one: str, other: str) -> Callable[[Mapping[str, str]], bool]:
    """Return what says whether two variables name the same repository, however its address is written."""

    def same(variables: Mapping[str, str]) -> bool:
        names = [_repository(variables.get(name, "")) for name in (one, other)]
        return bool(names[0]) and names[0] == names[1]

    return same


def _repository(address: str) -> str:
    """Return host and path of an address such as git@host:o/r.git or https://host/o/r."""
    rest = address.strip().partition("://")[2] or address.strip()
    return rest.rpartition("@")[2].replace(":", "/", 1).rstrip("/").removesuffix(".git").casefold()


OTHERS: tuple[tuple[str, str, str, tuple[str, ...], Callable[[Mapping[str, str]], bool]], ...] = (
    # The first is the merge base. GitLab tells the tip's commit only to the pipelines of merged results.
    ("gitlab", "CI_MERGE_REQUEST_DIFF_BASE_SHA", "CI_COMMIT_SHA",
     ("CI_MERGE_REQUEST_TARGET_BRANCH_SHA", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME"),
     _same("CI_MERGE_REQUEST_SOURCE_PROJECT_ID", "CI_MERGE_REQUEST_PROJECT_ID")),
    # Bitbucket names no source repository.
    ("bitbucket", "BITBUCKET_PR_DESTINATION_COMMIT", "BITBUCKET_COMMIT", ("BITBUCKET_PR_DESTINATION_BRANCH",),
     lambda _: False),
    ("azure", "SYSTEM_PULLREQUEST_TARGETBRANCH", "BUILD_SOURCEVERSION", ("SYSTEM_PULLREQUEST_TARGETBRANCH",),
     lambda variables: variables.get("SYSTEM_PULLREQUEST_ISFORK", "").lower() == "false"),
    ("buildkite", "BUILDKITE_PULL_REQUEST_BASE_BRANCH", "BUILDKITE_COMMIT", ("BUILDKITE_PULL_REQUEST_BASE_BRANCH",),
     _same("BUILDKITE_PULL_REQUEST_REPO", "BUILDKITE_REPO")),
)  # fmt: skip
"""(system, variable of the base, of the head, of the target, whether the head is shown to be this repository's)."""
PUSHED = (
    ("gitlab", "CI_COMMIT_BRANCH", "CI_DEFAULT_BRANCH"),
    ("buildkite", "BUILDKITE_BRANCH", "BUILDKITE_PIPELINE_DEFAULT_BRANCH"),
)
"""(system, variable of the branch that was pushed to, of the default branch)."""
PUSHES = ("", "push", "schedule", "workflow_dispatch", "repository_dispatch", "create", "delete", "release")
"""GitHub's events that are of no pull request; any other is one if its payload has one."""


def _github(name: str, path: str) -> Event:
    if name in ("push", "workflow_dispatch", "schedule") and path:
        payload = _payload(path)
        default = str(_part(payload, "repository").get("default_branch", ""))
        branch = default if name == "schedule" else str(payload.get("ref", "")).removeprefix("refs/heads/")
        return Event("push", "github", target=default, branch=branch)
    if name in PUSHES:
        return Event("push", "github")
    payload = _payload(path)
    if name == "merge_group":
        group = _part(payload, "merge_group")
        return Event("merge-group", "github", str(group.get("base_sha", "")), str(group.get("head_sha", "")))
    if name == "workflow_run":
        return _workflow(payload)
    pull = _part(payload, "pull_request")
    if not pull and not name.startswith("pull_request") and not _part(_part(payload, "issue"), "pull_request"):
        return Event("push", "github")
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
        target=str(base.get("ref", "")),
    )


def _workflow(payload: dict[str, Any]) -> Event:
    """Return the event of the workflow that has run before this one; of a fork's pull request no base is said."""
    before = _part(payload, "workflow_run")
    ours, theirs = _part(payload, "repository").get("full_name"), _part(before, "head_repository").get("full_name")
    fork = theirs is None or ours != theirs
    pulls = before.get("pull_requests")
    pull = pulls[0] if isinstance(pulls, list) and pulls and isinstance(pulls[0], dict) else {}
    if not fork and not pull and not str(before.get("event", "")).startswith("pull_request"):
        return Event("push", "github")
    base = _part(pull, "base")
    return Event(
        "pull-request",
        "github",
        str(base.get("sha", "")),
        str(before.get("head_sha", "")),
        fork,
        target=str(base.get("ref", "")),
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
