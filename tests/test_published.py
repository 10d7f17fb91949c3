"""The references against numbers that others have published."""

import pandas as pd
import pytest
from babel.numbers import format_currency

from course.keys import KEYS


@pytest.mark.parametrize("tetri", [5, 1999, 123_456, 100_000_000])
@pytest.mark.parametrize("locale", ["ka", "en"])
def test_money_as_the_unicode_locale_data_writes_it(tetri, locale):
    """CLDR, by Babel: `1 234,56 ₾` with hard spaces in Georgian, `GEL1,234.56` in English."""
    text = format_currency(tetri / 100, "GEL", locale=locale)
    assert KEYS["0.1"].reference(text) == tetri


def test_romi_of_the_marketing_dictionary():
    """MASB / Farris et al.: (revenue × contribution margin − marketing cost) / marketing cost.

    A campaign that brings back exactly its cost has a ROMI of 0.
    """
    columns = ["gross_sales_tetri", "net_sales_tetri", "cogs_tetri", "variable_tetri"]
    d = pd.DataFrame([[1180, 1000, 600, 100]], columns=columns, index=["search"])
    margin = 0.3
    for cost, romi in ((300, 0.0), (100, (1000 * margin - 100) / 100)):
        table = d.assign(media_tetri=cost, fees_tetri=0)
        assert KEYS["1.8"].reference(table)["search"] == pytest.approx(romi)


def test_time_decay_halves_the_weight_every_seven_days():
    """Google Ads, AttributionModelEnum: TIME_DECAY has a half-life of one week."""
    path = pd.DataFrame({"channel": ["meta", "email"], "days_before": [7.0, 0.0]})
    credit = KEYS["1.7"].reference(path, 300, "decay")
    assert (credit["meta"], credit["email"]) == (100, 200)


def test_position_based_gives_forty_twenty_forty():
    """Google Ads, AttributionModelEnum: U_SHAPED gives 40 % to the first and last touch."""
    path = pd.DataFrame({"channel": ["a", "b", "c", "d"], "days_before": [9.0, 6.0, 3.0, 0.0]})
    credit = KEYS["1.7"].reference(path, 1000, "position")
    assert [credit[channel] for channel in "abcd"] == [400, 100, 100, 400]


def test_markov_example_of_serhii_puzyrov():
    """serhiipuzyrov.com: Google 2.4 and Meta 1.6 of four conversions."""
    paths = pd.DataFrame(
        {
            "path": ["google", "meta", "google > meta"],
            "conversions": [2, 1, 1],
            "lost": [1, 0, 0],
        }
    )
    credit = KEYS["1.11a"].reference(paths)
    assert credit["google"] == pytest.approx(2.4)
    assert credit["meta"] == pytest.approx(1.6)


def test_shapley_values_of_the_glove_game():
    """The textbook case: one left glove, two right ones; a pair is worth 1: 2/3, 1/6, 1/6."""
    value = {
        (): 0.0,
        ("left",): 0.0,
        ("right1",): 0.0,
        ("right2",): 0.0,
        ("left", "right1"): 1.0,
        ("left", "right2"): 1.0,
        ("right1", "right2"): 0.0,
        ("left", "right1", "right2"): 1.0,
    }
    parts = KEYS["1.11b"].reference(value)
    assert parts == pytest.approx({"left": 2 / 3, "right1": 1 / 6, "right2": 1 / 6})
