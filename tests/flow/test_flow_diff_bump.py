"""The advised bump of a diff follows the version of the side that is compared with, whatever was released since."""

import pytest
from gitrepo import Repo
from released import shop


@pytest.fixture
def branch(tmp_path):
    """Main released 1.0.0; a branch added a variable and released 2.0.0 itself."""
    made = shop(Repo.create(tmp_path / "r"))
    made.answer()
    made.release()
    made.repo.branch("pull")
    made.edit("{name: string}", "{name: string, mood: {type: string}}")
    made.edit('"Hello {{ name }}"', '"Hello {{ name }} {{ mood }}"')
    rows = made.read("evalsets/greet.jsonl").replace('"inputs": {', '"inputs": {"mood": "calm", ')
    made.commit({"evalsets/greet.jsonl": rows})
    made.answer()
    made.release()
    return made


FROM_BASE = "advised bump: MAJOR (1.0.0 → 2.0.0)"
DIFFS = {
    "the base": (["--base", "main"], FROM_BASE),
    "one prompt and the base": (["greet", "--base", "main"], FROM_BASE),
    "a revision": (["greet@main"], FROM_BASE),
    "a commit": (["greet@main", "--head", "HEAD"], FROM_BASE),
    "a release": (["greet@1.0.0"], FROM_BASE),
    "two sides": (["greet@main", "greet"], FROM_BASE),
}


@pytest.mark.parametrize("name", DIFFS)
def test_what_a_branch_released_itself_is_no_part_of_what_it_is_compared_with(name, branch, llmops):
    flags, said = DIFFS[name]
    assert said in llmops(branch.repo.root, "prompt", "diff", *flags).out


def test_an_edit_after_the_release_follows_that_release(branch, llmops):
    path = branch.repo.root / "prompts/greet.yaml"
    path.write_text(path.read_text().replace('"Hello', '"Hi'))
    assert "advised bump: PATCH (2.0.0 → 2.0.1)" in llmops(branch.repo.root, "prompt", "diff").out
