"""A prompt on a hundred cases before a noisy model on loopback, with a baseline of five runs: what rounds need."""

import hashlib
import json
import re
import threading
from collections import Counter
from contextlib import contextmanager

from support import ModelServer, last_text

PROMPT = """id: greet
model: local/m
variables: {{name: string}}
template: "{words} {{{{ name }}}}"
evals: [greet]
"""


def cases(count, **flags):
    rows = (
        {"id": f"c{at:03}", "inputs": {"name": f"n{at:03}"}, "expected": f"n{at:03}", **flags} for at in range(count)
    )
    return "".join(json.dumps(row) + "\n" for row in rows)


def share(*parts):
    """Return a number in 0..1 that only the parts decide."""
    return int.from_bytes(hashlib.sha256(repr(parts).encode()).digest()[:8]) / 2**64


class Noisy:
    """A model that answers each case right with a chance of its own: `chance(words, number)`; no two calls are alike.

    How often a question came decides what it gets, so a run of the test is like any other.
    """

    def __init__(self, chance):
        self.chance = chance
        self.model = "noisy-1"
        self._lock = threading.Lock()
        self._seen = Counter()

    def __call__(self, body):
        text = last_text(body)
        words, number = text.rsplit(" n", 1)
        with self._lock:
            self._seen[text] += 1
            time = self._seen[text]
        right = share(text, time) < self.chance(words, int(number))
        return f"n{number} ({time})" if right else f"no idea ({time})"


@contextmanager
def noisy(project, llmops, chance, count=100, words="Hello", **flags):
    """Yield the model and its server, the project's prompt stored with five `runs`, all committed."""
    model = Noisy(chance)
    with ModelServer(model) as server:
        gate, runs = flags.pop("gate", {}), flags.pop("runs", 5)
        project.commit(
            {
                "prompts/greet.yaml": PROMPT.format(words=words),
                "llmops.yaml": f"endpoints: {{local: {server.url}}}\n",
                "evalsets/greet.jsonl": cases(count, **flags),
                "evalsets/greet.yaml": "id: greet\ndata: greet.jsonl\nscorers: [{type: contains, primary: true}]\n"
                + (f"gate: {json.dumps(gate)}\n" if gate else ""),
            },
            "a noisy model",
        )
        llmops(project.root, "eval", "run", "greet", "--repeat", str(runs), "-j", "16")
        llmops(project.root, "baseline", "accept", "greet", "--reason", "first")
        project.commit(message="baseline")
        yield model, server


def edit(project, words):
    """Give the prompt other words."""
    path = project.root / "prompts/greet.yaml"
    text = re.sub(r'template: "[^{]*', f'template: "{words} ', path.read_text())
    project.write("prompts/greet.yaml", text)
