"""Which broken cases a gate names first, what it says that they have in common, and what it shows of them."""

from collections import Counter

from noisy import edit, noisy


def gate(llmops, project, *flags, code=1):
    return llmops(project.root, "gate", "--format", "json", "-j", "16", *flags, code=code).json()


def slips():
    """Return the chances of a model that every fifth case breaks for good, and cases 1 to 4 once."""
    seen = Counter()

    def chance(words, number):
        seen[words, number] += 1
        if words == "Hello" or (number % 5 and number > 4):
            return 1.0
        return float(number % 5 > 0 and seen[words, number] > 1)

    return chance


def test_a_case_that_breaks_again_is_named_first_and_one_that_does_not_last_and_marked(project, llmops):
    with noisy(project, llmops, slips(), count=60):
        edit(project, "Shout")
        (family,) = gate(llmops, project)["families"]
        assert family["refuted"] == ["c001", "c002", "c003", "c004"]
        assert set(family["refuted"]) < set(family["broke"])
        (group,) = family["groups"]
        assert group["cases"][-4:] == family["refuted"]
        assert {one["fresh_head"] for one in family["examples"]} == {"0/3"}
        shown = llmops(project.root, "gate", code=1).out
        assert "16 broke (4 of them not so when asked again)" in shown
