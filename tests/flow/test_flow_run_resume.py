"""`flow.run.resume`: a run goes on with the very content that it began with, wherever that stands by then."""

import pytest
from gitrepo import Repo
from released import shop

from llmops_cli.errors import UnknownNameError
from llmops_cli.flow.limits import Limits
from llmops_cli.flow.prepare import Wish
from llmops_cli.flow.run import RunWish, open_store, resume, run


@pytest.fixture
def here(tmp_path):
    made = shop(Repo.create(tmp_path / "r"))
    made.release()
    return made


def broken_off(here, address, **wish):
    """Begin a run that may make five calls only; return its digest and its name."""
    run(here.project, RunWish(Wish((address,), **wish), limits=Limits(jobs=1, max_calls=5)))
    plan = open_store(here.project).read(open_store(here.project).newest()).plan
    assert len(open_store(here.project).read(plan.run).results) == 5
    return plan.digest, plan.run


def rows(here, name):
    found = open_store(here.project).read(name)
    return found.plan.digest, len(found.results)


@pytest.mark.parametrize("wish", [{}, {"models": ("echo/other",)}])
@pytest.mark.parametrize("edited", [False, True, "gone"])
def test_a_run_of_a_release_goes_on_whatever_became_of_the_file(wish, edited, here):
    digest, name = broken_off(here, "greet@1.0.0", **wish)
    if edited == "gone":
        here.repo.run("rm", "-q", "prompts/greet.yaml")
        here.commit()
    elif edited:
        here.edit("Hello", "Bye")
    resume(here.project, name, limits=Limits())
    assert rows(here, name) == (digest, 12)


def test_a_run_of_a_file_that_was_edited_since_is_refused(here):
    here.edit("Hello", "Hi")
    _, name = broken_off(here, "greet")
    here.edit("Hi", "Bye")
    with pytest.raises(UnknownNameError, match="its prompt has changed"):
        resume(here.project, name, limits=Limits())


def test_a_run_of_a_prompt_that_is_gone_says_so(here):
    here.edit("Hello", "Hi")
    _, name = broken_off(here, "greet")
    here.repo.run("rm", "-q", "prompts/greet.yaml")
    here.commit()
    with pytest.raises(UnknownNameError, match="greet"):
        resume(here.project, name, limits=Limits())
