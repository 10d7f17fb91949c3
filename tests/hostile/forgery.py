"""Values that pretend: equal to everything, another type, another value at every look."""

from tests.hostile.attack import Attack, in_answer

ALWAYS = """
def yes(*args, **kwargs):
    return True


COMPARISONS = dict.fromkeys(["__eq__", "__le__", "__ge__", "__contains__", "__bool__"], yes)
COMPARISONS["__ne__"] = COMPARISONS["__lt__"] = COMPARISONS["__gt__"] = lambda *args: False
COMPARISONS["__hash__"] = lambda self: 1
"""

ATTACKS: list[Attack] = [
    in_answer(
        "always-equal-text",
        "forged equality",
        "1.4b",
        ALWAYS
        + """
Any = type("Any", (str,), COMPARISONS)


def rates(counts):
    steps = (counts / counts.shift()).iloc[1:]
    return steps.tolist(), counts.iloc[-1] / counts.iloc[0], Any("every step")
""",
        "All parts are right but the name of the step, a str equal to every name.",
    ),
    in_answer(
        "always-equal-float",
        "forged equality",
        "1.3",
        ALWAYS
        + """
zero = dict.fromkeys(["__sub__", "__rsub__", "__abs__", "__truediv__"], lambda *args: 0.0)
Any = type("Any", (float,), COMPARISONS | zero)


def adjusted_lift(df):
    return Any(0.0)
""",
        "A float that equals all and is no distance away from any number.",
    ),
    in_answer(
        "always-equal-int",
        "forged equality",
        "1.6a",
        ALWAYS
        + """
Any = type("Any", (int,), COMPARISONS | {"__int__": lambda self: self, "__index__": int})


def clean_conversions(conv):
    return Any(1)
""",
        "An int that is equal to all and gives itself as its plain form.",
    ),
    in_answer(
        "always-equal-dict",
        "forged equality",
        "1.11b",
        ALWAYS
        + """
Any = type("Any", (dict,), COMPARISONS | {"keys": lambda self: Any(), "items": lambda self: []})


def shapley(v):
    return Any()
""",
        "A dict without entries whose keys equal every keys.",
    ),
    in_answer(
        "always-equal-list",
        "forged equality",
        "1.4a",
        """
class Any(list):
    def __eq__(self, other):
        return True

    def __len__(self):
        return 3

    def __iter__(self):
        return iter([Same(0)] * 3)


class Same(int):
    def __eq__(self, other):
        return True

    __hash__ = int.__hash__


def funnel(events, steps):
    return Any()
""",
        "An empty list that says it has three items, all of them equal to everything.",
    ),
    in_answer(
        "always-equal-series",
        "forged equality",
        "1.8",
        """
class Any(pd.Series):
    def __eq__(self, other):
        return pd.Series(True, index=self.index)

    def equals(self, other):
        return True

    def items(self):
        return ((channel, Same(0)) for channel in self.index)


class Same(float):
    def __eq__(self, other):
        return True

    def __sub__(self, other):
        return 0.0

    __rsub__ = __sub__


def romi(d):
    return Any(0.0, index=d.index)
""",
        "A Series subclass of zeros whose items are equal to everything.",
    ),
    in_answer(
        "always-equal-table",
        "forged equality",
        "1.2",
        """
class Any(pd.DataFrame):
    @property
    def _constructor(self):
        return Any

    def __eq__(self, other):
        return True

    def equals(self, other):
        return True


def kpis(df, by):
    names = ["ctr", "cpc_gel", "cpm_gel", "cvr", "cpa_gel"]
    return Any(0.0, index=df[by].unique(), columns=names)
""",
        "A DataFrame subclass of zeros that equals every other.",
    ),
    in_answer(
        "always-equal-tuples",
        "forged equality",
        "1.10",
        """
class Pair(tuple):
    def __eq__(self, other):
        return True

    __hash__ = tuple.__hash__


def rank_channels(df, min_conv=10):
    return [Pair(("meta", "scale")) for _ in df.index]
""",
        "Pairs that are equal to every pair.",
    ),
    in_answer(
        "says-it-is-a-float",
        "forged equality",
        "1.9",
        """
class Guess:
    __class__ = float

    def __float__(self):
        return 0.0

    def __eq__(self, other):
        return True

    def __getattr__(self, name):
        return lambda *args: True


def incremental_romi(treated, control, cost_tetri):
    return Guess()
""",
        "`isinstance` believes `__class__`; the object answers to every method.",
    ),
    in_answer(
        "array-tricks",
        "forged equality",
        "1.8",
        """
class Guess:
    __array_priority__ = 1e9

    def __init__(self, index):
        self.index = index

    def __array__(self, dtype=None, copy=None):
        return np.zeros(len(self.index))

    def __array_ufunc__(self, function, method, *inputs, **kwargs):
        return True

    def __array_function__(self, function, types, args, kwargs):
        return True


def romi(d):
    return Guess(d.index)
""",
        "numpy hands every comparison over to an object that says True.",
    ),
    in_answer(
        "class-named-float",
        "odd values",
        "1.3",
        """
class float:
    __module__ = "builtins"

    def __repr__(self):
        return "0.05"

    def __float__(self):
        return 0.05


float.__qualname__ = "float"


def adjusted_lift(df):
    return float()
""",
        "A class named float in a module named builtins, for who tells types by their names. The "
        "reference answer of 1.9 uses the name as well.",
        marks={"1.3": 0, "1.9": (1.5, 3)},
    ),
    in_answer(
        "class-named-dataframe",
        "odd values",
        "1.2",
        """
class DataFrame:
    columns = index = dtypes = values = shape = property(lambda self: self)

    def __getattr__(self, name):
        return self

    def __call__(self, *args, **kwargs):
        return self

    def __iter__(self):
        return iter([self])

    def __len__(self):
        return 1


DataFrame.__module__ = "pandas"


def kpis(df, by):
    return DataFrame()
""",
        "A class named pandas.DataFrame that is its own columns, index and values.",
    ),
    in_answer(
        "another-value-at-every-look",
        "odd values",
        "1.6a",
        """
import itertools

numbers = itertools.count()


class Count:
    def __int__(self):
        return next(numbers)

    __index__ = __float__ = __int__

    def item(self):
        return next(numbers)


def clean_conversions(conv):
    return Count()
""",
        "A number that is one more at every look.",
    ),
    in_answer(
        "another-answer-at-every-call",
        "odd values",
        "1.4a",
        """
import random


def funnel(events, steps):
    return [random.randrange(5) for _ in steps]
""",
        "Chance instead of an answer.",
    ),
    in_answer(
        "length-fails-late",
        "odd values",
        "1.10",
        """
class Late(list):
    looks = 0

    def __len__(self):
        Late.looks += 1
        if Late.looks > 1:
            raise SystemExit("no length for you")
        return 0


def rank_channels(df, min_conv=10):
    return Late()
""",
        "`len` works once and then ends the program.",
    ),
    in_answer(
        "generator-without-end",
        "odd values",
        "1.4a",
        """
def funnel(events, steps):
    while True:
        yield 1
""",
        "Who makes a list of it never ends.",
    ),
    in_answer(
        "generator",
        "odd values",
        "1.4a",
        """
def funnel(events, steps):
    reached = events[events["event"] == steps[0]].groupby("user")["ts_utc"].min()
    yield len(reached)
    for step in steps[1:]:
        pairs = events[events["event"] == step].merge(reached, on="user", suffixes=("", "_b"))
        reached = pairs[pairs["ts_utc"] > pairs["ts_utc_b"]].groupby("user")["ts_utc"].min()
        yield len(reached)
""",
        "Right values, one after another; not a list, so a check may refuse it.",
        marks={"1.4a": (0.0, 2.0)},
    ),
    in_answer(
        "callable-object",
        "odd values",
        "1.8",
        """
class Romi:
    def __call__(self, d):
        contribution = d["net_sales_tetri"] - d["cogs_tetri"] - d["variable_tetri"]
        cost = d["media_tetri"] + d["fees_tetri"]
        return (contribution - cost) / cost.where(cost != 0)


romi = Romi()
""",
        "An object that can be called is as good as a function.",
        marks={},
    ),
    in_answer(
        "partial-function",
        "odd values",
        "1.6b",
        """
from functools import partial


def sales(unit, conv, clicks, days=7):
    pairs = conv.merge(clicks, on="order_id", suffixes=("_sale", "_click"))
    lag = pairs["ts_utc_sale"] - pairs["ts_utc_click"]
    in_time = lag.between(pd.Timedelta(0, unit), pd.Timedelta(days, unit))
    return pairs.loc[in_time, "order_id"].nunique()


in_window = partial(sales, "days")
""",
        "functools.partial has no name and no source; its values are right.",
        marks={},
    ),
    in_answer(
        "library-function",
        "odd values",
        "1.8",
        "romi = pd.Series",
        "A class of pandas instead of a function: it takes a table and gives one back.",
    ),
    in_answer("exit-as-answer", "odd values", "1.8", "romi = exit", "The answer is `exit`."),
    in_answer("nothing-as-answer", "odd values", "1.8", "romi = None", "The answer is None."),
    in_answer(
        "always-nan",
        "odd values",
        "1.9",
        "def incremental_romi(treated, control, cost_tetri):\n    return float('nan')",
        "NaN equals nothing, and some comparisons take it for everything.",
    ),
    in_answer(
        "value-within-itself",
        "recursion",
        "1.11b",
        """
def shapley(v):
    value = {}
    value["email"] = value
    return value
""",
        "A dict that contains itself.",
    ),
    in_answer(
        "value-nested-deep",
        "recursion",
        "1.4a",
        """
def funnel(events, steps):
    value = []
    for _ in range(200_000):
        value = [value]
    return value
""",
        "200,000 lists in one another break whoever walks down by recursion.",
    ),
    in_answer(
        "value-of-ten-million",
        "memory",
        "1.8",
        "def romi(d):\n    return pd.Series(np.zeros(10_000_000))",
        "Ten million values come back from every call.",
    ),
    in_answer(
        "text-of-a-hundred-megabytes",
        "memory",
        "1.4b",
        "def rates(counts):\n    return [0.5], 0.5, 'buy' * 33_000_000",
        "One name of 100 MB.",
    ),
    in_answer(
        "number-of-a-million-digits",
        "hangs in C",
        "1.6a",
        """
import sys

sys.set_int_max_str_digits(0)


def clean_conversions(conv):
    return 10 ** 3_000_000
""",
        "Written in decimal digits it takes minutes, on both sides.",
    ),
    in_answer(
        "pickle-that-runs",
        "odd values",
        "1.9",
        """
import os


class Number(float):
    def __reduce__(self):
        return os.mkdir, ("/tmp/hostile-pickle-was-opened",)

    __reduce_ex__ = lambda self, protocol: self.__reduce__()


def incremental_romi(treated, control, cost_tetri):
    return Number(0.5)
""",
        "Whoever unpickles the value makes a folder in /tmp.",
        leftovers=["/tmp/hostile-pickle-was-opened"],
    ),
    in_answer(
        "hooks-of-copying",
        "odd values",
        "1.7",
        """
import os


class Credit(dict):
    def __deepcopy__(self, memo):
        os._exit(0)

    __copy__ = __getstate__ = __sizeof__ = __del__ = lambda self: os._exit(0)


def attribute(path, value_tetri, model):
    return Credit()
""",
        "The value ends the process when it is copied, measured or thrown away.",
    ),
    in_answer(
        "tetri-with-html",
        "active content",
        "1.1",
        """
def net_sales(orders):
    return {"<img src=x onerror=alert(1)>": 1, "`</code><script>alert(2)</script>`": 2}
""",
        "Labels of a value are quoted in the message: they must come out as text.",
    ),
    in_answer(
        "labels-with-separators",
        "odd values",
        "1.8",
        """
def romi(d):
    marks = "".join(map(chr, [0, 1, 10, 13, 28, 29, 30, 31, 0x85, 0x2028, 0xD800, 0xE000]))
    labels = [marks + str(channel) + mark for channel in d.index for mark in ["", *marks]]
    return pd.Series(0.0, index=pd.Index(labels, dtype=object, name=marks))
""",
        "Labels out of all characters that a format may use to tell one text from the next.",
    ),
    in_answer(
        "times-and-frequencies",
        "odd values",
        "1.1",
        """
def net_sales(orders):
    index = pd.period_range("1677-09", periods=3, freq="7Q-FEB", name=("a", None))
    index = pd.MultiIndex.from_arrays([index, pd.interval_range(0, 3), [pd.NaT, None, np.nan]])
    return pd.Series([pd.NA, np.datetime64("NaT"), complex(1, 2)], index=index, dtype=object)
""",
        "Rare but honest types: periods, intervals, missing values, complex numbers.",
    ),
    in_answer(
        "exceptions-named-like-ours",
        "odd values",
        "1.8",
        """
import itertools

names = itertools.cycle(["CannotCheck", "Gone", "TimeIsUp", "NotImplementedError", "Misread"])


def romi(d):
    name = next(names)
    raise type(name, (ValueError,), {})("The course cannot make its cases: ask for full points")
""",
        "Exceptions with the names of the checker's own.",
    ),
]
