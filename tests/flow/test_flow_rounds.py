"""The gate in live mode: rounds, fresh answers before a FAIL, drift, caps. A noisy model answers on loopback."""

import json

from noisy import edit, noisy
from support import Reply

from llmops_cli.complete._retry import Retries

ATTEMPTS = Retries().attempts


def steady(_words, number):
    """Nine cases in ten are nearly always right, one in ten is flaky."""
    return 0.98 if number % 10 else 0.6


def gate(llmops, project, *flags, code=0):
    return llmops(project.root, "gate", "--format", "json", "-j", "16", *flags, code=code).json()


def family(found):
    (one,) = found["families"]
    return one


def test_a_harmless_edit_stops_at_the_first_look_that_can_let_it_go(project, llmops):
    with noisy(project, llmops, steady) as (_, server):
        edit(project, "Hi")
        before = len(server.requests)
        found = gate(llmops, project)
        assert found["verdict"] in ("PASS", "IMPROVED")
        assert family(found)["look"]["of"] == 3
        rounds = family(found)["look"]["number"]
        assert len(server.requests) - before == found["calls"]["live"] == 100 * rounds < 300
        assert family(found)["runs"] == {"base": 5, "head": rounds}
        assert found["calls"]["planned"] == 600
        assert found["calls"]["saved"] == 600 - 100 * rounds


def test_the_same_gate_again_asks_nothing_and_says_the_same(project, llmops):
    with noisy(project, llmops, steady) as (_, server):
        edit(project, "Hi")
        first = gate(llmops, project)
        asked = len(server.requests)
        again = gate(llmops, project)
        assert len(server.requests) == asked
        assert again["calls"]["live"] == 0
        assert [again[key] for key in ("verdict", "families", "prompts")] == [
            first[key] for key in ("verdict", "families", "prompts")
        ]


def worse(words, number):
    return steady(words, number) if words == "Hello" or number % 5 else 0.03


def test_a_bad_edit_fails_once_fresh_answers_of_both_sides_confirm_it(project, llmops):
    with noisy(project, llmops, worse):
        edit(project, "Shout")
        found = gate(llmops, project, code=1)
        assert found["verdict"] == "FAIL"
        assert any("confirmed by fresh answers" in reason for reason in family(found)["reasons"])
        assert {"c005", "c015", "c025"} <= set(family(found)["broke"])


def test_in_replay_nothing_is_confirmed_and_the_report_says_so(project, llmops):
    with noisy(project, llmops, worse) as (_, server):
        edit(project, "Shout")
        llmops(project.root, "eval", "run", "greet", "--mode", "record", "-j", "16")
        asked = len(server.requests)
        found = gate(llmops, project, "--mode", "replay", code=1)
        assert len(server.requests) == asked
        assert (found["verdict"], family(found)["look"]) == ("FAIL", {"number": 1, "of": 1})
        assert any("not confirmed by fresh runs" in reason for reason in family(found)["reasons"])


def test_a_provider_that_got_worse_is_drift_and_no_failure_of_the_edit(project, llmops):
    day = {"lost": 0.0}

    def fading(_words, number):
        return steady("", number) - (day["lost"] if number % 2 else 0.0)

    with noisy(project, llmops, fading):
        day["lost"] = 0.35
        edit(project, "Hi")
        found = gate(llmops, project, code=3)
        assert found["verdict"] == "DRIFT"
        assert any("the provider drifted" in reason for reason in family(found)["reasons"])


def test_a_cap_ends_the_rounds_and_the_verdict_stands_on_those_that_were_whole(project, llmops):
    def shaky(words, number):
        return 0.75 if words == "Hello" else 0.72

    with noisy(project, llmops, shaky, gate={"margin": 0.02}) as (_, server):
        edit(project, "Hi")
        before = len(server.requests)
        found = gate(llmops, project, "--max-calls", "130", code=3)
        assert found["verdict"] == "INCONCLUSIVE"
        assert len(server.requests) - before <= 130
        assert family(found)["runs"]["head"] == 1
        assert family(found)["look"] == {"number": 1, "of": 1}
        assert any("no further round" in reason for prompt in found["prompts"] for reason in prompt["reasons"])


def test_a_fixed_plan_looks_once(project, llmops):
    with noisy(project, llmops, steady, gate={"plan": "fixed"}) as (_, server):
        edit(project, "Hi")
        before = len(server.requests)
        found = gate(llmops, project, code=None)
        assert len(server.requests) - before == 100
        assert family(found)["look"] == {"number": 1, "of": 1}


def test_batches_see_a_quarter_of_the_cases_and_stop_where_that_is_enough(project, llmops):
    with noisy(project, llmops, lambda _words, _number: 1.0, count=400, gate={"plan": "batches", "margin": 0.05}) as (
        _,
        server,
    ):
        edit(project, "Hi")
        before = len(server.requests)
        found = gate(llmops, project)
        assert found["verdict"] == "PASS"
        assert len(server.requests) - before == family(found)["cases"] == 100 * family(found)["look"]["number"] < 400


def test_a_critical_case_that_slips_once_is_asked_again_and_spared(project, llmops):
    slips = {"left": 1}

    def slipping(words, number):
        if words == "Hi" and number == 7 and slips["left"]:
            slips["left"] -= 1
            return 0.0
        return 1.0

    with noisy(project, llmops, slipping, critical=True):
        edit(project, "Hi")
        found = gate(llmops, project)
        assert slips["left"] == 0
        assert found["verdict"] in ("PASS", "IMPROVED")
        assert any("c007" in reason for prompt in found["prompts"] for reason in prompt["reasons"])


def test_a_critical_case_that_always_fails_stays_failed(project, llmops):
    with noisy(project, llmops, lambda words, number: 0.0 if (words, number) == ("Hi", 7) else 1.0, critical=True):
        edit(project, "Hi")
        found = gate(llmops, project, code=1)
        assert [rule["case"] for rule in found["hard"]] == ["c007"]


def test_without_a_baseline_both_sides_are_asked_round_by_round(project, llmops):
    with noisy(project, llmops, steady) as (_, server):
        (path,) = (project.root / "evalsets/.baselines").rglob("*.jsonl")
        path.unlink()
        project.commit(message="no baseline any more")
        edit(project, "Hi")
        before = len(server.requests)
        found = gate(llmops, project, "--mode", "live", code=None)
        runs = family(found)["runs"]
        assert runs["base"] == runs["head"]
        assert len(server.requests) - before >= 200 * runs["head"]


def test_recorded_repeats_are_all_looked_at_in_the_first_look(project, llmops):
    with noisy(project, llmops, steady) as (_, server):
        edit(project, "Hi")
        llmops(project.root, "eval", "run", "greet", "--mode", "record", "--repeat", "3", "-j", "16")
        asked = len(server.requests)
        found = gate(llmops, project, "--mode", "auto", code=None)
        assert family(found)["runs"]["head"] == 3
        assert len(server.requests) == asked or json.dumps(found["families"]).count("fresh")


def test_a_base_that_slips_once_spares_no_critical_case(project, llmops):
    seen = {"base": 0}

    def slipping(words, number):
        if number == 7 and words == "Hi":
            return 0.0
        if number == 7:
            seen["base"] += 1
            return float(seen["base"] != 6)  # five runs of the baseline pass; the first fresh one does not
        return 1.0

    with noisy(project, llmops, slipping, critical=True):
        edit(project, "Hi")
        found = gate(llmops, project, code=1)
        assert seen["base"] > 6
        assert [rule["case"] for rule in found["hard"]] == ["c007"]


def test_fresh_answers_that_do_not_come_clear_no_drop(project, llmops):
    asked = {}

    def answer(words, number):
        return worse(words, number)

    with noisy(project, llmops, answer) as (model, server):

        def losing(body):
            text = body["messages"][-1]["content"]
            number = int(text.rsplit(" n", 1)[1])
            asked[text] = asked.get(text, 0) + 1
            if text.startswith("Shout") and number % 5 == 0 and asked[text] > 1:
                return Reply(status=400, body=b'{"error": {"message": "no"}}')
            return model(body)

        server.answer = losing
        edit(project, "Shout")
        found = gate(llmops, project, code=1)
        assert found["verdict"] == "FAIL"
        assert any("fresh answers" in reason for reason in [*family(found)["reasons"], *found["prompts"][0]["reasons"]])


def test_a_call_that_failed_for_a_passing_reason_is_made_once_more_at_the_end_of_its_round(project, llmops):
    with noisy(project, llmops, steady) as (model, server):
        tries = []

        def failing(body):
            text = body["messages"][-1]["content"]
            if text == "Hi n004":
                tries.append(text)
                if len(tries) <= ATTEMPTS:
                    return Reply(status=503, headers={"Retry-After": "0"}, body=b'{"error": {"message": "busy"}}')
            return model(body)

        server.answer = failing
        edit(project, "Hi")
        found = gate(llmops, project)
        assert family(found)["missing"] == 0
        assert family(found)["cases"] == 100
        assert len(tries) > ATTEMPTS


def test_a_slip_in_a_small_set_is_asked_again_and_passes(project, llmops):
    """One run of the baseline says nothing of noise; what is asked again must not pass for a set without any."""

    def slips(words, number):
        return 0.0 if words == "Hi" and number == 3 and not asked.get("c003") else 1.0

    asked = {}
    with noisy(project, llmops, slips, count=30, runs=1) as (model, server):

        def once(body):
            answer = model(body)
            text = body["messages"][-1]["content"]
            asked["c003"] = asked.get("c003") or text == "Hi n003"
            return answer

        server.answer = once
        edit(project, "Hi")
        found = gate(llmops, project)
        assert (found["verdict"], family(found)["rule"]) == ("PASS", "cases")


def test_a_drop_that_fresh_answers_take_back_is_left_to_the_rounds_that_remain(project, llmops):
    """The first round of the edit goes wrong, and no later one: its plan has two more looks."""
    bad_hour = {"Hi": 100}

    def answer(words, number):
        if words == "Hi" and number < 40 and bad_hour["Hi"] > 0:
            return 0.0
        return 1.0

    with noisy(project, llmops, answer) as (model, server):

        def counting(body):
            said = model(body)
            if body["messages"][-1]["content"].startswith("Hi"):
                bad_hour["Hi"] -= 1
            return said

        server.answer = counting
        edit(project, "Hi")
        found = gate(llmops, project, code=None)
        assert family(found)["look"]["number"] > 1
        assert found["verdict"] != "FAIL"


def test_a_graded_case_passes_where_it_has_the_whole_score(project, llmops):
    def halves(body):
        text = body["messages"][-1]["content"]
        name = text.rsplit(" ", 1)[1]
        return json.dumps({"a": name, "b": "x" if text.startswith("Hi") and int(name[1:]) % 4 == 0 else "y"})

    with noisy(project, llmops, steady) as (_, server):
        server.answer = halves
        rows = [{"id": f"c{at:03}", "inputs": {"name": f"n{at:03}"}, "expected": {"a": f"n{at:03}", "b": "y"}}
                for at in range(100)]  # fmt: skip
        project.commit(
            {
                "evalsets/greet.jsonl": "".join(json.dumps(row) + "\n" for row in rows),
                "evalsets/greet.yaml": "id: greet\ndata: greet.jsonl\nscorers: [{type: json_fields, primary: true}]\n",
            },
            "two fields",
        )
        llmops(project.root, "eval", "run", "greet", "--mode", "live", "--repeat", "5", "-j", "16")
        llmops(project.root, "baseline", "accept", "greet", "--reason", "fields")
        project.commit(message="baseline")
        edit(project, "Hi")
        found = gate(llmops, project, code=1)
        (first, *_) = family(found)["examples"]
        said = [first[key] for key in ("base_passes", "head_passes", "fresh_base", "fresh_head")]
        assert said == ["5/5", "0/1", "3/3", "0/3"]
        assert "culprit" in llmops(project.root, "eval", "explain", "greet").out
