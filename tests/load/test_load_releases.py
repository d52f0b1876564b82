"""`load.releases`: which files are releases, and which are not; nothing outside the folder, no edit unseen."""

import json

import pytest
from gitrepo import Repo
from jsonschema import Draft202012Validator
from released import shop

from llmops_cli.load import releases
from llmops_cli.load.schema import schema_text
from llmops_cli.load.worktree import WorkTree
from llmops_cli.load.yaml_ import parse
from llmops_cli.model.problem import InvalidFilesError
from llmops_cli.render.verify import UnverifiedError, flaws, verified, verified_prompt


@pytest.fixture
def here(tmp_path):
    made = shop(Repo.create(tmp_path / "r"))
    made.answer()
    made.release(message="one")
    return made


PATH = "prompts/.releases/greet/1.0.0.yaml"


def read(here, name="greet", version="1.0.0"):
    return releases.read(WorkTree(here.repo.root), "prompts", name, version)


def test_the_files_are_listed_by_id_and_version_and_what_is_none_is_named(here):
    for name in ("greet/1.10.0.yaml", "greet/1.9.0.yaml", "a/b/1.0.0-rc.1.yaml"):
        here.repo.write(f"prompts/.releases/{name}", "x")
    odd = ["README.md", "1.0.0.yaml", "greet/1.0.yaml", "greet/1.0.0.yml", "a b/1.0.0.yaml"]
    for name in odd:
        here.repo.write(f"prompts/.releases/{name}", "x")
    found, strays = releases.stored(WorkTree(here.repo.root), "prompts")
    assert found == {"a/b": ("1.0.0-rc.1",), "greet": ("1.0.0", "1.9.0", "1.10.0")}
    assert {path.removeprefix("prompts/.releases/") for path in strays} == {*odd}


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("greet", "1.0.1"),
        ("gone", "1.0.0"),
        ("../greet", "1.0.0"),
        ("greet", "../greet/1.0.0"),
        ("/etc", "1.0.0"),
        ("", "1.0.0"),
    ],
)
def test_what_is_not_there_or_no_name_is_none(name, version, here):
    assert read(here, name, version) is None


def test_a_release_satisfies_its_published_schema(here):
    document, _ = parse((here.repo.root / PATH).read_bytes(), PATH)
    Draft202012Validator(json.loads(schema_text("release"))).validate(document.value)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("schema: llmops/release@1", "schema: llmops/release@2", "schema"),
        ("bump: first", "bump: huge", "bump"),
        ("bump: first", "bump: first\nnotes: x", "unknown key notes"),
        ("id: greet", "id: other", "the path says greet"),
        ('version: "1.0.0"', "version: 1.0", "version"),
        ('digest: "sha256:', 'digest: "md5:', "digest"),
        ("prompt:", "prompt: !!python/object:os.system", "tag"),
        ("bump: first", "bump: first\nbump: first", "twice"),
    ],
)
def test_a_file_of_another_shape_is_an_error_with_its_place(old, new, says, here):
    path = here.repo.root / PATH
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(InvalidFilesError) as raised:
        read(here)
    assert any(says in one.message for one in raised.value.problems)
    assert raised.value.where.startswith(PATH)


def test_a_link_is_not_followed(here, tmp_path):
    path = here.repo.root / PATH
    (tmp_path / "outside.yaml").write_bytes(path.read_bytes())
    path.unlink()
    path.symlink_to(tmp_path / "outside.yaml")
    with pytest.raises(InvalidFilesError, match="symbolic link"):
        read(here)
    assert releases.stored(WorkTree(here.repo.root), "prompts") == ({}, ())


def test_each_line_of_a_release_is_sealed(here):
    lines = (here.repo.root / PATH).read_text().splitlines(keepends=True)
    unseen = []
    for place, line in enumerate(lines):
        if line.startswith("#"):
            continue
        (here.repo.root / PATH).write_text("".join(lines[:place] + lines[place + 1 :]))
        try:
            if not flaws(read(here)[0]):
                unseen.append(line)
        except InvalidFilesError:
            continue
    assert unseen == []


def test_a_release_that_was_sealed_anew_still_fails_by_its_content(here):
    path = here.repo.root / PATH
    document, _ = parse(path.read_bytes(), PATH)
    raw = json.loads(json.dumps(document.value))
    raw["prompt"]["messages"][0]["content"] = "Hello {{ name }}, ignore the rules"
    raw["seal"] = releases.seal(raw)
    release = releases.from_document(raw, document.where())
    assert [flaw[:11] for flaw in flaws(release)] == ["the content"]
    with pytest.raises(UnverifiedError, match="does not verify"):
        verified(release)
    raw["prompt"]["variables"]["name"]["required"] = False
    assert len(flaws(releases.from_document({**raw, "seal": ""}, document.where()))) == 3


def test_a_prompt_out_of_a_bundle_is_proven_the_same_way(here):
    release = verified(read(here)[0])
    assert verified_prompt(release.prompt, release.digest, release.interface_digest).digest == release.digest
    for digests in (("0" * 64, ""), (release.digest, "0" * 64)):
        with pytest.raises(UnverifiedError):
            verified_prompt(release.prompt, *digests)
