"""Answer keys of analytics, part a."""

import pandas as pd

from course.exercise import Key, Mistake


def net_sales(orders):
    """Net sales of each month, in whole tetri: delivered less refunds, without VAT."""
    delivered = orders["status"] == "delivered"
    kept = (orders["gross_tetri"] - orders["refund_tetri"]).where(delivered, 0)
    kept_by_month = kept.groupby(orders["month"]).sum()
    # At 18 % VAT no sum falls on exactly half a tetri, so .round() is half-up here.
    return (kept_by_month / 1.18).round().astype(int)


def _delivered(orders: pd.DataFrame, column: str = "gross_tetri") -> pd.Series:
    return orders[column].where(orders["status"] == "delivered", 0)


def _kept(orders: pd.DataFrame) -> pd.Series:
    return _delivered(orders) - _delivered(orders, "refund_tetri")


def _by_month(tetri: pd.Series, orders: pd.DataFrame) -> pd.Series:
    return tetri.groupby(orders["month"]).sum()


def _net(gross_tetri: pd.Series) -> pd.Series:
    return (gross_tetri / 1.18).round()


def _only_months_with_sales(orders: pd.DataFrame) -> pd.Series:
    delivered = orders[orders["status"] == "delivered"]
    return _net(_by_month(_kept(delivered), delivered))


def kpis(df, by):
    """CTR and CVR (as shares), CPC, CPM and CPA (in GEL) of every value of the column `by`."""
    sums = df.groupby(by)[["impressions", "clicks", "cost_tetri", "conv_reported"]].sum()
    not_zero = sums.where(sums != 0)
    cost_gel = sums["cost_tetri"] / 100
    return pd.DataFrame(
        {
            "ctr": sums["clicks"] / not_zero["impressions"],
            "cpc_gel": cost_gel / not_zero["clicks"],
            "cpm_gel": cost_gel / not_zero["impressions"] * 1000,
            "cvr": sums["conv_reported"] / not_zero["clicks"],
            "cpa_gel": cost_gel / not_zero["conv_reported"],
        }
    )


_COUNTS = ["impressions", "clicks", "cost_tetri", "conv_reported"]


def _ratios(rows: pd.DataFrame) -> pd.DataFrame:
    """The five ratios of every row, as pandas divides: x/0 is infinite."""
    cost_gel = rows["cost_tetri"] / 100
    return pd.DataFrame(
        {
            "ctr": rows["clicks"] / rows["impressions"],
            "cpc_gel": cost_gel / rows["clicks"],
            "cpm_gel": cost_gel / rows["impressions"] * 1000,
            "cvr": rows["conv_reported"] / rows["clicks"],
            "cpa_gel": cost_gel / rows["conv_reported"],
        }
    )


def _cvr_of_impressions(df: pd.DataFrame, by: str) -> pd.DataFrame:
    sums = df.groupby(by)[_COUNTS].sum()
    return kpis(df, by).assign(
        cvr=sums["conv_reported"] / sums["impressions"].where(sums["impressions"] != 0)
    )


def adjusted_lift(df):
    """Lift in CTR of New over Old at the same mix of devices, as a ratio (0.05 for +5 %)."""
    shown = df.pivot_table("impressions", index="device", columns="creative", aggfunc="sum")
    clicked = df.pivot_table("clicks", index="device", columns="creative", aggfunc="sum")
    ctr = (clicked / shown).dropna()
    # What each would have got, had both been shown all the impressions of a device.
    expected_clicks = ctr.mul(shown.sum(axis="columns"), axis="index").sum()
    if expected_clicks["Old"] == 0:
        return float("nan")
    return expected_clicks["New"] / expected_clicks["Old"] - 1


def _per_device(df: pd.DataFrame, column: str) -> pd.DataFrame:
    return df.pivot_table(column, index="device", columns="creative", aggfunc="sum")


def _ctr(df: pd.DataFrame) -> pd.DataFrame:
    """CTR, one row a device, one column a creative."""
    return _per_device(df, "clicks") / _per_device(df, "impressions")


def _lift(rates: pd.Series) -> float:
    """Lift of New over Old, given one value a creative."""
    return rates["New"] / rates["Old"] - 1 if rates["Old"] else float("nan")


def _weighted(ctr: pd.DataFrame, weights: pd.Series) -> pd.Series:
    """Mean CTR of each creative; both with the weights of the devices that both have."""
    common = ctr.dropna()
    weights = weights[common.index]
    return common.mul(weights, axis="index").sum() / weights.sum()


def _impressions(df: pd.DataFrame) -> pd.Series:
    return df.groupby("device")["impressions"].sum()


def _difference(df: pd.DataFrame) -> float:
    rates = _weighted(_ctr(df), _impressions(df))
    return rates["New"] - rates["Old"]


def _reversed(df: pd.DataFrame) -> float:
    rates = _weighted(_ctr(df), _impressions(df))
    return rates["Old"] / rates["New"] - 1


def _totals(df: pd.DataFrame) -> float:
    sums = df.groupby("creative")[["impressions", "clicks"]].sum()
    return _lift(sums["clicks"] / sums["impressions"])


def _mean_of_lifts(df: pd.DataFrame) -> float:
    ctr = _ctr(df).dropna()
    return (ctr["New"] / ctr["Old"].where(ctr["Old"] != 0) - 1).mean()


def _mean_of_days(df: pd.DataFrame) -> float:
    daily = df.assign(ctr=df["clicks"] / df["impressions"])
    ctr = daily.pivot_table("ctr", index="device", columns="creative", aggfunc="mean")
    return _lift(_weighted(ctr, _impressions(df)))


def _means_of_days(df: pd.DataFrame) -> float:
    places = {"index": "device", "columns": "creative", "aggfunc": "mean"}
    shown, clicked = df.pivot_table("impressions", **places), df.pivot_table("clicks", **places)
    return _lift(_weighted(clicked / shown, shown.sum(axis="columns")))


def _own_devices(df: pd.DataFrame) -> float:
    ctr = _ctr(df)
    return _lift(pd.Series({name: _weighted(ctr[[name]], _impressions(df))[name] for name in ctr}))


def _infinite(df: pd.DataFrame) -> float:
    rates = _weighted(_ctr(df), _impressions(df))
    return rates["New"] / rates["Old"] - 1


KEYS = {
    "1.1": Key(
        reference=net_sales,
        mistakes=(
            Mistake(
                "cancelled orders are in",
                lambda orders: _net(
                    _by_month(orders["gross_tetri"] - orders["refund_tetri"], orders)
                ),
                "The cancelled orders are in. Nothing was sold there: only `delivered` counts.",
            ),
            Mistake(
                "VAT is still in",
                lambda orders: _by_month(_kept(orders), orders),
                "VAT is still in the sum. It belongs to the state: what is left without it is "
                "gross / 1.18.",
            ),
            Mistake(
                "returns ignored",
                lambda orders: _net(_by_month(_delivered(orders), orders)),
                "The refunds are still in the sales. Money that was paid back has to come off.",
            ),
            Mistake(
                "18 % taken off",
                lambda orders: _by_month(_kept(orders), orders) * 0.82,
                "This takes 18 % off the gross (× 0.82). VAT is 18 % on top of the net price: "
                "divide by 1.18.",
            ),
            Mistake(
                "refund without VAT removed",
                lambda orders: (
                    _net(_by_month(_delivered(orders), orders))
                    - _by_month(_delivered(orders, "refund_tetri"), orders)
                ),
                "The VAT comes out of the sales but not out of the refunds. Refunds have VAT in "
                "them too: subtract first, then divide.",
            ),
            Mistake(
                "returned orders dropped whole",
                lambda orders: _net(
                    _by_month(_delivered(orders).where(orders["refund_tetri"] == 0, 0), orders)
                ),
                "Orders with a refund are left out whole. Often only a part came back: subtract "
                "the refund and keep the rest.",
            ),
            Mistake(
                "the VAT itself",
                lambda orders: (
                    _by_month(_kept(orders), orders) - _net(_by_month(_kept(orders), orders))
                ),
                "That is the VAT itself. Net sales are the rest.",
            ),
            Mistake(
                "in lari",
                lambda orders: _net(_by_month(_kept(orders), orders)) / 100,
                "The amounts are in lari. In this course money is whole tetri, 100 to the lari.",
            ),
            Mistake(
                "every order rounded",
                lambda orders: _by_month(_net(_kept(orders)), orders),
                "Each order is rounded on its own, and the small errors add up over a month. Add "
                "first, then divide and round once.",
            ),
            Mistake(
                "cut, not rounded",
                lambda orders: _by_month(_kept(orders), orders) * 100 // 118,
                "The fraction of a tetri is cut off. Asked is rounding: from half a tetri on, up.",
            ),
            Mistake(
                "not rounded",
                lambda orders: _by_month(_kept(orders), orders) / 1.18,
                "Fractions of a tetri are left. Nobody can pay them: round each month once.",
            ),
            Mistake(
                "months without sales missing",
                _only_months_with_sales,
                "A month in which every order was cancelled falls out here. In a report a missing "
                "month looks like missing data: its net sales are 0.",
            ),
            Mistake(
                "never below 0",
                lambda orders: net_sales(orders).clip(lower=0),
                "A month below 0 is raised to 0 here. If more was paid back than came in, the "
                "month is negative, and the report has to say so.",
            ),
        ),
        why="Net sales are the only money the shop can spend: every margin, budget and bonus "
        "starts from them.",
    ),
    "1.2": Key(
        reference=kpis,
        mistakes=(
            Mistake(
                "mean of ratios",
                lambda df, by: _ratios(df).groupby(df[by]).mean(),
                "This is the mean of the ratios of single rows, so a tiny day weighs as much as a "
                "big one. Sum clicks, cost and so on first, then divide once.",
            ),
            Mistake(
                "sum of ratios",
                lambda df, by: _ratios(df).groupby(df[by]).sum(),
                "The ratios of single rows are added up. Sum the counts and the cost first, then "
                "divide once.",
            ),
            Mistake(
                "CPM not per thousand",
                lambda df, by: kpis(df, by).assign(cpm_gel=lambda t: t["cpm_gel"] / 1000),
                "CPM is the cost of a thousand impressions; yours is the cost of one.",
            ),
            Mistake(
                "CVR per impression",
                _cvr_of_impressions,
                "Your CVR is conversions per impression. Here it is per click: how many of those "
                "who came have bought.",
            ),
            Mistake(
                "cost in tetri",
                lambda df, by: kpis(df, by).assign(
                    **{
                        name: lambda t, name=name: t[name] * 100
                        for name in ("cpc_gel", "cpm_gel", "cpa_gel")
                    }
                ),
                "CPC, CPM and CPA are in tetri. Asked are GEL, 100 tetri to the lari.",
            ),
            Mistake(
                "rates in percent",
                lambda df, by: kpis(df, by).assign(
                    ctr=lambda t: t["ctr"] * 100, cvr=lambda t: t["cvr"] * 100
                ),
                "CTR and CVR are in percent. Asked are shares: 0.02 for 2 %.",
            ),
            Mistake(
                "rows with a zero dropped",
                lambda df, by: kpis(df[(df[_COUNTS] > 0).all(axis=1)], by),
                "Rows that hold a 0 are thrown out before the sum. A day without sales was paid "
                "for all the same: keep every row, and look only at the sums for zeros.",
            ),
            Mistake(
                "always by channel",
                lambda df, by: kpis(df, "channel"),
                "It groups by channel whatever `by` says. Use the argument `by` in `groupby`.",
            ),
            Mistake(
                "undefined is 0",
                lambda df, by: kpis(df, by).fillna(0),
                "Where a denominator is 0 you give 0. A campaign without sales would then have "
                "the best CPA of all: it is undefined, NaN.",
            ),
            Mistake(
                "undefined is infinite",
                lambda df, by: _ratios(df.groupby(by)[_COUNTS].sum()),
                "Where a denominator is 0 pandas gives infinity, which spoils every mean and "
                "every chart after it. Make it NaN.",
            ),
        ),
        why="These five ratios are what every advertising report is made of; averaged wrongly they "
        "send the budget to the smallest campaigns.",
    ),
    "1.3": Key(
        reference=adjusted_lift,
        mistakes=(
            Mistake(
                "totals",
                _totals,
                "That compares the totals. The two were shown on different devices, so the total "
                "measures the mix and not the ad: compare within each device.",
            ),
            Mistake(
                "plain mean of the devices",
                lambda df: _lift(_ctr(df).dropna().mean()),
                "Every device weighs the same here. Weigh each by its impressions, Old and New "
                "together.",
            ),
            Mistake(
                "points, not relative",
                _difference,
                "That is the difference of the two click rates, in points. Asked is the relative "
                "lift: New over Old, minus 1.",
            ),
            Mistake(
                "weights of Old",
                lambda df: _lift(_weighted(_ctr(df), _per_device(df, "impressions")["Old"])),
                "A correct formula, but not the one asked: the weights are Old's impressions. "
                "Here they are the impressions of both together.",
            ),
            Mistake(
                "weights of New",
                lambda df: _lift(_weighted(_ctr(df), _per_device(df, "impressions")["New"])),
                "A correct formula, but not the one asked: the weights are New's impressions. "
                "Here they are the impressions of both together.",
            ),
            Mistake(
                "weights of clicks",
                lambda df: _lift(_weighted(_ctr(df), df.groupby("device")["clicks"].sum())),
                "The devices are weighted by clicks. Clicks depend on the ad itself: weigh by "
                "impressions.",
            ),
            Mistake(
                "mean of the lifts",
                _mean_of_lifts,
                "That is the mean of the lifts of the devices. Asked is the lift of the adjusted "
                "click rates: first one rate for each creative, then compare.",
            ),
            Mistake(
                "mean of daily rates",
                _mean_of_days,
                "The click rate of a device is the mean of its rows. Sum clicks and impressions "
                "first: a big day says more than a small one.",
            ),
            Mistake(
                "means of days as weights",
                _means_of_days,
                "Impressions and clicks are averaged over the rows, and `pivot_table` does that "
                'unless told otherwise. Asked are sums: `aggfunc="sum"`.',
            ),
            Mistake(
                "Old over New",
                _reversed,
                "That is Old over New. Asked is how much New is above Old.",
            ),
            Mistake(
                "1 not subtracted",
                lambda df: adjusted_lift(df) + 1,
                "That is New / Old. A lift says how much it is above 1.",
            ),
            Mistake(
                "in percent",
                lambda df: adjusted_lift(df) * 100,
                "That is in percent. Asked is a ratio: 0.05 for +5 %.",
            ),
            Mistake(
                "a missing device is 0",
                lambda df: _lift(_weighted(_ctr(df).fillna(0), _impressions(df))),
                "A device on which one creative did not run counts as a click rate of 0 for it. "
                "Nothing is known there: leave the device out for both.",
            ),
            Mistake(
                "each with its own devices",
                _own_devices,
                "A device on which only one creative ran still counts for that one. Then the two "
                "have different audiences again: leave the device out for both.",
            ),
            Mistake(
                "no clicks is infinite",
                _infinite,
                "Where Old has no clicks the lift comes out as infinity. There is nothing to be "
                "above: NaN.",
            ),
        ),
        why="Platforms show a new ad to another audience than the old one; without this step good "
        "ads are switched off for the audience they were given.",
    ),
}
