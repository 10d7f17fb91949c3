"""Analytics, part c: what the marketing earns."""

import random

import pandas as pd

from course.company import load
from course.exercise import Case, Question
from course.kinds import ListOf, Number, Parts, PerLabel, Text

ROMI_COLUMNS = [
    "gross_sales_tetri",
    "net_sales_tetri",
    "cogs_tetri",
    "variable_tetri",
    "media_tetri",
    "fees_tetri",
]


def channels(**rows: list[int]) -> pd.DataFrame:
    """One row a channel, the columns of 1.8, in tetri."""
    return pd.DataFrame.from_dict(rows, orient="index", columns=ROMI_COLUMNS)


def sales_of(period: pd.Period) -> pd.DataFrame:
    """Delivered orders of a year or month with what stayed after refunds, VAT in."""
    orders, returns = load("orders"), load("returns")
    local = orders["ts_utc"].dt.tz_convert("Asia/Tbilisi").dt.tz_localize(None)
    in_period = local.between(period.start_time, period.end_time)
    sold = orders[in_period & (orders["status"] == "delivered")]
    refunds = returns.groupby("order_id")["refund_tetri"].sum()
    return sold.assign(
        kept_tetri=sold["gross_tetri"] - sold["order_id"].map(refunds).fillna(0).astype("int64")
    )


def shop_channels(period: str) -> pd.DataFrame:
    """Money and orders of every channel in "2025" or "2025-11", credited to the last touch."""
    span = pd.Period(period)
    sold = sales_of(span).groupby("last_touch")
    kept = sold["kept_tetri"].sum()
    ads, invoices = load("ads_daily"), load("invoices")
    in_period = ads["date"].between(span.start_time, span.end_time)
    ad_cost = ads[in_period].groupby("channel")["cost_tetri"].sum()
    billed = invoices[invoices["month"].str.startswith(period)]
    bills = billed.pivot_table("tetri", index="channel", columns="kind", aggfunc="sum")
    # The bills of Google, Meta and TikTok repeat ads_daily: only the others' media count from here.
    other_media = bills["media"].drop(ad_cost.index)
    return (
        pd.DataFrame(
            {
                "gross_sales_tetri": kept,
                "net_sales_tetri": (kept / 1.18).round(),
                "cogs_tetri": sold["cogs_tetri"].sum(),
                "variable_tetri": sold["variable_tetri"].sum(),
                "media_tetri": ad_cost.add(other_media, fill_value=0),
                "fees_tetri": bills[["agency", "tools"]].sum(axis="columns"),
                "conv": sold.size(),
            }
        )
        .fillna(0)
        .astype("int64")
    )


def romi_cases(seed: int) -> list[Case]:
    rng = random.Random(seed)

    def some_channel() -> list[int]:
        net = rng.randrange(200_000, 9_000_000)
        return [
            round(net * 1.18),
            net,
            round(net * rng.uniform(0.4, 0.7)),
            round(net * rng.uniform(0.03, 0.1)),
            rng.randrange(20_000, 2_000_000),
            rng.randrange(5_000, 400_000),
        ]

    shop = shop_channels("2025")
    with_cost = shop.loc[shop["media_tetri"] + shop["fees_tetri"] > 0, ROMI_COLUMNS]
    search = [1_180_000, 1_000_000, 600_000, 50_000, 120_000, 30_000]
    email = [236_000, 200_000, 110_000, 10_000, 0, 20_000]
    return [
        Case("the small example", (channels(search=search, email=email),)),
        Case("the shop's data", (with_cost,)),
        Case(
            "a channel without cost",
            (channels(search=search, organic=[590_000, 500_000, 300_000, 25_000, 0, 0]),),
            edge=True,
        ),
        Case(
            "a channel without cost that loses on every sale",
            (channels(search=search, direct=[118_000, 100_000, 130_000, 20_000, 0, 0]),),
            edge=True,
        ),
        Case(
            "a channel with a contribution of exactly 0",
            (channels(search=search, meta=[118_000, 100_000, 90_000, 10_000, 30_000, 5_000]),),
            edge=True,
        ),
        Case(
            "a channel that loses on every sale",
            (channels(influencer=[118_000, 100_000, 130_000, 20_000, 130_000, 20_000]),),
            edge=True,
        ),
        Case(
            "a channel with more refunds than sales",
            (channels(tiktok=[-11_800, -10_000, 6_000, 4_000, 90_000, 10_000]),),
            edge=True,
        ),
        *(
            Case(
                "a hidden case",
                (channels(search=some_channel(), meta=some_channel(), email=some_channel()),),
                hidden=True,
            )
            for _ in range(3)
        ),
        Case(
            "a hidden case with a channel without cost",
            (channels(organic=[*some_channel()[:4], 0, 0], meta=some_channel()),),
            hidden=True,
            edge=True,
        ),
    ]


def margins(users: int, margins_of_buyers: list[int], first: int = 0) -> pd.Series:
    """The margin of every user in tetri, most of them 0; users are numbered from `first`."""
    index = [f"u{number}" for number in range(first, first + users)]
    return pd.Series(
        margins_of_buyers + [0] * (users - len(margins_of_buyers)),
        index=pd.Index(index, name="user", dtype="str"),
        name="margin_tetri",
        dtype="int64",
    )


def shop_email_test() -> tuple[pd.Series, pd.Series, int]:
    """The newsletter hold-out, July to September 2025, and what the newsletter cost then."""
    users, invoices = load("email_test").set_index("user"), load("invoices")
    in_test = invoices["month"].isin(["2025-07", "2025-08", "2025-09"])
    cost_tetri = invoices.loc[in_test & (invoices["channel"] == "email"), "tetri"].sum()
    return (
        users.loc[users["group"] == "treated", "margin_tetri"],
        users.loc[users["group"] == "control", "margin_tetri"],
        int(cost_tetri),
    )


def incremental_romi_cases(seed: int) -> list[Case]:
    rng = random.Random(seed)

    def some_test() -> tuple[pd.Series, pd.Series, int]:
        treated, control = rng.randrange(400, 900), rng.randrange(90, 250)
        reached = [rng.randrange(700, 6_000) for _ in range(treated // rng.randrange(4, 6))]
        left_alone = [rng.randrange(-300, 5_000) for _ in range(control // rng.randrange(6, 8))]
        return (
            margins(treated, reached),
            margins(control, left_alone, first=treated),
            rng.randrange(40_000, 300_000),
        )

    treated, control = margins(8_000, [2_000] * 1_600), margins(2_000, [1_700] * 400, first=8_000)
    few_treated, few_control = margins(800, [2_000] * 160), margins(200, [1_700] * 40, first=800)
    hidden_treated, hidden_control, _ = some_test()
    return [
        Case("the small example", (treated, control, 240_000)),
        Case(
            "a test with few users",
            (margins(9, [3_000, 1_000, 600]), margins(5, [900, 100], first=9), 2_000),
        ),
        Case("the shop's data", shop_email_test()),
        Case("a test without a control group", (few_treated, margins(0, []), 24_000), edge=True),
        Case("letters that cost nothing", (few_treated, few_control, 0), edge=True),
        Case(
            "a control group that did better",
            (few_treated, margins(200, [2_300] * 40, first=800), 24_000),
            edge=True,
        ),
        Case(
            "a control group that bought nothing",
            (few_treated, margins(200, [], first=800), 24_000),
            edge=True,
        ),
        *(Case("a hidden case", some_test(), hidden=True) for _ in range(3)),
        Case(
            "a hidden case without cost",
            (hidden_treated, hidden_control, 0),
            hidden=True,
            edge=True,
        ),
        Case(
            "a hidden case with a control group that did better",
            (hidden_treated, hidden_control + 2_000, 90_000),
            hidden=True,
            edge=True,
        ),
    ]


def candidates(**rows: tuple) -> pd.DataFrame:
    """One row a channel, the columns of 1.10; money in tetri."""
    money = ["cost_tetri", "contribution_tetri", "net_sales_tetri"]
    columns = [*money, "conv", "marginal_romi"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns)


def shop_marginal_romi() -> pd.Series:
    """What the test in the towns says of the next lari: from normal spend to 1.6 times that."""
    money = ["spend_tetri", "contribution_tetri"]
    means = load("geo_test").groupby(["level", "channel"])[money].mean()
    step = means.loc[1.6] - means.loc[1.0]
    return step["contribution_tetri"] / step["spend_tetri"] - 1


def shop_candidates(month: str) -> pd.DataFrame:
    """The columns of 1.10 for the shop's channels in a month."""
    shop = shop_channels(month)
    return pd.DataFrame(
        {
            "cost_tetri": shop["media_tetri"] + shop["fees_tetri"],
            "contribution_tetri": shop["net_sales_tetri"]
            - shop["cogs_tetri"]
            - shop["variable_tetri"],
            "net_sales_tetri": shop["net_sales_tetri"],
            "conv": shop["conv"],
            "marginal_romi": shop_marginal_romi(),
        }
    )


UNTESTED = float("nan")


def rank_channels_cases(seed: int) -> list[Case]:
    rng = random.Random(seed)

    search, email = (100_000, 250_000, 900_000, 50, 0.3), (5_000, 50_000, 310_000, 12, UNTESTED)
    small = candidates(
        social=(200_000, 420_000, 2_000_000, 80, -0.1),
        email=email,
        search=search,
        display=(50_000, 40_000, 950_000, 30, -0.6),
        influencer=(30_000, 90_000, 250_000, 3, UNTESTED),
        organic=(0, 300_000, 700_000, 40, UNTESTED),
    )

    def paid(cost: int, contribution_per_lari: float, conv: int, marginal_romi: float) -> tuple:
        contribution = round(cost * contribution_per_lari)
        net_sales = round(contribution * rng.uniform(2.5, 3.5))
        return cost, contribution, net_sales, conv, marginal_romi

    def some_channels() -> pd.DataFrame:
        """Six channels that rank in another order by each wrong measure, and two without rank."""
        small_cost, big_cost = rng.randrange(20_000, 40_000), rng.randrange(500_000, 900_000)
        rows = {
            "email": paid(small_cost, rng.uniform(4, 6), 25, UNTESTED),
            "search": paid(big_cost, rng.uniform(2.3, 2.9), 400, rng.uniform(0.1, 0.5)),
            "meta": paid(big_cost * 2, rng.uniform(1.3, 1.6), 300, rng.uniform(-0.4, -0.1)),
            # Cheap goods that leave little: high sales, low contribution.
            "display": (small_cost * 4, small_cost * 3, big_cost * 9, 60, rng.uniform(-0.6, -0.2)),
            "tiktok": paid(big_cost * 3, rng.uniform(0.5, 0.8), 200, rng.uniform(-0.9, -0.5)),
            "affiliate": paid(small_cost * 2, rng.uniform(1.9, 2.2), 45, rng.uniform(0.1, 0.4)),
            "influencer": paid(small_cost * 3, rng.uniform(7, 9), 12, UNTESTED),
            "podcast": paid(small_cost * 5, rng.uniform(0.1, 0.9), 4, rng.uniform(0.1, 0.4)),
            "organic": (0, big_cost, big_cost * 3, 150, UNTESTED),
        }
        # Where both have too few orders, influencer is first: another order of these is an edge.
        last = {"podcast": rows.pop("podcast")}
        return candidates(**dict(rng.sample(list(rows.items()), len(rows))), **last)

    def equal_channels() -> pd.DataFrame:
        """Two with the same ROMI, the smaller of them first in the table, one at a ROMI of 0."""
        unit, kept = rng.randrange(9_000, 90_000), rng.randrange(20_000, 90_000)
        return candidates(
            tiktok=(8 * unit, 12 * unit, 50 * unit, rng.randrange(20, 90), 0.1),
            organic=(0, kept * 2, kept * 7, 7, UNTESTED),
            meta=(20 * unit, 30 * unit, 99 * unit, rng.randrange(20, 90), -0.1),
            display=(kept, kept, kept * 7, rng.randrange(20, 90), 0.0),
        )

    return [
        Case("the small example", (small,)),
        # A stricter rule than the shop's 10: in this month it puts influencer on hold.
        Case("the shop's data", (shop_candidates("2025-11"), 40)),
        *(
            Case(about, (candidates(**rows),), edge=True)
            for about, rows in {
                # Table and alphabet, forward and backward, all give another order.
                "three channels with the same ROMI": {
                    "tiktok": (60_000, 120_000, 700_000, 60, 0.1),
                    "google_search": (40_000, 80_000, 750_000, 70, -0.2),
                    "meta": (100_000, 200_000, 800_000, 90, 0.2),
                    "email": email,
                },
                "two channels with the same ROMI below 0": {
                    "display": (40_000, 20_000, 90_000, 60, -0.6),
                    "tiktok": (100_000, 50_000, 200_000, 30, -0.7),
                },
                "two channels with nearly the same ROMI": {
                    "meta": (200_000, 500_820, 1_500_000, 90, -0.1),
                    "search": (100_000, 250_440, 800_000, 60, 0.2),
                },
                "channels without any order": {
                    "search": search,
                    "influencer": (30_000, 0, 0, 0, UNTESTED),
                    "direct": (0, 0, 0, 0, UNTESTED),
                },
                "two channels that lose on every sale": {
                    "radio": (100_000, -50_000, 300_000, 25, 0.2),
                    "influencer": (40_000, -20_000, 90_000, 24, UNTESTED),
                },
                "a channel with exactly 10 orders": {
                    "search": search,
                    "tiktok": (60_000, 80_000, 420_000, 10, UNTESTED),
                },
                "a channel that just pays for itself": {
                    "meta": (80_000, 80_000, 300_000, 25, -0.3),
                },
                "a channel whose next lari just pays for itself": {
                    "meta": (80_000, 120_000, 500_000, 35, 0.0),
                },
                "two channels without cost": {
                    "organic": (0, 20_000, 70_000, 4, UNTESTED),
                    "search": search,
                    "direct": (0, 50_000, 200_000, 30, UNTESTED),
                },
                "no channel with enough orders": {
                    "tiktok": (30_000, 20_000, 80_000, 2, UNTESTED),
                    "influencer": (30_000, 90_000, 250_000, 3, UNTESTED),
                },
            }.items()
        ),
        Case("a hidden case", (some_channels(),), hidden=True),
        *(Case("a hidden case", (some_channels(), 20), hidden=True) for _ in range(2)),
        Case(
            "a hidden case with equal channels",
            (equal_channels(), 20),
            hidden=True,
            edge=True,
        ),
    ]


QUESTIONS = [
    Question(
        id="1.8",
        name="romi",
        points=3,
        asks="the ROMI of every channel as a ratio (0.5 for 50 %)",
        returns=PerLabel(Number()),
        cases=romi_cases,
        hints=(
            "Start from one channel on paper: what is left of its net sales once the goods and "
            "the delivery are paid? Only that can pay for marketing.",
            "contribution = net sales − cost of goods − variable cost; marketing cost = media + "
            "fees; ROMI = (contribution − marketing cost) / marketing cost.",
            "A cost of 0 has no ROMI: `cost.where(cost != 0)` turns it into NaN before you divide "
            "by it.",
        ),
        see="lesson 1c, “Revenue pays for the goods first”",
    ),
    Question(
        id="1.9",
        name="incremental_romi",
        points=3,
        asks="the ROMI on the margin that the letters added, as a ratio (0.5 for 50 %)",
        returns=Number(),
        cases=incremental_romi_cases,
        hints=(
            "The control group got no letter and bought all the same. What does that say about the "
            "sales of those who got one?",
            "Compare per user, because the groups differ in size: mean margin of the treated minus "
            "mean margin of the control group is what one letter-reader added.",
            "added margin = (treated mean − control mean) × number of treated users; "
            "ROMI = (added margin − cost) / cost. Without cost there is no ROMI: NaN.",
        ),
        see="lesson 1c, “What would have happened anyway is not our result”",
    ),
    Question(
        id="1.10",
        name="rank_channels",
        points=2,
        asks="a list of (channel, action): ranked by ROMI, then those on hold, then the free ones",
        returns=ListOf(Parts(channel=Text(), action=Text())),
        cases=rank_channels_cases,
        hints=(
            "Sort the channels into three heaps first: no cost, too few orders, and the rest. "
            "Only the rest is ranked.",
            "Rank the rest by ROMI = (contribution − cost) / cost, highest first, equal ones by "
            "contribution: `sort_values([…, …], ascending=False)`.",
            "Action of a ranked channel, in this order: ROMI below 0 is stop; otherwise a "
            "marginal ROMI above 0 is scale; anything else, NaN too, is keep. Then add the hold "
            "heap and the free heap, each in alphabetical order.",
        ),
        see="lesson 1c, “A rank needs enough sales, and every channel an action”",
    ),
]
