"""Communication: briefs, criteria, deliveries, texts and terms."""

import random
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from unicodedata import normalize

import pandas as pd

from course.company import load
from course.exercise import Case, Question, Task
from course.kinds import ListOf, Parts, PerLabel, Text, Whole, YesNo
from course.language import N_

# ---------------------------------------------------------------- 3.1 briefs

LISTS = ("deliverables", "constraints", "acceptance")
NUMBERS = ("budget_tetri", "approved_tetri", "baseline", "target", "design", "media")


def shop_brief(brief_id: str) -> dict:
    """A brief of the table `briefs` as a dict; a field with parts is a dict in it."""
    brief: dict = {}
    lines = load("briefs")
    for line in lines[lines["brief_id"] == brief_id].to_dict("records"):
        field, _, part = line["field"].partition(".")
        is_number = (part or field) in NUMBERS and line["value"].isdigit()
        value = int(line["value"]) if is_number else line["value"]
        if part:
            brief.setdefault(field, {})[part] = value
        elif field in LISTS:
            brief.setdefault(field, []).append(value)
        else:
            brief[field] = value
    return brief


def full_brief() -> dict:
    """A brief in which nothing is missing or wrong."""
    return {
        "background": "In February the shop delivered 450 orders of tea.",
        "objective": {
            "metric": "orders",
            "baseline": 450,
            "target": 520,
            "unit": "orders a month",
            "by": "2026-03-31",
        },
        "audience": "People in Tbilisi who bought tea last winter and not since.",
        "deliverables": ["A1 1080x1080 png", "A2 1200x628 png"],
        "message": "Spring tea from Guria is in.",
        "constraints": ["The logo keeps its colours."],
        "budget_tetri": 150_000,
        "approved_tetri": 200_000,
        "budget_lines": {"design": 50_000, "media": 100_000},
        "timing": {"start": "2026-03-02", "due": "2026-03-20"},
        "success_measure": "Delivered orders of March.",
        "owner": "Ana",
        "approver": "Giorgi",
        "acceptance": ["Two files.", "The sizes are as ordered.", "No file above 500 kB."],
    }


def brief_without(*fields: str, **changes: object) -> dict:
    """The full brief without some fields and with others changed."""
    brief = full_brief() | changes
    return {field: value for field, value in brief.items() if field not in fields}


def objective(**changes: object) -> dict:
    return full_brief()["objective"] | changes


def brief_gaps_cases(seed: int) -> list[Case]:
    rng = random.Random(seed)
    fields = [field for field in full_brief() if field not in ("approved_tetri", "budget_lines")]
    empty = {"text": "", "nothing": None, "list": []}

    def some_brief() -> dict:
        """A brief with gaps of every sort, in other fields each time."""
        missing, emptied = rng.sample([f for f in fields if f not in ("objective", "timing")], 2)
        part = rng.choice(["metric", "unit", "by"])
        start, due = rng.sample(range(10, 29), 2)
        return brief_without(
            missing,
            **{emptied: rng.choice(list(empty.values()))},
            approved_tetri=rng.randrange(200_000, 2_000_000),
            objective=objective(
                **{part: rng.choice(["", None])},
                baseline=rng.randrange(100, 9_000),
                target=rng.choice(["more", "many", "twice as much"]),
            ),
            timing={"start": f"2026-05-{max(start, due)}", "due": f"2026-05-{min(start, due)}"},
        )

    def nothing_due() -> dict:
        """A brief without its days, another field holding nothing."""
        emptied = rng.choice([f for f in fields if f not in ("objective", "timing")])
        numbers = objective(baseline=0, target=rng.randrange(100, 9_000))
        limit = rng.randrange(200_000, 2_000_000)
        return brief_without("timing", **{emptied: None}, objective=numbers, approved_tetri=limit)

    return [
        Case(
            "the small example (a brief with gaps)",
            (
                brief_without(
                    "approver",
                    objective={"metric": "sales", "target": "more"},
                    timing={"start": "2026-03-20", "due": "2026-03-02"},
                ),
            ),
        ),
        Case("the small example (a full brief)", (full_brief(),)),
        *(Case(f"the shop's brief {brief}", (shop_brief(brief),)) for brief in ("B2", "B1", "B3")),
        Case(
            "a brief with a field that holds nothing",
            (brief_without(audience="", deliverables=[], owner=None),),
        ),
        Case("an empty brief", ({},), edge=True),
        Case("a baseline of 0", (brief_without(objective=objective(baseline=0)),), edge=True),
        Case("a budget of 0", (brief_without(budget_tetri=0),), edge=True),
        Case("a share as target", (brief_without(objective=objective(target=0.125)),), edge=True),
        Case(
            "a target in digits, but as text",
            (brief_without(objective=objective(target="520")),),
            edge=True,
        ),
        Case(
            "a task of one day",
            (brief_without(timing={"start": "2026-03-20", "due": "2026-03-20"}),),
            edge=True,
        ),
        Case(
            "a baseline in words",
            (brief_without(objective=objective(baseline="few")),),
            edge=True,
        ),
        Case(
            "a brief that does not say when it is due",
            (brief_without(timing={"start": "2026-03-20", "due": ""}),),
            edge=True,
        ),
        Case(
            "a brief that does not say when work starts",
            (brief_without(timing={"due": "2026-03-20"}),),
            edge=True,
        ),
        Case("a brief without an objective", (brief_without("objective"),), edge=True),
        *(Case("a hidden case", (some_brief(),), hidden=True) for _ in range(3)),
        Case(
            "a hidden case with nothing due",
            (nothing_due(),),
            hidden=True,
            edge=True,
        ),
    ]


def calendar(**days: bool) -> pd.DataFrame:
    """Days of March 2026, `d20=True` for a working day."""
    return pd.DataFrame(
        {
            "date": pd.to_datetime([f"2026-03-{day[1:]}" for day in days]),
            "is_workday": list(days.values()),
        }
    )


@cache
def shop_measures() -> dict:
    """What the shop's tables say of the metrics that its briefs name."""
    orders, customers = load("orders"), load("customers")
    month = orders["ts_utc"].dt.tz_convert("Asia/Tbilisi").dt.strftime("%Y-%m")
    april = (month == "2025-04") & (orders["status"] == "delivered")
    december = customers["first_order"].dt.strftime("%Y-%m") == "2025-12"
    return {"orders": int(april.sum()), "new_customers": int(december.sum())}


def words(count: int) -> str:
    """A message of so many words."""
    return " ".join((["tea", "honey", "and", "a", "box", "for", "you"] * 5)[:count])


def brief_warnings_cases(seed: int) -> list[Case]:
    rng = random.Random(seed)
    days = calendar(d19=True, d20=True, d21=False, d22=False)
    measured = {"orders": 450, "sessions": 9_000}
    late_in_week = {"start": "2026-03-02", "due": "2026-03-21"}

    def some_brief(on_the_border: bool) -> tuple:
        """A brief in which about half of the warnings are due, clearly or just about."""
        brief, known = full_brief(), dict(measured)
        media = rng.randrange(50_000, 900_000)
        brief["budget_lines"] = {"design": 40_000, "media": media, "texts": 15_000}
        brief["budget_tetri"] = (
            media + 55_000 + rng.choice([0, -5_000] if on_the_border else [0, 5_000])
        )
        over = rng.choice([0, 1] if on_the_border else [-20_000, 30_000])
        brief["approved_tetri"] = brief["budget_tetri"] - over
        brief["message"] = words(rng.choice([20, 21] if on_the_border else [12, 30]))
        brief["acceptance"] = ["…"] * rng.choice([2, 3] if on_the_border else [1, 4])
        brief["timing"] = {"start": "2026-03-02", "due": f"2026-03-{rng.choice([19, 20, 21])}"}
        brief["approver"] = rng.choice(["Ana", "Giorgi"])
        known["orders"] = rng.choice([450, 460])
        return brief, days, known

    doubtful = brief_without(
        message=words(24),
        acceptance=["Giorgi likes it."],
        approver="Ana",
        approved_tetri=120_000,
        budget_lines={"design": 50_000, "media": 90_000},
        objective=objective(baseline=500),
        timing=late_in_week,
    )
    holiday = full_brief() | {"timing": {"start": "2026-03-30", "due": "2026-04-10"}}
    return [
        Case("the small example (a doubtful brief)", (doubtful, days, measured)),
        Case("the small example (a sound brief)", (full_brief(), days, measured)),
        *(
            Case(f"the shop's brief {b}", (shop_brief(b), load("calendar"), shop_measures()))
            for b in ("B1", "B3")
        ),
        *(
            Case(about, (brief_without(**changes), days, measured), edge=True)
            for about, changes in {
                "a message of 20 words": {"message": words(20)},
                "a message of 21 words": {"message": words(21)},
                "a budget exactly at the limit": {"approved_tetri": 150_000},
                "a budget of one tetri more than the limit": {"approved_tetri": 149_999},
                "two conditions": {"acceptance": ["One file.", "It is a png."]},
                "lines that add up to more": {"budget_lines": {"design": 60_000, "media": 100_000}},
                "a metric that nobody measured": {"objective": objective(metric="likes")},
                "another metric of the table": {
                    "objective": objective(metric="sessions", baseline=9_000)
                },
                "a due day on a Saturday": {"timing": late_in_week},
            }.items()
        ),
        Case(
            "a due day on a public holiday, a Friday",
            (holiday, load("calendar"), measured),
            edge=True,
        ),
        *(Case("a hidden case", some_brief(False), hidden=True) for _ in range(4)),
        *(Case("a hidden case", some_brief(True), hidden=True, edge=True) for _ in range(2)),
    ]


# ---------------------------------------------------------------- 3.2 criteria


def criterion(metric: object, op: object, value: object, unit: object, when: object) -> dict:
    return {"metric": metric, "op": op, "value": value, "unit": unit, "when": when}


def shop_criterion(criterion_id: str) -> dict:
    """A row of the table `criteria`; what is not filled in is None."""
    row = load("criteria").set_index("criterion_id").loc[criterion_id]
    parts = row.drop("text").astype(object)
    return parts.where(parts.notna(), None).to_dict()


def is_testable_cases(seed: int) -> list[Case]:
    rng = random.Random(seed)

    def some_number() -> int | float:
        return rng.choice([rng.randrange(1, 900_000), rng.randrange(1, 900_000) / 100])

    def some_criterion(**changes: object) -> dict:
        """A sound criterion but for the changes."""
        sound = criterion(
            rng.choice(["orders", "CTR", "weight of the file", "days", "answers", "LCP"]),
            rng.choice(["<=", ">=", "<", ">", "="]),
            some_number(),
            rng.choice(["%", "orders", "kB", "s", "working hours"]),
            rng.choice(["first {} days", "phones, {} visits"]).format(rng.randrange(2, 900)),
        )
        return sound | changes

    def some_range(end: object) -> dict:
        return some_criterion(op="between", value=[some_number(), end])

    sound = criterion("orders", ">=", 40, "orders", "April 2026")
    return [
        *(
            Case(f"the small example ({about})", (criterion(*parts),))
            for about, parts in {
                "a text without a unit": ("text", "<=", 30, "", "headline"),
                "a nice design": ("design", "", None, "", ""),
                "the speed of a page": ("LCP", "<=", 2.5, "s", "phones, 75th percentile"),
                "a click rate": ("CTR", ">=", 1.2, "%", "first 14 days"),
            }.items()
        ),
        *(Case(f"the shop's criterion {k}", (shop_criterion(k),)) for k in load_criterion_ids()),
        Case("a value of 0", (sound | {"metric": "broken links", "value": 0},), edge=True),
        Case("a value in words", (sound | {"value": "many"},)),
        Case("no operator", (sound | {"op": ""},), edge=True),
        Case("a metric that is None", (sound | {"metric": None},), edge=True),
        Case(
            "yes or no, with no as the value",
            (criterion("logo recoloured", "is", False, "", "every file"),),
            edge=True,
        ),
        Case(
            "yes or no, with a text as the value",
            (criterion("format", "is", "png", None, "every file"),),
            edge=True,
        ),
        Case(
            "yes or no, with an empty text as the value",
            (criterion("format", "is", "", "", "every file"),),
            edge=True,
        ),
        Case(
            "yes or no, without a condition",
            (criterion("format", "is", "png", "", ""),),
            edge=True,
        ),
        Case("a range", (sound | {"op": "between", "value": [20, 30]},), edge=True),
        Case("a range that begins at 0", (sound | {"op": "between", "value": [0, 5]},), edge=True),
        Case("a range with one end", (sound | {"op": "between", "value": [20]},), edge=True),
        Case(
            "a range with a word in it",
            (sound | {"op": "between", "value": [20, "more"]},),
            edge=True,
        ),
        Case(
            "a range without a unit",
            (sound | {"op": "between", "value": [20, 30], "unit": ""},),
            edge=True,
        ),
        *(
            Case("a hidden case", (some_criterion(**changes),), hidden=True)
            for changes in (
                {},
                {},
                {"unit": rng.choice(["", None])},
                {"value": None},
                {"value": rng.choice(["soon", "many", "as before"])},
            )
        ),
        Case(
            "a hidden case",
            (some_criterion(**{rng.choice(["metric", "op", "when"]): rng.choice(["", None])}),),
            hidden=True,
            edge=True,
        ),
        *(
            Case("a hidden case with a range", (some_range(end),), hidden=True, edge=True)
            for end in (some_number(), rng.choice([None, "", "more"]))
        ),
    ]


def load_criterion_ids() -> list[str]:
    return load("criteria")["criterion_id"].tolist()


# ---------------------------------------------------------------- 3.3 deliveries

SPEC_COLUMNS = ["asset", "width", "height", "format", "max_kb", "lang", "due_utc"]
GOT_COLUMNS = ["asset", "width", "height", "format", "kb", "lang", "came_utc"]
DUE = "2026-03-20T14:00:00Z"
IN_TIME = "2026-03-20T09:30:00Z"


def ordered(*rows: tuple, due: str = DUE) -> pd.DataFrame:
    """What was ordered, all due at the same moment."""
    table = pd.DataFrame([(*row, due) for row in rows], columns=SPEC_COLUMNS)
    return typed(table, "max_kb", "due_utc")


def came(*rows: tuple, at: str = IN_TIME) -> pd.DataFrame:
    """What came, all at the same moment unless a row has one of its own."""
    table = pd.DataFrame([(*row, at)[:7] for row in rows], columns=GOT_COLUMNS)
    return typed(table, "kb", "came_utc")


def typed(table: pd.DataFrame, weight: str, moment: str) -> pd.DataFrame:
    """The types of the shop's tables, which an empty table would not have by itself."""
    numbers = dict.fromkeys(["width", "height", weight], "int64")
    texts = dict.fromkeys(["asset", "format", "lang"], "str")
    moments = pd.to_datetime(table[moment], utc=True)
    return table.astype(numbers | texts).assign(**{moment: moments})


def check_delivery_cases(seed: int) -> list[Case]:
    rng = random.Random(seed)
    a1, a2 = ("A1", 1080, 1080, "png", 500, "ka"), ("A2", 1200, 628, "jpg", 500, "ka")
    a3 = ("A3", 1200, 628, "jpg", 500, "en")
    one = ordered(a1)

    def some_delivery() -> tuple:
        """Each asset ordered is wrong in one way or two, one is missing, one is too many."""
        names = [f"A{number}" for number in rng.sample(range(10, 99), 9)]
        spec = [(name, *rng.choice([a1, a2, a3])[1:]) for name in names[:8]]
        wrongs = [{}, {1: 300}, {2: 250}, {3: "gif"}, {4: 501}, {5: "ru"}, {6: None}]
        got = []
        for row, wrong in zip(spec[:7], rng.sample(wrongs, 7), strict=True):
            minutes = rng.randrange(1, 90)
            asset = [*row, IN_TIME]
            asset[4] = rng.randrange(300, 501)
            for place, value in wrong.items():
                asset[place] = value or f"2026-03-20T15:{minutes % 60:02}:00Z"
            got.append(tuple(asset))
        return ordered(*spec), came(*got, (names[8], 300, 250, "gif", 90, "ka"))

    return [
        Case(
            "the small example",
            (
                ordered(a1, a2, a3),
                came(
                    ("A1", 1080, 1080, "png", 480, "ka"),
                    ("A2", 1200, 630, "jpg", 450, "ka"),
                    ("X9", 300, 250, "gif", 90, "ka"),
                ),
            ),
        ),
        Case("the shop's data", (load("delivery_spec"), load("delivery_got"))),
        Case(
            "one that is wrong in every way",
            (one, came(("A1", 9, 8, "gif", 600, "ru", "2026-03-21T09:00:00Z"))),
        ),
        Case(
            "a delivery without fault", (one, came(("A1", 1080, 1080, "png", 480, "ka"))), edge=True
        ),
        Case(
            "a weight exactly at the limit",
            (one, came(("A1", 1080, 1080, "png", 500, "ka"))),
            edge=True,
        ),
        Case(
            "one that came at the very moment it was due",
            (one, came(("A1", 1080, 1080, "png", 480, "ka"), at=DUE)),
            edge=True,
        ),
        Case(
            "one that came two hours late",
            (one, came(("A1", 1080, 1080, "png", 480, "ka"), at="2026-03-20T16:00:00Z")),
            edge=True,
        ),
        Case("the width is wrong", (one, came(("A1", 1090, 1080, "png", 480, "ka")))),
        Case("the height is wrong", (one, came(("A1", 1080, 1090, "png", 480, "ka"))), edge=True),
        Case(
            "width and height exchanged",
            (ordered(a2), came(("A2", 628, 1200, "jpg", 480, "ka"))),
            edge=True,
        ),
        Case("nothing came", (ordered(a1, a2), came()), edge=True),
        Case(
            "nothing was ordered",
            (ordered(), came(("A1", 1080, 1080, "png", 480, "ka"))),
            edge=True,
        ),
        *(Case("a hidden case", some_delivery(), hidden=True) for _ in range(3)),
    ]


# ---------------------------------------------------------------- 3.4 limits


GEORGIAN_GOODS = [
    *("თაფლი", "ჩაი", "ჩურჩხელა", "მურაბა", "ტყლაპი", "აჯიკა"),
    *("ტყემალი", "ზაფრანა", "პიტნა", "ქონდარი", "ყუთი", "ნაკრები"),
]


def shop_limits() -> pd.Series:
    """The longest text allowed, by "platform kind", as in the table `ad_limits`."""
    table = load("ad_limits")
    return table.set_index(table["platform"] + " " + table["kind"])["max_length"]


def fits_cases(seed: int) -> list[Case]:
    rng = random.Random(seed)
    limits = shop_limits()
    georgian = [*GEORGIAN_GOODS, "მთიდან", "უფასოდ", "დღეს", "ახალი", "–"]
    english = ["honey", "tea", "gift", "free", "today", "new", "box", "jam", "mint", "fresh", "–"]
    french = [
        normalize("NFD", word)
        for word in ["thé", "café", "purée", "crème", "pâté", "fête", "gâteau", "rosé"]
    ]
    wide = "茶蜜山花果酒金春高新王年"

    def some_price() -> str:
        return f"{rng.randrange(1_000, 10_000) / 100:.2f}"

    def some_text(kind: str, over: int) -> str:
        """A text so many characters longer than the limit, without spaces at its ends."""
        pieces = rng.choice([georgian, english])
        text = some_price()
        while len(text) < limits[kind] + over:
            text += " " + rng.choice(pieces)
        return text[: limits[kind] + over].rstrip().ljust(limits[kind] + over, "!")

    overs = dict(
        zip(
            ("google headline", "meta headline", "google path", "google description"),
            rng.sample(range(-1, 3), 4),
            strict=True,
        )
    )
    texts = load("ads_texts").set_index("text_id")
    return [
        *(
            Case(f"the small example ({text})", (text, "google headline", limits))
            for text in (
                "უფასო მიწოდება თბილისში",
                "ფასდაკლება აღდგომის კვირას −20%",
                "Free delivery in Tbilisi today",
                "Free delivery in Tbilisi today!",
            )
        ),
        *(
            Case(f"the shop's text {id}", (row["text"], f"{row['platform']} {row['kind']}", limits))
            for id, row in texts.iterrows()
        ),
        *(
            Case(about, (text, kind, limits), edge=True)
            for about, (text, kind) in {
                "no text at all": ("", "google path"),
                "a Japanese text": ("ジョージアのお茶", "google path"),
                "a text in full-width letters": ("ＧＥＬ ５０", "google path"),
                "a Japanese text that is too long": ("ジョージアの山のお茶", "google path"),
                "an é written as e and an accent": ("Cafe\u0301 de Tbilissi", "google path"),
                "spaces at the ends": (" თაფლი მთიდან  ", "google path"),
            }.items()
        ),
        *(
            Case("a hidden case", (some_text(kind, over), kind, limits), hidden=True)
            for kind, over in overs.items()
        ),
        Case(
            "a hidden case with accents",
            (" ".join([*rng.choices(french, k=2), some_price()]), "google path", limits),
            hidden=True,
            edge=True,
        ),
        Case(
            "a hidden case with Chinese letters",
            ("".join(rng.choices(wide, k=rng.randrange(7, 10))), "google path", limits),
            hidden=True,
            edge=True,
        ),
    ]


# ---------------------------------------------------------------- 3.5 Georgian


@dataclass(frozen=True)
class Counts(PerLabel):
    """How often each label occurs; a label with 0 may stand there or not."""

    asked = N_("a dict with a count for each rule")

    def read(self, value: object) -> dict:
        counts = super().read(value)
        return {name: count for name, count in counts.items() if count != 0}


def lint_ka_cases(seed: int) -> list[Case]:
    rng = random.Random(seed)

    def word() -> str:
        return rng.choice(GEORGIAN_GOODS)

    def in_mtavruli(small: str) -> str:
        """The word with its first letter as a capital, which no method but `upper` makes of it."""
        return small[0].upper() + small[1:]

    def with_foreign(letters: int) -> str:
        """A word in which letters are Cyrillic or Latin ones."""
        spelt = list(word())
        for place in rng.sample(range(len(spelt)), letters):
            spelt[place] = rng.choice("aceopx\u0430\u0441\u0435\u043e\u0440\u0438")
        return "".join(spelt)

    def some_text() -> str:
        """Slips of all sorts, and two pieces that only look like one."""
        slips = [
            f"{word()},{word()}",
            f"{word()}  და  {word()}",
            f"შეუკვეთეთ {word()} დღესვე !",
            f"{word()} ახალია!!",
            f"ვადა გავიდა.. {word()}",
            with_foreign(1),
            with_foreign(1),
            in_mtavruli(word()),
            f'ყუთი "{word()}"',
            f"«{word()}»",
            f"{rng.randrange(10, 999)}₾",
        ]
        return " და ".join([*rng.sample(slips, 9), f"{word()} მთიდან", f"გურიის {word()}, ახალი"])

    def strange_text() -> str:
        """What looks like a slip and is none, and runs that are one slip."""
        pieces = [
            f"ფასი {rng.randrange(10, 999)},90 ₾ არის",
            f"სამი {word()}...",
            "ROMI-ს ზრდა",
            f"{word()} მოვიდა?!",
            f"{word()}{' ' * rng.randrange(3, 6)}{word()}",
            with_foreign(2),
            f"{rng.randrange(10, 999)}₾-დან",
        ]
        return " და ".join(rng.sample(pieces, len(pieces)))

    drafts = load("drafts").set_index("draft_id")["text"]
    texts = load("ads_texts").set_index("text_id")["text"]
    return [
        Case("the small example", ("ახალი კოლექცია უკვე გაყიდვაშია,შეუკვეთე  დღესვე !!",)),
        *(Case(f"the shop's draft {id}", (text,)) for id, text in drafts.items()),
        *(Case(f"the shop's text {id}", (texts[id],)) for id in ("X09", "X14", "X19", "X20")),
        Case(
            "a word with letters of three alphabets",
            ("თბილი\u0441ში, ქუთ\u0430ისში და ბaთუმში იყიდება ჩაი.",),
        ),
        Case("capitals in the middle of a text", ("ჩვენ ვართ Თბილისში და ᲑᲐᲗᲣᲛში.",)),
        *(
            Case(about, (text,), edge=True)
            for about, text in {
                "a text without fault": "„მთის კალათა“: თაფლი, ჩაი და ჩურჩხელა. ფასი: 29,90 ₾!",
                "decimal commas": "ფასი იყო 19,90 ₾, ახლა 14,50 ₾ არის.",
                "three full stops": "მთიდან თქვენამდე... ერთ დღეში..",
                "a headline in capitals": "ᲗᲑᲘᲚᲘᲡᲘ ᲓᲐ ბათუმი",
                "a foreign name with a Georgian ending": "Facebook-ის გვერდი და Google",
                "a foreign name glued to a Georgian ending": "Facebookზე და Google",
                "a run of spaces and signs": "დღეს    !!! ხვალ  ?!?",
                "English quotation marks": "ყუთი “თოვლი” და „მთა“",
                "no text at all": "",
            }.items()
        ),
        *(Case("a hidden case", (some_text(),), hidden=True) for _ in range(3)),
        Case("a hidden case", (strange_text(),), hidden=True, edge=True),
    ]


# ---------------------------------------------------------------- 3.6 money


@dataclass(frozen=True)
class Amount(Text):
    """Money as text; the kind of space, of minus, and a space after GEL make no difference."""

    def read(self, value: object) -> str:
        text = super().read(value)
        for space in "\u00a0\u202f\u2009":
            text = text.replace(space, " ")
        text = text.replace("−", "-").replace("GEL ", "GEL")
        return "-GEL" + text.removeprefix("GEL-") if text.startswith("GEL-") else text


def fmt_gel_cases(seed: int) -> list[Case]:
    rng = random.Random(seed)
    goods = load("products").set_index("sku")["price_gross_tetri"]
    # Both digits of the tetri are never 0, so that no fraction can be lost unnoticed.
    amounts = [
        rng.randrange(10**size, 9 * 10**size) * 100
        + 10 * rng.randrange(1, 10)
        + rng.randrange(1, 10)
        for size in (3, 4, 5, 6)
    ]
    month = int(load("orders")["gross_tetri"].sum())
    return [
        Case("the small example in Georgian", (123_456, "ka")),
        Case("the small example in English", (123_456, "en")),
        *(Case(f"the shop's sales in {lang}", (month, lang)) for lang in ("ka", "en")),
        *(
            Case(f"the shop's price of HO01 in {lang}", (int(goods["HO01"]), lang))
            for lang in ("ka", "en")
        ),
        *(
            Case(f"{about}, in {lang}", (tetri, lang), edge=True)
            for about, tetri in {
                "an amount below zero": -50_050,
                "a small amount below zero": -5,
                "one tetri below zero": -1,
                "nothing": 0,
                "5 tetri": 5,
                "whole lari": 70_000,
                "10 tetri more than whole lari": 70_010,
                "above a million": 123_456_789,
                "just below a thousand": 99_999,
            }.items()
            for lang in ("ka", "en")
        ),
        *(
            Case("a hidden case", (amount, lang), hidden=True)
            for amount in amounts
            for lang in ("ka", "en")
        ),
        *(
            Case("a hidden case below zero", (-amounts[1], lang), hidden=True, edge=True)
            for lang in ("ka", "en")
        ),
    ]


# ---------------------------------------------------------------- 3.8 terms

# What stands for the same correction; the first is the shop's own term.
RIGHT_TERMS = [
    ("შემოსავალი", "ამონაგები"),
    (
        "დაწკაპუნების წილი",
        "დაწკაპუნებების წილი",
        "დაწკაპუნების წილი (ctr)",
        "ctr (დაწკაპუნების წილი)",
        "კლიკების წილი",
        "ctr",
    ),
    (
        "რეკლამის უკუგება (roas)",
        "რეკლამის უკუგება შემოსავლით",
        "რეკლამის უკუგება შემოსავლით (roas)",
        "რეკლამის უკუგება",
        "roas",
    ),
    ("საკონტროლო ჯგუფი",),
    ("срок", "крайний срок", "срок сдачи", "последний срок", "дедлайн"),
]


@dataclass(frozen=True)
class Term(Text):
    """A term; case, hyphens and spaces make no difference, nor which accepted term it is."""

    def read(self, value: object) -> str:
        term = " ".join(super().read(value).lower().replace("-", " ").split())
        return next((same[0] for same in RIGHT_TERMS if term in same), term)


def terms(*rows: tuple) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["row", "en", "ka", "ru"])


def corrections_cases(seed: int) -> list[Case]:
    rng = random.Random(seed)
    shop = load("terms")
    mended = {
        "revenue": ("ka", "შემოსავალი"),
        "CTR": ("ka", "დაწკაპუნების წილი"),
        "ROAS": ("ka", "რეკლამის უკუგება (ROAS)"),
        "control group": ("ka", "საკონტროლო ჯგუფი"),
        "deadline": ("ru", "срок"),
    }

    def with_right_terms(table: pd.DataFrame, *which: str) -> pd.DataFrame:
        table = table.copy()
        for en in which:
            column, term = mended[en]
            table.loc[table["en"] == en, column] = term
        return table

    def some_terms(mended_already: int) -> pd.DataFrame:
        """The shop's rows in another order, under other numbers, so many already put right."""
        table = shop.sample(frac=1, random_state=rng.randrange(10**6)).reset_index(drop=True)
        table["row"] = rng.sample(range(100, 999), len(table))
        return with_right_terms(table, *rng.sample(list(mended), mended_already))

    small = terms(
        (11, "revenue", "მოგება", "выручка"),
        (12, "profit", "მოგება", "прибыль"),
        (13, "click", "კლიკი", "клик"),
        (14, "deadline", "ვადა", "дата начала"),
    )
    every = with_right_terms(shop, *mended)
    return [
        Case("the small example", (small,)),
        Case("the shop's data", (shop,)),
        Case("a table in which all is right", (every,), edge=True),
        Case(
            "a table with two accepted terms for a click",
            (
                terms(
                    (1, "click", "კლიკი", "клик"),
                    (2, "click", "დაწკაპუნება", "щелчок"),
                    (3, "control group", "სატესტო ჯგუფი", "контрольная группа"),
                    (4, "test group", "სატესტო ჯგუფი", "тестовая группа"),
                ),
            ),
            edge=True,
        ),
        Case("a table without a row", (shop.head(0),), edge=True),
        *(Case("a hidden case", (some_terms(0),), hidden=True) for _ in range(2)),
        Case("a hidden case", (some_terms(2),), hidden=True, edge=True),
        Case("a hidden case that is mostly right", (some_terms(4),), hidden=True, edge=True),
    ]


# ---------------------------------------------------------------- 3.9 replies

MONTHS = [
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
    *("იანვ", "თებერვ", "მარტ", "აპრილ", "მაის", "ივნის"),
    *("ივლის", "აგვისტ", "სექტემბ", "ოქტომბ", "ნოემბ", "დეკემბ"),
]


# What replies are made of: how each begins, each part as it should be, with its gap, and with one
# that only a border of the rules tells.
REPLY_PARTS = [
    {
        "names": ["Mariam", "Levan", "Nino", "Giorgi", "Ana", "Dato", "Tamar", "Irakli"],
        "goods": ["honey", "tea", "churchkhela", "jam", "ajika", "saffron", "mint", "boxes"],
        "months": MONTHS[:12],
        "claims": ["No. 1", "number one", "the best", "the cheapest", "guaranteed"],
        "begin": "Dear {name}, {number} banners for {goods} are still missing.",
        "claim": (
            "We write only what we can prove.",
            "We say that our {goods} are {claim}, and mean it.",
            "We are {claim_in_capitals}, and do not say “{quoted}” for nothing.",
        ),
        "date": (
            "Please send them by {day} {month}.",
            "Please send them soon.",
            "They are needed in {month}.",
        ),
        "next step": ("Next step: a call at {time}.", "We can talk at {time}."),
        "long": "The shop waits for {goods} every day.",
    },
    {
        "names": ["მარიამ", "ლევან", "ნინო", "გიორგი", "ანა", "დათო", "თამარ", "ირაკლი"],
        "goods": ["თაფლის", "ჩაის", "ჩურჩხელის", "მურაბის", "აჯიკის", "ზაფრანის", "პიტნის"],
        "months": [
            *("იანვრამდე", "თებერვლამდე", "მარტამდე", "აპრილამდე", "მაისამდე", "ივნისამდე"),
            *("ივლისამდე", "აგვისტომდე", "სექტემბრამდე", "ოქტომბრამდე"),
            *("ნოემბრამდე", "დეკემბრამდე"),
        ],
        "claims": ["ნომერი პირველი", "საუკეთესო", "ყველაზე იაფი", "ერთადერთი", "გარანტირებული"],
        "begin": "{name}, {goods} {number} ბანერი ჯერ არ მოსულა.",
        "claim": (
            "„{quoted} საქართველოში“ ვერ დავწერთ.",
            "დავწერთ, რომ {claim} მაღაზია ვართ.",
            "„{quoted}“ ტყუილად არ გვიწერია: ჩვენი მაღაზია {claim}ა.",
        ),
        "date": (
            "გთხოვთ, {day} {month} გამოგვიგზავნოთ.",
            "გთხოვთ, მალე გამოგვიგზავნოთ.",
            "ბანერები {month} გვჭირდება.",
        ),
        "next step": ("შემდეგი ნაბიჯი: დაგირეკავთ {time} საათზე.", "{time} საათზე დაგირეკავთ."),
        "long": "მაღაზია {goods} ბანერებს ყოველდღე ელოდება და ჩქარობს.",
    },
]


def reply_gaps_cases(seed: int) -> list[Case]:
    rng = random.Random(seed)
    claims = load("claims")["claim"].tolist()
    good = "The banners are four days late. Please send the square one by 18 March, 14:00."
    step = " Next step: we talk on Monday at ten."

    def with_words(count: int) -> str:
        text = good + step
        return text + " please" * (count - len(text.split()))

    def some_reply(parts: dict, **gaps: int) -> str:
        """A reply with these gaps; of each part the one with that number is taken."""
        claim = rng.choice(parts["claims"])
        filled = {
            "claim": claim,
            "claim_in_capitals": claim.upper(),
            "quoted": rng.choice(parts["claims"]),
            "name": rng.choice(parts["names"]),
            "goods": rng.choice(parts["goods"]),
            "number": rng.randrange(100, 10_000),
            "day": rng.randrange(1, 29),
            "month": rng.choice(parts["months"]),
            "time": f"{rng.randrange(9, 18)}:{rng.randrange(10, 60)}",
        }
        said = [parts["begin"]]
        said += [parts[part][gaps.get(part, 0)] for part in ("claim", "date", "next step")]
        said += [parts["long"]] * rng.randrange(20, 25) * gaps.get("words", 0)
        return " ".join(said).format(**filled)

    replies = load("replies").set_index("reply_id")["text"]
    return [
        Case(
            "the small example",
            ("Our shop is the best in Georgia. The banners come soon.", claims, MONTHS),
        ),
        *(Case(f"the shop's reply {id}", (text, claims, MONTHS)) for id, text in replies.items()),
        Case("a reply that is much too long", (with_words(180), claims, MONTHS)),
        *(
            Case(about, (text, claims, MONTHS), edge=True)
            for about, text in {
                "exactly 120 words": with_words(120),
                "121 words": with_words(121),
                "a claim in capital letters": good + step + " We are NUMBER ONE.",
                "a claim with a Georgian ending": good + step + " ჩვენი თაფლი საუკეთესოა.",
                "a claim that is only quoted": good + step + " I cannot write “the best tea”.",
                "a claim quoted in plain marks": good + step + ' Not "guaranteed", please.',
                "a claim after a quotation": good + step + " „მთა“ is the only box, not „ზღვა“.",
                "a month without a day": "The banners are due in March." + step,
                "a Georgian date": "ბანერები 18 მარტამდე გვჭირდება. შემდეგი ნაბიჯი: ზარი.",
                "a next step that is not named": good + " We talk next week.",
                "no text at all": "",
            }.items()
        ),
        *(
            Case(
                "a hidden case",
                (some_reply(rng.choice(REPLY_PARTS), **dict.fromkeys(lacks, 1)), claims, MONTHS),
                hidden=True,
            )
            for lacks in combinations(("words", "claim", "date", "next step"), 2)
        ),
        *(
            Case(
                "a hidden case",
                (some_reply(parts, claim=2, date=2), claims, MONTHS),
                hidden=True,
                edge=True,
            )
            for parts in REPLY_PARTS
        ),
    ]


ANY_ORDER = ListOf(Text(), ordered=False)

QUESTIONS = [
    Question(
        id="3.1a",
        name="brief_gaps",
        points=2,
        asks="the names of all gaps of the brief, in any order",
        returns=ANY_ORDER,
        cases=brief_gaps_cases,
        hints=(
            "Begin with the twelve fields: `b.get(field)` is None where a field is missing. What "
            "else is empty? An empty text and an empty list.",
            "`b.get('objective') or {}` is a dict even if the objective is missing; then ask each "
            "of its five parts in the same way. A baseline or target has to be a number as well: "
            "`isinstance(value, (int, float))`.",
            "Days written as 2026-03-20 sort as text, so `start > due` compares them. Ask only if "
            "both are there. A set loses names that came in twice.",
        ),
        see="lesson 3, “A brief that needs no question”",
    ),
    Question(
        id="3.1b",
        name="brief_warnings",
        points=2,
        asks="the names of all warnings that the brief deserves, in any order",
        returns=ANY_ORDER,
        cases=brief_warnings_cases,
        hints=(
            "Each warning is one comparison. Write them one by one, each on a line of its own, "
            "and try every line on the small example.",
            "`b['message'].split()` are the words, `sum(b['budget_lines'].values())` is the money "
            "of the lines, `measured.get(metric)` is None where nobody has measured.",
            "The days on which somebody works: the dates of the rows of `calendar` with "
            "`is_workday`, as text by `.dt.strftime('%Y-%m-%d')`, in a list. Is the due day in it?",
        ),
        see="lesson 3, “A brief that needs no question”",
    ),
    Question(
        id="3.2",
        name="is_testable",
        points=2,
        asks="True for a criterion that a third person can check, and for no other",
        returns=YesNo(),
        cases=is_testable_cases,
        hints=(
            "Which of the five parts must always be there, whatever the operator is? The answer is "
            "known as soon as one of them is empty.",
            "`if value` treats 0 like nothing. Ask for what you mean: is it a number "
            "(`isinstance(value, (int, float))`), or is it None or an empty text?",
            "Treat `is` first (any value, no unit), then `between` (a list of two numbers), then "
            "all other operators (one number). The last two need a unit.",
        ),
        see="lesson 3, “A criterion that can be checked”",
    ),
    Question(
        id="3.3",
        name="check_delivery",
        points=2,
        asks="every issue of the delivery as a pair (asset, issue), in any order",
        returns=ListOf(Parts(asset=Text(), issue=Text()), ordered=False),
        cases=check_delivery_cases,
        hints=(
            "There are three sorts of assets: ordered and came, only ordered, only came. Which "
            "merge keeps all three, and how do you tell them apart afterwards?",
            "`spec.merge(got, on='asset', how='outer', suffixes=('_wanted', ''), indicator=True)` "
            "has a column `_merge` with left_only, right_only or both. What is compared counts "
            "only where it says both.",
            "One condition for each issue; then a pair for every asset for which it holds. Limits "
            "are met by what lies exactly on them, so ask for > and not for >=.",
        ),
        see="lesson 3, “Checking a delivery”",
    ),
    Question(
        id="3.4",
        name="fits",
        points=1,
        asks="the length of the text as the platform counts it, and whether it fits",
        returns=Parts(length=Whole(), fits=YesNo()),
        cases=fits_cases,
        hints=(
            "`len(text)` counts code points, spaces and signs among them. Two things are left: "
            "accents that stand on their own, and wide letters.",
            "`unicodedata.normalize('NFC', text)` joins a letter and its accent. "
            "`unicodedata.east_asian_width(letter)` is W or F for wide letters: they count 2.",
        ),
        see="lesson 3, “An ad text within its limits”",
    ),
    Question(
        id="3.5",
        name="lint_ka",
        points=3,
        asks="how often each of the eight rules is broken (rule → count)",
        returns=Counts(Whole()),
        cases=lint_ka_cases,
        hints=(
            "A dict of rule → pattern, and one loop: `len(re.findall(pattern, text))` counts. "
            "Write one pattern, try it, then the next.",
            "`{2,}` is two or more of what stands before it; `(?=…)` looks at what follows "
            "without taking it; `[^\\W\\d]` is a letter. The lesson shows how a pattern forbids a "
            "full stop before or behind.",
            "A word with two alphabets: `\\b(?=\\w*[ა-ჰ])` says that a word with a Georgian "
            "letter begins here, and `\\w*[a-zA-Zа-яА-Я]\\w*` takes it if it has a foreign one "
            "too. A word with Mtavruli (`[Ა-Ჰ]`) and small letters is found in the same way.",
        ),
        see="lesson 3, “Clean Georgian”",
    ),
    Question(
        id="3.6",
        name="fmt_gel",
        points=2,
        asks="the amount as readers of that language write it",
        returns=Amount(),
        cases=fmt_gel_cases,
        hints=(
            "Take the sign away first, write the amount, and put the sign in front at the end.",
            "`divmod(abs(tetri), 100)` gives lari and tetri; `f'{lari:,}.{rest:02}'` is the "
            "English number. The Georgian one has other signs in the same places: exchange the "
            "comma first, then the point.",
        ),
        see="lesson 3, “Money, dates and numbers in two languages”",
    ),
    Question(
        id="3.8",
        name="corrections",
        points=1,
        asks="the right term for each row with a wrong one (row → term)",
        returns=PerLabel(Term()),
        cases=corrections_cases,
        hints=(
            "Read the table with your eyes first, row by row. A word that stands in two rows is "
            "wrong in one of them, and one of the wrong words is Russian.",
            "Put what you found into a dict: `(English term, wrong word)` → right word. Then look "
            "at the two words of every row: if the pair is in the dict, the row gets its "
            "correction under the number in its column `row`.",
        ),
        see="lesson 3, “Terms in three languages”",
    ),
    Question(
        id="3.9",
        name="reply_gaps",
        points=2,
        asks="the names of what is wrong with the reply, in any order",
        returns=ANY_ORDER,
        cases=reply_gaps_cases,
        hints=(
            "Four questions, one after another, each adding its name to a list. Take the "
            "quotations out before you look for claims.",
            'Outside of quotations: `re.split(r\'[„“"][^“”"]*[“”"]\', reply)`, a list of pieces. '
            "Case: compare `claim.lower()` with each piece in `.lower()`.",
            "A date is `\\d{1,2}`, a space and the beginning of a month; `'|'.join(months)` makes "
            "one pattern of all months.",
        ),
        see="lesson 3, “A hard conversation”",
    ),
]

TASKS = [
    Task(
        id="3.1c",
        name="brief",
        points=7,
        hints=(
            N_(
                "Write a short first draft and run the check. For each part that it does not "
                "find, it asks what a reader would ask. Answer one of the questions at a time."
            ),
            N_(
                "Say each thing once and exactly: one target with its number, its unit and its "
                "day; one sum of money in all; one date of the hand-over. “3,000 to 3,600 GEL” is "
                "no budget, “soon” is no date, “everyone” is no audience."
            ),
            N_(
                "Say who does the work and who approves it, both by name; say what there shall "
                "be, how many and in which size; and end with two conditions that anybody can "
                "check with yes or no, such as “each file is under 150 KB”."
            ),
        ),
        checklist=(
            N_("Are the goal and the target the right ones for this shop, and within reach?"),
            N_("Is the maker free in how to do the work?"),
            N_("Is it pleasant to get, in tone and in length?"),
        ),
    ),
]
