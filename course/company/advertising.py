"""What the platforms report: impressions, clicks, cost, and the orders they claim."""

from datetime import date

import numpy as np
import pandas as pd

from course.company import parameters as p
from course.company.demand import CITY_NAMES, DAYS, SHARES, by_city_and_day, geo_days
from course.company.season import days

ACCOUNT = {
    "google": ("USD", "Asia/Tbilisi"),
    "meta": ("USD", "America/Los_Angeles"),
    "tiktok": ("GEL", "Asia/Tbilisi"),
}
# Campaign: its share of the channel's spend.
CAMPAIGNS = {
    "google_search": {"search_tea_honey": 0.6, "search_gifts": 0.4},
    "google_brand": {"brand": 1.0},
    "meta": {"meta_prospecting": 0.65, "meta_retargeting": 0.35},
    "tiktok": {"tiktok_video": 1.0},
}
# Campaigns on top of that, for a time: channel, days, GEL a day, cause of the orders they claim.
EXTRA = {
    p.T6_CAMPAIGN: ("meta", p.T6_DAYS, p.T6_SPEND, "new_year_box"),
    p.T13_CAMPAIGN: ("tiktok", p.T13_DAYS, p.T13_SPEND, "giveaway"),
    p.T15_CAMPAIGN: ("meta", p.T15_DAYS, p.T15_SPEND, "none"),
}
# Price in tetri of a thousand impressions, share of clicks; by device ios, android, desktop.
CPM_TETRI = {"google_search": 2900, "google_brand": 4200, "meta": 900, "tiktok": 520}
CTR = {
    "google_search": [0.052, 0.047, 0.061],
    "google_brand": [0.19, 0.18, 0.23],
    "meta": [0.0140, 0.0110, 0.0320],
    "tiktok": [0.0090, 0.0080, 0.0060],
}
DEVICE_COST = {
    "google_search": [0.38, 0.30, 0.32],
    "google_brand": [0.40, 0.30, 0.30],
    "meta": [0.45, 0.33, 0.22],
    "tiktok": [0.52, 0.44, 0.04],
}


def rate_on(fx: pd.DataFrame, when: list[date]) -> np.ndarray:
    """Official rate × 10,000 of the last banking day on or before each day."""
    known = [day.toordinal() for day in fx["date"]]
    rates = np.array([int(text.replace(".", "")) for text in fx["usd_gel"]])
    place = np.searchsorted(known, [day.toordinal() for day in when], side="right") - 1
    return rates[place]


def cost_rows(rng: np.random.RandomState, spend: dict[str, np.ndarray]) -> pd.DataFrame:
    """One row a day, campaign, creative and device with its planned cost in GEL."""
    plans = []
    for channel, campaigns in CAMPAIGNS.items():
        for campaign, share in campaigns.items():
            plans += [
                (day, channel, campaign, share * spend[channel][n]) for n, day in enumerate(DAYS)
            ]
    for campaign, (channel, window, gel, _) in EXTRA.items():
        plans += [(day, channel, campaign, float(gel)) for day in days(*window)]
    rows = []
    for day, channel, campaign, gel in plans:
        if channel == "tiktok" and p.T8_GAP[0] <= day <= p.T8_GAP[1]:
            continue
        two = campaign == "meta_prospecting" and p.T1_DAYS[0] <= day <= p.T1_DAYS[1]
        mixes = (
            [("Old", p.T1_OLD_MIX), ("New", p.T1_NEW_MIX)] if two else [("", DEVICE_COST[channel])]
        )
        for creative, mix in mixes:
            for device, share in enumerate(mix):
                rows.append((day, channel, campaign, creative, device, gel * share / len(mixes)))
    table = pd.DataFrame(rows, columns=["date", "channel", "campaign", "creative", "device", "gel"])
    noise = rng.uniform(0.93, 1.07, size=len(table))
    table["gel"] = np.round(table["gel"] * np.where(table["creative"] == "", noise, 1.0), 4)
    return table


def with_results(rng: np.random.RandomState, table: pd.DataFrame, fx: pd.DataFrame) -> pd.DataFrame:
    """Add cost in the account's currency and in tetri, impressions and clicks."""
    table["platform"] = table["channel"].map(p.PLATFORM)
    table["currency"] = [ACCOUNT[platform][0] for platform in table["platform"]]
    table["account_tz"] = [ACCOUNT[platform][1] for platform in table["platform"]]
    rate = rate_on(fx, list(table["date"]))
    in_usd = (table["currency"] == "USD").to_numpy()
    tetri = np.round(table["gel"] * 100).astype(np.int64)
    cents = np.round(tetri * 10_000 / rate).astype(np.int64)
    table["cost_minor"] = np.where(in_usd, cents, tetri)
    table["cost_tetri"] = np.where(in_usd, (cents * rate + 5_000) // 10_000, tetri)
    cpm = table["channel"].map(CPM_TETRI).to_numpy()
    side_by_side = (table["creative"] != "").to_numpy()
    wobble = np.where(side_by_side, 1.0, rng.uniform(0.9, 1.1, size=len(table)))
    table["impressions"] = np.round(table["cost_tetri"] * 1000 / cpm * wobble).astype(np.int64)
    ctr = np.array(
        [
            CTR[channel][device]
            for channel, device in zip(table["channel"], table["device"], strict=True)
        ]
    )
    ctr = ctr * np.where(table["creative"] == "New", p.T1_NEW_BETTER, 1.0)
    wobble = rng.uniform(0.88, 1.12, size=len(table))
    table["clicks"] = np.round(table["impressions"] * ctr * wobble).astype(np.int64)
    return table


def steady_choice(rng: np.random.RandomState, chance: np.ndarray, device: np.ndarray) -> np.ndarray:
    """True for each order that is claimed: on each device evenly in time, as the chance says."""
    chosen = np.zeros(len(chance), dtype=bool)
    for number in range(len(p.DEVICES)):
        rows = np.flatnonzero(device == number)
        running = np.floor(np.round(np.cumsum(chance[rows]) + rng.uniform(), 9))
        chosen[rows] = np.diff(running, prepend=0.0) > 0
    return chosen


def claims(rng: np.random.RandomState, orders: pd.DataFrame, old_share: pd.Series) -> pd.DataFrame:
    """The orders each platform claims: channel, date of the account, device, campaign, value.

    `old_share` is the old creative's share of the clicks in the trial T1, by device.
    """
    parts = []
    for channel, chances in p.CLAIMS.items():
        chance = orders["cause"].map(chances).fillna(chances["base"]).to_numpy()
        zone = ACCOUNT[p.PLATFORM[channel]][1]
        when = orders["ts_utc"].dt.tz_localize("UTC").dt.tz_convert(zone).dt.date.to_numpy()
        ios = (orders["device"] == 0).to_numpy()
        if channel == "meta":
            chance = chance * np.where(when >= p.T3_DAY, p.T3_FACTOR, 1.0)
            chance = chance * np.where(ios & (when >= p.T3_IOS_DAY), p.T3_IOS_FACTOR, 1.0)
        if channel == "tiktok":
            silent = (when >= p.T8_ZERO[0]) & (when <= p.T8_ZERO[1])
            chance = np.where(silent, 0.0, chance)
        age = np.array([(p.END - day).days for day in when])
        chance = chance * np.array(p.T16_SHARES)[np.minimum(age, 7)]
        claimed = steady_choice(rng, chance, orders["device"].to_numpy())
        part = orders.loc[claimed, ["cause", "device", "gross_tetri"]]
        part = part.assign(date=when[part.index], channel=channel)
        names, shares = zip(*CAMPAIGNS[channel].items(), strict=True)
        campaign = np.array(names)[rng.choice(len(names), size=len(part), p=shares)]
        for extra, (_, window, _, cause) in EXTRA.items():
            running = part["date"].between(*window) & (part["cause"] == cause)
            campaign = np.where(running, extra, campaign)
        parts.append(part.assign(campaign=campaign))
    table = pd.concat(parts, ignore_index=True)
    table["creative"] = ""
    in_trial = (table["campaign"] == "meta_prospecting") & table["date"].between(*p.T1_DAYS)
    chance_of_old = table["device"].map(old_share)
    old_or_new = np.where(rng.uniform(size=len(table)) < chance_of_old, "Old", "New")
    table["creative"] = np.where(in_trial, old_or_new, "")
    return table


def ads_daily(
    rng: np.random.RandomState,
    orders: pd.DataFrame,
    spend: dict[str, np.ndarray],
    fx: pd.DataFrame,
) -> pd.DataFrame:
    """The platforms' report, one row a day, campaign, creative and device."""
    table = with_results(rng, cost_rows(rng, spend), fx)
    keys = ["date", "channel", "campaign", "creative", "device"]
    trial = table[table["creative"] != ""]
    clicks = trial.pivot_table("clicks", index="device", columns="creative", aggfunc="sum")
    old_share = clicks["Old"] / clicks.sum(axis="columns")
    claimed = (
        claims(rng, orders, old_share)
        .groupby(keys, as_index=False)["gross_tetri"]
        .agg(["size", "sum"])
    )
    table = table.merge(claimed, how="left", on=keys)
    table["conv_reported"] = table["size"].fillna(0).astype(np.int64)
    table["value_reported_tetri"] = table["sum"].fillna(0).astype(np.int64)
    table["device"] = np.array(p.DEVICES)[table["device"]]
    table["creative"] = table["creative"].replace("", None)
    return table.sort_values(
        ["date", "platform", "channel", "campaign", "creative", "device"],
        kind="stable",
        na_position="first",
    ).reset_index(drop=True)


def geo_test(
    orders: pd.DataFrame, ads: pd.DataFrame, levels: dict[str, np.ndarray]
) -> pd.DataFrame:
    """The four geo tests: spend, orders and contribution of each city and day."""
    cost = ads.groupby(["channel", "date"])["cost_tetri"].sum()
    parts = []
    for channel, level in levels.items():
        window = geo_days(channel)
        count, money = by_city_and_day(orders, window)
        for i, day in enumerate(DAYS[window]):
            weight = level[i] * SHARES
            edges = np.floor(np.cumsum(weight) / weight.sum() * cost[channel, day] + 1e-6)
            parts.append(
                pd.DataFrame(
                    {
                        "city": CITY_NAMES,
                        "day": day,
                        "channel": channel,
                        "level": level[i],
                        "spend_tetri": np.diff(edges, prepend=0.0).astype(np.int64),
                        "orders": count[i],
                        "contribution_tetri": money[i],
                    }
                )
            )
    return pd.concat(parts, ignore_index=True)
