import re
from pathlib import Path

import llmops_cli.load
from llmops_cli.load.codes import CODES

FOLDER = Path(llmops_cli.load.__file__).parent


def test_every_code_that_a_reader_gives_is_explained_and_every_explained_code_is_given():
    texts = [path.read_text(encoding="utf-8") for path in FOLDER.glob("*.py") if path.name != "codes.py"]
    given = {code for text in texts for code in re.findall(r'"(L[FE]\d{3})"', text)}
    assert given == set(CODES)


def test_a_code_has_a_slug_and_sentences_that_end():
    for code, (slug, text) in CODES.items():
        assert re.fullmatch(r"L[FE]\d{3}", code)
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug)
        assert text.endswith(".")
