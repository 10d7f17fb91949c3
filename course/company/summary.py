"""Small tables that sum up the shop's own numbers for planning, pay and incidents."""

from datetime import date, timedelta

import numpy as np
import pandas as pd

from course.company import parameters as p
from course.company.advertising import CAMPAIGNS
from course.company.demand import contribution, day_number
from course.company.money import MONTHS
from course.company.season import season
from course.company.tracking import VISITS_FOR_ORDER


def tables(
    rng: np.random.RandomState,
    orders: pd.DataFrame,
    ads: pd.DataFrame,
    invoices: pd.DataFrame,
) -> dict[str, pd.DataFrame]:
    """All tables of this module by name."""
    sold = orders[~orders["cancelled"]].copy()
    sold["month"] = sold["local"].dt.strftime("%Y-%m")
    months = month_summary(rng, sold, ads, invoices)
    version_1, version_2 = exports(ads)
    return {
        "month_summary": months,
        "lag": pd.DataFrame({"age_days": range(8), "share": p.T16_SHARES}),
        "daily_margin": daily_margin(rng, sold),
        "campaign_profit": campaign_profit(sold, ads),
        "month_share": month_share(sold),
        "company_goals": company_goals(months),
        "incident_impact": incident_impact(orders),
        "export_v1": version_1,
        "export_v2": version_2,
    }


def worth(orders: pd.DataFrame, with_refunds: bool = True) -> int:
    """Contribution in tetri of delivered orders, VAT taken out of their sum."""
    refund = int(orders["refund_tetri"].sum()) if with_refunds else 0
    costs = int(orders["cogs_tetri"].sum() + orders["variable_tetri"].sum())
    return int(contribution(int(orders["gross_tetri"].sum()), refund, costs))


def month_summary(
    rng: np.random.RandomState, sold: pd.DataFrame, ads: pd.DataFrame, invoices: pd.DataFrame
) -> pd.DataFrame:
    """Sessions, orders, average order, margin and marketing cost of each month."""
    media = ads["cost_tetri"].groupby([f"{day.year}-{day.month:02d}" for day in ads["date"]]).sum()
    only_here = (invoices["kind"] != "media") | ~invoices["channel"].isin(p.AD_CHANNELS)
    fees = invoices[only_here].groupby("month")["tetri"].sum()
    days = pd.date_range(p.START, p.END).strftime("%Y-%m")
    interest = pd.Series(season()).groupby(days).sum() * VISITS_FOR_ORDER * 58
    rows = []
    for month in MONTHS:
        orders = sold[sold["month"] == month]
        net = int(contribution(int(orders["gross_tetri"].sum()), 0, 0))
        rows.append(
            {
                "month": month,
                "sessions": round(float(interest[month]) * rng.uniform(0.98, 1.02)) + len(orders),
                "orders": len(orders),
                "aov_tetri": (2 * net + len(orders)) // (2 * len(orders)),
                "margin": f"{worth(orders, with_refunds=False) / net:.4f}",
                "cost_tetri": int(media[month] + fees[month]),
            }
        )
    return pd.DataFrame(rows)


def daily_margin(rng: np.random.RandomState, sold: pd.DataFrame) -> pd.DataFrame:
    """The shop's margin a day from 6 October 2025 for 6 weeks, less what the checkout added."""
    rows = []
    for n in range(42):
        day = date(2025, 10, 6) + timedelta(days=n)
        actual = worth(sold[sold["day"] == day_number(day)])
        # The gain grows for two weeks, then stays near 85 GEL a day.
        gain = min(n + 1, 14) * 600 + int(rng.randint(-4_000, 4_001))
        rows.append({"date": day, "base_tetri": actual - gain, "actual_tetri": actual})
    return pd.DataFrame(rows)


def campaign_profit(sold: pd.DataFrame, ads: pd.DataFrame) -> pd.DataFrame:
    """Last-touch profit of each campaign from July 2025 on, less media and agency fee."""
    month = pd.Series([f"{day.year}-{day.month:02d}" for day in ads["date"]])
    cost = ads["cost_tetri"].groupby([month, ads["campaign"]]).sum()
    rows = []
    for month in MONTHS[12:]:
        for channel, campaigns in CAMPAIGNS.items():
            orders = sold[(sold["month"] == month) & (sold["last_touch"] == channel)]
            first, final = worth(orders, with_refunds=False), worth(orders)
            for campaign, share in campaigns.items():
                spent = round(int(cost[month, campaign]) * (100 + p.AGENCY_PERCENT) / 100)
                rows.append(
                    {
                        "month": month,
                        "campaign": campaign,
                        "first_tetri": round(first * share) - spent,
                        "final_tetri": round(final * share) - spent,
                    }
                )
    return pd.DataFrame(rows)


def month_share(sold: pd.DataFrame) -> pd.DataFrame:
    """Running share of each month's orders in 2025."""
    rows = []
    for number in range(1, 13):
        days = sold.loc[sold["month"] == f"2025-{number:02d}", "local"].dt.day
        count = days.value_counts().sort_index()
        share = count.cumsum() / count.sum()
        rows += [
            {"month": number, "day": day, "share": f"{value:.4f}"} for day, value in share.items()
        ]
    return pd.DataFrame(rows)


def company_goals(months: pd.DataFrame) -> pd.DataFrame:
    """Three goals of the owner, with the fourth quarter of 2025 as the starting point."""
    last = months[months["month"] >= "2025-10"]
    net = last["orders"] * last["aov_tetri"]
    profit = (net * last["margin"].astype(float)).sum() - last["cost_tetri"].sum()
    roas = net.sum() / last["cost_tetri"].sum()
    rows = [
        ("CG1", "profit", round(profit / 100), round(profit / 100, -3) * 0.8, "GEL"),
        ("CG2", "orders", last["orders"].sum(), round(last["orders"].sum() * 0.9, -2), "orders"),
        ("CG3", "roas", round(roas, 2), round(roas + 0.4, 1), "GEL for 1 GEL"),
    ]
    table = pd.DataFrame(rows, columns=["goal_id", "metric", "baseline", "target", "unit"])
    for column in ("baseline", "target"):
        table[column] = [f"{value:.10g}" for value in table[column]]
    return table.assign(start=date(2026, 1, 5), by=date(2026, 3, 31))


def incident_impact(orders: pd.DataFrame) -> pd.DataFrame:
    """Each hour of the day of the incident; the quiet hours say what was to be expected."""
    first, last = (pd.Timestamp(text) for text in p.INCIDENT)
    midnight = first.normalize()
    day = orders[(orders["day"] == day_number(midnight.date())) & ~orders["cancelled"]]
    hours = np.array(p.HOURS) / sum(p.HOURS)
    open_hours = [hour for hour in range(24) if not first.hour <= hour <= last.hour]
    in_open = day["local"].dt.hour.isin(open_hours).sum()
    a_day = in_open / hours[open_hours].sum()
    an_order = worth(day) // len(day)
    rows = []
    for hour in range(24):
        came = day[day["local"].dt.hour == hour]
        expected = round(float(a_day * hours[hour]))
        rows.append(
            {
                "hour_utc": midnight + pd.Timedelta(hours=hour - 4),
                "expected_orders": expected,
                "orders": len(came),
                "expected_tetri": expected * an_order,
                "actual_tetri": worth(came) if len(came) else 0,
            }
        )
    return pd.DataFrame(rows)


def exports(ads: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Google's cost of one week in the old layout and in the new one."""
    week = ads[ads["date"].between(date(2025, 10, 20), date(2025, 10, 26))]
    week = week[week["platform"] == "google"]
    sums = week.groupby(["date", "campaign"], as_index=False)[["clicks", "cost_minor"]].sum()
    dollars, cents = sums["cost_minor"] // 100, sums["cost_minor"] % 100
    old = pd.DataFrame(
        {
            "Day": sums["date"],
            "Campaign": sums["campaign"],
            "Clicks": sums["clicks"],
            "Cost": [f"{d}.{c:02d}" for d, c in zip(dollars, cents, strict=True)],
        }
    )
    new = pd.DataFrame(
        {
            "segments.date": sums["date"],
            "campaign.name": sums["campaign"],
            "metrics.clicks": sums["clicks"],
            "metrics.cost_micros": sums["cost_minor"] * 10_000,
            "metrics.interactions": sums["clicks"],
        }
    )
    return old, new
