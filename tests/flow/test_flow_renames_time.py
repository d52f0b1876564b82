"""How alike two prompts are is found in time that grows with their length, whatever their author repeats."""

import time

import pytest

from llmops_cli.flow.renames import ALIKE, successors
from llmops_cli.model.prompt import Message, Prompt
from llmops_cli.model.source import NOWHERE

TEXT = " ".join(f"word{at % 700} and{at % 11}" for at in range(1500))


def prompt(name, text):
    return Prompt(name, "echo/m", (Message("user", text),), NOWHERE, digest=name)


def follows(old, new):
    return bool(successors([prompt("old", old)], [prompt("new", new)], (lambda _: (), lambda _: ())))


@pytest.mark.parametrize(
    ("text", "alike"),
    [
        (TEXT, True),
        (TEXT + " and a last sentence", True),
        (TEXT.replace("word3", "other"), True),
        (TEXT[: len(TEXT) // 2], True),
        (TEXT[: len(TEXT) // 8], False),
        (" ".join(reversed(TEXT.split())), False),
    ],
)
def test_a_long_text_is_known_again_after_an_edit(text, alike):
    assert 0.0 < ALIKE < 1.0
    assert follows(TEXT, text) is alike


@pytest.mark.parametrize("text", ["the " * 5000, "the a of " * 2200, TEXT])
def test_repeated_words_do_not_hold_up_a_gate(text):
    start = time.process_time()
    for at in range(10):
        follows("the " * 5000, f"{text} {at}")
        follows("the a " * 120, "the " * (240 + at))
    assert time.process_time() - start < 5.0
