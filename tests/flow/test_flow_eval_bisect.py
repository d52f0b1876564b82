"""`eval bisect` on real histories: only versions that differ count, stored answers are free, what is broken is skipped."""

import json

import pytest
from gitrepo import Repo
from support import ModelServer

EVALSET = "id: greet\ndata: greet.jsonl\nscorers: [{type: contains, primary: true}]\n"
CASES = "".join(
    json.dumps({"id": f"c{i:02}", "inputs": {"name": f"n{i:02}"}, "expected": f"n{i:02}"}) + "\n" for i in range(6)
)


def prompt(rule, *, name="greet", user="{{ name }}", more=""):
    body = f'  - {{role: system, content: "{rule}"}}\n  - {{role: user, content: "{user}"}}\n'
    return f"id: {name}\nmodel: local/m\nvariables: {{name: string}}\n{more}evals: [greet]\nmessages:\n{body}"


class Model:
    """Repeats the user, but where the system message says a number from `breaks_at` on. Counts its calls."""

    def __init__(self):
        self.breaks_at = 5
        self.wrong_model = ""
        self.slide = 0
        self.calls = 0

    def __call__(self, body):
        self.calls += 1
        number = int(body["messages"][0]["content"].split()[-1])
        if self.slide and self.calls % self.slide < number:
            return "wrong"
        return (
            "wrong"
            if number >= self.breaks_at or body["model"] == self.wrong_model
            else body["messages"][-1]["content"]
        )


@pytest.fixture
def model():
    return Model()


@pytest.fixture
def past(tmp_path, model):
    """A repository on which every commit `rule N` makes another version; tags v0, v1, …"""
    with ModelServer(model) as server:
        repo = Repo.create(tmp_path / "past")
        settings = f"schema: llmops/config@1\nendpoints: {{local: {{url: '{server.url}'}}}}\n"
        repo.commit({"llmops.yaml": settings, "evalsets/greet.yaml": EVALSET, "evalsets/greet.jsonl": CASES}, "start")
        yield repo


def version(repo, number, **more):
    found = repo.commit({"prompts/greet.yaml": prompt(f"Rule {number}", **more)}, f"rule {number}")
    repo.run("tag", f"v{number}")
    return found


def bisected(llmops, repo, *argv, code=0):
    return llmops(repo.root, "eval", "bisect", "greet", *argv, "--format", "json", code=code).json()


def test_the_first_bad_commit_is_named_with_what_it_changed(past, model, llmops):
    commits = [version(past, number) for number in range(8)]
    done = llmops(past.root, "eval", "bisect", "greet", "--good", "v0", "--bad", "v7")
    assert "first bad commit" in done.out
    assert f"{commits[5]}   Ada   2026-01-02T03:04:05+00:00" in done.out
    assert "rule 5" in done.out
    assert "1 change, words +1 −1" in done.out
    assert f"llmops prompt diff greet@{commits[4][:7]} greet@{commits[5][:7]}" in done.out
    assert "calls: " in done.out
    assert model.calls <= 2 * 6 + 4 + 3 * 2


def test_it_takes_halves_and_nothing_the_second_time(past, model, llmops):
    commits = [version(past, number) for number in range(33)]
    model.breaks_at = 21
    told = bisected(llmops, past, "--good", "v0")
    assert [one["commit"] for one in told["culprits"]] == [commits[21]]
    assert told["calls"]["live"] == model.calls == 2 * 6 + 4 + 5 * 2  # both ends, once more two cases each, halves
    again = bisected(llmops, past, "--good", "v0", "--max-calls", 0)
    assert again["calls"]["live"] == 0
    assert again["culprits"] == told["culprits"]


def test_commits_after_which_the_model_sees_the_same_do_not_count(past, llmops):
    version(past, 1)
    past.commit({"prompts/greet.yaml": "# a comment\n" + prompt("Rule 1")}, "comment")
    past.commit({"README": "x"}, "elsewhere")
    bad = version(past, 6)
    past.commit({"prompts/greet.yaml": prompt("Rule 6", more="description: words\n")}, "words")
    told = bisected(llmops, past, "--good", "v1")
    assert [one["commit"] for one in told["versions"]] == [bad]
    assert [one["commit"] for one in told["culprits"]] == [bad]


def test_a_commit_that_does_not_read_or_render_is_skipped(past, llmops):
    version(past, 0)
    past.commit({"prompts/greet.yaml": "id: [greet\n"}, "no yaml")
    version(past, 1)
    past.commit({"prompts/greet.yaml": prompt("Rule 2", user="{{ nobody }} {{ name }}")}, "no variable")
    version(past, 3)
    bad = version(past, 6)
    version(past, 7)
    told = bisected(llmops, past, "--good", "v0")
    assert [one["commit"] for one in told["culprits"]] == [bad]


def test_where_only_skipped_commits_remain_the_range_is_named(past, llmops):
    version(past, 0)
    one = past.commit({"prompts/greet.yaml": "id: [greet\n"}, "no yaml")
    two = past.commit({"prompts/greet.yaml": prompt("Rule 2", user="{{ nobody }} {{ name }}")}, "no variable")
    three = version(past, 6)
    told = bisected(llmops, past, "--good", "v0")
    assert told["state"] == "range"
    assert [each["commit"] for each in told["culprits"]] == [one, two, three]
    assert [each["state"] for each in told["culprits"]] == ["skipped", "skipped", "fails"]
    assert "cannot be read" in told["culprits"][0]["reason"]
    assert "nobody" in told["culprits"][1]["reason"]


def test_renames_are_followed(past, llmops):
    version(past, 0)
    past.run("mv", "prompts/greet.yaml", "prompts/hello.yaml")
    past.commit({"prompts/hello.yaml": prompt("Rule 1", name="hello")}, "rename")
    bad = past.commit({"prompts/hello.yaml": prompt("Rule 9", name="hello")}, "bad")
    told = llmops(past.root, "eval", "bisect", "hello", "--good", "v0", "--format", "json").json()
    assert [one["commit"] for one in told["culprits"]] == [bad]
    assert told["versions"][0]["path"] == "prompts/hello.yaml"


@pytest.mark.parametrize("options", [(), ("--object-format=sha256",)], ids=["sha1", "sha256"])
def test_a_project_in_a_folder_of_its_repository_has_a_history_too(options, tmp_path, model, llmops):
    with ModelServer(model) as server:
        repo = Repo.create(tmp_path / "top", *options)
        settings = f"schema: llmops/config@1\nendpoints: {{local: {{url: '{server.url}'}}}}\n"
        files = {"llmops.yaml": settings, "evalsets/greet.yaml": EVALSET, "evalsets/greet.jsonl": CASES}
        repo.commit({f"sub/{path}": text for path, text in files.items()}, "start")
        commits = [repo.commit({"sub/prompts/greet.yaml": prompt(f"Rule {at}")}, f"rule {at}") for at in range(8)]
        argv = ("eval", "bisect", "greet", "--good", commits[0], "--format", "json")
        told = llmops(repo.root / "sub", *argv).json()
    assert [one["commit"] for one in told["culprits"]] == [commits[5]]


def test_a_prompts_folder_that_was_renamed_is_followed(past, llmops):
    version(past, 0)
    settings = (past.root / "llmops.yaml").read_text()
    past.run("mv", "prompts", "texts")
    past.commit({"llmops.yaml": settings + "prompts: texts\n"}, "other folder")
    bad = past.commit({"texts/greet.yaml": prompt("Rule 8")}, "bad")
    assert [one["commit"] for one in bisected(llmops, past, "--good", "v0")["culprits"]] == [bad]


def test_a_merge_is_one_step(past, llmops):
    version(past, 0)
    past.branch("side")
    version(past, 6)
    version(past, 7)
    past.checkout("main")
    past.commit({"README": "x"}, "elsewhere")
    merge = past.merge("side")
    version(past, 8)
    told = bisected(llmops, past, "--good", "v0")
    assert [one["commit"] for one in told["culprits"]] == [merge]


def test_a_version_with_a_baseline_costs_nothing(past, model, llmops):
    version(past, 0)
    for number in (1, 2, 6, 7):
        version(past, number)
        llmops(past.root, "eval", "run", "greet", "--repeat", 2, "--mode", "live")
        wanted = ["--allow-regress"] if number > 1 else []
        llmops(past.root, "baseline", "accept", "greet", "--reason", "known", *wanted)
        past.commit(message=f"baseline {number}")
    before = model.calls
    told = bisected(llmops, past, "--good", "v1", "--max-calls", 0)
    assert [one["subject"] for one in told["culprits"]] == ["rule 6"]
    assert told["calls"]["live"] == 0
    assert model.calls == before
    assert any(one["stored"] for one in told["versions"])


def test_a_model_name_means_what_it_meant_then(past, model, llmops):
    """The name `fast` became another model: llmops.yaml alone changed."""
    settings = (past.root / "llmops.yaml").read_text()
    text = prompt("Rule 0").replace("local/m", "fast")
    past.commit({"prompts/greet.yaml": text, "llmops.yaml": settings + "models: {fast: {model: local/big}}\n"}, "big")
    past.run("tag", "good")
    model.wrong_model = "small"
    past.commit({"README": "x"}, "elsewhere")
    bad = past.commit({"llmops.yaml": settings + "models: {fast: {model: local/small}}\n"}, "small")
    told = bisected(llmops, past, "--good", "good")
    assert [one["commit"] for one in told["culprits"]] == [bad]


def test_single_cases_can_be_asked_for(past, model, llmops):
    for number in range(8):
        version(past, number)
    told = bisected(llmops, past, "--good", "v0", "--case", "c03")
    assert (told["cases"], told["state"]) == (["c03"], "found")
    assert model.calls <= 2 + 4 + 6


@pytest.mark.parametrize(
    ("argv", "state", "said"),
    [
        (
            ("--good", "v1", "--bad", "v3"),
            "nothing",
            "no case of 6 scores lower on contains: 100.0 % before, 100.0 % after",
        ),
        (
            ("--good", "v6", "--bad", "v7"),
            "nothing",
            "no case of 6 scores lower on contains: 0.0 % before, 0.0 % after",
        ),
        (("--good", "v3", "--bad", "v3"), "nothing", "the same at both ends"),
    ],
    ids=["bad end passes", "good end fails", "one commit"],
)
def test_ends_that_do_not_differ_are_said_so(argv, state, said, past, llmops):
    for number in range(8):
        version(past, number)
    told = bisected(llmops, past, *argv, code=3)
    assert told["state"] == state
    assert said in told["reason"]


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("greet", "--good", "v3", "--bad", "v1"), "is no ancestor of"),
        (("greet", "--good", "nowhere"), "no commit 'nowhere'"),
        (("nobody", "--good", "v1"), "no prompt 'nobody'"),
        (("greet@v1", "--good", "v1"), "names a revision already"),
        (("greet", "--good", "v1", "--case", "c99"), "no case 'c99' in greet"),
        (("greet", "--good", "v1", "--evalset", "none"), "no eval set 'none'"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_what_is_not_there_is_said(argv, said, past, llmops):
    for number in (1, 3):
        version(past, number)
    assert said in llmops(past.root, "eval", "bisect", *argv, code=2).err


@pytest.mark.parametrize("cap", [3, 13, 17, 19])
def test_a_cap_is_hard_and_the_next_call_goes_on(cap, past, model, llmops):
    commits = [version(past, number) for number in range(16)]
    done = llmops(past.root, "eval", "bisect", "greet", "--good", "v0", "--max-calls", cap, code=4)
    assert model.calls <= cap
    assert "--max-calls" in done.out + done.err
    told = bisected(llmops, past, "--good", "v0")
    assert [one["commit"] for one in told["culprits"]] == [commits[5]]
    assert model.calls == 2 * 6 + 4 + 4 * 2


def many(past, count):
    cases = "".join(
        json.dumps({"id": f"c{i:03}", "inputs": {"name": f"n{i:03}"}, "expected": f"n{i:03}"}) + "\n"
        for i in range(count)
    )
    past.commit({"evalsets/greet.jsonl": cases}, "many")


def test_a_set_of_120_cases_is_bisected_without_a_cap_being_named(past, model, llmops):
    many(past, 120)
    commits = [version(past, number) for number in range(8)]
    told = bisected(llmops, past, "--good", "v0")
    assert [one["commit"] for one in told["culprits"]] == [commits[5]]
    assert model.calls <= 2 * 120 + 60


def test_the_projects_own_budget_is_above_the_default_cap(past, model, llmops):
    many(past, 120)
    settings = (past.root / "llmops.yaml").read_text() + "budget: {max_calls: 200}\n"
    past.commit({"llmops.yaml": settings}, "budget")
    for number in range(8):
        version(past, number)
    said = llmops(past.root, "eval", "bisect", "greet", "--good", "v0", code=4).err
    assert "the two versions lack 240 stored answers, and --max-calls is 200" in said
    assert model.calls == 0


def test_the_hint_is_the_whole_command_and_it_works(past, model, llmops):
    commits = [version(past, number) for number in range(8)]
    argv = ["eval", "bisect", "greet", "--good", "v0", "--bad", "v6", "--scorer", "contains"]
    said = llmops(past.root, *argv, "--max-calls", 5, code=4).err
    command = said.partition("hint: llmops ")[2].partition("   or ")[0]
    assert command == " ".join([*argv, "--max-calls", "72"])
    assert commits[5][:7] in llmops(past.root, *command.split()).out


def test_another_scorer_than_the_primary_one_is_bisected_when_it_is_named(past, model, llmops):
    both = EVALSET.replace(
        "[{type: contains, primary: true}]", "[{type: length, at_least: 1, primary: true}, {type: contains}]"
    )
    past.commit({"evalsets/greet.yaml": both}, "two scorers")
    commits = [version(past, number) for number in range(8)]
    assert bisected(llmops, past, "--good", "v0", code=3)["state"] == "nothing"
    told = bisected(llmops, past, "--good", "v0", "--scorer", "contains")
    assert (told["scorer"], [one["commit"] for one in told["culprits"]]) == ("contains", [commits[5]])
    said = llmops(past.root, "eval", "bisect", "greet", "--good", "v0", "--scorer", "exakt", code=2).err
    assert "greet has no scorer 'exakt'\nhint: it has: length, contains" in said


def test_the_calls_of_judges_are_counted_into_the_default_cap(past, model, llmops):
    many(past, 40)
    rubric = (
        'id: tone\nmodel: local/judge\nvariables: {answer: string}\nmessages:\n  - {role: system, content: "Judge 0"}\n'
    )
    rubric += '  - {role: user, content: "{{ answer }}"}\n'
    judged = EVALSET.replace("type: contains", "type: judge, prompt: tone, pass_at: 1")
    past.commit({"prompts/tone.yaml": rubric, "evalsets/greet.yaml": judged}, "judge")
    commits = [version(past, number) for number in range(8)]
    plain = model.__call__

    class Judged(Model):
        def __call__(self, body):
            if body["model"] == "judge":
                self.calls += 1
                return "FAIL" if "wrong" in body["messages"][-1]["content"] else "PASS"
            return plain(body)

    with ModelServer(Judged()) as server:
        (past.root / "llmops.yaml").write_text(
            f"schema: llmops/config@1\nendpoints: {{local: {{url: '{server.url}'}}}}\n"
        )
        told = bisected(llmops, past, "--good", "v0")
    assert [one["commit"] for one in told["culprits"]] == [commits[5]]


def test_a_slide_over_several_commits_is_refused_with_the_command_that_can_say_more(past, model, llmops):
    """Every commit makes some more answers wrong, now and then: no case breaks for good."""
    model.breaks_at, model.slide = 99, 12
    many(past, 40)
    for number in range(5):
        version(past, number)
        if number in (0, 4):
            llmops(past.root, "eval", "run", "greet", "--repeat", 5, "-j", 1, code=None)
    done = llmops(past.root, "eval", "bisect", "greet", "--good", "v0", "--scorer", "contains", code=3)
    assert "nothing to bisect: the drop of contains" in done.out
    command = "llmops eval explain greet --base v0 --scorer contains"
    assert f"by means over many cases:\n    {command}\n" in done.out
    more = llmops(past.root, *command.split()[1:], "--format", "json").json()
    assert (more["by"], more["hunks"]) == ("whole", 1)
