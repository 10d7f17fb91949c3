"""Answer keys of analytics, part a."""

import numpy as np
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


def _refunds_of_missing_months(orders: pd.DataFrame) -> pd.Series:
    delivered = orders[orders["status"] == "delivered"]
    sold = _by_month(delivered["gross_tetri"], delivered)
    return _net(sold - _by_month(orders["refund_tetri"], orders))


def _orders_never_below_0(orders: pd.DataFrame) -> pd.Series:
    return _net(_by_month(_kept(orders).clip(lower=0), orders))


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


def _zeros_made_nan(df: pd.DataFrame, by: str) -> pd.DataFrame:
    sums = df.groupby(by)[_COUNTS].sum()
    return _ratios(sums.where(sums != 0))


def _all_columns_summed(df: pd.DataFrame, by: str) -> pd.DataFrame:
    return kpis(df.groupby(by).sum().reset_index(), by)


def adjusted_lift(df):
    """Lift in CTR of New over Old at the same mix of devices, as a ratio (0.05 for +5 %)."""
    counts = ["impressions", "clicks"]
    sums = df.pivot_table(counts, index="device", columns="creative", aggfunc="sum")
    shown = sums["impressions"]
    ctr = (sums["clicks"] / shown).dropna()
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


def _lifts(df: pd.DataFrame) -> pd.Series:
    """Lift on every device on which it is defined."""
    ctr = _ctr(df)
    return (ctr["New"] / ctr["Old"].where(ctr["Old"] != 0) - 1).dropna()


def _weighted_mean_of_lifts(df: pd.DataFrame) -> float:
    lifts = _lifts(df)
    weights = _impressions(df)[lifts.index]
    return (lifts * weights).sum() / weights.sum()


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


def _only_devices_with_clicks(df: pd.DataFrame) -> float:
    ctr = _ctr(df)
    return _lift(_weighted(ctr.where(ctr > 0), _impressions(df)))


def _nan_if_a_device_has_no_clicks(df: pd.DataFrame) -> float:
    return float("nan") if (_ctr(df)["Old"] == 0).any() else adjusted_lift(df)


def _nan_if_a_device_is_missing(df: pd.DataFrame) -> float:
    return float("nan") if _ctr(df).isna().any(axis=None) else adjusted_lift(df)


def _expects_every_row(df: pd.DataFrame) -> float:
    ran = set(zip(df["creative"], df["device"], strict=True))
    for place in ((creative, device) for creative in ("Old", "New") for device in df["device"]):
        if place not in ran:
            raise KeyError(place)
    return adjusted_lift(df)


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
                "plain sum of gross",
                lambda orders: _by_month(orders["gross_tetri"], orders),
                "That is the plain sum of `gross_tetri`. Three things are still in it: cancelled "
                "orders, money that was paid back, and VAT.",
            ),
            Mistake(
                "VAT and refunds are in",
                lambda orders: _by_month(_delivered(orders), orders),
                "Only delivered orders count here, which is right. The money that was paid back "
                "is still in, and so is the VAT.",
            ),
            Mistake(
                "cancelled orders and refunds are in",
                lambda orders: _net(_by_month(orders["gross_tetri"], orders)),
                "VAT is out, which is right. Cancelled orders are still in, and so is the money "
                "that was paid back.",
            ),
            Mistake(
                "cancelled orders and VAT are in",
                lambda orders: _by_month(orders["gross_tetri"] - orders["refund_tetri"], orders),
                "The refunds are off, which is right. Cancelled orders are still in, and so is "
                "the VAT.",
            ),
            Mistake(
                "equal orders counted once",
                lambda orders: net_sales(orders.drop_duplicates()),
                "Rows that are equal count only once here. Two orders of one month over the same "
                "amount are still two orders.",
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
                "The fraction of a tetri is cut off. The task is to round to the nearest tetri.",
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
                "months without sales are NaN",
                _refunds_of_missing_months,
                "A month in which every order was cancelled comes out as NaN: one of the two sums "
                "that you subtract has no such month, and nothing minus 0 is NaN. Give every "
                "month a 0 first.",
            ),
            Mistake(
                "NaN made whole",
                lambda orders: {
                    month: int(tetri) for month, tetri in _refunds_of_missing_months(orders).items()
                },
                "A NaN cannot become a whole number. It is the month in which every order was "
                "cancelled: one of your sums has no such month. Give every month a 0 first.",
            ),
            Mistake(
                "never below 0",
                lambda orders: net_sales(orders).clip(lower=0),
                "A month below 0 is raised to 0 here. If more was paid back than came in, the "
                "month is negative, and the report has to say so.",
            ),
            Mistake(
                "orders never below 0",
                _orders_never_below_0,
                "An order for which more was paid back than came in is raised to 0 here. Let it "
                "be below 0: that money is gone from the month.",
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
                "CPC, CPM and CPA are in tetri. You were asked for GEL, 100 tetri to the lari.",
            ),
            Mistake(
                "rates in percent",
                lambda df, by: kpis(df, by).assign(
                    ctr=lambda t: t["ctr"] * 100, cvr=lambda t: t["cvr"] * 100
                ),
                "CTR and CVR are in percent. You were asked for shares: 0.02 for 2 %.",
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
                "all columns summed",
                _all_columns_summed,
                "`groupby(by).sum()` tries to add up every column, dates as well. Choose the four "
                "columns first, `groupby(by)[[...]].sum()`, or sum with `numeric_only=True`.",
            ),
            Mistake(
                "equal rows counted once",
                lambda df, by: kpis(df.drop_duplicates(), by),
                "Rows that are equal count only once here. Two days may well have the same "
                "figures: every row counts.",
            ),
            *(
                Mistake(
                    f"rounded to {digits} digits",
                    lambda df, by, digits=digits: kpis(df, by).round(digits),
                    f"The ratios are rounded to {digits} digits. Leave them as they are: round "
                    "only where they are shown.",
                )
                for digits in (2, 3, 4)
            ),
            Mistake(
                "shares to 4 digits, GEL to 2",
                lambda df, by: kpis(df, by).round(
                    {"ctr": 4, "cpc_gel": 2, "cpm_gel": 2, "cvr": 4, "cpa_gel": 2}
                ),
                "The shares are rounded to 4 digits and the lari to 2. Leave them as they are: "
                "round only where they are shown.",
            ),
            Mistake(
                "undefined is 0",
                lambda df, by: kpis(df, by).fillna(0),
                "Where a denominator is 0 you give 0. A campaign without sales would then have "
                "the best CPA of all: it is undefined, NaN.",
            ),
            Mistake(
                "a true 0 is NaN",
                _zeros_made_nan,
                "Every sum of 0 becomes NaN here, above the line too. No clicks from many "
                "impressions are a true CTR of 0: only where the sum below the line is 0 is the "
                "ratio NaN.",
            ),
            Mistake(
                "undefined rows dropped",
                lambda df, by: kpis(df, by).dropna(),
                "A row of the result in which one ratio is NaN is thrown out whole. Its other "
                "ratios are known, and its cost was paid: keep the row and the NaN.",
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
                "That is the difference of the two click rates, in points. The task is the "
                "relative lift: New over Old, minus 1.",
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
                lambda df: _lifts(df).mean(),
                "That is the mean of the lifts of the devices. The task is the lift of the "
                "adjusted click rates: first one rate for each creative, then compare.",
            ),
            Mistake(
                "weighted mean of the lifts",
                _weighted_mean_of_lifts,
                "The weights are right, but they weigh the lifts of the devices. Weigh the click "
                "rates: first one rate for each creative, then compare the two.",
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
                'unless told otherwise. The task is about sums: `aggfunc="sum"`.',
            ),
            Mistake(
                "equal rows counted once",
                lambda df: adjusted_lift(df.drop_duplicates()),
                "Rows that are equal count only once here. Two days may well have the same "
                "figures: every row counts.",
            ),
            Mistake(
                "Old over New",
                _reversed,
                "That is Old over New. The question is how much New is above Old.",
            ),
            Mistake(
                "1 not subtracted",
                lambda df: adjusted_lift(df) + 1,
                "That is New / Old. A lift says how much it is above 1.",
            ),
            Mistake(
                "in percent",
                lambda df: adjusted_lift(df) * 100,
                "That is in percent. You were asked for a ratio: 0.05 for +5 %.",
            ),
            *(
                Mistake(
                    f"rounded to {digits} digits",
                    lambda df, digits=digits: round(adjusted_lift(df), digits),
                    f"The lift is rounded to {digits} digits. Leave it as it is: round only where "
                    "it is shown.",
                )
                for digits in (2, 3, 4)
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
                "a missing device makes it NaN",
                _nan_if_a_device_is_missing,
                "One device on which only one creative was shown makes the whole lift NaN. Only "
                "that device is unknown: leave it out for both and compare on the others.",
            ),
            Mistake(
                "every creative looked up on every device",
                _expects_every_row,
                "It looks for a creative on a device where it never ran. Such a device is left "
                "out for both: ask first whether both have rows there.",
            ),
            Mistake(
                "only devices with clicks",
                _only_devices_with_clicks,
                "A device on which one creative was shown but never clicked is left out. Its "
                "click rate is known there, it is 0: only devices without impressions go.",
            ),
            Mistake(
                "a device without clicks makes it NaN",
                _nan_if_a_device_has_no_clicks,
                "One device without clicks for Old makes the whole lift NaN. Its rate there is 0 "
                "and goes into the weighted mean: only an adjusted rate of 0 has no lift over it.",
            ),
            Mistake(
                "no clicks is 0",
                lambda df: 0 if np.isnan(adjusted_lift(df)) else adjusted_lift(df),
                "Where Old has no clicks at all you give 0. That would say that New is no better; "
                "in truth there is nothing to compare with: NaN.",
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
