"""Baselines on two branches: other versions merge by themselves, the same version conflicts and is united on demand."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmops_cli.compare.arms import extend, without_oldest
from llmops_cli.compare.unite import clash, unite
from llmops_cli.load.baselines import from_bytes
from llmops_cli.model.run import Acceptance, Arm, Row
from llmops_cli.store.baselines import text

PROMPT = 'id: greet\nmodel: echo/m\nvariables: {name: string}\ntemplate: "Hello {{ name }}"\nevals: [greet]\n'
FOLDER = "evalsets/.baselines"


def accept(repo, llmops, reason, *run):
    llmops(repo.root, "eval", "run", "greet", "--mode", "live", *run)
    llmops(repo.root, "baseline", "accept", "greet", "--reason", reason)
    return repo.commit(message=reason)


@pytest.fixture
def attributed(project, llmops):
    """A committed project whose attributes `init` wrote."""
    llmops(project.root, "init")
    project.run(
        "rm",
        "-rq",
        "--cached",
        "--ignore-unmatch",
        "prompts/triage.yaml",
        "evalsets/triage.yaml",
        "evalsets/triage.jsonl",
    )
    for path in ("prompts/triage.yaml", "evalsets/triage.yaml", "evalsets/triage.jsonl", "llmops.yaml"):
        (project.root / path).unlink()
    project.commit(message="attributes")
    return project


def baselines(repo):
    return sorted((repo.root / FOLDER).rglob("*.jsonl"))


def test_init_tells_git_not_to_merge_baselines_and_keeps_what_was_said_before(tmp_path, llmops):
    from gitrepo import Repo

    repo = Repo.create(tmp_path / "r")
    repo.write(".gitattributes", "*.png binary")
    llmops(repo.root, "init")
    said = (repo.root / ".gitattributes").read_text()
    assert said == f"*.png binary\n{FOLDER}/** -merge linguist-generated\n"
    llmops(repo.root, "init")
    assert (repo.root / ".gitattributes").read_text() == said
    found = repo.run("check-attr", "merge", "linguist-generated", "--", f"{FOLDER}/a/b/c.jsonl").splitlines()
    assert [line.rpartition(": ")[2] for line in found] == ["unset", "set"]


def test_two_branches_that_store_baselines_of_other_versions_merge_by_themselves(attributed, llmops):
    accept(attributed, llmops, "first")
    attributed.branch("other")
    attributed.write("prompts/greet.yaml", PROMPT.replace("Hello", "Hi"))
    accept(attributed, llmops, "hi")
    attributed.checkout("main")
    attributed.write("prompts/more.yaml", PROMPT.replace("id: greet", "id: more"))
    llmops(attributed.root, "eval", "run", "more")
    llmops(attributed.root, "baseline", "accept", "more", "--reason", "more")
    attributed.commit(message="more")
    attributed.merge("other")
    assert len(baselines(attributed)) == 3
    llmops(attributed.root, "baseline", "verify")


@pytest.fixture
def torn(attributed, llmops):
    """Two branches that both stored a baseline of one version, in the middle of their merge."""
    attributed.branch("other")
    accept(attributed, llmops, "theirs")
    attributed.checkout("main")
    accept(attributed, llmops, "ours", "--repeat", "2")
    with pytest.raises(AssertionError):
        attributed.merge("other")
    return attributed


def test_the_same_version_on_both_branches_is_a_conflict_and_no_blend(torn, llmops):
    (path,) = baselines(torn)
    name = path.relative_to(torn.root).as_posix()
    assert torn.run("diff", "--name-only", "--diff-filter=U") == name
    assert path.read_text() == torn.run("show", f"HEAD:{name}") + "\n"
    llmops(torn.root, "baseline", "verify")


def test_the_two_sides_are_united_run_by_run_and_the_union_verifies(torn, llmops):
    (path,) = baselines(torn)
    name = path.relative_to(torn.root).as_posix()
    sides = [json.loads(torn.run("show", f"{side}:{name}").partition("\n")[0]) for side in ("HEAD", "MERGE_HEAD")]
    done = llmops(torn.root, "baseline", "merge", name)
    assert f"git add {name}" in done.out
    head, *lines = path.read_text().splitlines()
    united = json.loads(head)
    assert united["runs"] == sorted(sides[0]["runs"] + sides[1]["runs"])
    assert {len(json.loads(line)["answer_sha256"]) for line in lines} == {3}
    assert united["accepted"]["reason"] in ("ours; theirs", "theirs; ours")
    llmops(torn.root, "baseline", "verify")
    torn.run("add", name)
    torn.run("commit", "--quiet", "--no-edit")
    assert llmops(torn.root, "gate", "--format", "json").json()["verdict"] in ("PASS", "NEW")


def test_the_order_of_the_two_sides_does_not_show_and_uniting_again_adds_nothing(torn, llmops, tmp_path):
    (path,) = baselines(torn)
    name = path.relative_to(torn.root).as_posix()
    llmops(torn.root, "baseline", "merge", f"HEAD:{name}", f"MERGE_HEAD:{name}")
    one = path.read_bytes()
    llmops(torn.root, "baseline", "merge", f"MERGE_HEAD:{name}", f"HEAD:{name}")
    assert path.read_bytes() == one
    llmops(torn.root, "baseline", "merge", name, f"HEAD:{name}")
    assert path.read_bytes() == one


def test_sides_that_cannot_be_one_are_refused_and_the_file_stays(torn, llmops, tmp_path):
    (path,) = baselines(torn)
    before = path.read_bytes()
    arm = from_bytes(before, FOLDER, "x")
    (tmp_path / "other.jsonl").write_text(text(replace(arm, scorers={"contains": "f" * 12})))
    refused = llmops(torn.root, "baseline", "merge", path, tmp_path / "other.jsonl", code=1)
    assert "different scorers" in refused.err
    (tmp_path / "edited.jsonl").write_bytes(before.replace(b"true", b"false", 1))
    assert "LB002" in llmops(torn.root, "baseline", "merge", path, tmp_path / "edited.jsonl", code=1).err
    assert "cannot be read" in llmops(torn.root, "baseline", "merge", path, "nowhere.jsonl", code=2).err
    assert path.read_bytes() == before


def test_one_file_without_a_merge_has_no_other_side(attributed, llmops):
    accept(attributed, llmops, "first")
    assert "no merge is under way" in llmops(attributed.root, "baseline", "merge", baselines(attributed)[0], code=2).err


def arm(runs, rows, **more):
    plain = Arm("p", "d" * 64, "s", "e" * 12, {"x": "a" * 12}, {row.case: row for row in rows}, runs=tuple(runs))
    return replace(plain, **more)


def row(case, *values, runs=()):
    return Row(case, "c", {"x": values}, tuple(f"{case}{value}" for value in values), 1.0, 2.0, 3.0, runs=tuple(runs))


def test_a_run_that_both_sides_have_counts_once():
    ours = arm(["A", "C"], [row("a", True, False, runs=[0, 1])])
    theirs = arm(["A", "B"], [row("a", True, True, runs=[0, 1])])
    assert clash(ours, theirs) == ""
    both = unite(ours, theirs)
    assert both.runs == ("A", "B", "C")
    assert both.rows["a"].values == {"x": (True, True, False)}
    assert both.rows["a"].runs == (0, 1, 2)


CLASHES = {
    "different prompts": arm(["A"], [row("a", True)], prompt="q"),
    "different eval sets": arm(["A"], [row("a", True)], evalset="t"),
    "different versions": arm(["A"], [row("a", True)], digest="f" * 64),
    "different cases": arm(["A"], [row("a", True)], evalset_digest="f" * 12),
    "different scorers": arm(["A"], [row("a", True)], scorers={}),
    "case 'a' differs": arm(["A"], [row("a", False)]),
    "case 'b' differs": arm(["A"], [row("a", True), row("b", True)]),
    "which run": arm(["A", "B"], [row("a", True, True)]),
}


@pytest.mark.parametrize("words", CLASHES)
def test_what_cannot_be_one_baseline_is_said(words):
    ours = arm(["A"], [row("a", True)])
    assert words in clash(ours, CLASHES[words])
    assert words in clash(CLASHES[words], ours)
    assert clash(ours, ours) == ""


@st.composite
def histories(draw):
    """Rounds of answers, of which each side has some; a side's acceptance is its own."""
    cases = draw(st.lists(st.sampled_from("abcd"), min_size=1, unique=True))
    rounds = {run: {case: draw(st.booleans()) for case in cases} for run in "ABCDE"[: draw(st.integers(1, 5))]}
    sides = []
    for by in ("ann", "bob"):
        have = sorted(draw(st.sets(st.sampled_from(sorted(rounds)), min_size=1)))
        rows = [row(case, *(rounds[run][case] for run in have), runs=range(len(have))) for case in cases]
        sides.append(arm(have, rows, accepted=draw(st.none() | st.builds(Acceptance, st.just(by), st.just("why")))))
    return rounds, sides


@given(histories())
def test_a_union_holds_every_run_of_both_once_whatever_their_order(found):
    rounds, (one, other) = found
    assert clash(one, other) == ""
    both = unite(one, other)
    assert text(both) == text(unite(other, one))
    if one.rows != other.rows:
        assert both.runs == tuple(sorted({*one.runs, *other.runs}))
        for case, found_row in both.rows.items():
            assert found_row.values["x"] == tuple(rounds[run][case] for run in both.runs)
    assert unite(both, one).rows == both.rows
    assert from_bytes(text(both).encode(), "f", "x").rows.keys() == both.rows.keys()


def test_more_repeats_remember_their_run_and_the_oldest_go_first():
    grown = extend(arm(["A"], [row("a", True), row("b", False)]), arm(["B"], [row("a", False), row("b", True)]))
    assert grown.runs == ("A", "B")
    assert {name: each.runs for name, each in grown.rows.items()} == {"a": (0, 1), "b": (0, 1)}
    least = without_oldest(grown, 1)
    assert least.runs == ("B",)
    assert {name: each.values["x"] for name, each in least.rows.items()} == {"a": (False,), "b": (True,)}
    assert without_oldest(grown, 2) == grown
