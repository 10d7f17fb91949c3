"""Orders: how many, what truly caused each, what was in them, who ordered.

The cause of an order is known here alone; the learner's tables do not hold it.
"""

from datetime import date

import numpy as np
import pandas as pd

from course.company import parameters as p
from course.company.season import days, season

DAYS = days()
SHARES = np.array(list(p.CITIES.values()))
CITY_NAMES = list(p.CITIES)


def day_number(day: date) -> int:
    """Days since the first day of the period."""
    return (day - p.START).days


def ad_strength() -> np.ndarray:
    """How well advertising works on each day: less seasonal than demand itself."""
    return np.round(np.sqrt(season()), 6)


def normal_spend(rng: np.random.RandomState) -> dict[str, np.ndarray]:
    """GEL a day and channel as the marketer set it, before the geo tests."""
    spend = {}
    for channel, normal in p.NORMAL_SPEND.items():
        noise = rng.uniform(0.88, 1.12, size=len(DAYS))
        month = np.array([p.PLAN_MONTH[day.month] for day in DAYS])
        spend[channel] = np.round(normal * month * noise, 2)
    zero = slice(day_number(p.T8_ZERO[0]), day_number(p.T8_ZERO[1]) + 1)
    spend["tiktok"][zero] = 0.0
    for channel in p.AD_CHANNELS:
        spend[channel][geo_days(channel)] = p.GEO_SPEND[channel]
    return spend


def geo_days(channel: str) -> slice:
    """Day numbers of the channel's geo test."""
    first = day_number(p.GEO_START[channel])
    return slice(first, first + 7 * p.GEO_WEEKS)


def effect(channel: str, spend: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Extra contribution in GEL of `spend` in places that hold `shares` of the country."""
    a, b = p.CURVES[channel]
    return shares * a * spend / (spend + shares * b)


def steady_counts(rng: np.random.RandomState, expected: np.ndarray) -> np.ndarray:
    """Whole numbers that follow the expectation (day × city) closely, carrying fractions over."""
    start = rng.uniform(size=expected.shape[1])
    running = np.floor(np.round(np.cumsum(expected, axis=0) + start, 9))
    return np.diff(running, axis=0, prepend=np.floor(start)[None, :]).astype(int)


def cells(counts: np.ndarray, cause: str, first_day: int = 0) -> pd.DataFrame:
    """One row an order: day number, city number, cause."""
    day, city = np.nonzero(counts)
    times = counts[day, city]
    return pd.DataFrame(
        {"day": np.repeat(day + first_day, times), "city": np.repeat(city, times), "cause": cause}
    )


def baskets(rng: np.random.RandomState, orders: pd.DataFrame, goods: pd.DataFrame) -> pd.DataFrame:
    """The lines of all orders: row number of the order, sku, quantity, money."""
    share = np.array([p.POPULARITY[category] for category in goods["category"]], dtype=float)
    share *= np.where(goods["sku"] == p.T6_SKU, 0.02, 1.0)
    cumulative = np.cumsum(share / share.sum())
    n = rng.choice(4, size=len(orders), p=p.LINES_IN_ORDER) + 1
    special = orders["cause"].isin(["giveaway", "new_year_box"]).to_numpy()
    n[special] = 1
    lines = pd.DataFrame({"row": np.repeat(np.arange(len(orders)), n)})
    lines["good"] = np.searchsorted(cumulative, rng.uniform(size=len(lines)))
    lines["quantity"] = rng.choice(3, size=len(lines), p=p.QUANTITY) + 1
    cause = orders["cause"].to_numpy()[lines["row"]]
    box, set_of_five = (int(goods.index[goods["sku"] == sku][0]) for sku in (p.T6_SKU, "CH05"))
    lines.loc[cause == "new_year_box", "good"] = box
    lines.loc[cause == "giveaway", ["good", "quantity"]] = [set_of_five, 1]
    lines = lines.groupby(["row", "good"], as_index=False)["quantity"].sum()
    percent = discounts(rng, orders)[lines["row"]]
    money = goods.iloc[lines["good"]].reset_index(drop=True)
    full = money["price_gross_tetri"] * lines["quantity"]
    lines["sku"] = money["sku"]
    lines["gross_tetri"] = (full * (100 - percent) + 50) // 100
    lines["discount_tetri"] = full - lines["gross_tetri"]
    lines["cogs_tetri"] = money["cogs_tetri"] * lines["quantity"]
    lines["variable_tetri"] = money["variable_tetri"] * lines["quantity"]
    return lines


def discounts(rng: np.random.RandomState, orders: pd.DataFrame) -> np.ndarray:
    """Percent off for each order: now and then 10, more around Black Friday, giveaway most."""
    luck = rng.uniform(size=len(orders))
    percent = np.where(luck < 0.15, 10, 0)
    for year in (2024, 2025):
        first = day_number(date(year, 11, 24))
        sale = orders["day"].between(first, first + 7).to_numpy()
        percent = np.where(sale & (luck < 0.55), 15, percent)
    return np.where(orders["cause"] == "giveaway", p.T13_DISCOUNT, percent)


def draw_orders(
    rng: np.random.RandomState, orders: pd.DataFrame, goods: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Fill the orders of `cells` with goods, time, device, status, touches and returns."""
    orders = orders.reset_index(drop=True)
    lines = baskets(rng, orders, goods)
    sums = lines.groupby("row")[
        ["gross_tetri", "discount_tetri", "cogs_tetri", "variable_tetri"]
    ].sum()
    orders = orders.join(sums)
    hour = rng.choice(24, size=len(orders), p=np.array(p.HOURS) / sum(p.HOURS))
    orders["second"] = hour * 3600 + rng.randint(3600, size=len(orders))
    orders["cancelled"] = rng.uniform(size=len(orders)) < p.CANCELLED
    touch = rng.uniform(size=len(orders))
    table = np.cumsum([p.LAST_TOUCH[cause] for cause in orders["cause"]], axis=1)
    orders["last_touch"] = np.minimum((touch[:, None] > np.round(table, 9)).sum(axis=1), 6)
    returned = (rng.uniform(size=len(orders)) < p.RETURNED) & ~orders["cancelled"]
    first_line = lines.groupby("row")["gross_tetri"].first()
    whole = rng.uniform(size=len(orders)) < 0.6
    refund = np.where(whole, orders["gross_tetri"], first_line)
    orders["refund_tetri"] = np.where(returned, refund, 0)
    orders["return_after"] = rng.randint(86_400, p.RETURN_DAYS * 86_400, size=len(orders))
    return orders, lines


def contribution(gross: np.ndarray, refund: np.ndarray, costs: np.ndarray) -> np.ndarray:
    """Net sales less costs in tetri; VAT is taken out of the sum once, half-up."""
    net = gross - refund
    return np.sign(net) * ((abs(net) * 200 + 118) // 236) - costs


def by_city_and_day(orders: pd.DataFrame, window: slice) -> tuple[np.ndarray, np.ndarray]:
    """Delivered orders and their contribution in tetri, day × city, inside the window."""
    n_days = window.stop - window.start
    inside = orders[orders["day"].between(window.start, window.stop - 1) & ~orders["cancelled"]]
    place = (inside["day"] - window.start) * len(CITY_NAMES) + inside["city"]

    size = n_days * len(CITY_NAMES)

    def total(column: str) -> np.ndarray:
        return np.bincount(place, weights=inside[column], minlength=size).astype(np.int64)

    costs = total("cogs_tetri") + total("variable_tetri")
    money = contribution(total("gross_tetri"), total("refund_tetri"), costs)
    shape = (n_days, len(CITY_NAMES))
    return np.bincount(place, minlength=size).reshape(shape), money.reshape(shape)


def balanced_levels(rng: np.random.RandomState, rest_tetri: np.ndarray) -> np.ndarray:
    """Slots of GEO_LEVELS for each day × city: each once a weekday and city.

    Among many draws the one is taken in which the orders that the channel did not cause are
    spread most evenly over the levels, so that the short test comes out near the truth.
    """
    n_days, n_cities = rest_tetri.shape
    slots = np.empty((n_days, n_cities), dtype=int)
    for city in range(n_cities):
        for weekday in range(7):
            slots[weekday::7, city] = rng.permutation(len(p.GEO_LEVELS))
    level = np.array(p.GEO_LEVELS)
    # Slots of one level count together; whole numbers keep the search the same everywhere.
    same = (level[:, None] == level).astype(np.int64)
    per_slot = same.sum(axis=1)

    def unevenness(sums: np.ndarray) -> int:
        return int(((same @ sums * len(level) - per_slot * sums.sum()) ** 2 // per_slot**3).sum())

    sums = np.bincount(slots.ravel(), weights=rest_tetri.ravel()).astype(np.int64)
    best = unevenness(sums)
    for _ in range(8_000):
        city, weekday = rng.randint(n_cities), rng.randint(7)
        first, second = weekday + 7 * rng.permutation(p.GEO_WEEKS)[:2]
        one, two = slots[first, city], slots[second, city]
        change = rest_tetri[second, city] - rest_tetri[first, city]
        trial = sums.copy()
        trial[one] += change
        trial[two] -= change
        now = unevenness(trial)
        if now < best:
            slots[first, city], slots[second, city] = two, one
            sums, best = trial, now
    return level[slots]


def worth(orders: pd.DataFrame) -> np.ndarray:
    """Contribution of each order in tetri; nothing if it was cancelled."""
    costs = orders["cogs_tetri"] + orders["variable_tetri"]
    value = contribution(orders["gross_tetri"], orders["refund_tetri"], costs)
    return np.where(orders["cancelled"], 0, value).astype(np.int64)


def tested_orders(
    rng: np.random.RandomState,
    channel: str,
    level: np.ndarray,
    rest_tetri: np.ndarray,
    goods: pd.DataFrame,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Orders that the channel causes during its geo test, so that each level shows its curve.

    Of 12 draws the one nearest to the expected contribution is taken; then orders swap places
    until every level adds up to the curve.
    """
    window = geo_days(channel)
    strength = ad_strength()[window]
    spend = p.GEO_SPEND[channel] * SHARES * level
    wanted_gel = effect(channel, spend, SHARES) * strength[:, None]
    wanted_all = round(wanted_gel.sum() * 100)
    orders = cells(steady_counts(rng, wanted_gel / p.CONTRIBUTION_PER_ORDER), channel, window.start)
    draws = [draw_orders(rng, orders, goods) for _ in range(12)]
    orders, lines = min(draws, key=lambda draw: abs(int(worth(draw[0]).sum()) - wanted_all))

    values = sorted(set(p.GEO_LEVELS))
    at = np.searchsorted(values, level)
    days_at = np.bincount(at.ravel()) // len(SHARES)
    rest = np.bincount(at.ravel(), weights=rest_tetri.ravel()).astype(np.int64)
    curve = np.bincount(at.ravel(), weights=wanted_gel.ravel() * 100)
    wanted = np.round(days_at * rest[0] / days_at[0] + curve).astype(np.int64)
    value = worth(orders)
    place = at[orders["day"] - window.start, orders["city"]]
    sums = rest.copy()
    np.add.at(sums, place, value)

    def gap(sums: np.ndarray) -> int:
        return int(((sums - wanted) ** 2 // days_at).sum())

    taken = np.arange(len(orders))
    for one, two in rng.randint(len(orders), size=(4_000, 2)):
        trial = sums.copy()
        change = value[taken[two]] - value[taken[one]]
        trial[place[one]] += change
        trial[place[two]] -= change
        if gap(trial) < gap(sums):
            taken[[one, two]] = taken[[two, one]]
            sums = trial
    spots = orders[["day", "city"]].to_numpy()
    orders.loc[taken, ["day", "city"]] = spots
    return orders, lines


def all_orders(
    rng: np.random.RandomState, goods: pd.DataFrame, email_cost: np.ndarray
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Orders with causes, their lines, spend by channel (GEL, day) and levels of the geo tests."""
    demand, strength = season(), ad_strength()
    spend = normal_spend(rng)
    parts = [cells(rng.poisson(p.BASE_ORDERS * demand[:, None] * SHARES), "base")]
    per_order = p.CONTRIBUTION_PER_ORDER
    email = email_cost * p.EMAIL_RETURN * strength / per_order
    parts.append(cells(steady_counts(rng, email[:, None] * SHARES), "email"))
    parts.append(cells(steady_counts(rng, influencer_orders()[:, None] * SHARES), "influencer"))
    for cause, (first, last), orders in (
        ("new_year_box", p.T6_DAYS, p.T6_ORDERS),
        ("giveaway", p.T13_DAYS, p.T13_ORDERS),
    ):
        count = rng.poisson(orders * SHARES, size=((last - first).days + 1, len(SHARES)))
        parts.append(cells(count, cause, day_number(first)))
    for channel in p.AD_CHANNELS:
        x = spend[channel][:, None] * SHARES
        expected = effect(channel, x, SHARES) * strength[:, None] / per_order
        expected[geo_days(channel)] = 0.0
        parts.append(cells(steady_counts(rng, expected), channel))
    orders, lines = draw_orders(rng, pd.concat(parts, ignore_index=True), goods)

    levels, parts, line_parts = {}, [orders], [lines]
    for channel in p.AD_CHANNELS:
        window = geo_days(channel)
        rest = by_city_and_day(orders, window)[1]
        levels[channel] = balanced_levels(rng, rest)
        x = p.GEO_SPEND[channel] * SHARES * levels[channel]
        spend[channel][window] = np.round(x.sum(axis=1), 2)
        tested, tested_lines = tested_orders(rng, channel, levels[channel], rest, goods)
        tested_lines["row"] += sum(map(len, parts))
        parts.append(tested)
        line_parts.append(tested_lines)
    orders = pd.concat(parts, ignore_index=True)
    lines = pd.concat(line_parts, ignore_index=True)
    orders, lines = numbered(orders, lines)
    orders["device"] = devices(rng, len(orders))
    return orders, lines, spend, levels


def influencer_orders() -> np.ndarray:
    """Orders a day that influencers cause: most on the three days after a post on the 10th."""
    shape = np.array([4.0 if day.day in (10, 11, 12) else 0.7 for day in DAYS])
    months = len({(day.year, day.month) for day in DAYS})
    total = p.INFLUENCER_RETURN * p.INFLUENCER_TETRI / 100 * months / p.CONTRIBUTION_PER_ORDER
    return shape * total / shape.sum()


def numbered(orders: pd.DataFrame, lines: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Leave out the hours of the incident, put the orders in order of time and number them."""
    midnight = pd.Timestamp(p.START) + pd.to_timedelta(orders["day"], unit="D")
    orders["local"] = midnight + pd.to_timedelta(orders["second"], unit="s")
    orders["ts_utc"] = orders["local"] - pd.Timedelta(hours=4)
    still = orders["local"].between(*p.INCIDENT)
    orders = orders[~still].sort_values(["local", "city", "gross_tetri"], kind="stable")
    orders["order_id"] = [f"o{number:05d}" for number in range(1, len(orders) + 1)]
    order_of_row = orders["order_id"]
    lines = lines[lines["row"].isin(orders.index)].copy()
    lines["order_id"] = order_of_row.loc[lines["row"]].to_numpy()
    lines = lines.sort_values(["order_id", "sku"], kind="stable").reset_index(drop=True)
    return orders.reset_index(drop=True), lines


def devices(rng: np.random.RandomState, n_orders: int) -> np.ndarray:
    """Device number of each order, in blocks, so that the mix hardly moves from week to week."""
    blocks = [rng.permutation(p.DEVICE_BLOCK) for _ in range(n_orders // len(p.DEVICE_BLOCK) + 1)]
    return np.concatenate(blocks)[:n_orders]


def returns(orders: pd.DataFrame) -> pd.DataFrame:
    """The returns of all delivered orders, in order of time."""
    back = orders[orders["refund_tetri"] > 0].copy()
    back["ts_utc"] += pd.to_timedelta(back["return_after"], unit="s")
    back = back.sort_values(["ts_utc", "order_id"]).reset_index(drop=True)
    back["return_id"] = [f"r{number:04d}" for number in range(1, len(back) + 1)]
    return back


# ---------------------------------------------------------------- who ordered


def loyalty(rng: np.random.RandomState, cause: str) -> float:
    """How readily a new customer comes back; 1 is the mean of ordinary customers."""
    if cause == "giveaway":
        return p.GIVEAWAY_LOYALTY
    value = (0.35, 1.2, 4.0)[np.searchsorted([0.62, 0.92], rng.uniform())]
    return value * (p.TIKTOK_LOYALTY if cause == "tiktok" else 1.0)


def give_customers(rng: np.random.RandomState, orders: pd.DataFrame) -> pd.DataFrame:
    """Set orders.customer (a number) and return the customers; e-mail orders go to old ones."""
    customer = np.full(len(orders), -1)
    people: list[dict] = []
    known: list[list[int]] = [[] for _ in CITY_NAMES]
    weight: list[list[float]] = [[] for _ in CITY_NAMES]
    since: list[list[int]] = [[] for _ in CITY_NAMES]
    strength = ad_strength()
    bought = orders[orders["cause"] != "email"]
    for (day, city), rows in bought.groupby(["day", "city"]):
        age = day - np.array(since[city])
        willing = np.array(weight[city]) / (1 + age / p.REORDER_HALF_AGE)
        base = (rows["cause"] == "base").to_numpy()
        again_share = 0.0
        if base.any():
            again_share = p.REORDER_A_DAY * willing.sum() * strength[day] / base.sum()
        luck = rng.uniform(size=len(rows))
        pick = rng.uniform(size=len(rows))
        cumulative = np.cumsum(willing)
        for i, (row, cause) in enumerate(zip(rows.index, rows["cause"], strict=True)):
            new_share = 1 - min(again_share, 0.9) if cause == "base" else p.NEW_SHARE.get(cause, 1)
            if luck[i] >= new_share and len(cumulative):
                place = np.searchsorted(cumulative, pick[i] * cumulative[-1])
                customer[row] = known[city][min(int(place), len(cumulative) - 1)]
                continue
            customer[row] = len(people)
            known[city].append(len(people))
            weight[city].append(loyalty(rng, cause))
            since[city].append(day)
            people.append({"city": city, "day": day, "giveaway": cause == "giveaway"})
    customers = pd.DataFrame(people)
    customers["weight"] = [
        weight[city][place]
        for city, place in zip(customers["city"], customers.groupby("city").cumcount(), strict=True)
    ]
    customers["newsletter"] = rng.uniform(size=len(customers)) < p.NEWSLETTER_SHARE
    languages = list(p.LANGUAGES)
    customers["lang"] = np.array(languages)[
        rng.choice(len(languages), size=len(customers), p=list(p.LANGUAGES.values()))
    ]
    orders["customer"] = customer
    return customers


def email_groups(
    rng: np.random.RandomState,
    orders: pd.DataFrame,
    customers: pd.DataFrame,
    cost_tetri: int,
) -> pd.Series:
    """Group of each newsletter customer known before the test: True is treated.

    Among 300 draws the one is taken that, with the orders e-mail will cause, comes nearest to
    the wanted ROMI: without this, luck in so short a test would hide it.
    """
    first, last = (day_number(day) for day in p.EMAIL_TEST)
    members = customers.index[customers["newsletter"] & (customers["day"] < first)]
    by_email = orders["cause"] == "email"
    caused = worth(orders[by_email & orders["day"].between(first, last)]).sum()
    margin = margin_by_customer(orders[~by_email], first, last)
    margin = margin.reindex(members, fill_value=0).to_numpy()
    n_control = round(len(members) * p.EMAIL_CONTROL)
    n_treated = len(members) - n_control
    missing = (cost_tetri * (1 + p.WANTED_ROMI["email"]) - caused) / n_treated
    best = None
    for _ in range(300):
        order = rng.permutation(len(members))
        control, treated = order[:n_control], order[n_control:]
        gap = abs(margin[treated].mean() - margin[control].mean() - missing)
        if best is None or gap < best[0]:
            best = (gap, treated)
    groups = pd.Series(False, index=members)
    groups.iloc[best[1]] = True
    return groups


def margin_by_customer(orders: pd.DataFrame, first: int, last: int) -> pd.Series:
    """Contribution in tetri of each customer's delivered orders between two day numbers."""
    inside = orders[orders["day"].between(first, last) & ~orders["cancelled"]]
    money = ["gross_tetri", "refund_tetri", "cogs_tetri", "variable_tetri"]
    sums = inside.groupby("customer")[money].sum()
    costs = sums["cogs_tetri"] + sums["variable_tetri"]
    return contribution(sums["gross_tetri"], sums["refund_tetri"], costs)


def give_email_customers(
    rng: np.random.RandomState, orders: pd.DataFrame, customers: pd.DataFrame, treated: pd.Series
) -> None:
    """Hand the orders that e-mail caused to newsletter customers of the same city."""
    first, last = (day_number(day) for day in p.EMAIL_TEST)
    allowed_in_test = customers.index.isin(treated.index[treated])
    willing = (customers["weight"] * (customers["newsletter"] & ~customers["giveaway"])).to_numpy()
    for (day, city), rows in orders[orders["cause"] == "email"].groupby(["day", "city"]):
        may = (customers["city"] == city).to_numpy() & (customers["day"] < day).to_numpy()
        if first <= day <= last:
            may &= allowed_in_test
        chance = np.cumsum(np.where(may, willing, 0.0))
        if chance[-1] == 0:
            continue
        pick = np.searchsorted(chance, rng.uniform(size=len(rows)) * chance[-1])
        orders.loc[rows.index, "customer"] = pick


def customers(orders: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """The table of customers, by number."""
    first = orders.drop_duplicates("customer").set_index("customer")
    delivered = orders[~orders["cancelled"]].drop_duplicates("customer").set_index("customer")
    table = people.sort_index()
    return pd.DataFrame(
        {
            "customer_id": [f"c{number + 1:05d}" for number in table.index],
            "first_order": delivered["local"].dt.date.reindex(table.index),
            "city": np.array(CITY_NAMES)[table["city"]],
            "lang": table["lang"],
            "first_channel": first["last_touch"].reindex(table.index),
            "giveaway": table["giveaway"],
        }
    )
