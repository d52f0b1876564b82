"""Which files are read for call sites: every Python file of the project, and no other people's."""

import pytest

from llmops_cli.load.history import Repository
from llmops_cli.load.python_files import python_files
from llmops_cli.load.worktree import WorkTree

FILES = {
    "a.py": "",
    "app/b.py": "",
    "app/gui.pyw": "",
    "app/b.pyi": "",
    "study.ipynb": "{}",
    "env/c.py": "",
    "venv/d.py": "",
    "build/e.py": "",
    "dist/f.py": "",
    "my-env/pyvenv.cfg": "home = /usr\n",
    "my-env/lib/g.py": "",
    ".venv/h.py": "",
    "x/.hidden/i.py": "",
    "node_modules/j.py": "",
    "lib/site-packages/k.py": "",
    "x/__pycache__/l.py": "",
    "m.txt": "",
}
READ = ("a.py", "app/b.py", "app/gui.pyw", "build/e.py", "dist/f.py", "env/c.py", "study.ipynb", "venv/d.py")
LEFT = ("lib/site-packages/", "my-env/", "node_modules/")


@pytest.fixture
def tree(tmp_path):
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


def test_a_virtual_environment_is_known_by_its_mark_and_not_by_its_name(tree):
    found = python_files(WorkTree(tree))
    assert found.paths == READ
    assert found.stubs == ("app/b.pyi",)
    assert found.folders == LEFT


def test_links_are_not_followed(tree):
    (tree / "link.py").symlink_to(tree / "a.py")
    (tree / "linked").symlink_to(tree / "app")
    assert python_files(WorkTree(tree)).paths == READ


def test_a_commit_lists_the_same_files(project):
    project.commit(FILES)
    repository = Repository.find(project.root)
    commit = python_files(repository.tree(repository.head(), ""))
    assert commit == python_files(WorkTree(project.root))
    assert set(READ) <= set(commit.paths)
    assert commit.folders == LEFT
