"""Orientation: money as whole tetri, days of Tbilisi, and tables that can be trusted."""

import random
from decimal import Decimal

import pandas as pd

from course.company import load
from course.exercise import Case, Question
from course.kinds import Day, ListOf, Number, Parts, Tetri, Whole

HARD_SPACE = "\u00a0"
NARROW_HARD_SPACE = "\u202f"


def money_case(about: str, text: str, hidden: bool = False) -> Case:
    """An edge where the text has hard spaces in it, an amount from −0.99 to −0.01, or none."""
    edge = (
        HARD_SPACE in text
        or NARROW_HARD_SPACE in text
        or text.startswith(("-0", "−0", "(0"))
        or not any(map(str.isdigit, text))
    )
    return Case(about, (text,), hidden=hidden, edge=edge)


def shapes_of_exports() -> dict[int, str]:
    """One amount for each way of writing that the shop's exports hold, by its row number."""
    exports = load("exports_raw")
    shape = exports["amount_text"].str.replace(r"\d+", "9", regex=True)
    return exports[~shape.duplicated()].set_index("row")["amount_text"].to_dict()


def parse_money_cases(seed: int) -> list[Case]:
    rng = random.Random(seed)
    small = ["1 234,56 ₾", "1,234.56 GEL", "₾ 0.5", "(12.30)", "−3,00", "1.234,56", "12", "1,234"]
    texts = ["19.99", "1.234.567,89", "GEL 2,050.07", "(80,4 ₾)", "9.500"]
    signs = ["−80,40", "GEL -80.00", "₾ −80,00", " -80.00", "GEL (80.00)", "-₾ 80.00"]
    edges = [
        "-0,50",
        "(0.50)",
        "1 234,56 ₾".replace(" ", HARD_SPACE),
        f"12{NARROW_HARD_SPACE}345,60 ₾",
        f"{HARD_SPACE}{NARROW_HARD_SPACE} −0,07{HARD_SPACE} ₾",
        "",
        " ₾ ",
        HARD_SPACE,
    ]

    def lari() -> int:
        return rng.randrange(10_000, 1_000_000)

    def three() -> str:
        return f"{rng.randrange(1_000):03}"

    def tetri() -> str:
        return f"{rng.randrange(11, 99)}"

    def grouped(mark: str) -> str:
        return f"{rng.randrange(1, 1_000)}{mark}{three()}"

    def spaces() -> str:
        """Few amounts are below one lari: what stands around them makes these texts many."""
        kinds = [" ", HARD_SPACE, NARROW_HARD_SPACE]
        return "".join(rng.choices(kinds, k=rng.randrange(4, 8)))

    hidden = [
        f"{grouped(',')}.{tetri()} GEL",
        f"{grouped('.')},{tetri()} ₾",
        f"({grouped(',')}.{tetri()})",
        f"−{lari()},{tetri()} ₾",
        f"-{lari()}.{tetri()} GEL",
        f"{lari()}.{rng.randrange(1, 10)}",
        f"{lari()},0{rng.randrange(1, 10)}",
        grouped("."),
        f"{grouped(',')},{three()}",
        f"₾ -{lari()},{tetri()}",
        f" −{lari()}.{tetri()} GEL",
        f"GEL ({lari()}.{tetri()})",
        f"(₾ {lari()},{tetri()})",
        f"−0,{tetri()}{spaces()}₾{spaces()}",
        f"(0.{tetri()}{spaces()}GEL{spaces()})",
        f"−{grouped(NARROW_HARD_SPACE)},{tetri()}{HARD_SPACE}₾",
    ]
    return [
        *(money_case(f"the small example {text!r}", text) for text in small),
        *(money_case(f"the text {text!r}", text) for text in texts + signs),
        *(
            money_case(f"row {row} of the shop's exports, {text!r},", text)
            for row, text in shapes_of_exports().items()
        ),
        *(money_case(f"the text {text!r}", text) for text in edges),
        *(money_case("a hidden case", text, hidden=True) for text in hidden),
    ]


def sales_table(rows: list[tuple]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["date", "order_id", "sales_tetri", "discount_tetri"])


def some_sales(rng: random.Random, different_copies: bool) -> tuple:
    """The arguments of `audit`: three weeks without their first day, their last day and one
    between, with a row that stands there again, two rows with two empty cells, and a day
    whose only row repeats the key of another day.
    """
    period = pd.date_range(f"2025-{rng.randrange(1, 13):02d}-05", periods=21).strftime("%Y-%m-%d")
    with_sales = list(period[1:-2].delete(rng.randrange(5, 15)))
    dates = sorted(with_sales + rng.choices(with_sales, k=rng.randrange(7, 12)))
    orders = [
        (date, f"A{number}", rng.randrange(500, 90_000), rng.randrange(500))
        for number, date in enumerate(dates)
    ]
    copied, *empty = rng.sample(range(1, len(orders)), k=rng.randrange(5, 9))
    for number in empty:
        orders[number] = (*orders[number][:3], None)
    for number in empty[:2]:
        orders[number] = (*orders[number][:2], None, None)
    date, order_id, sales, discount = orders[copied]
    # One key many times is an edge like copies that differ: each of these rows is too many.
    change, count = (100, rng.randrange(2, 5)) if different_copies else (0, 1)
    copies = [(date, order_id, sales + copy * change, discount) for copy in range(1, count + 1)]
    repeated_key = (period[-2], "A0", rng.randrange(500, 90_000), None)
    rows = sorted([*orders, *copies, repeated_key], key=lambda order: order[:2])
    table = sales_table(rows)
    return table, "order_id", "date", period[0], period[-1]


def tiktok_export() -> tuple:
    """The arguments of `audit`: what TikTok reported of each day, campaign and device."""
    ads = load("ads_daily").query("channel == 'tiktok'")
    date = ads["date"].dt.strftime("%Y-%m-%d")
    line = date + " " + ads["campaign"] + " " + ads["device"]
    table = ads[["impressions", "clicks", "cost_tetri"]].assign(line=line, date=date)
    return table, "line", "date", "2024-07-01", "2025-12-31"


def december_conversions() -> tuple:
    """The arguments of `audit`: the messages of the shop's tracking in December 2025."""
    log = load("conv_log")
    local = log["ts_utc"].dt.tz_convert("Asia/Tbilisi")
    december = local.dt.month == 12
    table = log.loc[december, ["order_id", "source", "value_tetri"]]
    table = table.assign(day=local[december].dt.strftime("%Y-%m-%d"))
    return table, "order_id", "day", "2025-12-01", "2025-12-31"


def audit_cases(seed: int) -> list[Case]:
    rng = random.Random(seed)
    small = sales_table(
        [
            ("2026-03-01", 1, 100, 0),
            ("2026-03-02", 2, 200, 0),
            ("2026-03-02", 2, 200, 0),
            ("2026-03-04", 3, None, 0),
            ("2026-03-05", 4, 400, 0),
            ("2026-03-05", 5, 500, 0),
        ]
    )
    calls = pd.DataFrame(
        {
            "day": ["2026-02-11", "2026-02-11", "2026-02-12"],
            "call_id": ["a", "b", "a"],
            "minutes": [4, None, 9],
            "topic": ["price", None, None],
        }
    )
    exported_again = sales_table(
        [
            ("2026-03-02", 7, 300, None),
            ("2026-03-02", 7, None, None),
            ("2026-03-02", 7, 270, 30),
            ("2026-03-03", 8, None, None),
            ("2026-03-03", 8, None, None),
        ]
    )
    columns = ("order_id", "date")
    return [
        Case("the small example", (small, *columns, "2026-03-01", "2026-03-06")),
        Case("the example in the text", (calls, "call_id", "day", "2026-02-10", "2026-02-13")),
        Case("the shop's data (conv_log, December 2025)", december_conversions()),
        Case("the shop's data (TikTok in ads_daily)", tiktok_export()),
        Case(
            "orders that were exported again, with other values or the same",
            (exported_again, *columns, "2026-03-01", "2026-03-04"),
            edge=True,
        ),
        Case("an empty table", (small.head(0), *columns, "2026-03-01", "2026-03-02"), edge=True),
        *(Case("a hidden case", some_sales(rng, False), hidden=True) for _ in range(3)),
        Case("a hidden case", some_sales(rng, True), hidden=True, edge=True),
    ]


def net_of_vat_cases(seed: int) -> list[Case]:
    rng = random.Random(seed)

    def rounded_up(rate: int) -> int:
        """A price whose net price has a fraction over a half, so that cutting it shows."""
        while True:
            gross = rng.randrange(2_000, 9_000_000)
            if gross * 100 / (100 + rate) % 1 > 0.6:
                return gross

    def half_a_tetri(rate: int) -> int:
        """A price whose net price ends on half a tetri, which a float of 1.12 or 1.04 misses."""
        while True:
            gross = rng.randrange(100, 90_000_000)
            net = gross * 100 / (100 + rate)
            if net % 1 == 0.5 and Decimal(gross) / Decimal(1 + rate / 100) < net:
                return gross

    orders = load("orders")["gross_tetri"].iloc[[0, 1000, 2000]]
    return [
        Case("the small example", (9999,)),
        *(Case(f"{gross} tetri, an order of the shop,", (int(gross),)) for gross in orders),
        Case("a rate of 20 %", (4999, 20)),
        Case("an amount of 0", (0,), edge=True),
        Case("a rate of 0 %", (9999, 0), edge=True),
        Case("a refund (a negative amount)", (-9999,), edge=True),
        Case("an amount that ends exactly on half a tetri", (303, 20), edge=True),
        Case("a refund that ends exactly on half a tetri", (-303, 20), edge=True),
        Case("exactly half a tetri at a rate of 12 %", (14, 12), edge=True),
        Case("exactly half a tetri at a rate of 4 %", (13, 4), edge=True),
        *(Case("a hidden case", (rounded_up(18),), hidden=True) for _ in range(3)),
        Case("a hidden case", (rounded_up(12), 12), hidden=True),
        Case("a hidden case", (-rounded_up(18),), hidden=True, edge=True),
        Case(
            "a hidden case", (6 * rng.randrange(100, 9_000_000, 2) + 3, 20), hidden=True, edge=True
        ),
        Case("a hidden case", (half_a_tetri(12), 12), hidden=True, edge=True),
        Case("a hidden case", (-half_a_tetri(4), 4), hidden=True, edge=True),
    ]


def rates(by_date: dict[str, float]) -> pd.DataFrame:
    """Official rates as table fx has them."""
    return pd.DataFrame({"date": pd.to_datetime(list(by_date)), "usd_gel": by_date.values()})


def some_exchange(rng: random.Random, days_after_friday: int) -> tuple:
    """The arguments of `to_gel`: six weeks of rates, a day in the middle, an amount whose tetri
    have a fraction over a half.
    """
    monday = pd.Timestamp("2025-01-06") + pd.Timedelta(weeks=rng.randrange(40))
    banking_days = pd.bdate_range(monday, periods=30).strftime("%Y-%m-%d")
    usd_gel = [rate / 10_000 for rate in rng.sample(range(26_000, 29_000, 25), k=30)]
    friday = rng.choice([9, 14, 19])
    day = pd.Timestamp(banking_days[friday]) + pd.Timedelta(days=days_after_friday)
    # Three days after a Friday is the next banking day, which has a rate of its own.
    rate = round(usd_gel[friday + days_after_friday // 3] * 10_000)
    cents = rng.randrange(20_001, 90_000)
    while not 6_000 < cents * rate % 10_000 < 9_500:
        cents += 1
    return cents, day.date().isoformat(), rates(dict(zip(banking_days, usd_gel, strict=True)))


def half_a_tetri(rng: random.Random) -> tuple:
    """The arguments of `to_gel`: $50.00 at a rate that makes an even number of tetri and a half,
    on a Sunday.
    """
    sunday = pd.Timestamp("2026-05-24") + pd.Timedelta(weeks=rng.randrange(200))
    days = [str((sunday + pd.Timedelta(days=days)).date()) for days in (-3, -2, 1)]
    usd_gel = [rate / 10_000 for rate in rng.sample(range(26_001, 29_000, 4), k=3)]
    return 5000, str(sunday.date()), rates(dict(zip(days, usd_gel, strict=True)))


def usd_costs() -> dict[str, int]:
    """What the shop paid in US cents for one line of ads_daily, on days of different kinds."""
    ads = load("ads_daily").query("currency == 'USD' and cost_minor > 0")
    days = ads[ads["date"] >= "2025-03-01"].groupby("date")["cost_minor"].first()
    return {str(date.date()): int(cents) for date, cents in days.iloc[[0, 6, 8]].items()}


def to_gel_cases(seed: int) -> list[Case]:
    rng = random.Random(seed)
    march = rates(
        {
            "2026-03-04": 2.6950,
            "2026-03-05": 2.6981,
            "2026-03-06": 2.7013,
            "2026-03-09": 2.7210,
            "2026-03-10": 2.7187,
        }
    )
    easter = rates({"2026-04-07": 2.6903, "2026-04-08": 2.6874, "2026-04-14": 2.6990})
    fx = load("fx")
    cents, _day, fx_of_some = some_exchange(rng, 0)
    first = fx_of_some["date"].iloc[0] - pd.Timedelta(days=rng.randrange(1, 9))
    before = (cents, str(first.date()), fx_of_some)
    return [
        Case("the small example", (5000, "2026-03-07", march)),
        Case("a Sunday", (1999, "2026-03-08", march)),
        Case("a banking day", (1234, "2026-03-09", march)),
        *(
            Case(f"the shop's ad cost of {day}", (cents, day, fx))
            for day, cents in usd_costs().items()
        ),
        Case("a day after the last rate", (1234, "2026-03-12", march), edge=True),
        Case(
            "Easter Monday, the fifth day without a rate", (7770, "2026-04-13", easter), edge=True
        ),
        Case("a day before the first rate", (5000, "2026-03-03", march), edge=True),
        *(
            Case("a hidden case", some_exchange(rng, days_after_friday), hidden=True)
            for days_after_friday in (0, 1, 2, 3)
        ),
        Case("a hidden case", half_a_tetri(rng), hidden=True),
        Case("a hidden case", before, hidden=True, edge=True),
    ]


def local_day_cases(seed: int) -> list[Case]:
    rng = random.Random(seed)
    stamps = load("orders")["ts_utc"]
    late = stamps[stamps.dt.hour >= 21].iloc[[0, 100, 200]]

    def some_time(day: pd.Timestamp, hours: range) -> str:
        """A moment of that day, with seconds: there are too few minutes for all seeds."""
        hour, minute, second = rng.choice(hours), rng.randrange(1, 60), rng.randrange(60)
        return f"{day.date()}T{hour:02}:{minute:02}:{second:02}"

    def some_day() -> pd.Timestamp:
        """Not at the end of a month, which is an edge."""
        return pd.Timestamp(rng.randrange(2010, 2035), rng.randrange(1, 13), rng.randrange(1, 28))

    def end_of_month() -> pd.Timestamp:
        return some_day() + pd.offsets.MonthEnd(0)

    morning, midnight, evening = range(4, 19), range(20, 21), range(21, 24)

    return [
        Case("the small example 2026-03-03T20:30Z", ("2026-03-03T20:30Z",)),
        *(
            Case(f"the text {text}", (text,))
            for text in (
                *("2026-03-17T05:30Z", "2026-03-17T02:15Z", "2026-03-17T19:59Z"),
                # The forms that the others leave out, with seconds and without.
                *("2026-03-05T22:15:30Z", "2026-03-06T01:20+00:00"),
            )
        ),
        *(Case(f"the shop's order of {ts.isoformat()}", (ts.isoformat(),)) for ts in late),
        Case("midnight in Tbilisi, 2026-03-17T20:00Z,", ("2026-03-17T20:00Z",), edge=True),
        Case("the last evening of a month", ("2026-04-30T21:05Z",), edge=True),
        Case("the last evening of a year", ("2026-12-31T22:40Z",), edge=True),
        Case("28 February", ("2027-02-28T21:45Z",), edge=True),
        Case("28 February in a leap year", ("2028-02-28T23:20",), edge=True),
        Case("a time without a zone", ("2026-03-03T22:45",), edge=True),
        Case("a time without a zone, with seconds", ("2026-03-06T23:10:45",), edge=True),
        Case("a hidden case", (some_time(some_day(), evening) + "Z",), hidden=True),
        Case("a hidden case", (some_time(some_day(), evening) + "+00:00",), hidden=True),
        Case("a hidden case", (some_time(some_day(), morning) + "Z",), hidden=True),
        Case("a hidden case", (some_time(some_day(), midnight) + "Z",), hidden=True),
        Case("a hidden case", (some_time(end_of_month(), evening) + "Z",), hidden=True, edge=True),
        Case("a hidden case", (some_time(end_of_month(), evening),), hidden=True, edge=True),
    ]


def costs_per_conversion() -> dict[str, tuple[int, int]]:
    """Cost and claimed orders of two lines of ads_daily, with and without an order."""
    ads = load("ads_daily").query("cost_tetri > 0")
    lines = {
        "a line of the shop's ads_daily with orders": ads.query("conv_reported > 1").iloc[0],
        "a line of the shop's ads_daily without an order": ads.query("conv_reported == 0").iloc[0],
    }
    return {
        about: (int(line["cost_tetri"]), int(line["conv_reported"]))
        for about, line in lines.items()
    }


def ratio_cases(seed: int) -> list[Case]:
    rng = random.Random(seed)
    return [
        Case("the small example, 5 and 2,", (5, 2)),
        Case("the small example, 5 and 0,", (5, 0)),
        Case("the small example, 0 and 0,", (0, 0)),
        Case("0 and 4", (0, 4)),
        Case("2 and 3", (2, 3)),
        *(Case(about, numbers) for about, numbers in costs_per_conversion().items()),
        Case("a negative cost (a credit note), −9 and 4,", (-9, 4), edge=True),
        Case("7.5 and 0.0", (7.5, 0.0), edge=True),
        Case("5 and −2", (5, -2), edge=True),
        *(
            Case(
                "a hidden case",
                (rng.randrange(1_000, 9_000_000), rng.randrange(11, 90)),
                hidden=True,
            )
            for _ in range(2)
        ),
        Case("a hidden case", (rng.randrange(1, 9_000_000), 0), hidden=True),
        Case("a hidden case", (0, rng.randrange(1, 9_000_000)), hidden=True),
    ]


QUESTIONS = [
    Question(
        id="0.1",
        name="parse_money",
        points=3,
        asks="the amount in the text, as a whole number of tetri; ValueError if no digit is in it",
        returns=Tetri(),
        cases=parse_money_cases,
        hints=(
            "What carries the amount? Keep only the digits, points and commas, whatever stands "
            "around them; look for the sign separately.",
            "Look at the last point or comma and count the digits after it. Exactly three: there "
            "are no tetri, all separators mark thousands. Otherwise they are the tetri.",
            "With all separators made the same, `.split` gives the pieces between them, and their "
            "number and the length of the last one tell whether it holds tetri. Put lari and tetri "
            'together as whole numbers (`"5".ljust(2, "0")` is `"50"`), and the sign on last. '
            "A text without a digit ends before all that.",
        ),
        see="lesson 0, “Money is a whole number of tetri”",
    ),
    Question(
        id="0.2",
        name="audit",
        points=2,
        asks="rows, rows too many, days of the period without a row, and empty cells",
        returns=Parts(
            rows=Whole(),
            extra_rows=Whole(),
            missing_days=ListOf(Day(), ordered=False),
            empty_cells=Whole(),
        ),
        cases=audit_cases,
        hints=(
            "Four small questions, one line each: `len`, `duplicated`, `pd.date_range`, `isna`.",
            "`duplicated(key)` marks every row whose key was there before. The days that should be "
            "there come from `start` and `end`, not from the table.",
            "Days: make `pd.date_range(start, end)` and keep those that are not in "
            "`pd.to_datetime(df[date])` (`~` and `.isin`). `df.isna()` has one True for each empty "
            "cell; sum it twice. All four look at the table as it came.",
        ),
        see="lesson 0, “A table has a grain, a key and units”",
    ),
    Question(
        id="0.3",
        name="net_of_vat",
        points=2,
        asks="the price without VAT, in whole tetri, rounded half up",
        returns=Tetri(),
        cases=net_of_vat_cases,
        hints=(
            "VAT is put on top of the net price: net + 18 % of net = gross. What must the net "
            "price be multiplied by to give the gross price?",
            "net = gross · 100 / (100 + rate): these are all whole numbers, while 1.12 as a "
            "float is not exact. Do it with `Decimal`, then "
            ' `.quantize(Decimal("1"), ROUND_HALF_UP)` and `int`.',
        ),
        see="lesson 0, “VAT stands on top of the net price”",
    ),
    Question(
        id="0.4",
        name="to_gel",
        points=2,
        asks="the amount in whole tetri at the last official rate on or before the date",
        returns=Tetri(),
        cases=to_gel_cases,
        hints=(
            "Which rows of `fx` are known on that date? Of these you need only the last one.",
            '`fx[fx["date"] <= date]` are the rates known by then. If there is none, '
            "`raise ValueError`.",
            "cents · rate are tetri, with a fraction. To round it exactly, use "
            '`Decimal(str(rate))`, not the float: then `.quantize(Decimal("1"), ROUND_HALF_UP)`.',
        ),
        see="lesson 0, “Foreign money takes the last official rate”",
    ),
    Question(
        id="0.5",
        name="local_day",
        points=1,
        asks="the day in Tbilisi, such as 2026-05-17",
        returns=Day(),
        cases=local_day_cases,
        hints=(
            "When it is 20:30 in UTC, what time is it in Tbilisi, and which day?",
            "`pd.to_datetime(ts_utc, utc=True)` reads the text as UTC; "
            '`.tz_convert("Asia/Tbilisi")` turns the clock; `.strftime("%Y-%m-%d")` writes the '
            "day.",
        ),
        see="lesson 0, “One day is one Tbilisi day”",
    ),
    Question(
        id="0.6",
        name="ratio",
        points=1,
        asks="num divided by den with all its digits, and NaN where den is 0",
        returns=Number(),
        cases=ratio_cases,
        hints=(
            "Decide first what to do when `den` is 0; only then divide.",
            'With `if den == 0:` give back `float("nan")`, else give back the quotient.',
        ),
        see="lesson 0, “A ratio over zero has no value”",
    ),
]
