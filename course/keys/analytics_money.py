"""Answer keys of analytics, part c."""

import pandas as pd

from course.exercise import Key, Mistake


def romi(d):
    """Return on marketing investment of every channel, as a ratio; NaN without cost."""
    contribution = d["net_sales_tetri"] - d["cogs_tetri"] - d["variable_tetri"]
    marketing_cost = d["media_tetri"] + d["fees_tetri"]
    return (contribution - marketing_cost) / marketing_cost.where(marketing_cost != 0)


def _ratio(part: pd.Series, whole: pd.Series) -> pd.Series:
    return part / whole.where(whole != 0)


def _contribution(d: pd.DataFrame) -> pd.Series:
    return d["net_sales_tetri"] - d["cogs_tetri"] - d["variable_tetri"]


def _cost(d: pd.DataFrame) -> pd.Series:
    return d["media_tetri"] + d["fees_tetri"]


def _nan_where(unknown: pd.Series, d: pd.DataFrame) -> pd.Series:
    return romi(d).mask(unknown)


def _only_plus_infinity_replaced(d: pd.DataFrame) -> pd.Series:
    return ((_contribution(d) - _cost(d)) / _cost(d)).replace(float("inf"), float("nan"))


def incremental_romi(treated, control, cost_tetri):
    """ROMI on the margin that the treatment added, as a ratio; NaN without control or cost."""
    if cost_tetri == 0:
        return float("nan")
    added_per_user = treated.mean() - control.mean()
    added_margin = added_per_user * len(treated)
    return (added_margin - cost_tetri) / cost_tetri


def _romi(margin: float, cost_tetri: int) -> float:
    return margin / cost_tetri - 1 if cost_tetri else float("nan")


def _added(treated: pd.Series, control: pd.Series) -> float:
    """What one treated user brought more than one of the control group, in tetri."""
    return treated.mean() - control.mean()


def _buyers_only(treated: pd.Series, control: pd.Series, cost_tetri: int) -> float:
    added = _added(treated[treated != 0], control[control != 0])
    return _romi(added * len(treated), cost_tetri)


def _user_by_user(treated: pd.Series, control: pd.Series, cost_tetri: int) -> float:
    # Series are matched by user, nobody is in both groups: all NaN, and their sum is 0.
    return _romi((treated - control).sum(), cost_tetri)


def _empty_control_is_zero(treated: pd.Series, control: pd.Series, cost_tetri: int) -> float:
    return incremental_romi(treated, control if len(control) else pd.Series([0]), cost_tetri)


def _buyers_times_buyers(treated: pd.Series, control: pd.Series, cost_tetri: int) -> float:
    buyers = treated[treated > 0]
    return _romi(_added(buyers, control[control > 0]) * len(buyers), cost_tetri)


def _medians(treated: pd.Series, control: pd.Series, cost_tetri: int) -> float:
    return _romi((treated.median() - control.median()) * len(treated), cost_tetri)


def _rounded_means(treated: pd.Series, control: pd.Series, cost_tetri: int) -> float:
    if not len(control):
        return float("nan")
    return _romi((round(treated.mean()) - round(control.mean())) * len(treated), cost_tetri)


def _nan_below_control(treated: pd.Series, control: pd.Series, cost_tetri: int) -> float:
    worse = _added(treated, control) < 0
    return float("nan") if worse else incremental_romi(treated, control, cost_tetri)


def _floored(treated: pd.Series, control: pd.Series, cost_tetri: int) -> float:
    right = incremental_romi(treated, control, cost_tetri)
    return -1 if right < -1 else right


def _nan_without_control_sales(treated: pd.Series, control: pd.Series, cost_tetri: int) -> float:
    return incremental_romi(treated, control, cost_tetri) if control.sum() else float("nan")


def rank_channels(df, min_conv=10):
    """List of (channel, action): ranked by ROMI, then those on hold, then the free ones."""
    free = df[df["cost_tetri"] == 0]
    paid = df[df["cost_tetri"] != 0]
    hold = paid[paid["conv"] < min_conv]
    ranked = paid[paid["conv"] >= min_conv].assign(action="keep")
    ranked["romi"] = (ranked["contribution_tetri"] - ranked["cost_tetri"]) / ranked["cost_tetri"]
    ranked.loc[ranked["marginal_romi"] > 0, "action"] = "scale"
    ranked.loc[ranked["romi"] < 0, "action"] = "stop"
    ranked = ranked.sort_values(["romi", "contribution_tetri"], ascending=False)
    return (
        list(ranked["action"].items())
        + [(channel, "hold") for channel in sorted(hold.index)]
        + [(channel, "free") for channel in sorted(free.index)]
    )


_Ranking = list[tuple[str, str]]


def _gain(df: pd.DataFrame) -> pd.Series:
    return df["contribution_tetri"] - df["cost_tetri"]


def _without(ranking: _Ranking, *actions: str) -> _Ranking:
    return [(channel, action) for channel, action in ranking if action not in actions]


def _reordered(measure: pd.Series, df: pd.DataFrame, min_conv: int) -> _Ranking:
    """The right actions, but the ranked channels in the order of another measure."""
    right = rank_channels(df, min_conv)
    ranked = _without(right, "hold", "free")
    # Equal ones stand as in the table.
    ranked = sorted(ranked, key=lambda pair: (-measure[pair[0]], df.index.get_loc(pair[0])))
    return ranked + right[len(ranked) :]


def _renamed(changes: pd.Series, action: str, df: pd.DataFrame, min_conv: int) -> _Ranking:
    """The right order, but another action for those ranked channels for which `changes` holds."""
    return [
        (channel, action if right not in ("hold", "free") and changes[channel] else right)
        for channel, right in rank_channels(df, min_conv)
    ]


def _by_sales(df: pd.DataFrame, min_conv: int = 10) -> _Ranking:
    return _reordered(df["net_sales_tetri"], df, min_conv)


def _by_cost(df: pd.DataFrame, min_conv: int = 10) -> _Ranking:
    return _reordered(df["cost_tetri"], df, min_conv)


def _by_gain(df: pd.DataFrame, min_conv: int = 10) -> _Ranking:
    return _reordered(_gain(df), df, min_conv)


def _by_marginal_romi(df: pd.DataFrame, min_conv: int = 10) -> _Ranking:
    return _reordered(df["marginal_romi"].fillna(float("-inf")), df, min_conv)


def _ascending(df: pd.DataFrame, min_conv: int = 10) -> _Ranking:
    return _reordered(-_gain(df) / df["cost_tetri"], df, min_conv)


def _ties_as_they_stand(df: pd.DataFrame, min_conv: int = 10) -> _Ranking:
    return _reordered(_gain(df) / df["cost_tetri"], df, min_conv)


def _ties_by(measure: pd.Series, df: pd.DataFrame, min_conv: int) -> _Ranking:
    """The right list, but channels with the same ROMI by another measure, highest first."""
    romi = _gain(df) / df["cost_tetri"]
    right = rank_channels(df, min_conv)
    ranked = _without(right, "hold", "free")
    ranked = sorted(ranked, key=lambda pair: (-romi[pair[0]], -measure[pair[0]]))
    return ranked + right[len(ranked) :]


def _ties_by_name(df: pd.DataFrame, min_conv: int = 10) -> _Ranking:
    return _ties_by(-df.index.to_series().rank(), df, min_conv)


def _ties_by_gain(df: pd.DataFrame, min_conv: int = 10) -> _Ranking:
    return _ties_by(_gain(df), df, min_conv)


def _ties_lowest_first(df: pd.DataFrame, min_conv: int = 10) -> _Ranking:
    return _ties_by(-df["contribution_tetri"], df, min_conv)


def _by_rounded_romi(df: pd.DataFrame, min_conv: int = 10) -> _Ranking:
    by_contribution = df.sort_values("contribution_tetri", ascending=False)
    romi = (_gain(df) / df["cost_tetri"]).round(2)
    return _reordered(romi, by_contribution, min_conv)


def _in_table_order(df: pd.DataFrame, min_conv: int = 10) -> _Ranking:
    return sorted(rank_channels(df, min_conv), key=lambda pair: df.index.get_loc(pair[0]))


def _all_in_one_sort(df: pd.DataFrame, min_conv: int = 10) -> _Ranking:
    romi = _ratio(_gain(df), df["cost_tetri"]).fillna(float("-inf"))
    return sorted(rank_channels(df, min_conv), key=lambda pair: -romi[pair[0]])


def _romi_on_sales(df: pd.DataFrame, min_conv: int = 10) -> _Ranking:
    return rank_channels(df.assign(contribution_tetri=df["net_sales_tetri"]), min_conv)


def _scale_before_stop(df: pd.DataFrame, min_conv: int = 10) -> _Ranking:
    return _renamed(df["marginal_romi"] > 0, "scale", df, min_conv)


def _free_first(df: pd.DataFrame, min_conv: int = 10) -> _Ranking:
    right = rank_channels(df, min_conv)
    free = [(channel, "keep") for channel, action in right if action == "free"]
    return free + _without(right, "free")


def _free_with_few_on_hold(df: pd.DataFrame, min_conv: int = 10) -> _Ranking:
    few = df["conv"] < min_conv
    hold = [(channel, "hold") for channel in sorted(df.index[few])]
    return (
        _without(rank_channels(df[~few], min_conv), "free")
        + hold
        + [(channel, "free") for channel in sorted(df.index[~few & (df["cost_tetri"] == 0)])]
    )


def _free_before_hold(df: pd.DataFrame, min_conv: int = 10) -> _Ranking:
    right = rank_channels(df, min_conv)
    return _without(right, "hold") + [pair for pair in right if pair[1] == "hold"]


def _heaps_as_they_stand(df: pd.DataFrame, min_conv: int = 10) -> _Ranking:
    right = rank_channels(df, min_conv)
    heaps = {action: [pair for pair in right if pair[1] == action] for action in ("hold", "free")}
    for heap in heaps.values():
        heap.sort(key=lambda pair: df.index.get_loc(pair[0]))
    return _without(right, "hold", "free") + heaps["hold"] + heaps["free"]


def _stop_by_marginal(df: pd.DataFrame, min_conv: int = 10) -> _Ranking:
    return _renamed(df["marginal_romi"] < 0, "stop", df, min_conv)


def _scale_by_average(df: pd.DataFrame, min_conv: int = 10) -> _Ranking:
    return _renamed(_gain(df) > 0, "scale", df, min_conv)


def _untested_scaled(df: pd.DataFrame, min_conv: int = 10) -> _Ranking:
    untested = df["marginal_romi"].isna() & (_gain(df) >= 0)
    return _renamed(untested, "scale", df, min_conv)


def _cost_not_subtracted(df: pd.DataFrame, min_conv: int = 10) -> _Ranking:
    too_much = df["contribution_tetri"] + df["cost_tetri"]
    return rank_channels(df.assign(contribution_tetri=too_much), min_conv)


KEYS = {
    "1.8": Key(
        reference=romi,
        mistakes=(
            Mistake(
                "ROAS on media",
                lambda d: _ratio(d["net_sales_tetri"], d["media_tetri"]),
                "That is ROAS, revenue over what the platform charged. ROMI asks what is left "
                "of the revenue, and counts the fees as well.",
            ),
            Mistake(
                "ROAS",
                lambda d: _ratio(d["net_sales_tetri"], _cost(d)),
                "That is ROAS, revenue over marketing cost: goods and delivery are not paid yet.",
            ),
            Mistake(
                "revenue is not profit",
                lambda d: _ratio(d["net_sales_tetri"] - _cost(d), _cost(d)),
                "This takes all the revenue for profit. Goods and delivery are paid from it first.",
            ),
            Mistake(
                "divided by revenue",
                lambda d: _ratio(_contribution(d) - _cost(d), d["net_sales_tetri"]),
                "The gain is right, but it is divided by revenue: that is a margin. ROMI is per "
                "lari of marketing cost.",
            ),
            Mistake(
                "cost not subtracted",
                lambda d: _ratio(_contribution(d), _cost(d)),
                "The marketing cost itself is not subtracted: a campaign that brings back exactly "
                "its cost must have a ROMI of 0.",
            ),
            Mistake(
                "fees forgotten",
                lambda d: _ratio(_contribution(d) - d["media_tetri"], d["media_tetri"]),
                "Only media is counted as cost. The agency and the tools were paid as well.",
            ),
            Mistake(
                "divided by media",
                lambda d: _ratio(_contribution(d) - _cost(d), d["media_tetri"]),
                "The gain is right, but it is divided by media alone. The same cost stands above "
                "and below the line, media and fees.",
            ),
            Mistake(
                "VAT in the revenue",
                lambda d: _ratio(
                    d["gross_sales_tetri"] - d["cogs_tetri"] - d["variable_tetri"] - _cost(d),
                    _cost(d),
                ),
                "The revenue still has VAT in it, and VAT belongs to the state.",
            ),
            Mistake(
                "variable cost forgotten",
                lambda d: _ratio(d["net_sales_tetri"] - d["cogs_tetri"] - _cost(d), _cost(d)),
                "Delivery and payment cost are missing: every order costs them too.",
            ),
            Mistake(
                "cost of goods forgotten",
                lambda d: _ratio(d["net_sales_tetri"] - d["variable_tetri"] - _cost(d), _cost(d)),
                "The cost of goods is missing: what was sold had to be bought first.",
            ),
            Mistake(
                "divided by cost of goods",
                lambda d: _ratio(_contribution(d) - _cost(d), d["cogs_tetri"]),
                "The gain is right, but it is divided by the cost of goods. The M in ROMI is "
                "marketing.",
            ),
            Mistake(
                "gain in money",
                lambda d: _contribution(d) - _cost(d),
                "That is the gain in tetri. ROMI says how much of it came for each lari of "
                "marketing cost.",
            ),
            Mistake(
                "in percent",
                lambda d: romi(d) * 100,
                "That is in percent. Asked is a ratio: 0.5 for 50 %.",
            ),
            Mistake(
                "no cost is 0",
                lambda d: romi(d).fillna(0),
                "A channel without cost gets 0 here. It has no ROMI at all: use NaN, or it would "
                "be ranked above a channel that loses a little.",
            ),
            Mistake(
                "no cost is infinite",
                lambda d: (_contribution(d) - _cost(d)) / _cost(d),
                "A channel without cost gets infinity here and would win every ranking. Its ROMI "
                "is undefined: NaN.",
            ),
            Mistake(
                "channel without cost left out",
                lambda d: romi(d).dropna(),
                "A channel without cost is left out. It belongs into the answer, with NaN: the "
                "reader has to see that it was looked at.",
            ),
            Mistake(
                "floored at −100 %",
                lambda d: romi(d).clip(lower=-1),
                "This stops at −100 %. Where every sale loses money, ROMI falls below −100 %.",
            ),
            Mistake(
                "brackets missing",
                lambda d: _contribution(d) - _ratio(_cost(d), _cost(d)),
                "Division comes before subtraction: without brackets only the last cost is "
                "divided. Put the difference in brackets.",
            ),
            Mistake(
                "NaN without media",
                lambda d: _nan_where(d["media_tetri"] == 0, d),
                "A channel without media gets NaN here. Its fees are a cost as well: only where "
                "both are 0 is there no ROMI.",
            ),
            Mistake(
                "NaN at a contribution of 0",
                lambda d: _nan_where(_contribution(d) == 0, d),
                "A channel with a contribution of 0 gets NaN here. Its marketing cost was spent "
                "and lost; only a cost of 0 leaves nothing to divide by.",
            ),
            Mistake(
                "minus infinity left",
                _only_plus_infinity_replaced,
                "Only plus infinity is replaced. A channel without cost that loses gives minus "
                "infinity: look at the cost, not at the result.",
            ),
            Mistake(
                "only the first channel",
                lambda d: romi(d).head(1),
                "Only the first channel comes back. Does `return` stand inside the loop?",
            ),
            Mistake(
                "rounded",
                lambda d: romi(d).round(2),
                "The ratio is rounded. Keep it exact; round only where a number is shown.",
            ),
        ),
        why="ROMI says what one lari of marketing left in the till after everything was paid: "
        "the number on which money is moved between channels.",
    ),
    "1.9": Key(
        reference=incremental_romi,
        mistakes=(
            Mistake(
                "control not subtracted",
                lambda treated, control, cost_tetri: _romi(treated.sum(), cost_tetri),
                "All the margin of the treated counts as the letters' doing. The control group "
                "shows what they would have bought anyway: subtract that.",
            ),
            Mistake(
                "control not scaled",
                lambda treated, control, cost_tetri: _romi(
                    treated.sum() - control.sum(), cost_tetri
                ),
                "The totals of two groups of different size are subtracted. Compare per user, "
                "then go up to the number of treated users.",
            ),
            Mistake(
                "scaled to the control group",
                lambda treated, control, cost_tetri: _romi(
                    _added(treated, control) * len(control), cost_tetri
                ),
                "The effect per user is right, but it is multiplied by the size of the control "
                "group. Those who got the letters are the treated.",
            ),
            Mistake(
                "effect given to everyone",
                lambda treated, control, cost_tetri: _romi(
                    _added(treated, control) * (len(treated) + len(control)), cost_tetri
                ),
                "The effect is given to the control group as well. They got no letter, so nothing "
                "was added there.",
            ),
            Mistake(
                "one user against the whole cost",
                lambda treated, control, cost_tetri: _romi(_added(treated, control), cost_tetri),
                "The margin that one user added stands against the cost of all letters. Multiply "
                "by the number of treated users first.",
            ),
            Mistake(
                "cost not subtracted",
                lambda treated, control, cost_tetri: (
                    _romi(_added(treated, control) * len(treated), cost_tetri) + 1
                ),
                "The cost itself is not subtracted: letters that bring back exactly their cost "
                "must have a ROMI of 0.",
            ),
            Mistake(
                "lift, not ROMI",
                lambda treated, control, cost_tetri: treated.mean() / control.mean() - 1,
                "That is the lift, how much more a treated user brings. ROMI compares the added "
                "margin with the cost.",
            ),
            Mistake(
                "buyers only",
                _buyers_only,
                "The means are of those who bought. A letter works mostly by making more people "
                "buy at all: those with a margin of 0 belong to the mean.",
            ),
            Mistake(
                "subtracted user by user",
                _user_by_user,
                "`treated - control` matches the two Series by user, and nobody is in both groups: "
                "all NaN. Compare the means of the groups.",
            ),
            Mistake(
                "in percent",
                lambda treated, control, cost_tetri: (
                    incremental_romi(treated, control, cost_tetri) * 100
                ),
                "That is in percent. Asked is a ratio: 0.5 for 50 %.",
            ),
            Mistake(
                "no control is 0",
                _empty_control_is_zero,
                "Without a control group the sales without letters count as 0 here. They are "
                "unknown, and so is the ROMI: NaN.",
            ),
            Mistake(
                "no cost is infinite",
                lambda treated, control, cost_tetri: (
                    incremental_romi(treated, control, cost_tetri) if cost_tetri else float("inf")
                ),
                "Without cost you give infinity. There is no lari to divide by: NaN.",
            ),
            Mistake(
                "no cost is 0",
                lambda treated, control, cost_tetri: (
                    incremental_romi(treated, control, cost_tetri) if cost_tetri else 0
                ),
                "Without cost you give 0, as if the letters had just paid for themselves. There "
                "is no lari to divide by: NaN.",
            ),
            Mistake(
                "buyers × buyers",
                _buyers_times_buyers,
                "Mean and number are both those of the buyers. A letter also makes more people "
                "buy: take the mean of all users, times all treated users.",
            ),
            Mistake(
                "always NaN",
                lambda treated, control, cost_tetri: float("nan"),
                "NaN comes out where there is an answer. Do you subtract the two Series? "
                "Nobody is in both, so nothing matches: subtract the means.",
            ),
            Mistake(
                "medians",
                _medians,
                "The medians are compared. Most users buy nothing, so both say little; the money "
                "is in the means.",
            ),
            Mistake(
                "sign turned round",
                lambda treated, control, cost_tetri: _romi(
                    -_added(treated, control) * len(treated), cost_tetri
                ),
                "Treated is subtracted from control. What the letters added is treated minus "
                "control.",
            ),
            Mistake(
                "means rounded",
                _rounded_means,
                "The means are rounded before they are subtracted. Times thousands of users, that "
                "error grows: round nothing.",
            ),
            Mistake(
                "rounded",
                lambda treated, control, cost_tetri: round(
                    incremental_romi(treated, control, cost_tetri), 2
                ),
                "The ratio is rounded. Keep it exact; round only where a number is shown.",
            ),
            Mistake(
                "0 without control",
                lambda treated, control, cost_tetri: (
                    incremental_romi(treated, control, cost_tetri) if len(control) else 0
                ),
                "Without a control group you give 0, as if the letters had just paid for "
                "themselves. Nobody knows: NaN.",
            ),
            Mistake(
                "floored at −100 %",
                _floored,
                "This stops at −100 %. Where the control group did better, the letters lost sales "
                "on top of their cost: leave such numbers as they are.",
            ),
            Mistake(
                "NaN below control",
                _nan_below_control,
                "Where the control group did better, you give NaN. That is a result too, a bad "
                "one: leave the number as it is.",
            ),
            Mistake(
                "NaN at control sales of 0",
                _nan_without_control_sales,
                "A control group that bought nothing is taken for a missing one. It says that "
                "nothing would have come without letters: look at the number of users.",
            ),
        ),
        why="Only added margin pays: a channel may claim every sale of loyal customers and still "
        "bring nothing that would not have come without it.",
    ),
    "1.10": Key(
        reference=rank_channels,
        mistakes=(
            Mistake(
                "by sales",
                _by_sales,
                "The channels stand in the order of their sales. A channel that sells much may "
                "leave little for each lari: rank by ROMI.",
            ),
            Mistake(
                "by cost",
                _by_cost,
                "The channels stand in the order of their cost: that ranks the budget, not what "
                "it brought.",
            ),
            Mistake(
                "by gain",
                _by_gain,
                "The channels stand in the order of the lari they earned, so the biggest wins by "
                "its size. ROMI divides the gain by the cost.",
            ),
            Mistake(
                "by marginal ROMI",
                _by_marginal_romi,
                "The channels stand in the order of the marginal ROMI. That decides about scaling; "
                "the rank is by the ROMI of what was spent.",
            ),
            Mistake(
                "lowest first",
                _ascending,
                "The order is upside down: the channel with the lowest ROMI comes first.",
            ),
            Mistake(
                "few sales ranked",
                lambda df, min_conv=10: rank_channels(df, 0),
                "Channels with fewer than `min_conv` orders are ranked too. A handful of "
                "sales is no proof: they wait on hold.",
            ),
            Mistake(
                "`min_conv` fixed at 10",
                lambda df, min_conv=10: rank_channels(df),
                "The limit is 10 whatever the caller says. Use the argument `min_conv`.",
            ),
            Mistake(
                "no cost wins",
                _free_first,
                "A channel without cost is ranked first, as if its ROMI were infinite. It has no "
                "ROMI: it is `free` and stands at the end.",
            ),
            Mistake(
                "hold and free left out",
                lambda df, min_conv=10: _without(rank_channels(df, min_conv), "hold", "free"),
                "Only the ranked channels are there. Those on hold and the free ones belong to "
                "the list as well, after them.",
            ),
            Mistake(
                "free before hold",
                _free_before_hold,
                "The free channels stand before those on hold. Asked: ranked, then hold, then "
                "free.",
            ),
            Mistake(
                "stopped by marginal ROMI",
                _stop_by_marginal,
                "Channels are stopped because the next lari would lose. What is spent already "
                "earns: `stop` is for a ROMI below 0.",
            ),
            Mistake(
                "scaled by ROMI",
                _scale_by_average,
                "Every channel that earns is scaled. ROMI is the mean of all lari spent; whether "
                "one more pays is said by `marginal_romi`.",
            ),
            Mistake(
                "untested is scaled",
                _untested_scaled,
                "A channel whose marginal ROMI is NaN is scaled here. Nobody knows what its next "
                "lari brings: keep.",
            ),
            Mistake(
                "cost not subtracted",
                _cost_not_subtracted,
                "A channel that brings back less than it costs is not stopped. Is the cost "
                "subtracted in your ROMI?",
            ),
            Mistake(
                "ties as they stand",
                _ties_as_they_stand,
                "Channels with the same ROMI are left as they stood. Among them the one with more "
                "contribution comes first.",
            ),
            Mistake(
                "more than `min_conv`",
                lambda df, min_conv=10: rank_channels(df, min_conv + 1),
                "A channel with exactly `min_conv` orders is on hold here. The limit itself "
                "is enough: use >=.",
            ),
            Mistake(
                "0 is stopped",
                lambda df, min_conv=10: _renamed(_gain(df) <= 0, "stop", df, min_conv),
                "A ROMI of exactly 0 is stopped here. Such a channel pays for itself: only below "
                "0 it loses.",
            ),
            Mistake(
                "0 is scaled",
                lambda df, min_conv=10: _renamed(
                    (df["marginal_romi"] >= 0) & (_gain(df) >= 0), "scale", df, min_conv
                ),
                "A marginal ROMI of exactly 0 is scaled here. The next lari only brings itself "
                "back: scale is for more than that.",
            ),
            Mistake(
                "hold and free as they stand",
                _heaps_as_they_stand,
                "Those on hold or free stand as in the table. Asked is the alphabetical order in "
                "each heap, so that the same channels always give the same list.",
            ),
            Mistake(
                "free with few sales on hold",
                _free_with_few_on_hold,
                "A channel without cost is on hold because it has few orders. There is "
                "nothing to decide about its money: it is free, whatever it sold.",
            ),
            Mistake(
                "ROMI on sales",
                _romi_on_sales,
                "The ROMI is made of net sales. Goods and delivery are paid from them first: take "
                "the contribution.",
            ),
            Mistake(
                "not sorted",
                _in_table_order,
                "The channels stand as in the table. Asked is a rank: the highest ROMI first.",
            ),
            Mistake(
                "all in one sort",
                _all_in_one_sort,
                "Channels on hold stand among the ranked: all are in one sort. Only the ranked "
                "are sorted by ROMI; the others come after them.",
            ),
            Mistake(
                "pairs turned round",
                lambda df, min_conv=10: [
                    (action, channel) for channel, action in rank_channels(df, min_conv)
                ],
                "The pairs are turned round: the channel comes first, then its action.",
            ),
            Mistake(
                "capital letters",
                lambda df, min_conv=10: [
                    (channel, action.capitalize())
                    for channel, action in rank_channels(df, min_conv)
                ],
                "The actions begin with a capital. Write them in small letters, as the task does.",
            ),
            Mistake(
                "one capital letter",
                lambda df, min_conv=10: [
                    (channel, action.replace("keep", "Keep"))
                    for channel, action in rank_channels(df, min_conv)
                ],
                "`keep` begins with a capital here. Write it in small letters, as the task does.",
            ),
            Mistake(
                "scale before stop",
                _scale_before_stop,
                "A channel with a ROMI below 0 is scaled because its marginal ROMI is above 0. "
                "Ask for `stop` first.",
            ),
            Mistake(
                "by rounded ROMI",
                _by_rounded_romi,
                "The ROMI is rounded before the sort, so channels that differ a little seem "
                "equal. Sort by the exact number.",
            ),
            Mistake(
                "ties by name",
                _ties_by_name,
                "Channels with the same ROMI stand in the order of their names. Among them the "
                "one with more contribution comes first; names order the other heaps.",
            ),
            Mistake(
                "ties by gain",
                _ties_by_gain,
                "Channels with the same ROMI stand in the order of contribution − cost. Below 0 "
                "that is another order than the contribution, which decides.",
            ),
            Mistake(
                "ties upside down",
                _ties_lowest_first,
                "Of channels with the same ROMI the one with less contribution comes first here. "
                "It should be the other way round.",
            ),
            Mistake(
                "no orders left out",
                lambda df, min_conv=10: rank_channels(df[df["conv"] > 0], min_conv),
                "A channel without any order is left out. The list holds every channel: it is on "
                "hold, or free if it cost nothing.",
            ),
        ),
        why="A table of numbers changes nothing: a rank with an action for each channel is what "
        "the meeting on Monday can decide on.",
    ),
}
