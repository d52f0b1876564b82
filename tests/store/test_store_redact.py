import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmops_cli.errors import SettingsError
from llmops_cli.store.redact import REDACTED, redactor

TAIL = "abcdefghijklmnop1234567890ABCDEFGHIJ"
SHAPED = [
    f"sk-{TAIL}",
    f"sk-proj-{TAIL}_-x",
    f"sk-ant-api03-{TAIL}",
    f"sk-or-v1-{TAIL}",
    f"gsk_{TAIL}",
    f"xai-{TAIL}",
    f"pplx-{TAIL}",
    f"hf_{TAIL}",
    f"AIza{TAIL}",
    f"ya29.{TAIL}",
    "AKIAABCDEFGHIJKLMNOP",
    f"ghp_{TAIL}",
    f"github_pat_{TAIL}",
    f"glpat-{TAIL}",
    f"xoxb-{TAIL}",
    "sk_" + f"live_{TAIL}",
    f"npm_{TAIL}",
    f"eyJ{TAIL}.eyJ{TAIL}.{TAIL}",
    f"-----BEGIN RSA PRIVATE KEY-----\n{TAIL}\n{TAIL}\n-----END RSA PRIVATE KEY-----",
    f"-----BEGIN PRIVATE KEY-----\n{TAIL}",
]


@pytest.mark.parametrize("secret", SHAPED, ids=lambda secret: secret[:14])
@pytest.mark.parametrize("around", ["{}", "the key is {}.", '{{"key": "{}"}}', "a={}&b=c", "\n{}\n", "({})"])
def test_what_looks_like_a_key_is_redacted_wherever_it_stands(secret, around):
    text = redactor([], [])(around.format(secret))
    assert REDACTED in text
    assert TAIL not in text
    assert "AKIAABC" not in text


def test_a_bearer_header_and_a_password_in_a_url_are_redacted():
    redact = redactor([], [])
    assert redact(f"Authorization: Bearer {TAIL}") == f"Authorization: {REDACTED}"
    assert redact("postgres://me:hunter22@db/x") == f"postgres://{REDACTED}@db/x"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sk-learn is a library",
        "task-" + "a" * 30,
        "the bearer of bad news",
        "https://host:8080/a@b",
        "12:30@noon",
        "AKIA",
        "a-b_c " * 50,
    ],
)
def test_ordinary_text_is_left_alone(text):
    assert redactor([], [])(text) == text


def test_the_keys_in_use_are_redacted_whatever_they_look_like_also_in_a_url():
    redact = redactor([], ["p@ss/word+1\n", "hunter2hunter2", "short"])
    assert redact("p@ss/word+1 p%40ss%2Fword%2B1 hunter2hunter2 short") == f"{REDACTED} {REDACTED} {REDACTED} short"


def test_the_longer_of_two_secrets_goes_first_so_that_no_half_is_left():
    assert redactor([], ["secret-one", "secret-one-and-more"])("secret-one-and-more") == REDACTED


def test_the_projects_own_patterns_are_added():
    assert redactor(["INT-[0-9]+", "(?i)canary"], [])("INT-42 and Canary") == f"{REDACTED} and {REDACTED}"


@pytest.mark.parametrize("pattern", ["(", "a*", "", "x|"])
def test_a_pattern_that_cannot_be_meant_is_an_error_of_the_settings(pattern):
    with pytest.raises(SettingsError) as error:
        redactor([pattern], [])
    assert error.value.hint


@given(st.text(), st.sampled_from(SHAPED), st.text())
def test_redacting_twice_is_redacting_once_and_no_secret_is_left(before, secret, after):
    redact = redactor([], [secret])
    once = redact(f"{before}{secret}{after}")
    assert secret not in once
    assert redact(once) == once
