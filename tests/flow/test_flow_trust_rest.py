"""Links and submodules in the place of prompts, labels, releases, eval sets, settings and whole projects.

Each is a real pull request, as in `test_flow_tricks.py`.
"""

import os
import shutil

import pytest
from test_flow_labels_gate import LABEL
from test_flow_tricks import GOOD, judged, made, prompt

FILES = {
    "a prompt": "prompts/greet.yaml",
    "a prompt beside it": "prompts/other.yaml",
    "a folder of prompts": "prompts/team",
    "all prompts": "prompts",
    "an eval set": "evalsets/greet.yaml",
    "its cases": "evalsets/greet.jsonl",
    "all eval sets": "evalsets",
    "a label": LABEL,
    "the labels": "prompts/.labels",
    "a release": "prompts/.releases/greet/1.0.0.yaml",
    "the releases": "prompts/.releases",
    "the policy": "llmops.yaml",
}


@pytest.fixture
def shop(tmp_path, llmops):
    """Main: prompts, one of them released and served by production."""
    more = {"prompts/other.yaml": prompt(id="other"), "prompts/team/third.yaml": prompt(id="team/third")}
    main = made(tmp_path, llmops, {"prompts/greet.yaml": prompt(GOOD), **more})
    main.checkout("main")
    llmops(main.root, "prompt", "release", "greet", "-m", "first")
    main.commit({LABEL: "greet: 1.0.0\n", "elsewhere/notes.txt": "x\n"}, "served")
    main.run("checkout", "--quiet", "-B", "pull")
    return main


@pytest.fixture
def gate(llmops, monkeypatch, tmp_path):
    return lambda main, *flags, **more: judged(main, llmops, monkeypatch, tmp_path, *flags, **more)


def refusal(main, llmops, monkeypatch, tmp_path):
    """Gate the pull request, and return its error; a verdict is none."""
    seen = []

    def noted(root, *argv, **more):
        seen.append(llmops(root, *argv, **more))
        return seen[-1]

    found, code = judged(main, noted, monkeypatch, tmp_path)
    assert found is None
    assert code in (1, 2)
    return seen[-1].err


@pytest.fixture
def refused(llmops, monkeypatch, tmp_path):
    """Return a function that gates the pull request and returns its error."""
    return lambda main: refusal(main, llmops, monkeypatch, tmp_path)


def link(main, path, target="elsewhere/notes.txt"):
    main.run("rm", "-rq", "--ignore-unmatch", path)
    (main.root / path).parent.mkdir(parents=True, exist_ok=True)
    (main.root / path).symlink_to(os.path.relpath(main.root / target, (main.root / path).parent))
    main.commit(message="a link")


def submodule(main, path):
    main.run("rm", "-rq", path)
    main.run("update-index", "--add", "--cacheinfo", f"160000,{main.run('rev-parse', 'main')},{path}")
    main.run("commit", "-qm", "a submodule")


@pytest.mark.parametrize("make", [link, submodule])
@pytest.mark.parametrize("name", FILES)
def test_what_stands_behind_a_link_in_the_head_is_refused_by_name_and_not_shown_as_removed(name, make, shop, refused):
    make(shop, FILES[name])
    said = refused(shop)
    assert FILES[name] in said
    words = ("a symbolic link is not followed",) if make is link else ("submodule", "llmops.yaml is not read: a folder")
    assert any(word in said for word in words)


def test_a_link_that_takes_nothing_away_is_left_alone(shop, gate):
    shop.checkout("main")
    link(shop, "prompts/README.md")
    shop.run("checkout", "--quiet", "-B", "pull")
    link(shop, "prompts/more.yaml")
    link(shop, "evalsets/NOTES.md")
    found, code = gate(shop)
    assert (found["verdict"], code) == ("PASS", 0)


def test_a_link_that_the_base_has_already_may_be_mended(shop, gate):
    shop.checkout("main")
    link(shop, "prompts/other.yaml")
    shop.run("checkout", "--quiet", "-B", "pull")
    shop.run("rm", "-q", "prompts/other.yaml")
    shop.commit({"prompts/other.yaml": prompt(GOOD, id="other")}, "a file again")
    found, code = gate(shop)
    assert ([one["status"] for one in found["prompts"] if one["id"] == "other"], code) == (["new"], 0)


def test_a_prompt_that_is_taken_away_altogether_is_removed_as_before(shop, gate):
    shop.run("rm", "-q", "prompts/other.yaml")
    shop.commit(message="gone")
    found, code = gate(shop)
    assert ([one["status"] for one in found["prompts"] if one["id"] == "other"], code) == (["removed"], 0)


def test_a_link_in_the_working_tree_is_refused_as_in_a_commit(shop, llmops):
    (shop.root / "prompts/other.yaml").unlink()
    (shop.root / "prompts/other.yaml").symlink_to("../elsewhere/notes.txt")
    done = llmops(shop.root, "gate", code=1)
    assert "prompts/other.yaml is a file in the base, and here it is not read: a symbolic link" in done.err


@pytest.mark.parametrize("name", ["other", "away/other"])
def test_a_project_folder_that_becomes_a_link_to_another_project_is_refused(name, tmp_path, llmops, monkeypatch):
    main = made(tmp_path, llmops, {"prompts/greet.yaml": prompt(GOOD)})
    main.checkout("main")
    for folder in ("shop", name):
        for part in ("prompts", "evalsets"):
            shutil.copytree(main.root / part, main.root / folder / part)
        shutil.copy(main.root / "llmops.yaml", main.root / folder / "llmops.yaml")
    main.run("rm", "-rq", "llmops.yaml", "prompts", "evalsets")
    main.commit(message="two projects")
    main.run("checkout", "--quiet", "-B", "pull")
    link(main, "shop", name)
    seen = []

    def below(root, *argv, **more):
        seen.append(llmops(root / "shop", *argv, **more))
        return seen[-1]

    found, code = judged(main, below, monkeypatch, tmp_path)
    assert (found, code) == (None, 2)
    assert f"this change moves the project from shop to {name}" in seen[-1].err
