"""Values by value between two processes that do not trust each other: the box and the room outside.

`pack` makes of any object a document for `json.dumps`, `unpack` a value of such a document. What
comes out of the box was made by a stranger: `unpack` knows a closed list of forms, calls nothing
that the document names, and takes nothing on trust. A value that cannot travel arrives as
`Opaque`. The same file serves on both sides; numpy and pandas are imported only when needed.

A document is None, a bool, an int of 64 bits, a float or a text as it is, and a list
`[form, part, …]` for all else.

>>> pack({"search": 2, "email": (1.5, None)})
['dict', ['search', 'email'], [2, ['tuple', [1.5, None]]]]
>>> unpack(["dict", ["search", "email"], [2, ["tuple", [1.5, None]]]])
{'search': 2, 'email': (1.5, None)}
>>> unpack(pack(object())) + 1
Traceback (most recent call last):
    ...
course.grading.wire.CannotBeChecked: a value of type object cannot be checked
"""

import base64
import binascii
import collections
import contextlib
import datetime as dt
import functools
import hashlib
import io
import json
import math
import re
import sys
import warnings
import zoneinfo
from collections.abc import Callable
from dataclasses import dataclass, fields
from decimal import Decimal
from fractions import Fraction
from typing import Any, get_args, get_origin

MAX_DEPTH = 16
MAX_SCALARS = 2_000_000
MAX_BYTES = 24 * 2**20
# What pack makes is never longer as one line of JSON: a longer line need not be parsed at all.
MAX_LINE = 64 * 2**20
MAX_ITERATED = 100_000
MAX_DIGITS = 10_000
MAX_NAMES = 100
MAX_SAME_HASH = 100

# What each costs of MAX_BYTES beyond its content, so that many small ones are bounded as well.
SIZE_OF_NUMBER = 20
SIZE_OF_ITEM = 128
SIZE_OF_TABLE = 1000

# By id, for a class may say of itself that it equals another.
PLAIN = frozenset(map(id, (type(None), bool, int, float, str)))
VIEWS = {id(type({}.keys())): "dict_keys", id(type({}.values())): "dict_values"}
ITEMS_VIEW = type({}.items())
BUILTIN = frozenset(map(id, (list, tuple, dict, set, frozenset, int, Decimal, Fraction, dt.date)))
# Whose values arrive as what they were: those of a subclass arrive as plain ones.
WHOLE = BUILTIN | frozenset(
    map(id, (str, float, complex, bytes, range, collections.deque, ITEMS_VIEW))
)
WHOLE |= VIEWS.keys() | frozenset(map(id, (dt.datetime, dt.time, dt.timedelta)))
LARGEST_INT = 10**MAX_DIGITS
UNITS = ("s", "ms", "us", "ns")
SIDES = ("left", "right", "both", "neither")
SEPARATORS = "|\t\n\x1f\0"
DTYPE = re.compile(
    r"\|b1|[<>|][iu][1248]|[<>]f[248]|[<>]c(8|16)|[<>][mM]8(\[([1-9]\d{0,5})?[a-zA-Z]{1,2}\])?"
)
TEXT_DTYPE = re.compile(r"[<>|][US]\d{1,8}")
FREQUENCY = re.compile(r"-?([1-9]\d{0,5})?[A-Za-z]{1,4}(-[A-Z]{3})?")
ZONE = re.compile(r"[A-Za-z0-9_+-]{1,40}(/[A-Za-z0-9_+-]{1,40}){0,3}")
BIG_INT = re.compile(r"-?[0-9a-f]{1,8306}")  # as many hexadecimal digits as MAX_DIGITS decimal ones
DECIMAL = re.compile(r"-?(\d+(\.\d*)?|\.\d+)(E[+-]\d{1,5})?|-?Infinity|-?s?NaN\d*", re.IGNORECASE)


class WireError(ValueError):
    """The document is not what `pack` makes.

    Its arguments tell why; its text, which may come onto a student's page, tells what that means.
    """

    def __str__(self) -> str:
        from course.language import _  # not for what only reads and writes values

        return _("the answer cannot be read")


class TooLarge(WireError):
    """There is more than may travel."""


class CannotBeChecked(TypeError, AttributeError):
    """What every use of an `Opaque` raises; an AttributeError too, so that `hasattr` says no."""


class Opaque:
    """Stands for a value that cannot travel. Its class is named like that of the original.

    Every use raises `CannotBeChecked`, comparisons as well, so that no check passes by it.
    """

    __hash__ = object.__hash__

    def __repr__(self) -> str:
        # The name of the type is the student's: here it could be taken for a value.
        return "<a value that cannot be checked>"

    def __getattribute__(self, name: str) -> Any:
        if name == "__class__":
            return type(self)
        return refuse(self)


def refuse(self: Opaque, *others: Any) -> Any:
    """Say that the value cannot be used."""
    from course.language import _  # not for what only reads and writes values

    if type(self).__name__ == TooLarge.__name__:
        raise CannotBeChecked(_("the value is too large to be checked"))
    raise CannotBeChecked(_("a value of type {name} cannot be checked", name=type(self).__name__))


ARITHMETIC = (
    *("add", "sub", "mul", "matmul", "truediv", "floordiv", "mod", "divmod", "pow"),
    *("lshift", "rshift", "and", "xor", "or"),
)
OPERATIONS = (
    *("eq", "ne", "lt", "le", "gt", "ge", "neg", "pos", "abs", "invert", "bool", "int", "float"),
    *("complex", "index", "round", "trunc", "floor", "ceil", "str", "format", "bytes", "fspath"),
    *("len", "iter", "reversed", "contains", "getitem", "setitem", "delitem"),
    *ARITHMETIC,
    *(f"r{operation}" for operation in ARITHMETIC),
)
# Of these, what an object has that its class does not give one.
OPERATORS = tuple(
    name
    for name in OPERATIONS
    if name not in ("eq", "ne", "lt", "le", "gt", "ge", "bool", "str", "format")
)
for operation in OPERATIONS:
    setattr(Opaque, f"__{operation}__", refuse)


class Iterated:
    """The items of an object that has no other form here; its class is named like the original."""

    def __init__(self, items: list) -> None:
        self.items = items

    def __iter__(self) -> Any:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, place: int | slice) -> Any:
        return self.items[place]


class Iterator:
    """The items of a generator, a map, a zip …: each comes once. Named like the original."""

    def __init__(self, items: list) -> None:
        self.items = items
        self.rest = iter(items)

    def __iter__(self) -> "Iterator":
        return self

    def __next__(self) -> Any:
        return next(self.rest)


@dataclass(frozen=True, eq=False)
class Line:
    """A line of a plot: its x and y as they were plotted, its colour as "#rrggbb"."""

    label: str
    x: Any
    y: Any
    color: str


@dataclass(frozen=True, eq=False)
class Bar:
    """A bar of a bar chart or histogram: its left lower corner and its size.

    `label` is that of all bars drawn at once.
    """

    label: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, eq=False)
class Scatter:
    """The points of a scatter plot, each (x, y)."""

    label: str
    points: list[tuple]


@dataclass(frozen=True, eq=False)
class AxesContent:
    """What matplotlib's Axes show. `legend` holds its texts, and is None where there is none."""

    title: str
    xlabel: str
    ylabel: str
    xscale: str
    yscale: str
    xlim: tuple
    ylim: tuple
    xticklabels: list[str]
    yticklabels: list[str]
    legend: list | None
    texts: list[str]
    lines: list[Line]
    bars: list[Bar]
    scatters: list[Scatter]
    images: int


@dataclass(frozen=True, eq=False)
class FigureContent:
    """What a matplotlib Figure shows, to be checked by its content.

    For example `figure.axes[0].ylabel == "Net sales, GEL"`, `len(figure.axes[0].bars) == 12`.
    """

    suptitle: str
    axes: list[AxesContent]


CONTENTS = {
    "figure": FigureContent,
    "axes": AxesContent,
    "line": Line,
    "bar": Bar,
    "scatter": Scatter,
}


def pack(value: Any) -> Any:
    """The value as a document for JSON; what cannot travel is opaque. Never raises."""
    try:
        return Packer().pack(value)
    except TooLarge:
        return ["opaque", TooLarge.__name__]
    except BaseException:  # the methods of the value may raise anything
        return opaque(value)


def pack_and_tell(value: Any, plots: bool = False) -> tuple[Any, str]:
    """The document of the value as of `pack`, and the name of a type in it that it arrives without;
    empty where all arrives as what it was. `plots` are told as well.
    """
    packer = Packer()
    try:
        document = packer.pack(value)
        return document, packer.lost or ("plot" if plots and packer.drawn else "")
    except TooLarge:
        return ["opaque", TooLarge.__name__], type_name(value)
    except BaseException:  # the methods of the value may raise anything
        return opaque(value), type_name(value)


def unpack(document: Any) -> Any:
    """The value of a document.

    Raises
    ------
    WireError
        It is not what `pack` makes.
    """
    try:
        return Unpacker().unpack(document)
    except WireError:
        raise
    except Exception as problem:
        raise WireError(f"not a document of the wire ({type(problem).__name__})") from problem


def received(document: Any) -> Any:
    """The value of a document from the box; one that cannot be read is one that cannot be checked,
    for whoever forged it no less than for whoever gives back something too large.
    """
    try:
        return unpack(document)
    except WireError:
        return unpack(["opaque", "object"])


def has_opaque(document: Any) -> bool:
    """Whether something in it cannot travel."""
    return '["opaque"' in json.dumps(document)


def digest(value: Any) -> bytes:
    """A short fingerprint of all that would travel: taken before and after, it tells a change."""
    return hashlib.blake2b(json.dumps(pack(value)).encode(), digest_size=16).digest()


def opaque(value: Any) -> list:
    """The document of a value that cannot travel."""
    return ["opaque", type_name(value)]


def type_name(value: Any) -> str:
    """The name of the value's type, as its class has it and no metaclass can change it."""
    name = type.__dict__["__name__"].__get__(type(value))
    return name if is_type_name(name) else "object"


def is_whole(kind: type) -> bool:
    """Whether values of exactly that type arrive as what they were."""
    if id(kind) in WHOLE:
        return True
    module = type.__dict__["__module__"].__get__(kind)
    known = type(module) is str and module.partition(".")[0] in ("numpy", "pandas", "datetime")
    return known and type.__dict__["__name__"].__get__(kind) not in ("matrix", "recarray")


def is_type_name(name: Any) -> bool:
    """Whether a class may have that name on this side."""
    return type(name) is str and len(name) <= 80 and name.isascii() and name.isidentifier()


def base64_of(raw: bytes) -> str:
    """The bytes as text."""
    return base64.b64encode(raw).decode("ascii")


def offset_of(frequency: str) -> Any:
    """The pandas offset of a text such as "MS" or "7D"."""
    from pandas.tseries.frequencies import to_offset

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # old names are not our concern
        return to_offset(frequency)


@functools.cache
def zones() -> frozenset[str]:
    """The time zones that this machine knows."""
    return frozenset(zoneinfo.available_timezones())


def places(shape: list[int]) -> int:
    """How many lists and values an array of that shape may be taken apart into."""
    return math.prod(length or 1 for length in shape)


class Budget:
    """What may still travel."""

    def __init__(self, times: int = 1) -> None:
        self.scalars = times * MAX_SCALARS
        self.bytes = times * MAX_BYTES

    def spend(self, scalars: int = 0, size: int = 0) -> None:
        """Take so much away, or raise `TooLarge`."""
        self.scalars -= scalars
        self.bytes -= size
        if self.scalars < 0 or self.bytes < 0:
            raise TooLarge("there is more than may travel")


class Packer(Budget):
    """Packs one value. Types are taken by `type()` and methods from the base type, for a value's
    own `__class__` and methods may say or do anything.
    """

    def __init__(self) -> None:
        super().__init__()
        self.path: set[int] = set()
        self.lost = ""  # the name of a type that the value arrives without
        self.drawn = False  # whether a plot is in it, which arrives as its content

    def pack(self, value: Any) -> Any:
        """The document of the value, opaque where it cannot travel."""
        kind = type(value)
        if kind is str:
            return self.text(value)
        if id(kind) in PLAIN and (kind is not int or -(2**63) <= value < 2**63):
            self.spend(1, SIZE_OF_NUMBER)
            return value
        self.spend(1, SIZE_OF_ITEM)
        if len(self.path) >= MAX_DEPTH or id(value) in self.path:
            self.lost = type_name(value)
            return opaque(value)
        self.path.add(id(value))
        try:
            if id(kind) in BUILTIN:
                return self.builtin(value, kind)
            # Some types of pandas and numpy are subclasses of those of Python.
            for known in (self.pandas, self.numpy, self.builtin, self.matplotlib):
                document = known(value, kind)
                if document is not None:
                    if known == self.matplotlib:
                        self.drawn = True
                    elif not is_whole(kind):
                        self.lost = type_name(value)
                    return document
            self.lost = type_name(value)
            return self.iterated(value, kind)
        except TooLarge:
            raise
        except BaseException:  # the methods of the value may raise anything
            self.lost = type_name(value)
            return opaque(value)
        finally:
            self.path.discard(id(value))

    def text(self, text: str) -> Any:
        """A text as it is, but for halves of surrogate pairs, which JSON would join."""
        if text.isascii():
            self.spend(1, len(text) if text.isprintable() else 6 * len(text))
            return text
        self.spend(1, 6 * len(text))
        try:
            text.encode("utf-16-le")
        except UnicodeEncodeError:
            return ["text", base64_of(text.encode("utf-8", "surrogatepass"))]
        return text

    def items(self, values: list) -> list:
        """The documents of many values; fast where they are plain."""
        kinds = set(map(id, map(type, values)))
        if kinds <= PLAIN:
            texts = "".join([v for v in values if type(v) is str]) if id(str) in kinds else ""
            numbers = [v for v in values if type(v) is int] if id(int) in kinds else [0]
            if min(numbers) >= -(2**63) and max(numbers) < 2**63 and self.text(texts) is texts:
                self.spend(len(values), len(values) * SIZE_OF_NUMBER)
                return values
        return [self.pack(value) for value in values]

    def builtin(self, value: Any, kind: type) -> list | None:
        """What Python itself brings."""
        if issubclass(kind, str):
            return self.text(str.__str__(value))
        if issubclass(kind, int):
            return self.whole(int.__int__(value))
        if issubclass(kind, float):
            return float.__float__(value)
        if issubclass(kind, complex):
            number = complex.__complex__(value)
            return ["complex", number.real, number.imag]
        if issubclass(kind, bytes):
            return ["bytes", self.raw(bytes.__bytes__(value))]
        if issubclass(kind, list):
            return ["list", self.items(list.copy(value))]
        if issubclass(kind, tuple):
            return ["tuple", self.items(list(tuple.__iter__(value)))]
        if issubclass(kind, set):
            return ["set", self.items(list(set.__iter__(value)))]
        if issubclass(kind, frozenset):
            return ["frozenset", self.items(list(frozenset.__iter__(value)))]
        if issubclass(kind, dict):
            ordered = issubclass(kind, collections.OrderedDict)
            items = (collections.OrderedDict if ordered else dict).items(value)
            return ["dict", *self.pairs(items)]
        if kind is ITEMS_VIEW:
            return ["dict_items", *self.pairs(value)]
        if id(kind) in VIEWS:
            return [VIEWS[id(kind)], self.items(list(value))]
        if kind is range:
            self.spend(len(value))
            return ["range", *map(self.pack, (value.start, value.stop, value.step))]
        if issubclass(kind, collections.deque):
            items = list(collections.deque.__iter__(value))
            maxlen = collections.deque.maxlen.__get__(value)
            return ["deque", self.items(items), maxlen]
        if issubclass(kind, Decimal):
            if not Decimal.is_finite(value) or abs(Decimal.adjusted(value)) < MAX_DIGITS:
                digits = Decimal.__str__(value)
                self.spend(0, len(digits))
                return ["decimal", digits] if len(digits) < MAX_DIGITS else opaque(value)
            return opaque(value)
        if issubclass(kind, Fraction):
            return ["fraction", self.whole(value.numerator), self.whole(value.denominator)]
        return self.moment(value, kind)

    def pairs(self, items: Any) -> tuple[list, list]:
        """The keys and the values of a dict."""
        items = list(items)
        return self.items([key for key, _ in items]), self.items([value for _, value in items])

    def whole(self, number: int) -> Any:
        """An int: one of 64 bits as it is."""
        if -(2**63) <= number < 2**63:
            return number
        if abs(number) >= LARGEST_INT:
            return ["opaque", "int"]
        digits = f"{number:x}"
        self.spend(0, len(digits))
        return ["int", digits]

    def raw(self, raw: bytes) -> str:
        """Bytes as text."""
        self.spend(0, len(raw) * 4 // 3)
        return base64_of(raw)

    def moment(self, value: Any, kind: type) -> list | None:
        """The types of the module datetime."""
        if issubclass(kind, dt.datetime):
            parts = (value.year, value.month, value.day, value.hour, value.minute, value.second)
            return [
                "datetime",
                [*map(int, (*parts, value.microsecond, value.fold))],
                self.zone(value.tzinfo, value),
            ]
        if issubclass(kind, dt.date):
            return ["date", [int(value.year), int(value.month), int(value.day)]]
        if issubclass(kind, dt.time):
            parts = (value.hour, value.minute, value.second, value.microsecond, value.fold)
            return ["time", [*map(int, parts)], self.zone(value.tzinfo, None)]
        if issubclass(kind, dt.timedelta):
            return ["timedelta", [int(value.days), int(value.seconds), int(value.microseconds)]]
        return None

    def zone(self, zone: Any, moment: Any) -> list | None:
        """A time zone: by its name where it has one, else its offset from UTC (at the moment)."""
        if zone is None:
            return None
        key = getattr(zone, "key", None) or getattr(zone, "zone", None)  # zoneinfo, pytz
        if type(key) is str and ZONE.fullmatch(key):
            with contextlib.suppress(zoneinfo.ZoneInfoNotFoundError):
                zoneinfo.ZoneInfo(key)
                return ["zone", key]
        offset = zone.utcoffset(None)
        offset = zone.utcoffset(moment) if offset is None else offset
        return ["offset", [int(offset.days), int(offset.seconds), int(offset.microseconds)]]

    def iterated(self, value: Any, kind: type) -> list:
        """The items of any other object that gives some, up to a limit."""
        if issubclass(kind, type | io.IOBase) or not hasattr(kind, "__iter__"):
            return opaque(value)
        items = []
        iterator = iter(value)
        for item in iterator:
            if len(items) == MAX_ITERATED:
                return opaque(value)
            items.append(self.pack(item))
        return ["iterator" if iterator is value else "iterated", type_name(value), items]

    def numpy(self, value: Any, kind: type) -> list | None:
        """Arrays and scalars of numpy."""
        np = sys.modules.get("numpy")
        if np is None:
            return None
        if issubclass(kind, np.str_):
            return ["numpy text", self.text(str.__str__(value))]
        if issubclass(kind, np.bytes_):
            return ["numpy bytes", self.raw(bytes.__bytes__(value))]
        if issubclass(kind, np.generic):
            return ["scalar", self.array(np.asarray(value))]
        if issubclass(kind, np.ma.MaskedArray):
            mask = np.ma.getmaskarray(value)
            return ["masked", self.array(np.ma.getdata(value)), self.array(mask)]
        if issubclass(kind, np.ndarray):
            return self.array(np.ndarray.view(value, np.ndarray))
        return None

    def array(self, array: Any) -> list:
        """An array of numpy: numbers and moments as raw bytes, all else as a list."""
        if array.dtype.char in "gG":  # longer floats have another form on every machine
            array = array.astype("f8" if array.dtype.char == "g" else "c16")
        shape = list(array.shape)
        self.spend(places(shape), SIZE_OF_ITEM + array.nbytes)
        dtype = array.dtype.str
        if array.dtype.kind == "O":
            return ["objects", shape, self.items(array.ravel().tolist())]
        if array.dtype.kind == "U":
            return ["array", dtype, shape, self.items(array.ravel().tolist())]
        if DTYPE.fullmatch(dtype) or array.dtype.kind == "S":
            return ["array", dtype, shape, base64_of(array.tobytes())]
        raise TypeError(f"arrays of {dtype} do not travel")

    def pandas(self, value: Any, kind: type) -> list | None:
        """Tables, their parts, and the scalars of pandas."""
        pd = sys.modules.get("pandas")
        if pd is None:
            return None
        if value is pd.NA:
            return ["NA"]
        if value is pd.NaT:
            return ["NaT"]
        if issubclass(kind, pd.Timestamp):
            moment = value.to_datetime64()
            unit, ticks = self.ticks(moment)
            return ["timestamp", unit, ticks, self.zone(value.tzinfo, value)]
        if issubclass(kind, pd.Timedelta):
            return ["duration", *self.ticks(value.to_timedelta64())]
        if issubclass(kind, pd.Period):
            return ["period", self.frequency(value.freqstr), int(value.ordinal)]
        if issubclass(kind, pd.Interval):
            return ["interval", str(value.closed), self.pack(value.left), self.pack(value.right)]
        if issubclass(kind, pd.DataFrame):
            table = value if kind is pd.DataFrame else pd.DataFrame(value)
            self.spend(0, SIZE_OF_TABLE)
            columns = [self.column(column.array) for _, column in table.items()]
            return ["frame", self.index(table.index), self.index(table.columns), columns]
        if issubclass(kind, pd.Series):
            series = value if kind is pd.Series else pd.Series(value)
            index, values = self.index(series.index), self.column(series.array)
            return ["series", self.pack(series.name), index, values]
        if issubclass(kind, pd.Index):
            return self.index(value)
        if kind is pd.arrays.NumpyExtensionArray:
            return ["numpy array", self.column(value)]
        if issubclass(kind, pd.api.extensions.ExtensionArray):
            return self.extension(value)
        return None

    def ticks(self, scalar: Any) -> tuple[str, int]:
        """The unit and the number of a datetime64 or timedelta64."""
        import numpy as np

        return np.datetime_data(scalar.dtype)[0], int(scalar.astype("i8"))

    def frequency(self, frequency: str) -> str:
        """The text of a frequency, or TypeError if it does not tell all."""
        if FREQUENCY.fullmatch(frequency):
            return frequency
        raise TypeError("a frequency that has no short name does not travel")

    def index(self, index: Any) -> list:
        """The labels of rows or columns."""
        import pandas as pd

        self.spend(0, SIZE_OF_TABLE)
        if isinstance(index, pd.RangeIndex):
            self.spend(len(index))
            bounds = (index.start, index.stop, index.step)
            return ["range index", self.pack(index.name), *map(self.pack, bounds)]
        if isinstance(index, pd.MultiIndex):
            names = [self.pack(name) for name in index.names]
            levels = [self.index(level) for level in index.levels]
            return ["multi index", names, levels, [self.array(codes) for codes in index.codes]]
        document = ["index", self.pack(index.name), self.column(index.array), None]
        frequency = getattr(index, "freqstr", None)
        if (
            isinstance(index, pd.DatetimeIndex | pd.TimedeltaIndex)
            and frequency
            and FREQUENCY.fullmatch(frequency)
            and offset_of(frequency) == index.freq
        ):
            document[-1] = frequency
        return document

    def column(self, values: Any) -> list:
        """The values of a Series, of a column or of an Index."""
        import numpy as np
        import pandas as pd

        self.spend(0, SIZE_OF_TABLE)
        # The arrays of naive moments and durations have a dtype of numpy, too.
        if type(values) is pd.arrays.NumpyExtensionArray or isinstance(values.dtype, np.dtype):
            return self.array(np.asarray(values))
        return self.extension(values)

    def extension(self, values: Any) -> list:
        """An array that only pandas has."""
        import numpy as np
        import pandas as pd

        self.spend(len(values))
        arrays = pd.arrays
        if isinstance(values.dtype, pd.StringDtype):
            return self.strings(values)
        if isinstance(values, arrays.DatetimeArray):
            moments = values if values.tz is None else values.tz_convert("UTC").tz_localize(None)
            zone = None if values.tz is None else self.zone(values.tz, None)
            return ["datetimes", self.array(moments.to_numpy()), zone]
        if isinstance(values, arrays.TimedeltaArray):
            return ["timedeltas", self.array(values.to_numpy())]
        if isinstance(values, arrays.PeriodArray):
            return ["periods", self.frequency(values.freqstr), self.array(values.asi8)]
        if isinstance(values, arrays.IntervalArray):
            left, right = self.index(values.left), self.index(values.right)
            return ["intervals", values.closed, left, right]
        if isinstance(values, pd.Categorical):
            categories = self.index(values.categories)
            return ["categorical", bool(values.ordered), categories, self.array(values.codes)]
        if isinstance(values, arrays.IntegerArray | arrays.FloatingArray | arrays.BooleanArray):
            missing = values.isna()
            numbers = values.to_numpy(dtype=values.dtype.numpy_dtype, na_value=0)
            return ["nullable", self.array(numbers), self.array(missing)]
        # Sparse, Arrow and the like: their values without their dtype.
        return self.array(np.asarray(values, dtype=object))

    def strings(self, values: Any) -> list:
        """Texts in one piece, which JSON writes and reads many times faster than a list."""
        import numpy as np
        import pandas as pd

        texts = values.tolist()
        missing = np.asarray(values.isna(), dtype=bool)
        for place in np.flatnonzero(missing).tolist():
            texts[place] = ""
        storage, gap = values.dtype.storage, "NA" if values.dtype.na_value is pd.NA else "NaN"
        for separator in SEPARATORS:
            whole = separator.join(texts)
            if whole.count(separator) == max(len(texts) - 1, 0):
                return ["strings", storage, gap, self.array(missing), separator, self.text(whole)]
        return ["strings", storage, gap, self.array(missing), None, self.items(texts)]

    def matplotlib(self, value: Any, kind: type) -> list | None:
        """Figures and axes by their content."""
        for form, content in CONTENTS.items():
            if kind is content:
                return [form, *(self.pack(getattr(value, field.name)) for field in fields(kind))]
        figure, axes = sys.modules.get("matplotlib.figure"), sys.modules.get("matplotlib.axes")
        if figure is not None and issubclass(kind, figure.FigureBase):
            content = FigureContent(value.get_suptitle(), [axes_content(a) for a in value.axes])
            return self.matplotlib(content, FigureContent)
        if axes is not None and issubclass(kind, axes.Axes):
            return self.matplotlib(axes_content(value), AxesContent)
        return None


def axes_content(axes: Any) -> AxesContent:
    """What matplotlib's axes show."""
    from matplotlib.collections import PathCollection
    from matplotlib.colors import to_hex
    from matplotlib.container import BarContainer

    legend = axes.get_legend()
    return AxesContent(
        title=axes.get_title(),
        xlabel=axes.get_xlabel(),
        ylabel=axes.get_ylabel(),
        xscale=axes.get_xscale(),
        yscale=axes.get_yscale(),
        xlim=tuple(map(float, axes.get_xlim())),
        ylim=tuple(map(float, axes.get_ylim())),
        xticklabels=[label.get_text() for label in axes.get_xticklabels()],
        yticklabels=[label.get_text() for label in axes.get_yticklabels()],
        legend=legend and [text.get_text() for text in legend.get_texts()],
        texts=[text.get_text() for text in axes.texts],
        lines=[
            Line(
                str(line.get_label()), line.get_xdata(), line.get_ydata(), to_hex(line.get_color())
            )
            for line in axes.lines
        ],
        bars=[
            Bar(
                str(bars.get_label()),
                float(bar.get_x()),
                float(bar.get_y()),
                float(bar.get_width()),
                float(bar.get_height()),
            )
            for bars in axes.containers
            if isinstance(bars, BarContainer)
            for bar in bars.patches
        ],
        scatters=[
            Scatter(str(points.get_label()), [tuple(xy) for xy in points.get_offsets().tolist()])
            for points in axes.collections
            if isinstance(points, PathCollection)
        ],
        images=len(axes.images),
    )


def require(holds: bool) -> None:
    """Refuse the document unless it holds."""
    if not holds:
        raise WireError("not a document of the wire")


def fits(value: Any, annotation: Any) -> bool:
    """Whether the value is of the type of a field, and its items are of theirs."""
    if annotation is Any:
        return True
    if get_origin(annotation) is not list:
        return isinstance(value, annotation)
    (item,) = get_args(annotation)
    return isinstance(value, list) and all(isinstance(v, item) for v in value)


FORMS: dict[str, Callable] = {}
INDEXES = ("index", "range index", "multi index")
EXTENSIONS = (
    *("strings", "datetimes", "timedeltas", "periods", "intervals", "categorical", "nullable"),
)


def form(name: str) -> Callable[[Callable], Callable]:
    """Register the method that unpacks the form of that name."""

    def register(method: Callable) -> Callable:
        FORMS[name] = method
        return method

    return register


class Unpacker(Budget):
    """Unpacks one document. The parts of a form are of a known type and size before use."""

    def __init__(self) -> None:
        # More than pack may spend, for it counts some parts together.
        super().__init__(times=2)
        self.depth = 0
        self.classes: dict[tuple[type, str], type] = {}

    def unpack(self, document: Any) -> Any:
        """The value of the document."""
        if type(document) is not list:
            return self.items([document])[0]
        require(len(document) > 0 and type(document[0]) is str and document[0] in FORMS)
        self.spend(1, SIZE_OF_ITEM)
        require(self.depth < 4 * MAX_DEPTH)  # a value of pandas has parts within parts
        self.depth += 1
        value = FORMS[document[0]](self, *document[1:])
        self.depth -= 1
        return value

    def part(self, document: Any, *forms: str) -> Any:
        """The value of a document that has to be of one of the forms."""
        require(type(document) is list and len(document) > 0 and document[0] in forms)
        return self.unpack(document)

    def items(self, documents: Any) -> list:
        """The values of many documents; fast where they are plain."""
        require(type(documents) is list)
        kinds = set(map(type, documents))
        if list in kinds:
            return [self.unpack(document) for document in documents]
        self.spend(len(documents), len(documents) * SIZE_OF_NUMBER)
        require(kinds <= {type(None), bool, int, float, str})
        if int in kinds:
            numbers = [number for number in documents if type(number) is int]
            require(min(numbers) >= -(2**63) and max(numbers) < 2**63)
        return list(documents)

    def numbers(self, documents: Any, count: int) -> list[int]:
        """So many ints."""
        numbers = self.items(documents)
        require(len(numbers) == count and set(map(type, numbers)) == {int})
        return numbers

    def keys(self, documents: Any) -> list:
        """The keys of a dict or the items of a set."""
        return self.hashable(self.items(documents))

    def hashable(self, values: list) -> list:
        """The values with what has no hash made opaque; refused where many hashes are the same,
        for then a dict of them takes quadratic time. Those of texts cannot be made to be.
        """
        if set(map(type, values)) <= {str}:
            return values
        hashable, hashes = [], collections.Counter()
        for value in values:
            try:
                hashes[hash(value)] += 1
                hashable.append(value)
            except TypeError:
                hashable.append(self.opaque(type(value).__name__))
        require(max(hashes.values(), default=0) <= MAX_SAME_HASH)
        return hashable

    def named(self, base: type, name: Any) -> type:
        """The class of that name; beyond some names all have the same."""
        require(is_type_name(name))
        if len(self.classes) >= MAX_NAMES and (base, name) not in self.classes:
            name = "object"
        if (base, name) not in self.classes:
            self.classes[base, name] = type(name, (base,), {})
        return self.classes[base, name]

    @form("opaque")
    def opaque(self, name: Any) -> Opaque:
        return self.named(Opaque, name)()

    @form("iterated")
    def iterated(self, name: Any, items: Any) -> Iterated:
        return self.named(Iterated, name)(self.items(items))

    @form("iterator")
    def iterator(self, name: Any, items: Any) -> Iterator:
        return self.named(Iterator, name)(self.items(items))

    def raw(self, text: Any) -> bytes:
        """The bytes of a text in base 64."""
        require(type(text) is str)
        return binascii.a2b_base64(text, strict_mode=True)

    @form("text")
    def text(self, text: Any) -> str:
        return self.raw(text).decode("utf-8", "surrogatepass")

    @form("int")
    def whole(self, digits: Any) -> int:
        require(type(digits) is str and BIG_INT.fullmatch(digits) is not None)
        return int(digits, 16)  # unlike decimal digits, these take linear time

    @form("complex")
    def complex(self, real: Any, imag: Any) -> complex:
        require(type(real) is float and type(imag) is float)
        return complex(real, imag)

    @form("bytes")
    def bytes_(self, text: Any) -> bytes:
        return self.raw(text)

    @form("list")
    def list_(self, items: Any) -> list:
        return self.items(items)

    @form("tuple")
    def tuple_(self, items: Any) -> tuple:
        return tuple(self.items(items))

    @form("set")
    def set_(self, items: Any) -> set:
        return set(self.keys(items))

    @form("frozenset")
    def frozenset_(self, items: Any) -> frozenset:
        return frozenset(self.keys(items))

    @form("dict")
    def dict_(self, keys: Any, values: Any) -> dict:
        return dict(zip(self.keys(keys), self.items(values), strict=True))

    @form("dict_keys")
    def dict_keys(self, keys: Any) -> Any:
        return dict.fromkeys(self.keys(keys)).keys()

    @form("dict_values")
    def dict_values(self, values: Any) -> Any:
        return dict(enumerate(self.items(values))).values()

    @form("dict_items")
    def dict_items(self, keys: Any, values: Any) -> Any:
        return self.dict_(keys, values).items()

    @form("range")
    def range_(self, *bounds: Any) -> range:
        numbers = range(*self.numbers(list(bounds), 3))
        self.spend(len(numbers))
        return numbers

    @form("deque")
    def deque(self, items: Any, maxlen: Any) -> collections.deque:
        require(maxlen is None or type(maxlen) is int)
        return collections.deque(self.items(items), maxlen)

    @form("decimal")
    def decimal(self, digits: Any) -> Decimal:
        require(type(digits) is str and len(digits) < MAX_DIGITS)
        require(DECIMAL.fullmatch(digits) is not None)
        number = Decimal(digits)
        require(not number.is_finite() or abs(number.adjusted()) < MAX_DIGITS)
        return number

    @form("fraction")
    def fraction(self, numerator: Any, denominator: Any) -> Fraction:
        whole = self.unpack(numerator), self.unpack(denominator)
        require(all(type(number) is int for number in whole))
        return Fraction(*whole)

    @form("date")
    def date(self, parts: Any) -> dt.date:
        return dt.date(*self.numbers(parts, 3))

    @form("datetime")
    def datetime(self, parts: Any, zone: Any) -> dt.datetime:
        *parts, fold = self.numbers(parts, 8)
        return dt.datetime(*parts, fold=fold, tzinfo=self.zone(zone))

    @form("time")
    def time(self, parts: Any, zone: Any) -> dt.time:
        *parts, fold = self.numbers(parts, 5)
        return dt.time(*parts, fold=fold, tzinfo=self.zone(zone))

    @form("timedelta")
    def timedelta(self, parts: Any) -> dt.timedelta:
        return dt.timedelta(*self.numbers(parts, 3))

    def zone(self, document: Any) -> dt.tzinfo | None:
        """A time zone, which is no value of its own."""
        if document is None:
            return None
        require(type(document) is list and len(document) == 2)
        how, zone = document
        if how == "zone":
            # ZoneInfo looks for a file of that name, and for a package.
            require(type(zone) is str and zone in zones())
            return zoneinfo.ZoneInfo(zone)
        require(how == "offset")
        return dt.timezone(dt.timedelta(*self.numbers(zone, 3)))

    @form("numpy text")
    def numpy_text(self, document: Any) -> Any:
        import numpy as np

        text = self.unpack(document)
        require(type(text) is str)
        return np.str_(text)

    @form("numpy bytes")
    def numpy_bytes(self, text: Any) -> Any:
        import numpy as np

        return np.bytes_(self.raw(text))

    @form("scalar")
    def scalar(self, document: Any) -> Any:
        array = self.part(document, "array")
        require(array.ndim == 0)
        return array[()]

    @form("masked")
    def masked(self, data: Any, mask: Any) -> Any:
        import numpy as np

        data, mask = self.part(data, "array", "objects"), self.part(mask, "array")
        require(data.shape == mask.shape and mask.dtype == bool)
        # numpy takes what is masked for equal to everything.
        return self.opaque("MaskedArray") if mask.any() else np.ma.MaskedArray(data, mask=mask)

    def shape(self, shape: Any) -> list[int]:
        """The shape of an array that is small enough to be taken apart."""
        require(type(shape) is list and len(shape) <= 32)
        require(all(type(length) is int and 0 <= length <= MAX_SCALARS for length in shape))
        self.spend(places(shape))
        return shape

    @form("array")
    def array(self, dtype: Any, shape: Any, content: Any) -> Any:
        import numpy as np

        require(type(dtype) is str)
        require(bool(DTYPE.fullmatch(dtype) or TEXT_DTYPE.fullmatch(dtype)))
        shape, dtype = self.shape(shape), np.dtype(dtype)
        size = math.prod(shape) * dtype.itemsize
        self.spend(0, size)
        if dtype.kind == "U":
            texts = self.items(content)
            require(set(map(type, texts)) <= {str})
            require(max(map(len, texts), default=0) * 4 <= dtype.itemsize)
            return np.array(texts, dtype=dtype).reshape(shape)
        raw = self.raw(content)
        require(len(raw) == size)
        array = np.ndarray(shape, dtype, buffer=bytearray(raw))  # its own bytes: it may be changed
        require(dtype.kind != "b" or size == 0 or array.view("u1").max() <= 1)
        return array

    @form("objects")
    def objects(self, shape: Any, items: Any) -> Any:
        import numpy as np

        shape, items = self.shape(shape), self.items(items)
        # fromiter, unlike array, leaves lists and arrays among the items as they are.
        return np.fromiter(items, dtype=object, count=len(items)).reshape(shape)

    @form("NA")
    def missing(self) -> Any:
        import pandas as pd

        return pd.NA

    @form("NaT")
    def no_time(self) -> Any:
        import pandas as pd

        return pd.NaT

    @form("timestamp")
    def timestamp(self, unit: Any, ticks: Any, zone: Any) -> Any:
        import numpy as np
        import pandas as pd

        require(unit in UNITS and type(ticks) is int)
        moment = pd.Timestamp(np.datetime64(ticks, unit))
        zone = self.zone(zone)
        return moment if zone is None else moment.tz_localize("UTC").tz_convert(zone)

    @form("duration")
    def duration(self, unit: Any, ticks: Any) -> Any:
        import numpy as np
        import pandas as pd

        require(unit in UNITS and type(ticks) is int)
        return pd.Timedelta(np.timedelta64(ticks, unit))

    def frequency(self, text: Any) -> str:
        """The text of a frequency such as "MS" or "7D"."""
        require(type(text) is str and FREQUENCY.fullmatch(text) is not None)
        return text

    @form("period")
    def period(self, frequency: Any, ordinal: Any) -> Any:
        import pandas as pd

        require(type(ordinal) is int)
        return pd.Period(ordinal=ordinal, freq=self.frequency(frequency))

    @form("interval")
    def interval(self, closed: Any, left: Any, right: Any) -> Any:
        import pandas as pd

        require(closed in SIDES)
        return pd.Interval(self.unpack(left), self.unpack(right), closed)

    @form("frame")
    def frame(self, index: Any, columns: Any, values: Any) -> Any:
        import pandas as pd

        self.spend(0, SIZE_OF_TABLE)
        index, columns = self.part(index, *INDEXES), self.part(columns, *INDEXES)
        require(type(values) is list and len(values) == len(columns))
        by_place = {}
        for place, column in enumerate(values):
            array = self.column(column, len(index))
            by_place[place] = pd.Series(array, index, array.dtype, copy=False)
        table = pd.DataFrame(by_place, index, copy=False)
        table.columns = columns  # names may be there twice
        return table

    @form("series")
    def series(self, name: Any, index: Any, values: Any) -> Any:
        import pandas as pd

        index = self.part(index, *INDEXES)
        array = self.column(values, len(index))
        return pd.Series(array, index, array.dtype, self.name(name), copy=False)

    def column(self, document: Any, length: int | None = None) -> Any:
        """The values of a Series, a column or an Index."""
        self.spend(0, SIZE_OF_TABLE)
        array = self.part(document, "array", "objects", *EXTENSIONS)
        require(array.ndim == 1 and length in (None, len(array)))
        return array

    def name(self, document: Any) -> Any:
        """The name of a Series or an Index."""
        return self.hashable([self.unpack(document)])[0]

    @form("range index")
    def range_index(self, name: Any, *bounds: Any) -> Any:
        import pandas as pd

        self.spend(0, SIZE_OF_TABLE)
        return pd.RangeIndex(self.range_(*bounds), name=self.name(name))

    @form("index")
    def index(self, name: Any, values: Any, frequency: Any) -> Any:
        import pandas as pd

        array = self.column(values)
        index = pd.Index(array, array.dtype, name=self.name(name), tupleize_cols=False)
        if frequency is not None:
            require(isinstance(index, pd.DatetimeIndex | pd.TimedeltaIndex))
            index.freq = offset_of(self.frequency(frequency))
        return index

    @form("multi index")
    def multi_index(self, names: Any, levels: Any, codes: Any) -> Any:
        import pandas as pd

        self.spend(0, SIZE_OF_TABLE)
        require(type(names) is list and type(levels) is list and type(codes) is list)
        return pd.MultiIndex(
            levels=[self.labels(level) for level in levels],
            codes=[self.codes(place) for place in codes],
            names=[self.name(name) for name in names],
        )

    def labels(self, document: Any) -> Any:
        """An Index whose labels are all different."""
        index = self.part(document, "index", "range index")
        if index.dtype == object:
            self.hashable(index.tolist())
        return index

    def codes(self, document: Any) -> Any:
        """Places in an Index."""
        codes = self.part(document, "array")
        require(codes.ndim == 1 and codes.dtype.kind == "i")
        return codes

    @form("numpy array")
    def numpy_array(self, document: Any) -> Any:
        import pandas as pd

        return pd.arrays.NumpyExtensionArray(self.part(document, "array", "objects"))

    @form("strings")
    def strings(self, storage: Any, gap: Any, missing: Any, separator: Any, texts: Any) -> Any:
        import numpy as np
        import pandas as pd

        missing = self.flags(missing)
        if separator is None:
            texts = self.items(texts)
            require(len(texts) == len(missing) and set(map(type, texts)) <= {str})
        else:
            whole = self.unpack(texts)
            require(type(separator) is str and len(separator) == 1 and type(whole) is str)
            require(whole.count(separator) == max(len(missing) - 1, 0))
            texts = whole.split(separator) if len(missing) else []
        require(gap in ("NA", "NaN") and storage in ("python", "pyarrow"))
        values = np.fromiter(texts, dtype=object, count=len(texts))
        gap = pd.NA if gap == "NA" else np.nan
        if missing.any():
            values[missing] = gap
        try:
            dtype = pd.StringDtype(storage, gap)
        except ImportError:  # no pyarrow here
            dtype = pd.StringDtype("python", gap)
        return pd.array(values, dtype, copy=False)

    def flags(self, document: Any) -> Any:
        """A column of True and False."""
        flags = self.part(document, "array")
        require(flags.ndim == 1 and flags.dtype == bool)
        return flags

    @form("datetimes")
    def datetimes(self, moments: Any, zone: Any) -> Any:
        import pandas as pd

        moments = self.ticks(moments, "M")
        index, zone = pd.DatetimeIndex(moments), self.zone(zone)
        return (index if zone is None else index.tz_localize("UTC").tz_convert(zone)).array

    @form("timedeltas")
    def timedeltas(self, durations: Any) -> Any:
        import pandas as pd

        return pd.TimedeltaIndex(self.ticks(durations, "m")).array

    def ticks(self, document: Any, kind: str) -> Any:
        """A column of datetime64 or timedelta64."""
        array = self.part(document, "array")
        require(array.ndim == 1 and array.dtype.kind == kind)
        return array

    @form("periods")
    def periods(self, frequency: Any, ordinals: Any) -> Any:
        import pandas as pd

        ordinals = self.codes(ordinals)
        return pd.arrays.PeriodArray(ordinals, pd.PeriodDtype(self.frequency(frequency)))

    @form("intervals")
    def intervals(self, closed: Any, left: Any, right: Any) -> Any:
        import pandas as pd

        require(closed in SIDES)
        left, right = (
            self.part(left, "index", "range index"),
            self.part(right, "index", "range index"),
        )
        return pd.arrays.IntervalArray.from_arrays(left, right, closed)

    @form("categorical")
    def categorical(self, ordered: Any, categories: Any, codes: Any) -> Any:
        import pandas as pd

        require(type(ordered) is bool)
        return pd.Categorical.from_codes(self.codes(codes), self.labels(categories), ordered)

    @form("nullable")
    def nullable(self, numbers: Any, missing: Any) -> Any:
        import pandas as pd

        arrays = pd.arrays
        kinds = {"b": arrays.BooleanArray, "f": arrays.FloatingArray}
        kinds |= dict.fromkeys("iu", arrays.IntegerArray)
        numbers, missing = self.part(numbers, "array"), self.flags(missing)
        require(numbers.ndim == 1 and numbers.shape == missing.shape)
        return kinds[numbers.dtype.kind](numbers, missing)

    def content(self, kind: type, parts: tuple) -> Any:
        """Something of a plot, with fields of the right types."""
        content = kind(*self.items(list(parts)))
        require(all(fits(getattr(content, field.name), field.type) for field in fields(kind)))
        return content


for name, kind in CONTENTS.items():
    FORMS[name] = lambda unpacker, *parts, kind=kind: unpacker.content(kind, parts)
