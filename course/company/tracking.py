"""What the shop itself records of visitors: touches, conversions, sessions, events."""

from datetime import timedelta

import numpy as np
import pandas as pd

from course.company import parameters as p
from course.company.demand import DAYS, day_number

# Earlier touches of a buyer, by channel in the order of CHANNELS.
EARLIER = [0.22, 0.08, 0.30, 0.12, 0.06, 0.03, 0.19]
N_EARLIER = [0.46, 0.33, 0.15, 0.06]
VIEW_SHARE = {"meta": 0.45, "tiktok": 0.55}

# Labels of a visit: channel → (source, medium, campaign, weight). T17: as they came, with mistakes.
LABELS = {
    "google_search": [
        ("google", "cpc", "search_tea_honey", 46),
        ("google", "cpc", "search_gifts", 30),
        ("Google", "cpc", "search_tea_honey", 9),
        ("Google ", "cpc", "search_gifts", 6),
        ("google", "CPC", "search_gifts", 5),
        ("google%20", "cpc", "search_tea_honey", 4),
    ],
    "google_brand": [
        ("google", "cpc", "brand", 90),
        ("GOOGLE", "cpc", "brand", 10),
    ],
    "meta": [
        ("facebook", "paid_social", "meta_prospecting", 30),
        ("Facebook", "CPC", "meta_prospecting", 14),
        ("facebook", "cpc", "meta_retargeting", 16),
        ("fb", "paid_social", "meta_prospecting", 8),
        ("fb", "ppc", "meta_retargeting", 6),
        ("ფეისბუქი", "paid", "meta_retargeting", 2),
        ("instagram", "paid_social", "meta_prospecting", 14),
        ("ig", "cpc", "meta_prospecting", 6),
        ("Instagram ", "paid", "meta_retargeting", 4),
    ],
    "tiktok": [
        ("tiktok", "paid_social", "tiktok_video", 70),
        ("TikTok", "cpc", "tiktok_video", 22),
        ("tik tok", "paid", "tiktok_video", 8),
    ],
    "email": [
        ("newsletter", "email", "weekly", 78),
        ("Newsletter", "Email", "weekly", 14),
        ("nino.k@example.ge", "email", "weekly", 3),
        ("letterbird", "email", "welcome", 5),
    ],
    "influencer": [
        ("blog_tamta", "referral", "autumn", 60),
        ("Blog_Tamta", "referral", "autumn", 15),
        ("", "referral", "autumn", 25),
    ],
    "organic": [
        ("google", "organic", "", 62),
        ("", "", "", 30),
        ("mtiskalata.example", "banner", "homepage", 4),
        ("facebook", "social", "", 4),
    ],
}
VISIT_SHARE = [0.17, 0.06, 0.29, 0.12, 0.05, 0.02, 0.29]
CONSENT = [0.38, 0.47, 0.75]
VISIT_DEVICE = [0.43, 0.37, 0.20]
# Chance to go on: view after the visit, cart after the view, checkout after the cart.
GO_ON = {0: (0.62, 0.135, 0.40), 1: (0.60, 0.125, 0.38), 2: (0.68, 0.17, 0.48)}
SKIPS_VIEW = 0.012
VISITS_FOR_ORDER = 46
SAMPLE = 4


def touches(rng: np.random.RandomState, orders: pd.DataFrame) -> pd.DataFrame:
    """The last touch of every order, earlier ones, and a few that came after the order."""
    n = len(orders)
    last = pd.DataFrame(
        {
            "order_id": orders["order_id"],
            "ts_utc": orders["ts_utc"] - pd.to_timedelta(rng.randint(40, 5_400, size=n), unit="s"),
            "channel": orders["last_touch"],
            "type": "click",
        }
    )
    times = rng.choice(4, size=n, p=N_EARLIER)
    rows = np.repeat(np.arange(n), times)
    # Most earlier touches are a few days old, some nearly a month.
    age = np.round(6_000 + rng.uniform(size=len(rows)) ** 2 * (30 * 86_400 - 6_000)).astype(int)
    earlier = pd.DataFrame(
        {
            "order_id": orders["order_id"].to_numpy()[rows],
            "ts_utc": orders["ts_utc"].to_numpy()[rows] - pd.to_timedelta(age, unit="s"),
            "channel": rng.choice(7, size=len(rows), p=EARLIER),
        }
    )
    late = rng.choice(n, size=n // 80, replace=False)
    after = pd.DataFrame(
        {
            "order_id": orders["order_id"].to_numpy()[late],
            "ts_utc": orders["ts_utc"].to_numpy()[late]
            + pd.to_timedelta(rng.randint(600, 80_000, size=len(late)), unit="s"),
            "channel": rng.choice(7, size=len(late), p=EARLIER),
        }
    )
    more = pd.concat([earlier, after], ignore_index=True)
    more["channel"] = np.array(p.CHANNELS)[more["channel"]]
    seen = rng.uniform(size=len(more)) < more["channel"].map(VIEW_SHARE).fillna(0.0)
    more["type"] = np.where(seen, "view", "click")
    table = pd.concat([last, more], ignore_index=True)
    table = table[table["ts_utc"] >= pd.Timestamp(p.START) - timedelta(days=30)]
    return table.sort_values(["order_id", "ts_utc", "channel"], kind="stable")


def conv_log(rng: np.random.RandomState, orders: pd.DataFrame) -> pd.DataFrame:
    """Messages of pixel and server; T2: exactly 31 % of them repeat an order."""
    tracked = orders[orders["day"] >= day_number(p.CONV_LOG_START)]
    tracked = tracked[rng.uniform(size=len(tracked)) < 0.97].reset_index(drop=True)
    n = len(tracked)
    n_twice = round(n * p.T2_DUPLICATES / (1 - p.T2_DUPLICATES))
    order = rng.permutation(n)
    twice, once = order[:n_twice], order[n_twice:]
    pixel_twice, both = twice[: n_twice // 20], twice[n_twice // 20 :]
    pixel_only, server_only = once[: len(once) * 6 // 10], once[len(once) * 6 // 10 :]
    rows = np.concatenate([both, pixel_only, pixel_twice, pixel_twice, both, server_only])
    n_pixel = len(both) + len(pixel_only) + 2 * len(pixel_twice)
    source = np.where(np.arange(len(rows)) < n_pixel, "pixel", "server")
    delay = np.where(source == "pixel", rng.randint(1, 9, size=len(rows)), 0)
    delay = np.where(source == "server", rng.randint(20, 290, size=len(rows)), delay)
    table = tracked.iloc[rows].assign(source=source)
    table["ts_utc"] += pd.to_timedelta(delay, unit="s")
    table["value_tetri"] = table["gross_tetri"]
    return table.sort_values(["ts_utc", "order_id"], kind="stable")


def sessions_and_events(
    rng: np.random.RandomState, orders: pd.DataFrame, demand: np.ndarray
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Visits of one visitor in four, and what they did; every fourth order is among them."""
    first, last = (day_number(day) for day in p.SESSIONS)
    buys = orders[orders["day"].between(first, last)].iloc[::SAMPLE]
    looks = looking_visits(rng, demand, first, last)
    bought = pd.DataFrame(
        {
            "start": buys["ts_utc"] - pd.to_timedelta(rng.randint(240, 1_500, len(buys)), unit="s"),
            "channel": [p.CHANNELS.index(channel) for channel in buys["last_touch"]],
            "device": buys["device"],
            "buy": buys["ts_utc"],
        }
    )
    visits = pd.concat([looks, bought], ignore_index=True)
    visits = visits.sort_values(["start", "channel"], kind="stable").reset_index(drop=True)
    visits["user"] = visitors(rng, visits)
    visits["consent"] = rng.uniform(size=len(visits)) < np.array(CONSENT)[visits["device"]]
    visits["session_id"] = [f"v{number:05d}" for number in range(1, len(visits) + 1)]
    visits = visits.join(labels(rng, visits["channel"]))
    happened = events(rng, visits)
    visits = visits.rename(columns={"start": "ts_utc"})
    for table in (visits, happened):
        table["device"] = np.array(p.DEVICES)[table["device"]]
    return visits, happened


def looking_visits(
    rng: np.random.RandomState, demand: np.ndarray, first: int, last: int
) -> pd.DataFrame:
    """Visits without an order."""
    count = rng.poisson(demand[first : last + 1] * VISITS_FOR_ORDER * 58 / SAMPLE)
    day = np.repeat(np.arange(first, last + 1), count)
    hour = rng.choice(24, size=len(day), p=np.array(p.HOURS) / sum(p.HOURS))
    second = hour * 3600 + rng.randint(3600, size=len(day))
    local = pd.Timestamp(DAYS[0]) + pd.to_timedelta(day * 86_400 + second, unit="s")
    return pd.DataFrame(
        {
            "start": local - pd.Timedelta(hours=4),
            "channel": rng.choice(7, size=len(day), p=VISIT_SHARE),
            "device": rng.choice(3, size=len(day), p=VISIT_DEVICE),
            "buy": pd.NaT,
        }
    )


def visitors(rng: np.random.RandomState, visits: pd.DataFrame) -> np.ndarray:
    """Cookie of each visit: a quarter of the visits are by somebody seen on that device before."""
    device = visits["device"].to_numpy()
    user = np.empty(len(visits), dtype=object)
    seen: dict[int, list[str]] = {0: [], 1: [], 2: []}
    again = rng.uniform(size=len(visits)) < 0.25
    pick = rng.uniform(size=len(visits))
    number = 0
    for i in range(len(visits)):
        recent = seen[device[i]][-4_000:]
        if again[i] and recent:
            user[i] = recent[int(pick[i] * len(recent))]
            continue
        number += 1
        user[i] = f"u{number:05d}"
        seen[device[i]].append(user[i])
    return user


def labels(rng: np.random.RandomState, channel: pd.Series) -> pd.DataFrame:
    """Source, medium and campaign of each visit as the link carried them."""
    table = pd.DataFrame(
        index=channel.index, columns=["source", "medium", "campaign"], dtype=object
    )
    for number, name in enumerate(p.CHANNELS):
        rows = channel.index[channel == number]
        weights = np.array([label[3] for label in LABELS[name]], dtype=float)
        which = rng.choice(len(weights), size=len(rows), p=weights / weights.sum())
        texts = np.array([label[:3] for label in LABELS[name]], dtype=object)
        table.loc[rows] = texts[which]
    return table


def events(rng: np.random.RandomState, visits: pd.DataFrame) -> pd.DataFrame:
    """Visit, view, cart, checkout and buy with their times."""
    n = len(visits)
    start, device = visits["start"], visits["device"].to_numpy()
    buys = visits["buy"].notna().to_numpy()
    chance = np.array([GO_ON[d] for d in range(3)])[device]
    luck = rng.uniform(size=(n, 3))
    view = buys | (luck[:, 0] < chance[:, 0])
    cart = buys | (view & (luck[:, 1] < chance[:, 1]))
    checkout = buys | (cart & (luck[:, 2] < chance[:, 2]))
    # Some put goods in the cart from the list, without a look at the product.
    skips = rng.uniform(size=n) < SKIPS_VIEW
    cart |= skips
    view &= ~skips
    gap = rng.randint(15, 70, size=(n, 3))
    steps = {
        "visit": (np.ones(n, dtype=bool), np.zeros(n, dtype=int)),
        "view": (view, gap[:, 0]),
        "cart": (cart, gap[:, 0] + gap[:, 1]),
        "checkout": (checkout, gap.sum(axis=1)),
    }
    parts = []
    for event, (mask, seconds) in steps.items():
        when = start[mask] + pd.to_timedelta(seconds[mask], unit="s")
        parts.append(visits.loc[mask, ["user", "device"]].assign(ts_utc=when, event=event))
    bought = visits.loc[buys, ["user", "device"]].assign(
        ts_utc=visits.loc[buys, "buy"], event="buy"
    )
    table = pd.concat([*parts, bought], ignore_index=True)
    again = table[(table["event"] == "view") & (rng.uniform(size=len(table)) < 0.01)]
    table = pd.concat([table, again], ignore_index=True)
    return table.sort_values(["ts_utc", "user"], kind="stable")
