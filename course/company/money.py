"""Bills, payments, plan, approvals and the costs of winning customers."""

from datetime import date, timedelta

import numpy as np
import pandas as pd

from course.company import parameters as p
from course.company.advertising import ACCOUNT, rate_on
from course.company.demand import day_number

MONTHS = [f"{day.year}-{day.month:02d}" for day in pd.date_range(p.START, p.END, freq="MS")]
SUPPLIER = {
    "google": "Google Ads",
    "meta": "Meta Ads",
    "tiktok": "TikTok Ads",
    "agency": "Kldekari Digital LLC",
    "tools": "FeedKit Inc",
    "email": "LetterBird Inc",
    "influencer": "Three Bloggers LLC",
}


def month_end(month: str) -> date:
    """Last day of a month like "2025-03"."""
    first = date(int(month[:4]), int(month[5:]), 1)
    return (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)


def email_cost_tetri(fx: pd.DataFrame, month: str) -> int:
    """Bills for e-mail of one month: the tool in dollars and the writer."""
    rate = int(rate_on(fx, [month_end(month)])[0])
    return (p.EMAIL_TOOL_CENTS * rate + 5_000) // 10_000 + p.EMAIL_AGENCY_TETRI


def email_cost_by_day(fx: pd.DataFrame) -> np.ndarray:
    """What e-mail costs a day in GEL: tool and writer, from August 2024 on."""
    costs = []
    for month in MONTHS:
        n_days = month_end(month).day
        monthly = email_cost_tetri(fx, month) / 100
        costs += [monthly / n_days if month > "2024-07" else 0.0] * n_days
    return np.array(costs)


def invoices(ads: pd.DataFrame, spend: dict[str, np.ndarray], fx: pd.DataFrame) -> pd.DataFrame:
    """All bills for marketing, month by month, with the two credit notes of trap T7."""
    gap = slice(day_number(p.T8_GAP[0]), day_number(p.T8_GAP[1]) + 1)
    not_reported = {("2025-07", "tiktok"): round(spend["tiktok"][gap].sum() * 100)}
    platform_cost = ads.assign(month=[f"{day.year}-{day.month:02d}" for day in ads["date"]])
    keys = ["month", "platform", "channel"]
    platform_cost = platform_cost.groupby(keys)[["cost_minor", "cost_tetri"]].sum()
    rows = []

    def bill(number: str, month: str, who: str, channel: str, kind: str, **amount: int) -> None:
        rows.append(
            {
                "invoice_id": number,
                "date": month_end(month),
                "month": month,
                "supplier": SUPPLIER[who],
                "channel": channel,
                "kind": kind,
                "usd_cents": amount.get("cents", 0),
                "tetri": amount.get("tetri", 0),
                "currency": "USD" if "cents" in amount else "GEL",
                "credit_note": amount.get("cents", 0) < 0,
            }
        )

    for month in MONTHS:
        short = month[2:4] + month[5:]
        for channel in p.AD_CHANNELS:
            platform = p.PLATFORM[channel]
            cost = platform_cost.loc[month, platform, channel]
            amount = int(cost["cost_minor"])
            number = f"{platform[:2].upper()}-{short}"
            amount += (T7_BILLED_MORE | not_reported).get((month, channel), 0)
            if ACCOUNT[platform][0] == "GEL":
                bill(number, month, platform, channel, "media", tetri=amount)
            else:
                bill(number, month, platform, channel, "media", cents=amount)
            fee = (int(cost["cost_tetri"]) * p.AGENCY_PERCENT + 50) // 100
            bill(f"AG-{short}", month, "agency", channel, "agency", tetri=fee)
            bill(f"FK-{short}", month, "tools", channel, "tools", tetri=p.TOOLS_TETRI[channel])
        if month > "2024-07":
            bill(f"LB-{short}", month, "email", "email", "tools", cents=p.EMAIL_TOOL_CENTS)
            bill(f"AG-{short}", month, "agency", "email", "agency", tetri=p.EMAIL_AGENCY_TETRI)
        bill(f"TB-{short}", month, "influencer", "influencer", "media", tetri=p.INFLUENCER_TETRI)
        for (noted, platform), cents in T7_CREDIT.items():
            if noted == month:
                number = f"{platform[:2].upper()}-{short}-C"
                bill(number, month, platform, platform, "media", cents=-cents)
    table = pd.DataFrame(rows)
    rate = rate_on(fx, list(table["date"]))
    size = (table["usd_cents"].abs() * rate + 5_000) // 10_000
    in_usd = table["currency"] == "USD"
    table["tetri"] = np.where(in_usd, np.sign(table["usd_cents"]) * size, table["tetri"])
    return table


# T7: what the platform billed beyond its own report, in cents, and gave back by a credit note.
T7_BILLED_MORE = {("2025-03", "meta"): 4_215, ("2025-10", "meta"): 1_000}
T7_CREDIT = {("2025-04", "meta"): 4_215, ("2025-11", "meta"): 1_000}
# T7: one bill is not paid yet, two pairs are paid together.
T7_UNPAID = {"TI-2512"}
T7_TOGETHER = {"ME-2506": "ME-2507", "FK-2502": "FK-2503"}


def bank(rng: np.random.RandomState, bills: pd.DataFrame, fx: pd.DataFrame) -> pd.DataFrame:
    """Payments: 8 to 14 days after the bill; dollars at the bank's own, dearer rate."""
    totals = bills.groupby("invoice_id").agg(
        {
            "date": "first",
            "supplier": "first",
            "currency": "first",
            "usd_cents": "sum",
            "tetri": "sum",
        }
    )
    rows = []
    for number, bill in totals.iterrows():
        if number in T7_UNPAID:
            continue
        due = totals.loc[T7_TOGETHER.get(number, number), "date"]
        paid = due + timedelta(days=int(rng.randint(8, 15)))
        rows.append({"invoice": number, "date": paid, **bill.drop("date")})
    table = pd.DataFrame(rows)
    paid_with = {second: first for first, second in T7_TOGETHER.items()}
    for second, first in paid_with.items():
        day = table.loc[table["invoice"] == first, "date"].iloc[0]
        table.loc[table["invoice"] == second, "date"] = day
    official = rate_on(fx, list(table["date"]))
    bank_rate = official + rng.randint(180, 340, size=len(table))
    size = (table["usd_cents"].abs() * bank_rate + 5_000) // 10_000
    in_usd = table["currency"] == "USD"
    table["tetri"] = np.where(in_usd, np.sign(table["usd_cents"]) * size, table["tetri"])
    table["payment"] = table["invoice"].replace(paid_with)
    table = table.sort_values(["date", "supplier", "invoice"], kind="stable")
    table = table.groupby("payment", sort=False, as_index=False).agg(
        {"date": "first", "supplier": "first", "invoice": " ".join, "tetri": "sum"}
    )
    table["payment_id"] = [f"b{number:03d}" for number in range(1, len(table) + 1)]
    return table.rename(columns={"invoice": "reference"})


def plan() -> pd.DataFrame:
    """The media plan as it was agreed before each month."""
    rows = []
    for month in MONTHS:
        factor = p.PLAN_MONTH[int(month[5:])]
        for channel, gel in p.NORMAL_SPEND.items():
            tetri = round(gel * factor * month_end(month).day) * 100
            rows.append({"month": month, "channel": channel, "tetri": tetri})
        rows.append({"month": month, "channel": "influencer", "tetri": p.INFLUENCER_TETRI})
    return pd.DataFrame(rows)


def approvals(ads: pd.DataFrame) -> pd.DataFrame:
    """One approval a campaign and quarter, with the three breaches of trap T15."""
    quarter = pd.PeriodIndex(pd.to_datetime(ads["date"]), freq="Q")
    spent = ads.groupby(["campaign", quarter])["cost_tetri"].sum()
    rows = []
    for (campaign, quarter_), tetri in spent.items():
        if campaign == p.T15_CAMPAIGN:
            continue
        limit = int(tetri) // 50_000 * 50_000 + 100_000
        first, last = quarter_.start_time.date(), quarter_.end_time.date()
        if campaign == p.T6_CAMPAIGN:
            first, last = p.T6_DAYS[0], p.T6_DAYS[1] - timedelta(days=2)
        if (campaign, str(quarter_)) == T15_OVER:
            limit = int(tetri) // 50_000 * 50_000 - 50_000
        rows.append(
            {
                "campaign": campaign,
                "limit_tetri": limit,
                "valid_from": first,
                "valid_to": last,
                "approved_by": "s1" if limit > 1_000_000 else "s2",
            }
        )
    table = pd.DataFrame(rows).sort_values(["valid_from", "campaign"]).reset_index(drop=True)
    table["approval_id"] = [f"a{number:03d}" for number in range(1, len(table) + 1)]
    return table


T15_OVER = ("meta_prospecting", "2025Q4")


def costs(bills: pd.DataFrame) -> pd.DataFrame:
    """Cost of winning customers by month: the bills and the marketer's pay."""
    by_kind = bills.groupby(["month", "kind"], as_index=False)["tetri"].sum()
    pay = pd.DataFrame({"month": MONTHS, "kind": "salaries", "tetri": 320_000})
    return pd.concat([by_kind, pay]).sort_values(["month", "kind"]).reset_index(drop=True)
