"""`flow.address`: each form names one thing, and nothing ever stands in for what is missing."""

import pytest
from gitrepo import Repo
from released import shop

from llmops_cli.errors import GitError, UnknownNameError
from llmops_cli.flow.address import find, parse
from llmops_cli.model.problem import InvalidFilesError
from llmops_cli.model.release import choose


@pytest.fixture
def here(tmp_path):
    """Releases 1.0.0 (Hello) and 1.0.1 (Hi), production serves 1.0.0; the working tree says Hey."""
    made = shop(Repo.create(tmp_path / "r"))
    made.answer()
    made.release()
    made.promote("greet@1.0.0")
    made.edit("Hello", "Hi")
    made.release()
    made.edit("Hi", "Hey")
    return made


def says(here, address, **more):
    """Return the first word of the prompt at an address."""
    return find(here.project, address, **more).prompt.texts[0].content.split()[0]


@pytest.mark.parametrize(
    ("address", "word"),
    [
        ("greet", "Hey"),
        ("greet@1.0.0", "Hello"),
        ("greet@1.0.1", "Hi"),
        ("greet@production", "Hello"),
        ("greet@HEAD", "Hey"),
        ("greet@HEAD~2", "Hi"),
        ("greet@main", "Hey"),
        ("greet@main~2", "Hi"),
        ("prompts/greet.yaml@HEAD~2", "Hi"),
        ("prompts/greet.yaml@1.0.0", "Hello"),
        ("prompts/greet.yaml@production", "Hello"),
    ],
)
def test_every_form_names_its_version(address, word, here, monkeypatch):
    monkeypatch.chdir(here.repo.root)
    assert says(here, address) == word


@pytest.mark.parametrize("address", ["greet@1.0.0", "greet@1.0.1", "greet@HEAD", "greet", "greet@HEAD~4"])
def test_a_digest_names_what_it_is_the_digest_of_wherever_that_lies(address, here):
    wanted = find(here.project, address).prompt
    for digits in (7, 12, 64):
        assert find(here.project, f"greet@sha256:{wanted.digest[:digits]}").prompt.digest == wanted.digest


def test_a_digest_that_only_history_or_another_branch_has_is_found(here):
    here.repo.branch("side")
    here.edit("Hey", "Ahoy")
    digest = find(here.project, "greet").prompt.digest
    here.repo.checkout("main")
    found = find(here.project, f"greet@sha256:{digest[:10]}")
    assert found.prompt.digest == digest
    assert found.tree.name == here.repo.run("rev-parse", "side")


def test_a_digest_that_only_an_include_made_is_found(here):
    here.commit({"prompts/deep.yaml": "model: echo/m\ntemplate: \"{% include 'p.j2' %}\"\n", "prompts/p.j2": "one"})
    digest = find(here.project, "deep").prompt.digest
    here.commit({"prompts/p.j2": "two"})
    assert find(here.project, f"deep@sha256:{digest}").prompt.includes == {"p.j2": "one"}
    here.commit({"prompts/deep.yaml": "model: echo/m\ntemplate: three\n"})
    here.repo.run("rm", "-q", "prompts/deep.yaml")
    here.commit()
    assert find(here.project, f"deep@sha256:{digest[:9]}").prompt.includes == {"p.j2": "one"}


def test_a_prefix_of_several_contents_is_an_error_that_gives_more_digits(here, monkeypatch):
    monkeypatch.setattr("llmops_cli.flow.named.PREFIX", __import__("re").compile("[0-9a-f]*"))
    here.repo.write("prompts/greet.yaml", "model: echo/m\nbroken: [\n")
    with pytest.raises(UnknownNameError, match="names 2 contents") as raised:
        find(here.project, "greet@sha256:")
    assert raised.value.hint.count("greet@sha256:") == 2


@pytest.mark.parametrize(
    ("address", "message", "hint"),
    [
        ("greet@1.0.2", "no release greet@1.0.2", "did you mean greet@1.0."),
        ("greet@9.9.9", "no release greet@9.9.9", "1.0.0, 1.0.1"),
        ("greet@prodution", "no revision, label or version", "did you mean greet@production"),
        ("greet@v1.0.1", "no revision, label or version", "did you mean greet@1.0.1"),
        ("greet@1.0", "no revision, label or version", "did you mean greet@1.0.0"),
        ("greet@nope", "no revision, label or version", "labels: production"),
        ("greet@sha256:0000000", "no content of greet", "prompt log greet"),
        ("greet@sha256:000000", "no digest", "at least 7"),
        ("greet@sha256:ABCDEF012", "no digest", "small letters"),
        ("greet@", "says nothing after @", "an address is"),
        ("@1.0.0", "no prompt", "an address is"),
        ("gret@1.0.0", "no prompt 'gret'", "did you mean greet"),
        ("gret@production", "no prompt 'gret'", "did you mean greet"),
        ("../greet@1.0.0", "no prompt", ""),
        ("greet@../production", "no revision, label or version", ""),
        ("greet@refs/heads/production", "no revision, label or version", ""),
    ],
)
def test_what_is_missing_is_an_error_that_names_what_is_there(address, message, hint, here):
    with pytest.raises(UnknownNameError, match=message) as raised:
        find(here.project, address)
    assert hint in raised.value.hint


def test_a_label_that_does_not_serve_the_prompt_never_falls_through_to_a_branch(here):
    here.repo.run("branch", "production")
    assert says(here, "greet@production") == "Hello"
    assert says(here, "greet@refs/heads/production") == "Hey"
    here.commit({"prompts/.labels/production.yaml": "other: 1.0.0\n"})
    with pytest.raises(UnknownNameError, match="the label production does not serve greet"):
        find(here.project, "greet@production")
    here.commit({"prompts/.labels/production.yaml": "# nothing yet\n"})
    with pytest.raises(UnknownNameError, match="does not serve greet"):
        find(here.project, "greet@production")


def test_a_label_that_points_at_nothing_is_an_error(here):
    here.commit({"prompts/.labels/production.yaml": "greet: 7.0.0\n"})
    with pytest.raises(UnknownNameError, match=r"production serves greet 7.0.0, which is no release") as raised:
        find(here.project, "greet@production")
    assert raised.value.where == "prompts/.labels/production.yaml:1:1"


@pytest.mark.parametrize(
    "text", ["greet: 1.10\n", "greet: {1.0.0: 0}\n", "- greet\n", "greet: [1.0.0]\n", "greet: {}\n"]
)
def test_a_label_file_that_is_wrong_is_an_error_and_no_branch_is_tried(text, here):
    here.repo.run("branch", "production")
    here.commit({"prompts/.labels/production.yaml": text})
    with pytest.raises(InvalidFilesError):
        find(here.project, "greet@production")


def test_a_label_file_behind_a_link_is_an_error(here, tmp_path):
    here.repo.run("branch", "production")
    path = here.repo.root / "prompts/.labels/production.yaml"
    outside = tmp_path / "outside.yaml"
    path.rename(outside)
    path.symlink_to(outside)
    with pytest.raises(InvalidFilesError, match="symbolic link"):
        find(here.project, "greet@production")


def test_a_split_label_needs_a_key_and_keeps_to_it(here):
    here.commit({"prompts/.labels/production.yaml": "greet: {1.0.0: 50, 1.0.1: 50}\n"})
    with pytest.raises(UnknownNameError, match="is a split") as raised:
        find(here.project, "greet@production")
    assert raised.value.hint == "name the version: greet@1.0.0 or greet@1.0.1"
    split = {"1.0.0": 50, "1.0.1": 50}
    words = {"1.0.0": "Hello", "1.0.1": "Hi"}
    for key in ("ada", "bob", "cy", "dee"):
        assert says(here, "greet@production", key=key) == words[choose(split, "greet", "production", key)]
    here.commit({"prompts/.labels/production.yaml": "greet: {1.0.1: 7}\n"})
    assert says(here, "greet@production") == "Hi"


def test_releases_serve_though_the_working_tree_is_broken_or_gone(here):
    here.repo.write("prompts/greet.yaml", "model: [")
    assert says(here, "greet@1.0.0") == says(here, "greet@production") == "Hello"
    (here.repo.root / "prompts/greet.yaml").unlink()
    assert says(here, "greet@1.0.1") == "Hi"
    assert says(here, "greet@HEAD") == "Hey"


def test_an_old_id_finds_what_was_released_and_committed_under_it(here):
    here.repo.run("mv", "prompts/greet.yaml", "prompts/hello.yaml")
    here.edit("id: greet", "id: hello\naliases: [greet]", "prompts/hello.yaml")
    for name in ("greet", "hello"):
        assert says(here, f"{name}@1.0.0") == says(here, f"{name}@production") == "Hello"
        assert says(here, f"{name}@HEAD~1") == "Hey"


def test_an_id_with_a_version_behind_at_is_found_as_the_alias_it_is(here):
    here.commit({"prompts/hello.yaml": "id: hello@v3.2\nmodel: echo/m\ntemplate: Salve\n"})
    assert says(here, "hello@v3.2") == "Salve"


def test_a_shallow_clone_says_that_its_history_is_cut(here, tmp_path):
    digest = find(here.project, "greet@HEAD").prompt.digest
    here.edit("Hey", "Ahoy")
    clone = here.repo.clone(tmp_path / "shallow", "--depth=1")
    there = type(here)(clone)
    assert says(there, "greet@production") == "Hello"
    with pytest.raises(UnknownNameError) as raised:
        find(there.project, f"greet@sha256:{digest}")
    assert "git fetch --unshallow" in raised.value.hint
    with pytest.raises(UnknownNameError) as raised:
        find(there.project, "greet@HEAD~1")
    assert "git fetch --unshallow" in raised.value.hint


def test_outside_git_versions_and_labels_work_and_revisions_say_why_not(here, tmp_path):
    import shutil

    shutil.copytree(here.repo.root / "prompts", tmp_path / "plain" / "prompts")
    there = type(here)(Repo(tmp_path / "plain"))
    assert says(there, "greet@1.0.0") == says(there, "greet@production") == "Hello"
    with pytest.raises((UnknownNameError, GitError), match="not in a git repository"):
        find(there.project, "greet@HEAD")


@pytest.mark.parametrize(
    ("text", "name", "ref"),
    [
        ("a/b", "a/b", ""),
        ("a/b@1.2.3-rc.1", "a/b", "1.2.3-rc.1"),
        ("a@main@{1}", "a", "main@{1}"),
        ("p/a.yaml", "p/a.yaml", ""),
        ("p/a@b.yml", "p/a@b.yml", ""),
        ("p/a@b.yml@HEAD", "p/a@b.yml", "HEAD"),
    ],
)
def test_an_address_has_a_name_and_a_ref(text, name, ref):
    assert (parse(text).name, parse(text).ref) == (name, ref)
