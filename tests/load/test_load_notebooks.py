"""The code cells of a notebook are read as one program, and named by cell and line."""

import json

import pytest

from llmops_cli.load.notebooks import notebook_sites


def notebook(*cells, **metadata):
    made = [
        {"cell_type": "code", "source": cell} if cell is not None else {"cell_type": "markdown", "source": "#"}
        for cell in cells
    ]
    return json.dumps({"cells": made, "metadata": metadata, "nbformat": 4}).encode()


def places(*cells):
    unread = []
    return [site.place for site in notebook_sites(notebook(*cells), "n.ipynb", unread)], unread


def test_a_call_is_named_by_its_cell_and_line_and_knows_the_cells_above():
    cells = ("from llmops_cli import prompts", None, ["p = prompts.get('a')\n", "p.render(x=1)"])
    assert places(*cells) == (["n.ipynb:cell 3:line 2"], [])


@pytest.mark.parametrize(
    "order", ["%matplotlib inline", "!pip install x", "  !ls", "files = !ls", "x = %time 1", "prompts?", "%%time", "?p"]
)
def test_an_order_to_the_notebook_is_passed_over(order):
    body = (
        f"{order}\nprompts.get('a').render(x=1)"
        if not order.startswith(" ")
        else f"if 1:\n{order}\nprompts.get('a').render()"
    )
    found, unread = places("from llmops_cli import prompts", body)
    assert found == [f"n.ipynb:cell 2:line {body.count(chr(10)) + 1}"]
    assert not unread


def test_a_cell_in_another_language_is_left_out_and_one_that_is_broken_is_named():
    cells = ("from llmops_cli import prompts", "%%bash\nrm -rf (", "def (:", "a % b\nprompts.get('a').render()")
    assert places(*cells) == (["n.ipynb:cell 4:line 2"], ["n.ipynb:cell 3: no Python, not read"])


def test_an_encoding_a_separator_and_a_lone_surrogate_move_no_line():
    cells = (
        "# coding: utf-16\nfrom llmops_cli import prompts",
        "x = '\u2028\x0c'\r\ny = 1\rprompts.get('ä').render()",
        "z = '\ud800'",
    )
    found, unread = places(*cells)
    assert found == ["n.ipynb:cell 2:line 3"]
    assert unread == ["n.ipynb:cell 3: no Python, not read"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"{", "no notebook"),
        (b"[" * 100_000, "no notebook"),
        (b"\xff", "no notebook"),
        (b"[]", "no cells"),
        (b'{"cells": 3}', "no cells"),
        (notebook("x <- 1", language_info={"name": "R"}), "a notebook in r"),
        (notebook("x = 1", kernelspec={"language": "julia"}), "a notebook in julia"),
    ],
)
def test_what_is_no_notebook_in_python_is_named(data, words):
    with pytest.raises(ValueError, match=words):
        notebook_sites(data, "n.ipynb", [])


def test_whatever_stands_in_cells_is_passed_over():
    data = json.dumps(
        {"cells": [1, {}, {"cell_type": "code"}, {"cell_type": "code", "source": [1, "x"]}], "metadata": 3}
    )
    assert notebook_sites(data.encode(), "n.ipynb", []) == ()
