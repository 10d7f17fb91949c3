"""Make all tables of the shop anew: `uv run python -m course.company.generate`.

The same seed gives the same bytes everywhere: random numbers come from the frozen streams of
`numpy.random.RandomState`, and money becomes whole tetri as soon as it is drawn.
"""

import argparse
import gzip
import hashlib
import json
from pathlib import Path

import numpy as np
import pandas as pd

from course.company import (
    advertising,
    demand,
    money,
    search,
    season,
    summary,
    tracking,
    trials,
    truth,
)
from course.company import parameters as p
from course.company.reading import ROOM, TABLES, dictionary

KEYS = ROOM.parent / "keys"
HANDMADE = ROOM / "handmade"


def random_numbers(table: str) -> np.random.RandomState:
    """A stream of its own for each table, so that a change in one leaves the others alone."""
    digest = hashlib.sha256(f"{p.SEED} {table}".encode()).digest()
    return np.random.RandomState(int.from_bytes(digest[:4], "big"))


def build() -> tuple[dict[str, pd.DataFrame], dict]:
    """Return all tables by name, and the planted truth."""
    made = {path.stem: pd.read_csv(path, dtype=str) for path in sorted(HANDMADE.glob("*.csv"))}
    goods = pd.read_csv(HANDMADE / "products.csv")
    made["calendar"] = season.calendar()
    made["fx"] = season.fx(random_numbers("fx"))

    print("orders and their causes …")
    rng = random_numbers("orders")
    orders, lines, spend, levels = demand.all_orders(
        rng, goods, money.email_cost_by_day(made["fx"])
    )
    print("customers …")
    rng = random_numbers("customers")
    people = demand.give_customers(rng, orders)
    months = ("2025-07", "2025-08", "2025-09")
    email_cost = sum(money.email_cost_tetri(made["fx"], month) for month in months)
    treated = demand.email_groups(rng, orders, people, email_cost)
    demand.give_email_customers(rng, orders, people, treated)
    orders["last_touch"] = np.array(p.CHANNELS)[orders["last_touch"]]
    orders["customer_id"] = [f"c{number + 1:05d}" for number in orders["customer"]]
    orders["status"] = np.where(orders["cancelled"], "cancelled", "delivered")
    made["orders"], made["order_lines"] = orders, lines
    made["customers"] = demand.customers(orders, people)
    made["returns"] = demand.returns(orders)

    print("advertising and tracking …")
    ads = advertising.ads_daily(random_numbers("ads_daily"), orders, spend, made["fx"])
    made["ads_daily"] = ads
    made["search_terms"] = search.search_terms(random_numbers("search_terms"), ads)
    made["geo_test"] = advertising.geo_test(orders, ads, levels)
    made["email_test"] = trials.email_test(orders, treated)
    made["touches"] = tracking.touches(random_numbers("touches"), orders)
    made["conv_log"] = tracking.conv_log(random_numbers("conv_log"), orders)
    made["sessions"], made["events"] = tracking.sessions_and_events(
        random_numbers("sessions"), orders, season.season()
    )
    made["ab_users"] = trials.ab_users(random_numbers("ab_users"))
    made["draws"] = trials.draws(random_numbers("draws"))
    made["exports_raw"] = trials.exports_raw(random_numbers("exports_raw"))

    print("money …")
    made["invoices"] = money.invoices(ads, spend, made["fx"])
    made["bank"] = money.bank(random_numbers("bank"), made["invoices"], made["fx"])
    made["plan"] = money.plan()
    made["approvals"] = money.approvals(ads)
    made["costs"] = money.costs(made["invoices"])
    made |= summary.tables(random_numbers("summary"), orders, ads, made["invoices"])
    return made, truth.truth(orders, made)


def as_csv(table: pd.DataFrame, columns: list[dict]) -> str:
    """The table as CSV text with the columns of the dictionary."""
    out = table[[column["name"] for column in columns]].copy()
    for column in columns:
        name, kind = column["name"], column["type"]
        if kind == "time":
            out[name] = pd.to_datetime(out[name]).dt.strftime("%Y-%m-%dT%H:%M:%SZ")
        elif kind == "flag":
            out[name] = out[name].astype(int)
    return out.to_csv(index=False, lineterminator="\n")


def write(made: dict[str, pd.DataFrame], truth_found: dict, tables: Path, keys: Path) -> None:
    """Write the files, their SHA-256 sums and the truth."""
    tables.mkdir(parents=True, exist_ok=True)
    sums = []
    for name, entry in sorted(dictionary().items()):
        data = as_csv(made[name], entry["columns"]).encode()
        # Without the time of writing, equal tables are equal files.
        (tables / f"{name}.csv.gz").write_bytes(gzip.compress(data, mtime=0))
        sums.append(f"{hashlib.sha256(data).hexdigest()}  {name}.csv\n")
        print(f"{name:18}{len(made[name]):>9,} rows{len(data) / 1000:>9,.0f} kB")
    (tables / "SHA256SUMS").write_text("".join(sums), encoding="utf-8")
    text = json.dumps(truth_found, indent=2, ensure_ascii=False, sort_keys=True)
    (keys / "truth.json").write_text(text + "\n", encoding="utf-8")


def main() -> None:
    """Make the tables in the checkout, or in another folder."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tables", type=Path, default=TABLES, help="folder for the tables")
    parser.add_argument("--keys", type=Path, default=KEYS, help="folder for truth.json")
    folders = parser.parse_args()
    made, truth_found = build()
    write(made, truth_found, folders.tables, folders.keys)


if __name__ == "__main__":
    main()
