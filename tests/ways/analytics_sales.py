"""Other right ways for analytics, part a."""

from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pandas as pd


def net_sales_with_a_loop_and_decimal(orders):
    kept = {}
    for _, order in orders.iterrows():
        month = order["month"]
        kept.setdefault(month, 0)
        if order["status"] == "delivered":
            kept[month] += order["gross_tetri"] - order["refund_tetri"]
    return {
        month: int((Decimal(int(tetri)) / Decimal("1.18")).quantize(Decimal(1), ROUND_HALF_UP))
        for month, tetri in kept.items()
    }


def net_sales_with_query_and_reindex(orders):
    delivered = orders.query("status == 'delivered'")
    sums = delivered.groupby("month")[["gross_tetri", "refund_tetri"]].sum()
    kept = sums["gross_tetri"] - sums["refund_tetri"]
    return (kept.reindex(orders["month"].unique(), fill_value=0) / 1.18).round()


def net_sales_with_integers(orders):
    sold = (orders["status"] == "delivered").astype(int)
    kept = orders.assign(kept=(orders["gross_tetri"] - orders["refund_tetri"]) * sold)
    gross = kept.pivot_table(index="month", values="kept", aggfunc="sum")["kept"]
    return (gross * 200 + 118) // 236


def net_sales_month_by_month(orders):
    result = pd.Series(dtype="float64")
    for month in sorted(set(orders["month"])):
        of_month = orders[(orders["month"] == month) & (orders["status"] == "delivered")]
        result[month] = round((of_month.gross_tetri.sum() - of_month.refund_tetri.sum()) / 1.18)
    return result


def net_sales_with_two_sums_and_fill_value(orders):
    delivered = orders[orders["status"] == "delivered"]
    sold = delivered.groupby("month")["gross_tetri"].sum()
    refunded = orders.groupby("month")["refund_tetri"].sum()
    return np.floor(sold.sub(refunded, fill_value=0) / 1.18 + 0.5).astype(int).to_frame("net")


def kpis_of_all_numeric_columns(df, by):
    sums = df.groupby(by).sum(numeric_only=True)
    below = sums.replace(0, np.nan)
    return pd.DataFrame(
        {
            "ctr": sums["clicks"] / below["impressions"],
            "cpc_gel": sums["cost_tetri"] / below["clicks"] / 100,
            "cpm_gel": sums["cost_tetri"] / below["impressions"] * 10,
            "cvr": sums["conv_reported"] / below["clicks"],
            "cpa_gel": sums["cost_tetri"] / below["conv_reported"] / 100,
        }
    )


def kpis_with_agg_and_division(df, by):
    t = df.groupby(by).agg(
        imp=("impressions", "sum"),
        clk=("clicks", "sum"),
        cost=("cost_tetri", "sum"),
        conv=("conv_reported", "sum"),
    )
    t["ctr"] = t.clk / t.imp
    t["cpc_gel"] = t.cost / t.clk / 100
    t["cpm_gel"] = t.cost / t.imp * 10
    t["cvr"] = t.conv / t.clk
    t["cpa_gel"] = t.cost / t.conv / 100
    return t.drop(columns=["imp", "clk", "cost", "conv"]).replace([np.inf, -np.inf], np.nan)


def kpis_with_a_loop(df, by):
    def divide(a, b):
        return a / b if b else float("nan")

    rows = {}
    for value, part in df.groupby(by):
        cost = part["cost_tetri"].sum() / 100
        rows[value] = {
            "ctr": divide(part["clicks"].sum(), part["impressions"].sum()),
            "cpc_gel": divide(cost, part["clicks"].sum()),
            "cpm_gel": divide(1000 * cost, part["impressions"].sum()),
            "cvr": divide(part["conv_reported"].sum(), part["clicks"].sum()),
            "cpa_gel": divide(cost, part["conv_reported"].sum()),
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def kpis_with_weighted_means(df, by):
    def weighted(part, top, bottom):
        part = part[part[bottom] != 0]
        if part.empty:
            return np.nan
        return np.average(part[top] / part[bottom], weights=part[bottom])

    def of(part):
        # Rows with a denominator of 0 hold cost or sales that a weighted mean would lose.
        part = part[["impressions", "clicks", "cost_tetri", "conv_reported"]].sum().to_frame().T
        return pd.Series(
            {
                "ctr": weighted(part, "clicks", "impressions"),
                "cpc_gel": weighted(part, "cost_tetri", "clicks") / 100,
                "cpm_gel": weighted(part, "cost_tetri", "impressions") * 10,
                "cvr": weighted(part, "conv_reported", "clicks"),
                "cpa_gel": weighted(part, "cost_tetri", "conv_reported") / 100,
            }
        )

    return df.groupby(by).apply(of)


def kpis_with_pivot_and_numpy(df, by):
    names = ["impressions", "clicks", "cost_tetri", "conv_reported"]
    sums = df.pivot_table(index=by, values=names, aggfunc="sum")
    imp, clk, cost, conv = (sums[name].to_numpy(dtype=float) for name in names)

    def divide(a, b):
        return np.divide(a, b, out=np.full(len(a), np.nan), where=b != 0)

    values = [
        divide(clk, imp),
        divide(cost, clk) / 100,
        divide(cost, imp) * 10,
        divide(conv, clk),
        divide(cost, conv) / 100,
    ]
    return pd.DataFrame(
        np.column_stack(values),
        index=sums.index,
        columns=["ctr", "cpc_gel", "cpm_gel", "cvr", "cpa_gel"],
    )


def adjusted_lift_with_pivot_and_weights(df):
    sums = df.pivot_table(
        index="device", columns="creative", values=["impressions", "clicks"], aggfunc="sum"
    ).dropna()
    sums = sums[(sums["impressions"] > 0).all(axis=1)]
    rate = sums["clicks"] / sums["impressions"]
    weight = sums["impressions"].sum(axis=1) / sums["impressions"].sum().sum()
    old, new = (rate["Old"] * weight).sum(), (rate["New"] * weight).sum()
    return np.nan if old == 0 else (new - old) / old


def adjusted_lift_with_a_loop(df):
    old = new = 0
    for _, part in df.groupby("device"):
        shown = part.groupby("creative")["impressions"].sum()
        clicked = part.groupby("creative")["clicks"].sum()
        if shown.get("Old", 0) > 0 and shown.get("New", 0) > 0:
            old += clicked["Old"] / shown["Old"] * shown.sum()
            new += clicked["New"] / shown["New"] * shown.sum()
    return new / old - 1 if old > 0 else float("nan")


def adjusted_lift_with_dicts(df):
    shown, clicked = {}, {}
    for row in df.to_dict("records"):
        place = row["device"], row["creative"]
        shown[place] = shown.get(place, 0) + row["impressions"]
        clicked[place] = clicked.get(place, 0) + row["clicks"]
    devices = [
        device
        for device in set(df["device"])
        if shown.get((device, "Old")) and shown.get((device, "New"))
    ]
    everything = sum(shown[d, "Old"] + shown[d, "New"] for d in devices)

    def adjusted(creative):
        return sum(
            Decimal(clicked[d, creative])
            / Decimal(shown[d, creative])
            * (shown[d, "Old"] + shown[d, "New"])
            / everything
            for d in devices
        )

    if adjusted("Old") == 0:
        return Decimal("NaN")
    return adjusted("New") / adjusted("Old") - 1


def adjusted_lift_with_merge_and_average(df):
    sums = df.groupby(["creative", "device"], as_index=False).sum(numeric_only=True)
    old = sums[sums.creative == "Old"]
    new = sums[sums.creative == "New"]
    both = old.merge(new, on="device", suffixes=("_old", "_new"))
    both = both[(both.impressions_old > 0) & (both.impressions_new > 0)]
    weights = both.impressions_old + both.impressions_new
    ctr_old = np.average(both.clicks_old / both.impressions_old, weights=weights)
    ctr_new = np.average(both.clicks_new / both.impressions_new, weights=weights)
    return ctr_new / ctr_old - 1 if ctr_old else np.nan


def adjusted_lift_with_pivot_and_fill_value(df):
    sums = df.pivot_table(
        index="device",
        columns="creative",
        values=["impressions", "clicks"],
        aggfunc="sum",
        fill_value=0,
    )
    # A device on which nobody clicked adds 0 to both sides.
    sums = sums[(sums["impressions"].min(axis=1) > 0) & (sums["clicks"].sum(axis=1) > 0)]
    weights = sums["impressions"].sum(axis=1)
    adjusted = (sums["clicks"] / sums["impressions"]).mul(weights, axis=0).sum()
    adjusted = adjusted.replace(0, np.nan)
    return adjusted.get("New", np.nan) / adjusted.get("Old", np.nan) - 1


WAYS = {
    "1.1": [
        net_sales_with_a_loop_and_decimal,
        net_sales_with_query_and_reindex,
        net_sales_with_integers,
        net_sales_month_by_month,
        net_sales_with_two_sums_and_fill_value,
    ],
    "1.2": [
        kpis_with_agg_and_division,
        kpis_with_a_loop,
        kpis_with_weighted_means,
        kpis_with_pivot_and_numpy,
        kpis_of_all_numeric_columns,
    ],
    "1.3": [
        adjusted_lift_with_pivot_and_weights,
        adjusted_lift_with_a_loop,
        adjusted_lift_with_dicts,
        adjusted_lift_with_merge_and_average,
        adjusted_lift_with_pivot_and_fill_value,
    ],
}
