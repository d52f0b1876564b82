"""`flow.log`: every commit that made the prompt what it is, each once, with its releases among them."""

import pytest
from gitrepo import Repo
from released import Shop, shop

from llmops_cli.errors import UnknownNameError
from llmops_cli.flow.log import log

DEEP = (
    "id: deep\nmodel: fast\nvariables: {q: string}\nmessages:\n"
    "  - {role: system, content: \"{% include 'parts/a.j2' %}\"}\n  - {role: user, content: '{{ q }}'}\n"
    "examples: {file: rows.jsonl}\ntools: [{file: tool.json}]\noutput: {format: json_schema, schema: {file: answer.json}}\n"
)
FILES = {
    "prompts/deep.yaml": DEEP,
    "prompts/parts/a.j2": "one {% include 'parts/b.j2' %}",
    "prompts/parts/b.j2": "two",
    "prompts/rows.jsonl": '{"input": "a", "output": "{\\"n\\": 1}"}\n',
    "prompts/tool.json": '{"type": "function", "function": {"name": "look"}}',
    "prompts/answer.json": '{"type": "object", "properties": {"n": {"type": "number"}}}',
    "prompts/other.yaml": "model: echo/m\ntemplate: x\n",
    "llmops.yaml": "models: {fast: {model: echo/a}}\n",
}


@pytest.fixture(params=["", "services/bot"])
def here(request, tmp_path):
    made = shop(Repo.create(tmp_path / "r"), request.param)
    made.commit(FILES, "deep")
    return made


def subjects(here, name="deep", limit=50):
    """Return what the log says, newest first: versions and subjects."""
    return [
        one.release.version if one.release else one.commit.subject for one in log(here.project, name, limit).entries
    ]


def test_a_commit_to_anything_that_the_prompt_takes_in_is_listed_and_no_other(here):
    for name, text in FILES.items():
        if name.endswith((".j2", ".json", ".jsonl")):
            here.commit(
                {name: text.replace("one", "1").replace("two", "2").replace("look", "see").replace(":", " :")}, name
            )
    here.commit({"prompts/other.yaml": "model: echo/m\ntemplate: y\n"}, "other")
    here.commit({"prompts/parts/unused.j2": "y"}, "unused")
    here.commit({"evalsets/greet.jsonl": '{"inputs": {"name": "x"}}\n'}, "cases")
    here.commit({"llmops.yaml": "models: {fast: {model: echo/a}}\nbudget: {max_calls: 5}\n"}, "budget")
    here.commit({"llmops.yaml": "models: {fast: {model: echo/b}}\n"}, "model")
    taken = [name for name in FILES if name.endswith((".j2", ".json", ".jsonl"))]
    assert subjects(here) == ["model", *reversed(taken), "deep"]
    touched = [one.touched for one in log(here.project, "deep", 50).entries]
    assert touched[:2] == [("llmops.yaml",), ("prompts/answer.json",)]


def test_what_the_prompt_took_in_then_counts_and_what_it_takes_in_now_counts_now(here):
    here.commit({"prompts/parts/b.j2": "2"}, "b while included")
    here.commit({"prompts/parts/c.j2": "c"}, "c not yet")
    here.commit({"prompts/parts/a.j2": "one {% include 'parts/c.j2' %}"}, "c for b")
    here.commit({"prompts/parts/b.j2": "3"}, "b not any more")
    here.commit({"prompts/parts/c.j2": "cc"}, "c while included")
    assert subjects(here) == ["c while included", "c for b", "b while included", "deep"]


@pytest.mark.parametrize("new", ["prompts/shallow.yaml", "prompts/far/away/deep.prompt.yaml"])
def test_renames_are_followed_and_the_old_name_is_free_for_another(new, here):
    here.edit("'{{ q }}'", "'Q: {{ q }}'", "prompts/deep.yaml", "before")
    text = here.read("prompts/deep.yaml").replace("id: deep\n", "")
    (here.repo.root / here.path("prompts/deep.yaml")).unlink()
    here.commit({new: text}, "rename")
    here.commit({"prompts/deep.yaml": "id: deep\nmodel: echo/m\ntemplate: something else entirely\n"}, "a stranger")
    here.edit("Q:", "Ask:", new, "after")
    name = new.removeprefix("prompts/").removesuffix(".yaml").removesuffix(".prompt")
    assert subjects(here, name) == ["after", "rename", "before", "deep"]
    assert subjects(here, "deep")[0] == "a stranger"


def test_a_rename_that_wrote_everything_anew_is_followed_by_its_alias(here):
    (here.repo.root / here.path("prompts/deep.yaml")).unlink()
    here.commit(
        {"prompts/fresh.yaml": "id: fresh\naliases: [deep]\nmodel: echo/zzz\ntemplate: nothing of it is left\n"},
        "rewrite",
    )
    assert subjects(here, "fresh") == subjects(here, "deep") == ["rewrite", "deep"]


def test_a_prompts_folder_that_moved_is_followed(here):
    here.edit("'{{ q }}'", "'Q: {{ q }}'", "prompts/deep.yaml", "before")
    here.repo.run("mv", here.path("prompts"), here.path("texts"))
    here.edit("models:", "prompts: texts\nmodels:", "llmops.yaml", "move")
    here.edit("Q:", "Ask:", "texts/deep.yaml", "after")
    assert subjects(here) == ["after", "move", "before", "deep"]


def test_a_merge_is_listed_only_where_it_changed_something_itself(here):
    here.repo.branch("side")
    here.edit("'{{ q }}'", "'Q: {{ q }}'", "prompts/deep.yaml", "side")
    here.repo.checkout("main")
    here.commit({"prompts/parts/b.j2": "main"}, "main")
    here.repo.merge("side", "clean merge")
    assert sorted(subjects(here)) == ["deep", "main", "side"]
    here.repo.branch("more")
    here.commit({"prompts/parts/b.j2": "more"}, "more")
    here.repo.checkout("main")
    here.commit({"readme": "x"}, "else")
    here.repo.run("merge", "--no-commit", "--no-ff", "-q", "more")
    here.commit({"prompts/rows.jsonl": FILES["prompts/rows.jsonl"] * 2}, "merge with an edit")
    assert subjects(here)[:2] == ["merge with an edit", "more"]
    assert len(subjects(here)) == len({*subjects(here)}) == 5


def test_a_rename_on_one_side_and_an_edit_on_the_other_are_both_there(here):
    here.repo.branch("side")
    here.edit("'{{ q }}'", "'Q: {{ q }}'", "prompts/deep.yaml", "edit of the old name")
    here.repo.checkout("main")
    here.repo.run("mv", here.path("prompts/deep.yaml"), here.path("prompts/new.yaml"))
    here.edit("id: deep", "id: new", "prompts/new.yaml", "rename")
    here.repo.merge("side")
    assert sorted(subjects(here, "new")) == ["deep", "edit of the old name", "merge", "rename"]


def test_a_time_in_which_it_was_broken_or_gone_is_part_of_it(here):
    here.edit("id: deep", "id: [deep", "prompts/deep.yaml", "broken")
    here.edit("id: [deep", "id: deep", "prompts/deep.yaml", "mended")
    text = here.read("prompts/deep.yaml")
    (here.repo.root / here.path("prompts/deep.yaml")).unlink()
    here.commit({}, "gone")
    assert subjects(here) == ["gone", "mended", "broken", "deep"]
    here.commit({"prompts/deep.yaml": text}, "back")
    assert subjects(here) == ["back", "gone", "mended", "broken", "deep"]


def test_releases_stand_above_the_commit_they_were_made_of(here):
    here.answer()
    here.release("greet")
    here.promote("greet@1.0.0")
    here.edit("Hello", "Hi", message="hi")
    here.commit({"readme": "x"}, "nothing of ours")
    here.release("greet", message="Shorter.")
    here.edit("Hi", "Hey", message="hey")
    assert subjects(here, "greet") == ["hey", "1.0.1", "hi", "1.0.0", "first"]
    entries = log(here.project, "greet", 50).entries
    assert entries[3].labels == {"production": 100.0}
    assert entries[2].digest == entries[1].release.digest
    assert subjects(here, "greet", 2) == ["hey", "1.0.1"]


def test_releases_whose_commit_is_not_known_stand_by_their_day(here):
    here.answer()
    here.release("greet", dirty=True)
    path = here.repo.root / here.path("prompts/greet.yaml")
    path.write_text(path.read_text().replace("Hello", "Hi"))
    from llmops_cli.flow.release import Wish, release

    release(here.project, "greet", Wish(dirty=True))
    assert {*subjects(here, "greet")} == {"1.0.0", "1.0.1", "first"}


def test_shares_of_a_split_are_shown_for_each_version(here):
    here.answer()
    here.release("greet")
    here.edit("Hello", "Hi")
    here.release("greet")
    here.commit({"prompts/.labels/production.yaml": "greet: {1.0.0: 3, 1.0.1: 1}\n"})
    found = {one.release.version: one.labels for one in log(here.project, "greet", 9).entries if one.release}
    assert found == {"1.0.0": {"production": 75.0}, "1.0.1": {"production": 25.0}}


def test_a_shallow_clone_lists_what_is_there_and_where_it_is_cut(here, tmp_path):
    here.answer()
    here.release("greet")
    here.edit("Hello", "Hi", message="hi")
    clone = here.repo.clone(tmp_path / "shallow", "--depth=2")
    there = Shop(clone, here.folder)
    found = log(there.project, "greet", 50)
    assert found.entries[0].commit.subject == "hi"
    assert "1.0.0" in subjects(there, "greet")
    assert found.cut == (clone.run("rev-parse", "HEAD~1"),)
    assert [one.cut for one in found.entries if one.commit] == [False, True]
    assert log(here.project, "greet", 50).cut == ()


def test_what_is_neither_committed_nor_released_is_an_error_that_says_so(here):
    here.repo.write(here.path("prompts/new.yaml"), "model: echo/m\ntemplate: x\n")
    with pytest.raises(UnknownNameError, match="in no commit yet"):
        log(here.project, "new", 9)
    with pytest.raises(UnknownNameError, match="no prompt 'nope'"):
        log(here.project, "nope", 9)


def test_a_detached_head_is_as_good_as_a_branch(here):
    here.edit("'{{ q }}'", "'Q: {{ q }}'", "prompts/deep.yaml", "edit")
    here.repo.checkout("HEAD~0")
    assert subjects(here) == ["edit", "deep"]
