import re
from pathlib import Path

import llmops_cli
from llmops_cli.load import recordings
from llmops_cli.load.codes import CODES

PACKAGE = Path(llmops_cli.__file__).parent
TABLES = ("codes.py",)


def test_every_code_of_the_table_is_given_somewhere():
    texts = [path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py") if path.name not in TABLES]
    given = {code for text in texts for code in re.findall(r'"(L[A-Z]\d{3})"', text)}
    assert set(CODES) <= given


def test_a_code_has_a_slug_and_sentences_that_end():
    for code, (slug, text) in CODES.items():
        assert re.fullmatch(r"L[FEBRMP]\d{3}", code)
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug)
        assert text.endswith(".")


def test_the_readers_that_name_their_own_slugs_agree_with_the_table():
    assert all(CODES[code] == entry for code, entry in recordings.CODES.items())
