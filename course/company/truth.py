"""What was planted: kept in course/keys/truth.json, apart from the learner's tables."""

import pandas as pd

from course.company import parameters as p
from course.company.search import SHORT_OF_DATA, WASTE
from course.company.summary import worth
from course.company.trials import AB_TESTS

CAUSES = {
    "google_search": ["google_search"],
    "google_brand": ["google_brand"],
    "meta": ["meta", "new_year_box"],
    "tiktok": ["tiktok", "giveaway"],
    "email": ["email"],
    "influencer": ["influencer"],
}


def channel_truth(orders: pd.DataFrame, made: dict[str, pd.DataFrame]) -> dict[str, dict]:
    """Cost, true and last-touch contribution and ROMI of each channel over the whole period."""
    sold = orders[~orders["cancelled"]]
    media = made["ads_daily"].groupby("channel")["cost_tetri"].sum()
    bills = made["invoices"]
    found = {}
    for channel, causes in CAUSES.items():
        own = bills[bills["channel"] == channel]
        if channel in media:
            own = own[own["kind"] != "media"]
        cost = int(media.get(channel, 0)) + int(own["tetri"].sum())
        true = worth(sold[sold["cause"].isin(causes)])
        last = worth(sold[sold["last_touch"] == channel])
        found[channel] = {
            "cost_tetri": cost,
            "incremental_contribution_tetri": true,
            "last_touch_contribution_tetri": last,
            "incremental_romi": round(true / cost - 1, 4),
            "last_touch_romi": round(last / cost - 1, 4),
            "wanted_romi": p.WANTED_ROMI[channel],
        }
    return found


def truth(orders: pd.DataFrame, made: dict[str, pd.DataFrame]) -> dict:
    """The planted truth, trap by trap."""
    sold = orders[~orders["cancelled"]]
    log = made["conv_log"]
    return {
        "seed": p.SEED,
        "orders_by_cause": {k: int(v) for k, v in sold["cause"].value_counts().items()},
        "channels": channel_truth(orders, made),
        "T1": {"days": [str(day) for day in p.T1_DAYS], "new_better": p.T1_NEW_BETTER - 1},
        "T2": {"duplicate_share": p.T2_DUPLICATES, "orders": int(log["order_id"].nunique())},
        "T3": {
            "day": str(p.T3_DAY),
            "factor": p.T3_FACTOR,
            "ios_day": str(p.T3_IOS_DAY),
            "ios_factor": p.T3_IOS_FACTOR,
        },
        "T4": {"claimed": p.T4_CLAIMED},
        "T5": {"last_touch_romi": 3.0, "incremental_romi": p.WANTED_ROMI["google_brand"]},
        "T6": {
            "sku": p.T6_SKU,
            "campaign": p.T6_CAMPAIGN,
            "days": [str(day) for day in p.T6_DAYS],
        },
        "T7": {
            "credit_notes_cents": {"2025-04": 4215, "2025-11": 1000},
            "unpaid": ["TI-2512"],
            "paid_together": [["ME-2506", "ME-2507"], ["FK-2502", "FK-2503"]],
        },
        "T8": {"gap": [str(day) for day in p.T8_GAP], "zero": [str(day) for day in p.T8_ZERO]},
        "T9": {"platform": "meta", "zone": "America/Los_Angeles", "other_date_share": 0.22},
        "T10": {"returned_share": p.RETURNED, "latest_days": p.RETURN_DAYS},
        "T11": {
            str(test): {"a": n_a, "b": n_b, "days": n_days, "rate_a": rate_a, "rate_b": rate_b}
            for test, (n_a, n_b, n_days, rate_a, rate_b) in AB_TESTS.items()
        },
        "T12": {"waste": sorted(WASTE), "short_of_data": sorted(SHORT_OF_DATA)},
        "T13": {"days": [str(day) for day in p.T13_DAYS], "loyalty": p.GIVEAWAY_LOYALTY},
        "T14": {
            channel: {"a_gel": a, "b_gel": b, "geo_spend_gel": p.GEO_SPEND[channel]}
            for channel, (a, b) in p.CURVES.items()
        },
        "T15": {
            "without_approval": p.T15_CAMPAIGN,
            "out_of_dates": p.T6_CAMPAIGN,
            "over_limit": "meta_prospecting 2025Q4",
        },
        "T16": {"shares": p.T16_SHARES, "exported": str(p.END)},
        "T17": {"address_in_a_tag": "nino.k@example.ge"},
    }
