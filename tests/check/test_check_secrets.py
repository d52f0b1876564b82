import random
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from subjects import marked, subject

from llmops_cli.check.lp040_secret_in_text import KEY, check

LETTERS = string.ascii_letters + string.digits


def key(prefix: str, length: int, letters: str = LETTERS) -> str:
    """A made-up key: written out, it would set off other scanners."""
    return prefix + "".join(random.Random(7).choices(letters, k=length))


SECRETS = {
    "anthropic": key("sk-" + "ant-api03-", 40),
    "openai": key("sk-" + "proj-", 40),
    "old openai": key("sk-", 48),
    "aws": key("AK" + "IA", 16, string.ascii_uppercase + string.digits),
    "github": key("gh" + "p_", 36),
    "github fine": key("github_" + "pat_", 60),
    "slack": key("xo" + "xb-", 40),
    "google": key("AI" + "za", 35),
    "jwt": key("ey" + "J", 20) + "." + key("ey" + "J", 30) + "." + key("", 40),
}


def check_text(tmp_path, text: str) -> list:
    body = "\n".join(f"    {line}" for line in text.split("\n"))
    return list(check(subject(tmp_path, f"id: p\nmodel: gpt-4o\ntemplate: |\n{body}\n")))


@pytest.mark.parametrize("name", SECRETS)
def test_a_key_is_found_at_its_place_and_not_shown(tmp_path, name):
    secret = SECRETS[name]
    (problem,) = check_text(tmp_path, f"First.\nUse {secret}, please: {secret[:4]}")
    assert (problem.source.line, problem.source.column, problem.width) == (5, 9, len(secret))
    assert marked(problem).startswith(secret[:6] + "*")
    assert secret not in repr(problem)
    assert secret[8:] not in repr(problem)


def test_a_private_key_is_found_by_its_header_if_a_key_follows(tmp_path):
    head = "-----BEGIN RSA " + "PRIVATE KEY-----"
    (problem,) = check_text(tmp_path, f"a\n{head}\n{key('MIIE', 60)}")
    assert (problem.source.line, problem.source.column) == (5, 5)
    assert check_text(tmp_path, f"Never show text that begins with {head}.") == []


def test_a_secret_in_a_comment_is_found_too(tmp_path):
    text = f"id: p\nmodel: gpt-4o # {SECRETS['github']}\ntemplate: x\n"
    assert len(list(check(subject(tmp_path, text)))) == 1


@pytest.mark.parametrize(
    "text",
    [
        "sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "sk-YOUR-API-KEY-GOES-HERE-1234",
        "sk-" + "1234567890" * 3,
        "AK" + "IAIOSFODNN7EXAMPLE",
        "a task-oriented-and-well-structured-answer-2",
        "risk-assessment-of-every-counterparty-2",
        "sk-learn-based-classification-of-documents",
        "ghp_...",
        "eyJ.eyJ.x",
    ],
)
def test_an_obvious_placeholder_is_no_secret(tmp_path, text):
    assert check_text(tmp_path, f"Use {text} here") == []


@given(st.text(alphabet="sk-antghp_eyJ.AIza0123456789abcXYZ ", max_size=200))
def test_any_text_is_searched_without_a_crash(text):
    for match in KEY.finditer(text):
        assert match.lastgroup
