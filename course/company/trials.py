"""The newsletter hold-out, the three tests on the site, numbers for the bandit, dirty amounts."""

import numpy as np
import pandas as pd

from course.company import parameters as p
from course.company.demand import day_number, margin_by_customer

NBSP, NARROW, MINUS = "\u00a0", "\u202f", "\u2212"


def email_test(orders: pd.DataFrame, treated: pd.Series) -> pd.DataFrame:
    """Group and margin of each newsletter customer; `treated` is True or False by customer."""
    first, last = (day_number(day) for day in p.EMAIL_TEST)
    margin = margin_by_customer(orders, first, last)
    return pd.DataFrame(
        {
            "user": [f"c{number + 1:05d}" for number in treated.index],
            "group": np.where(treated, "treated", "control"),
            "margin_tetri": margin.reindex(treated.index, fill_value=0).to_numpy(),
        }
    )


# Test: people in A and B, days, chance to buy in A and B.
AB_TESTS = {
    1: (30_000, 30_000, 28, 0.0400, 0.0460),
    2: (12_650, 11_800, 21, 0.0400, 0.0400),
    3: (10_000, 10_000, 20, 0.0400, 0.0400),
}


def ab_users(rng: np.random.RandomState) -> pd.DataFrame:
    """T11: test 1 is real (+15 %); test 2 lost non-buyers in B by a bot filter; test 3 is A/A."""
    real, same = ab_test(rng, 1), ab_test(rng, 3)
    # Drawn until somebody who looks every day would be misled by the A/A test …
    while np.abs(daily_z(same)[4:-4]).max() < 2.2 or abs(daily_z(same)[-1]) > 1.2:
        same = ab_test(rng, 3)
    unsound = ab_test(rng, 2)
    # … and somebody who does not check the split would take test 2 for a win.
    while not 2.1 < daily_z(unsound)[-1] < 2.6:
        unsound = ab_test(rng, 2)
    return pd.concat([real, unsound, same], ignore_index=True)


def ab_test(rng: np.random.RandomState, test: int) -> pd.DataFrame:
    """The users of one test, in order of their first visit."""
    n_a, n_b, n_days, rate_a, rate_b = AB_TESTS[test]
    is_b = np.arange(n_a + n_b) >= n_a
    # The bot filter threw out visitors of B of whom hardly one bought: the same buyers of fewer.
    rate_b = rate_b * n_a / n_b if test == 2 else rate_b
    bought = rng.uniform(size=n_a + n_b) < np.where(is_b, rate_b, rate_a)
    table = pd.DataFrame(
        {
            "test": test,
            "variant": np.where(is_b, "B", "A"),
            "day": rng.randint(1, n_days + 1, size=n_a + n_b),
            "converted": bought.astype(int),
            "margin_tetri": np.where(bought, rng.randint(900, 5_600, size=n_a + n_b), 0),
        }
    )
    table = table.iloc[rng.permutation(len(table))].sort_values("day", kind="stable")
    table["user"] = np.arange(1, len(table) + 1)
    return table


def daily_z(table: pd.DataFrame) -> np.ndarray:
    """Pooled z of B against A at the end of each day, all users so far."""
    sums = table.pivot_table(
        index="day", columns="variant", values="converted", aggfunc=["sum", "size"]
    ).cumsum()
    bought, people = sums["sum"], sums["size"]
    pooled = bought.sum(axis=1) / people.sum(axis=1)
    spread = np.sqrt(pooled * (1 - pooled) * (1 / people["A"] + 1 / people["B"]))
    return ((bought["B"] / people["B"] - bought["A"] / people["A"]) / spread).to_numpy()


def draws(rng: np.random.RandomState) -> pd.DataFrame:
    """2,000 visitors with uniform numbers for each arm and what they would do."""
    table = pd.DataFrame({"visitor": np.arange(1, 2_001)})
    for arm, rate in (("a", 0.04), ("b", 0.06)):
        table[f"u_{arm}"] = rng.randint(1, 1_000_000, size=2_000) / 1_000_000
        table[f"converts_{arm}"] = (rng.uniform(size=2_000) < rate).astype(int)
    return table


def exports_raw(rng: np.random.RandomState) -> pd.DataFrame:
    """Amounts as bank, ads tool and shop write them: both locales, brackets, old minus signs."""
    rows = []
    for source, locale in (("bank", "ka"), ("ads", "en"), ("shop", "ka"), ("shop", "en")):
        for _ in range(75):
            tetri = int(rng.randint(5, 60_000))
            size = rng.uniform()
            if size < 0.12:
                tetri = tetri // 100 * 1_000 + 100  # whole lari
            elif size < 0.32:
                tetri *= 7
            negative = rng.uniform() < 0.15
            text = amount_text(tetri, negative, locale, int(rng.randint(6)))
            rows.append({"source": source, "locale": locale, "amount_text": text})
    table = pd.DataFrame(rows)
    table.insert(0, "row", np.arange(1, len(table) + 1))
    return table


def amount_text(tetri: int, negative: bool, locale: str, style: int) -> str:
    """One amount in one of six styles of its locale."""
    lari, rest = divmod(tetri, 100)
    if locale == "ka":
        group, point = (".", ",") if style == 1 else ((NARROW if style == 2 else NBSP), ",")
        before, after = ("₾" + NBSP, "") if style == 3 else ("", NBSP + "₾")
    else:
        group, point = ("" if style == 1 else ","), "."
        before, after = {2: ("", " GEL"), 3: ("₾ ", ""), 4: ("GEL", "")}.get(style, ("GEL ", ""))
    number = f"{lari:,}".replace(",", group)
    if rest or style != 5:
        number += f"{point}{rest:02d}"
    text = f"{before}{number}{after}"
    if not negative:
        return text
    return f"({text})" if style in (0, 4) else f"{MINUS if locale == 'ka' else '-'}{text}"
