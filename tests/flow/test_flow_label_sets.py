"""A release that a label moves to is judged by the eval sets that it was made with, whatever its file names by now."""

import pytest
from test_flow_labels_gate import LABEL, serve
from test_flow_tricks import BAD, GOOD, cases, judged, made, prompt

EASY = "id: easy\ndata: easy.jsonl\nscorers: [{type: length, at_least: 1, primary: true}]\n"


@pytest.mark.parametrize("sets", ["[easy]", "[easy, greet]"])
def test_a_file_that_moves_alike_takes_no_eval_set_from_the_label(sets, tmp_path, llmops, monkeypatch):
    files = {"prompts/greet.yaml": prompt(GOOD), "evalsets/easy.yaml": EASY, "evalsets/easy.jsonl": cases()}
    main = made(tmp_path, llmops, files)
    main.checkout("main")
    llmops(main.root, "prompt", "release", "greet", "-m", "first")
    serve(main, "1.0.0", **{"prompts/greet.yaml": prompt(GOOD, evals=sets)})
    main.commit({"prompts/greet.yaml": prompt(BAD, evals=sets)}, "worse")
    llmops(main.root, "prompt", "release", "greet", "-m", "worse")
    main.commit({LABEL: "greet: 1.0.1\n"}, "pull request")
    found, code = judged(main, llmops, monkeypatch, tmp_path)
    said = sorted((one["status"], one["verdict"]) for one in found["prompts"])
    assert code == 1
    assert said == ([("changed", "FAIL")] if "greet" in sets else [("changed", "PASS"), ("promoted", "FAIL")])
