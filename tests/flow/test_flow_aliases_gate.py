"""A change of a prompt's aliases alone may give a label's line another meaning: it is judged as a label that moves is."""

import pytest
from test_flow_labels_gate import LABEL, of, reasons
from test_flow_tricks import BAD, GOOD, judged, made, prompt
from test_flow_trust_rest import refusal

ALIKE = 'template: "Hello, {{ name }}"'


@pytest.fixture
def refused(llmops, monkeypatch, tmp_path):
    """Return a function that gates the pull request and returns its error."""
    return lambda main: refusal(main, llmops, monkeypatch, tmp_path)


@pytest.fixture
def shop(tmp_path, llmops):
    """Main: `greet` has no release of its own; production's 1.0.0 of it is that of `old`, its alias.

    There are releases of prompts that are gone, too: `poor` is worse, `like` as good. `other` has a release that is
    worse, and a file that is as good.
    """
    main = made(tmp_path, llmops, {"prompts/greet.yaml": prompt(GOOD)})
    main.checkout("main")
    for name, text in {"old": GOOD, "poor": BAD, "like": ALIKE, "other": BAD}.items():
        main.commit({f"prompts/{name}.yaml": prompt(text, id=name)}, name)
        llmops(main.root, "prompt", "release", name, "-m", name)
        main.run("rm", "-q", f"prompts/{name}.yaml")
    others = {
        "prompts/greet.yaml": prompt(GOOD, aliases="[old, hello]"),
        "prompts/other.yaml": prompt(GOOD, id="other"),
    }
    main.commit({**others, LABEL: "greet: 1.0.0\nother: 1.0.0\n"}, "served")
    main.run("checkout", "--quiet", "-B", "pull")
    return main


@pytest.fixture
def gate(llmops, monkeypatch, tmp_path):
    return lambda main, *flags, **more: judged(main, llmops, monkeypatch, tmp_path, *flags, **more)


def aliases(main, said, **files):
    main.commit({"prompts/greet.yaml": prompt(GOOD, aliases=f"[{said}]"), **files}, "aliases")


@pytest.mark.parametrize("said", ["poor", "poor, old, hello", "hello, poor"])
@pytest.mark.parametrize("line", ["", "greet: {1.0.0: 1}", "greet: 1.0.0  # as before"])
def test_aliases_by_which_a_line_means_a_worse_release_fail(said, line, shop, gate):
    aliases(shop, said, **({LABEL: f"{line}\nother: 1.0.0\n"} if line else {}))
    found, code = gate(shop)
    assert (("promoted", "FAIL") in of(found), code) == (True, 1)
    assert {family["against"] for family in found["families"] if family["verdict"] == "FAIL"} == {"1.0.0 of production"}
    assert line.startswith("greet: {") or "label production: 1.0.0 of old → 1.0.0 of poor" in reasons(found)


def test_aliases_by_which_a_line_means_a_release_that_is_as_good_pass(shop, gate):
    aliases(shop, "like, old")
    found, code = gate(shop)
    assert (("promoted", "PASS") in of(found), code) == (True, 0)
    assert "label production: 1.0.0 of old → 1.0.0 of like" in reasons(found)


@pytest.mark.parametrize("said", ["hello, old", "old, poor", "old"])
def test_aliases_that_leave_every_line_its_meaning_move_nothing(said, shop, gate):
    aliases(shop, said)
    found, code = gate(shop)
    assert (of(found), code) == ([("unchanged", "PASS")], 0)


def test_aliases_by_which_a_line_means_nothing_are_refused(shop, refused):
    aliases(shop, "hello")
    assert "production serves greet 1.0.0, which is not released" in refused(shop)


def test_a_name_that_goes_to_a_prompt_whose_line_is_worse_fails(shop, gate):
    aliases(shop, "old", **{"prompts/other.yaml": prompt(GOOD, id="other", aliases="[hello]")})
    found, code = gate(shop)
    assert (("promoted", "FAIL") in of(found, "other"), code) == (True, 1)
    assert "label production: 1.0.0 of old → 1.0.0 of other" in reasons(found, "other")


def test_where_the_line_changes_too_it_is_held_against_what_it_meant_in_the_base(shop, llmops, gate):
    """Not against the release that the aliases of the head make of the base's line: that is as poor as the new one."""
    shop.checkout("main")
    shop.commit({"prompts/greet.yaml": prompt(BAD, aliases="[old, hello]")}, "worse")
    llmops(shop.root, "prompt", "release", "greet", "-m", "worse")
    shop.commit({"prompts/greet.yaml": prompt(GOOD, aliases="[old, hello]")}, "back")
    shop.run("checkout", "--quiet", "-B", "pull")
    aliases(shop, "poor", **{LABEL: "greet: 1.0.1\nother: 1.0.0\n"})
    found, code = gate(shop)
    assert (("promoted", "FAIL") in of(found), code) == (True, 1)
    assert "label production: 1.0.0 → 1.0.1" in reasons(found)
