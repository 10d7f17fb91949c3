"""Days: calendar, season of demand, dollar rate."""

from datetime import date, timedelta

import holidays
import numpy as np
import pandas as pd
from dateutil.easter import EASTER_ORTHODOX, easter

from course.company import parameters as p

WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]


def days(start: date = p.START, end: date = p.END) -> list[date]:
    """All days from start to end."""
    return [start + timedelta(days=i) for i in range((end - start).days + 1)]


def calendar() -> pd.DataFrame:
    """Every day with its Georgian public holiday, if it is one."""
    years = range(p.START.year, p.CALENDAR_END.year + 1)
    english = holidays.country_holidays("GE", years=years, language="en_US")
    georgian = holidays.country_holidays("GE", years=years, language="ka")
    rows = []
    for day in days(end=p.CALENDAR_END):
        is_holiday = day in english
        rows.append(
            {
                "date": day,
                "weekday": WEEKDAYS[day.weekday()],
                "is_holiday": is_holiday,
                "name_ka": georgian.get(day),
                "name_en": english.get(day),
                "is_workday": day.weekday() < 5 and not is_holiday,
            }
        )
    return pd.DataFrame(rows)


def _peaks(year: int) -> dict[str, date]:
    # The Friday after the fourth Thursday of November.
    black_friday = next(day for day in days(date(year, 11, 23)) if day.weekday() == 4)
    return {
        "new_year": date(year, 12, 24),
        "mother_day": date(year, 3, 2),
        "womens_day": date(year, 3, 7),
        "easter": easter(year, EASTER_ORTHODOX) - timedelta(days=3),
        "black_friday": black_friday,
    }


def season() -> np.ndarray:
    """Demand of each day against an ordinary day: wave, weekday, holidays, bumps, growth."""
    closed = set(holidays.country_holidays("GE", years=range(p.START.year, p.END.year + 1)))
    peaks = [(name, _peaks(year)[name]) for year in (2024, 2025) for name in p.BUMPS]
    growth_days = [(day - p.START).days for day in p.GROWTH]
    factors = []
    for day in days():
        wave = 1 + p.YEARLY_WAVE * np.cos(2 * np.pi * ((day - date(2024, 12, 15)).days / 365.25))
        factor = wave * p.WEEKDAY[day.weekday()]
        factor *= p.HOLIDAY if day in closed else 1.0
        for name, peak in peaks:
            height, before, after = p.BUMPS[name]
            distance = (day - peak).days
            width = before if distance < 0 else after
            factor *= 1 + height * np.exp(-0.5 * (distance / width) ** 2)
        factor *= np.interp((day - p.START).days, growth_days, list(p.GROWTH.values()))
        factors.append(round(float(factor), 6))
    return np.array(factors)


def fx(rng: np.random.RandomState) -> pd.DataFrame:
    """Official dollar rate of each banking day: a slow walk around 2.72, 4 decimals."""
    closed = set(holidays.country_holidays("GE", years=range(p.START.year, p.END.year + 1)))
    # From a week before the period, so that its first day has a rate even on a Monday holiday.
    banking = [
        day
        for day in days(start=p.START - timedelta(days=7))
        if day.weekday() < 5 and day not in closed
    ]
    rate, rates = 27_180, []
    for step in rng.randint(-75, 76, size=len(banking)):
        rate += int(step) + (27_200 - rate) // 60
        rates.append(rate)
    texts = [f"{rate // 10_000}.{rate % 10_000:04d}" for rate in rates]
    return pd.DataFrame({"date": banking, "usd_gel": texts})
