"""Answer keys of the orientation."""

import datetime
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


def _lone_point_is_decimal(s: str) -> int:
    return _lone_separator_is_decimal(s) if "," not in s else parse_money(s)


def _stops_at_both_kinds(s: str, error: type[Exception]) -> int:
    if "," in s and "." in s:
        raise error("two points")
    return _lone_separator_is_decimal(s)


def _only_digits(s: str) -> int:
    return int("".join(re.findall("[0-9]", s)))


def _zero_of_tetri_lost(s: str) -> int:
    """05 tetri read as the number 5, and a number below 10 as tenths."""
    hundredth = re.search("[.,]0([1-9])(?![0-9])", s)
    if not hundredth:
        return parse_money(s)
    return parse_money(s) + (-1 if _is_negative(s) else 1) * int(hundredth[1]) * 9


def _tetri_added_to_negative(s: str) -> int:
    amount = parse_money(s)
    return amount + 2 * (-amount % 100) if amount < 0 else amount


def _negative_if(sign: str, s: str) -> int:
    """The sign looked for by a pattern that does not fit all texts."""
    amount = abs(parse_money(s))
    return -amount if re.search(sign, s) else amount


def _one_digit_is_tetri(s: str) -> int:
    tenth = re.search("[.,]([0-9])(?![0-9])", s)
    if not tenth:
        return parse_money(s)
    sign = -1 if _is_negative(s) else 1
    return parse_money(s) - sign * int(tenth[1]) * 9


def _stops_at_hard_space(s: str) -> int:
    if "\u00a0" in s or "\u202f" in s:
        raise Exception("a character that is no digit")
    return parse_money(s)


def _stops_with_another_error(s: str) -> int:
    if not _has_amount(s):
        raise Exception("InvalidOperation, TypeError, AssertionError …")
    return parse_money(s)


def _audit_but(position: int, wrong: Callable[..., Any]) -> Callable[..., Any]:
    """`audit` with one of its four values found in a wrong way."""

    def answer(df: pd.DataFrame, key: str, date: str, start: str, end: str) -> list:
        values = list(audit(df, key, date, start, end))
        values[position] = wrong(df, key, date, start, end)
        return values

    return answer


def _audit_after(wrong: Callable[[pd.DataFrame, str], pd.DataFrame]) -> Callable[..., Any]:
    """`audit` of a table from which rows were taken first."""
    return lambda df, key, *others: audit(wrong(df, key), key, *others)


def _missing(period: pd.DatetimeIndex, dates: pd.Series) -> list[str]:
    return list(period[~period.isin(pd.to_datetime(dates))].strftime("%Y-%m-%d"))


def _days_missing_in(df: pd.DataFrame, date: str, start: str, end: str) -> list[str]:
    return _missing(pd.date_range(start, end), df[date])


def _net(gross_tetri: int, rate: int) -> float:
    return gross_tetri * 100 / (100 + rate)


def _rounded_net(gross_tetri: int, net: Decimal) -> int:
    """Half up for an amount of whatever sign, where the quotient is already a hair off."""
    return int(math.copysign(_half_up(abs(net)), gross_tetri))


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


def _stops_after_the_table(cents: int, date: str, fx: pd.DataFrame) -> int:
    if pd.Timestamp(date) > fx["date"].max():
        raise Exception("no rate of this day")
    return to_gel(cents, date, fx)


def _stops_before_the_table(cents: int, date: str, fx: pd.DataFrame) -> int:
    if pd.Timestamp(date) < fx["date"].min():
        raise Exception("IndexError, KeyError, AssertionError …")
    return to_gel(cents, date, fx)


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


def _one_form_only(ts_utc: str) -> str:
    utc = datetime.datetime.strptime(ts_utc, "%Y-%m-%dT%H:%MZ")
    return str((utc + datetime.timedelta(hours=4)).date())


def _midnight_is_the_day_before(ts_utc: str) -> str:
    just_before = pd.to_datetime(ts_utc, utc=True) - pd.Timedelta(seconds=1)
    return local_day(str(just_before))


def _ratio_or(undefined: float, num: float, den: float) -> float:
    return undefined if den == 0 else num / den


KEYS = {
    "0.1": Key(
        reference=parse_money,
        mistakes=(
            Mistake(
                "cut by a binary float",
                lambda s: int(parse_money(s) / 100 * 100),
                "A tetri is cut off: a binary float holds a hair less than 19.99, and `int` "
                "drops all that follows the point. Keep to whole numbers, or use `Decimal`.",
            ),
            Mistake(
                "still in lari",
                lambda s: parse_money(s) / 100,
                "That is still in lari. You were asked for tetri, 100 to the lari.",
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
                "a single point always begins the tetri",
                _lone_point_is_decimal,
                "A single point is always read as the beginning of the tetri. With exactly three "
                "digits after it, it marks thousands, as a comma does.",
            ),
            Mistake(
                "separators and sign ignored",
                _only_digits,
                "Only the digits are kept and read as one number, so that 12 and 0,12 become the "
                "same, and a minus is lost. The last separator and the digits after it tell "
                "whether there are tetri.",
            ),
            Mistake(
                "separators ignored",
                lambda s: (-1 if _is_negative(s) else 1) * _only_digits(s),
                "The digits are read as one number, so that 12 and 0,12 become the same. The last "
                "separator and the digits after it tell whether there are tetri.",
            ),
            Mistake(
                "text not cleaned",
                lambda s: int(float(s) * 100),
                "`float` and `int` read only digits, a minus and one point. Take out of the text "
                "first what belongs to the number.",
            ),
            Mistake(
                "text not cleaned for Decimal",
                lambda s: Decimal(s) * 100,
                "`Decimal` reads only digits, a minus and one point, like `float`. Take out of the "
                "text first what belongs to the number.",
            ),
            Mistake(
                "stops at comma and point together",
                lambda s: _stops_at_both_kinds(s, ValueError),
                "It stops where a comma and a point occur together: with the comma turned into a "
                "point there are two. One of them marks thousands; take it out first.",
            ),
            Mistake(
                "Decimal stops at comma and point together",
                lambda s: _stops_at_both_kinds(s, InvalidOperation),
                "`Decimal` stops where a comma and a point occur together: with the comma turned "
                "into a point there are two. One of them marks thousands; take it out first.",
            ),
            Mistake(
                "one digit taken for tetri",
                _one_digit_is_tetri,
                "One digit after the separator is taken for single tetri. It is tenths of a lari: "
                "0.5 is half a lari.",
            ),
            Mistake(
                "0 of the tetri lost",
                _zero_of_tetri_lost,
                "Of tetri such as 07 the 0 is lost, so that they count as tenths of a lari. Look "
                "at how many digits there are, not at how large the number is.",
            ),
            Mistake(
                "tetri added to a negative amount",
                _tetri_added_to_negative,
                "The lari are negative, but the tetri are added to them, which brings the amount "
                "nearer to 0. Put the amount together first, then give it its sign.",
            ),
            Mistake(
                "sign lost below one lari",
                lambda s: abs(parse_money(s)) if abs(parse_money(s)) < 100 else parse_money(s),
                'The minus is lost where there are 0 lari: `int("-0")` is 0, and 0 has no sign. '
                "Remember the sign apart, and put it on the whole amount last.",
            ),
            Mistake(
                "sign looked for at the beginning only",
                lambda s: _negative_if("^[-−(]", s),
                "The sign is found only as the very first character. A space, GEL or ₾ can stand "
                "before it: look in the whole text.",
            ),
            Mistake(
                "brackets looked for at the beginning only",
                lambda s: _negative_if("^[(]|[-−]", s),
                "A bracket is found only as the very first character. A space, GEL or ₾ can stand "
                "before it: look in the whole text.",
            ),
            Mistake(
                "sign looked for at the digits only",
                lambda s: _negative_if("[-−(][0-9]", s),
                "The sign is found only right before the first digit. GEL, ₾ or a space can stand "
                "between: look in the whole text.",
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
                "no amount is another error",
                _stops_with_another_error,
                "It stops at a text without an amount, but not with ValueError, which was "
                "asked for. Look whether there is a digit at all before you convert the text; if "
                "not, `raise ValueError`.",
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
                "You were asked for the rows too many.",
            ),
            Mistake(
                "whole rows compared",
                _audit_but(1, lambda df, *_: df.duplicated().sum()),
                "Only rows that agree in every column are counted. A key that comes again is a row "
                "too many even if other columns differ.",
            ),
            Mistake(
                "key and day compared",
                _audit_but(1, lambda df, key, date, *_: df.duplicated([key, date]).sum()),
                "Only rows are counted whose key was there before on the same day. A key must not "
                "come again on another day either.",
            ),
            Mistake(
                "keys compared without the rows that have an empty cell",
                _audit_but(1, lambda df, key, *_: df.dropna().duplicated(key).sum()),
                "The rows that have an empty cell are gone before the keys are compared "
                "(`dropna`). They have a key, too: compare the keys of the table as it came.",
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
                "days looked for after copies were removed",
                _audit_but(
                    2,
                    lambda df, key, date, *period: _days_missing_in(
                        df.drop_duplicates(key), date, *period
                    ),
                ),
                "Days whose only row repeats a key count as missing, because such rows were "
                "removed before (`drop_duplicates`). A day with any row is not missing.",
            ),
            Mistake(
                "days and empty cells looked for after copies were removed",
                lambda df, key, *others: (
                    *audit(df, key, *others)[:2],
                    *audit(df.drop_duplicates(key), key, *others)[2:],
                ),
                "Missing days and empty cells are looked for in what is left without the rows that "
                "repeat a key (`drop_duplicates`). These rows are part of the table, too.",
            ),
            Mistake(
                "days looked for without the rows that have an empty cell",
                _audit_but(
                    2, lambda df, key, date, *period: _days_missing_in(df.dropna(), date, *period)
                ),
                "Days whose rows all have an empty cell count as missing, because such rows were "
                "removed before (`dropna`). A day with any row is not missing.",
            ),
            Mistake(
                "no day missing in a table without rows",
                lambda df, *others: audit(df, *others) if len(df) else (0, 0, [], 0),
                "In a table without rows no day counts as missing. There is no row on any day of "
                "the period, so all of its days are missing.",
            ),
            Mistake(
                "days with rows listed",
                _audit_but(
                    2,
                    lambda df, key, date, start, end: sorted(
                        set(pd.date_range(start, end).strftime("%Y-%m-%d")) & set(df[date])
                    ),
                ),
                "These are the days that have rows. You were asked for the others.",
            ),
            Mistake(
                "all days listed",
                _audit_but(
                    2,
                    lambda df, key, date, start, end: list(
                        pd.date_range(start, end).strftime("%Y-%m-%d")
                    ),
                ),
                "Every day counts as missing. Either `in` looks into a column: it searches the "
                "index, not the values (take `set(...)` or `.isin`). Or texts are compared with "
                "the days of `pd.date_range`, which are no texts (`pd.to_datetime(df[date])`).",
            ),
            Mistake(
                "rows with an empty cell counted",
                _audit_but(3, lambda df, *_: df.isna().any(axis=1).sum()),
                "The rows that have an empty cell are counted. You were asked for the cells: one "
                "row can have several.",
            ),
            Mistake(
                "columns with an empty cell counted",
                _audit_but(3, lambda df, *_: df.isna().any().sum()),
                "The columns that have an empty cell are counted. You were asked for the cells.",
            ),
            Mistake(
                "filled cells counted",
                _audit_but(3, lambda df, *_: df.notna().sum().sum()),
                "The filled cells are counted. You were asked for the empty ones.",
            ),
            Mistake(
                "empty cells counted after copies were removed",
                _audit_but(3, lambda df, key, *_: df.drop_duplicates(key).isna().sum().sum()),
                "Empty cells are missed in rows that repeat a key: they were removed before "
                "(`drop_duplicates`). Count in the table as it came.",
            ),
            Mistake(
                "empty cells counted after equal rows were removed",
                _audit_but(3, lambda df, *_: df.drop_duplicates().isna().sum().sum()),
                "Empty cells are missed in rows that equal another one: they were removed before "
                "(`drop_duplicates`). Count in the table as it came.",
            ),
            Mistake(
                "copies removed from the whole audit",
                _audit_after(lambda df, key: df.drop_duplicates(key)),
                "The rows that repeat a key are removed first, so the audit finds none of them. "
                "An audit looks at the table as it came.",
            ),
            Mistake(
                "rows with an empty cell removed from the whole audit",
                _audit_after(lambda df, key: df.dropna()),
                "The rows that have an empty cell are removed first (`dropna`), so the audit sees "
                "neither them nor their days. An audit looks at the table as it came.",
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
                "This is the VAT itself. You were asked for what the shop keeps of the price.",
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
                "divided by a binary float",
                lambda gross_tetri, rate=18: _rounded_net(
                    gross_tetri, Decimal(str(gross_tetri / (1 + rate / 100)))
                ),
                "An exact half is lost: as a binary float 1 + rate / 100 is a hair off, for "
                "example 1.12. Multiply by 100 first and divide by 100 + rate.",
            ),
            Mistake(
                "Decimal of a binary float",
                lambda gross_tetri, rate=18: _rounded_net(
                    gross_tetri, Decimal(gross_tetri) / Decimal(1 + rate / 100)
                ),
                "An exact half is lost: `Decimal` gets 1 + rate / 100 as a binary float, which is "
                "a hair off, for example 1.04. Give it whole numbers: 100 and 100 + rate.",
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
                "That is in lari. You were asked for tetri, as they came in.",
            ),
        ),
        why="VAT belongs to the state. Revenue with VAT left in shows a profit that the shop never "
        "had.",
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
                "That is in lari, with the tetri after the point. You were asked for the number of "
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
                "stops after the last rate",
                _stops_after_the_table,
                "It stops on a day after the last rate of the table. There the last rate goes on "
                "to hold: only before the first one no rate is known.",
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
                "another error before the table begins",
                _stops_before_the_table,
                "It stops on a day before the table begins, but not with ValueError, which was "
                "asked for. Look first whether there is a rate at all; if not, `raise ValueError`.",
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
                "The next day begins at 21:00 UTC here. Either the clock is three hours ahead, as "
                "in Moscow, and not four; or `>` leaves out the hour of 20 o'clock, which belongs "
                "to the next day as well (`>=`).",
            ),
            Mistake(
                "five hours",
                lambda ts_utc: _shifted(ts_utc, 5),
                "The next day begins at 19:00 UTC here, an hour too early. Tbilisi is four hours "
                "ahead of UTC.",
            ),
            Mistake(
                "midnight counted with the day before",
                _midnight_is_the_day_before,
                "At exactly 20:00 UTC it is midnight in Tbilisi, and midnight begins the new day: "
                "`>=`, not `>`.",
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
                "The time of day is still in the text. You were asked for the day alone.",
            ),
            Mistake(
                "day before month",
                lambda ts_utc: _in_tbilisi(ts_utc).strftime("%d.%m.%Y"),
                "The day is written day first. You were asked for year-month-day, which also sorts "
                "well.",
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
            Mistake(
                "one form of the text only",
                _one_form_only,
                "Only one form of the text is read. It can have seconds, `+00:00` or no zone at "
                "all: `pd.to_datetime(ts_utc, utc=True)` reads all of them.",
            ),
            Mistake(
                "method of a column asked of one time",
                lambda ts_utc: pd.to_datetime(ts_utc, utc=True).dt.tz_convert("Asia/Tbilisi"),
                "The object does not have what stands after its point. `ts_utc` is one text, and "
                "`pd.to_datetime` makes one time of it: `.dt` is only for whole columns, leave it "
                "out here.",
            ),
        ),
        why="Orders from 20:00 UTC on belong to the next day in Tbilisi: with the wrong day "
        "neither the till nor a day's advertising agrees.",
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
                "cut to a whole number",
                lambda num, den: int(num / den) if den else math.nan,
                "The fraction is lost: `int` cuts off all that follows the point. Give the "
                "quotient back as it is.",
            ),
            Mistake(
                "rounded to a whole number",
                lambda num, den: round(num / den) if den else math.nan,
                "The ratio is rounded to a whole number. Give the quotient back with all its "
                "digits.",
            ),
            Mistake(
                "rounded to four digits",
                lambda num, den: round(ratio(num, den), 4),
                "The ratio is rounded, to four digits after the point. Keep all of them: round "
                "only what you show.",
            ),
            Mistake(
                "rounded",
                lambda num, den: round(ratio(num, den), 2),
                "The ratio is rounded. Keep all its digits: round only what you show.",
            ),
            Mistake(
                "in percent",
                lambda num, den: ratio(num, den) * 100,
                "That is in percent. You were asked for the ratio itself.",
            ),
        ),
        why="A channel with cost and no orders has no cost per order; a 0 in its place would put "
        "it at the top of the ranking.",
    ),
}
