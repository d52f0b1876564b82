"""What `eval explain` and `eval bisect` say, for each way in which they can end."""

import json
from dataclasses import replace

import jsonschema
import pytest

from llmops_cli.load.schema import schema_text
from llmops_cli.model.commit import Commit
from llmops_cli.model.explained import Asked, Bisected, Explained, Fall, Guilty, Moved, Placed, Suspect
from llmops_cli.model.hunk import Hunk
from llmops_cli.model.source import Source
from llmops_cli.model.verdict import Calls
from llmops_cli.report import eval_bisect, eval_explain

ASKED = Asked("greet", "greetings", "exact", ("c1", "c2"), 3, Calls(live=14, cached=6, saved=66), 0.01, 80)
SENTENCE = Placed(
    Hunk("messages[0] system", ("messages", 0, "content"), "changed", "Be exact. ", "Be brief. "),
    Source("prompts/greet.yaml", 7),
)
KEY = Placed(Hunk("params.temperature", ("params", "temperature"), "added", None, 1), Source("prompts/greet.yaml", 3))
MOVED = Placed(Hunk("example 3", ("examples", "rows", 2), "moved", 0, 2), Source("prompts/greet.yaml", 9))
FOUND = Explained(
    "found", ASKED, "a" * 40, "HEAD", hunks=16, probes=5, culprits=(Guilty((SENTENCE,), 2, 2),), healed=("c1", "c2")
)


def test_a_culprit_is_shown_with_its_place_its_words_both_facts_and_the_calls():
    assert eval_explain.text(FOUND).split("\n") == [
        "greet   base aaaaaaa (HEAD)",
        "  greetings · exact: 3 cases broke, 2 of them asked (the surest of each kind)",
        "",
        "  culprit   1 of 16 hunks of the edit",
        "    messages[0] system   prompts/greet.yaml:7",
        "      - Be exact.",
        "      + Be brief.",
        "    on its own it breaks 2 of 2 cases",
        "",
        "  ✓ base with it: fails",
        "  ✓ head without it: passes 2 of 2 cases",
        "",
        "  calls: 14 live, 6 cached      $0.01      66 saved against one by one",
    ]


AGAIN = (("more:", ("llmops", "eval", "explain", "greet", "--cases", "9")),)


def explained(state, **facts):
    facts = {"asked": replace(ASKED, again=AGAIN) if state != "nothing" else ASKED, **facts}
    return eval_explain.text(replace(FOUND, state=state, **facts))


@pytest.mark.parametrize(
    ("state", "facts", "said"),
    [
        ("unchecked", {"healed": ()}, ["culprit", "? head without it: is no prompt that renders"]),
        ("unsure", {"healed": ("c1",), "still": ("c2",)}, ["still fails c2", "more:", "  llmops eval explain greet --cases 9"]),
        ("flaky", {"culprits": ()}, ["asked again, the head passes the surest", "  llmops eval explain greet --cases 9"]),
        ("diffuse", {"culprits": (), "reason": "the drop is diffuse"}, ["not explained: the drop is diffuse", "  llmops eval explain greet --cases 9"]),
        ("nothing", {"culprits": (), "reason": "no case scores lower"}, ["nothing to explain: no case scores lower"]),
        ("nothing", {"culprits": (), "asked": Asked("greet")}, ["llmops eval explain greet --base REV"]),
        ("stopped", {"culprits": (), "suspects": (SENTENCE, KEY)}, ["suspects   2 of 16 hunks", "at least one of them breaks it", "more:"]),
        ("stopped", {"culprits": (), "suspects": (SENTENCE,), "hunks": 1}, ["1 of 1 hunk of the edit; it is the whole edit, if"]),
        ("stopped", {"healed": ()}, ["culprit", "? head without it: not asked yet"]),
        ("found", {"by": "whole"}, ["it is the whole edit: the drop is its, and no call was needed"]),
        ("found", {"by": "means", "edit": Moved(-0.3, 200), "without": Moved(0.01, 8), "culprits": (Guilty((SENTENCE,), alone=Moved(-0.27, 12)),)},
            ["the whole edit −30.0 pp in 200 answers", "on its own −27.0 pp in 12 answers", "✓ head without it: +1.0 pp in 8 answers, as the base"]),
        ("unsure", {"by": "means", "without": None}, ["? head without it"]),
        ("found", {"fall": Fall(0.98, 0.75, 120, 0.001)}, ["98.0% → 75.0%   −23.0 pp (p .001) over 120 cases, in the runs that the gate compares"]),
        ("found", {"culprits": (Guilty((SENTENCE, KEY, MOVED)),)}, ["3 of 16 hunks", "together", "+ 1", "moved from place 1 to 3"]),
    ],
)  # fmt: skip
def test_each_way_to_end_says_what_it_means_and_what_to_do(state, facts, said):
    shown = explained(state, **facts)
    for words in said:
        assert words in shown


def fits(name, document):
    schema = json.loads(schema_text(name))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(document, schema)
    assert set(document) == set(schema["properties"])
    return document


def test_an_explanation_is_one_document():
    told = fits("explain", eval_explain.document(FOUND, 0))
    assert told["schema"] == "llmops/explain@1"
    assert told["culprits"][0]["hunks"][0] == {
        "label": "messages[0] system",
        "path": ["messages", 0, "content"],
        "kind": "changed",
        "file": "prompts/greet.yaml",
        "line": 7,
        "before": "Be exact. ",
        "after": "Be brief. ",
    }
    assert told["calls"] == {"live": 14, "recorded": 0, "cached": 6, "saved": 66, "unpriced": 0}


COMMIT = Commit("b" * 40, ("c" * 40,), "Ada", "ada@example.org", "2026-01-02T03:04:05+00:00", "Tidy up")
BAD = Suspect(COMMIT, "prompts/greet.yaml", "fails", "d" * 64, "3.2.0")


def test_a_bisection_is_one_document():
    told = fits("bisect", eval_bisect.document(Bisected("found", ASKED, "a", "b", "", (BAD,), (BAD,)), 0))
    assert told["culprits"][0]["digest"] == f"sha256:{'d' * 64}"


def bisected(state, **facts):
    return eval_bisect.text(Bisected(state, ASKED, "a" * 40, "b" * 40, **facts))


@pytest.mark.parametrize(
    ("state", "facts", "said"),
    [
        ("found", {"culprits": (BAD,), "versions": (BAD,)}, ["first bad commit", "Tidy up", "version 3.2.0   sha256:dddd"]),
        ("range", {"culprits": (BAD, BAD), "versions": (BAD,)}, ["the first bad commit is one of these"]),
        ("good-fails", {"reason": "the good end fails"}, ["nothing to bisect: the good end fails"]),
        ("stopped", {"versions": (BAD,)}, ["1 version between them", "stopped"]),
    ],
)  # fmt: skip
def test_a_bisection_says_how_it_ended(state, facts, said):
    shown = bisected(state, **facts)
    for words in said:
        assert words in shown


def test_foreign_words_reach_a_terminal_as_words_only():
    evil = "\x1b[31m##[error] ::warning::\n::stop::"
    place = Placed(Hunk(evil, ("x",), "changed", evil, {"a": evil}), Source(evil, 1))
    commit = Commit("b" * 40, (), evil, evil, evil, evil)
    shown = [
        explained("found", culprits=(Guilty((place,)),), suspects=(place,), why_base=evil, reason=evil, still=(evil,)),
        bisected("found", culprits=(Suspect(commit, evil, "fails", version=evil, reason=evil),), versions=(BAD,)),
    ]
    for text in shown:
        assert "\x1b" not in text
        assert "##[" not in text
        assert not [line for line in text.split("\n") if line.lstrip().startswith("::")]
