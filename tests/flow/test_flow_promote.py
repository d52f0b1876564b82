"""`flow.promote`: only what passed is served, no caller is broken, and git takes a promotion back."""

import pytest
from gitrepo import Repo
from released import shop

from llmops_cli.errors import FindingsError, LlmopsError, UnknownNameError, UsageError
from llmops_cli.flow.address import find
from llmops_cli.flow.promote import Allowed, parse_split, promote
from llmops_cli.flow.proven import RefusedError
from llmops_cli.flow.validate import validate
from llmops_cli.render.verify import UnverifiedError

GREETING = '"Hello {{ name }}"'
LABEL = "prompts/.labels/production.yaml"
MEND = Allowed(breaking=True)
"""For labels that serve what was never released."""


@pytest.fixture
def here(tmp_path):
    """The prompt with answers, released as 1.0.0."""
    made = shop(Repo.create(tmp_path / "r"))
    made.answer()
    made.release()
    return made


def serves(here, label="production"):
    """Return the label's lines that say something."""
    text = here.read(f"prompts/.labels/{label}.yaml")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def second(here, old="Hello", new="Good day"):
    """Release a further version with answers."""
    here.edit(old, new)
    here.answer()
    return here.release().release.version


def test_a_release_that_passed_is_served(here):
    done = here.promote("greet@1.0.0")
    assert (done.before, done.after, done.path) == (None, "1.0.0", LABEL)
    assert serves(here) == ["greet: 1.0.0"]
    assert find(here.project, "greet@production").prompt.version == "1.0.0"


def test_without_evidence_it_is_refused_with_the_command_that_makes_some(here):
    here.edit("Hello", "Hi")
    here.release()
    with pytest.raises(RefusedError, match="greet: no evidence") as raised:
        promote(here.project, "greet@1.0.1", "production")
    assert "llmops eval run greet@1.0.1 --evalset greet" in raised.value.hint
    assert not (here.repo.root / LABEL).exists()


def test_answers_that_come_later_count_for_that_very_digest(here, llmops):
    here.edit("Hello", "Hi")
    here.release()
    here.edit("Hi", "Hey")
    here.answer()
    with pytest.raises(RefusedError, match="no evidence"):
        promote(here.project, "greet@1.0.1", "production")
    llmops(here.repo.root, "eval", "run", "greet@1.0.1")
    assert promote(here.project, "greet@1.0.1", "production").notes == ("greet: PASS against 1.0.0 now",)


def test_a_version_that_fails_the_gate_is_refused(here):
    version = second(here, "Hello {{ name }}", "Hello {{ name[:1] }}")
    with pytest.raises(RefusedError, match=r"greet: FAIL \(contains 100.0% → 0.0%"):
        promote(here.project, f"greet@{version}", "production")


def test_a_drop_that_somebody_accepted_may_be_served(here, llmops):
    llmops(here.repo.root, "baseline", "accept", "greet", "--reason", "first")
    here.commit()
    here.repo.write("prompts/greet.yaml", here.read("prompts/greet.yaml").replace("name }}", "name[:1] }}"))
    here.answer()
    llmops(here.repo.root, "baseline", "accept", "greet", "--reason", "shorter", "--allow-regress")
    here.commit()
    version = here.release().release.version
    assert promote(here.project, f"greet@{version}", "production").notes == ("greet: ACCEPTED when it was released",)


def test_a_prompt_that_nobody_judges_is_refused(here):
    here.commit({"prompts/free.yaml": "model: echo/m\ntemplate: x\n"})
    here.release("free")
    with pytest.raises(RefusedError, match="UNCOVERED"):
        promote(here.project, "free@1.0.0", "production")


def test_an_eval_set_that_is_named_after_the_release_judges_it(here):
    free = "model: echo/m\ntemplate: 'Hello dear {{ name }}'\nvariables: {name: string}\n"
    here.commit({"prompts/free.yaml": free})
    here.release("free")
    here.commit({"prompts/free.yaml": f"{free}evals: [greet]\n"})
    with pytest.raises(RefusedError, match="no evidence") as raised:
        promote(here.project, "free@1.0.0", "production")
    assert "llmops eval run free@1.0.0 --evalset greet" in raised.value.hint
    here.answer()
    assert promote(here.project, "free@1.0.0", "production").notes == ("greet: NEW now",)


def test_dropping_the_eval_set_afterwards_does_not_help(here):
    version = second(here, "Hello {{ name }}", "Hello {{ name[:1] }}")
    here.edit("\nevals: [greet]", "")
    here.repo.run("rm", "-q", "evalsets/greet.yaml", "evalsets/greet.jsonl")
    here.commit()
    with pytest.raises((RefusedError, UnknownNameError)):
        promote(here.project, f"greet@{version}", "production")


def test_a_failing_word_of_a_set_that_is_not_named_any_more_still_counts(here):
    here.commit(
        {
            "evalsets/more.yaml": "id: more\ndata: greet.jsonl\nprompts: [greet]\n"
            "scorers: [{type: contains, primary: true, value: Hello}]\n"
        }
    )
    version = second(here)
    here.commit({"evalsets/more.yaml": "id: more\ndata: greet.jsonl\nscorers: [{type: contains, primary: true}]\n"})
    with pytest.raises(RefusedError, match="more"):
        promote(here.project, f"greet@{version}", "production")


def test_a_release_that_was_edited_is_refused(here):
    path = here.repo.root / "prompts/.releases/greet/1.0.0.yaml"
    path.write_text(path.read_text().replace("Hello", "Hi"))
    with pytest.raises(UnverifiedError):
        promote(here.project, "greet@1.0.0", "production")


def breaking(here):
    """Release 2.0.0, which wants a value that no caller gives yet."""
    here.promote("greet@1.0.0")
    here.edit("{name: string}", "{name: string, mood: {type: string}}")
    here.edit(GREETING, '"Hello {{ name }} {{ mood }}"')
    cases = here.read("evalsets/greet.jsonl").replace('"inputs": {', '"inputs": {"mood": "calm", ')
    here.commit({"evalsets/greet.jsonl": cases})
    here.answer()
    version = here.release().release.version
    assert version == "2.0.0"


def test_an_interface_that_breaks_what_is_served_is_refused_with_its_breaks(here):
    breaking(here)
    with pytest.raises(
        RefusedError, match=r"the interface breaks what production serves: 1.0.0 → 2.0.0: .*mood"
    ) as raised:
        promote(here.project, "greet@2.0.0", "production")
    assert "--breaking" in raised.value.hint
    assert serves(here) == ["greet: 1.0.0"]
    assert promote(here.project, "greet@2.0.0", "staging").after == "2.0.0"


def test_a_break_is_allowed_by_a_word_and_only_where_no_call_breaks(here):
    breaking(here)
    app = (
        'from llmops_cli import prompts\n\n\ndef job():\n    return prompts.get("greet@production").render(name="x")\n'
    )
    here.commit({"app/jobs.py": app})
    with pytest.raises(RefusedError, match=r"1 call site breaks: app/jobs.py:5"):
        promote(here.project, "greet@2.0.0", "production", allow=Allowed(breaking=True))
    here.edit('name="x"', 'name="x", mood="calm"', "app/jobs.py")
    notes = promote(here.project, "greet@2.0.0", "production", allow=Allowed(breaking=True)).notes
    assert any("mood" in note for note in notes)
    assert not any("not checked" in note for note in notes)


DYNAMIC = """\
from llmops_cli import prompts

def job(name, values):
    prompts.get("greet@production").render(**values)
    prompts.get(name).render(name="x")
    prompts.get("greet@1.0.0").render(**values)
    prompts.get("other").render(**values)
"""


@pytest.mark.parametrize(
    ("path", "text", "places"),
    [
        ("app/jobs.py", DYNAMIC, ["app/jobs.py:4", "app/jobs.py:5"]),
        ("app/old.py", "from llmops_cli import prompts\nprint 'x'\n", ["app/old.py"]),
    ],
)
def test_a_break_with_calls_that_nobody_can_check_needs_a_second_word(here, path, text, places, llmops):
    breaking(here)
    here.commit({path: text})
    with pytest.raises(RefusedError, match=f"{len(places)} places? cannot be checked: {places[0]}") as raised:
        promote(here.project, "greet@2.0.0", "production", allow=Allowed(breaking=True))
    assert all(place in raised.value.message for place in places)
    assert not any(f"app/jobs.py:{line}" in raised.value.message for line in (6, 7))
    assert "--allow-unchecked" in raised.value.hint
    said = llmops(here.repo.root, "prompt", "promote", "greet@2.0.0", "--to", "production", "--breaking", code=1)
    assert places[0] in said.err
    done = promote(here.project, "greet@2.0.0", "production", allow=Allowed(breaking=True, unchecked=True))
    assert done.after == "2.0.0"
    assert sum(note.startswith("not checked, allowed: ") for note in done.notes) == len(places)


def test_a_variable_taken_away_is_weighed_on_what_both_versions_were_asked(here):
    breaking(here)
    here.edit(", mood: {type: string}", "")
    here.edit(" {{ mood }}", "")
    here.commit({"evalsets/greet.jsonl": here.read("evalsets/greet.jsonl").replace('"mood": "calm", ', "")})
    here.edit("Hello", "Hi")
    here.answer()
    (evidence,) = here.release().release.evidence
    assert (evidence.verdict, evidence.against, evidence.cases) == ("PASS", "2.0.0", 12)


def test_a_case_that_asks_something_else_is_not_paired(here):
    here.edit('"n03"', '"other"', "evalsets/greet.jsonl")
    here.edit("Hello", "Hi")
    here.answer()
    (evidence,) = here.release().release.evidence
    assert evidence.verdict == "INCOMPLETE"


def test_git_revert_of_a_promotion_is_the_rollback(here):
    here.promote("greet@1.0.0")
    version = second(here)
    here.promote(f"greet@{version}")
    assert find(here.project, "greet@production").prompt.version == version
    here.repo.run("revert", "--no-edit", "HEAD")
    assert find(here.project, "greet@production").prompt.version == "1.0.0"
    assert validate(here.project).errors == 0


def test_promoting_an_older_release_is_a_rollback_too(here):
    version = second(here)
    here.promote(f"greet@{version}")
    assert here.promote("greet@1.0.0").before == version
    assert serves(here) == ["greet: 1.0.0"]


def test_promoting_what_is_served_does_nothing(here):
    here.promote("greet@1.0.0")
    before = (here.repo.root / LABEL).stat().st_mtime_ns
    done = promote(here.project, "greet@1.0.0", "production")
    assert done.before == done.after == "1.0.0"
    assert (here.repo.root / LABEL).stat().st_mtime_ns == before


def test_what_one_environment_serves_is_promoted_to_the_next(here):
    here.promote("greet@1.0.0", "staging")
    assert here.promote("greet@staging").after == "1.0.0"


def test_a_split_is_promoted_each_version_checked(here):
    version = second(here)
    here.promote("greet@1.0.0")
    done = here.promote(f"greet@{version}", split=parse_split(f"{version}=10,1.0.0=90"))
    assert done.after == {"1.0.0": 90, version: 10}
    assert serves(here) == [f"greet: {{1.0.0: 90, {version}: 10}}"]
    here.edit("Good day", "Hi")
    here.release()
    with pytest.raises(RefusedError, match="no evidence"):
        promote(here.project, "greet", "production", split=parse_split("1.0.0=1,1.0.2=1"))


@pytest.mark.parametrize(
    "text", ["1.0.0", "1.0.0=", "1.0.0=0", "1.0.0=-1", "1.0=5", "1.0.0=1,1.0.0=2", "1.0.0=1.5", ","]
)
def test_a_split_that_is_none_is_a_usage_error(text):
    with pytest.raises(UsageError, match="--split"):
        parse_split(text)


@pytest.mark.parametrize(
    ("address", "to", "error", "says"),
    [
        ("greet", "production", UsageError, "names no release"),
        ("greet@HEAD", "production", UsageError, "names no release"),
        ("greet@9.0.0", "production", UnknownNameError, "no release greet@9.0.0"),
        ("nope@1.0.0", "production", UnknownNameError, "no release nope@1.0.0"),
        ("greet@1.0.0", "3.2.0", UsageError, "no name of an environment"),
        ("greet@1.0.0", "../x", UsageError, "no name of an environment"),
        ("greet@1.0.0", "HEAD", UsageError, "no name of an environment"),
        ("greet@1.0.0", "abc1234", UsageError, "no name of an environment"),
        ("greet@1.0.0", "a b", UsageError, "no name of an environment"),
    ],
)
def test_what_is_no_release_or_no_environment_is_a_usage_error(address, to, error, says, here):
    with pytest.raises(error, match=says):
        promote(here.project, address, to)


def test_a_slip_in_the_environment_does_not_make_a_new_one(here):
    here.promote("greet@1.0.0")
    with pytest.raises(UsageError, match="no label 'prodution'") as raised:
        promote(here.project, "greet@1.0.0", "prodution")
    assert "production" in raised.value.hint
    here.repo.write("prompts/.labels/prodution.yaml", "")
    assert promote(here.project, "greet@1.0.0", "prodution").after == "1.0.0"


BEFORE = """\
# who serves what
schema: llmops/label@1

alpha: 1.0.0  # pinned by Ada

# the greeter
greet: 0.9.0   # old

zeta: {1.0.0: 90, 2.0.0: 10}  # a try
"""


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_only_the_one_line_of_a_label_changes(end, here):
    here.repo.write(LABEL, BEFORE.replace("\n", end))
    promote(here.project, "greet@1.0.0", "production", allow=MEND)
    wanted = BEFORE.replace("greet: 0.9.0   # old", "greet: 1.0.0   # old").replace("\n", end)
    assert (here.repo.root / LABEL).read_bytes() == wanted.encode()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "greet: 1.0.0\n"),
        ("# only a word", "# only a word\n\ngreet: 1.0.0\n"),
        ("alpha: 1.0.0", "alpha: 1.0.0\n\ngreet: 1.0.0\n"),
        ("alpha: 1.0.0\n\nzeta: 1.0.0\n", "alpha: 1.0.0\n\ngreet: 1.0.0\n\nzeta: 1.0.0\n"),
        ("alpha: 1.0.0\nzeta: 1.0.0\n", "alpha: 1.0.0\n\ngreet: 1.0.0\n\nzeta: 1.0.0\n"),
        ("zeta: 1.0.0\n", "greet: 1.0.0\n\nzeta: 1.0.0\n"),
        ("alpha: 1.0.0\n\n# about zeta\nzeta: 1.0.0\n", "alpha: 1.0.0\n\ngreet: 1.0.0\n\n# about zeta\nzeta: 1.0.0\n"),
        ("greet:\n  0.8.0: 1\n  0.9.0: 2\n\nzeta: 1.0.0\n", "greet: 1.0.0\n\nzeta: 1.0.0\n"),
        ('"greet": "0.9.0" # why\n', "greet: 1.0.0 # why\n"),
        ("greet: {0.8.0: 1,\n  0.9.0: 2}\n# end\n", "greet: 1.0.0\n# end\n"),
        ("greet: 0.9.0", "greet: 1.0.0"),
    ],
)
def test_an_entry_finds_its_place_among_the_others(before, after, here):
    here.repo.write(LABEL, before)
    promote(here.project, "greet@1.0.0", "production", allow=MEND)
    assert here.read(LABEL) == after


def test_a_label_file_in_another_layout_is_left_alone(here):
    text = "{alpha: 1.0.0, greet: 0.9.0, zeta: 1.0.0}\n"
    here.repo.write(LABEL, text)
    with pytest.raises(FindingsError, match="cannot change one line"):
        promote(here.project, "greet@1.0.0", "production", allow=MEND)
    assert here.read(LABEL) == text


def test_promotions_of_neighbours_on_two_branches_merge(here):
    here.commit({LABEL: "alpha: 1.0.0\n\ngreet: 0.9.0\n\nzeta: 1.0.0\n"})
    here.repo.branch("other")
    here.commit({LABEL: here.read(LABEL).replace("zeta: 1.0.0", "zeta: 1.1.0").replace("alpha: 1.0.0", "alpha: 1.1.0")})
    here.repo.checkout("main")
    here.promote("greet@1.0.0", allow=MEND)
    here.repo.merge("other")
    assert serves(here) == ["alpha: 1.1.0", "greet: 1.0.0", "zeta: 1.1.0"]


def test_a_label_that_points_at_nothing_is_mended_on_demand_and_calls_are_looked_at(here):
    here.commit({LABEL: "greet: 0.9.0\n"})
    project = here.project
    with pytest.raises(RefusedError, match=r"0\.9\.0, which is no release: nothing to compare with"):
        promote(project, "greet@1.0.0", "production")
    app = 'from llmops_cli import prompts\n\nprompts.get("greet").render(nobody="x")\n'
    here.commit({"app/jobs.py": app})
    with pytest.raises(RefusedError, match=r"app/jobs\.py:3"):
        promote(project, "greet@1.0.0", "production", allow=Allowed(breaking=True))
    here.edit("nobody", "name", "app/jobs.py")
    assert promote(project, "greet@1.0.0", "production", allow=Allowed(breaking=True)).before == "0.9.0"
    assert "0.9.0, which is no release" in here.warnings[-1]


def test_a_served_release_whose_file_is_gone_is_compared_as_head_has_it(here):
    breaking(here)
    (here.repo.root / "prompts/.releases/greet/1.0.0.yaml").unlink()
    project = here.project
    with pytest.raises(RefusedError, match=r"1\.0\.0 → 2\.0\.0: .*mood"):
        promote(project, "greet@2.0.0", "production")
    assert "1.0.0 is gone from the working tree" in here.warnings[-1]


def test_a_renamed_prompt_is_held_to_what_its_old_name_serves(here):
    here.promote("greet@1.0.0")
    here.repo.run("mv", "prompts/greet.yaml", "prompts/hello.yaml")
    here.edit("id: greet", "id: hello\naliases: [greet]", "prompts/hello.yaml")
    here.edit("Hello", "Hi", "prompts/hello.yaml")
    here.answer()
    here.release("hello")
    done = here.promote("hello@1.0.1")
    assert (done.id, done.before, done.after) == ("hello", None, "1.0.1")
    assert "greet@production still serves 1.0.0" in done.notes[-1]
    assert serves(here) == ["greet: 1.0.0", "hello: 1.0.1"]
    assert find(here.project, "hello@production").prompt.version == "1.0.1"
    assert here.promote("hello@1.0.0").before == "1.0.1"
    assert find(here.project, "hello@production").prompt.version == "1.0.0"
    assert validate(here.project).errors == 0
    here.edit("{name: string}", "{name: {type: string, maxLength: 20}}", "prompts/hello.yaml")
    here.commit({LABEL: "greet: 1.0.0\n"})
    here.answer()
    here.release("hello")
    with pytest.raises(RefusedError, match=r"the interface breaks what production serves: 1\.0\.0 → 2\.0\.0"):
        promote(here.project, "hello@2.0.0", "production")


def test_nothing_is_written_or_read_through_a_link(here, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (here.repo.root / "prompts/.labels").symlink_to(outside)
    with pytest.raises(LlmopsError, match="symbolic link"):
        promote(here.project, "greet@1.0.0", "production")
    assert not list(outside.iterdir())
    releases = here.repo.root / "prompts/.releases"
    releases.rename(outside / "releases")
    releases.symlink_to(outside / "releases")
    for name in ("greet@1.0.0", "greet@2.0.0"):
        with pytest.raises(LlmopsError):
            find(here.project, name)
    assert validate(here.project).errors
