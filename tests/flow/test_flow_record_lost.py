"""A baseline of which a call was lost is recorded to five runs: with new answers, none of them counted twice."""

import json

from noisy import edit, noisy
from support import Reply, last_text


def test_a_lost_run_is_made_up_for_by_a_new_answer_and_none_is_counted_twice(project, llmops):
    with noisy(project, llmops, lambda _words, _number: 0.6, count=60, runs=1) as (model, server):
        edit(project, "Hallo")
        asked = []

        def refuses_once(body):
            if last_text(body) == "Hallo n007":
                asked.append(body)
                if len(asked) == 3:
                    return Reply(status=400, text="no")
            return model(body)

        server.answer = refuses_once
        llmops(project.root, "eval", "run", "greet", "--repeat", "5", "-j", "1", code=None)
        llmops(project.root, "baseline", "accept", "greet", "--reason", "wanted", "--allow-regress")
        before = len(server.requests)
        llmops(project.root, "baseline", "record", "greet")
        assert len(server.requests) - before == 1
        llmops(project.root, "baseline", "record", "greet")
        assert len(server.requests) - before == 1
    rows = {}
    for path in (project.root / "evalsets/.baselines").rglob("*.jsonl"):
        rows |= {len(row["answer_sha256"]): row for row in map(json.loads, path.read_text().splitlines()[1:])
                 if row["case"] == "c007"}  # fmt: skip
    assert len(set(rows[5]["answer_sha256"])) == 5
