"""DRIFT in a gate: the base itself is asked anew on all its cases, and only its own fall makes a drop the provider's."""

from collections import Counter

from noisy import edit, noisy


def gate(llmops, project, *flags, code=0):
    return llmops(project.root, "gate", "--format", "json", "-j", "1", *flags, code=code).json()


def reasons(found):
    return " | ".join(reason for family in found["families"] for reason in family["reasons"])


def flaky(number):
    return number % 5 == 0


class Turns:
    """One case in five passes every second time it is asked; the edit's first round has bad luck with all of them."""

    def __init__(self):
        self.times = Counter()

    def __call__(self, words, number):
        self.times[words, number] += 1
        time = self.times[words, number]
        if not flaky(number):
            return 1.0
        if words == "Hi" and time == 1:
            return 0.0
        return float((time + number // 5) % 2)


def test_bad_luck_of_the_first_round_is_no_drift_where_the_base_fares_as_it_did(project, llmops):
    with noisy(project, llmops, Turns(), runs=1):
        edit(project, "Hi")
        found = gate(llmops, project, code=None)
        assert found["verdict"] != "DRIFT", "cases that the stored base passed by luck fall without any drift"
        said = [reason for prompt in found["prompts"] for reason in prompt["reasons"]] + [reasons(found)]
        assert not any("the provider drifted" in reason for reason in said)


def test_the_base_is_asked_on_all_its_cases_before_a_drop_is_called_drift(project, llmops):
    day = {"lost": 0.0}
    asked = Counter()

    def fading(words, number):
        asked[words, number] += 1
        return 1.0 - (day["lost"] if number % 2 else 0.0)

    with noisy(project, llmops, fading, runs=1):
        day["lost"] = 0.35
        asked.clear()
        edit(project, "Hi")
        found = gate(llmops, project, code=3)
        assert found["verdict"] == "DRIFT"
        assert "the base itself, 100 cases asked" in reasons(found)
        assert len([1 for words, _ in asked if words == "Hello"]) == 100


def test_a_real_drop_is_no_drift_though_the_provider_lost_points_too(project, llmops):
    day = {"lost": 0.0}

    def fading(words, number):
        if words == "Hi" and number % 4 == 0:
            return 0.05
        return 1.0 - (day["lost"] if number % 2 else 0.0)

    with noisy(project, llmops, fading):
        day["lost"] = 0.2
        edit(project, "Hi")
        assert gate(llmops, project, code=1)["verdict"] == "FAIL"


def test_a_gate_that_cannot_ask_the_base_says_so_and_does_not_pass(project, llmops):
    day = {"lost": 0.0}

    def fading(words, number):
        return 1.0 - (day["lost"] if number % 2 else 0.0)

    with noisy(project, llmops, fading):
        day["lost"] = 0.3
        edit(project, "Hi")
        whole = gate(llmops, project, code=3)
        assert whole["verdict"] == "DRIFT"
        project.write(".llmops/cache.sqlite", "")
        (project.root / ".llmops/cache.sqlite").unlink()
        cut = gate(llmops, project, "--max-calls", str(whole["calls"]["live"] - 30), code=None)
        assert cut["exit_code"] != 0


def test_the_same_gate_after_the_provider_recovered_says_that_its_answers_are_old(project, llmops):
    day = {"lost": 0.0}

    def fading(words, number):
        return 1.0 - (day["lost"] if number % 2 else 0.0)

    with noisy(project, llmops, fading):
        day["lost"] = 0.35
        edit(project, "Hi")
        fresh = llmops(project.root, "gate", code=3).out
        assert "DRIFT" in fresh
        assert "--mode live" not in fresh.split("Record it anew")[0]
        assert "--allow-regress" in fresh
        day["lost"] = 0.0
        again = llmops(project.root, "gate", code=3).out
        assert "from the cache" in again
        assert "llmops gate --mode live" in again
        assert "PASSED" in llmops(project.root, "gate", "--mode", "live").out
