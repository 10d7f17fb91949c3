"""Answer keys of the orientation."""

import math
import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

import pandas as pd

from course.exercise import Key, Mistake


def parse_money(s):
    """The amount in a text, in tetri; a text without an amount raises ValueError."""
    amount = "".join(character for character in s if character in "0123456789,.")
    if not amount:
        raise ValueError("no amount in this text")
    parts = amount.replace(".", ",").split(",")
    if len(parts) > 1 and len(parts[-1]) != 3:
        tetri = int("".join(parts[:-1])) * 100 + int(parts[-1].ljust(2, "0"))
    else:
        tetri = int("".join(parts)) * 100
    # A bracket, the hyphen of the keyboard, or the typographic minus (U+2212).
    negative = any(sign in s for sign in "(-−")
    return -tetri if negative else tetri


def audit(df, key, date, start, end):
    """Rows, rows too many by key, days of the period without a row, and empty cells."""
    period = pd.date_range(start, end)
    missing = period[~period.isin(pd.to_datetime(df[date]))]
    return (
        len(df),
        int(df.duplicated(key).sum()),
        list(missing.strftime("%Y-%m-%d")),
        int(df.isna().sum().sum()),
    )


def net_of_vat(gross_tetri, rate=18):
    """The price without VAT, in tetri, rounded half up; `rate` is in percent."""
    from decimal import ROUND_HALF_UP, Decimal

    net = Decimal(gross_tetri) * 100 / (100 + rate)
    return int(net.quantize(Decimal("1"), ROUND_HALF_UP))


def to_gel(cents, date, fx):
    """The amount in tetri at the last official rate on or before the date, rounded half up."""
    from decimal import ROUND_HALF_UP, Decimal

    known = fx[fx["date"] <= date]
    if known.empty:
        raise ValueError("no rate on or before this date")
    rate = known.loc[known["date"].idxmax(), "usd_gel"]
    tetri = cents * Decimal(str(rate))
    return int(tetri.quantize(Decimal("1"), ROUND_HALF_UP))


def local_day(ts_utc):
    """The day in Tbilisi, as a text, of a time in UTC."""
    local = pd.to_datetime(ts_utc, utc=True).tz_convert("Asia/Tbilisi")
    return local.strftime("%Y-%m-%d")


def ratio(num, den):
    """num / den; NaN where den is 0."""
    if den == 0:
        return float("nan")
    return num / den


def _half_up(number: Decimal) -> int:
    return int(number.quantize(Decimal("1"), ROUND_HALF_UP))


def _has_amount(s: str) -> bool:
    return re.search("[0-9]", s) is not None


def _is_negative(s: str) -> bool:
    return re.search("[(\\-−]", s) is not None


def _read_with(s: str, thousands: str, decimal_point: str) -> int:
    """The amount where it is fixed beforehand which separators mean what."""
    kept = "".join(re.findall("[0-9.,]", s))
    lari = re.sub(f"[{thousands}]", "", kept).replace(decimal_point, ".")
    return (-1 if _is_negative(s) else 1) * _half_up(Decimal(str(float(lari))) * 100)


def _last_separator(s: str) -> str:
    return re.findall("[.,]", s)[-1] if re.search("[.,]", s) else "."


def _lone_separator_is_decimal(s: str) -> int:
    decimal_point = _last_separator(s)
    if s.count(decimal_point) > 1:
        return parse_money(s)
    return _read_with(s, "." if decimal_point == "," else ",", decimal_point)


def _stops_at_both_kinds(s: str) -> int:
    if "," in s and "." in s:
        raise ValueError("two points")
    return _lone_separator_is_decimal(s)


def _one_digit_is_tetri(s: str) -> int:
    tenth = re.search("[.,]([0-9])(?![0-9])", s)
    if not tenth:
        return parse_money(s)
    sign = -1 if _is_negative(s) else 1
    return parse_money(s) - sign * int(tenth[1]) * 9


def _stops_at_hard_space(s: str) -> int:
    if "\u00a0" in s or "\u202f" in s:
        raise ValueError("a character that is no digit")
    return parse_money(s)


def _stops_with_decimals_error(s: str) -> int:
    if not _has_amount(s):
        raise InvalidOperation
    return parse_money(s)


def _audit_but(position: int, wrong: Callable[..., Any]) -> Callable[..., Any]:
    """`audit` with one of its four values found in a wrong way."""

    def answer(df: pd.DataFrame, key: str, date: str, start: str, end: str) -> list:
        values = list(audit(df, key, date, start, end))
        values[position] = wrong(df, key, date, start, end)
        return values

    return answer


def _missing(period: pd.DatetimeIndex, dates: pd.Series) -> list[str]:
    return list(period[~period.isin(pd.to_datetime(dates))].strftime("%Y-%m-%d"))


def _net(gross_tetri: int, rate: int) -> float:
    return gross_tetri * 100 / (100 + rate)


def _rate(date: str, fx: pd.DataFrame) -> float:
    """The right rate; NaN before the table begins."""
    known = fx[fx["date"] <= date]
    return known["usd_gel"].iloc[-1] if len(known) else math.nan


def _at(cents: int, rate: float) -> float:
    """The amount in tetri at a rate, rounded half up."""
    return rate if math.isnan(rate) else _half_up(cents * Decimal(str(rate)))


def _gel_but(wrong: Callable[[float], Any]) -> Callable[..., Any]:
    """`to_gel` with something wrong after the right rate was found."""

    def answer(cents: int, date: str, fx: pd.DataFrame) -> Any:
        to_gel(cents, date, fx)
        return wrong(cents, _rate(date, fx))

    return answer


def _with_known(wrong: Callable[[int, pd.Series], Any]) -> Callable[..., Any]:
    """An answer from the rates on or before the date."""
    return lambda cents, date, fx: wrong(cents, fx[fx["date"] <= date]["usd_gel"])


def _nearest(date: str, fx: pd.DataFrame) -> float:
    distance = (fx["date"] - pd.Timestamp(date)).abs()
    return fx.loc[distance.idxmin(), "usd_gel"]


def _shifted(ts_utc: str, hours: int) -> str:
    return (pd.to_datetime(ts_utc, utc=True) + pd.Timedelta(hours=hours)).strftime("%Y-%m-%d")


def _in_tbilisi(ts_utc: str) -> pd.Timestamp:
    return pd.to_datetime(ts_utc, utc=True).tz_convert("Asia/Tbilisi")


def _has_no_zone(ts_utc: str) -> bool:
    return not re.search(r"(Z|[+-]\d\d:\d\d)$", ts_utc)


def _day_number_plus_one(ts_utc: str) -> str:
    day = int(ts_utc[8:10]) + (int(ts_utc[11:13]) >= 20)
    return f"{ts_utc[:8]}{day:02d}"


def _ratio_or(undefined: float, num: float, den: float) -> float:
    return undefined if den == 0 else num / den


KEYS = {
    "0.1": Key(
        reference=parse_money,
        mistakes=(
            Mistake(
                "cut by a binary float",
                lambda s: int(parse_money(s) / 100 * 100),
                "A tetri is cut off: as a binary float 19.99 is a hair less than 19.99, and `int` "
                "drops all that follows the point. Keep to whole numbers, or use `Decimal`.",
            ),
            Mistake(
                "still in lari",
                lambda s: parse_money(s) / 100,
                "That is still in lari. Asked for are tetri, 100 to the lari.",
            ),
            Mistake(
                "tetri dropped",
                lambda s: int(parse_money(s) / 100) * 100,
                "The digits after the decimal separator are lost: only whole lari are left.",
            ),
            Mistake(
                "comma always means thousands",
                lambda s: _read_with(s, ",", "."),
                "Every comma is read as a mark for thousands. In Georgian exports the comma begins "
                "the tetri.",
            ),
            Mistake(
                "point always means thousands",
                lambda s: _read_with(s, ".", ","),
                "Every point is read as a mark for thousands. In English exports the point begins "
                "the tetri.",
            ),
            Mistake(
                "a single separator always begins the tetri",
                _lone_separator_is_decimal,
                "A single kind of separator is always read as the beginning of the tetri. With "
                "exactly three digits after it, it marks thousands.",
            ),
            Mistake(
                "text not cleaned",
                lambda s: int(float(s) * 100),
                "`float` and `int` read only digits, a minus and one point. Take out of the text "
                "first what belongs to the number.",
            ),
            Mistake(
                "stops at comma and point together",
                _stops_at_both_kinds,
                "It stops where a comma and a point occur together: with the comma turned into a "
                "point there are two. One of them marks thousands; take it out first.",
            ),
            Mistake(
                "one digit taken for tetri",
                _one_digit_is_tetri,
                "One digit after the separator is taken for single tetri. It is tenths of a lari: "
                "0.5 is half a lari.",
            ),
            Mistake(
                "brackets overlooked",
                lambda s: -parse_money(s) if "(" in s else parse_money(s),
                "The brackets are dropped without a trace. In bookkeeping they mean a minus.",
            ),
            Mistake(
                "typographic minus overlooked",
                lambda s: -parse_money(s) if "−" in s else parse_money(s),
                "The sign is lost where the minus is the typographic one (−, U+2212): it is "
                "another character than the hyphen of the keyboard (-).",
            ),
            Mistake(
                "sign dropped",
                lambda s: abs(parse_money(s)),
                "The amount has lost its sign: money that went out is counted as money that came "
                "in.",
            ),
            Mistake(
                "stops at a hard space",
                _stops_at_hard_space,
                "It stops at a hard space (U+00A0 or U+202F), which looks like a space and is not "
                "one. Keep the characters that you need instead of removing those you know.",
            ),
            Mistake(
                "no amount is 0",
                lambda s: parse_money(s) if _has_amount(s) else 0,
                "A text without an amount becomes 0. Nobody knows that it was nothing: raise "
                "ValueError, so that the gap is seen.",
            ),
            Mistake(
                "no amount is NaN",
                lambda s: parse_money(s) if _has_amount(s) else math.nan,
                "A text without an amount becomes NaN, which a later sum skips in silence. Raise "
                "ValueError, so that the gap is seen.",
            ),
            Mistake(
                "no amount is an error of Decimal",
                _stops_with_decimals_error,
                "It stops, but with an error of `Decimal` instead of ValueError. Look whether "
                "there is an amount at all before you convert it.",
            ),
        ),
        why="Money is added up thousands of times a day: whole tetri never drift, and an amount "
        "that cannot be read should be noticed, not guessed.",
    ),
    "0.2": Key(
        reference=audit,
        mistakes=(
            Mistake(
                "every copy counted",
                _audit_but(1, lambda df, key, *_: df.duplicated(key, keep=False).sum()),
                "Every row of a repeated key is counted, the first one as well (`keep=False`). "
                "Asked for are the rows too many.",
            ),
            Mistake(
                "whole rows compared",
                _audit_but(1, lambda df, *_: df.duplicated().sum()),
                "Only rows that agree in every column are counted. A key that comes again is a row "
                "too many even if other columns differ.",
            ),
            Mistake(
                "repeated days counted",
                _audit_but(1, lambda df, key, date, *_: df.duplicated(date).sum()),
                "Days are counted that occur again. Several orders on one day are normal: it is "
                "the key that must not repeat.",
            ),
            Mistake(
                "repeated keys counted once",
                _audit_but(1, lambda df, key, *_: (df[key].value_counts() > 1).sum()),
                "The keys that repeat are counted, each once. A key that stands there three times "
                "makes two rows too many.",
            ),
            Mistake(
                "period taken from the data",
                _audit_but(
                    2,
                    lambda df, key, date, *_: _missing(
                        pd.date_range(df[date].min(), df[date].max()), df[date]
                    ),
                ),
                "The period runs from the first to the last day in the table, so days missing at "
                "its ends go unseen. `start` and `end` are given.",
            ),
            Mistake(
                "last day of the period left out",
                _audit_but(
                    2,
                    lambda df, key, date, start, end: _missing(
                        pd.date_range(start, end, inclusive="left"), df[date]
                    ),
                ),
                "The last day of the period is never looked at. `end` belongs to it.",
            ),
            Mistake(
                "days with rows listed",
                _audit_but(
                    2,
                    lambda df, key, date, start, end: sorted(
                        set(pd.date_range(start, end).strftime("%Y-%m-%d")) & set(df[date])
                    ),
                ),
                "These are the days that have rows. Asked for are the others.",
            ),
            Mistake(
                "all days listed",
                _audit_but(
                    2,
                    lambda df, key, date, start, end: list(
                        pd.date_range(start, end).strftime("%Y-%m-%d")
                    ),
                ),
                "Every day counts as missing. The days of the table are texts and those of "
                "`pd.date_range` are not, so they are never equal: `pd.to_datetime(df[date])`.",
            ),
            Mistake(
                "rows with an empty cell counted",
                _audit_but(3, lambda df, *_: df.isna().any(axis=1).sum()),
                "The rows that have an empty cell are counted. Asked for are the cells: one row "
                "can have several.",
            ),
            Mistake(
                "columns with an empty cell counted",
                _audit_but(3, lambda df, *_: df.isna().any().sum()),
                "The columns that have an empty cell are counted. Asked for are the cells.",
            ),
            Mistake(
                "filled cells counted",
                _audit_but(3, lambda df, *_: df.notna().sum().sum()),
                "The filled cells are counted. Asked for are the empty ones.",
            ),
            Mistake(
                "copies removed before counting",
                _audit_but(0, lambda df, key, *_: len(df.drop_duplicates(key))),
                "The copies are already gone from the number of rows. It is the number of rows as "
                "the table came.",
            ),
        ),
        why="Five minutes of audit before the first sum: a doubled or missing day changes every "
        "figure after it, and no formula will tell.",
    ),
    "0.3": Key(
        reference=net_of_vat,
        mistakes=(
            Mistake(
                "rate taken off the gross price",
                lambda gross_tetri, rate=18: _half_up(Decimal(gross_tetri * (100 - rate)) / 100),
                "The rate is taken off the gross price. VAT is 18 % on top of the net price: undo "
                "that by dividing.",
            ),
            Mistake(
                "rate taken off the gross price, not rounded",
                lambda gross_tetri, rate=18: gross_tetri * (100 - rate) / 100,
                "The rate is taken off the gross price, and a fraction is left. VAT is 18 % on top "
                "of the net price: undo that by dividing, then round.",
            ),
            Mistake(
                "VAT added",
                lambda gross_tetri, rate=18: _half_up(Decimal(gross_tetri * (100 + rate)) / 100),
                "VAT is put on top once more. The gross price has it in already.",
            ),
            Mistake(
                "VAT still in",
                lambda gross_tetri, rate=18: gross_tetri,
                "This is the gross price: VAT is still in it.",
            ),
            Mistake(
                "the VAT itself",
                lambda gross_tetri, rate=18: gross_tetri - net_of_vat(gross_tetri, rate),
                "This is the VAT itself. Asked for is what the shop keeps of the price.",
            ),
            Mistake(
                "cut, not rounded",
                lambda gross_tetri, rate=18: int(_net(gross_tetri, rate)),
                "The fraction is cut off. Round to the nearest tetri.",
            ),
            Mistake(
                "not rounded",
                lambda gross_tetri, rate=18: _net(gross_tetri, rate),
                "There is a fraction of a tetri left. Nobody can pay it: round to a whole number.",
            ),
            Mistake(
                "rounded half to even",
                lambda gross_tetri, rate=18: round(_net(gross_tetri, rate)),
                "An exact half goes to the even neighbour: that is what Python's `round` does. "
                "Bookkeeping rounds a half up, refunds as far down.",
            ),
            Mistake(
                "refunds rounded towards zero",
                lambda gross_tetri, rate=18: math.floor(_net(gross_tetri, rate) + 0.5),
                "Half a tetri of a refund is rounded towards zero. A refund must undo its sale to "
                "the tetri, so a half goes away from zero.",
            ),
            Mistake(
                "0.5 added to a refund",
                lambda gross_tetri, rate=18: int(_net(gross_tetri, rate) + 0.5),
                "Adding 0.5 and cutting rounds only positive amounts. A refund is negative.",
            ),
            Mistake(
                "refund without its sign",
                lambda gross_tetri, rate=18: abs(net_of_vat(gross_tetri, rate)),
                "The refund has lost its minus.",
            ),
            Mistake(
                "rate read as a share",
                lambda gross_tetri, rate=18: _half_up(Decimal(gross_tetri) / (1 + rate)),
                "The rate is in percent: 18 means 18 of 100, not 18 times the price.",
            ),
            Mistake(
                "rate fixed at 18",
                lambda gross_tetri, rate=18: net_of_vat(gross_tetri),
                "The rate is always 18 here. Use the argument `rate`: rates change, and other "
                "countries have others.",
            ),
            Mistake(
                "in lari",
                lambda gross_tetri, rate=18: net_of_vat(gross_tetri, rate) / 100,
                "That is in lari. Asked for are tetri, as they came in.",
            ),
        ),
        why="VAT belongs to the state. Who leaves it in the revenue reports profit that the shop "
        "never had.",
    ),
    "0.4": Key(
        reference=to_gel,
        mistakes=(
            Mistake(
                "half a tetri lost in rounding",
                _gel_but(lambda cents, rate: round(cents * float(rate))),
                "An exact half is rounded down here: the float stands for a hair less, and "
                "Python's `round` takes the even neighbour. Use `Decimal(str(rate))` and "
                "ROUND_HALF_UP.",
            ),
            Mistake(
                "cut, not rounded",
                _gel_but(lambda cents, rate: int(cents * Decimal(str(rate)))),
                "The fraction of a tetri is cut off. Round it half up.",
            ),
            Mistake(
                "not rounded",
                _gel_but(lambda cents, rate: cents * float(rate)),
                "There is a fraction of a tetri left. Round half up to a whole number.",
            ),
            Mistake(
                "divided by the rate",
                _gel_but(lambda cents, rate: _half_up(cents / Decimal(str(rate)))),
                "The amount is divided by the rate. The rate says how many lari one dollar costs: "
                "dollars become more lari, not fewer.",
            ),
            Mistake(
                "not converted",
                _gel_but(lambda cents, rate: cents),
                "These are still US cents.",
            ),
            Mistake(
                "in lari",
                _gel_but(lambda cents, rate: cents * float(rate) / 100),
                "That is in lari. Cents times the rate are tetri already.",
            ),
            Mistake(
                "in lari, rounded",
                _gel_but(lambda cents, rate: _at(cents, rate) / 100),
                "That is in lari, with the tetri after the point. Asked for is the number of "
                "tetri.",
            ),
            Mistake(
                "next rate",
                lambda cents, date, fx: _at(cents, fx[fx["date"] >= date]["usd_gel"].iloc[0]),
                "This takes the next rate. On that day nobody knew it yet: the last one published "
                "holds.",
            ),
            Mistake(
                "nearest rate",
                lambda cents, date, fx: _at(cents, _nearest(date, fx)),
                "This takes the nearest rate, which can lie in the future. The last one published "
                "on or before the day holds.",
            ),
            Mistake(
                "day before",
                lambda cents, date, fx: to_gel(
                    cents, pd.Timestamp(date) - pd.Timedelta(days=1), fx
                ),
                "On a banking day this takes the rate of the day before. The day's own rate holds: "
                "on or before.",
            ),
            Mistake(
                "rate of that very day only",
                lambda cents, date, fx: _at(cents, fx[fx["date"] == date]["usd_gel"].iloc[0]),
                "It seems to look for a rate of that very day. On weekends and holidays there is "
                "none: look for the last one on or before.",
            ),
            Mistake(
                "label of that very day only",
                lambda cents, date, fx: _at(cents, fx.set_index("date")["usd_gel"][date]),
                "There is no such label. Either the name of a column is misspelt, or it looks for "
                "a rate of that very day: on weekends and holidays there is none.",
            ),
            Mistake(
                "last rate of the table",
                lambda cents, date, fx: _at(cents, fx["usd_gel"].iloc[-1]),
                "This takes the last rate of the whole table. Leave out the days after the date "
                "first.",
            ),
            Mistake(
                "first rate of the table",
                lambda cents, date, fx: _at(cents, fx["usd_gel"].iloc[0]),
                "This takes the first rate of the table. Of the days up to the date, the last one "
                "counts.",
            ),
            Mistake(
                "mean of the known rates",
                _with_known(lambda cents, known: _at(cents, known.mean())),
                "Several rates are averaged. The one of the last day on or before the date holds.",
            ),
            Mistake(
                "first rate before the table begins",
                lambda cents, date, fx: to_gel(
                    cents, max(pd.Timestamp(date), fx["date"].min()), fx
                ),
                "On a day before the table begins it takes a rate of a later day. No rate is known "
                "then: raise ValueError.",
            ),
            Mistake(
                "NaN before the table begins",
                lambda cents, date, fx: _at(cents, _rate(date, fx)),
                "On a day before the table begins it gives NaN, which a later sum skips in "
                "silence. Raise ValueError, so that the gap is seen.",
            ),
            Mistake(
                "0 before the table begins",
                _with_known(lambda cents, known: _at(cents, known.iloc[-1]) if len(known) else 0),
                "On a day before the table begins it gives 0, as if nothing had been paid. Raise "
                "ValueError, so that the gap is seen.",
            ),
            Mistake(
                "IndexError before the table begins",
                _with_known(lambda cents, known: _at(cents, known.iloc[-1])),
                "It takes the last of no rows. Look whether there is a rate at all, and raise "
                "ValueError if not.",
            ),
        ),
        why="The platforms bill in dollars: with a guessed rate no invoice can be reconciled, with "
        "the official one it agrees to the tetri.",
    ),
    "0.5": Key(
        reference=local_day,
        mistakes=(
            Mistake(
                "day in UTC",
                lambda ts_utc: ts_utc[:10],
                "That is the day in UTC. Tbilisi's clock is four hours ahead, and late in the "
                "evening of UTC it is already tomorrow there.",
            ),
            Mistake(
                "four hours back",
                lambda ts_utc: _shifted(ts_utc, -4),
                "The clock is turned back. Tbilisi is east of Greenwich: its clock is ahead of "
                "UTC.",
            ),
            Mistake(
                "three hours",
                lambda ts_utc: _shifted(ts_utc, 3),
                "The clock is three hours ahead, as in Moscow. Tbilisi is four hours ahead of UTC.",
            ),
            Mistake(
                "day in Los Angeles",
                lambda ts_utc: str(
                    pd.to_datetime(ts_utc, utc=True).tz_convert("America/Los_Angeles").date()
                ),
                "That is the day in Los Angeles, where an advertising account may keep its clock. "
                "The shop counts days of Tbilisi.",
            ),
            Mistake(
                "always the next day",
                lambda ts_utc: _shifted(ts_utc, 24),
                "It is always the next day here. Only the last four hours of a UTC day are.",
            ),
            Mistake(
                "number of the day plus one",
                _day_number_plus_one,
                "The number of the day grows by one, but the last day of a month has the first of "
                "the next one after it. Let pandas do the calendar.",
            ),
            Mistake(
                "time still in it",
                lambda ts_utc: str(_in_tbilisi(ts_utc)),
                "The time of day is still in the text. Asked for is the day alone.",
            ),
            Mistake(
                "day before month",
                lambda ts_utc: _in_tbilisi(ts_utc).strftime("%d.%m.%Y"),
                "The day is written day first. Asked for is year-month-day, which also sorts well.",
            ),
            Mistake(
                "time without a zone taken for local",
                lambda ts_utc: ts_utc[:10] if _has_no_zone(ts_utc) else local_day(ts_utc),
                "A time without a zone is taken for Tbilisi time. It is UTC as well: the name of "
                "the argument says so.",
            ),
            Mistake(
                "stops without a zone",
                lambda ts_utc: str(pd.Timestamp(ts_utc).tz_convert("Asia/Tbilisi").date()),
                "It stops at a time without a zone. Say that it is UTC: "
                "`pd.to_datetime(ts_utc, utc=True)` reads both forms.",
            ),
        ),
        why="Orders after 20:00 UTC belong to the next day in Tbilisi: with the wrong day neither "
        "the till nor a day's advertising agrees.",
    ),
    "0.6": Key(
        reference=ratio,
        mistakes=(
            Mistake(
                "x/0 is 0",
                lambda num, den: _ratio_or(0, num, den),
                "Something divided by 0 becomes 0. As a cost of an order that would be the best "
                "channel of all; it is undefined: NaN.",
            ),
            Mistake(
                "x/0 is infinite",
                lambda num, den: _ratio_or(
                    math.copysign(math.inf, num) if num else math.nan, num, den
                ),
                "Something divided by 0 becomes infinite, as numpy and pandas do it. It is "
                "undefined: NaN.",
            ),
            Mistake(
                "stops at x/0",
                lambda num, den: num / den,
                "Plain Python stops at a division by zero. Ask for it before you divide, and give "
                "back NaN.",
            ),
            Mistake(
                "x/0 is x",
                lambda num, den: num / (den or 1),
                "The 0 below is replaced by 1. The result looks like an honest number and is not.",
            ),
            Mistake(
                "0/x is NaN",
                lambda num, den: num / den if num and den else math.nan,
                "With 0 above the line it gives NaN. 0 orders from 4 clicks are a true 0: only a 0 "
                "below the line is undefined.",
            ),
            Mistake(
                "negative numbers undefined",
                lambda num, den: num / den if den > 0 else math.nan,
                "A negative number below the line gives NaN. Only 0 is undefined.",
            ),
            Mistake(
                "upside down",
                lambda num, den: ratio(den, num),
                "It is upside down: `num` is divided by `den`.",
            ),
            Mistake(
                "whole part only",
                lambda num, den: num // den if den else math.nan,
                "The fraction is lost: `//` gives only the whole part. Divide with `/`.",
            ),
            Mistake(
                "rounded",
                lambda num, den: round(ratio(num, den), 2),
                "The ratio is rounded. Keep all its digits: round only what you show.",
            ),
            Mistake(
                "in percent",
                lambda num, den: ratio(num, den) * 100,
                "That is in percent. Asked for is the ratio itself.",
            ),
        ),
        why="A channel with cost and no orders has no cost per order; a 0 in its place would put "
        "it at the top of the ranking.",
    ),
}
