"""Other right ways of analytics, part b."""

import math
from bisect import bisect_right
from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import combinations, pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

# ---------------------------------------------------------------- 1.4a


def funnel_scan(events, steps):
    step_of, time_of = {}, {}
    for row in events.sort_values("ts_utc").itertuples():
        step = step_of.get(row.user, 0)
        if step == len(steps) or row.event != steps[step]:
            continue
        if step == 0 or row.ts_utc > time_of[row.user]:
            step_of[row.user] = step + 1
            time_of[row.user] = row.ts_utc
    return [sum(reached > n for reached in step_of.values()) for n in range(len(steps))]


def funnel_user_by_user(events, steps):
    counts = [0] * len(steps)
    for _, own in events.groupby("user"):
        after = pd.Timestamp("1970-01-01", tz="UTC")
        for n, step in enumerate(steps):
            times = own.loc[(own["event"] == step) & (own["ts_utc"] > after), "ts_utc"]
            if times.empty:
                break
            after = times.min()
            counts[n] += 1
    return np.array(counts)


def funnel_map(events, steps):
    reached = events[events["event"] == steps[0]].groupby("user")["ts_utc"].min()
    counts = {steps[0]: len(reached)}
    for step in steps[1:]:
        hits = events[(events["event"] == step) & events["user"].isin(reached.index)]
        later = hits[hits["ts_utc"].to_numpy() > reached.loc[hits["user"]].to_numpy()]
        reached = later.groupby("user")["ts_utc"].min()
        counts[step] = reached.size
    return pd.Series(counts)


def funnel_bisect(events, steps):
    times = defaultdict(list)
    for user, time, event in sorted(
        zip(events["user"], events["ts_utc"], events["event"], strict=True), key=lambda row: row[1]
    ):
        times[user, event].append(time)
    counts = []
    now = dict.fromkeys(events["user"], pd.Timestamp.min.tz_localize("UTC"))
    for step in steps:
        next_time = {}
        for user, time in now.items():
            place = bisect_right(times[user, step], time)
            if place < len(times[user, step]):
                next_time[user] = times[user, step][place]
        now = next_time
        counts.append(len(now))
    return tuple(counts)


# ---------------------------------------------------------------- 1.4b


def rates_loop(counts):
    names, numbers = list(counts.index), list(counts)
    steps, worst, lowest = [], None, math.inf
    for n in range(1, len(numbers)):
        rate = numbers[n] / numbers[n - 1] if numbers[n - 1] else math.nan
        steps.append(rate)
        if rate < lowest:
            worst, lowest = names[n], rate
    return steps, numbers[-1] / numbers[0], worst


def rates_numpy(counts):
    number = counts.to_numpy().astype(float)
    with np.errstate(invalid="ignore"):
        steps = number[1:] / number[:-1]
    return steps, number[-1] / number[0], counts.index[1:][np.nanargmin(steps)]


def rates_pandas(counts):
    steps = (counts.pct_change(fill_method=None) + 1).dropna()
    steps = steps.reindex(counts.index[1:])
    return {
        "step_rates": steps,
        "overall": steps.prod() if steps.notna().all() else 0,
        "worst": steps.round(12).idxmin(),
    }


# ---------------------------------------------------------------- 1.5


def retention_pivot(orders, last_month):
    done = orders.query("status == 'delivered'").copy()
    local = done["ts_utc"] + pd.Timedelta(hours=4)
    done["n"] = local.dt.year * 12 + local.dt.month - 1
    year, month = map(int, last_month.split("-"))
    last = year * 12 + month - 1
    done = done[done["n"] <= last]
    done["cohort"] = done.groupby("customer_id")["n"].transform("min")
    done["since"] = done["n"] - done["cohort"]
    table = done.pivot_table(
        index="cohort", columns="since", values="customer_id", aggfunc="nunique"
    ).reindex(columns=range(last - done["cohort"].min() + 1))
    table = table.fillna(0).div(table[0], axis=0)
    for cohort in table.index:
        for since in table.columns:
            if cohort + since > last:
                table.loc[cohort, since] = float("nan")
    table.index = [f"{cohort // 12}-{cohort % 12 + 1:02}" for cohort in table.index]
    return table


def retention_sets(orders, last_month):
    zone = ZoneInfo("Asia/Tbilisi")
    buyers = defaultdict(set)
    for row in orders.itertuples():
        month = row.ts_utc.astimezone(zone).strftime("%Y-%m")
        if row.status == "delivered" and month <= last_month:
            buyers[month].add(row.customer_id)
    months = [str(month) for month in pd.period_range(min(buyers), last_month, freq="M")]
    known, table = set(), {}
    for n, month in enumerate(months):
        cohort = buyers[month] - known
        known |= cohort
        if cohort:
            table[month] = {
                since: len(cohort & buyers[later]) / len(cohort)
                for since, later in enumerate(months[n:])
            }
    return pd.DataFrame.from_dict(table, orient="index")


def retention_crosstab(orders, last_month):
    last = pd.Period(last_month, "M")
    done = orders[orders.status.eq("delivered")]
    month = done.ts_utc.dt.tz_convert("Asia/Tbilisi").dt.strftime("%Y-%m").astype("period[M]")
    done = pd.DataFrame({"customer": done.customer_id, "month": month}).drop_duplicates()
    done = done[done.month <= last]
    done["cohort"] = done.groupby("customer").month.transform("min")
    done["since"] = [(m - c).n for m, c in zip(done.month, done.cohort, strict=True)]
    table = pd.crosstab(done.cohort, done.since)
    table = table.reindex(columns=range((last - table.index[0]).n + 1), fill_value=0)
    share = table / table[[0]].to_numpy()
    seen = np.array([[(last - cohort).n >= since for since in share] for cohort in share.index])
    return share.where(seen)


def retention_customer_by_customer(orders, last_month):
    orders = orders.copy()
    local = orders["ts_utc"].dt.tz_convert("Asia/Tbilisi").dt.tz_localize(None)
    orders["month"] = local.dt.to_period("M")
    last = pd.Period(last_month, "M")
    customers = defaultdict(list)
    for customer in orders["customer_id"].unique():
        own = orders[(orders["customer_id"] == customer) & (orders["status"] == "delivered")]
        months = set(own.loc[own["month"] <= last, "month"])
        if months:
            customers[min(months)].append({(month - min(months)).n for month in months})
    table = pd.DataFrame(
        index=sorted(customers), columns=range((last - min(customers)).n + 1), dtype=float
    )
    for cohort, active in customers.items():
        for since in range((last - cohort).n + 1):
            table.loc[cohort, since] = sum(since in months for months in active) / len(active)
    return table


# ---------------------------------------------------------------- 1.6a


def conversions_set(conv):
    return len({order for order in conv["order_id"] if isinstance(order, str) and order})


def conversions_drop_duplicates(conv):
    named = conv.dropna(subset="order_id").query("order_id != ''")
    return named.drop_duplicates("order_id").shape[0]


def conversions_groupby(conv):
    named = conv.replace({"order_id": {"": None}})
    return named.groupby("order_id").ngroups


def conversions_loop(conv):
    seen = []
    for order in conv["order_id"].fillna(""):
        if order not in seen and order != "":
            seen.append(order)
    return len(seen)


# ---------------------------------------------------------------- 1.6b


def in_window_loop(conv, clicks, days=7):
    clicks_of = defaultdict(list)
    for order, time in zip(clicks["order_id"], clicks["ts_utc"], strict=True):
        clicks_of[order].append(time)
    count = 0
    for order, sale in zip(conv["order_id"], conv["ts_utc"], strict=True):
        if any(timedelta(0) <= sale - click <= timedelta(days=days) for click in clicks_of[order]):
            count += 1
    return count


def in_window_asof(conv, clicks, days=7):
    found = pd.merge_asof(
        conv.sort_values("ts_utc"),
        clicks.assign(click=clicks["ts_utc"]).sort_values("ts_utc"),
        on="ts_utc",
        by="order_id",
        tolerance=pd.Timedelta(days=days),
    )
    return found["click"].notna().sum()


def in_window_map(conv, clicks, days=7):
    sale = conv.set_index("order_id")["ts_utc"]
    known = clicks[clicks["order_id"].isin(sale.index)]
    hours = (known["order_id"].map(sale) - known["ts_utc"]).dt.total_seconds() / 3600
    return len(known[(hours >= 0) & (hours <= 24 * days)]["order_id"].unique())


def in_window_index(conv, clicks, days=7):
    joined = conv.set_index("order_id").join(clicks.set_index("order_id"), rsuffix="_click")
    lag = joined["ts_utc"].sub(joined["ts_utc_click"])
    return int(((lag >= "0D") & (lag <= f"{days}D")).groupby(level=0).any().sum())


# ---------------------------------------------------------------- 1.7


def attribute_fractions(path, value_tetri, model):
    touches = sorted(
        ((days, channel) for channel, days in path.to_numpy() if days >= 0), reverse=True
    )
    n = len(touches)
    if model == "last":
        weights = [Fraction(k == n - 1) for k in range(n)]
    elif model == "first":
        weights = [Fraction(k == 0) for k in range(n)]
    elif model == "position" and n > 2:
        weights = [Fraction(2, 5)] + [Fraction(1, 5) / (n - 2)] * (n - 2) + [Fraction(2, 5)]
    elif model == "decay":
        weights = [Fraction(2 ** (-days / 7)) for days, _ in touches]
    else:
        weights = [Fraction(1, n)] * n
    exact = [value_tetri * weight / sum(weights) for weight in weights]
    whole = [math.floor(part) for part in exact]
    for _ in range(value_tetri - sum(whole)):
        left = [part - cut for part, cut in zip(exact, whole, strict=True)]
        whole[left.index(max(left))] += 1
    credit = dict.fromkeys((channel for _, channel in touches), 0)
    for (_, channel), tetri in zip(touches, whole, strict=True):
        credit[channel] += tetri
    return credit


def attribute_decimals(path, value_tetri, model):
    path = path.loc[path.days_before.ge(0)].sort_values("days_before").iloc[::-1]
    path = path.reset_index(drop=True)
    n = len(path)
    path["weight"] = Decimal(1)
    if model == "last":
        path["weight"] = [Decimal(0)] * (n - 1) + [Decimal(1)]
    if model == "first":
        path["weight"] = [Decimal(1)] + [Decimal(0)] * (n - 1)
    if model == "position" and n > 2:
        ends = Decimal("0.4")
        path["weight"] = [ends] + [Decimal("0.2") / (n - 2)] * (n - 2) + [ends]
    if model == "decay":
        path["weight"] = [Decimal(2) ** (-Decimal(days) / 7) for days in path.days_before]
    total = sum(path["weight"])
    exact = [value_tetri * weight / total for weight in path["weight"]]
    path["tetri"] = [int(part) for part in exact]
    path["rest"] = [float(part % 1) for part in exact]
    missing = value_tetri - path["tetri"].sum()
    path.loc[path.sort_values("rest", ascending=False, kind="stable").index[:missing], "tetri"] += 1
    return path.groupby("channel")["tetri"].sum()


def attribute_branches(path, value_tetri, model):
    path = path[path["days_before"] >= 0].sort_values("days_before", ascending=False)
    channels, days = path["channel"].tolist(), path["days_before"].tolist()
    n = len(channels)
    if model == "last":
        share = np.eye(n)[-1]
    elif model == "first":
        share = np.eye(n)[0]
    elif model == "linear" or (model == "position" and n < 3):
        share = np.full(n, 1 / n)
    elif model == "position":
        share = np.full(n, 0.2 / (n - 2))
        share[[0, -1]] = 0.4
    else:
        share = np.exp(-np.log(2) * np.array(days) / 7)
        share = share / share.sum()
    tetri = (value_tetri * share).astype(int)
    rest = value_tetri * share - tetri
    while tetri.sum() < value_tetri:
        best = int(np.argmax(rest))
        tetri[best] += 1
        rest[best] = -1
    return {c: sum(t for x, t in zip(channels, tetri, strict=True) if x == c) for c in channels}


# ---------------------------------------------------------------- 1.11a


def markov_iteration(paths):
    out = defaultdict(lambda: defaultdict(float))
    for path, sold, lost in zip(paths["path"], paths["conversions"], paths["lost"], strict=True):
        states = ["(start)", *path.split(" > ")]
        for here, there in pairwise(states):
            out[here][there] += sold + lost
        out[states[-1]]["(sale)"] += sold
        out[states[-1]]["(lost)"] += lost

    def chance(removed=None):
        value = dict.fromkeys(out, 0.0) | {"(sale)": 1.0, "(lost)": 0.0}
        for _ in range(500):
            for here, goals in out.items():
                if here != removed:
                    value[here] = sum(n * value[there] for there, n in goals.items()) / sum(
                        goals.values()
                    )
        return value["(start)"]

    full = chance()
    effect = {channel: 1 - chance(channel) / full for channel in out if channel != "(start)"}
    total = paths["conversions"].sum()
    return {channel: total * part / sum(effect.values()) for channel, part in effect.items()}


def markov_until_it_settles(paths):
    moves = defaultdict(float)
    for row in paths.itertuples():
        walk = ["start", *row.path.split(" > ")]
        for here, there in pairwise(walk):
            moves[here, there] += row.conversions + row.lost
        moves[walk[-1], "sale"] += row.conversions
        moves[walk[-1], "lost"] += row.lost
    leaving = defaultdict(float)
    for (here, _), people in moves.items():
        leaving[here] += people

    def chance(removed=None):
        old = {}
        while True:
            new = defaultdict(float, sale=1.0)
            for (here, there), people in moves.items():
                if here != removed:
                    new[here] += people / leaving[here] * (there == "sale" or old.get(there, 0))
            if all(abs(new[place] - old.get(place, 0)) < 1e-9 for place in leaving):
                return new["start"]
            old = new

    effect = {place: 1 - chance(place) / chance() for place in leaving if place != "start"}
    total = paths["conversions"].sum()
    return {channel: total * part / sum(effect.values()) for channel, part in effect.items()}


def markov_power(paths):
    rows = []
    for row in paths.itertuples():
        states = ["^", *row.path.split(" > ")]
        for ending, people in (("sale", row.conversions), ("lost", row.lost)):
            rows += [(here, there, people) for here, there in pairwise([*states, ending])]
    moves = pd.DataFrame(rows, columns=["here", "there", "people"])
    matrix = moves.pivot_table("people", "here", "there", aggfunc="sum").fillna(0)
    matrix = matrix.div(matrix.sum(axis=1), axis=0)
    names = ["^", *matrix.index.drop("^"), "sale", "lost"]
    matrix = matrix.reindex(index=names, columns=names).fillna(0)
    matrix.loc["sale", "sale"] = matrix.loc["lost", "lost"] = 1

    def rate(walk):
        walk = pd.DataFrame(np.linalg.matrix_power(walk, 1000), names, names)
        return walk.loc["^", "sale"]

    effect = {}
    for channel in names[1:-2]:
        without = matrix.copy()
        without.loc[channel] = 0
        without.loc[channel, "lost"] = 1
        effect[channel] = 1 - rate(without) / rate(matrix)
    effect = pd.Series(effect)
    return effect * paths["conversions"].sum() / effect.sum()


# ---------------------------------------------------------------- 1.11b


def shapley_formula(v):
    channels = max(v, key=len)
    n = len(channels)
    parts = {}
    for channel in channels:
        others = [other for other in channels if other != channel]
        parts[channel] = sum(
            math.factorial(size)
            * math.factorial(n - size - 1)
            / math.factorial(n)
            * (v[tuple(sorted((*group, channel)))] - v[group])
            for size in range(n)
            for group in combinations(others, size)
        )
    return pd.Series(parts)


def shapley_recursion(v):
    worth = {frozenset(group): Fraction(rate) for group, rate in v.items()}
    everybody = max(worth, key=len)

    def parts(group):
        """What is added last is paid to who joins last; the mean over who that may be."""
        if not group:
            return {}
        total = dict.fromkeys(group, Fraction(0))
        for last in group:
            total[last] += worth[group] - worth[group - {last}]
            for channel, part in parts(group - {last}).items():
                total[channel] += part
        return {channel: part / len(group) for channel, part in total.items()}

    return {channel: float(part) for channel, part in parts(everybody).items()}


def shapley_by_hand_sizes(v):
    channels = sorted({channel for group in v for channel in group})
    result = {}
    for channel in channels:
        by_size = defaultdict(list)
        for group in v:
            if channel not in group:
                by_size[len(group)].append(v[tuple(sorted([*group, channel]))] - v[group])
        result[channel] = np.mean([np.mean(added) for added in by_size.values()])
    return result


WAYS = {
    "1.4a": [funnel_scan, funnel_user_by_user, funnel_map, funnel_bisect],
    "1.4b": [rates_loop, rates_numpy, rates_pandas],
    "1.5": [
        retention_pivot,
        retention_sets,
        retention_crosstab,
        retention_customer_by_customer,
    ],
    "1.6a": [
        conversions_set,
        conversions_drop_duplicates,
        conversions_groupby,
        conversions_loop,
    ],
    "1.6b": [in_window_loop, in_window_asof, in_window_map, in_window_index],
    "1.7": [attribute_fractions, attribute_decimals, attribute_branches],
    "1.11a": [markov_iteration, markov_until_it_settles, markov_power],
    "1.11b": [shapley_formula, shapley_recursion, shapley_by_hand_sizes],
}
