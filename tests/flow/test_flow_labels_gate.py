"""A pull request that only moves a label changes what callers get: the gate judges it like any other change.

Each is a real pull request: a branch of a real repository, merged as CI merges it, in a fresh clone of depth two.
"""

import json
import re
from pathlib import Path

import jsonschema
import pytest
from gitrepo import Repo
from test_flow_tricks import BAD, GOOD, SET, cases, judged, made, prompt

from llmops_cli.load.releases import from_document, seal
from llmops_cli.load.yaml_ import parse
from llmops_cli.render.identity import identify

ALIKE = 'template: "Hello, {{ name }}"'
SCHEMA = Path(__file__).parents[2] / "llmops_cli/schemas/gate.schema.json"
LABEL = "prompts/.labels/production.yaml"


@pytest.fixture
def shop(tmp_path, llmops):
    """Main: 1.0.0 and 1.0.1 are as good, 1.0.2 is worse and has no baseline; production serves 1.0.0."""
    main = made(tmp_path, llmops, {"prompts/greet.yaml": prompt(GOOD)})
    main.checkout("main")
    llmops(main.root, "prompt", "release", "greet", "-m", "first")
    released(main, llmops, ALIKE)
    released(main, llmops, BAD, stored=False)
    main.write("prompts/greet.yaml", prompt(GOOD))
    serve(main, "1.0.0")
    return main


def released(main, llmops, template, *, stored=True, **more):
    """Release an edit with a baseline that somebody accepted; the version number is the release's."""
    main.commit({"prompts/greet.yaml": prompt(template, **more)}, "edited")
    if stored:
        llmops(main.root, "eval", "run", "greet")
        llmops(main.root, "baseline", "accept", "greet", "--reason", "wanted", "--allow-regress")
    llmops(main.root, "prompt", "release", "greet", "-m", "another")
    main.commit(message="released")


def serve(main, *said, label=LABEL, **more):
    """Commit a label file by hand on main and begin a pull request on top of it."""
    main.checkout("main")
    main.commit({label: "".join(f"greet: {one}\n" for one in said), **more}, "label")
    main.run("checkout", "--quiet", "-B", "pull")


def pull(main, said, label=LABEL, **files):
    main.commit({label: f"greet: {said}\n" if said else "# nothing\n", **files}, "pull request")


def of(found, name="greet"):
    return [(one["status"], one["verdict"]) for one in found["prompts"] if one["id"] == name]


def reasons(found, name="greet"):
    return "\n".join(reason for one in found["prompts"] if one["id"] == name for reason in one["reasons"])


@pytest.fixture
def gate(llmops, monkeypatch, tmp_path):
    return lambda main, *flags, **more: judged(main, llmops, monkeypatch, tmp_path, *flags, **more)


@pytest.mark.parametrize("mode", ["auto", "live"])
def test_a_label_that_is_moved_by_hand_to_a_worse_release_fails(mode, shop, gate):
    pull(shop, "1.0.2")
    found, code = gate(shop, "--mode", mode)
    assert (found["verdict"], code) == ("FAIL", 1)
    assert of(found) == [("promoted", "FAIL")]
    assert {family["against"] for family in found["families"]} == {"1.0.0 of production"}
    assert "label production: 1.0.0 → 1.0.2" in reasons(found)


def test_a_drop_that_was_accepted_with_the_release_is_accepted_for_the_label_too(shop, llmops, gate):
    shop.checkout("main")
    released(shop, llmops, 'template: "Oh {{ name | upper }}"')
    serve(shop, "1.0.0")
    pull(shop, "1.0.3")
    found, code = gate(shop, "--mode", "replay")
    assert (of(found), code) == ([("promoted", "ACCEPTED")], 0)
    assert any("wanted" in reason for one in found["families"] for reason in one["reasons"])


def test_a_release_of_which_nothing_is_stored_is_incomplete_where_no_call_is_made(shop, gate):
    pull(shop, "1.0.2")
    found, code = gate(shop, "--mode", "replay")
    assert (of(found), code) == ([("promoted", "INCOMPLETE")], 4)


def test_the_answers_that_are_stored_of_both_releases_decide_without_a_call(shop, gate):
    pull(shop, "1.0.1")
    found, code = gate(shop)
    assert (of(found), code) == ([("promoted", "PASS")], 0)
    assert found["calls"]["live"] == 0
    jsonschema.validate(found, json.loads(SCHEMA.read_text()))
    assert [label for one in found["prompts"] for label in one["labels"]] == [
        {
            "label": "production",
            "key": "greet",
            "before": "1.0.0",
            "after": "1.0.1",
            "old": "1.0.0",
            "new": "1.0.1",
            "instead": "",
        }
    ]


def test_a_split_is_judged_by_the_version_that_it_adds(shop, gate):
    pull(shop, "{1.0.0: 90, 1.0.2: 10}")
    found, code = gate(shop)
    assert (of(found), code) == ([("promoted", "FAIL")], 1)
    assert "label production: 1.0.0 → {1.0.0: 90, 1.0.2: 10}" in reasons(found)


SPLITS = {
    "the larger share is the opponent": ("{1.0.0: 10, 1.0.2: 90}", "1.0.1", "1.0.2 of production"),
    "of equal shares the older one is": ("{1.0.2: 5, 1.0.0: 5}", "1.0.1", "1.0.0 of production"),
    "each new version is judged": ("1.0.0", "{1.0.1: 1, 1.0.2: 1}", "1.0.0 of production"),
}


@pytest.mark.parametrize("name", SPLITS)
def test_a_new_version_meets_the_one_that_most_callers_got(name, shop, gate):
    before, after, against = SPLITS[name]
    serve(shop, before)
    pull(shop, after)
    found, _ = gate(shop)
    assert {family["against"] for family in found["families"]} == {against}
    assert len(of(found)) == (2 if "{" in after else 1)


WEIGHTS = {
    "what most callers got is all of it": ("{1.0.0: 90, 1.0.2: 10}", "1.0.0", "more callers get 1.0.0, which most"),
    "what most callers got is more of it": ("{1.0.2: 6, 1.0.0: 7}", "{1.0.2: 1, 1.0.0: 99}", "more callers get 1.0.0"),
    "the same shares in other words": ("{1.0.0: 90, 1.0.2: 10}", "{1.0.0: 9, 1.0.2: 1}", "and none to more callers"),
}


@pytest.mark.parametrize("name", WEIGHTS)
def test_weights_that_lead_back_to_what_most_callers_got_are_shown_and_judge_nothing(name, shop, gate):
    before, after, said = WEIGHTS[name]
    serve(shop, before)
    pull(shop, after)
    found, code = gate(shop)
    assert (of(found), code, found["families"]) == ([("promoted", "PASS")], 0, [])
    assert said in reasons(found)


HEAVIER = {
    "the smaller share is all": ("{1.0.0: 95, 1.0.2: 5}", "1.0.2", [("promoted", "FAIL")], {"1.0.0 of production"}),
    "the shares are exchanged": (
        "{1.0.0: 95, 1.0.2: 5}", "{1.0.0: 5, 1.0.2: 95}", [("promoted", "FAIL")], {"1.0.0 of production"}
    ),
    "half is no majority": ("{1.0.0: 1, 1.0.2: 1}", "{1.0.0: 1, 1.0.2: 2}", [("promoted", "FAIL")],
                            {"1.0.0 of production"}),
    "as good": ("{1.0.0: 95, 1.0.1: 5}", "{1.0.0: 5, 1.0.1: 95}", [("promoted", "PASS")], {"1.0.0 of production"}),
    "the larger of those that lose is the opponent": (
        "{1.0.0: 2, 1.0.1: 5, 1.0.2: 3}", "{1.0.0: 9, 1.0.2: 1}", [("promoted", "PASS")], {"1.0.1 of production"}
    ),
    "what is taken out makes others heavier": (
        "{1.0.0: 45, 1.0.1: 10, 1.0.2: 45}", "{1.0.0: 45, 1.0.1: 10}",
        [("promoted", "IMPROVED"), ("promoted", "IMPROVED")], {"1.0.2 of production"}
    ),
    "one is new and one heavier": (
        "{1.0.0: 90, 1.0.1: 10}", "{1.0.1: 90, 1.0.2: 10}", [("promoted", "FAIL"), ("promoted", "PASS")],
        {"1.0.0 of production"}
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HEAVIER)
def test_a_version_that_more_callers_get_is_judged_as_if_it_were_promoted(name, shop, gate):
    before, after, verdicts, against = HEAVIER[name]
    serve(shop, before)
    pull(shop, after)
    found, code = gate(shop)
    assert (sorted(of(found)), code) == (verdicts, int(any(one == "FAIL" for _, one in verdicts)))
    assert {family["against"] for family in found["families"]} == against


def test_a_rollback_by_weight_is_judged_as_one_by_revert_is(shop, llmops, gate):
    """To what is better, or accepted where no answer is stored to compare with, it passes; else it says the way out."""
    serve(shop, "{1.0.0: 5, 1.0.2: 95}")
    pull(shop, "{1.0.0: 95, 1.0.2: 5}")
    found, code = gate(shop)
    assert (of(found), code) == ([("promoted", "IMPROVED")], 0)
    found, code = gate(shop, "--mode", "replay")
    assert (of(found), code) == ([("promoted", "NEW")], 0)
    serve(shop, "{1.0.1: 95, 1.0.2: 5}")
    pull(shop, "{1.0.1: 5, 1.0.2: 95}")
    found, code = gate(shop)
    assert (of(found), code) == ([("promoted", "FAIL")], 1)
    assert "Wanted all the same, as a rollback may be" in reasons(found)
    llmops(shop.root, "eval", "run", "greet@1.0.2")
    llmops(shop.root, "baseline", "accept", "greet@1.0.2", "--allow-regress", "--reason", "the incident of today")
    shop.commit(message="accepted")
    found, code = gate(shop)
    assert (of(found), code) == ([("promoted", "ACCEPTED")], 0)


def test_an_order_or_a_comment_of_a_label_file_is_no_move(shop, gate):
    shop.commit({LABEL: "# what production serves\ngreet: 1.0.0\n"}, "a comment")
    found, code = gate(shop)
    assert (of(found), code) == ([("unchanged", "PASS")], 0)


def test_a_version_that_is_not_released_is_refused(shop, gate, capfd):
    pull(shop, "9.9.9")
    found, code = gate(shop)
    assert (found, code != 0) == (None, True)


def edited(main, version, change, *, seal):
    """Edit the text of a release; `seal` makes its digests and its seal anew, as whoever forges one would."""
    path = main.root / f"prompts/.releases/greet/{version}.yaml"
    text = change(path.read_text())
    if seal:
        text = sealed(text, version)
    path.write_text(text)
    main.commit(message="edited")


def sealed(text, version):
    raw, _ = parse(text.encode(), "x")
    claims = identify(from_document(raw.value, raw.where()).prompt)
    for key, digest in (("digest", claims.digest), ("interface", claims.interface_digest)):
        text = re.sub(rf"(?m)^{key}: .*$", f"{key}: sha256:{digest}", text)
    raw, _ = parse(text.encode(), "x")
    return re.sub(r"(?m)^seal: .*$", f"seal: {seal(raw.value)}", text)


@pytest.mark.parametrize("forged", [False, True])
@pytest.mark.parametrize("served", ["1.0.0", "1.0.1"])
def test_an_edited_release_is_refused_whether_or_not_its_label_moves(served, forged, shop, gate):
    edited(shop, served, lambda text: text.replace("{{ name }}", "{{ name | upper }}"), seal=forged)
    if served != "1.0.0":
        pull(shop, served)
    found, code = gate(shop)
    assert code != 0
    assert found is None


def test_a_served_release_that_is_taken_away_is_refused(shop, gate):
    shop.run("rm", "-q", "prompts/.releases/greet/1.0.0.yaml")
    shop.commit(message="gone")
    found, code = gate(shop)
    assert (found, code != 0) == (None, True)


def test_a_release_under_another_id_that_takes_the_place_of_a_served_one_is_refused(shop, gate):
    """What `greet: 1.0.0` means was found under the prompt's old id; a release of its own id comes first."""
    shop.checkout("main")
    shop.run("mv", "prompts/greet.yaml", "prompts/welcome.yaml")
    welcome = {"prompts/welcome.yaml": prompt(GOOD, id="welcome", aliases="[greet]")}
    shop.commit({**welcome, LABEL: "welcome: 1.0.0\n"}, "renamed")
    shop.run("checkout", "--quiet", "-B", "pull")
    text = (shop.root / "prompts/.releases/greet/1.0.2.yaml").read_text()
    text = text.replace("id: greet", "id: welcome").replace("1.0.2", "1.0.0")
    shop.commit({"prompts/.releases/welcome/1.0.0.yaml": sealed(text, "1.0.0")}, "another 1.0.0")
    found, code = gate(shop)
    assert (found, code != 0) == (None, True)


def test_a_release_that_nobody_serves_and_that_is_edited_is_another_checks_business(shop, gate):
    edited(shop, "1.0.2", lambda text: text.replace("{{ name", "{{  name"), seal=False)
    _, code = gate(shop)
    assert code == 0


def test_a_label_and_the_prompts_file_that_move_alike_are_judged_once(tmp_path, llmops, gate):
    main = made(tmp_path, llmops, {"prompts/greet.yaml": prompt(GOOD)})
    main.checkout("main")
    llmops(main.root, "prompt", "release", "greet", "-m", "first")
    serve(main, "1.0.0")
    released(main, llmops, BAD, stored=False)
    pull(main, "1.0.1")
    found, code = gate(main)
    assert (of(found), code) == ([("changed", "FAIL")], 1)
    assert len(found["families"]) == 1
    assert "label production: 1.0.0 → 1.0.1" in reasons(found)


def test_a_label_and_a_file_that_move_to_different_texts_are_both_judged(shop, gate):
    pull(shop, "1.0.2", **{"prompts/greet.yaml": prompt(ALIKE)})
    found, code = gate(shop)
    assert code == 1
    assert sorted(of(found)) == [("changed", "PASS"), ("promoted", "FAIL")] or {v for _, v in of(found)} == {
        "FAIL",
        "IMPROVED",
    }
    assert {family["against"] for family in found["families"] if family["verdict"] == "FAIL"} == {"1.0.0 of production"}


def test_a_rollback_by_revert_passes_on_what_is_stored(shop, llmops, gate):
    serve(shop, "1.0.2")
    shop.run("revert", "--no-edit", "HEAD")
    found, code = gate(shop)
    assert (of(found), code) == ([("promoted", "IMPROVED")], 0)
    found, code = gate(shop, "--mode", "replay")
    assert (of(found), code) == ([("promoted", "NEW")], 0)
    assert "accepted greet@1.0.0: first" in reasons(found)
    assert "no baseline for greet@1.0.2" in reasons(found)


def test_a_rollback_to_what_is_worse_fails_and_says_how_it_is_taken_anyway(shop, llmops, gate):
    serve(shop, "1.0.2")
    serve(shop, "1.0.1")
    shop.run("revert", "--no-edit", "HEAD")
    found, code = gate(shop)
    assert (of(found), code) == ([("promoted", "FAIL")], 1)
    assert "no baseline of greet@1.0.2 on greet is stored" in reasons(found)
    assert "llmops baseline accept greet@1.0.2 --allow-regress" in reasons(found)
    llmops(shop.root, "eval", "run", "greet@1.0.2")
    llmops(shop.root, "baseline", "accept", "greet@1.0.2", "--allow-regress", "--reason", "the incident of today")
    shop.commit(message="accepted")
    found, code = gate(shop)
    assert (of(found), code) == ([("promoted", "ACCEPTED")], 0)
    assert any("the incident of today" in reason for one in found["families"] for reason in one["reasons"])
    found, code = gate(shop, fork=True)
    assert (of(found), code) == ([("promoted", "FAIL")], 1)


def test_nothing_stored_of_what_was_served_is_no_pass_without_calls(shop, gate):
    shop.checkout("main")
    shop.run("rm", "-rq", "evalsets/.baselines")
    shop.commit(message="no baseline")
    shop.run("checkout", "--quiet", "-B", "pull")
    pull(shop, "1.0.1")
    found, code = gate(shop, "--mode", "replay")
    assert (of(found), code) == ([("promoted", "NO-BASELINE")], 3)
    assert "greet@1.0.0" in reasons(found)
    found, code = gate(shop)
    assert (of(found), code) == ([("promoted", "PASS")], 0)


def test_a_prompt_without_an_eval_set_is_uncovered(tmp_path, llmops, gate):
    main = made(
        tmp_path, llmops, {"prompts/greet.yaml": prompt(GOOD), "prompts/bare.yaml": prompt(id="bare", evals="")}
    )
    main.checkout("main")
    llmops(main.root, "prompt", "release", "bare", "-m", "first")
    main.commit({"prompts/bare.yaml": prompt(ALIKE, id="bare", evals="")}, "edited")
    llmops(main.root, "prompt", "release", "bare", "-m", "second")
    main.commit({LABEL: "bare: 1.0.0\n"}, "served")
    main.run("checkout", "--quiet", "-B", "pull")
    main.commit({LABEL: "bare: 1.0.1\n"}, "moved")
    found, code = gate(main)
    assert (of(found, "bare"), code) == ([("promoted", "UNCOVERED")], 1)


def test_an_eval_set_that_the_release_did_not_name_yet_judges_it(tmp_path, llmops, gate):
    main = made(tmp_path, llmops, {"prompts/greet.yaml": prompt(GOOD)})
    main.checkout("main")
    main.commit({"prompts/greet.yaml": prompt(GOOD, evals="")}, "not judged")
    llmops(main.root, "prompt", "release", "greet", "-m", "first")
    released(main, llmops, BAD, stored=False, evals="")
    main.commit({"prompts/greet.yaml": prompt(GOOD)}, "judged")
    serve(main, "1.0.0")
    pull(main, "1.0.1")
    found, code = gate(main)
    assert (of(found), code) == ([("promoted", "FAIL")], 1)


@pytest.mark.parametrize(("version", "verdict"), [("1.0.1", "NEW"), ("1.0.2", "FAIL")])
def test_a_label_that_served_nothing_is_judged_as_a_new_prompt(version, verdict, shop, gate):
    serve(shop, "1.0.0", **{"evalsets/greet.yaml": SET.replace("true", "true, min: 0.9")})
    easier = {"evalsets/greet.yaml": SET}
    pull(shop, version, "prompts/.labels/staging.yaml", **easier)
    found, code = gate(shop)
    assert (of(found), code) == ([("promoted", verdict)], 0 if verdict == "NEW" else 1)
    assert "nothing of greet was served by staging before" in reasons(found)


def test_a_label_with_a_new_name_is_held_against_the_one_that_goes(shop, gate):
    shop.run("rm", "-q", LABEL)
    pull(shop, "1.0.2", "prompts/.labels/live.yaml")
    found, code = gate(shop)
    assert (sorted(of(found)), code) == ([("promoted", "FAIL"), ("removed", "PASS")], 1)
    assert {family["against"] for family in found["families"]} == {"1.0.0 of production"}
    assert "label live: nothing → 1.0.2, in place of production, which served 1.0.0" in reasons(found)


def test_a_line_that_goes_is_shown_with_what_it_breaks(shop, gate, llmops):
    pull(shop, "")
    found, code = gate(shop)
    assert (of(found), code) == ([("removed", "PASS")], 0)
    assert "callers that ask for greet@production get an error" in reasons(found)


def test_a_renamed_prompts_line_moves_with_it(shop, gate):
    shop.run("mv", "prompts/greet.yaml", "prompts/welcome.yaml")
    welcome = prompt(GOOD, id="welcome", aliases="[greet]")
    shop.commit({"prompts/welcome.yaml": welcome, LABEL: "welcome: 1.0.2\n"}, "renamed")
    found, code = gate(shop)
    assert (sorted(of(found, "welcome")), code) == ([("promoted", "FAIL"), ("renamed", "PASS")], 1)
    shop.commit({LABEL: "welcome: 1.0.0\n"}, "renamed")
    found, code = gate(shop)
    assert (sorted(of(found, "welcome")), code) == ([("promoted", "PASS"), ("renamed", "PASS")], 0)
    assert "the same content" in reasons(found, "welcome")


@pytest.mark.parametrize("fork", [False, True])
def test_a_release_that_a_pull_request_makes_is_judged_as_its_text_deserves(fork, shop, llmops, gate):
    released(shop, llmops, 'template: "Oh {{ name | upper }}"', stored=False)
    shop.commit({"prompts/greet.yaml": prompt(GOOD)}, "back")
    pull(shop, "1.0.3")
    found, code = gate(shop, fork=fork)
    assert (of(found), code) == ([("promoted", "FAIL")], 1)


def test_cases_that_gained_an_input_are_put_to_an_older_release_without_it(shop, llmops, gate):
    rows = cases().replace('{"name"', '{"mood": "glad", "name"')
    shop.checkout("main")
    shop.commit({"prompts/greet.yaml": prompt(GOOD, variables="{name: string, mood: string}")}, "wider")
    serve(shop, "1.0.1", **{"evalsets/greet.jsonl": rows})
    pull(shop, "1.0.0")
    for mode in ("replay", "live"):
        found, code = gate(shop, "--mode", mode)
        assert (of(found), code) == ([("promoted", "PASS")], 0)


def test_names_choose_what_is_judged(shop, gate):
    pull(shop, "1.0.2", **{"prompts/other.yaml": prompt(GOOD, id="other")})
    found, code = gate(shop, "other")
    assert (of(found), code) == ([], 0)
    found, code = gate(shop, "greet")
    assert (of(found), code) == ([("promoted", "FAIL")], 1)


@pytest.mark.parametrize("form", ["text", "markdown", "html", "junit"])
def test_every_report_shows_the_move(form, shop, llmops):
    pull(shop, "1.0.2")
    done = llmops(shop.root, "gate", "--format", form, code=1)
    assert "1.0.0 of production" in done.out
    assert form == "junit" or "label production: 1.0.0 → 1.0.2" in done.out
    assert form == "junit" or "llmops baseline accept greet@1.0.2" in done.out


def test_a_rollback_to_what_the_file_says_is_accepted_against_what_the_label_served(shop, llmops, gate):
    """The file was turned back before: that version has no drop of its own, but the label's has."""
    serve(shop, "1.0.1", **{"prompts/greet.yaml": prompt(BAD)})
    pull(shop, "1.0.2")
    found, code = gate(shop)
    assert (of(found), code) == ([("promoted", "FAIL")], 1)
    llmops(shop.root, "eval", "run", "greet@1.0.2")
    refused = llmops(shop.root, "baseline", "accept", "greet@1.0.2", "--reason", "now", code=2)
    assert "--allow-regress" in refused.err
    llmops(shop.root, "baseline", "accept", "greet@1.0.2", "--reason", "now", "--allow-regress")
    shop.commit(message="accepted")
    found, code = gate(shop)
    assert (of(found), code) == ([("promoted", "ACCEPTED")], 0)
    assert found["calls"]["live"] > 0


def test_without_a_baseline_of_what_was_served_the_way_out_begins_with_one(shop, llmops, gate):
    shop.run("rm", "-rq", "evalsets/.baselines")
    serve(shop, "1.0.1")
    pull(shop, "1.0.2")
    found, code = gate(shop)
    assert (of(found), code) == ([("promoted", "FAIL")], 1)
    said = reasons(found)
    (way,) = re.findall(r"as a rollback may be: (.*), and commit it with the label", said)
    for command in way.split(", then "):
        llmops(shop.root, *(word.replace("…", "now") for word in command.split()[1:]))
    shop.commit(message="accepted")
    found, code = gate(shop)
    assert (of(found), code) == ([("promoted", "ACCEPTED")], 0)


def test_a_label_file_that_cannot_be_read_is_refused_and_may_be_mended(shop, gate):
    shop.commit({LABEL: "greet: 1.0\n"}, "a number")
    found, code = gate(shop)
    assert (found, code != 0) == (None, True)
    serve(shop, "1.0")
    pull(shop, "1.0.1")
    found, code = gate(shop)
    assert (of(found), code) == ([("promoted", "NEW")], 0)


def test_a_label_before_the_first_commit_is_new_with_its_prompt(tmp_path, llmops):
    repo = Repo.create(tmp_path / "fresh")
    for path, text in {
        "prompts/greet.yaml": prompt(GOOD), "evalsets/greet.yaml": SET, "evalsets/greet.jsonl": cases()
    }.items():  # fmt: skip
        repo.write(path, text)
    llmops(repo.root, "eval", "run", "greet")
    llmops(repo.root, "prompt", "release", "greet", "-m", "first", "--allow-dirty")
    repo.write(LABEL, "greet: 1.0.0\n")
    found = llmops(repo.root, "gate", "--format", "json").json()
    assert of(found) == [("new", "NEW")]
    assert "label production: nothing → 1.0.0" in reasons(found)
