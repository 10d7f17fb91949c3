"""The words that people typed before they clicked on a search ad."""

import numpy as np
import pandas as pd

THINGS = {
    "search_tea_honey": [
        "მთის თაფლი", "წაბლის თაფლი", "აკაციის თაფლი", "ჯარა თაფლი", "თაფლი ფიჭით",
        "ქართული ჩაი", "გურიის ჩაი", "მწვანე ჩაი", "პიტნის ჩაი", "ჩურჩხელა", "ტყლაპი",
        "კაკლის მურაბა", "ლეღვის მურაბა", "სვანური მარილი", "აჯიკა",
        "georgian tea", "mountain honey", "churchkhela", "svan salt", "грузинский чай",
    ],
    "search_gifts": [
        "სასაჩუქრე ყუთი", "საჩუქარი დედას", "საჩუქარი უფროსს", "კორპორატიული საჩუქარი",
        "ქართული საჩუქარი", "გემრიელი საჩუქარი", "georgian gift box", "gift from georgia",
        "подарок из грузии",
    ],
}  # fmt: skip
ENDINGS = ["", "ფასი", "თბილისი", "ონლაინ", "მიწოდებით", "ბათუმი"]
BRAND_TERMS = ["მთის კალათა", "mtis kalata", "მთის კალათა თბილისი", "mtiskalata"]
# T12: clicks of the year; nobody bought. From 59 clicks on, chance no longer explains it.
WASTE = {"უფასო თაფლი": 143, "თაფლის მურაბის რეცეპტი": 117, "ჩაის სახლი თბილისი სამუშაო": 86}
SHORT_OF_DATA = {
    "თაფლი ბითუმად": 41, "ჩურჩხელას ძაფი": 33, "თაფლის დიასახლისი": 27,
    "honey wholesale price": 22, "მუყაოს ყუთი": 18, "чай оптом": 12,
}  # fmt: skip
REPORTED_SHARE = 0.8


def search_terms(rng: np.random.RandomState, ads: pd.DataFrame) -> pd.DataFrame:
    """Clicks, orders and cost of each term and month of 2025."""
    table = ads[[day.year == 2025 for day in ads["date"]]]
    table = table[table["platform"] == "google"]
    table = table.assign(month=[f"{day.year}-{day.month:02d}" for day in table["date"]])
    totals = table.groupby(["campaign", "month"])[["clicks", "cost_tetri"]].sum()
    parts = []
    for campaign in ("search_tea_honey", "search_gifts", "brand"):
        month = totals.loc[campaign]
        if campaign == "brand":
            terms, rates = BRAND_TERMS, np.array([0.16, 0.14, 0.15, 0.12])
            weights = np.array([0.62, 0.14, 0.15, 0.09])
        else:
            terms = [f"{thing} {end}".strip() for thing in THINGS[campaign] for end in ENDINGS]
            weights = 1 / (8 + rng.permutation(len(terms)))
            rates = rng.uniform(0.03, 0.075, size=len(terms))
        clicks = np.floor(
            REPORTED_SHARE * month["clicks"].to_numpy()[:, None] * weights / weights.sum()
        )
        parts.append(by_month(rng, campaign, terms, clicks, rates, month))
    month = totals.loc["search_tea_honey"]
    zeros = WASTE | SHORT_OF_DATA
    clicks = np.array([spread(rng, n) for n in zeros.values()]).T
    none = np.zeros(len(zeros))
    parts.append(by_month(rng, "search_tea_honey", list(zeros), clicks, none, month))
    table = pd.concat(parts, ignore_index=True)
    table = table[table["clicks"] > 0]
    return table.sort_values(["month", "campaign", "term"], kind="stable")


def spread(rng: np.random.RandomState, clicks: int) -> np.ndarray:
    """Clicks of a year spread over its months."""
    return np.bincount(rng.randint(12, size=clicks), minlength=12)


def by_month(
    rng: np.random.RandomState,
    campaign: str,
    terms: list[str],
    clicks: np.ndarray,
    rates: np.ndarray,
    month: pd.DataFrame,
) -> pd.DataFrame:
    """Rows of a campaign's terms; clicks are month × term."""
    # Fractions of an order are carried over to the next month; every term here sells in the end.
    start = np.where(rates > 0, rng.uniform(0.5, 1.0, size=len(terms)), 0.0)
    running = np.floor(np.round(np.cumsum(clicks * rates, axis=0) + start, 9))
    conv = np.diff(running, axis=0, prepend=0.0)
    price = (month["cost_tetri"] / month["clicks"]).to_numpy()[:, None]
    cost = np.round(clicks * price * rng.uniform(0.8, 1.2, size=clicks.shape))
    at_month, at_term = np.indices(clicks.shape).reshape(2, -1)
    return pd.DataFrame(
        {
            "month": month.index.to_numpy()[at_month],
            "campaign": campaign,
            "term": np.array(terms, dtype=object)[at_term],
            "is_brand": campaign == "brand",
            "clicks": clicks.ravel().astype(np.int64),
            "conv": conv.ravel().astype(np.int64),
            "cost_tetri": cost.ravel().astype(np.int64),
        }
    )
