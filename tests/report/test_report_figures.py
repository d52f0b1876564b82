import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmops_cli.report import figures


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (figures.percent(0.9), "90.0%"),
        (figures.percent(1), "100.0%"),
        (figures.percent(None), "–"),
        (figures.bound(1.0), "100"),
        (figures.bound(0.729), "72.9"),
        (figures.points(-0.092), "−9.2 pp"),
        (figures.points(0.017), "+1.7 pp"),
        (figures.points(-0.0000001), "0.0 pp"),
        (figures.points(0.0000001), "0.0 pp"),
        (figures.interval(-0.165, -0.019), "[−16.5, −1.9]"),
        (figures.margin(0.05), "5 pp"),
        (figures.margin(0.025), "2.5 pp"),
        (figures.p_value(0.006), "p .006"),
        (figures.p_value(0.12), "p .12"),
        (figures.p_value(1e-45), "p <.001"),
        (figures.p_value(1.0), "p >.99"),
        (figures.usd(0.44), "$0.44"),
        (figures.usd(0.0), "$0.00"),
        (figures.usd(0.0061), "$0.0061"),
        (figures.usd(0.000012), "$0.000012"),
        (figures.usd(1234.5), "$1,234.50"),
        (figures.usd(-0.5), "−$0.50"),
        (figures.usd(None), "price unknown"),
        (figures.change(1.08), "+8%"),
        (figures.change(1.0), "±0%"),
        (figures.change(0.5), "−50%"),
        (figures.change(12.5), "+1,150%"),
        (figures.change(None), "–"),
        (figures.seconds(1.21), "1.21 s"),
        (figures.seconds(135.4), "135 s"),
        (figures.seconds_change(0.41), "+0.41 s"),
        (figures.count(1319, "case"), "1,319 cases"),
        (figures.count(1, "case"), "1 case"),
        (figures.count(2.5), "2.5"),
    ],
)
def test_a_figure_reads_as_people_write_it(shown, expected):
    assert shown == expected


@given(st.floats(-1e6, 1e6), st.integers(0, 3))
def test_a_signed_figure_is_never_a_negative_zero_nor_an_ascii_minus(value, digits):
    text = figures.signed(value, digits)
    assert "-" not in text
    if not text.strip("−+0.,"):
        assert text[0] == "0"


@given(st.floats(1e-11, 1e6))
def test_an_amount_that_is_not_zero_is_not_shown_as_zero(amount):
    assert figures.usd(amount).strip("$0.,") != ""
