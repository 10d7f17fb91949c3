"""Other right ways to solve the orientation's exercises."""

import bisect
import datetime
import math
import re
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd


def parse_money_regex(s):
    found = re.search(r"\d[\d.,\s]*", s)
    if not found:
        raise ValueError(s)
    number = re.sub(r"\s", "", found[0])
    decimals = re.search(r"[.,](\d{1,2})$", number)
    whole = re.sub(r"\D", "", number[: decimals.start()] if decimals else number)
    tetri = int(whole) * 100 + (int(decimals[1].ljust(2, "0")) if decimals else 0)
    return -tetri if re.search(r"[-−(]", s) else tetri


def parse_money_decimal(s):
    for unwanted in ("₾", "GEL", " ", "\u00a0", "\u202f", "(", ")"):
        negative_bracket = "(" in s
        s = s.replace(unwanted, "")
        if negative_bracket and "-" not in s:
            s = "-" + s.replace("(", "")
    s = s.replace("−", "-")
    if not s:
        raise ValueError("empty")
    if "," in s and "." in s:
        if s.rfind(",") > s.rfind("."):
            s = s.replace(".", "").replace(",", ".")
        else:
            s = s.replace(",", "")
    elif "," in s or "." in s:
        separator = "," if "," in s else "."
        if s.count(separator) > 1 or len(s) - s.index(separator) - 1 == 3:
            s = s.replace(separator, "")
        else:
            s = s.replace(separator, ".")
    return (Decimal(s) * 100).quantize(Decimal("1"), rounding=ROUND_HALF_UP)


def parse_money_float(s):
    digits = "".join(c for c in s if c.isdigit() or c in ".,")
    last = max(digits.rfind("."), digits.rfind(","))
    one_kind = not ("." in digits and "," in digits)
    if last >= 0 and not (one_kind and len(digits) - last - 1 == 3):
        digits = re.sub("[.,]", "", digits[:last]) + "." + digits[last + 1 :]
    else:
        digits = re.sub("[.,]", "", digits)
    return round(float(digits) * 100) * (-1 if any(c in s for c in "-−(") else 1)


def parse_money_replace(s):
    negative = "-" in s or "−" in s or "(" in s
    for unwanted in "₾GEL \u00a0\u202f()-−":
        s = s.replace(unwanted, "")
    if s == "":
        raise ValueError("nothing to read")
    pieces = s.replace(",", ".").split(".")
    tetri = 0
    if len(pieces) > 1 and len(pieces[-1]) < 3:
        tetri = int(pieces.pop()) * (10 if len(s) > 1 and s[-2] in ".," else 1)
    amount = int("".join(pieces)) * 100 + tetri
    return -amount if negative else amount


def audit_with_loop(df, key, date, start, end):
    extra, seen, missing = 0, [], []
    for value in df[key]:
        extra += value in seen
        seen.append(value)
    for day in pd.date_range(start, end):
        if day.strftime("%Y-%m-%d") not in df[date].to_list():
            missing.append(day.date())
    return len(df), extra, missing, df.isna().to_numpy().sum()


def audit_with_sets(df, key, date, start, end):
    day, last = datetime.date.fromisoformat(start), datetime.date.fromisoformat(end)
    seen = set(df[date])
    missing = set()
    while day <= last:
        if str(day) not in seen:
            missing.add(day)
        day += datetime.timedelta(days=1)
    nulls = sum(int(df[column].isna().sum()) for column in df.columns)
    return df.shape[0], df.shape[0] - df[key].nunique(), missing, nulls


def audit_with_difference(df, key, date, start, end):
    missing = pd.date_range(start, end).difference(pd.to_datetime(df[date]))
    extra = len(df) - len(df.drop_duplicates(subset=key))
    return [len(df.index), extra, missing, df.size - df.count().sum()]


def audit_with_numpy(df, key, date, start, end):
    days = np.arange(start, np.datetime64(end) + 1, dtype="datetime64[D]")
    missing = np.setdiff1d(days, df[date].to_numpy().astype("datetime64[D]"))
    return np.array(
        [len(df), df[key].duplicated().sum(), missing, df.isna().to_numpy().sum()], dtype=object
    )


def audit_with_groupby(df, key, date, start, end):
    copies = df.groupby(key).size() - 1
    rows_of_day = df.groupby(date).size()
    rows_of_day = rows_of_day.reindex(pd.date_range(start, end).strftime("%Y-%m-%d"), fill_value=0)
    return {
        "rows": len(df),
        "extra_rows": copies.sum(),
        "missing_days": rows_of_day[rows_of_day == 0].index,
        "empty_cells": df.isna().sum(axis=1).sum(),
    }


def audit_with_periods(df, key, date, start, end):
    days = pd.period_range(start, end, freq="D")
    missing = [day for day in days if str(day) not in df[date].to_numpy()]
    return len(df), sum(df.duplicated(subset=[key])), missing, df.isna().to_numpy().sum()


def audit_with_text_of_times(df, key, date, start, end):
    have = set(pd.to_datetime(df[date]))
    missing = [str(day) for day in pd.date_range(start, end) if day not in have]
    return len(df), len(df) - len(set(df[key])), missing, int(df.isna().sum().sum())


def net_of_vat_whole_numbers(gross_tetri, rate=18):
    whole = 100 + rate
    net = (abs(gross_tetri) * 200 + whole) // (2 * whole)
    return -net if gross_tetri < 0 else net


def net_of_vat_fraction(gross_tetri, rate=18):
    net = Fraction(gross_tetri) / (1 + Fraction(rate, 100))
    return math.floor(net + Fraction(1, 2)) if net > 0 else math.ceil(net - Fraction(1, 2))


def net_of_vat_float(gross_tetri, rate=18):
    net = gross_tetri * 100 / (100 + rate)
    return int(net + 0.5) if net >= 0 else int(net - 0.5)


def net_of_vat_by_subtraction(gross_tetri, rate=18):
    vat = Decimal(gross_tetri) * rate / (100 + rate)
    return (gross_tetri - vat).quantize(Decimal(1), rounding=ROUND_HALF_UP)


def net_of_vat_text(gross_tetri, rate=18):
    factor = 1 + Decimal(str(rate)) / Decimal("100")
    return float((Decimal(str(gross_tetri)) / factor).quantize(Decimal("1"), ROUND_HALF_UP))


def to_gel_whole_numbers(cents, date, fx):
    rates = fx.sort_values("date")
    rates = rates.loc[rates["date"] <= pd.Timestamp(date), "usd_gel"]
    if len(rates) == 0:
        raise ValueError(date)
    return (cents * round(rates.iloc[-1] * 10_000) + 5_000) // 10_000


def to_gel_asof(cents, date, fx):
    day = pd.DataFrame({"date": pd.to_datetime([date])})
    rate = pd.merge_asof(day, fx, on="date")["usd_gel"][0]
    if pd.isna(rate):
        raise ValueError("no rate yet")
    return int((cents * Decimal(str(rate))).quantize(Decimal("1"), rounding=ROUND_HALF_UP))


def to_gel_series_asof(cents, date, fx):
    rate = fx.set_index("date")["usd_gel"].asof(pd.Timestamp(date))
    if np.isnan(rate):
        raise ValueError("no rate yet")
    return math.floor(Fraction(round(rate * 10_000) * cents, 10_000) + Fraction(1, 2))


def to_gel_reindexed(cents, date, fx):
    daily = fx.set_index("date")["usd_gel"]
    days = pd.date_range(daily.index.min(), max(daily.index.max(), pd.Timestamp(date)))
    daily = daily.reindex(days).ffill()
    if pd.Timestamp(date) not in daily.index:
        raise ValueError("no rate yet")
    rate = Decimal(f"{daily[date]:.4f}")
    return (rate * cents).to_integral_value(ROUND_HALF_UP)


def to_gel_bisect(cents, date, fx):
    days = [str(day.date()) for day in fx["date"]]
    position = bisect.bisect_right(days, date)
    if position == 0:
        raise ValueError("no rate yet")
    tetri = Decimal(str(fx["usd_gel"].iloc[position - 1])) * cents
    return int(tetri + Decimal("0.5"))


def to_gel_loop(cents, date, fx):
    rate = None
    for _, row in fx.iterrows():
        if row["date"].date() <= datetime.date.fromisoformat(date):
            rate = row["usd_gel"]
    if rate is None:
        raise ValueError
    return np.floor(round(cents * rate, 4) + 0.5)


def local_day_zoneinfo(ts_utc):
    moment = datetime.datetime.fromisoformat(ts_utc)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.UTC)
    return moment.astimezone(ZoneInfo("Asia/Tbilisi")).date()


def local_day_four_hours(ts_utc):
    return (pd.Timestamp(ts_utc) + pd.Timedelta(hours=4)).strftime("%Y-%m-%d")


def local_day_timestamp(ts_utc):
    moment = pd.Timestamp(ts_utc)
    moment = moment.tz_localize("UTC") if moment.tz is None else moment
    return moment.tz_convert("Asia/Tbilisi")


def local_day_slices(ts_utc):
    day = datetime.date.fromisoformat(ts_utc[:10])
    if int(ts_utc[11:13]) >= 20:
        day += datetime.timedelta(days=1)
    return day.isoformat()


def local_day_moves_the_hours(ts_utc):
    day = pd.Timestamp(ts_utc[:10])
    return day + pd.Timedelta(days=1) if ts_utc[11:16] >= "20:00" else day


def local_day_normalized(ts_utc):
    return pd.to_datetime([ts_utc], utc=True).tz_convert("Asia/Tbilisi").normalize()[0]


def ratio_numpy(num, den):
    return np.divide(num, den, out=np.array(np.nan), where=den != 0)


def ratio_series(num, den):
    return (pd.Series([num]) / pd.Series([den]).where(lambda below: below != 0))[0]


def ratio_try(num, den):
    try:
        return num / den
    except ZeroDivisionError:
        return math.nan


def ratio_decimal(num, den):
    return Decimal(num) / Decimal(den) if den else Decimal("NaN")


def ratio_missing(num, den):
    return pd.NA if den == 0 else np.float64(num) / den


WAYS = {
    "0.1": [parse_money_regex, parse_money_decimal, parse_money_float, parse_money_replace],
    "0.2": [
        audit_with_loop,
        audit_with_sets,
        audit_with_difference,
        audit_with_numpy,
        audit_with_groupby,
        audit_with_periods,
        audit_with_text_of_times,
    ],
    "0.3": [
        net_of_vat_whole_numbers,
        net_of_vat_fraction,
        net_of_vat_float,
        net_of_vat_by_subtraction,
        net_of_vat_text,
    ],
    "0.4": [
        to_gel_whole_numbers,
        to_gel_asof,
        to_gel_series_asof,
        to_gel_reindexed,
        to_gel_bisect,
        to_gel_loop,
    ],
    "0.5": [
        local_day_zoneinfo,
        local_day_four_hours,
        local_day_timestamp,
        local_day_slices,
        local_day_moves_the_hours,
        local_day_normalized,
    ],
    "0.6": [ratio_numpy, ratio_series, ratio_try, ratio_decimal, ratio_missing],
}
