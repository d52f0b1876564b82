"""After a live gate of several rounds, `baseline review` decides on the very answers that the gate got."""

from noisy import edit, noisy
from terminal import Terminal


def worse(words, number):
    return (0.98 if number % 10 else 0.6) - (0.7 if words == "Hi" and number % 9 == 1 else 0.0)


def test_a_drop_that_took_several_rounds_is_reviewed_without_another_call(project, llmops):
    with noisy(project, llmops, worse) as (_, server):
        edit(project, "Hi")
        said = llmops(project.root, "gate", code=1).out
        assert "Intended? llmops baseline review greet" in said
        found = llmops(project.root, "gate", "--format", "json", code=1).json()
        assert found["families"][0]["runs"]["head"] > 1
        asked = len(server.requests)
        with Terminal(project.root, "baseline", "review", "greet") as screen:
            for line, wanted in (("a", "accept, reject"), ("shorter is wanted", "reason: "), ("yes", "type yes: ")):
                screen.expect(wanted)
                screen.type(line)
            assert screen.end() == 0, screen.text
        after = llmops(project.root, "gate", "--format", "json").json()
        assert after["verdict"] == "ACCEPTED"
        assert len(server.requests) == asked
