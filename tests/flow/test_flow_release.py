"""`flow.release`: which version, which evidence, what is refused; what stands in the file stays true."""

import pytest
from gitrepo import Repo
from released import Shop, shop

from llmops_cli.errors import FindingsError, UsageError
from llmops_cli.flow.address import find
from llmops_cli.flow.evidence import weigh
from llmops_cli.flow.release import Wish, release
from llmops_cli.load.releases import read, read_back
from llmops_cli.model.problem import InvalidFilesError
from llmops_cli.render.verify import UnverifiedError, verified

GREETING = '"Hello {{ name }}"'


@pytest.fixture
def here(tmp_path):
    return shop(Repo.create(tmp_path / "r"))


def test_a_release_holds_the_content_its_digests_and_where_it_came_from(here):
    here.answer()
    done = here.release(message="The first.")
    file, document = read(here.project.tree, "prompts", "greet", "1.0.0")
    now = find(here.project, "greet").prompt
    assert (file.digest, file.interface_digest) == (now.digest, now.interface_digest)
    assert [one.content for one in verified(file).prompt.texts] == [one.content for one in now.texts]
    assert (file.version, file.bump, file.message, file.date) == ("1.0.0", "first", "The first.", "2026-01-02")
    assert file.commit == here.repo.run("rev-parse", "HEAD~1")
    assert done.path == document.path == "prompts/.releases/greet/1.0.0.yaml"
    (evidence,) = file.evidence
    assert (evidence.evalset, evidence.verdict, evidence.cases, evidence.scores) == (
        "greet",
        "NEW",
        12,
        {"contains": 1.0},
    )
    assert len(evidence.runs) == 1


@pytest.mark.parametrize(
    ("old", "new", "version", "bump"),
    [
        ("Hello", "Good day", "1.0.1", "patch"),
        ("echo/m", "echo/other", "1.1.0", "minor"),
        ("{name: string}", "{name: string, mood: {type: string, default: calm}}", "1.1.0", "minor"),
        ("{name: string}", "{name: string, mood: string}", "2.0.0", "major"),
        ("{name: string}", "{name: {type: string, enum: [a]}}", "2.0.0", "major"),
    ],
)
def test_the_change_since_the_last_release_gives_the_bump(old, new, version, bump, here):
    here.release()
    text = here.read("prompts/greet.yaml").replace(old, new)
    here.commit(
        {"prompts/greet.yaml": text.replace(GREETING, '"Hello {{ name }}{{ mood }}"') if "mood" in new else text}
    )
    done = here.release()
    assert (done.release.version, done.release.bump) == (version, bump)
    assert done.release.reasons


def test_the_next_release_is_weighed_against_the_last_one(here):
    here.answer()
    here.release()
    here.edit("Hello", "Good day")
    assert here.release().release.evidence == ()
    here.edit("Good day", "Good morning")
    here.answer()
    here.repo.run("rm", "-q", "prompts/.releases/greet/1.0.1.yaml")
    here.commit()
    (evidence,) = here.release().release.evidence
    assert (evidence.verdict, evidence.against) == ("PASS", "1.0.0")
    assert evidence.baseline == find(here.project, "greet@1.0.0").prompt.digest


def test_a_worse_version_is_released_with_a_verdict_that_says_so(here):
    here.answer()
    here.release()
    here.edit("Hello {{ name }}", "Hello {{ name[:1] }}")
    here.answer()
    done = here.release()
    (evidence,) = done.release.evidence
    assert evidence.verdict == "FAIL"
    assert not done.weighed[0].passes
    assert "--allow-regress" in done.weighed[0].run


def test_evidence_comes_from_stored_baselines_and_from_recordings_too(here, llmops):
    here.answer()
    llmops(here.repo.root, "baseline", "accept", "greet", "--reason", "first")
    runs = here.repo.root / ".llmops"
    kept = runs.rename(here.repo.root.parent / "kept")
    here.commit()
    (found,) = weigh(here.project, find(here.project, "greet").prompt, None, "greet")
    assert found.evidence.verdict == "NEW"
    here.repo.run("rm", "-qr", "evalsets/.baselines")
    (found,) = weigh(here.project, find(here.project, "greet").prompt, None, "greet")
    assert found.evidence is None
    kept.rename(runs)
    (found,) = weigh(here.project, find(here.project, "greet").prompt, None, "greet")
    assert found.evidence.verdict == "NEW"


def test_answers_to_cases_as_they_were_are_no_evidence(here):
    here.answer()
    here.edit('"n03"', '"other"', "evalsets/greet.jsonl")
    (found,) = weigh(here.project, find(here.project, "greet").prompt, None, "greet")
    assert found.evidence.verdict == "INCOMPLETE"
    assert found.evidence.cases == 11


@pytest.mark.parametrize(
    ("wish", "says"),
    [
        ({}, "nothing changed since greet@1.0.0"),
        ({"bump": "huge"}, "nothing changed"),
    ],
)
def test_without_a_change_there_is_no_release(wish, says, here):
    here.release()
    with pytest.raises(UsageError, match=says):
        release(here.project, "greet", Wish(**wish))


def test_a_bump_below_the_class_needs_a_word_for_it(here):
    here.release()
    here.edit("{name: string}", "{name: string, mood: string}")
    here.edit(GREETING, '"{{ name }}{{ mood }}"')
    with pytest.raises(UsageError, match=r"too small: the change since 1\.0\.0 is breaking") as raised:
        release(here.project, "greet", Wish(bump="patch"))
    assert "--bump major" in raised.value.hint
    assert here.release(bump="minor", lower=True).release.version == "1.1.0"


def test_a_bump_above_the_class_is_anybodys_right(here):
    here.release()
    here.edit("Hello", "Hi")
    assert here.release(bump="major").release.version == "2.0.0"


@pytest.mark.parametrize("said", ["version: 3.2.0", 'version: "3.2.0"'])
def test_the_files_own_version_is_the_first_one(said, here):
    here.edit("id: greet", f"id: greet\n{said}")
    assert here.release().release.version == "3.2.0"


def test_an_id_with_a_version_in_it_gives_the_first_version(here):
    here.repo.run("mv", "prompts/greet.yaml", "prompts/hello.yaml")
    here.edit("id: greet", "id: hello-v3.2", "prompts/hello.yaml")
    assert here.release("hello").release.version == "3.2.0"
    assert find(here.project, "hello-v3.2").prompt.version == "3.2.0"


def test_the_files_next_version_counts_unless_it_promises_too_little(here):
    here.release()
    here.edit("id: greet", "id: greet\nversion: 1.4.0")
    here.edit("Hello", "Hi")
    assert here.release().release.version == "1.4.0"
    here.edit("version: 1.4.0", "version: 1.5.0")
    here.edit("{name: string}", "{name: {type: string, enum: [a]}}")
    with pytest.raises(UsageError, match=r"version 1\.5\.0 is too low"):
        release(here.project, "greet", Wish())


def test_a_version_left_behind_in_the_file_is_said(here):
    here.edit("id: greet", "id: greet\nversion: 1.0.0")
    here.release()
    here.edit("Hello", "Hi")
    done = here.release()
    assert done.release.version == "1.0.1"
    assert "set it to 1.0.1" in " ".join(done.notes)


def test_content_that_is_in_no_commit_is_refused(here):
    path = here.repo.root / "prompts/greet.yaml"
    path.write_text(path.read_text().replace("Hello", "Hi"))
    with pytest.raises(UsageError, match="differs from HEAD") as raised:
        release(here.project, "greet", Wish())
    assert "--allow-dirty" in raised.value.hint
    done = release(here.project, "greet", Wish(dirty=True))
    assert done.release.commit == ""


def test_an_edited_include_is_content_that_is_in_no_commit(here):
    here.commit({"prompts/greet.yaml": "model: echo/m\ntemplate: \"{% include 'p.j2' %}\"\n", "prompts/p.j2": "one"})
    here.repo.write("prompts/p.j2", "two")
    with pytest.raises(UsageError, match="differs from HEAD"):
        release(here.project, "greet", Wish())


def test_other_files_may_be_edited(here):
    here.repo.write("prompts/other.yaml", "model: echo/m\ntemplate: x\n")
    assert release(here.project, "greet", Wish()).release.commit == here.repo.run("rev-parse", "HEAD")


@pytest.mark.parametrize("git", [True, False])
def test_before_the_first_commit_and_outside_git_only_by_a_word_for_it(git, tmp_path):
    repo = Repo.create(tmp_path / "r") if git else Repo(tmp_path / "r")
    repo.write("prompts/greet.yaml", "model: echo/m\ntemplate: x\n")
    made = Shop(repo)
    with pytest.raises(UsageError, match="in no commit yet"):
        release(made.project, "greet", Wish())
    assert release(made.project, "greet", Wish(dirty=True)).release.version == "1.0.0"


def test_a_prompt_with_an_error_is_not_released(here):
    here.edit(GREETING, '"Hello {{ name }} {format}"')
    with pytest.raises(InvalidFilesError):
        release(here.project, "greet", Wish())
    assert not (here.repo.root / "prompts/.releases").exists()


def test_a_release_is_never_written_over(here):
    here.release()
    here.edit("Hello", "Hi")
    here.repo.write("prompts/.releases/greet/1.0.1.yaml", "not a release")
    with pytest.raises(InvalidFilesError):
        release(here.project, "greet", Wish())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Hello", "Hi"),
        ("type: string", "type: integer"),
        ("required: true", "required: false"),
        ("date: ", "author: eve\ndate: "),
        ('message: ""', 'message: "harmless"'),
        ("verdict: NEW", "verdict: PASS"),
        ("bump: first", "bump: major"),
    ],
)
def test_an_edit_of_a_release_is_found_whatever_it_touches(old, new, here):
    here.answer()
    here.release()
    path = here.repo.root / "prompts/.releases/greet/1.0.0.yaml"
    text = path.read_text()
    assert old in text
    text = _without_author(text) if new.startswith("author") else text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises((UnverifiedError, InvalidFilesError)):
        find(here.project, "greet@1.0.0")
    with pytest.raises((UnverifiedError, InvalidFilesError)):
        release(here.project, "greet", Wish())


def _without_author(text):
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith("author:"))


def test_comments_and_line_ends_of_a_release_are_no_edit(here):
    here.release()
    path = here.repo.root / "prompts/.releases/greet/1.0.0.yaml"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert find(here.project, "greet@1.0.0").prompt.version == "1.0.0"


def test_a_release_under_another_name_is_refused(here):
    here.release()
    text = (here.repo.root / "prompts/.releases/greet/1.0.0.yaml").read_text()
    here.repo.write("prompts/.releases/greet/1.0.7.yaml", text)
    here.repo.write("prompts/.releases/other/1.0.0.yaml", text)
    for address in ("greet@1.0.7", "other@1.0.0"):
        with pytest.raises(InvalidFilesError, match="the path says"):
            find(here.project, address)


def test_what_cannot_be_read_back_is_not_released(here):
    rows = "\n".join(f'{{"input": "q{number}", "output": "a"}}' for number in range(9000))
    here.commit({"prompts/rows.jsonl": rows + "\n"})
    here.edit("evals:", "examples: {file: rows.jsonl}\nevals:")
    with pytest.raises((FindingsError, InvalidFilesError), match=r"cannot be frozen|more than 20000 parts"):
        release(here.project, "greet", Wish())
    assert not (here.repo.root / "prompts/.releases").exists()


def test_includes_examples_tools_and_schemas_are_frozen_so_that_their_files_may_go(here):
    files = {
        "prompts/deep.yaml": (
            "model: fast\nvariables: {q: string}\n"
            "messages:\n  - {role: system, content: \"{% include 'parts/a.j2' %}\"}\n  - {role: user, content: '{{ q }}'}\n"
            "examples: {file: rows.jsonl}\ntools: [{file: tool.json}]\n"
            "output: {format: json_schema, schema: {file: answer.json}}\n"
        ),
        "prompts/parts/a.j2": "one\n{% include 'parts/b.j2' %}",
        "prompts/parts/b.j2": "two",
        "prompts/rows.jsonl": '{"input": "a", "output": "{\\"n\\": 1}"}\n',
        "prompts/tool.json": '{"type": "function", "function": {"name": "look"}}',
        "prompts/answer.json": '{"type": "object", "properties": {"n": {"type": "number", "minimum": 0.5}}}',
        "llmops.yaml": "models: {fast: {model: echo/a}}\n",
    }
    here.commit(files)
    before = find(here.project, "deep").prompt
    here.release("deep")
    for name in [*files, "prompts/greet.yaml"]:
        (here.repo.root / name).unlink()
    after = find(here.project, "deep@1.0.0").prompt
    assert (after.digest, after.interface_digest) == (before.digest, before.interface_digest)
    assert after.model == after.resolved_model == "echo/a"
    here.repo.write("llmops.yaml", "models: {fast: {model: echo/another}}\n")
    assert find(here.project, "deep@1.0.0").prompt.model == "echo/a"


def test_windows_line_ends_of_a_checkout_do_not_change_a_release(here, tmp_path):
    here.commit({"prompts/greet.yaml": "model: echo/m\ntemplate: \"{% include 'p.j2' %}\"\n", "prompts/p.j2": "a\nb\n"})
    first = release(here.project, "greet", Wish()).release
    (here.repo.root / "prompts/.releases/greet/1.0.0.yaml").unlink()
    for name in ("prompts/greet.yaml", "prompts/p.j2"):
        path = here.repo.root / name
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    again = release(here.project, "greet", Wish()).release
    assert again == first


@pytest.mark.parametrize("folder", ["", "services/bot"])
@pytest.mark.parametrize("hashes", ["sha1", "sha256"])
def test_it_works_in_a_subfolder_and_with_sha256_objects(folder, hashes, tmp_path):
    made = shop(Repo.create(tmp_path / "r", f"--object-format={hashes}"), folder)
    made.answer()
    done = made.release()
    assert done.release.commit == made.repo.run("rev-parse", "HEAD~1")
    made.promote("greet@1.0.0")
    made.edit("Hello", "Hi")
    assert find(made.project, "greet@production").prompt.digest == done.release.digest
    assert find(made.project, f"greet@sha256:{done.release.digest[:9]}").name == "1.0.0"
    assert find(made.project, "greet@HEAD~1").prompt.digest == done.release.digest


def test_a_renamed_prompt_goes_on_where_its_old_name_stopped(here):
    here.release()
    here.repo.run("mv", "prompts/greet.yaml", "prompts/hello.yaml")
    here.edit("id: greet", "id: hello\naliases: [greet]", "prompts/hello.yaml")
    here.edit("Hello", "Hi", "prompts/hello.yaml")
    assert here.release("hello").release.version == "1.0.1"
    assert find(here.project, "greet@1.0.0").prompt.version == "1.0.0"
    assert find(here.project, "hello@1.0.0").prompt.id == "greet"
    assert find(here.project, "greet@1.0.1").prompt.id == "hello"


def test_two_branches_that_release_one_version_meet_as_a_conflict(here):
    here.release()
    here.repo.branch("other")
    here.edit("Hello", "Hi")
    here.release()
    here.repo.checkout("main")
    here.edit("Hello", "Hey")
    here.release()
    with pytest.raises(AssertionError, match=r"CONFLICT|git"):
        here.repo.merge("other")
    assert "AA prompts/.releases/greet/1.0.1.yaml" in here.repo.run("status", "--short")


def test_the_reader_takes_back_what_the_writer_wrote(here):
    done = here.release()
    data = (here.repo.root / done.path).read_bytes()
    assert read_back(data, done.path, "greet", "1.0.0").seal == done.release.seal
