import pytest
from gitrepo import Repo

from llmops_cli.flow.fix import fix
from llmops_cli.flow.project import open_project
from llmops_cli.flow.registry import read_prompt
from llmops_cli.flow.validate import validate

HEAD = "model: gpt-4o\n"
TAIL = "template: 'Read {{ document }}'\n"

CASES = {
    "an unquoted version is quoted": (
        f"id: p\nversion: 1.10   # first\n{HEAD}{TAIL}",
        f'id: p\nversion: "1.10"   # first\n{HEAD}{TAIL}',
        ["LP021"],
    ),
    "a version leaves the id": (
        f"# head\nid: p-v3.2  # named so since 2024\n{HEAD}{TAIL}",
        f'# head\nid: p  # named so since 2024\nversion: "3.2.0"\naliases: [p-v3.2]\n{HEAD}{TAIL}',
        ["LP020"],
    ),
    "a quoted id keeps its quotes, aliases in brackets grow": (
        f"id: 'p-v3.2'\naliases: [q] # old\nversion: '3.2.0'\n{HEAD}{TAIL}",
        f"id: 'p'\naliases: [q, p-v3.2] # old\nversion: '3.2.0'\n{HEAD}{TAIL}",
        ["LP020"],
    ),
    "a list of aliases grows": (
        f"id: p_v2\naliases:\n  - q\n  - r  # r\n{HEAD}{TAIL}",
        f'id: p\nversion: "2.0.0"\naliases:\n  - q\n  - r  # r\n  - p_v2\n{HEAD}{TAIL}',
        ["LP020"],
    ),
    "params are gathered": (
        f"id: p\n{HEAD}temperature: 0.1  # calm\n{TAIL}max_tokens: 500\n",
        f"id: p\n{HEAD}params:\n  temperature: 0.1  # calm\n  max_tokens: 500\n{TAIL}",
        ["LP025"],
    ),
    "params go into brackets": (
        f"id: p\n{HEAD}params: {{seed: 1}}  # kept\ntemperature: 0.1\n{TAIL}",
        f"id: p\n{HEAD}params: {{seed: 1, temperature: 0.1}}  # kept\n{TAIL}",
        ["LP025"],
    ),
    "params go below the key": (
        f"id: p\ntemperature: 0.1 # c\n{HEAD}params:\n    seed: 1\n{TAIL}",
        f"id: p\n{HEAD}params:\n    temperature: 0.1 # c\n    seed: 1\n{TAIL}",
        ["LP025"],
    ),
    "a wrapped file is mended inside its wrapper": (
        "prompt:\n  id: p-v1\n  model: gpt-4o\n  temperature: 0\n  template: hi\n",
        'prompt:\n  id: p\n  version: "1.0.0"\n  aliases: [p-v1]\n  model: gpt-4o\n  params:\n    temperature: 0\n  template: hi\n',
        ["LP020", "LP025"],
    ),
    "all at once": (
        f"id: p-v1.10\nversion: 1.10\n{HEAD}top_p: 0.5\n{TAIL}",
        f'id: p\naliases: [p-v1.10]\nversion: "1.10"\n{HEAD}params:\n  top_p: 0.5\n{TAIL}',
        ["LP020", "LP021", "LP025"],
    ),
    "Windows line ends stay": (
        "id: p-v1\r\nmodel: gpt-4o\r\ntemperature: 0\r\ntemplate: hi\r\n",
        'id: p\r\nversion: "1.0.0"\r\naliases: [p-v1]\r\nmodel: gpt-4o\r\nparams:\r\n  temperature: 0\r\ntemplate: hi\r\n',
        ["LP020", "LP025"],
    ),
}  # fmt: skip


@pytest.fixture
def at(tmp_path):
    repo = Repo.create(tmp_path / "r")
    repo.commit({"README": "x"}, "first")

    def write(text: str, path: str = "prompts/p.yaml"):
        repo.write(path, text)
        return open_project(repo.root)

    return write


def digest(project, path="prompts/p.yaml"):
    return read_prompt(project.tree, project.settings, path)[0].prompt.digest


@pytest.mark.parametrize("name", CASES)
def test_a_certain_remedy_keeps_comments_and_digest(at, name):
    before, after, codes = CASES[name]
    project = at(before)
    first = digest(project)
    (found,) = fix(project)
    assert (project.root / "prompts/p.yaml").read_bytes().decode() == after
    assert sorted({edit.code for edit in found.edits}) == codes
    assert (found.before, found.after, found.left) == (first, first, "")
    assert digest(project) == first
    assert not {problem.code for problem in validate(project).problems} & {"LP020", "LP021", "LP025", "LP073"}
    assert fix(project) == ()


def test_white_space_at_an_end_goes_and_the_new_digest_is_said(at, llmops):
    project = at("id: p\nmodel: gpt-4o\nmessages:\n  - role: system\n    content: |\n      Be brief.  \n  - {role: user, content: 'Answer: '}\n")  # fmt: skip
    first = digest(project)
    err = llmops(project.root, "validate", "--fix").err
    text = (project.root / "prompts/p.yaml").read_text()
    assert "      Be brief.\n" in text
    assert "content: 'Answer:'}" in text
    assert digest(project) != first
    assert f"digest sha256:{digest(project)[:12]} (was sha256:{first[:12]})" in err
    assert "LP073" not in llmops(project.root, "validate").out


@pytest.mark.parametrize(
    ("text", "path", "why"),
    [
        (f"id: p-v1\n{HEAD}{TAIL}", "prompts/p-v1.yaml", "rename it first"),
        ("{id: p-v1, model: gpt-4o, template: hi}\n", "prompts/p.yaml", "line of its own"),
        (f"id: p\n{HEAD}stop:\n  - a\n{TAIL}", "prompts/p.yaml", "stop does not have a line of its own"),
        (f'id: p\n{HEAD}template: "a\\tb "\n', "prompts/p.yaml", "does not lie in the file"),
    ],
)
def test_what_is_not_certain_is_left_and_said(at, text, path, why):
    project = at(text, path)
    (found,) = fix(project)
    assert why in found.left
    assert found.edits == ()
    assert (project.root / path).read_text() == text


def test_what_is_certain_is_mended_whatever_else_is_wrong_with_the_file(at):
    project = at(f"id: p-v1\n{HEAD}template: '{{x}} {{{{ y }}}}'\n")
    (found,) = fix(project)
    assert ([one.code for one in found.edits], found.left) == (["LP020"], "")
    assert "LP010" in {problem.code for problem in validate(project).problems}


def test_only_the_files_that_are_named_are_touched(at):
    at("id: q-v1\nmodel: gpt-4o\ntemplate: hi\n", "prompts/q.yaml")
    project = at("id: p-v1\nmodel: gpt-4o\ntemplate: hi\n")
    assert [one.path for one in fix(project, ["prompts/p.yaml"])] == ["prompts/p.yaml"]
    assert (project.root / "prompts/q.yaml").read_text().startswith("id: q-v1")
