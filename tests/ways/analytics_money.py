"""Other right ways for analytics, part c."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd


def romi_with_a_loop(d):
    result = {}
    for channel, row in d.iterrows():
        cost = row["media_tetri"] + row["fees_tetri"]
        left = row["net_sales_tetri"] - row["cogs_tetri"] - row["variable_tetri"]
        result[channel] = (left - cost) / cost if cost else float("nan")
    return result


def romi_by_margin_rate(d):
    margin_rate = 1 - (d.cogs_tetri + d.variable_tetri) / d.net_sales_tetri
    cost = (d.media_tetri + d.fees_tetri).replace(0, np.nan)
    return (d.net_sales_tetri * margin_rate - cost) / cost


def romi_as_return_minus_one(d):
    contribution = d.eval("net_sales_tetri - cogs_tetri - variable_tetri")
    cost = d.eval("media_tetri + fees_tetri")
    return (contribution / cost - 1).mask(cost == 0)


def romi_with_decimal(d):
    def of(row):
        cost = Decimal(int(row.media_tetri + row.fees_tetri))
        gain = int(row.net_sales_tetri - row.cogs_tetri - row.variable_tetri) - cost
        return gain / cost if cost else Decimal("NaN")

    return d.apply(of, axis=1)


def romi_with_numpy(d):
    net, cogs, variable, media, fees = (
        d[name].to_numpy(dtype=float)
        for name in (
            "net_sales_tetri",
            "cogs_tetri",
            "variable_tetri",
            "media_tetri",
            "fees_tetri",
        )
    )
    cost = media + fees
    gain = net - cogs - variable - cost
    ratio = np.divide(gain, cost, out=np.full(len(d), np.nan), where=cost != 0)
    return pd.Series(ratio, index=d.index)


def romi_with_infinities_replaced(d):
    cost = d["media_tetri"] + d["fees_tetri"]
    contribution = d["net_sales_tetri"] - d["cogs_tetri"] - d["variable_tetri"]
    return ((contribution - cost) / cost).replace([np.inf, -np.inf], np.nan)


def incremental_with_scaled_control(treated, control, cost_tetri):
    if len(control) == 0 or cost_tetri == 0:
        return float("nan")
    expected = control.sum() * len(treated) / len(control)
    return (treated.sum() - expected - cost_tetri) / cost_tetri


def incremental_with_fractions(treated, control, cost_tetri):
    if not len(control) or not cost_tetri:
        return np.nan
    treated_mean = Fraction(int(sum(treated)), len(treated))
    control_mean = Fraction(int(sum(control)), len(control))
    return (treated_mean - control_mean) * len(treated) / int(cost_tetri) - 1


def incremental_with_a_dummy_regression(treated, control, cost_tetri):
    if control.empty or cost_tetri == 0:
        return float("nan")
    got_letter = np.r_[np.ones(len(treated)), np.zeros(len(control))]
    margin = np.r_[treated.to_numpy(), control.to_numpy()]
    design = np.column_stack([np.ones_like(got_letter), got_letter])
    effect = np.linalg.lstsq(design, margin, rcond=None)[0][1]
    return effect * len(treated) / cost_tetri - 1


def incremental_with_one_frame(treated, control, cost_tetri):
    users = pd.concat({"treated": treated, "control": control}, names=["group"])
    means = users.groupby("group").mean().reindex(["treated", "control"])
    added = (means["treated"] - means["control"]) * treated.size
    cost = np.nan if cost_tetri == 0 else cost_tetri
    return (added - cost) / cost


def rank_with_sorted_and_keys(df, min_conv=10):
    ranked, hold, free = [], [], []
    for channel, row in df.iterrows():
        if row["cost_tetri"] == 0:
            free.append((channel, "free"))
        elif row["conv"] < min_conv:
            hold.append((channel, "hold"))
        else:
            romi = (row["contribution_tetri"] - row["cost_tetri"]) / row["cost_tetri"]
            if romi < 0:
                action = "stop"
            elif row["marginal_romi"] > 0:
                action = "scale"
            else:
                action = "keep"
            ranked.append((-romi, -row["contribution_tetri"], channel, action))
    return [(c, a) for _, _, c, a in sorted(ranked)] + sorted(hold) + sorted(free)


def rank_with_numpy_select(df, min_conv=10):
    table = df.sort_index().copy()
    romi = table["contribution_tetri"] / table["cost_tetri"].where(table["cost_tetri"] > 0) - 1
    table["romi"] = romi
    free = table["cost_tetri"] == 0
    hold = ~free & (table["conv"] < min_conv)
    table["action"] = np.select(
        [free, hold, romi < 0, table["marginal_romi"] > 0],
        ["free", "hold", "stop", "scale"],
        default="keep",
    )
    ranked = table[~free & ~hold].sort_values(
        ["romi", "contribution_tetri"], ascending=[False, False]
    )
    ordered = pd.concat([ranked, table[hold], table[free]])
    return [tuple(pair) for pair in ordered["action"].reset_index().to_numpy()]


def rank_with_one_sort(df, min_conv=10):
    table = df.copy()
    cost = table["cost_tetri"].replace(0, np.nan)
    table["romi"] = (table["contribution_tetri"] - cost) / cost
    table["heap"] = 0
    table.loc[table["conv"] < min_conv, "heap"] = 1
    table.loc[cost.isna(), "heap"] = 2
    table.loc[table["heap"] > 0, ["romi", "contribution_tetri"]] = 0
    table["name"] = table.index
    table = table.sort_values(
        ["heap", "romi", "contribution_tetri", "name"], ascending=[True, False, False, True]
    )

    def action(row):
        if row["heap"]:
            return {1: "hold", 2: "free"}[row["heap"]]
        if row["romi"] < 0:
            return "stop"
        return "scale" if row["marginal_romi"] > 0 else "keep"

    return list(zip(table["name"], table.apply(action, axis=1), strict=True))


WAYS = {
    "1.8": [
        romi_with_a_loop,
        romi_by_margin_rate,
        romi_as_return_minus_one,
        romi_with_decimal,
        romi_with_numpy,
        romi_with_infinities_replaced,
    ],
    "1.9": [
        incremental_with_scaled_control,
        incremental_with_fractions,
        incremental_with_a_dummy_regression,
        incremental_with_one_frame,
    ],
    "1.10": [rank_with_sorted_and_keys, rank_with_numpy_select, rank_with_one_sort],
}
