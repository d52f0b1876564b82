"""A prompt of rules before a model on loopback: what searches for the part of an edit that broke it need."""

from contextlib import contextmanager

from gitrepo import Repo
from support import ModelServer


def rule(at, verb="keep"):
    """Return one rule; an edited one says `hold`."""
    return f"Rule {at} says to {verb} point {at} in mind."


def prompt(edited=(), *, rules=8, extra=(), user="{{ name }}", variables="{name: string}", params="{temperature: 0}"):
    """Return a prompt whose rules say `keep`; the edited ones say `hold` instead."""
    said = [rule(at, "hold" if at in edited else "keep") for at in range(rules)]
    lines = ["id: greet", "model: local/m", f"variables: {variables}", f"params: {params}", "evals: [greet]"]
    lines += ["messages:", "  - role: system", "    content: |", *(f"      {rule}" for rule in (*said, *extra))]
    return "\n".join([*lines, f'  - {{role: user, content: "{user}"}}']) + "\n"


@contextmanager
def ruled(folder, model, evalset, cases, *, text=""):
    """Yield a repository whose only prompt (`text`, else eight rules) is asked of `model`, all committed."""
    with ModelServer(model) as server:
        repo = Repo.create(folder)
        settings = f"schema: llmops/config@1\nendpoints: {{local: {{url: '{server.url}'}}}}\n"
        files = {"llmops.yaml": settings, "prompts/greet.yaml": text or prompt(), "evalsets/greet.yaml": evalset}
        repo.commit({**files, "evalsets/greet.jsonl": cases}, "first")
        yield repo
