"""Which broken cases a gate names first, what it says that they have in common, and what it shows of them."""

import json
import re
from collections import Counter
from contextlib import contextmanager

import pytest
from noisy import edit, noisy
from support import ModelServer, last_text


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


INVOICES = """id: greet
model: local/m
variables: {number: string}
template: "Hello {{ number }}"
evals: [greet]
"""


def invoice(number):
    return {"vendor": "Acme", "total": f"{number}.50", "iban": f"FR76 {number:04} 1234 5678 9012 3456".replace(" ", "")}


def careless(body):
    """Answer in a fence; once it is shouted at, with a spaced IBAN in every third, and no total in every ninth."""
    words, number = last_text(body).rsplit(" ", 1)
    found = invoice(int(number))
    if words == "Shout" and int(number) % 3 == 0:
        found["iban"] = re.sub(r"(....)", r"\1 ", found["iban"]).strip()
    if words == "Shout" and int(number) % 9 == 0:
        del found["total"]
    return f"```json\n{json.dumps(found)}\n```" if words == "Shout" else json.dumps(found)


@contextmanager
def invoices(project, llmops, scorer):
    """Yield nothing: a prompt whose change lets the model be careless, on sixty invoices."""
    rows = [
        {"id": f"i{at:02}", "inputs": {"number": str(at)}, "expected": invoice(at), "tags": ["odd"] * (at % 3 == 0)}
        for at in range(60)
    ]
    with ModelServer(careless) as server:
        project.commit(
            {
                "prompts/greet.yaml": INVOICES,
                "llmops.yaml": f"endpoints: {{local: {server.url}}}\n",
                "evalsets/greet.jsonl": "".join(json.dumps(row) + "\n" for row in rows),
                "evalsets/greet.yaml": f"id: greet\ndata: greet.jsonl\nscorers: [{scorer}]\n",
            },
            "invoices",
        )
        llmops(project.root, "eval", "run", "greet", "-j", "16")
        llmops(project.root, "baseline", "accept", "greet", "--reason", "first")
        project.commit(message="baseline")
        edit(project, "Shout")
        yield


def test_a_fence_that_the_scorer_looks_into_is_no_cause_and_each_wrong_field_is_counted(project, llmops):
    with invoices(project, llmops, "{type: json_fields, primary: true}"):
        (family,) = gate(llmops, project)["families"]
    assert {group["symptom"]: len(group["cases"]) for group in family["groups"]} == {
        "wrong in iban": 20,
        "wrong in total": 7,
    }
    assert family["groups"][0]["tag"] == "20 of 20 have the tag odd, 20 of 60 of all"


@pytest.mark.parametrize(
    "scorer",
    ["{type: json_valid}", "{type: json_fields, fence: strict}", "{type: exact}"],
    ids=["valid", "strict", "exact"],
)
def test_a_fence_that_breaks_the_scorer_leads(project, llmops, scorer):
    with invoices(project, llmops, scorer):
        (family,) = gate(llmops, project)["families"]
    assert family["groups"][0]["symptom"] == "a fence around the JSON"
    assert len(family["groups"][0]["cases"]) >= 40


def test_of_an_answer_with_wrong_fields_those_are_told_and_the_rest_is_not(project, llmops):
    with invoices(project, llmops, "{type: json_fields, primary: true}"):
        (family,) = gate(llmops, project)["families"]
        shown = llmops(project.root, "gate", code=1).out
    both = next(one for one in family["examples"] if one["case"] == "i00")
    assert both["wrong"] == [
        {"field": "total", "expected": "0.50", "got": None},
        {"field": "iban", "expected": "FR7600001234567890123456", "got": "FR76 0000 1234 5678 9012 3456"},
    ]
    assert 'i00  total: expected "0.50", got nothing; iban: expected "FR76' in shown


def test_of_an_answer_that_fails_by_its_form_all_is_told(project, llmops):
    with invoices(project, llmops, "{type: json_fields, fence: strict}"):
        (family,) = gate(llmops, project)["families"]
    assert {len(one["wrong"]) for one in family["examples"]} == {0}
