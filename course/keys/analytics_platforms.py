"""Answer keys of analytics, part b."""

from collections.abc import Callable
from itertools import pairwise, permutations

import numpy as np
import pandas as pd

from course.exercise import Key, Mistake

# ---------------------------------------------------------------- 1.4a


def funnel(events, steps):
    """Number of people who came to each step by way of all the steps before it."""
    reached = events[events["event"] == steps[0]].groupby("user")["ts_utc"].min()
    counts = [len(reached)]
    for step in steps[1:]:
        hits = events[events["event"] == step]
        pairs = hits.merge(reached, on="user", suffixes=("", "_before"))
        later = pairs[pairs["ts_utc"] > pairs["ts_utc_before"]]
        reached = later.groupby("user")["ts_utc"].min()
        counts.append(len(reached))
    return counts


def _chain(events: pd.DataFrame, steps: list[str], goes_on: Callable) -> list[int]:
    """Counts along the steps; `goes_on` gives the users of a step from those of the one before."""
    users = set(events.loc[events["event"] == steps[0], "user"])
    counts = [len(users)]
    for before, step in pairwise(steps):
        users = goes_on(users, before, step)
        counts.append(len(users))
    return counts


def _all_steps_in_any_order(events: pd.DataFrame, steps: list[str]) -> list[int]:
    users = events.groupby("event")["user"].agg(set)
    return _chain(events, steps, lambda reached, _, step: reached & users.get(step, set()))


def _by_one_time(events: pd.DataFrame, steps: list[str], which: str) -> list[int]:
    """As if every event had one time only: its first or its last."""
    times = events.groupby(["event", "user"])["ts_utc"].agg(which)

    def goes_on(reached: set, before: str, step: str) -> set:
        return {
            user
            for user in reached
            if (step, user) in times.index and times[step, user] > times[before, user]
        }

    return _chain(events, steps, goes_on)


def _scan(events: pd.DataFrame, steps: list[str]) -> list[int]:
    """Walk down the rows as they stand, whatever their times say."""
    done = dict.fromkeys(events["user"], 0)
    for user, event in zip(events["user"], events["event"], strict=True):
        if done[user] < len(steps) and event == steps[done[user]]:
            done[user] += 1
    return [sum(number > k for number in done.values()) for k in range(len(steps))]


def _same_moment(events: pd.DataFrame, steps: list[str]) -> list[int]:
    reached = events[events["event"] == steps[0]].groupby("user")["ts_utc"].min()
    counts = [len(reached)]
    for step in steps[1:]:
        hits = events[events["event"] == step]
        pairs = hits.merge(reached, on="user", suffixes=("", "_before"))
        later = pairs[pairs["ts_utc"] >= pairs["ts_utc_before"]]
        reached = later.groupby("user")["ts_utc"].min()
        counts.append(len(reached))
    return counts


def _only_neighbours(events: pd.DataFrame, steps: list[str]) -> list[int]:
    ordered = events.sort_values("ts_utc", kind="stable")
    pairs = ordered.assign(before=ordered.groupby("user")["event"].shift())

    def goes_on(reached: set, before: str, step: str) -> set:
        return reached & set(pairs.loc[(pairs.before == before) & (pairs.event == step), "user"])

    return _chain(events, steps, goes_on)


def _only_the_step_before(events: pd.DataFrame, steps: list[str]) -> list[int]:
    pairs = pairwise(steps)
    return [funnel(events, steps)[0], *(funnel(events, list(pair))[1] for pair in pairs)]


def _after_the_first_step(events: pd.DataFrame, steps: list[str]) -> list[int]:
    return [funnel(events, [steps[0], step][: n + 1])[-1] for n, step in enumerate(steps)]


def _all_steps_after_the_first(events: pd.DataFrame, steps: list[str]) -> list[int]:
    """Of those who did all the steps, in any order but for the first."""
    start = events[events["event"] == steps[0]].groupby("user")["ts_utc"].min()
    later = events[events["ts_utc"] > events["user"].map(start)].groupby("event")["user"].agg(set)
    return _chain(events, steps, lambda reached, _, step: reached & later.get(step, set()))


# ---------------------------------------------------------------- 1.4b


def rates(counts):
    """Share that goes on to each step, share of all who come to the end, name of the worst step."""
    steps = (counts / counts.shift()).iloc[1:]
    overall = counts.iloc[-1] / counts.iloc[0]
    return steps.tolist(), overall, steps.idxmin()


def _rates(counts: pd.Series) -> tuple[pd.Series, float, str]:
    """The right answer with the steps' names, to build the wrong ones from."""
    steps, overall, worst = rates(counts)
    return pd.Series(steps, index=counts.index[1:]), overall, worst


def _against_the_first(counts: pd.Series) -> tuple:
    shares = (counts / counts.iloc[0]).iloc[1:]
    return shares, shares.iloc[-1], shares.idxmin()


def _drop_out(counts: pd.Series) -> tuple:
    steps, overall, worst = _rates(counts)
    return 1 - steps, 1 - overall, worst


def _with_first_step(counts: pd.Series) -> tuple:
    steps, overall, worst = _rates(counts)
    return [1.0, *steps], overall, worst


def _in_percent(counts: pd.Series) -> tuple:
    steps, overall, worst = _rates(counts)
    return steps * 100, overall * 100, worst


def _overall_is_mean(counts: pd.Series) -> tuple:
    steps, _, worst = _rates(counts)
    return steps, steps.mean(), worst


def _worst_by_people(counts: pd.Series) -> tuple:
    steps, overall, _ = _rates(counts)
    return steps, overall, counts.diff().idxmin()


def _worst_is_where_from(counts: pd.Series) -> tuple:
    steps, overall, worst = _rates(counts)
    return steps, overall, counts.index[counts.index.get_loc(worst) - 1]


def _worst_by_size(counts: pd.Series) -> tuple:
    steps, overall, _ = _rates(counts)
    return steps, overall, counts.idxmin()


def _nan_is_lowest(counts: pd.Series) -> tuple:
    steps, overall, _ = _rates(counts)
    return steps, overall, steps.index[np.argmin(steps.to_numpy())]


def _names_written_in(counts: pd.Series) -> tuple:
    steps, _, worst = _rates(counts)
    return steps, counts["buy"] / counts["visit"], worst


def _rounded(counts: pd.Series, digits: int) -> tuple:
    steps, overall, worst = _rates(counts)
    return steps.round(digits), round(overall, digits), worst


def _best_step(counts: pd.Series) -> tuple:
    steps, overall, _ = _rates(counts)
    return steps, overall, steps.idxmax()


def _later_of_equals(counts: pd.Series) -> tuple:
    steps, overall, _ = _rates(counts)
    return steps, overall, steps.iloc[::-1].idxmin()


def _nobody_is_zero(counts: pd.Series) -> tuple:
    steps, overall, worst = _rates(counts)
    return steps.fillna(0), overall, worst


# ---------------------------------------------------------------- 1.5


def retention(orders, last_month):
    """Share of each cohort that orders so many months later; NaN where that is not yet seen."""
    done = orders[orders["status"] == "delivered"]
    local = done["ts_utc"].dt.tz_convert("Asia/Tbilisi").dt.tz_localize(None)
    done = done.assign(month=local.dt.to_period("M"))
    done = done[done["month"] <= pd.Period(last_month)]
    first = done.groupby("customer_id")["month"].min()
    rows = {}
    for cohort, members in first.groupby(first):
        theirs = done[done["customer_id"].isin(members.index)]
        seen = pd.period_range(cohort, last_month)
        active = theirs.groupby("month")["customer_id"].nunique().reindex(seen, fill_value=0)
        rows[cohort] = pd.Series(active.to_numpy() / len(members))
    return pd.DataFrame(rows).T


def _delivered(orders: pd.DataFrame, zone: str = "Asia/Tbilisi") -> pd.DataFrame:
    """Delivered orders with their month and the first order and month of the customer."""
    done = orders[orders["status"] == "delivered"]
    day = done["ts_utc"].dt.tz_convert(zone).dt.tz_localize(None)
    done = done.assign(day=day, month=day.dt.to_period("M"))
    customers = done.groupby("customer_id")
    return done.assign(
        first_day=customers["day"].transform("min"), cohort=customers["month"].transform("min")
    )


def _months(later: pd.Series, earlier: pd.Series) -> pd.Series:
    return (later.dt.year - earlier.dt.year) * 12 + later.dt.month - earlier.dt.month


def _cohort_table(done: pd.DataFrame, since: pd.Series, last_month: str, how: str) -> pd.DataFrame:
    """Counts of each cohort so many months after it: 0 where seen, NaN where not yet."""
    done = done.assign(since=since)[done["month"] <= pd.Period(last_month)]
    counts = done.pivot_table("customer_id", "cohort", "since", aggfunc=how)
    age = (pd.Period(last_month) - counts.index.min()).n
    counts = counts.reindex(columns=range(age + 1)).fillna(0)
    for cohort in counts.index:
        counts.loc[cohort, (pd.Period(last_month) - cohort).n + 1 :] = np.nan
    return counts


def _orders_not_customers(orders: pd.DataFrame, last_month: str) -> pd.DataFrame:
    done = _delivered(orders)
    since = _months(done["month"], done["cohort"])
    sizes = _cohort_table(done, since, last_month, "nunique")[0]
    return _cohort_table(done, since, last_month, "count").div(sizes, axis=0)


def _orders_by_orders(orders: pd.DataFrame, last_month: str) -> pd.DataFrame:
    done = _delivered(orders)
    counts = _cohort_table(done, _months(done["month"], done["cohort"]), last_month, "count")
    return counts.div(counts[0], axis=0)


def _of_the_previous_month(orders: pd.DataFrame, last_month: str) -> pd.DataFrame:
    share = retention(orders, last_month)
    return (share / share.shift(axis=1)).assign(**{"0": 1.0}).drop(columns=0)


def _thirty_days(orders: pd.DataFrame, last_month: str) -> pd.DataFrame:
    done = _delivered(orders)
    since = (done["day"] - done["first_day"]).dt.days // 30
    counts = _cohort_table(done, since, last_month, "nunique")
    return counts.div(counts[0], axis=0)


def _ever_again(orders: pd.DataFrame, last_month: str) -> pd.DataFrame:
    """Customers who order in that month or in a later one."""
    done = _delivered(orders)
    done = done[done["month"] <= pd.Period(last_month)]
    last = done.assign(since=_months(done["month"], done["cohort"]))
    last = last.groupby("customer_id").agg(cohort=("cohort", "first"), since=("since", "max"))
    share = retention(orders, last_month)
    for cohort, months in last.groupby("cohort")["since"]:
        for since in share.columns[share.loc[cohort].notna()]:
            share.loc[cohort, since] = (months >= since).mean()
    return share


def _in_utc(orders: pd.DataFrame, last_month: str) -> pd.DataFrame:
    done = _delivered(orders, "UTC")
    counts = _cohort_table(done, _months(done["month"], done["cohort"]), last_month, "nunique")
    return counts.div(counts[0], axis=0)


def _without_the_year(orders: pd.DataFrame, last_month: str) -> pd.DataFrame:
    done = _delivered(orders)
    since = done["month"].dt.month - done["cohort"].dt.month
    counts = _cohort_table(done, since, last_month, "nunique")
    return counts.div(counts[0], axis=0)


def _columns_below_0(orders: pd.DataFrame, last_month: str) -> pd.DataFrame:
    """Months without the year, and the table as a pivot leaves it."""
    done = _delivered(orders)
    done = done[done["month"] <= pd.Period(last_month)]
    since = done["month"].dt.month - done["cohort"].dt.month
    counts = done.assign(since=since).pivot_table(
        "customer_id", "cohort", "since", aggfunc="nunique"
    )
    return counts.div(counts[0], axis=0)


def _months_that_occur(orders: pd.DataFrame, last_month: str) -> pd.DataFrame:
    """As if a month in which nobody ordered did not exist."""
    done = _delivered(orders)
    done = done[done["month"] <= pd.Period(last_month)]
    months = sorted(done["month"].unique())
    rows = {}
    for cohort, own in done.groupby("cohort"):
        active = own.groupby("month")["customer_id"].nunique()
        active = active.reindex(months[months.index(cohort) :], fill_value=0)
        rows[cohort] = pd.Series(active.to_numpy() / own["customer_id"].nunique())
    return pd.DataFrame(rows).T


def _empty_columns_missing(orders: pd.DataFrame, last_month: str) -> pd.DataFrame:
    share = retention(orders, last_month)
    return share.loc[:, share.gt(0).any()]


def _until_the_last_order(orders: pd.DataFrame, last_month: str) -> pd.DataFrame:
    last = _delivered(orders)["month"].max()
    return retention(orders, str(min(last, pd.Period(last_month))))


def _cut_off_before_the_last_month(orders: pd.DataFrame, last_month: str) -> pd.DataFrame:
    begin = pd.Timestamp(last_month, tz="Asia/Tbilisi")
    return retention(orders[orders["ts_utc"] < begin], last_month)


def _cohort_of_a_cancelled_order(
    orders: pd.DataFrame, last_month: str, everybody: bool
) -> pd.DataFrame:
    """Divided by all customers of the cohort, or by those who ordered in its month."""
    every = _delivered(orders.assign(status="delivered"))
    done = every[orders["status"] == "delivered"]
    counts = _cohort_table(done, _months(done["month"], done["cohort"]), last_month, "nunique")
    sizes = every.groupby("cohort")["customer_id"].nunique() if everybody else counts[0]
    return counts.div(sizes.reindex(counts.index), axis=0)


def _unfinished_month(orders: pd.DataFrame, last_month: str) -> pd.DataFrame:
    return retention(orders, str(_delivered(orders)["month"].max()))


def _cancelled_too(orders: pd.DataFrame, last_month: str) -> pd.DataFrame:
    return retention(orders.assign(status="delivered"), last_month)


# ---------------------------------------------------------------- 1.6


def clean_conversions(conv):
    """Number of different orders in the tracking log."""
    orders = conv["order_id"]
    return orders[orders != ""].nunique()


def in_window(conv, clicks, days=7):
    """Number of sales with a click at most so many days (of 24 hours) before them."""
    pairs = conv.merge(clicks, on="order_id", suffixes=("_sale", "_click"))
    lag = pairs["ts_utc_sale"] - pairs["ts_utc_click"]
    in_time = lag.between(pd.Timedelta(days=0), pd.Timedelta(days=days))
    return pairs.loc[in_time, "order_id"].nunique()


def _sales_where(conv: pd.DataFrame, clicks: pd.DataFrame, fits: Callable) -> int:
    """Sales for one of whose clicks `fits` holds (of the lag in days, a float)."""
    pairs = conv.merge(clicks, on="order_id", suffixes=("_sale", "_click"))
    lag = (pairs["ts_utc_sale"] - pairs["ts_utc_click"]) / pd.Timedelta(days=1)
    return pairs.loc[fits(lag), "order_id"].nunique()


def _one_click(clicks: pd.DataFrame, which: str) -> pd.DataFrame:
    return clicks.groupby("order_id", as_index=False)["ts_utc"].agg(which)


def _clicks_not_sales(conv: pd.DataFrame, clicks: pd.DataFrame, days: int = 7) -> int:
    pairs = conv.merge(clicks, on="order_id", suffixes=("_sale", "_click"))
    lag = pairs["ts_utc_sale"] - pairs["ts_utc_click"]
    return int(lag.between(pd.Timedelta(days=0), pd.Timedelta(days=days)).sum())


def _calendar_days(
    conv: pd.DataFrame, clicks: pd.DataFrame, days: int = 7, zone: str = "Asia/Tbilisi"
) -> int:
    conv, clicks = (
        table.assign(ts_utc=table["ts_utc"].dt.tz_convert(zone).dt.tz_localize(None).dt.normalize())
        for table in (conv, clicks)
    )
    return in_window(conv, clicks, days)


def _unless_outside(conv: pd.DataFrame, clicks: pd.DataFrame, days: int, how: str) -> int:
    """Whatever is not outside of the window, also what has no lag at all."""
    pairs = conv.merge(clicks, on="order_id", how=how, suffixes=("_sale", "_click"))
    lag = (pairs["ts_utc_sale"] - pairs["ts_utc_click"]) / pd.Timedelta(days=1)
    return pairs.loc[~((lag < 0) | (lag > days)), "order_id"].nunique()


def _every_click_looked_up(conv: pd.DataFrame, clicks: pd.DataFrame, days: int = 7) -> int:
    sale = conv.set_index("order_id")["ts_utc"]
    clicks.apply(lambda click: sale[click["order_id"]], axis=1)
    return in_window(conv, clicks, days)


# ---------------------------------------------------------------- 1.7


def attribute(path, value_tetri, model):
    """Credit of each channel for one order, in tetri; together exactly the value of the order."""
    path = path[path["days_before"] >= 0].sort_values("days_before", ascending=False)
    n = len(path)
    weight = 2 ** (-path["days_before"] / 7)
    share = {
        "last": [0] * (n - 1) + [1],
        "first": [1] + [0] * (n - 1),
        "linear": [1 / n] * n,
        "position": [0.4] + [0.2 / (n - 2)] * (n - 2) + [0.4] if n > 2 else [1 / n] * n,
        "decay": weight / weight.sum(),
    }
    exact = value_tetri * np.array(share[model])
    credit = np.floor(exact).astype(int)
    by_remainder = sorted(range(n), key=lambda touch: credit[touch] - exact[touch])
    credit[by_remainder[: value_tetri - credit.sum()]] += 1
    return pd.Series(credit, index=path["channel"]).groupby("channel").sum()


def _until_the_sale(path: pd.DataFrame) -> pd.DataFrame:
    return path[path["days_before"] >= 0].sort_values("days_before", ascending=False)


def _weights(days: np.ndarray, model: str) -> np.ndarray:
    """The weights of touches with these days before the sale, the earliest first."""
    n = len(days)
    place = np.arange(n)
    if model == "decay":
        return 0.5 ** (days / 7)
    if model == "linear" or (model == "position" and n <= 2):
        return np.ones(n)
    if model == "position":
        return np.where((place == 0) | (place == n - 1), 0.4, 0.2 / (n - 2))
    return (place == (0 if model == "first" else n - 1)).astype(float)


def _exact(path: pd.DataFrame, value: int, model: str) -> pd.Series:
    """The credit of each touch before rounding, the earliest touch first."""
    weights = _weights(path["days_before"].to_numpy(), model)
    return pd.Series(value * weights / weights.sum(), index=path["channel"])


def _largest_remainder(exact: pd.Series, value: int) -> pd.Series:
    credit = np.floor(exact.to_numpy()).astype(int)
    order = np.argsort(credit - exact.to_numpy(), kind="stable")
    credit[order[: value - credit.sum()]] += 1
    return pd.Series(credit, index=exact.index)


def _by_channel(credit: pd.Series) -> pd.Series:
    return credit.groupby(level=0).sum()


def _with_weights(path: pd.DataFrame, value: int, weights: np.ndarray) -> pd.Series:
    """Shared out by these weights instead."""
    exact = pd.Series(value * weights / weights.sum(), index=path["channel"])
    return _by_channel(_largest_remainder(exact, value))


def _everyone_claims_all(path: pd.DataFrame, value_tetri: int, model: str) -> pd.Series:
    return pd.Series(value_tetri, index=_until_the_sale(path)["channel"].unique())


def _decay_by(path: pd.DataFrame, value_tetri: int, model: str, weight: Callable) -> pd.Series:
    """Decay with another weight; the other models as they should be."""
    if model != "decay":
        return attribute(path, value_tetri, model)
    path = _until_the_sale(path)
    return _with_weights(path, value_tetri, weight(path["days_before"].to_numpy()))


def _position_by(path: pd.DataFrame, value_tetri: int, model: str, middle: Callable) -> pd.Series:
    """Position with another weight for each of the touches in the middle."""
    path_seen = _until_the_sale(path)
    n = len(path_seen)
    if model != "position" or n <= 2:
        return attribute(path, value_tetri, model)
    weights = np.array([0.4] + [middle(n)] * (n - 2) + [0.4])
    return _with_weights(path_seen, value_tetri, weights)


def _twenty_percent_lost(path: pd.DataFrame, value_tetri: int, model: str) -> pd.Series:
    seen = _until_the_sale(path)
    if model != "position" or len(seen) > 2:
        return attribute(path, value_tetri, model)
    return _by_channel(pd.Series(int(value_tetri * 0.4), index=seen["channel"]))


def _cut(path: pd.DataFrame, value_tetri: int, model: str) -> pd.Series:
    return _by_channel(np.floor(_exact(_until_the_sale(path), value_tetri, model)))


def _each_rounded(path: pd.DataFrame, value_tetri: int, model: str) -> pd.Series:
    return _by_channel(np.floor(_exact(_until_the_sale(path), value_tetri, model) + 0.5))


def _not_rounded(path: pd.DataFrame, value_tetri: int, model: str) -> pd.Series:
    return _by_channel(_exact(_until_the_sale(path), value_tetri, model))


def _rest_to(path: pd.DataFrame, value_tetri: int, model: str, place: int) -> pd.Series:
    """Everything cut, and the rest to the touch at this place."""
    credit = np.floor(_exact(_until_the_sale(path), value_tetri, model))
    credit.iloc[place] += value_tetri - credit.sum()
    return _by_channel(credit)


def _rounded_by_channel(path: pd.DataFrame, value_tetri: int, model: str) -> pd.Series:
    exact = _exact(_until_the_sale(path), value_tetri, model)
    exact = exact.groupby(level=0, sort=False).sum()
    return _largest_remainder(exact, value_tetri)


def _each_channel_once(path: pd.DataFrame, value_tetri: int, model: str) -> pd.Series:
    return attribute(_until_the_sale(path).drop_duplicates("channel"), value_tetri, model)


def _read_backwards(path: pd.DataFrame, value_tetri: int, model: str) -> pd.Series:
    backwards = _until_the_sale(path).iloc[::-1]
    return _by_channel(_largest_remainder(_exact(backwards, value_tetri, model), value_tetri))


def _as_the_rows_stand(path: pd.DataFrame, value_tetri: int, model: str) -> pd.Series:
    seen = path[path["days_before"] >= 0]
    return _by_channel(_largest_remainder(_exact(seen, value_tetri, model), value_tetri))


def _later_touch_first(path: pd.DataFrame, value_tetri: int, model: str) -> pd.Series:
    """Of equal remainders the later touch is served first."""
    exact = _exact(_until_the_sale(path), value_tetri, model)
    return _by_channel(_largest_remainder(exact.iloc[::-1], value_tetri))


def _rest_to_the_largest_remainder(path: pd.DataFrame, value_tetri: int, model: str) -> pd.Series:
    exact = _exact(_until_the_sale(path), value_tetri, model)
    place = int((exact % 1).to_numpy().argmax())
    return _rest_to(path, value_tetri, model, place)


def _late_channel_gets_0(path: pd.DataFrame, value_tetri: int, model: str) -> pd.Series:
    return attribute(path, value_tetri, model).reindex(path["channel"].unique(), fill_value=0)


def _zeros_left_out(path: pd.DataFrame, value_tetri: int, model: str) -> pd.Series:
    credit = attribute(path, value_tetri, model)
    return credit[credit > 0]


def _overwritten(path: pd.DataFrame, value_tetri: int, model: str) -> dict[str, int]:
    return dict(
        _largest_remainder(_exact(_until_the_sale(path), value_tetri, model), value_tetri).items()
    )


def _late_touch_too(path: pd.DataFrame, value_tetri: int, model: str) -> pd.Series:
    ordered = path.sort_values("days_before", ascending=False)
    return _by_channel(_largest_remainder(_exact(ordered, value_tetri, model), value_tetri))


# ---------------------------------------------------------------- 1.11a


def markov(paths):
    """Conversions credited to each channel by its removal effect; together all conversions."""
    from itertools import pairwise

    moves = []
    for row in paths.to_dict("records"):
        for end in ["conversions", "lost"]:
            walk = ["start", *row["path"].split(" > "), end]
            moves += [(here, there, row[end]) for here, there in pairwise(walk)]
    moves = pd.DataFrame(moves, columns=["here", "there", "people"])
    moves = moves.pivot_table("people", "here", "there", aggfunc="sum", fill_value=0)
    share = moves.div(moves.sum(axis=1), axis=0).assign(start=0)

    def chance(places):
        stay = np.eye(len(places)) - share.loc[places, places]
        solved = np.linalg.solve(stay, share.loc[places, "conversions"])
        return solved[places.get_loc("start")]

    full = share.index
    chance_now = chance(full)
    effect = pd.Series({c: 1 - chance(full.drop(c)) / chance_now for c in full.drop("start")})
    return paths["conversions"].sum() * effect / effect.sum()


def _of_paths(paths: pd.DataFrame, shares: Callable) -> dict[str, float]:
    """Conversions shared out path by path; `shares` gives the touches' weights by their number."""
    credit = {}
    for row in paths.itertuples():
        touches = row.path.split(" > ")
        for channel, share in zip(touches, shares(len(touches)), strict=True):
            credit[channel] = credit.get(channel, 0) + share * row.conversions
    return credit


def _with_the_channel(paths: pd.DataFrame) -> pd.Series:
    """Conversions of all paths in which the channel occurs."""
    touched = paths.assign(channel=paths["path"].str.split(" > ").map(set)).explode("channel")
    return touched.groupby("channel")["conversions"].sum()


def _to_total(parts: pd.Series, paths: pd.DataFrame) -> pd.Series:
    return parts / parts.sum() * paths["conversions"].sum()


def _removal_effects(
    paths: pd.DataFrame, lost_on_every_move: bool = True, scaled_up: bool = False
) -> pd.Series:
    """1 − chance of a sale without the channel / chance with all, for each channel.

    Lost visitors may count on their last move only; without a channel the other moves may be
    scaled up to 1 again.
    """
    moves = []
    for row in paths.to_dict("records"):
        for end in ["conversions", "lost"]:
            walk = [*pairwise(["start", *row["path"].split(" > "), end])]
            if end == "lost" and not lost_on_every_move:
                walk = walk[-1:]
            moves += [(here, there, row[end]) for here, there in walk]
    here, there, people = (pd.Series(column) for column in zip(*moves, strict=True))
    walk = pd.crosstab(here, there, people, aggfunc="sum", normalize="index")
    places = walk.index.union(walk.columns)
    walk = walk.reindex(index=places, columns=places).fillna(0)
    walk.loc["conversions", "conversions"] = 1  # a sale stays a sale

    def chance(walk: pd.DataFrame) -> float:
        far = np.linalg.matrix_power(walk.to_numpy(), 2_000)
        return far[walk.index.get_loc("start"), walk.columns.get_loc("conversions")]

    channels = places.drop(["start", "conversions", "lost"])
    without = {channel: walk.drop(index=channel, columns=channel) for channel in channels}
    if scaled_up:
        without = {
            channel: rest.div(rest.sum(axis=1), axis=0).fillna(0)
            for channel, rest in without.items()
        }
    return pd.Series(
        {channel: 1 - chance(rest) / chance(walk) for channel, rest in without.items()}
    )


# ---------------------------------------------------------------- 1.11b


def shapley(v):
    """What each channel adds to the rate, averaged over all orders in which channels can join."""
    from itertools import permutations

    channels = max(v, key=len)
    orders = list(permutations(channels))
    credit = dict.fromkeys(channels, 0)
    for order in orders:
        for place, channel in enumerate(order):
            before = tuple(sorted(order[:place]))
            after = tuple(sorted(order[: place + 1]))
            credit[channel] += (v[after] - v[before]) / len(orders)
    return credit


def _added(v: dict, channel: str) -> dict[tuple, float]:
    """What the channel adds to each group without it."""
    return {
        group: v[tuple(sorted((*group, channel)))] - v[group] for group in v if channel not in group
    }


def _in_order_of_the_list(v: dict) -> dict[str, float]:
    channels = max(v, key=len)
    return {
        channel: v[channels[: place + 1]] - v[channels[:place]]
        for place, channel in enumerate(channels)
    }


def _everybody(v: dict) -> tuple:
    return max(v, key=len)


def _of_each(v: dict, change: Callable) -> dict[str, float]:
    """The right parts, each changed."""
    return {channel: change(part) for channel, part in shapley(v).items()}


def _unsorted_groups(v: dict) -> dict[str, float]:
    """Groups looked up in the order of joining: most of them are not in `v`."""
    for order in permutations(_everybody(v)):
        for place in range(len(order)):
            v[order[: place + 1]]
    return shapley(v)


KEYS = {
    "1.4a": Key(
        reference=funnel,
        mistakes=(
            Mistake(
                "events, not people",
                lambda events, steps: [(events["event"] == step).sum() for step in steps],
                "This counts events. A person who looks at five products is still one person: "
                "count users.",
            ),
            Mistake(
                "order ignored",
                lambda events, steps: [
                    events.loc[events["event"] == step, "user"].nunique() for step in steps
                ],
                "This counts everybody who ever did the step, also those who never came to it "
                "through the steps before. A funnel is a way, not a list of sums.",
            ),
            Mistake(
                "all steps in any order",
                _all_steps_in_any_order,
                "Everybody who did all the steps counts here, in whatever order. Compare the "
                "times: each step has to come after the one before it.",
            ),
            Mistake(
                "first time of every step",
                lambda events, steps: _by_one_time(events, steps, "min"),
                "Only the first time of every event is compared here. Somebody who opens the cart, "
                "goes back to a product and then fills the cart has come the right way: look for "
                "the first cart after the view.",
            ),
            Mistake(
                "last time of every step",
                lambda events, steps: _by_one_time(events, steps, "max"),
                "Only the last time of every event is compared here. Somebody who looks at one "
                "more product after filling the cart has not left the funnel.",
            ),
            Mistake(
                "steps must follow at once",
                _only_neighbours,
                "A step counts here only if nothing happened between it and the one before. The "
                "rule asks for after, not for directly after.",
            ),
            Mistake(
                "only the step before",
                _only_the_step_before,
                "Each step is compared with the one before it only. A person has to have come "
                "through all the steps from the first.",
            ),
            Mistake(
                "only the first step",
                _after_the_first_step,
                "Each step is compared with the first one only. A person has to have come through "
                "all the steps between as well.",
            ),
            Mistake(
                "all steps after the first in any order",
                _all_steps_after_the_first,
                "Every step has to come after the first one here, but the others count in any "
                "order. Keep the time of each step that was reached, and compare the next with it.",
            ),
            Mistake(
                "first step written in",
                lambda events, steps: funnel(events, ["view", *steps[1:]]),
                'The funnel begins with "view" here, whatever the steps are. The first step is '
                "`steps[0]`.",
            ),
            Mistake(
                "the same moment counts",
                _same_moment,
                "Two events of the same moment count here as one after the other. After means at "
                "a later time.",
            ),
            Mistake(
                "the same moment in the order of rows",
                lambda events, steps: _scan(events.sort_values("ts_utc", kind="stable"), steps),
                "Sorting by time leaves events of the same moment in the order of their rows, and "
                "then one passes for later than the other. Compare the times themselves.",
            ),
            Mistake(
                "rows taken as sorted",
                _scan,
                "This reads the rows as they stand. Nothing says that a table is in the order of "
                "time: sort it, or compare the times.",
            ),
        ),
        why="A funnel of people shows at which step buyers are lost; one of events would praise "
        "the page that has to be reloaded most often.",
    ),
    "1.4b": Key(
        reference=rates,
        mistakes=(
            Mistake(
                "against the first step",
                _against_the_first,
                "All the steps are divided by the first one. The rate of a step compares it with "
                "the step right before it.",
            ),
            Mistake(
                "overall is the mean",
                _overall_is_mean,
                "The overall rate is the mean of the steps here. Shares of shares multiply: how "
                "many of all who came reach the end?",
            ),
            Mistake(
                "drop-out",
                _drop_out,
                "These are the shares that leave. Asked are the shares that go on.",
            ),
            Mistake(
                "percent",
                _in_percent,
                "The rates are in percent. Asked are shares between 0 and 1; percent is for "
                "showing.",
            ),
            Mistake(
                "a rate for the first step",
                _with_first_step,
                "The first step has a rate, too, here. Nothing comes before it: begin with the "
                "second.",
            ),
            Mistake(
                "worst by people",
                _worst_by_people,
                "The worst step is the one that loses most people here. A step with a good rate "
                "loses many if many come to it; asked is the lowest rate.",
            ),
            Mistake(
                "worst is where they come from",
                _worst_is_where_from,
                "The rates are right, but the worst step is named by where people come from. Name "
                "the step that they do not reach.",
            ),
            Mistake(
                "worst is the last step",
                _worst_by_size,
                "The step with the fewest people is always the last one. The worst is the one with "
                "the lowest rate.",
            ),
            Mistake(
                "the best step",
                _best_step,
                "The step named as worst has the highest rate: that is the best one.",
            ),
            Mistake(
                "the later of two equals",
                _later_of_equals,
                "Two steps have the same lowest rate, and the later one is named. By the rule it "
                "is the earlier one.",
            ),
            Mistake(
                "nobody is 0",
                _nobody_is_zero,
                "Where nobody was there to go on, the rate is 0 here. It is undefined: NaN.",
            ),
            Mistake(
                "NaN is the lowest",
                _nan_is_lowest,
                "A step whose rate is NaN is named as the worst. NumPy's `argmin` takes NaN for "
                "the lowest; `np.nanargmin` and the `idxmin` of pandas pass over it.",
            ),
            Mistake(
                "names written in",
                _names_written_in,
                'A step is taken by its name, such as "buy", but every funnel has its own names. '
                "Take the steps by their place: `counts.iloc[0]`, `counts.iloc[-1]`.",
            ),
            *(
                Mistake(
                    f"rounded to {digits} digits",
                    lambda counts, digits=digits: _rounded(counts, digits),
                    f"The rates are rounded to {digits} digits. Hand them on as they are: rounding "
                    "is for showing.",
                )
                for digits in (2, 3, 4)
            ),
        ),
        why="The worst step is where an hour of work brings most; mending a good one moves little.",
    ),
    "1.5": Key(
        reference=retention,
        mistakes=(
            Mistake(
                "not yet seen is 0",
                lambda orders, last_month: retention(orders, last_month).fillna(0),
                "Months that have not come yet are 0 here, as if everybody had left. What is not "
                "yet seen is NaN.",
            ),
            Mistake(
                "orders, not customers",
                _orders_not_customers,
                "This counts orders. A customer who orders twice in a month is still one active "
                "customer.",
            ),
            Mistake(
                "orders by orders",
                _orders_by_orders,
                "Orders are divided by orders here. Retention is a share of people: customers who "
                "came back over all customers of the cohort.",
            ),
            Mistake(
                "of the previous month",
                _of_the_previous_month,
                "Each month is divided by the month before it. Retention is always a share of the "
                "whole cohort, the customers of month 0.",
            ),
            Mistake(
                "30 days for a month",
                _thirty_days,
                "Months are counted as 30 days from the first order: a known variant, but not the "
                "one asked. Here a month is a calendar month.",
            ),
            Mistake(
                "back in that month or later",
                _ever_again,
                "Everybody counts here who ordered in that month or in a later one: a known "
                "variant (rolling retention), but not the one asked. Count who ordered in the "
                "month itself.",
            ),
            Mistake(
                "cancelled orders",
                _cancelled_too,
                "Cancelled orders are in. Who never received anything was not a customer in that "
                "month.",
            ),
            Mistake(
                "percent",
                lambda orders, last_month: retention(orders, last_month) * 100,
                "These are percent. Asked are shares between 0 and 1.",
            ),
            Mistake(
                "nobody is NaN",
                lambda orders, last_month: retention(orders, last_month).replace(0, np.nan),
                "A month that was seen and in which nobody came back is NaN here. That is known: "
                "it is 0. NaN is only for months after the last one.",
            ),
            Mistake(
                "months in UTC",
                _in_utc,
                "These are UTC months. Just after midnight in Tbilisi it is still the evening "
                "before in UTC, and at the end of a month another month.",
            ),
            Mistake(
                "unfinished month",
                _unfinished_month,
                "The unfinished month after `last_month` is in. Its customers have not had all "
                "their days yet, so it would look like a loss.",
            ),
            Mistake(
                "months without the year",
                _without_the_year,
                "The months since the first order are the difference of two numbers from 1 to 12: "
                "from December to January that is −11. Count the years in, 12 months each.",
            ),
            Mistake(
                "months without the year, columns below 0",
                _columns_below_0,
                "Some columns are numbers below 0: January is month 1 and December month 12, and "
                "their years are forgotten. Count 12 months for each year between.",
            ),
            Mistake(
                "only months that occur",
                _months_that_occur,
                "The columns count only months in which somebody ordered. A month without any "
                "order is a month, too: take the difference of the two months, not their places "
                "in a list.",
            ),
            Mistake(
                "empty columns missing",
                _empty_columns_missing,
                "A column in which nobody came back is missing, for a pivot makes only columns "
                "that occur. Bring in all from 0 up (`reindex(columns=range(...))`): they are 0 "
                "where the month was seen.",
            ),
            Mistake(
                "empty columns missing, nobody is NaN",
                lambda orders, last_month: _empty_columns_missing(orders, last_month).replace(
                    0, np.nan
                ),
                "This is the table as a pivot leaves it: where nobody came back it has NaN or no "
                "column. Bring in all columns from 0 up, and 0 where the month was seen.",
            ),
            Mistake(
                "ends with the last order",
                _until_the_last_order,
                "The table ends with the last month that has an order. It goes up to `last_month`: "
                "a month that was seen and in which nobody ordered is 0.",
            ),
            Mistake(
                "last month empty",
                _cut_off_before_the_last_month,
                "The orders of `last_month` itself are left out, so that it looks empty. As a "
                "time, a month is its first midnight: compare months with months.",
            ),
            Mistake(
                "last month missing",
                lambda orders, last_month: retention(orders, str(pd.Period(last_month) - 1)),
                "The table ends before `last_month`. That month is finished and belongs to it; as "
                "a time it would be its first midnight only: compare months with months.",
            ),
            Mistake(
                "cohort of a cancelled order",
                lambda orders, last_month: _cohort_of_a_cancelled_order(orders, last_month, False),
                "The cohort is taken from a cancelled order where that came first. Keep the "
                "delivered orders first, then look for the first of them.",
            ),
            Mistake(
                "cohort of a cancelled order, everybody",
                lambda orders, last_month: _cohort_of_a_cancelled_order(orders, last_month, True),
                "Customers are in a cohort here by an order that was cancelled, even if nothing "
                "was ever delivered to them. Keep the delivered orders first, then make cohorts.",
            ),
        ),
        why="Retention tells whether what was bought were customers or single sales: what a new "
        "customer may cost hangs on it.",
    ),
    "1.6a": Key(
        reference=clean_conversions,
        mistakes=(
            Mistake(
                "rows",
                len,
                "This counts messages. One sale can send several: the pixel and the server report "
                "it, or a page is loaded again.",
            ),
            Mistake(
                "whole rows compared",
                lambda conv: len(conv.drop_duplicates()),
                "Only rows that are the same in every column were removed. The pixel and the "
                "server differ in source and time, and yet report one sale.",
            ),
            Mistake(
                "by customer",
                lambda conv: conv["customer_id"].nunique(),
                "This counts customers. Two orders of one person are two sales.",
            ),
            Mistake(
                "by order and source",
                lambda conv: len(conv.drop_duplicates(["order_id", "source"])),
                "An order counts once for each source here. The pixel and the server report the "
                "same sale.",
            ),
            Mistake(
                "pixel only",
                lambda conv: conv.loc[conv["source"] == "pixel", "order_id"].nunique(),
                "Only the pixel's messages are counted. Sales that the browser hid from the pixel "
                "are known from the server alone.",
            ),
            Mistake(
                "server only",
                lambda conv: conv.loc[conv["source"] == "server", "order_id"].nunique(),
                "Only the server's messages are counted. Some sales came through the pixel alone.",
            ),
            Mistake(
                "orders seen once",
                lambda conv: int((~conv["order_id"].duplicated(keep=False)).sum()),
                "Orders with more than one message were thrown out altogether. Each of them is "
                "one sale: keep one of its messages.",
            ),
            Mistake(
                "the duplicates",
                lambda conv: int(conv["order_id"].duplicated().sum()),
                "These are the messages too many. Asked is what remains without them.",
            ),
            Mistake(
                "no number is an order",
                lambda conv: len(conv.drop_duplicates("order_id")),
                "Messages without an order number count as an order of their own here. No sale "
                "can be found for them: leave out missing numbers as well as empty ones.",
            ),
            Mistake(
                "a missing number is an order",
                lambda conv: len(set(conv["order_id"]) - {None, ""}),
                "An empty text is left out, but a missing number counts as an order: it is NaN, "
                "neither None nor false. `dropna` removes it.",
            ),
            Mistake(
                "an empty number is an order",
                lambda conv: conv["order_id"].nunique(),
                "Missing order numbers are left out, but an empty text counts as an order. It is "
                "no number either.",
            ),
        ),
        why="Sales counted twice make every campaign look cheaper than it is, and money follows.",
    ),
    "1.6b": Key(
        reference=in_window,
        mistakes=(
            Mistake(
                "no window",
                lambda conv, clicks, days=7: _sales_where(conv, clicks, lambda lag: lag >= 0),
                "Any click before the sale counts here, however old. The window ends after so "
                "many days.",
            ),
            Mistake(
                "clicks after the sale",
                lambda conv, clicks, days=7: _sales_where(conv, clicks, lambda lag: lag <= days),
                "Clicks after the sale count as well: their lag is negative. What comes later "
                "cannot have led to the sale.",
            ),
            Mistake(
                "any click",
                lambda conv, clicks, days=7: _sales_where(conv, clicks, lambda lag: lag == lag),
                "Every sale with a click at any time counts here, before or after it.",
            ),
            Mistake(
                "whole days",
                lambda conv, clicks, days=7: _sales_where(
                    conv, clicks, lambda lag: np.floor(lag).between(0, days)
                ),
                "The lag is cut to whole days, so that some hours too many still count. Compare "
                "the times, not days without their hours.",
            ),
            Mistake(
                "calendar days",
                _calendar_days,
                "Dates are compared here. A day of the window is 24 hours, not a date in the "
                "calendar.",
            ),
            Mistake(
                "calendar days in UTC",
                lambda conv, clicks, days=7: _calendar_days(conv, clicks, days, "UTC"),
                "Dates of UTC are compared here. A day of the window is 24 hours, wherever its "
                "midnight falls.",
            ),
            Mistake(
                "whole hours",
                lambda conv, clicks, days=7: _sales_where(
                    conv, clicks, lambda lag: np.floor(lag * 24).between(0, days * 24)
                ),
                "The lag is cut to whole hours, so that some minutes too many still count. Compare "
                "the times themselves.",
            ),
            Mistake(
                "rounded to hours",
                lambda conv, clicks, days=7: _sales_where(
                    conv, clicks, lambda lag: (lag * 24).round().between(0, days * 24)
                ),
                "The lag is rounded to hours, so that a click just outside of the window counts. "
                "Compare the times themselves.",
            ),
            Mistake(
                "rounded to days",
                lambda conv, clicks, days=7: _sales_where(
                    conv, clicks, lambda lag: lag.round().between(0, days)
                ),
                "The lag is rounded to days, so that a click up to half a day outside of the "
                "window counts. Compare the times themselves.",
            ),
            Mistake(
                "sales without a click",
                lambda conv, clicks, days=7: _unless_outside(conv, clicks, days, "left"),
                "A sale without any click counts as well: what has no time of a click is not "
                "outside of the window, but not inside either.",
            ),
            Mistake(
                "clicks without a sale",
                lambda conv, clicks, days=7: _unless_outside(conv, clicks, days, "right"),
                "Clicks of orders that are not in `conv` count as well. Without a sale there is "
                "nothing to count: keep only clicks whose order is in both tables.",
            ),
            Mistake(
                "every click looked up",
                _every_click_looked_up,
                "A click is looked up whose order is not in `conv`. `clicks` may hold clicks of "
                "other orders: leave them out.",
            ),
            Mistake(
                "end left out",
                lambda conv, clicks, days=7: _sales_where(
                    conv, clicks, lambda lag: lag.between(0, days, inclusive="left")
                ),
                "A click exactly at the end of the window is left out. The window includes its "
                "end.",
            ),
            Mistake(
                "clicks, not sales",
                _clicks_not_sales,
                "This counts clicks. A sale with three clicks in the window is one sale.",
            ),
            Mistake(
                "first click only",
                lambda conv, clicks, days=7: in_window(conv, _one_click(clicks, "min"), days),
                "Only the first click of a sale is looked at. A later one may lie in the window.",
            ),
            Mistake(
                "last click only",
                lambda conv, clicks, days=7: in_window(conv, _one_click(clicks, "max"), days),
                "Only the last click of a sale is looked at. It may come after the sale, while an "
                "earlier one lies in the window.",
            ),
            Mistake(
                "always seven days",
                lambda conv, clicks, days=7: in_window(conv, clicks, 7),
                "The window is always seven days here. Its length is the argument `days`.",
            ),
            Mistake(
                "start left out",
                lambda conv, clicks, days=7: _sales_where(
                    conv, clicks, lambda lag: lag.between(0, days, inclusive="right")
                ),
                "A click at the very moment of the sale is left out. It is not after the sale, so "
                "it counts.",
            ),
        ),
        why="Each platform has its own window, and a longer one claims more of the same sales: "
        "only under one window can they be compared.",
    ),
    "1.7": Key(
        reference=attribute,
        mistakes=(
            Mistake(
                "everyone claims all",
                _everyone_claims_all,
                "Every channel gets the whole sale, as each platform reports it. One sale can be "
                "shared out only once: the credits together are its value.",
            ),
            Mistake(
                "decay with e",
                lambda path, value, model: _decay_by(
                    path, value, model, lambda days: np.exp(-days / 7)
                ),
                "That is e^(−t/7). Asked is a half-life: seven days earlier means half the weight.",
            ),
            Mistake(
                "decay from the start",
                lambda path, value, model: _decay_by(
                    path, value, model, lambda days: 0.5 ** ((days[0] - days) / 7)
                ),
                "The age is measured from the start of the path, so that the oldest touch weighs "
                "most. Measure it back from the sale.",
            ),
            Mistake(
                "half-life of a day",
                lambda path, value, model: _decay_by(path, value, model, lambda days: 0.5**days),
                "The weight halves every day here. The half-life is seven days.",
            ),
            Mistake(
                "cut",
                _cut,
                "Each credit is cut to whole tetri, and the rest is lost. Give it out by the "
                "largest remainder, so that the sum is the value of the order.",
            ),
            Mistake(
                "each rounded",
                _each_rounded,
                "Each credit is rounded by itself, so that the sum can miss the value of the "
                "order. Cut first, then give the rest out by the largest remainder.",
            ),
            Mistake(
                "not rounded",
                _not_rounded,
                "There are parts of a tetri here. Money is whole tetri: cut, then give the rest "
                "out by the largest remainder.",
            ),
            Mistake(
                "rest to the last",
                lambda path, value, model: _rest_to(path, value, model, -1),
                "The whole rest goes to the last touch. It goes out tetri by tetri, to the largest "
                "remainders.",
            ),
            Mistake(
                "rest to the first",
                lambda path, value, model: _rest_to(path, value, model, 0),
                "The whole rest goes to the first touch. It goes out tetri by tetri, to the "
                "largest remainders.",
            ),
            Mistake(
                "rest to the largest remainder",
                _rest_to_the_largest_remainder,
                "The whole rest goes to one touch, the one with the largest part cut off. It goes "
                "out tetri by tetri, one for each touch.",
            ),
            Mistake(
                "the later of two equals",
                _later_touch_first,
                "Of touches with equal parts cut off the later ones get the tetri. By the rule it "
                "is the earlier ones.",
            ),
            Mistake(
                "rounded by channel",
                _rounded_by_channel,
                "The channels are summed up before rounding. By the rule each touch is rounded, "
                "and then a channel's touches are summed up.",
            ),
            Mistake(
                "each channel once",
                _each_channel_once,
                "A channel with two touches counts as one touch here. Credit goes to touches; a "
                "channel gets the sum of its own.",
            ),
            Mistake(
                "path read backwards",
                _read_backwards,
                "The path is read from the sale backwards. The touch with the most days before the "
                "sale is the first.",
            ),
            Mistake(
                "20 % for each in the middle",
                lambda path, value, model: _position_by(path, value, model, lambda n: 0.2),
                "Each touch in the middle weighs 20 % here. They share 20 % between them.",
            ),
            Mistake(
                "20 % lost",
                _twenty_percent_lost,
                "Without touches in the middle their 20 % vanished. The first and the last share "
                "the whole sale then.",
            ),
            Mistake(
                "touch after the sale",
                _late_touch_too,
                "A touch after the sale gets credit. What comes later cannot have led to the sale: "
                "its `days_before` is negative.",
            ),
            Mistake(
                "rows taken as sorted",
                _as_the_rows_stand,
                "The touches are taken as the rows stand. Sort them by `days_before` first.",
            ),
            Mistake(
                "a repeated channel overwritten",
                _overwritten,
                "A channel with two touches keeps the credit of only one of them: in a dict the "
                "later value replaces the earlier. Add them up.",
            ),
            Mistake(
                "channels with 0 left out",
                _zeros_left_out,
                "A channel that gets nothing is left out. It was on the way to the sale: it stands "
                "in the answer with 0.",
            ),
            Mistake(
                "a late channel gets 0",
                _late_channel_gets_0,
                "A channel that came only after the sale stands in the answer, with 0. It had no "
                "part in this sale: leave it out.",
            ),
        ),
        why="A model of attribution decides who is praised for a sale; knowing five of them keeps "
        "you from believing any one.",
    ),
    "1.11a": Key(
        reference=markov,
        mistakes=(
            Mistake(
                "not normalised",
                lambda paths: _removal_effects(paths) * paths["conversions"].sum(),
                "The removal effects are not normalised: together they give out more sales than "
                "there were. Divide them by their sum first.",
            ),
            Mistake(
                "effects themselves",
                _removal_effects,
                "These are the removal effects themselves. Scale them so that together they are "
                "the number of conversions.",
            ),
            Mistake(
                "shares",
                lambda paths: _removal_effects(paths) / _removal_effects(paths).sum(),
                "These are the channels' shares. Multiply them by the number of conversions.",
            ),
            Mistake(
                "last touch",
                lambda paths: _of_paths(paths, lambda n: [0] * (n - 1) + [1]),
                "That is last-touch attribution: the last channel of a path gets its sales.",
            ),
            Mistake(
                "first touch",
                lambda paths: _of_paths(paths, lambda n: [1] + [0] * (n - 1)),
                "That is first-touch attribution: the first channel of a path gets its sales.",
            ),
            Mistake(
                "linear",
                lambda paths: _of_paths(paths, lambda n: [1 / n] * n),
                "That is linear attribution: the touches of a path share its sales equally.",
            ),
            Mistake(
                "lost paths ignored",
                lambda paths: markov(paths.assign(lost=0)),
                "The paths without a sale are left out. They tell how often a channel leads to "
                "nothing: count them in the moves.",
            ),
            Mistake(
                "every path once",
                lambda paths: _to_total(
                    markov(
                        paths.assign(conversions=paths.conversions > 0, lost=paths.lost > 0) * 1
                    ),
                    paths,
                ),
                "Every path counts once here, however many people walked it. Weigh the moves by "
                "conversions and lost.",
            ),
            Mistake(
                "other moves scaled up",
                lambda paths: _to_total(_removal_effects(paths, scaled_up=True), paths),
                "Without a channel the other moves are scaled up to 1 again here, as if its people "
                "went another way. They are lost: all other chances stay as they are.",
            ),
            Mistake(
                "lost on the last move only",
                lambda paths: _to_total(_removal_effects(paths, lost_on_every_move=False), paths),
                "The people of a lost path are counted only where they end. They walked the whole "
                "path: count conversions and lost on each of its moves.",
            ),
            Mistake(
                "whole paths removed",
                lambda paths: _to_total(_with_the_channel(paths), paths),
                "All sales of the paths with the channel count as lost here. In the chain people "
                "can still come to a sale from the places they reach without it.",
            ),
            Mistake(
                "all paths with the channel",
                _with_the_channel,
                "These are all the sales in whose path the channel occurs, so that a sale counts "
                "several times.",
            ),
        ),
        why="Paths without a sale count here: a channel that stands in every path is not yet one "
        "that the sales depend on.",
    ),
    "1.11b": Key(
        reference=shapley,
        mistakes=(
            Mistake(
                "alone",
                lambda v: {channel: v[channel,] for channel in _everybody(v)},
                "These are the rates of each channel alone. What it adds to the others is missing.",
            ),
            Mistake(
                "in proportion to the rates alone",
                lambda v: {
                    channel: v[_everybody(v)] * v[channel,] / sum(v[c,] for c in _everybody(v))
                    for channel in _everybody(v)
                },
                "The rate of all together is shared in proportion to the rates alone. Look at what "
                "each channel adds to every group.",
            ),
            Mistake(
                "equal parts",
                lambda v: dict.fromkeys(_everybody(v), v[_everybody(v)] / len(_everybody(v))),
                "Everybody gets the same part here, whatever they add.",
            ),
            Mistake(
                "joining last",
                lambda v: {
                    channel: v[_everybody(v)]
                    - v[tuple(other for other in _everybody(v) if other != channel)]
                    for channel in _everybody(v)
                },
                "This is what each channel adds when it joins last. Average over all the orders in "
                "which the channels can join.",
            ),
            Mistake(
                "one order only",
                _in_order_of_the_list,
                "The channels join in one order only, so that their place in the list decides. "
                "Average over all orders.",
            ),
            Mistake(
                "plain mean over groups",
                lambda v: {
                    channel: np.mean(list(_added(v, channel).values())) for channel in _everybody(v)
                },
                "What a channel adds is averaged over the groups, each with the same weight (the "
                "Banzhaf value). Average over the orders of joining: then the parts sum up.",
            ),
            Mistake(
                "buyers without a channel shared out",
                lambda v: shapley(v | {(): 0}),
                "The rate without any channel is shared out as well. Those people would have "
                "bought anyway: only what is added to it belongs to the channels.",
            ),
            Mistake(
                "scaled to the rate of all",
                lambda v: _of_each(
                    v, lambda part: part * v[_everybody(v)] / (v[_everybody(v)] - v[()])
                ),
                "The parts are scaled up to the rate of all together. They need no scaling: they "
                "sum up to what all channels add to the rate without any.",
            ),
            Mistake(
                "minus lost",
                lambda v: _of_each(v, abs),
                "A part has lost its minus. A channel that is in the way of the others takes "
                "something from the result: its part is negative.",
            ),
            Mistake(
                "negative is 0",
                lambda v: _of_each(v, lambda part: max(part, 0)),
                "A negative part is made 0 here. A channel can take something from the result; "
                "without the minus the parts do not sum up.",
            ),
            Mistake(
                "keys not found",
                _unsorted_groups,
                "A group is looked up that is not in `v`. Its keys are tuples in alphabetical "
                'order, such as ("email", "meta"), or ("email",) for one channel: use '
                "`tuple(sorted(group))`.",
            ),
        ),
        why="Of all ways to share a common result it is the only one that keeps the sum, treats "
        "equals alike and gives nothing to who adds nothing.",
    ),
}
