"""The kinds of value that a question may ask for: how each is read, compared and shown.

A learner may hand in an int, a numpy scalar, a Decimal, a Series, a dict or a list for the same
thing. A kind reads all of them into one plain form (int, float, str, list, dict), so that the
judge compares values and never types. What cannot be read raises `Misread` with a sentence for the
learner.

>>> Tetri().read(Decimal("8474"))
8474
>>> PerLabel(Number()).read(pd.Series({"email": 9, "search": 1.5}))
{'email': 9.0, 'search': 1.5}
"""

import math
import numbers
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Any

import numpy as np
import pandas as pd

from course.language import N_, _, counted, number

SHOWN_ITEMS = 6
SHOWN_CHARACTERS = 120
LONGEST_LIST = 100_000


class Misread(ValueError):
    """The value is not of the kind that was asked for; the text says so to the learner."""


def plain(value: Any) -> Any:
    """A numpy or pandas scalar as the plain Python value that it stands for."""
    if isinstance(value, np.generic) or (isinstance(value, np.ndarray) and value.ndim == 0):
        return value.item()
    return float("nan") if value is pd.NA or value is pd.NaT else value


def label(name: Any) -> str:
    """The name of a row or column as text; 1, 1.0 and "1" are the same name."""
    name = plain(name)
    return str(int(name) if isinstance(name, float) and name.is_integer() else name)


def short(value: Any) -> str:
    """The value as text, cut to a length that fits into a sentence."""
    text = str(value)
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…"


def type_name(value: Any) -> str:
    """How a beginner would name the type of the value."""
    names = {
        "NoneType": _("None (is `return` missing?)"),
        "str": _("a text"),
        "bool": _("True or False"),
        "function": _("a function (was it called with brackets?)"),
        "DataFrame": _("a DataFrame"),
        "Series": _("a Series"),
        "int": _("one number"),
        "float": _("one number"),
        "TooLarge": _("something too large to be checked"),
    }
    name = type(plain(value)).__name__
    return names.get(name) or _("a {type}", type=name)


def not_asked_for(kind: Any, value: Any) -> Misread:
    """The value is of another type than the kind's."""
    return Misread(
        _("{asked} was asked for, yours is {type}", asked=_(kind.asked), type=type_name(value))
    )


def read_item(kind: Any, item: Any) -> Any:
    """A value inside a list, dict or table; a None there is no sign of a missing `return`."""
    if item is None:
        raise Misread(
            _(
                "{asked} was asked for, yours is None (what is undefined is NaN)",
                asked=_(kind.asked),
            )
        )
    return kind.read(item)


@dataclass(frozen=True)
class Number:
    """A rate, a ratio or an amount that may have a fraction; NaN where it is undefined.

    `rel` is the relative tolerance.
    """

    rel: float = 1e-9
    asked = N_("one number")

    def read(self, value: Any) -> float:
        value = plain(value)
        if isinstance(value, bool) or not isinstance(value, numbers.Number | Decimal):
            raise not_asked_for(self, value)
        if isinstance(value, complex):
            raise Misread(_("the number has an imaginary part"))
        return float(value)

    def same(self, given: float, right: float) -> bool:
        if math.isnan(given) or math.isnan(right):
            return math.isnan(given) and math.isnan(right)
        return math.isclose(given, right, rel_tol=self.rel, abs_tol=1e-12)

    def show(self, value: float) -> str:
        return "NaN" if math.isnan(value) else f"{value:.6g}"


@dataclass(frozen=True)
class Whole:
    """A count, or any other whole number."""

    asked = N_("a whole number")

    def read(self, value: Any) -> int | float:
        read = Number.read(self, value)
        exact = plain(value)
        # NaN, infinity and fractions are read, so that a known mistake can be recognised by them.
        return int(exact) if math.isfinite(read) and exact == int(exact) else read

    def same(self, given: float, right: float) -> bool:
        # A fraction is never right: here a known mistake is recognised, to the last bit or nearly.
        return given == right or (isinstance(right, float) and Number().same(given, right))

    def show(self, value: float) -> str:
        if isinstance(value, float):
            return "NaN" if math.isnan(value) else number(f"{value:,.10g}")
        return number(f"{value:,}")


@dataclass(frozen=True)
class Tetri(Whole):
    """Money as a whole number of tetri (1 GEL = 100 tetri)."""

    asked = N_("money as a whole number of tetri")

    def show(self, value: float) -> str:
        return _("{amount} tetri", amount=Whole.show(self, value))


@dataclass(frozen=True)
class Text:
    """A short text, such as a date in the form 2026-03-04."""

    asked = N_("a text")

    def read(self, value: Any) -> str:
        value = plain(value)
        if not isinstance(value, str):
            raise not_asked_for(self, value)
        return value

    def same(self, given: str, right: str) -> bool:
        return given == right

    def show(self, value: str) -> str:
        return repr(value)


@dataclass(frozen=True)
class Day:
    """A day; a text in the form 2026-03-04, a date, a Timestamp and the like are read alike."""

    asked = N_("a day such as 2026-12-31")

    def read(self, value: Any) -> str:
        if isinstance(value, str):
            return value.strip().removesuffix(" 00:00:00")
        if isinstance(value, np.datetime64 | pd.Period):
            value = pd.Timestamp(str(value))
        if not hasattr(value, "isoformat"):
            raise not_asked_for(self, value)
        return value.isoformat()[:10]

    def same(self, given: str, right: str) -> bool:
        return given == right

    def show(self, value: str) -> str:
        return value


@dataclass(frozen=True)
class YesNo:
    """True or False; nothing that only counts as true, such as a text or 1."""

    asked = N_("True or False")

    def read(self, value: Any) -> bool:
        value = plain(value)
        if not isinstance(value, bool):
            raise not_asked_for(self, value)
        return value

    def same(self, given: bool, right: bool) -> bool:
        return given == right

    def show(self, value: bool) -> str:
        return str(value)


@dataclass(frozen=True)
class ListOf:
    """Values of one kind: a list, tuple, array, Series or Index; `ordered` where order counts."""

    kind: Any
    ordered: bool = True
    asked = N_("a list")

    def read(self, value: Any) -> list:
        if isinstance(value, str | dict | pd.DataFrame) or not hasattr(value, "__iter__"):
            raise not_asked_for(self, value)
        items = [read_item(self.kind, item) for item in islice(value, LONGEST_LIST + 1)]
        if len(items) > LONGEST_LIST:
            raise Misread(
                _(
                    "{asked} was asked for, yours has no end or too many items",
                    asked=_(self.asked),
                )
            )
        # Sorted as text, for Parts are read as dicts, which have no order of their own.
        return items if self.ordered else sorted(items, key=str)

    def same(self, given: list, right: list) -> bool:
        return len(given) == len(right) and all(map(self.kind.same, given, right))

    def show(self, value: list) -> str:
        items = [self.kind.show(item) for item in value[:SHOWN_ITEMS]]
        return f"[{', '.join(items)}{', …' if len(value) > SHOWN_ITEMS else ''}]"


@dataclass(frozen=True)
class Parts:
    """A fixed number of values, each of its own kind: `Parts(rows=Whole(), ctr=Number())`."""

    parts: dict[str, Any]

    def __init__(self, **parts: Any) -> None:
        object.__setattr__(self, "parts", parts)

    def read(self, value: Any) -> dict:
        if isinstance(value, dict) and set(value) == set(self.parts):
            value = [value[name] for name in self.parts]
        if not isinstance(value, tuple | list | np.ndarray | pd.Series):
            raise not_asked_for(self, value)
        if len(value) != len(self.parts):
            raise Misread(
                counted(
                    "{asked} was asked for, yours has {number} value",
                    "{asked} was asked for, yours has {number} values",
                    len(value),
                    asked=self.asked,
                )
            )
        read = {}
        for (name, kind), item in zip(self.parts.items(), value, strict=True):
            try:
                read[name] = read_item(kind, item)
            except Misread as problem:
                raise Misread(_("for {name}, {problem}", name=name, problem=problem)) from None
        return read

    @property
    def asked(self) -> str:
        names = ", ".join(self.parts)
        return _("a tuple of {size} values ({names})", size=len(self.parts), names=names)

    def same(self, given: dict, right: dict) -> bool:
        return all(kind.same(given[name], right[name]) for name, kind in self.parts.items())

    def show(self, value: dict) -> str:
        shown = [f"{name} {kind.show(value[name])}" for name, kind in self.parts.items()]
        return ", ".join(shown)


@dataclass(frozen=True)
class PerLabel:
    """One value a label (channel, month, order …): a Series or a dict, in any order."""

    kind: Any
    asked = N_("a Series with one value for each label")

    def read(self, value: Any) -> dict:
        if isinstance(value, pd.DataFrame) and value.shape[1] == 1:
            value = value.iloc[:, 0]
        if not isinstance(value, dict | pd.Series):
            raise not_asked_for(self, value)
        if isinstance(value, pd.Series) and not value.index.is_unique:
            raise Misread(_("a label stands in the index more than once"))
        return {label(name): read_item(self.kind, item) for name, item in value.items()}

    def same(self, given: dict, right: dict) -> bool:
        return given.keys() == right.keys() and all(
            self.kind.same(given[label], right[label]) for label in right
        )

    def show(self, value: dict) -> str:
        items = [f"{label}: {self.kind.show(value[label])}" for label in list(value)[:SHOWN_ITEMS]]
        return f"{', '.join(items)}{', …' if len(value) > SHOWN_ITEMS else ''}" or _("nothing")


@dataclass(frozen=True)
class Table:
    """A DataFrame of values of one kind; the order of rows and columns does not count."""

    kind: Any
    asked = N_("a DataFrame")

    def read(self, value: Any) -> dict:
        if not isinstance(value, pd.DataFrame):
            raise not_asked_for(self, value)
        columns = {}
        for name, column in value.items():
            try:
                columns[label(name)] = PerLabel(self.kind).read(column)
            except Misread as problem:
                raise Misread(
                    _("in column {column}, {problem}", column=name, problem=problem)
                ) from problem
        return columns

    def same(self, given: dict, right: dict) -> bool:
        return PerLabel(PerLabel(self.kind)).same(given, right)

    def show(self, value: dict) -> str:
        return "; ".join(
            f"{name}: {PerLabel(self.kind).show(column)}"
            for name, column in list(value.items())[:SHOWN_ITEMS]
        )


STRAY = {
    "column": (N_("no column {label}"), N_("a column {label}, which was not asked for")),
    "row": (N_("no row {label}"), N_("a row {label}, which was not asked for")),
    "value": (N_("no value for {label}"), N_("a value for {label}, which was not asked for")),
}


def stray_label(what: str, given: dict, right: dict) -> str:
    """Which label is missing or not asked for, if any: "no column 3"."""
    missing, too_many = STRAY[what]
    for label in right:
        if label not in given:
            return _(missing, label=label)
    for label in given:
        if label not in right:
            return _(too_many, label=label)
    return ""


def deeper(where: str, inside: str) -> str:
    """A place with a place inside of it."""
    return _("{where} {inside}", where=where, inside=inside) if inside else where


def difference(kind: Any, given: Any, right: Any) -> tuple[str, str]:
    """Where two read values first differ, and what stands there in the learner's value.

    Both texts are for the learner and tell nothing of the right value but which labels it has.

    >>> kind = PerLabel(Tetri())
    >>> difference(kind, {"meta": 100, "email": 7}, {"meta": 100, "email": 9})
    ('for email', '7 tetri')
    >>> difference(Table(Number()), {"1": {"2026-01": 1.0}}, {"1": {"2026-01": 0.5}})
    ('in column 1, row 2026-01', '1')
    """
    if isinstance(kind, Table):
        if stray := stray_label("column", given, right):
            return "", stray
        for column, rows in given.items():
            if stray := stray_label("row", rows, right[column]):
                return _("in column {column}", column=column), stray
            for row, value in rows.items():
                if not kind.kind.same(value, right[column][row]):
                    where = _("in column {column}, row {row}", column=column, row=row)
                    return where, kind.kind.show(value)
    if isinstance(kind, Parts):
        for name, part in kind.parts.items():
            if not part.same(given[name], right[name]):
                where, value = difference(part, given[name], right[name])
                return deeper(name, where), value
    if isinstance(kind, PerLabel):
        if stray := stray_label("value", given, right):
            return "", stray
        for label in given:
            if not kind.kind.same(given[label], right[label]):
                where, value = difference(kind.kind, given[label], right[label])
                return deeper(_("for {label}", label=label), where), value
    return "", kind.show(given)
