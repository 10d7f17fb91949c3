"""The wire: every value arrives as it was, and nothing that a stranger sends does any harm."""

import collections
import contextlib
import copy
import datetime as dt
import enum
import io
import itertools
import json
import random
import time
import zoneinfo
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from course import company
from course.call import call, unchanged
from course.exercise import Result
from course.exercises import QUESTIONS
from course.grading import wire
from course.grading.wire import (
    AxesContent,
    CannotBeChecked,
    FigureContent,
    Iterated,
    Iterator,
    Opaque,
    WireError,
    digest,
    pack,
    unpack,
)
from course.judge import Expected, judge
from course.keys import KEYS
from course.kinds import type_name
from tests.ways import WAYS

NAN = float("nan")
TBILISI = zoneinfo.ZoneInfo("Asia/Tbilisi")
DAYS = pd.date_range("2026-01-01", periods=3)


def through(value):
    """The value after the way over the wire, as one line of JSON."""
    line = json.dumps(pack(value))
    assert "\n" not in line
    return unpack(json.loads(line))


def assert_same(given, right):
    """Of the same type and with the same content, NaN, signs, order and time zones included."""
    assert type(given) is type(right)
    if isinstance(right, pd.DataFrame):
        pd.testing.assert_frame_equal(given, right, check_column_type=True, check_exact=True)
        assert_same(given.index, right.index)
        assert_same(given.columns, right.columns)
        for place in range(right.shape[1]):
            assert_same(given.iloc[:, place], right.iloc[:, place])
    elif isinstance(right, pd.Series):
        pd.testing.assert_series_equal(given, right, check_exact=True)
        assert_same(given.index, right.index)
        assert_same(given.name, right.name)
        assert_same(given.array, right.array)
    elif isinstance(right, pd.MultiIndex):
        pd.testing.assert_index_equal(given, right, exact=True)
        for level in range(right.nlevels):
            assert_same(given.levels[level], right.levels[level])
    elif isinstance(right, pd.Index):
        pd.testing.assert_index_equal(given, right, exact=True)
        assert getattr(given, "freq", None) == getattr(right, "freq", None)
        assert_same(given.name, right.name)
    elif isinstance(right, pd.api.extensions.ExtensionArray):
        pd.testing.assert_extension_array_equal(given, right, check_exact=True)
        assert_same(list(given), list(right))
    elif isinstance(right, np.ma.MaskedArray):
        assert_same(np.ma.getmaskarray(given), np.ma.getmaskarray(right))
        assert_same(given.data, right.data)
    elif isinstance(right, np.ndarray):
        assert given.dtype == right.dtype
        assert given.shape == right.shape
        assert_same(given.ravel().tolist(), right.ravel().tolist())
    elif isinstance(right, np.generic):
        assert given.dtype == right.dtype
        assert given.tobytes() == right.tobytes()
    elif isinstance(right, dict):
        assert_same(list(given), list(right))
        assert_same(list(given.values()), list(right.values()))
    elif isinstance(right, list | tuple | collections.deque):
        assert len(given) == len(right)
        for one, other in zip(given, right, strict=True):
            assert_same(one, other)
    elif isinstance(right, dt.datetime | dt.time):
        assert str(given) == str(right)
        assert getattr(given, "fold", 0) == getattr(right, "fold", 0)
        assert getattr(given, "unit", "") == getattr(right, "unit", "")
        assert given.tzinfo == right.tzinfo
    elif isinstance(right, complex):
        assert_same([given.real, given.imag], [right.real, right.imag])
    elif isinstance(right, int | Fraction):  # too long to be shown, some of them
        assert given == right
    else:
        assert repr(given) == repr(right)


SCALARS = [
    *(
        None,
        True,
        False,
        0,
        -1,
        2**53 + 1,
        2**63 - 1,
        -(2**63),
        2**63,
        -(2**64),
        10**4500,
        -(10**9999),
    ),
    *(0.0, -0.0, 0.1, 1e308, 5e-324, NAN, float("inf"), -float("inf")),
    *(complex(1, -0.0), complex(NAN, 2), "", "მთა", "🏔", 'a\0b\n"\\', "\ud83d", "\ud83d\ude00"),
    *(b"", b"\0\xff", Decimal("8474.00"), Decimal("-0"), Decimal("NaN"), Decimal("-Infinity")),
    *(Decimal("1E+999"), Decimal("1." + "3" * 500), Decimal("sNaN"), Fraction(1, 3)),
    *(Fraction(10**5000, 7), dt.date(2026, 3, 4), dt.date.min, dt.date.max, dt.datetime.max),
    *(dt.datetime(2026, 3, 4, 5, 6, 7, 8), dt.datetime(2026, 3, 4, tzinfo=dt.UTC)),
    dt.datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin")),
    dt.datetime(2026, 3, 4, tzinfo=dt.timezone(dt.timedelta(hours=-3, seconds=7))),
    *(dt.time(23, 59, 59, 999999, fold=1), dt.time(1, tzinfo=dt.UTC)),
    *(dt.timedelta(-1, 5, 7), dt.timedelta.max),
]
CONTAINERS = [
    *([], [1, 2.5, "x", None, True, NAN], [[], [[]], {}], (), (1,), ((1, "a"), [None]), {}),
    *({"a": 1, "b": [2]}, {1: "one", (1, "a"): 2, (): 3, None: 4, 2.5: 5, b"k": 6}),
    *({pd.Timestamp("2026-01-01"): 1, pd.NaT: 2, dt.date(2026, 1, 1): 3}, {NAN: 1}, [10**30, 1]),
    *(["\ud83d", "\ude00"], {"\ud83d": "\ude00"}, list(range(1000)), range(3, -10, -2)),
    *(collections.deque([1, 2]), collections.deque("abc", maxlen=2)),
]
NUMPY = [
    *(np.bool_(True), np.int8(-3), np.uint64(2**64 - 1), np.float16(0.1), np.float32(0.1)),
    *(np.float64("nan"), np.complex64(1 + 2j), np.str_("მთა\0"), np.bytes_(b"x\0")),
    *(np.datetime64("2026-03-04"), np.datetime64("2026-03", "M"), np.datetime64("NaT")),
    *(np.datetime64("2026-03-04T05:06:07.000000001"), np.datetime64(7, "25s")),
    *(np.timedelta64(5, "D"), np.timedelta64(7, "ns"), np.timedelta64("NaT", "us")),
    *(np.array(5), np.array([]), np.arange(6).reshape(2, 3), np.arange(24.0).reshape(2, 3, 4).T),
    *(np.array([True, False]), np.array([1, 2], dtype=">i4"), np.array([[1, NAN]], dtype="f4")),
    *(np.zeros((0, 3)), np.zeros((2, 0), dtype="i8"), np.array(["ab", "", "მთა"]), np.array("x")),
    *(np.array([b"a\0b", b""]), np.array([], dtype="U3"), np.array(["2026-01", "NaT"], "M8[M]")),
    *(np.array([1, 2], "m8[h]"), np.array([1, "a", None, NAN, [1], (2,)], dtype=object)),
    *(np.array([["a", 1], [2.5, None]], dtype=object), np.array(None, dtype=object)),
    np.ma.array([1.5, 2]),
]
PANDAS_SCALARS = [
    *(pd.NA, pd.NaT, pd.Timestamp("2026-03-04 05:06:07.000000001"), pd.Timestamp.max),
    *(pd.Timestamp("2026-03-04").as_unit("s"), pd.Timestamp("2026-03-04", tz="Asia/Tbilisi")),
    *(pd.Timestamp("2026-03-04", tz="UTC"), pd.Timestamp("2026-03-04", tz="+02:30")),
    pd.Timestamp("2026-10-25 00:30", tz="UTC").tz_convert("Europe/Berlin"),
    pd.Timestamp("2026-10-25 01:30", tz="UTC").tz_convert("Europe/Berlin"),
    *(pd.Timedelta(days=-1, nanoseconds=3), pd.Timedelta(5, "s").as_unit("ms")),
    *(pd.Period("2026-03"), pd.Period("2026Q1"), pd.Period("2026-03-04 05:00", freq="2h")),
    *(pd.Period("2026-03-04", freq="W-SUN"), pd.Interval(0, 2.5), pd.Interval(1, 2, "both")),
    pd.Interval(pd.Timestamp("2026-01-01"), pd.Timestamp("2026-02-01"), "left"),
]
CATEGORIES = pd.Categorical(["b", None, "a"], categories=["b", "a", "c"], ordered=True)
ARRAYS = [
    *(pd.array([1, None, 3]), pd.array([1, None], dtype="UInt8"), pd.array([0.5, None, 2])),
    *(pd.array([True, None]), pd.array(["a", None], dtype="string"), pd.array(["a", NAN], "str")),
    *(pd.array([], dtype="str"), pd.array(["", ""], dtype="str"), pd.array([None], dtype="str")),
    *(pd.array(["a|b", "c\td"], "str"), pd.array(["|\t\n\x1f\0", "x", None], "str")),
    *(pd.array(["\ud83d", "\ude00"], "str"), pd.array(["მთა", "🏔"], "str")),
    *(CATEGORIES, pd.Categorical([1, 2, 1]), pd.Categorical(DAYS), pd.Categorical([])),
    *(pd.Categorical([1.5, "a", (1, 2)]), pd.cut(pd.Series([1, 5, 9, NAN]), 3).array),
    *(DAYS.array, DAYS.tz_localize(TBILISI).array, DAYS.tz_localize("UTC").as_unit("ns").array),
    *(pd.to_timedelta([1, None], unit="D").array, pd.period_range("2026-01", periods=2).array),
    *(pd.array(DAYS.to_period("W")), pd.interval_range(0, 3).array, pd.Series([1, 2]).array),
    *(pd.arrays.IntervalArray.from_breaks(DAYS, "left"), pd.Series([1, "a"]).array),
]
INDEXES = [
    *(pd.RangeIndex(0), pd.RangeIndex(5, -3, -2, name="place"), pd.Index([]), pd.Index([], "str")),
    *(pd.Index([3, 1, 1], name=("a", 1)), pd.Index([0.5, NAN], name=""), pd.Index([True, False])),
    *(pd.Index(["b", "a", NAN], name=None), pd.Index(["a", 1, None, (1, 2)], name=7)),
    *(pd.Index(["a", "b"], dtype=object), pd.Index([(1, 2), (3, 4)], tupleize_cols=False)),
    *(DAYS, DAYS[[2, 0]], DAYS.tz_localize(TBILISI), DAYS.as_unit("s").rename("day")),
    *(
        pd.date_range("2026-01-31", periods=3, freq="ME"),
        pd.date_range("2026", periods=3, freq="W"),
    ),
    *(pd.date_range("2026", periods=4, freq="15min", tz="UTC"), pd.bdate_range("2026", periods=9)),
    pd.date_range("2026", periods=3, freq=pd.DateOffset(months=1)).set_names("odd frequency"),
    *(pd.timedelta_range("1h", periods=3), pd.to_timedelta(["1D", None])),
    *(pd.period_range("2026-01", periods=3, freq="M"), pd.interval_range(0, 3, closed="both")),
    *(pd.CategoricalIndex(CATEGORIES, name="c"), pd.Index([1, None], dtype="Int64")),
    pd.MultiIndex.from_product([["a", "b"], DAYS], names=["channel", None]),
    pd.MultiIndex.from_tuples([(1, NAN), (2, "x"), (1, "x")], names=["a", "a"])[1:],
    pd.MultiIndex.from_arrays([CATEGORIES, [1, 2, 3]]),
    pd.MultiIndex.from_arrays([[], []], names=["x", "y"]),
]
TWICE = pd.DataFrame([[1, "a", 2.5], [3, None, NAN]], columns=["x", "x", "y"], index=["r", "r"])
MIXED = pd.DataFrame({n: pd.Series(array) for n, array in enumerate(ARRAYS) if len(array) == 3})
SALES = pd.DataFrame(
    {"month": [1, 1, 2], "channel": ["a", "b", "a"], "sales": [10, 20, 30]}, index=DAYS
)
TABLES = [
    *(pd.Series([], dtype=float), pd.Series([1, 2], name=("a", None)), pd.Series({"a": 0.5})),
    *(
        pd.Series(["a", None]),
        pd.Series([1, "a", None, pd.NA, NAN, []]),
        pd.Series([None, "a"], dtype=object),
    ),
    *(pd.Series(pd.to_datetime(["2026-01-01", None])), pd.Series([True, False], name=NAN)),
    *(pd.Series([Decimal("1.5"), Fraction(1, 2)]), pd.Series([[1], {"a": 2}, (3,)])),
    *(pd.DataFrame(), pd.DataFrame(index=[1, 2]), pd.DataFrame(columns=["a", "b"]), TWICE, MIXED),
    *(SALES, SALES.T, SALES[["sales"]], SALES.groupby("channel")["sales"].sum(), SALES.describe()),
    SALES.groupby(["month", "channel"]).agg({"sales": ["sum", "mean"]}),
    SALES.pivot_table(index="month", columns="channel", values="sales"),
    SALES.resample("MS").sum(numeric_only=True),
    SALES.groupby(pd.cut(SALES["sales"], [0, 15, 40]), observed=False).size(),
    pd.DataFrame({"a": [1]}, pd.Index([0], name=DAYS[0]), pd.Index(["a"], name=("x", 1))),
    pd.DataFrame(np.zeros((2, 60))),
]
VALUES = [*SCALARS, *CONTAINERS, *NUMPY, *PANDAS_SCALARS, *ARRAYS, *INDEXES, *TABLES]


def of_type(value):
    return type(value).__name__


@pytest.mark.parametrize("value", VALUES, ids=of_type)
def test_a_value_arrives_as_it_was(value):
    right = value
    if isinstance(value, pd.DatetimeIndex) and value.name == "odd frequency":
        right = value._with_freq(None)  # it has no short name, and no value of the index needs it
    assert_same(through(value), right)
    assert_same(through([value, {"in": (value,)}]), [right, {"in": (right,)}])


@pytest.mark.parametrize("value", VALUES, ids=of_type)
def test_packing_is_stable(value):
    assert pack(json.loads(json.dumps("text"))) == "text"
    line = json.dumps(pack(value))
    assert json.dumps(pack(unpack(json.loads(line)))) == line
    assert digest(value) == digest(through(value))


def test_a_masked_value_arrives_as_one_that_cannot_be_checked():
    # numpy takes what is masked for equal to everything
    given = through(np.ma.array([1, 2, 3], mask=[0, 1, 0]))
    assert issubclass(type(given), wire.Opaque)
    with pytest.raises(CannotBeChecked):
        _ = given == 1


def test_sets_arrive():
    for value in ({1, "a", (2, frozenset({3}))}, frozenset({NAN}), set()):
        given = through(value)
        assert type(given) is type(value)
        assert sorted(map(repr, given)) == sorted(map(repr, value))


def test_tables_of_the_shop_arrive():
    for name in company.tables()["name"]:
        table = company.load(name)
        given = through(table)
        pd.testing.assert_frame_equal(given, table, check_column_type=True, check_exact=True)


class Channel(enum.IntEnum):
    EMAIL = 3


class Loud(str):
    def __str__(self):
        return "LOUD"

    __repr__ = __str__


class Shares(NamedTuple):
    a: float
    b: float


class Lying(dict):
    def items(self):
        return [("right", "answer")]

    def __eq__(self, other):
        return True


@pytest.mark.parametrize(
    ("value", "arrives"),
    [
        (collections.Counter("aab"), {"a": 2, "b": 1}),
        (collections.defaultdict(int, a=1), {"a": 1}),
        (Channel.EMAIL, 3),
        (Loud("quiet"), "quiet"),
        (Shares(0.5, 0.25), (0.5, 0.25)),
        (Lying(a=1), {"a": 1}),
        (type("Length", (float,), {"__float__": lambda self: 9.0})(1.5), 1.5),
        (
            np.array([1, 2]).view(type("Sub", (np.ndarray,), {"__eq__": lambda *_: True})),
            np.array([1, 2]),
        ),
        (np.array([1, 2.5], dtype=np.longdouble), np.array([1, 2.5])),
        (type("Sub", (pd.Series,), {"__eq__": lambda *_: True})([1, 2]), pd.Series([1, 2])),
        (type("Sub", (pd.DataFrame,), {})({"a": [1]}), pd.DataFrame({"a": [1]})),
        (pd.Series([0, 0, 1], dtype="Sparse[int]"), pd.Series([0, 0, 1], dtype=object)),
        (
            dt.datetime(
                2026,
                1,
                1,
                tzinfo=type("Odd", (dt.tzinfo,), {"utcoffset": lambda *_: dt.timedelta(hours=4)})(),
            ),
            dt.datetime(2026, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=4))),
        ),
    ],
)
def test_a_subclass_arrives_as_what_it_is_based_on(value, arrives):
    assert_same(through(value), arrives)


def test_the_order_of_an_ordered_dict_arrives():
    value = collections.OrderedDict(a=1, b=2)
    value.move_to_end("a")
    assert list(through(value)) == ["b", "a"]


def test_views_of_a_dict_are_views_again():
    sales = {"a": 1, "b": [2]}
    assert through(sales.keys()) == {"a", "b"}
    assert list(through(sales.values())) == [1, [2]]
    assert list(through({"a": 1}.items())) == [("a", 1)]
    assert type_name(through(sales.items())) == "a dict_items"


@pytest.mark.parametrize(
    ("value", "items"),
    [
        ((n for n in (1, 2)), [1, 2]),
        (map(str, [1, 2]), ["1", "2"]),
        (zip([1], "a", strict=True), [(1, "a")]),
        (filter(None, [0, 1]), [1]),
        (itertools.chain([1], [2]), [1, 2]),
        (iter([1]), [1]),
        (reversed([1, 2]), [2, 1]),
        (pd.DataFrame({"a": [1]}).items(), [("a", pd.Series([1], name="a"))]),
    ],
)
def test_what_gives_its_items_once_does_so_again(value, items):
    given = through(value)
    assert isinstance(given, Iterator)
    assert type(given).__name__ == type(value).__name__
    assert type_name(given) == f"a {type(value).__name__}"
    assert_same(list(given), items)
    assert list(given) == []


def test_other_iterables_give_their_items():
    given = through(SALES.groupby("channel"))
    assert isinstance(given, Iterated)
    assert type_name(given) == "a DataFrameGroupBy"
    assert [name for name, _ in given] == ["a", "b"]
    assert len(given) == 2
    assert given[0][0] == "a"
    assert list(through(bytearray(b"ab"))) == [97, 98]
    assert not isinstance(given, list), "the kinds would take it for one"


def plot():
    figure = Figure()
    left, right = figure.subplots(1, 2)
    figure.suptitle("The shop")
    left.plot([1, 2], [3.0, 4.0], color="red", label="sales")
    left.set(title="Net sales", xlabel="month", ylabel="GEL", yscale="log", xlim=(0, 5))
    left.text(1, 1, "holiday")
    left.legend()
    right.bar(["a", "b"], [5, 7], label="cost")
    right.scatter([1, 2], [3, 4], label="days")
    right.imshow(np.zeros((2, 2)))
    return figure


def test_a_figure_arrives_by_its_content():
    figure = through(plot())
    assert isinstance(figure, FigureContent)
    assert figure.suptitle == "The shop"
    left, right = figure.axes
    assert isinstance(left, AxesContent)
    assert (left.title, left.xlabel, left.ylabel) == ("Net sales", "month", "GEL")
    assert (left.xscale, left.yscale, left.xlim) == ("linear", "log", (0.0, 5.0))
    assert (left.legend, left.texts, right.legend) == (["sales"], ["holiday"], None)
    (line,) = left.lines
    assert (line.label, list(line.x), list(line.y), line.color) == (
        "sales",
        [1, 2],
        [3, 4],
        "#ff0000",
    )
    assert [(bar.label, bar.y, bar.height) for bar in right.bars] == [
        ("cost", 0, 5),
        ("cost", 0, 7),
    ]
    assert right.bars[1].x + right.bars[1].width / 2 == pytest.approx(1)
    assert right.scatters[0].points == [(1, 3), (2, 4)]
    assert right.images == 1
    assert json.dumps(pack(figure)) == json.dumps(pack(plot()))


def test_the_axes_of_a_pandas_plot_arrive():
    with mpl.rc_context({"backend": "agg"}):
        axes = SALES.set_index("channel")["sales"].plot(kind="bar", title="Sales")
        content = through({"plot": axes, axes: "as key"})["plot"]
    assert content.title == "Sales"
    assert [bar.height for bar in content.bars] == [10, 20, 30]
    assert content.xticklabels == ["a", "b", "a"]


USES = [
    *(lambda x: x == x, lambda x: x != 1, lambda x: x > 1, lambda x: x < 1, lambda x: x + 1),
    *(lambda x: 1 - x, lambda x: x @ x, lambda x: -x, abs, bool, int, float, complex, round, len),
    *(iter, list, lambda x: x(), lambda x: x.total, lambda x: x[0], lambda x: 1 in x, str, format),
    *(lambda x: f"{x:.2f}", lambda x: [x] == [1], lambda x: np.array([1]) == x, np.isnan, sum, max),
    *(lambda x: np.testing.assert_equal(x, 1), lambda x: pd.Series([1]) == x, bytes, divmod, hex),
    *(lambda x: x == pytest.approx(1), lambda x: x.__dict__, lambda x: setattr(x, "a", 1) or x.a),
]


@pytest.mark.parametrize("use", USES)
def test_no_use_of_an_opaque_value_passes(use):
    with pytest.raises((TypeError, AssertionError)):
        use(through(object()))


def test_an_opaque_value_says_what_it_was():
    value = through(SALES.style)
    assert isinstance(value, Opaque)
    assert type_name(value) == "a Styler"
    assert not callable(value)
    assert not hasattr(value, "__iter__")
    assert "Styler" not in repr(value)
    with pytest.raises(CannotBeChecked, match="a value of type Styler cannot be checked"):
        value == 1  # noqa: B015


@pytest.mark.parametrize(
    "value",
    [
        *(object(), len, lambda: 1, json, int, Channel, open, NotImplemented, ..., ValueError("x")),
        *(io.StringIO("a"), np.zeros(2, dtype=[("a", "i4")]), np.dtype("i4"), itertools.count()),
        *(itertools.repeat(1), Decimal("1E+999999"), 10**20000, pd.offsets.MonthEnd(), memoryview),
    ],
    ids=of_type,
)
def test_what_cannot_travel_is_opaque(value):
    given = through(value)
    assert isinstance(given, Opaque)
    assert type(given).__name__ == type(value).__name__
    first, given, last = through([1, value, 2])
    assert (first, last) == (1, 2)
    assert isinstance(given, Opaque)


def worst():
    """An object that raises what `except Exception` does not catch, whatever is done to it."""

    def stop(*_):
        raise SystemExit

    methods = ("getattribute", "getattr", "eq", "hash", "iter", "len", "repr", "bool", "array")
    metaclass = type("Bad", (type,), {f"__{name}__": stop for name in methods})
    body = {f"__{name}__": stop for name in methods} | {"__class__": property(stop)}
    return object.__new__(type.__new__(metaclass, "Worst", (), body))


def like_int():
    """An object whose class says that it is int."""
    methods = {"__hash__": lambda cls: hash(int), "__eq__": lambda cls, other: True}
    return type("Equal", (type,), methods)("Five", (), {})()


def in_itself():
    cycle = []
    cycle.append(cycle)
    return cycle


def wide_in_itself():
    wide = []
    wide.extend([wide] * 1000)
    return wide


def fan(depth=12):
    return [fan(depth - 1)] * 40 if depth else [1] * 40


def deep():
    value = "bottom"
    for _ in range(5000):
        value = [value]
    return value


def twins():
    both = {}
    both["twin"] = [both, (both,)]
    return both


class Endless:
    def __iter__(self):
        while True:
            yield Endless()


class Sequence:
    def __getitem__(self, place):
        return Sequence()


def broken():
    series = pd.Series([1, 2])
    object.__setattr__(series, "_mgr", None)
    return series


def namesake():
    return type("int", (), {"__eq__": lambda *_: True, "__hash__": lambda _: 0})()


OPAQUE = {
    "worst": worst,
    "its class": lambda: type(worst()),
    "like int": like_int,
    "endless": Endless,
    "endless and large": lambda: ("x" * 10**6 for _ in itertools.count()),
    "a sequence without end": Sequence,
    "namesake": namesake,
    "broken": broken,
    "a name of HTML": lambda: type("<script>", (), {})(),
    "a long name": lambda: type("a" * 10**6, (), {})(),
    "big text": lambda: "x" * (30 * 2**20),
    "big array": lambda: np.zeros(10**7),
    "broadcast": lambda: np.broadcast_to(np.int8(1), (10**6, 10**6)),
    "empty but wide": lambda: np.zeros((2 * 10**6, 2 * 10**6, 0), dtype="i1"),
    "long range": lambda: range(10**18),
    "long index": lambda: pd.RangeIndex(10**15),
    "long frame": lambda: pd.DataFrame(index=pd.RangeIndex(10**12)),
    "many floats": lambda: [0.5] * 3_000_000,
    "many lists": lambda: [[] for _ in range(500_000)],
    "wide text": lambda: np.array(["a"], dtype="U9999999"),
    "odd zone": lambda: dt.datetime(2026, 1, 1, tzinfo=type("Z", (dt.tzinfo,), {})()),
    "endless in turn": lambda: [Endless() for _ in range(100)],
    "fan": fan,
}
ODD = {
    "in itself": in_itself,
    "wide in itself": wide_in_itself,
    "deep": deep,
    "twins": twins,
    "array with a cycle": lambda: np.array([in_itself(), None], dtype=object),
    "in a set": lambda: {namesake(), like_int()},
    "far moment": lambda: pd.Period(ordinal=2**62, freq="D"),
    "same hashes": lambda: dict.fromkeys(n * (2**61 - 1) for n in range(1, 50)),
}


@pytest.mark.parametrize("make", [*OPAQUE.values(), *ODD.values()], ids=[*OPAQUE, *ODD])
def test_packing_never_raises_and_ends(make):
    value = make()
    began = time.process_time()
    line = json.dumps(pack(value))
    given = unpack(json.loads(line))
    assert time.process_time() - began < 10
    assert len(line) <= wire.MAX_LINE
    assert isinstance(given, Opaque) == (make in OPAQUE.values())
    assert isinstance(digest(value), bytes)


def test_one_bad_item_leaves_the_others():
    *bad, last = through([worst(), like_int(), itertools.count(), in_itself(), type(worst()), 5])
    assert last == 5
    assert isinstance(bad.pop(3)[0], Opaque)
    assert all(isinstance(item, Opaque) for item in bad)


def test_too_much_is_told():
    for value in ("x" * (30 * 2**20), [0.5] * 3_000_000, np.zeros(10**7)):
        assert type(through(value)).__name__ == "TooLarge"
    assert len(through([0.5] * 1_000_000)) == 1_000_000


def test_what_has_no_hash_any_more_can_still_be_a_key():
    class Key(list):
        __hash__ = object.__hash__

    given = through({Key([1]): 1, (Key(), 2): 2})
    assert list(given.values()) == [1, 2]
    assert all(isinstance(key, Opaque) for key in given)


def test_digest_tells_any_change():
    for change in (
        lambda table: table.__setitem__("sales", [1, 2, 3]),
        lambda table: table.__setitem__("new", 1),
        lambda table: table.insert(0, "first", 1),
        lambda table: table.pop("month"),
        lambda table: table.__setitem__("month", table["month"].astype(float)),
    ):
        table = SALES.copy()
        before = digest([table, {"a": [1]}])
        assert digest([SALES.copy(), {"a": [1]}]) == before
        change(table)
        assert digest([table, {"a": [1]}]) != before


def b64(raw):
    return wire.base64_of(raw)


def nested(depth):
    document = None
    for _ in range(depth):
        document = ["list", [document]]
    return document


FIVE = ["array", "<i8", [5], b64(bytes(40))]
RANGE = ["range index", None, 0, 5, 1]


@pytest.mark.parametrize(
    "document",
    [
        *(
            [],
            {},
            {"a": 1},
            [[]],
            ["__class__"],
            ["eval", "1"],
            [None],
            [1, 2],
            ["list"],
            ["list", 1],
        ),
        *(["list", [1], 2], ["list", {"a": 1}], ["tuple", "ab"], ["opaque", "a b"], ["opaque", 5]),
        *(["opaque", "x" * 81], ["opaque", "__import__('os')"], nested(100), nested(900)),
        *(
            2**63,
            ["list", [2**63]],
            ["int", "10**9"],
            ["int", "f" * 9000],
            ["int", 5],
            ["int", "-"],
        ),
        *(["text", "!!!!"], ["text", "YQ"], ["text", "/w=="], ["bytes", "a"], ["bytes", None]),
        *(["dict", ["a"], []], ["dict", [["list", []]], []], ["range", 0, 10**18, 1]),
        *(["range", 0, 5, 0], ["range", 0.5, 1, 1], ["deque", [], -1], ["deque", [], "a"]),
        *(["decimal", "1E+99999"], ["decimal", "1" * 20000], ["decimal", " 1"], ["decimal", "_1"]),
        *(["fraction", 1, 0], ["fraction", 0.5, 1], ["date", [0, 1, 1]], ["date", [2026, 1]]),
        *(["date", [2026, 1, True]], ["datetime", [2026, 1, 1, 0, 0, 0, 0, 2], None]),
        *(["datetime", [2026, 1, 1, 0, 0, 0, 0, 0], ["zone", "../../etc/passwd"]],),
        *(["datetime", [2026, 1, 1, 0, 0, 0, 0, 0], ["zone", "Atlantis/City"]],),
        *(["datetime", [2026, 1, 1, 0, 0, 0, 0, 0], ["offset", [99, 0, 0]]],),
        *(["timedelta", [10**12, 0, 0]], ["complex", 1, 2], ["complex", "1", 0.5]),
        *(["array", "O", [1], b64(bytes(8))], ["array", "|V8", [1], b64(bytes(8))]),
        *(["array", "<i8,<i8", [1], b64(bytes(16))], ["array", "<i8", [-1], ""]),
        *(["array", "<i8", [2], b64(bytes(8))], ["array", "<i8", [10**18], ""]),
        *(["array", "<i8", [0] * 40, ""], ["array", "<i8", [0, 2000000, 2000000], ""]),
        *(["array", "<i8", [True], b64(bytes(8))], ["array", "<i8", 1, b64(bytes(8))]),
        *(["array", "<i8", [1], [0]], ["array", "<i7", [1], b64(bytes(7))], ["array", [], [1], ""]),
        *(["array", "|b1", [1], b64(b"\2")], ["array", "<M8[0s]", [1], b64(bytes(8))]),
        *(["array", "<M8[xx]", [1], b64(bytes(8))], ["array", "S99999999", [1], ""]),
        *(["period", "0D", 1], ["index", None, ["array", "<M8[ns]", [1], b64(bytes(8))], "0D"]),
        *(["array", "<U99999999", [5], [""] * 5], ["array", "<U1", [1], ["ab"]]),
        *(
            ["array", "<U1", [2], ["a"]],
            ["array", "<U1", [1], [1]],
            ["array", "|S99999999", [9], ""],
        ),
        *(
            ["objects", [2], [1]],
            ["objects", [1], "a"],
            ["scalar", ["list", [1]]],
            ["scalar", FIVE],
        ),
        *(["masked", FIVE, FIVE], ["timestamp", "D", 1, None], ["timestamp", "ns", 2**70, None]),
        *(["timestamp", ["ns"], 1, None], ["period", "x" * 50, 1], ["period", "__", 1]),
        *(["period", "D", 0.5], ["interval", "open", 1, 2], ["interval", "left", 2, 1]),
        *(["interval", "left", "a", "b"], ["frame", RANGE, RANGE, []], ["frame", RANGE, 5, [FIVE]]),
        *(
            ["frame", ["list", []], ["index", None, FIVE, None], [FIVE] * 5],
            ["series", None, RANGE, 1],
        ),
        *(["series", None, RANGE, ["array", "<i8", [], b64(bytes(8))]],),
        *(["series", None, ["range index", None, 0, 4, 1], FIVE],),
        *(["range index", None, 0, 10**15, 1], ["range index", None, 0, 5]),
        *(["index", None, FIVE, "D"], ["index", None, ["list", [1]], None]),
        *(["index", None, ["array", "<M8[ns]", [5], b64(bytes(40))], "D"],),
        *(["multi index", [None], [["index", None, FIVE, None]], [FIVE]],),
        *(["multi index", [None], [RANGE], [["array", "|i1", [1], b64(b"\x07")]]],),
        *(
            ["multi index", [None], [["multi index", [], [], []]], [FIVE]],
            ["multi index", [], [], []],
        ),
        *(["strings", "python", "NaN", ["array", "|b1", [2], b64(bytes(2))], "|", "a|b|c"],),
        *(["strings", "python", "NaN", ["array", "|b1", [2], b64(bytes(2))], "", "ab"],),
        *(["strings", "python", "NaN", ["array", "|b1", [2], b64(bytes(2))], None, ["a", 5]],),
        *(["strings", "os", "NaN", ["array", "|b1", [1], b64(bytes(1))], "|", "a"],),
        *(["datetimes", FIVE, None], ["timedeltas", FIVE], ["periods", "D; import os", FIVE]),
        *(["intervals", "left", RANGE, FIVE], ["intervals", "x", RANGE, RANGE]),
        *(
            ["categorical", 1, RANGE, FIVE],
            ["categorical", True, ["index", None, FIVE, None], FIVE],
        ),
        *(["nullable", FIVE, FIVE], ["nullable", ["array", "<M8[s]", [1], b64(bytes(8))], None]),
        *(["figure", "title", 5], ["figure", "title", ["list", [1]]], ["line", 1, 2, 3, 4]),
        *(["set", [["dict", [], []], 2**64]], object(), b"x", (1, 2), {1}),
    ],
)
def test_another_document_is_refused(document):
    with pytest.raises(WireError):
        unpack(document)


def test_keys_of_one_hash_take_no_quadratic_time():
    same = [["int", f"{n * (2**61 - 1):x}"] for n in range(1, 50_000)]
    began = time.process_time()
    for document in (["set", same], ["dict", same, [0] * len(same)], ["frozenset", same]):
        with pytest.raises(WireError):
            unpack(document)
    assert time.process_time() - began < 20


def test_many_small_documents_are_bounded():
    empty = pack(pd.DataFrame())
    for document in (
        ["list", [empty] * 300_000],
        ["list", [["array", "<U6000000", [1], [""]]] * 1000],
        ["list", [["range", 0, 2_000_000, 1]] * 1000],
        ["list", [["list", []]] * 3_000_000],
    ):
        with pytest.raises(WireError):
            unpack(document)
    names = ["list", [["opaque", f"Name{n}"] for n in range(20_000)]]
    assert len(set(map(type, unpack(names)))) <= wire.MAX_NAMES + 1


STRANGE = [
    *(
        None,
        True,
        0,
        -1,
        1,
        5,
        2**62,
        2**70,
        -(10**30),
        0.5,
        NAN,
        "",
        "a",
        "O",
        "|V8",
        "<U9",
        "<i8",
    ),
    *(
        "<M8[ns]",
        "S99999999",
        "D",
        "ns",
        "list",
        "frame",
        "__class__",
        "left",
        [],
        [[]],
        {},
        {"a": 1},
    ),
    *(
        [0],
        [10**9, 10**9],
        [-1],
        ["list", []],
        ["NaT"],
        ["opaque", "X"],
        FIVE,
        RANGE,
        "AAAAAAAAAAA=",
    ),
]


def places(document):
    """Every list of the document with the places in it."""
    found, left = [], [document]
    while left:
        here = left.pop()
        if isinstance(here, list):
            found += [(here, place) for place in range(min(len(here), 30))]
            left += here[:30]
    return found


def strange(chance):
    return copy.deepcopy(chance.choice(STRANGE))


def mutated(document, chance):
    """A copy of the document with one to three random faults."""
    document = copy.deepcopy(document)
    for _ in range(chance.randint(1, 3)):
        if not (known := places(document)):
            return strange(chance)
        here, place = chance.choice(known)
        if place >= len(here):
            continue
        old, fault = here[place], chance.randrange(6)
        if fault == 0:
            here[place] = strange(chance)
        elif fault == 1:
            del here[place]
        elif fault == 2:
            here.insert(place, strange(chance))
        elif fault == 3:
            other, there = chance.choice(known)
            if there < len(other):
                here[place] = copy.deepcopy(other[there])
        elif isinstance(old, int) and not isinstance(old, bool):
            here[place] = chance.choice([old + 1, old - 1, -old, old * 10**6, old << 62, 0])
        elif isinstance(old, str) and old:
            at = chance.randrange(len(old))
            here[place] = (
                old[:at] + chance.choice(["", "A", "=", "9", "|", "\0", "მ"]) + old[at + 1 :]
            )
    return document


@pytest.mark.filterwarnings("ignore")
def test_random_faults_give_a_value_or_a_wire_error():
    chance = random.Random(2026)
    documents = [json.loads(json.dumps(pack(value))) for value in [*VALUES, plot()]]
    refused = 0
    for _ in range(6000):
        document = mutated(chance.choice(documents), chance)
        began = time.process_time()
        try:
            value = unpack(document)
        except WireError:
            refused += 1
        else:
            # What is let in is whole: it can be packed again.
            assert not (type(value).__name__ == "TooLarge" and document[0] != "opaque")
            json.dumps(pack(value))
        assert time.process_time() - began < 2, document
    assert 1000 < refused < 5900


def test_random_lines_give_a_value_or_a_wire_error():
    chance = random.Random(7)
    lines = [json.dumps(pack(value)) for value in VALUES]
    for _ in range(3000):
        line = list(chance.choice(lines))
        for _ in range(chance.randint(1, 4)):
            if line:
                line[chance.randrange(len(line))] = chance.choice('[]{}",:0129.-eE\\unulltrfas<>|')
        with contextlib.suppress(json.JSONDecodeError, WireError):
            unpack(json.loads("".join(line)))


@pytest.mark.parametrize("id", QUESTIONS)
def test_cases_arrive_unchanged(id):
    for case in QUESTIONS[id].cases(2026):
        args = through(case.args)
        assert unchanged(case.args, args)
        assert digest(case.args) == digest(args)


@pytest.mark.parametrize("id", QUESTIONS)
def test_the_verdict_is_the_same_on_what_arrives(id):
    question, key = QUESTIONS[id], KEYS[id]
    cases = question.cases(2026)
    expected = Expected(question, key, cases)
    answers = [[reading.result for reading in expected.right]]
    answers += [[call(way, case) for case in cases] for way in WAYS.get(id, ())]
    answers += [
        [expected.mistaken(mistake, n).result for n in range(len(cases))]
        for mistake in key.mistakes
    ]
    for results in answers:
        arrived = [replace(result, value=through(result.value)) for result in results]
        assert judge(expected, arrived) == judge(expected, results)


ODD_ANSWERS = [
    *(
        lambda *_: object(),
        lambda *_: (n for n in (1, 2)),
        lambda *_: range(2),
        lambda *_: {1: 2}.values(),
    ),
    *(lambda *_: len, lambda *_: pd.NA, lambda *_: np.array(3.5)),
    *(
        lambda *_: pd.Series({"a": Fraction(1, 2)}),
        lambda *_: {None: 1},
    ),
    *(lambda *_: pd.Period("2026-03"), lambda *_: [None], lambda *_: 10**400),
    *(lambda *args: args, lambda *_: pd.DataFrame().style, lambda *_: SALES.groupby("month")),
]


@pytest.mark.parametrize("id", QUESTIONS)
def test_the_verdict_on_odd_values_is_the_same(id):
    question, key = QUESTIONS[id], KEYS[id]
    case = question.cases(2026)[0]
    expected = Expected(question, key, [case])
    for answer in ODD_ANSWERS:
        result = call(answer, case)
        arrived = Result(value=through(call(answer, case).value))
        assert judge(expected, [arrived]) == judge(expected, [result])
