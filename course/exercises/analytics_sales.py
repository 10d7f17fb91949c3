"""Analytics, part a: sales and campaigns."""

import random

import pandas as pd

from course.company import load
from course.exercise import Case, Question
from course.kinds import Number, PerLabel, Table, Tetri


def orders_of(*rows: tuple[str, str, int, int]) -> pd.DataFrame:
    """The table of 1.1: one row an order, money in tetri with VAT in."""
    return pd.DataFrame(rows, columns=["month", "status", "gross_tetri", "refund_tetri"])


def shop_orders() -> pd.DataFrame:
    """The orders of the last quarter of 2025, their Tbilisi month, what was paid back for each."""
    orders, returns = load("orders"), load("returns")
    orders = orders[orders["ts_utc"] >= pd.Timestamp("2025-10-01", tz="Asia/Tbilisi")]
    refunds = returns.groupby("order_id")["refund_tetri"].sum()
    return (
        orders[["status", "gross_tetri"]]
        .assign(
            month=orders["ts_utc"].dt.tz_convert("Asia/Tbilisi").dt.strftime("%Y-%m"),
            refund_tetri=orders["order_id"].map(refunds).fillna(0).astype("int64"),
        )
        .reset_index(drop=True)
    )


def net_sales_cases(seed: int) -> list[Case]:
    rng = random.Random(seed)

    def price() -> int:
        # 59 tetri with VAT are exactly 50 without, so 59k + 36 leaves 30/59 of a tetri. An odd
        # number of such orders tells rounding once from cutting and from rounding every order.
        return 59 * rng.randrange(20, 300) + 36

    def some_month(month: str) -> list[tuple[str, str, int, int]]:
        orders = [(month, "delivered", price(), 0) for _ in range(rng.choice([3, 5, 7]))]
        orders += [(month, "delivered", price(), 59 * rng.randrange(1, 20)) for _ in range(2)]
        orders += [(month, "cancelled", price(), 0) for _ in range(rng.choice([1, 2]))]
        return rng.sample(orders, len(orders))

    def all_returned(month: str) -> list[tuple[str, str, int, int]]:
        return [(month, "delivered", paid, paid) for paid in (price(), price())]

    def all_cancelled(month: str) -> list[tuple[str, str, int, int]]:
        return [(month, "cancelled", price(), 0) for _ in range(2)]

    return [
        Case(
            "the small example",
            (
                orders_of(
                    ("2025-03", "delivered", 11_800, 0),
                    ("2025-03", "delivered", 5_900, 2_950),
                    ("2025-03", "cancelled", 3_540, 0),
                ),
            ),
        ),
        Case("the shop's data", (shop_orders(),)),
        Case(
            "a month in which every order was cancelled",
            (
                orders_of(
                    ("2025-04", "delivered", 11_800, 0),
                    ("2025-05", "cancelled", 5_900, 0),
                    ("2025-05", "cancelled", 3_540, 0),
                ),
            ),
            edge=True,
        ),
        Case(
            "a month in which everything came back",
            (
                orders_of(
                    ("2025-06", "delivered", 4_720, 4_720),
                    ("2025-07", "delivered", 8_260, 1_180),
                ),
            ),
            edge=True,
        ),
        Case(
            "a month with more refunds than sales",
            (
                orders_of(
                    ("2025-08", "delivered", 5_900, 6_500),
                    ("2025-08", "delivered", 1_180, 1_180),
                    # Here the month is above 0, though one of its orders is below.
                    ("2025-09", "delivered", 5_900, 6_500),
                    ("2025-09", "delivered", 2_360, 0),
                ),
            ),
            edge=True,
        ),
        *(
            Case(
                "a hidden case",
                (
                    orders_of(
                        *some_month("2025-10"), *some_month("2025-11"), *some_month("2025-12")
                    ),
                ),
                hidden=True,
            )
            for _ in range(3)
        ),
        Case(
            "a hidden case with months without sales",
            (
                orders_of(
                    *some_month("2026-01"), *all_cancelled("2026-02"), *all_returned("2026-03")
                ),
            ),
            hidden=True,
            edge=True,
        ),
    ]


def ads(*rows: tuple[str, str, int, int, int, int]) -> pd.DataFrame:
    """The table of 1.2: one row a day and campaign."""
    counts = ["impressions", "clicks", "cost_tetri", "conv_reported"]
    return pd.DataFrame(rows, columns=["channel", "campaign", *counts])


def shop_ads() -> pd.DataFrame:
    """What the platforms reported for the last quarter of 2025."""
    return load("ads_daily").query("date >= '2025-10-01'").reset_index(drop=True)


def kpis_cases(seed: int) -> list[Case]:
    rng = random.Random(seed)

    def some_day(channel: str, campaign: str) -> tuple[str, str, int, int, int, int]:
        impressions = rng.randrange(2_000, 60_000)
        clicks = round(impressions * rng.uniform(0.005, 0.06))
        conversions = round(clicks * rng.uniform(0.01, 0.1)) + 1
        return channel, campaign, impressions, clicks, clicks * rng.randrange(20, 180), conversions

    def some_ads() -> pd.DataFrame:
        campaigns = {"tea": "google_search", "honey": "google_search", "gifts": "meta"}
        days = [some_day(channel, campaign) for campaign, channel in campaigns.items()] * 2
        days += [some_day(channel, campaign) for campaign, channel in campaigns.items()]
        # Days on which nobody bought, or nobody clicked: their cost and impressions still count.
        days += [
            (channel, campaign, rng.randrange(500, 9_000), rng.randrange(10, 90), 3_100, 0)
            for campaign, channel in campaigns.items()
        ]
        days += [("meta", "gifts", rng.randrange(500, 9_000), 0, 250, 0)]
        return ads(*rng.sample(days, len(days)))

    normal = ("meta", "gifts", 8_000, 120, 9_600, 6)
    return [
        Case(
            "the small example",
            (
                ads(
                    ("google_search", "tea", 10_000, 100, 5_000, 5),
                    ("google_search", "honey", 1_000, 50, 10_000, 1),
                    ("google_search", "honey", 0, 0, 0, 0),
                ),
                "channel",
            ),
        ),
        Case("the shop's data", (shop_ads(), "device")),
        Case(
            "a campaign with two equal rows",
            (ads(normal, normal, ("meta", "gifts", 2_000, 50, 3_500, 4)), "campaign"),
        ),
        Case(
            "a campaign that was never shown",
            (ads(normal, ("meta", "churchkhela", 0, 0, 0, 0)), "campaign"),
            edge=True,
        ),
        Case(
            "a campaign with sales but without a click",
            (ads(normal, ("meta", "video", 40_000, 0, 12_000, 2)), "campaign"),
            edge=True,
        ),
        Case(
            "a campaign without sales",
            (ads(normal, ("meta", "honey", 5_000, 80, 6_400, 0)), "campaign"),
            edge=True,
        ),
        *(
            Case("a hidden case", (some_ads(), by), hidden=True)
            for by in ("campaign", "channel", "campaign")
        ),
        Case(
            "a hidden case with zeros",
            (
                ads(
                    some_day("tiktok", "honey"),
                    ("tiktok", "video", rng.randrange(10_000, 90_000), 0, 7_700, 3),
                    ("meta", "gifts", 0, 0, 0, 0),
                ),
                "campaign",
            ),
            hidden=True,
            edge=True,
        ),
    ]


def creatives(*rows: tuple[str, str, int, int]) -> pd.DataFrame:
    """The table of 1.3: one row a day, creative and device."""
    return pd.DataFrame(rows, columns=["creative", "device", "impressions", "clicks"])


def shop_creatives() -> pd.DataFrame:
    """The rows of ads_daily from the days on which two creatives ran side by side."""
    columns = ["creative", "device", "impressions", "clicks"]
    return load("ads_daily").dropna(subset="creative")[columns].reset_index(drop=True)


def adjusted_lift_cases(seed: int) -> list[Case]:
    rng = random.Random(seed)

    def some_creatives(*, edges: bool = False) -> pd.DataFrame:
        """New wins on every device and was shown mostly where people seldom click.

        With edges, Old was never shown on ios and never clicked on tv.
        """
        days = []
        if edges:
            days += [("Old", "tv", rng.randrange(400, 900), 0), ("New", "tv", 700, 21)]
        for device, ctr in {"ios": 0.02, "android": 0.012, "desktop": 0.06}.items():
            often, seldom = rng.randrange(5_000, 9_000), rng.randrange(600, 2_000)
            old, new = (often, seldom) if device == "desktop" else (seldom, often)
            if not (edges and device == "ios"):
                # Unequal days, and one more than New has: means of days are another number.
                days += [
                    ("Old", device, old, round(old * ctr)),
                    ("Old", device, old * 2, round(old * ctr * 2.6)),
                    ("Old", device, old * 3, round(old * ctr * 3.2)),
                ]
            ctr *= rng.uniform(1.1, 1.5)
            days += [
                ("New", device, new, round(new * ctr)),
                ("New", device, new * 3, round(new * ctr * 4)),
            ]
        return creatives(*rng.sample(days, len(days)))

    return [
        Case(
            "the small example",
            (
                creatives(
                    ("Old", "mobile", 1_000, 20),
                    ("Old", "desktop", 9_000, 540),
                    ("New", "mobile", 6_000, 150),
                    ("New", "desktop", 4_000, 280),
                ),
            ),
        ),
        Case("the shop's data", (shop_creatives(),)),
        Case(
            "a table in which Old ran for more days",
            (
                creatives(
                    ("Old", "mobile", 1_000, 10),
                    ("Old", "mobile", 2_000, 44),
                    ("Old", "mobile", 1_500, 27),
                    ("New", "mobile", 8_000, 200),
                    ("Old", "desktop", 6_000, 310),
                    ("Old", "desktop", 5_000, 290),
                    ("Old", "desktop", 7_000, 410),
                    ("New", "desktop", 4_000, 280),
                ),
            ),
        ),
        Case(
            "a table with two equal rows",
            (
                creatives(
                    ("Old", "mobile", 2_000, 40),
                    ("Old", "mobile", 2_000, 40),
                    ("Old", "mobile", 1_000, 35),
                    ("New", "mobile", 5_000, 140),
                    ("Old", "desktop", 6_000, 300),
                    ("New", "desktop", 3_000, 180),
                ),
            ),
        ),
        Case(
            "a device on which only one creative ran",
            (
                creatives(
                    ("Old", "mobile", 2_000, 40),
                    ("New", "mobile", 5_000, 120),
                    ("Old", "desktop", 6_000, 300),
                    ("New", "desktop", 3_000, 180),
                    ("New", "tablet", 4_000, 60),
                ),
            ),
            edge=True,
        ),
        Case(
            "a device on which one creative has 0 impressions",
            (
                creatives(
                    ("Old", "mobile", 2_000, 50),
                    ("New", "mobile", 5_000, 140),
                    ("Old", "desktop", 6_000, 240),
                    ("New", "desktop", 3_000, 150),
                    ("Old", "tablet", 1_000, 90),
                    ("New", "tablet", 0, 0),
                ),
            ),
            edge=True,
        ),
        Case(
            "a device on which Old was shown and not clicked",
            (
                creatives(
                    ("Old", "ios", 1_000, 10),
                    ("New", "ios", 1_000, 12),
                    ("Old", "tv", 500, 0),
                    ("New", "tv", 500, 5),
                ),
            ),
            edge=True,
        ),
        Case(
            "a device on which New was shown and not clicked",
            (
                creatives(
                    ("Old", "ios", 3_000, 30),
                    ("New", "ios", 4_000, 52),
                    ("Old", "tv", 600, 3),
                    ("New", "tv", 200, 0),
                ),
            ),
            edge=True,
        ),
        Case(
            "an old creative without a click",
            (
                creatives(
                    ("Old", "mobile", 2_000, 0),
                    ("New", "mobile", 5_000, 140),
                    ("Old", "desktop", 6_000, 0),
                    ("New", "desktop", 3_000, 150),
                ),
            ),
            edge=True,
        ),
        *(Case("a hidden case", (some_creatives(),), hidden=True) for _ in range(2)),
        Case(
            "a hidden case with a device of one creative and one without clicks",
            (some_creatives(edges=True),),
            hidden=True,
            edge=True,
        ),
    ]


QUESTIONS = [
    Question(
        id="1.1",
        name="net_sales",
        points=2,
        asks="net sales of every month: delivered orders less refunds, without VAT, in whole tetri",
        returns=PerLabel(Tetri()),
        cases=net_sales_cases,
        hints=(
            "Take three orders and a pencil: one delivered, one half returned, one cancelled. What "
            "did each leave in the till, and which part of that belongs to the state?",
            "Work with columns: an order that is not delivered counts as 0 "
            "(`.where(condition, 0)`), any other as gross − refund. Then group by month and add.",
            "Only the monthly sum is divided by 1.18 and rounded, once. A month whose orders were "
            "all cancelled must still be there: so turn those orders into 0 instead of filtering "
            "them out before you group.",
        ),
        see="lesson 1a, “Net sales are what cancellations, returns and VAT leave”",
    ),
    Question(
        id="1.2",
        name="kpis",
        points=2,
        asks="a DataFrame with the values of the column `by` as its index (not as a column of its "
        "own: leave out `reset_index` and `as_index=False`) and the columns ctr, cpc_gel, cpm_gel, "
        "cvr and cpa_gel",
        returns=Table(Number()),
        cases=kpis_cases,
        hints=(
            "A day with 10 impressions says less about the click rate than a day with 10,000. "
            "What must be added up before you divide?",
            "Group by `by`, sum the four columns, and only then divide: clicks/impressions, "
            "cost/clicks, cost/impressions × 1,000, conversions/clicks, cost/conversions.",
            "Cost is in tetri and wanted in GEL: divide by 100. Where a denominator is 0, "
            "`column.where(column != 0)` turns it into NaN before you divide by it.",
        ),
        see="lesson 1a, “Add up first, divide last”",
    ),
    Question(
        id="1.3",
        name="adjusted_lift",
        points=2,
        asks="how much higher the click rate of New is than that of Old at the same mix of "
        "devices, as a ratio (0.05 for +5 %)",
        returns=Number(),
        cases=adjusted_lift_cases,
        hints=(
            "Compare the two creatives on each device first. Then ask on which device each of "
            "them was shown most.",
            "Give both creatives the same audience: the click rate of each on a device, times the "
            "impressions that both together had on that device.",
            "Sum impressions and clicks by device and creative; CTR = clicks/impressions; weight "
            "of a device = impressions of Old + New; adjusted CTR = sum of CTR × weight over the "
            "devices that both have / sum of the weights; lift = New/Old − 1.",
        ),
        see="lesson 1a, “A better ad can lose in the total”",
    ),
]
