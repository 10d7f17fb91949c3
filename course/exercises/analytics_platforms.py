"""Analytics, part b: what the platforms report, from the first view to the shared-out sale."""

import random
from functools import cache
from itertools import combinations

import pandas as pd

from course.company import load
from course.exercise import Case, Question
from course.kinds import ListOf, Number, Parts, PerLabel, Table, Tetri, Text, Whole

STEPS = ["view", "cart", "checkout", "buy"]
MODELS = ["last", "first", "linear", "position", "decay"]
CHANNELS = ["google_search", "meta", "tiktok", "email"]
CHANNEL_OF_CAMPAIGN = {
    "search_tea_honey": "google_search",
    "search_gifts": "google_search",
    "brand": "google_brand",
    "meta_prospecting": "meta",
    "meta_retargeting": "meta",
    "tiktok_video": "tiktok",
    "weekly": "email",
    "autumn": "email",
    "welcome": "email",
}


def tbilisi(*days: str) -> tuple[pd.Timestamp, ...]:
    """Midnights in Tbilisi at which these days begin."""
    return tuple(pd.Timestamp(day, tz="Asia/Tbilisi") for day in days)


# ---------------------------------------------------------------- 1.4a a funnel of people


def events_of(journeys: dict[str, str]) -> pd.DataFrame:
    """Events from journeys such as {"u1": "view cart+buy"}: a word a minute, + is the same moment.

    >>> events_of({"u1": "view cart+buy"})["ts_utc"].dt.minute.tolist()
    [0, 1, 1]
    """
    start = pd.Timestamp("2026-03-02 08:00", tz="UTC")
    rows = [
        (user, start + pd.Timedelta(minutes=minute), event)
        for user, journey in journeys.items()
        for minute, moment in enumerate(journey.split())
        for event in moment.split("+")
    ]
    events = pd.DataFrame(rows, columns=["user", "ts_utc", "event"])
    return events.astype({"user": "str", "ts_utc": "datetime64[us, UTC]", "event": "str"})


def shop_events() -> pd.DataFrame:
    """The events of one Monday, 1 September 2025: also a loop over its visitors ends soon."""
    events = load("events")
    monday = events["ts_utc"].between(*tbilisi("2025-09-01", "2025-09-02"), inclusive="left")
    return events.loc[monday, ["user", "ts_utc", "event"]].reset_index(drop=True)


def funnel_cases(seed: int) -> list[Case]:
    rng = random.Random(seed)
    come_back = {
        "u1": "view cart checkout buy",
        "u2": "cart view cart",
        "u3": "view cart view checkout",
        "u4": "view checkout buy",
        "u5": "cart checkout buy",
        "u6": "view view",
        "u7": "buy view",
        "u8": "view buy cart checkout",
        "u9": "cart view",
        "u10": "cart checkout",
    }
    same_moment = {"u1": "view+cart buy", "u2": "cart+view checkout", "u3": "view cart checkout"}
    same_moment |= {"u4": "view+cart+checkout+buy"}
    nobody_buys = {"u1": "view cart", "u2": "view"}

    def crowd(journeys: list[str]) -> pd.DataFrame:
        """Every journey walked by some visitors, each number of visitors another one."""
        sizes = rng.sample(range(2, 20), len(journeys))
        walked = [
            journey for journey, size in zip(journeys, sizes, strict=True) for _ in range(size)
        ]
        return events_of({f"u{n}": journey for n, journey in enumerate(walked)})

    def mixed(events: pd.DataFrame) -> pd.DataFrame:
        return events.iloc[rng.sample(range(len(events)), len(events))].reset_index(drop=True)

    small = {"u1": "view cart buy", "u2": "view view cart", "u3": "cart", "u4": "view"}
    small |= {"u5": "buy view"}
    return [
        Case("the small example", (events_of(small), ["view", "cart", "buy"])),
        Case("visitors who skip steps or come back", (events_of(come_back), STEPS)),
        Case("a funnel that begins at the cart", (events_of(come_back), ["cart", "buy"])),
        Case("the shop's data", (shop_events(), STEPS)),
        Case("two events at the same moment", (events_of(same_moment), STEPS), edge=True),
        Case(
            "rows that are not in the order of time",
            (events_of(come_back).iloc[::-1].reset_index(drop=True), STEPS),
            edge=True,
        ),
        Case("steps that nobody came to", (events_of(nobody_buys), STEPS), edge=True),
        *(
            Case("a hidden case", (crowd(list(come_back.values())), steps), hidden=True)
            for steps in (STEPS, STEPS[1:])
        ),
        Case(
            "a hidden case",
            (mixed(crowd([*come_back.values(), *same_moment.values()])), STEPS),
            hidden=True,
            edge=True,
        ),
    ]


# ---------------------------------------------------------------- 1.4b its rates


def counts_of(numbers: list[int]) -> pd.Series:
    """Visitors at the steps visit … buy."""
    return pd.Series(numbers, index=["visit", *STEPS], name="users")


def rates_cases(seed: int) -> list[Case]:
    rng = random.Random(seed)

    def some_funnel(best: int) -> pd.Series:
        """Most people leave at the first step, the largest share of them at the third."""
        shares = [rng.uniform(0.3, 0.5), rng.uniform(0.5, 0.6), rng.uniform(0.1, 0.25)]
        shares += [rng.uniform(0.5, 0.6)]
        shares[best] = rng.uniform(0.7, 0.9)
        counts = [rng.randrange(3_000, 30_000)]
        for share in shares:
            counts.append(round(counts[-1] * share))
        return counts_of(counts)

    def some_edges() -> list[list[int]]:
        """Two steps that are equally bad, and two funnels that nobody walks to the end."""
        checkout, one_of = rng.randrange(600, 9_000), rng.randrange(3, 9)
        view = checkout * one_of**2
        first = [rng.randrange(view, 2 * view), view, checkout * one_of, checkout]
        second, third = (sorted(rng.sample(range(10, 50_000), 3), reverse=True) for _ in range(2))
        return [
            [*first, rng.randrange(checkout // 2, checkout)],
            [*second, 0, 0],
            [*third[:2], 0, 0, 0],
        ]

    newsletter = pd.Series([8000, 2400, 360, 54], index=["sent", "opened", "clicked", "ordered"])
    shop = load("events").groupby("event")["user"].nunique()
    return [
        Case("the small example", (counts_of([1000, 600, 150, 90, 45]),)),
        Case("a second small example", (counts_of([2000, 800, 640, 96, 72]),)),
        Case("the funnel of a newsletter", (newsletter,)),
        Case("the shop's data", (shop.loc[["visit", *STEPS]],)),
        Case("two steps that are equally bad", (counts_of([400, 300, 75, 60, 15]),), edge=True),
        Case(
            "a funnel in which nobody fills the cart",
            (counts_of([80, 20, 0, 0, 0]),),
            edge=True,
        ),
        *(Case("a hidden case", (some_funnel(best),), hidden=True) for best in (1, 3, 1)),
        *(
            Case("a hidden case", (counts_of(numbers),), hidden=True, edge=True)
            for numbers in some_edges()
        ),
    ]


# ---------------------------------------------------------------- 1.5 cohorts


def orders_of(rows: list[tuple[str, ...]]) -> pd.DataFrame:
    """Orders from (customer, Tbilisi time, status); without a status: delivered."""
    customers, times, statuses = zip(*((*row, "delivered")[:3] for row in rows), strict=True)
    local = pd.to_datetime(pd.Series(times)).astype("datetime64[us]").dt.tz_localize("Asia/Tbilisi")
    return pd.DataFrame(
        {
            "customer_id": pd.Series(customers, dtype="str"),
            "ts_utc": local.dt.tz_convert("UTC"),
            "status": pd.Series(statuses, dtype="str"),
        }
    )


def shop_orders() -> pd.DataFrame:
    """Every tenth customer whose first order was in October 2024 or later, up to February 2025.

    They are few, so that also a loop over the customers ends soon, and the months cross New Year.
    """
    october, march = tbilisi("2024-10-01", "2025-03-01")
    orders = load("orders")
    known = set(orders.loc[orders["ts_utc"] < october, "customer_id"])
    new = orders["customer_id"].str.endswith("7") & ~orders["customer_id"].isin(known)
    in_time = orders["ts_utc"] < march
    return orders.loc[new & in_time, ["customer_id", "ts_utc", "status"]].reset_index(drop=True)


def retention_cases(seed: int) -> list[Case]:
    rng = random.Random(seed)

    def moment(month: int) -> str:
        return f"2026-{month:02}-{rng.randint(1, 28):02} {rng.randint(9, 21):02}:30"

    def some_orders() -> list[tuple[str, ...]]:
        rows = []
        for n in range(60):
            first = rng.randint(1, 5)
            rows.append((f"c{n}", moment(first)))
            for month in range(first, 7):
                # one of six is loyal, so that nobody-came-back stays a case of its own
                if n % 6 == 0 or rng.random() < 0.35:
                    rows.append((f"c{n}", moment(month)))
                if rng.random() < 0.15:
                    rows.append((f"c{n}", moment(month), "cancelled"))
        for first in range(1, 6):
            rows += [(f"loyal{first}", moment(month)) for month in range(first, 7)]
            rows += [
                (f"late{first}", moment(first), "cancelled"),
                (f"late{first}", moment(first + 1)),
            ]
        return rows

    single_orders = [(f"single{n}", moment(rng.randint(2, 5))) for n in range(rng.randint(9, 15))]
    small = [
        ("c1", "2026-01-10 12:00"),
        ("c1", "2026-02-03 12:00"),
        ("c1", "2026-02-20 12:00"),
        ("c1", "2026-03-01 12:00"),
        ("c2", "2026-01-31 12:00"),
        ("c2", "2026-03-15 12:00"),
        ("c3", "2026-02-14 12:00"),
        ("c3", "2026-03-14 12:00"),
        ("c4", "2026-02-28 12:00"),
    ]
    new_year = [
        ("c1", "2025-11-10 12:00"),
        ("c1", "2025-12-12 12:00"),
        ("c1", "2026-02-14 12:00"),
        ("c2", "2025-11-20 12:00"),
        ("c2", "2026-01-15 12:00"),
        ("c3", "2025-12-05 12:00"),
        ("c3", "2026-01-08 12:00"),
        ("c3", "2026-02-19 12:00"),
        ("c4", "2026-01-21 12:00"),
        ("c4", "2026-02-25 12:00"),
        ("c5", "2026-01-27 12:00"),
    ]
    cancelled = [
        ("c1", "2026-01-10 12:00"),
        ("c1", "2026-02-11 12:00"),
        ("c2", "2026-01-12 12:00"),
        ("c2", "2026-03-18 12:00"),
        ("c3", "2026-01-14 12:00", "cancelled"),
        ("c3", "2026-02-03 12:00"),
        ("c3", "2026-03-05 12:00"),
        ("c4", "2026-02-07 12:00"),
        ("c4", "2026-03-09 12:00", "cancelled"),
        ("c5", "2026-01-22 12:00", "cancelled"),
    ]
    # Nobody orders in April and June, so that these months stand nowhere in the table.
    pause = [
        ("c1", "2026-01-10 12:00"),
        ("c1", "2026-03-09 12:00"),
        ("c1", "2026-05-11 12:00"),
        ("c2", "2026-01-20 12:00"),
        ("c3", "2026-02-05 12:00"),
    ]
    midnight = [
        ("c1", "2026-01-31 23:30"),
        ("c1", "2026-02-28 23:30"),
        ("c2", "2026-02-01 00:30"),
        ("c2", "2026-03-01 02:00"),
        ("c3", "2026-01-05 12:00"),
        ("c3", "2026-03-05 12:00"),
    ]
    unfinished = [
        *small,
        ("c2", "2026-04-02 12:00"),
        ("c4", "2026-04-03 12:00"),
        ("c5", "2026-04-03 18:00"),
    ]
    return [
        Case("the small example", (orders_of(small), "2026-03")),
        Case("months that cross New Year", (orders_of(new_year), "2026-02")),
        Case("orders that were cancelled", (orders_of(cancelled), "2026-03")),
        Case("the shop's data", (shop_orders(), "2025-02")),
        Case(
            "orders around midnight at the end of a month",
            (orders_of(midnight), "2026-03"),
            edge=True,
        ),
        Case(
            "data that runs into an unfinished month", (orders_of(unfinished), "2026-03"), edge=True
        ),
        Case("months in which nobody ordered", (orders_of(pause), "2026-06"), edge=True),
        *(
            Case("a hidden case", (orders_of(some_orders()), "2026-06"), hidden=True)
            for _ in range(2)
        ),
        Case(
            "a hidden case",
            (orders_of([*midnight, *single_orders, ("new", moment(7))]), "2026-06"),
            hidden=True,
            edge=True,
        ),
    ]


# ---------------------------------------------------------------- 1.6a a sale counts once


def conv_of(rows: list[tuple[str | None, str, str, str]]) -> pd.DataFrame:
    """A tracking log from (order, customer, source, UTC time)."""
    conv = pd.DataFrame(rows, columns=["order_id", "customer_id", "source", "ts_utc"])
    return conv.astype({"order_id": "str", "ts_utc": "datetime64[us, UTC]"})


def shop_conv() -> pd.DataFrame:
    """The tracking log of March 2025."""
    conv = load("conv_log")
    march = conv["ts_utc"].between(*tbilisi("2025-03-01", "2025-04-01"), inclusive="left")
    columns = ["order_id", "customer_id", "source", "ts_utc"]
    return conv.loc[march, columns].reset_index(drop=True)


def clean_conversions_cases(seed: int) -> list[Case]:
    rng = random.Random(seed)

    def some_log() -> list[tuple[str | None, str, str, str]]:
        """Orders with one to three messages; some messages came twice in the same second."""
        kinds = {
            "pixel": [("pixel", 0)],
            "server": [("server", 0)],
            "both": [("pixel", 0), ("server", 4)],
            "reload": [("pixel", 0), ("pixel", 9)],
            "all": [("pixel", 0), ("server", 4), ("pixel", 9)],
            "repeat": [("server", 0), ("server", 0)],
        }
        rows = []
        for kind, number in zip(kinds, rng.sample(range(4, 40), len(kinds)), strict=True):
            for n in range(number):
                customer, minute = (
                    f"c{rng.randrange(60)}",
                    f"2026-03-{rng.randint(1, 28):02} 10:{n:02}",
                )
                rows += [
                    (f"{kind}{n}", customer, source, f"{minute}:{second:02}")
                    for source, second in kinds[kind]
                ]
        return rows

    small = [
        ("o1", "a", "pixel", "2026-03-02 10:00:00"),
        ("o1", "a", "server", "2026-03-02 10:00:04"),
        ("o2", "b", "pixel", "2026-03-02 11:00:00"),
        ("o3", "b", "server", "2026-03-02 18:30:00"),
        ("o4", "c", "pixel", "2026-03-03 09:00:00"),
        ("o4", "c", "pixel", "2026-03-03 09:02:10"),
    ]
    missing = [
        ("o1", "a", "pixel", "2026-03-02 10:00:00"),
        ("o1", "a", "pixel", "2026-03-02 10:00:00"),
        (None, "c", "server", "2026-03-02 10:06:00"),
        (None, "d", "server", "2026-03-02 10:07:00"),
        ("o2", "d", "server", "2026-03-02 10:07:00"),
    ]
    empty = [
        ("o3", "a", "server", "2026-03-02 11:00:00"),
        ("", "b", "pixel", "2026-03-02 11:05:00"),
        ("", "b", "pixel", "2026-03-02 11:05:30"),
    ]
    return [
        Case("the small example", (conv_of(small),)),
        Case("the shop's data", (shop_conv(),)),
        Case("messages whose order number is missing", (conv_of(missing),), edge=True),
        Case("messages whose order number is an empty text", (conv_of(empty),), edge=True),
        Case("an empty log", (conv_of([]),), edge=True),
        *(Case("a hidden case", (conv_of(some_log()),), hidden=True) for _ in range(3)),
        Case("a hidden case", (conv_of(some_log() + missing + empty),), hidden=True, edge=True),
    ]


# ---------------------------------------------------------------- 1.6b a click counts for some days


def sales_and_clicks(lags: dict[str, list[float]]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Sales at noon, and their clicks so many hours before them; a minus is after the sale."""
    noon = pd.Timestamp("2026-03-20 12:00", tz="UTC")
    sales = [(order, noon) for order in lags]
    clicks = [
        (order, noon - pd.Timedelta(hours=lag)) for order, hours in lags.items() for lag in hours
    ]
    sales, clicks = (pd.DataFrame(rows, columns=["order_id", "ts_utc"]) for rows in (sales, clicks))
    types = {"order_id": "str", "ts_utc": "datetime64[us, UTC]"}
    return sales.astype(types), clicks.astype(types)


def shop_sales_and_clicks() -> tuple[pd.DataFrame, pd.DataFrame]:
    """The orders of March 2025 that the tracking saw, and the clicks on Meta's ads before them."""
    sales = shop_conv().groupby("order_id", as_index=False)["ts_utc"].min()
    touches = load("touches")
    on_meta = (touches["channel"] == "meta") & (touches["type"] == "click")
    clicks = touches.loc[on_meta & touches["order_id"].isin(sales["order_id"])]
    return sales, clicks[["order_id", "ts_utc"]].reset_index(drop=True)


def in_window_cases(seed: int) -> list[Case]:
    rng = random.Random(seed)

    def some_clicks(days: int) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Each kind of sale in another number, so that every way to count gives another result."""
        end = 24 * days
        kinds = {
            "inside": lambda: [rng.uniform(1, end - 1)],
            "twice": lambda: [rng.uniform(1, end / 2), rng.uniform(end / 2, end - 1)],
            "at the end": lambda: [end],
            "hours too old": lambda: [end + rng.uniform(1, 10)],
            "too old": lambda: [end + rng.uniform(30, 300)],
            "after": lambda: [-rng.uniform(1, 9)],
            "before and after": lambda: [rng.uniform(1, end - 1), -rng.uniform(1, 9)],
            "long before and before": lambda: [end + rng.uniform(30, 300), rng.uniform(1, end - 1)],
            "no click": list,
        }
        sizes = rng.sample(range(2, 30), len(kinds))
        return sales_and_clicks(
            {
                f"o{number}-{n}": kinds[kind]()
                for number, (kind, size) in enumerate(zip(kinds, sizes, strict=True))
                for n in range(size)
            }
        )

    small = {"o1": [48], "o2": [173], "o3": [168], "o4": [-1], "o5": [216], "o6": [-3], "o7": [288]}
    several = {
        "o1": [200, 30, 4],
        "o2": [20, -2],
        "o3": [400, 300],
        "o4": [],
        "o5": [23, 24],
        "o6": [24.5],
        "o7": [24.7],
        "o8": [37],
        "o9": [100],
    }

    def without_some_sales(lags: dict[str, list[float]], kept: int) -> tuple[pd.DataFrame, ...]:
        """All the clicks, but only the first sales."""
        sales, clicks = sales_and_clicks(lags)
        return sales.head(kept), clicks

    strangers = {"o1": [50], "o2": [180], "o3": [20, 30], "o4": [300]}
    return [
        Case("the small example", sales_and_clicks(small)),
        Case("sales with several clicks", sales_and_clicks(several)),
        Case("a window of one day", (*sales_and_clicks(several), 1)),
        Case("the shop's data", shop_sales_and_clicks()),
        Case(
            "a click at the moment of the sale", sales_and_clicks({"o1": [0], "o2": [1]}), edge=True
        ),
        Case("a platform without clicks", sales_and_clicks({"o1": [], "o2": []}), edge=True),
        Case("clicks of other orders", without_some_sales(strangers, 2), edge=True),
        Case("a hidden case", some_clicks(7), hidden=True),
        Case("a hidden case", (*some_clicks(28), 28), hidden=True),
        Case("a hidden case", (*some_clicks(1), 1), hidden=True),
        Case(
            "a hidden case",
            without_some_sales({f"o{n}": [rng.choice([0, 5, 200])] for n in range(50)}, 40),
            hidden=True,
            edge=True,
        ),
    ]


# ---------------------------------------------------------------- 1.7 sharing one sale out


def path_of(touches: list[tuple[str, float]]) -> pd.DataFrame:
    """The touches of one order, from (channel, days before the sale)."""
    return pd.DataFrame(touches, columns=["channel", "days_before"]).astype({"days_before": float})


def shop_path() -> tuple[pd.DataFrame, int]:
    """The path of one order with four touches, one of its channels twice, and its value."""
    # Among the first 2,000 orders there is one that fits, and to look at all of them takes long.
    early = load("orders")[["order_id", "ts_utc", "gross_tetri"]].head(2000)
    touches = load("touches").merge(early, on="order_id", suffixes=("", "_sale"))
    lag = touches["ts_utc_sale"] - touches["ts_utc"]
    touches["days_before"] = lag / pd.Timedelta(days=1)
    touches = touches.sort_values("days_before", ascending=False)
    orders = touches.groupby("order_id").agg(
        touches=("days_before", "nunique"),
        channels=("channel", "nunique"),
        first=("channel", "first"),
        last=("channel", "last"),
        end=("days_before", "min"),
        value=("gross_tetri", "first"),
    )
    # A remainder of 3 tetri: on fewer, several wrong ways to round give the right result.
    fit = orders.query("touches == 4 and channels == 3 and first != last and end > 0")
    order = fit.query("value % 4 == 3").index[0]
    path = touches.loc[touches["order_id"] == order, ["channel", "days_before"]]
    return path.reset_index(drop=True), int(fit.loc[order, "value"])


def attribute_cases(seed: int) -> list[Case]:
    rng = random.Random(seed)

    def some_path() -> tuple[pd.DataFrame, int]:
        """Four touches, one channel twice; the value leaves a remainder of 3 tetri."""
        first, second, third = rng.sample(CHANNELS, 3)
        channels = [first, second, first, third]
        days = sorted(rng.sample(range(30), 4), reverse=True)
        return path_of(list(zip(channels, days, strict=True))), 4 * rng.randrange(500, 9_000) + 3

    def strange_path() -> tuple[pd.DataFrame, int]:
        """Touches in no order, and two after the sale, one of them by a channel of its own."""
        path, value = some_path()
        path.loc[len(path)] = [path.loc[0, "channel"], -rng.uniform(0.1, 3)]
        path.loc[len(path)] = ["organic", -rng.uniform(0.1, 3)]
        return path.iloc[[3, 0, 4, 5, 2, 1]].reset_index(drop=True), value

    small = path_of([("A", 14), ("B", 7), ("C", 0)])
    longer = path_of([("A", 20), ("B", 12), ("A", 5), ("C", 1)])
    shop, value = shop_path()
    late = path_of([("meta", 9), ("email", 2), ("meta", -0.5)])
    only_late = path_of([("meta", 9), ("email", 2), ("tiktok", -0.5)])
    mixed = path_of([("email", 2), ("tiktok", 16), ("meta", 9)])
    two = path_of([("meta", 6), ("email", 1)])
    return [
        *(Case(f"the small example, model {model}", (small, 10_000, model)) for model in MODELS),
        *(
            Case(f"a path of four touches, model {model}", (longer, 10_003, model))
            for model in MODELS
        ),
        *(Case(f"the shop's data, model {model}", (shop, value, model)) for model in MODELS),
        *(
            Case(
                f"a path of one touch, model {model}",
                (path_of([("organic", 3)]), 4_990, model),
                edge=True,
            )
            for model in MODELS
        ),
        Case("a path of two touches, model position", (two, 10_000, "position"), edge=True),
        *(
            Case(f"a touch after the sale, model {model}", (late, 8_001, model), edge=True)
            for model in MODELS
        ),
        *(
            Case(
                f"a channel only after the sale, model {model}",
                (only_late, 8_001, model),
                edge=True,
            )
            for model in MODELS
        ),
        *(
            Case(
                f"touches not in the order of time, model {model}",
                (mixed, 10_000, model),
                edge=True,
            )
            for model in MODELS
        ),
        *(Case("a hidden case", (*some_path(), model), hidden=True) for model in MODELS),
        *(
            Case("a hidden case", (*strange_path(), model), hidden=True, edge=True)
            for model in MODELS
        ),
        Case(
            "a hidden case",
            (
                path_of([("meta", rng.uniform(5, 20)), ("email", rng.uniform(0, 4))]),
                rng.randrange(1_000, 90_000),
                "position",
            ),
            hidden=True,
            edge=True,
        ),
    ]


# ---------------------------------------------------------------- 1.11a removing a channel


def paths_of(rows: list[tuple[str, int, int]]) -> pd.DataFrame:
    """Paths from (channels, how often it ended with a sale, how often without)."""
    return pd.DataFrame(rows, columns=["path", "conversions", "lost"])


@cache
def shop_paths() -> pd.DataFrame:
    """The paths of eight weeks: through which campaigns visitors came, and how many bought."""
    sessions, events = load("sessions").sort_values("ts_utc"), load("events")
    buyers = set(events.loc[events["event"] == "buy", "user"])
    channels = {}
    for user, campaign in zip(sessions["user"], sessions["campaign"], strict=True):
        if campaign in CHANNEL_OF_CAMPAIGN:
            channels.setdefault(user, []).append(CHANNEL_OF_CAMPAIGN[campaign])
    visitors = pd.DataFrame(
        {
            "path": [" > ".join(path) for path in channels.values()],
            "conversions": [int(user in buyers) for user in channels],
        }
    )
    visitors["lost"] = 1 - visitors["conversions"]
    return visitors.groupby("path", as_index=False).sum()


def markov_cases(seed: int) -> list[Case]:
    rng = random.Random(seed)

    def some_paths() -> pd.DataFrame:
        paths = set()
        while len(paths) < 12:
            paths.add(" > ".join(rng.choices(CHANNELS, k=rng.choice([1, 1, 2, 3, 4]))))
        paths |= set(CHANNELS)
        return paths_of([(path, rng.randint(1, 60), rng.randint(1, 300)) for path in sorted(paths)])

    small = paths_of([("G", 2, 1), ("M", 1, 0), ("G > M", 1, 0)])
    return [
        Case("the small example", (small,)),
        Case("the shop's data", (shop_paths(),)),
        Case(
            "a channel that never led to a sale",
            (paths_of([("meta", 3, 5), ("email > meta", 2, 4), ("tiktok", 0, 9)]),),
            edge=True,
        ),
        Case(
            "people who come back through the same channel",
            (paths_of([("meta > meta", 2, 3), ("meta > email > meta", 1, 1), ("email", 1, 6)]),),
            edge=True,
        ),
        *(Case("a hidden case", (some_paths(),), hidden=True) for _ in range(3)),
    ]


# ---------------------------------------------------------------- 1.11b a fair share


def groups_of(channels: list[str]) -> list[tuple[str, ...]]:
    """Every group of channels, the empty one first, each in alphabetical order.

    >>> groups_of(["meta", "email"])
    [(), ('email',), ('meta',), ('email', 'meta')]
    """
    return [
        group for size in range(len(channels) + 1) for group in combinations(sorted(channels), size)
    ]


def shop_rates() -> dict[tuple[str, ...], float]:
    """The share of buyers among the visitors of September, by the channels that brought them."""
    paths = shop_paths()
    group = [tuple(sorted(set(path.split(" > ")))) for path in paths["path"]]
    groups = paths.assign(group=group).groupby("group")[["conversions", "lost"]].sum()
    rates = groups["conversions"] / groups.sum(axis=1)
    asked = groups_of(["email", "google_search", "meta"])[1:]
    return {(): 0.0, **{group: float(rates[group]) for group in asked}}


def shapley_cases(seed: int) -> list[Case]:
    rng = random.Random(seed)

    def some_rates(channels: list[str], empty: float = 0.0) -> dict[tuple[str, ...], float]:
        """No channel is in the way of another: that is an edge."""
        rates = {(): empty}
        for group in groups_of(channels)[1:]:
            without_one = [rates[tuple(c for c in group if c != left)] for left in group]
            rates[group] = max(without_one) + rng.randint(500, 4_000) / 100_000
        return rates

    def in_the_way(rates: dict[tuple[str, ...], float]) -> dict[tuple[str, ...], float]:
        """With a channel that makes every group buy less."""
        worse = {tuple(sorted((*group, "organic"))): rate * 0.6 for group, rate in rates.items()}
        return rates | worse

    small = {(): 0.0, ("G",): 0.02, ("M",): 0.03, ("G", "M"): 0.08}
    return [
        Case("the small example", (small,)),
        Case("the shop's data", (shop_rates(),)),
        Case("a single channel", ({(): 0.0, ("email",): 0.04},), edge=True),
        Case(
            "people who buy without any channel",
            ({(): 0.01, ("email",): 0.05, ("meta",): 0.02, ("email", "meta"): 0.09},),
            edge=True,
        ),
        Case(
            "a channel that is in the way of the other",
            ({(): 0.0, ("email",): 0.05, ("meta",): 0.01, ("email", "meta"): 0.03},),
            edge=True,
        ),
        *(Case("a hidden case", (some_rates(CHANNELS[:3]),), hidden=True) for _ in range(2)),
        Case("a hidden case", (some_rates(CHANNELS),), hidden=True),
        Case("a hidden case", (some_rates(CHANNELS[1:], 0.002),), hidden=True, edge=True),
        Case(
            "a hidden case", (in_the_way(some_rates(CHANNELS[:2], 0.005)),), hidden=True, edge=True
        ),
    ]


QUESTIONS = [
    Question(
        id="1.4a",
        name="funnel",
        points=2,
        asks="the number of users who came to each step by way of all the steps before it, a list",
        returns=ListOf(Whole()),
        cases=funnel_cases,
        hints=(
            "Follow one user with a finger: when was the first step, and is there a second step "
            "at a later time? Then a third after that one?",
            "Take the users' earliest time of the first step. For each next step keep only those "
            "of its events that are later than that user's time, and take each user's earliest "
            "time again. How many users are left is the count.",
            'The earliest time of each user: `.groupby("user")["ts_utc"].min()`. To set it beside '
            'the events of the next step: `hits.merge(reached, on="user", '
            'suffixes=("", "_before"))`.',
        ),
        see="lesson 1b, “A funnel counts people, in order”",
    ),
    Question(
        id="1.4b",
        name="rates",
        points=1,
        asks="three values: the list of step rates from the second step on, the overall rate, and "
        "the name of the worst step",
        returns=Parts(step_rates=ListOf(Number()), overall=Number(), worst=Text()),
        cases=rates_cases,
        hints=(
            "Of the people at the step right before, which share came to this one? And of all who "
            "came at the start, which share is there at the end?",
            "`counts.shift()` moves the counts down by one step, so that `counts / "
            "counts.shift()` divides each step by the one before; the first has none. `idxmin` "
            "gives the label of the smallest value, the first of equals, and passes over NaN.",
        ),
        see="lesson 1b, “A funnel is as good as its worst step”",
    ),
    Question(
        id="1.5",
        name="retention",
        points=3,
        asks="the share of each cohort that orders so many calendar months later: a DataFrame with "
        "the cohorts' months in the index (not in a column of their own), the months since the "
        "first order as columns 0, 1, 2 …, and NaN where not yet seen",
        returns=Table(Number()),
        cases=retention_cases,
        hints=(
            "Take the cohort of January alone: who is in it, and how many different people of "
            "them ordered in January, in February, in March?",
            "Turn the time of each delivered order into a month in Tbilisi "
            '(`.dt.tz_convert("Asia/Tbilisi").dt.tz_localize(None).dt.to_period("M")`) and '
            "leave out the months after `last_month`. A customer's cohort is the earliest month.",
            "For each cohort count the different customers of each month (`nunique`), from the "
            "cohort's month to `last_month`; a month in which nobody ordered is 0 (`reindex(..., "
            "fill_value=0)`). Divide by the size of the cohort. Rows of different length, put "
            "into one DataFrame, are filled up with NaN by themselves.",
        ),
        see="lesson 1b, “A cohort shows whether customers come back”",
    ),
    Question(
        id="1.6a",
        name="clean_conversions",
        points=1,
        asks="the number of different orders in the log, messages without an order number left out",
        returns=Whole(),
        cases=clean_conversions_cases,
        hints=(
            "What makes two messages the same sale: the customer, the source, the time, or "
            "something else in the row?",
            "Count the different order numbers: `nunique` leaves out missing values, but not an "
            "empty text.",
        ),
        see="lesson 1b, “A sale counts once”",
    ),
    Question(
        id="1.6b",
        name="in_window",
        points=2,
        asks="the number of sales with a click at most so many days before them, one whole number",
        returns=Whole(),
        cases=in_window_cases,
        hints=(
            "Bring each sale together with its clicks, then ask of each pair: how much time lies "
            "between the click and the sale?",
            '`conv.merge(clicks, on="order_id", suffixes=("_sale", "_click"))` makes the '
            "pairs. The lag is the time of the sale minus the time of the click; it has to be "
            "between `pd.Timedelta(0)` and `pd.Timedelta(days=days)`, both included. Count "
            "different orders, not pairs.",
        ),
        see="lesson 1b, “A click counts for seven days”",
    ),
    Question(
        id="1.7",
        name="attribute",
        points=3,
        asks="the credit of each channel for this order by this model, in whole tetri, together "
        "the value of the order",
        returns=PerLabel(Tetri()),
        cases=attribute_cases,
        hints=(
            "Give each touch a weight first, one list of weights for each model; credit = value × "
            "weight / sum of the weights. Rounding and channels come after that.",
            "Weights, the earliest touch first: last 0 … 0 1; first 1 0 … 0; linear all 1; "
            "position 0.4, then 0.2 shared by those in the middle, then 0.4 (two touches: half "
            "each); decay 0.5 ** (days_before / 7).",
            "Cut each credit to whole tetri (`np.floor`). The tetri still missing go one each to "
            "the touches with the largest part cut off; `sorted` keeps the earlier of two equals "
            "first. At the end add up the touches of each channel.",
        ),
        see="lesson 1b, “Every model shares one sale out”",
    ),
    Question(
        id="1.11a",
        name="markov",
        points=1,
        asks="the conversions credited to each channel by its removal effect, together all "
        "conversions",
        returns=PerLabel(Number(rel=1e-6)),
        cases=markov_cases,
        hints=(
            "Draw the small example: a start, the channels, a sale, lost. On each arrow write "
            "which share of those who leave a place take it. Which share of all who start comes "
            "to a sale?",
            "chance of a sale at a place = Σ share of the arrow × chance at its end; a sale has "
            "chance 1, lost has 0. Solve it with `np.linalg.solve`, or begin with 0 everywhere and "
            "go over all places again and again until no chance changes by more than 1e-9.",
            "Removal effect of a channel = 1 − chance at the start without it / chance with it; "
            "without it means that everybody who goes there is lost. Credit = effect / sum of the "
            "effects × all conversions.",
        ),
        see="lesson 1b, “Removing a channel shows its weight”",
    ),
    Question(
        id="1.11b",
        name="shapley",
        points=1,
        asks="what each channel adds to the conversion rate, averaged over all orders in which the "
        "channels can join",
        returns=PerLabel(Number()),
        cases=shapley_cases,
        hints=(
            "Let the channels join one after another. What does the second add to the first? And "
            "if they join the other way round?",
            "`itertools.permutations(channels)` gives every order of joining. In each of them a "
            "channel adds v[group with it] − v[group before it]; the mean over all orders is its "
            "part. The keys of `v` are sorted tuples: `tuple(sorted(group))`.",
        ),
        see="lesson 1b, “A fair share is a mean over all orders of joining”",
    ),
]
