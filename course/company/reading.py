"""Reading the shop's tables, typed as the data dictionary says."""

import difflib
import gzip
import tomllib
from functools import cache
from pathlib import Path

import pandas as pd

from course.language import Slip, _, as_in, did_you_mean

ROOM = Path(__file__).parent
TABLES = ROOM / "tables"

_CSV_TYPE = {
    "text": "str",
    "integer": "int64",
    "tetri": "int64",
    "cents": "int64",
    "minor": "int64",
    "flag": "int64",
    "share": "float64",
    "rate": "float64",
    "date": "str",
    "time": "str",
}


class UnknownTable(Slip, KeyError):
    """The shop has no table of this name."""

    def __str__(self) -> str:
        """Show the message as it is, without the quotes of KeyError."""
        return self.args[0]


@cache
def dictionary() -> dict[str, dict]:
    """Return the data dictionary: table name → description, grain, key, columns."""
    return tomllib.loads((ROOM / "dictionary.toml").read_text(encoding="utf-8"))


def _entry(name: str) -> dict:
    known = dictionary()
    if isinstance(name, str) and name in known:
        return known[name]
    close = difflib.get_close_matches(str(name), known, n=3)
    said = [_("The shop has no table {name}.", name=repr(name))]
    if close:
        said.append(did_you_mean(close))
    said.append(_("Its tables: {all}.", all=", ".join(known)))
    raise UnknownTable(" ".join(said))


@cache
def _read(name: str) -> pd.DataFrame:
    columns = _entry(name)["columns"]
    path = TABLES / f"{name}.csv.gz"
    if not path.exists():
        raise FileNotFoundError(
            _(
                "The file of table {name} is missing: {path}. Get it back with "
                "`git checkout course/company/tables` or make all tables anew with "
                "`uv run python -m course.company.generate`.",
                name=repr(name),
                path=path,
            )
        )
    table = pd.read_csv(
        path,
        dtype={column["name"]: _CSV_TYPE[column["type"]] for column in columns},
        keep_default_na=False,
        na_values=[""],
    )
    for column in columns:
        label, kind = column["name"], column["type"]
        if kind == "date":
            table[label] = pd.to_datetime(table[label], format="%Y-%m-%d")
        elif kind == "time":
            table[label] = pd.to_datetime(table[label], format="ISO8601", utc=True)
        elif kind == "flag":
            table[label] = table[label].astype(bool)
    return table


@as_in('load("orders")')
def load(name: str) -> pd.DataFrame:
    """Return a table of the shop as a fresh DataFrame that you may change.

    Money is in whole tetri (1 GEL = 100 tetri). Days are `datetime64`, columns that end in
    `_utc` are UTC timestamps, flags are bool. `describe(name)` explains every column.

    Raises
    ------
    KeyError
        The shop has no such table; the message lists all names.
    FileNotFoundError
        The file is missing; the message says how to get it back.

    Examples
    --------
    >>> load("products")["name_en"].head(2).tolist()
    ['Guria black tea', 'Guria green tea']
    >>> load("order")
    Traceback (most recent call last):
        ...
    course.company.reading.UnknownTable: The shop has no table 'order'. Did you mean 'orders'...
    """
    _entry(name)
    return _read(name).copy()


@cache
def _row_count(name: str) -> int:
    with gzip.open(TABLES / f"{name}.csv.gz", "rb") as file:
        return sum(1 for _ in file) - 1


@as_in("tables()")
def tables() -> pd.DataFrame:
    """Return the list of the shop's tables: name, description, grain (one row is …), rows.

    Examples
    --------
    >>> tables().set_index("name").loc["calendar", "grain"]
    'one day'
    """
    return pd.DataFrame(
        {
            "name": name,
            "description": _(entry["description"]),
            "grain": _(entry["grain"]),
            "rows": _row_count(name),
        }
        for name, entry in dictionary().items()
    )


@as_in('describe("orders")')
def describe(name: str) -> pd.DataFrame:
    """Return the columns of a table: name, type, unit, meaning, and whether a value may be missing.

    Examples
    --------
    >>> describe("fx")[["name", "type"]].values.tolist()
    [['date', 'date'], ['usd_gel', 'rate']]
    """
    entry = _entry(name)
    return pd.DataFrame(
        {
            "name": column["name"],
            "type": column["type"],
            "unit": column["unit"],
            "meaning": _(column["meaning"]),
            "key": column["name"] in entry["key"],
            "may_be_missing": column.get("missing", False),
        }
        for column in entry["columns"]
    )
