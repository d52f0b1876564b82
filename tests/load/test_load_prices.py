import re
from datetime import date

from llmops_cli.load.prices import FILE, known_models, source


def test_the_snapshot_knows_the_models_that_people_name():
    facts = known_models()["claude-sonnet-4-6"]
    assert (facts.input_usd, facts.output_usd, facts.cached_usd) == (3.0, 15.0, 0.3)
    assert facts.context_tokens >= 200_000
    assert {"gpt-4o", "gpt-4o-mini", "text-embedding-3-small"} <= set(known_models())


def test_the_snapshot_says_where_it_comes_from():
    assert re.fullmatch(r"litellm 1\.\d+\.\d+", source())


def test_every_row_has_the_units_that_the_record_names():
    for name, facts in known_models().items():
        assert facts.name == name
        prices = (facts.input_usd, facts.output_usd, facts.cached_usd)
        assert all(price is None or 0 <= price < 10_000 for price in prices)
        assert all(count is None or count > 0 for count in (facts.context_tokens, facts.output_tokens))
        assert not facts.retires or date.fromisoformat(facts.retires)


def test_the_snapshot_is_sorted_and_compact_so_that_a_renewal_reads_as_a_diff():
    lines = FILE.read_text(encoding="utf-8").split("\n")[1:-2]
    names = [line.split('":')[0] for line in lines]
    assert names == sorted(names)
    assert FILE.stat().st_size < 400_000
