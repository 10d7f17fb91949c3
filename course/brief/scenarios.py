"""The four tasks that a brief may be written for, as cards: dates, people, facts, words."""

import datetime as dt
import functools
import re
from dataclasses import dataclass

from course.brief.words import pattern, table

# Georgian endings of names, some of them one after another: "თამარისგან", "დავითია"
_CASES = "(?:ი|ს|მ|მა|ის|ით|ა|ო|ც|საც|ვე|თან|გან|თვის|ზე|ში|მდე|კენ|ვ){0,4}"


@dataclass(frozen=True)
class Card:
    """What the exercise says, in the form in which a brief is compared with it."""

    name: str
    today: dt.date
    launch: dt.date
    budget_cap: float  # GEL
    counts: tuple[float, ...]  # present or previous values of the business result
    percents: tuple[float, ...]  # of a metric
    prices: tuple[float, ...]  # GEL amounts of the exercise that are not the budget
    offers: tuple[float, ...]  # percents that are no target
    reductions: tuple[float, ...]  # percents that a price is lowered by
    bases: tuple[float, ...]  # wholes that a percent is taken of
    metrics: tuple[str, ...]  # word lists of the lexicon
    assignee: re.Pattern[str]
    approver: re.Pattern[str]
    products: re.Pattern[str]
    pieces: re.Pattern[str]  # what is counted of the products
    parts: re.Pattern[str]
    business: re.Pattern[str]
    own: re.Pattern[str]
    offer: re.Pattern[str]
    benefit: re.Pattern[str]
    forbidden: re.Pattern[str]
    rules: re.Pattern[str]


def _names(names: list[str]) -> re.Pattern[str]:
    """Names with an English 's or a Georgian case ending; "Salomeee" is Salome."""
    names = [f"{name}{name[-1]}{{0,4}}" for name in names]
    return re.compile(rf"(?<!\w)(?:{'|'.join(names)})(?:'s|-?{_CASES})(?!\w)")


def _card(name: str, entry: dict) -> Card:
    numbers = {
        key: tuple(map(float, entry[key]))
        for key in ("counts", "percents", "prices", "offers", "reductions", "bases")
    }
    lists = (
        "products",
        "pieces",
        "parts",
        "business",
        "own",
        "offer",
        "benefit",
        "forbidden",
        "rules",
    )
    return Card(
        name=name,
        today=entry["today"],
        launch=entry["launch"],
        budget_cap=float(entry["budget_cap"]),
        metrics=tuple(entry["metrics"]),
        assignee=_names(entry["assignee"]),
        approver=_names(entry["approver"]),
        **{key: pattern(entry[key]) for key in lists},
        **numbers,
    )


@functools.cache
def cards() -> dict[str, Card]:
    """All cards by the name of the scenario."""
    return {name: _card(name, entry) for name, entry in table("scenarios").items()}


def prompts() -> dict[str, list[str]]:
    """The text of every exercise in both languages, to know copies of it."""
    return {
        name: [entry["prompt_en"], entry["prompt_ka"]] for name, entry in table("scenarios").items()
    }
