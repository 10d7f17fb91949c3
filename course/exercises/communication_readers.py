"""Communication: one result told to three readers, and how a program reads what was written.

The program looks at facts only: numbers, dates, names, the lines that a reader needs. Style, tone
and honesty are for a person to judge.
"""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from course.company import load
from course.exercise import Case, Question
from course.kinds import Text
from course.language import N_, _

MONTHS = [
    ("january", "jan", "იანვ"),
    ("february", "feb", "თებერვ"),
    ("march", "mar", "მარტ(?!ივ|ო)"),
    ("april", "apr", "აპრილ"),
    ("may", "may", "მაის"),
    ("june", "jun", "ივნის"),
    ("july", "jul", "ივლის"),
    ("august", "aug", "აგვისტ"),
    ("september", "sept?", "სექტემბ"),
    ("october", "oct", "ოქტომბ"),
    ("november", "nov", "ნოემბ"),
    ("december", "dec", "დეკემბ"),
]
MONTH = "(?P<month>" + "|".join(rf"{en}\b|{short}\b\.?|{ka}\w*" for en, short, ka in MONTHS) + ")"
DATES = [
    r"(?P<year>\d{4})-(?P<m>\d{2})-(?P<day>\d{2})",
    r"(?P<day>\d{1,2})[./](?P<m>\d{1,2})[./](?P<year>\d{2}(?:\d{2})?)(?!\d)",
    rf"(?:(?P<year_ka>\d{{4}}) წლის )?\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[ -](?:of )?{MONTH}"
    r"(?:,? (?P<year>\d{4}))?",
    rf"\b{MONTH} (?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b(?:,? (?P<year>\d{{4}}))?",
]
# What holds digits and is no number: links, code and names such as A11 or utm_campaign=w01, and
# the numbers of a list's lines.
NO_NUMBERS = [
    r"`[^`]*`",
    r"https?://\S+|\butm_\w+=\w+",
    r"(?<!\w)[^\W\d][\w/-]*\d\w*",
    r"(?<![\w.,])\(?[1-9][.)]\s+(?=\S)|(?i:\b(?:step|ნაბიჯი)\s[1-9]\b)",
]
GROUP = "[ \u00a0\u202f,.]"
NUMBER = re.compile(rf"\d{{1,3}}(?:{GROUP}\d{{3}})+(?!\d)(?:[.,]\d+)?|\d+(?:[.,]\d+)?")
JARGON = re.compile(r"\b(CTR|CPC|CPM|CPA|CVR|UTM|URL|pixels?|პიქსელ\w*)\b", re.IGNORECASE)
LABELS = {
    "Decision": "გადაწყვეტილება",
    "Expected": "მოსალოდნელი",
    "Actual": "ფაქტობრივი",
    "Priority": "პრიორიტეტი",
    "Steps": "ნაბიჯები",
    "Verify": "შემოწმება",
    "Stays": "რჩება",
    "Changes": "იცვლება",
    "Measure": "საზომი",
}
ANY_LABEL = re.compile(rf"\W*({'|'.join([*LABELS, *LABELS.values()])})\W*:", re.IGNORECASE)
CEO_WORDS = 90


def month_number(name: str) -> int:
    """The number of a month in English or Georgian, in any form that MONTH finds."""
    return next(
        number
        for number, forms in enumerate(MONTHS, 1)
        if any(re.match(form, name, re.IGNORECASE) for form in forms)
    )


def date_spans(text: str) -> list[tuple[int, int, str]]:
    """Where dates stand in the text, and each as 2026-01-23, or 01-23 where no year is given.

    >>> date_spans("by 23 January, not on 2026-02-06")
    [(22, 32, '2026-02-06'), (3, 13, '01-23')]
    """
    spans: list[tuple[int, int, str]] = []
    for pattern in DATES:
        for match in re.finditer(pattern, text, re.IGNORECASE):
            if any(start < match.end() and match.start() < end for start, end, _date in spans):
                continue
            found = match.groupdict()
            month = int(found["m"]) if found.get("m") else month_number(found["month"])
            day = f"{month:02}-{int(found['day']):02}"
            year = found.get("year") or found.get("year_ka")
            spans.append((*match.span(), f"{year}-{day}" if year else day))
    return spans


def readings(number: str) -> list[tuple[float, int]]:
    """What a number may mean, with its decimals: "1,234" is 1234, or 1.234 in Georgian.

    >>> readings("1,234")
    [(1234.0, 0), (1.234, 3)]
    >>> readings("1 234,56")
    [(1234.56, 2)]
    """
    plain = re.sub("[ \u00a0\u202f]", "", number)
    found = []
    if re.fullmatch(r"\d{1,3}([,.]\d{3})+|\d+", plain):
        found.append((float(re.sub("[,.]", "", plain)), 0))
    whole, mark, decimals = plain.replace(",", ".").rpartition(".")
    if mark and (whole.isdigit() or re.fullmatch(r"\d{1,3}(\.\d{3})+", whole)):
        found.append((float(f"{whole.replace('.', '')}.{decimals}"), len(decimals)))
    return found


def is_fact(number: str, facts: list[float]) -> bool:
    """Whether some fact, rounded to the decimals shown, is this number; signs do not count."""
    return any(
        abs(value - abs(fact)) <= 0.5 * 10**-decimals + 1e-9
        for value, decimals in readings(number)
        for fact in facts
    )


def false_numbers(text: str, row: dict) -> list[str]:
    """Numbers and dates of the text that are no fact of the row at the precision shown."""
    false = []
    spans = date_spans(text)
    for start, end, date in spans:
        if not row["decide_by"].endswith(date):
            false.append(text[start:end])
    for start, end, _date in sorted(spans, reverse=True):
        text = f"{text[:start]}|{text[end:]}"
    text = re.sub(r"GEL\s?[-−]?(?=\d)", "GEL ", text)
    for pattern in NO_NUMBERS:
        text = re.sub(pattern, "|", text)
    percents = [row["romi"] * 100, row["ctr"] * 100]
    names = [name for name, value in row.items() if isinstance(value, int | float)]
    others = [max_kb(row), *(row[name] for name in names)]
    for match in NUMBER.finditer(text):
        is_percent = re.match(r"\s?(%|percent|per cent|პროცენტ)", text[match.end() :])
        facts = percents if is_percent else others
        # "1 500" is one number, or the two at the borders of two phrases.
        apart = re.split("[ \u00a0\u202f]", match[0])
        if not is_fact(match[0], facts) and not all(is_fact(part, facts) for part in apart):
            false.append(match[0])
    return false


def max_kb(row: dict) -> int:
    """The heaviest file that the shop takes, in kB."""
    return 8000 if row["format"] == "mp4" else 500


def behind(label: str, text: str) -> str:
    """What stands behind the label or its Georgian form: the rest of the line, or the next one."""
    match = re.search(rf"(?im)^[\s*_-]*(?:{label}|{LABELS[label]})[*_]*\s*:[*_]*\s*(\S.*)$", text)
    return "" if not match or ANY_LABEL.match(match[1]) else match[1].strip()


def is_mixed(text: str) -> bool:
    """Whether the text is neither in English nor in Georgian, by its letters."""
    words = re.sub(r"`[^`]*`|https?://\S+", " ", text)
    georgian = len(re.findall("[ა-ჰᲐ-Ჰ]", words))
    letters = len(re.findall(r"[^\W\d_]", words))
    return letters > 0 and 0.15 < georgian / letters < 0.5


def ceo_lacks(text: str, row: dict) -> dict[str, str]:
    """What a message to the owner lacks."""
    lacks = {}
    count = len(text.split())
    if count > CEO_WORDS:
        lacks["words"] = _("{number} words", number=count)
    if not re.search(r"profit|romi|მოგებ|loss|\blost\b|ზარალ", text, re.IGNORECASE):
        lacks["profit"] = _("neither profit nor ROMI is named")
    decision = behind("Decision", text).lower()
    stops = bool(re.search(r"\bstop\b|შევწყვიტოთ|შევაჩეროთ|გავაჩეროთ", decision))
    goes_on = bool(re.search(r"\bgo on\b|\bcontinue\b|გავაგრძელოთ|ვაგრძელებთ", decision))
    if stops == goes_on:
        lacks["decision"] = _("no line “Decision:” that says either stop or go on")
    elif stops != (row["profit_gel"] < 0):
        lacks["wrong decision"] = _("the decision is not the one that the profit asks for")
    if not any(row["decide_by"].endswith(date) for _start, _end, date in date_spans(text)):
        lacks["date"] = _("the day of the decision is not named")
    if found := JARGON.search(text):
        lacks["jargon"] = _("“{word}” is no word for the owner", word=found[0])
    return lacks


def dev_lacks(text: str, row: dict) -> dict[str, str]:
    """What a message to the developer lacks."""
    lacks = {}
    if not re.search(rf"\b{row['event']}\b", text):
        lacks["event"] = _("the event is not named")
    if row["page"] not in text:
        lacks["page"] = _("the page is not named")
    for label in ("Expected", "Actual"):
        if not re.search(rf"(?<!\d){row[label.lower()]}(?!\d)", behind(label, text)):
            lacks[label] = _("no line “{label}:” with its number", label=label)
    priority = behind("Priority", text).lower()
    is_high = bool(re.search(r"\bhigh\b|მაღალ", priority))
    if is_high == bool(re.search(r"\bnormal\b|ჩვეულებრივ", priority)):
        lacks["Priority"] = _("no line “Priority:” that says either high or normal")
    elif is_high != (3 * row["missing"] > row["expected"]):
        lacks["wrong priority"] = _("the priority is not the one that the rule gives")
    for label in ("Steps", "Verify"):
        if not behind(label, text):
            lacks[label] = _("no line “{label}:”", label=label)
    return lacks


def designer_lacks(text: str, row: dict) -> dict[str, str]:
    """What a message to the designer lacks."""
    lacks = {}
    if not re.search(rf"\b{row['asset']}\b", text):
        lacks["asset"] = _("the banner is not named")
    if not re.search(rf"(?<!\d){row['width']}\s?(?:x|×|х|by|\*)\s?{row['height']}(?!\d)", text):
        lacks["size"] = _("its size is not given as width × height")
    if not re.search(rf"\b{row['format']}\b", text, re.IGNORECASE):
        lacks["format"] = _("its format is not given")
    weight = "8[ \u00a0,.]?000" if max_kb(row) == 8000 else "500"
    if not re.search(rf"(?<!\d){weight}\s?(?:kb|kilob|კბ|კილობ)", text.lower()):
        lacks["weight"] = _("its largest weight in kB is not given, or is that of another format")
    for label in ("Stays", "Changes", "Measure"):
        if not behind(label, text):
            lacks[label] = _("no line “{label}:”", label=label)
    return lacks


SMALL = {
    "campaign": "W-00",
    "name": "A small example",
    "cost_gel": 1500.0,
    "contribution_gel": 3500.0,
    "profit_gel": 2000.0,
    "romi": 4 / 3,
    "page": "/tea",
    "event": "purchase",
    "parameter": "utm_campaign=w00",
    "expected": 48,
    "actual": 21,
    "missing": 27,
    "asset": "A10",
    "width": 1200,
    "height": 628,
    "format": "png",
    "ctr": 0.0081,
    "decide_by": "2026-01-16",
}
EVEN = SMALL | {
    "campaign": "W-90",
    "name": "Neither gain nor loss",
    "cost_gel": 1200.75,
    "contribution_gel": 1200.75,
    "profit_gel": 0.0,
    "romi": 0.0,
}
SMALL_LOSS = SMALL | {
    "campaign": "W-91",
    "name": "A small loss",
    "cost_gel": 1200.75,
    "contribution_gel": 1200.25,
    "profit_gel": -0.5,
    "romi": -0.5 / 1200.75,
}
A_THIRD = SMALL | {"campaign": "W-92", "name": "A third", "actual": 32, "missing": 16}
ALL_ARRIVED = SMALL | {"campaign": "W-93", "name": "All arrived", "actual": 48, "missing": 0}
VIDEO = SMALL | {"campaign": "W-94", "name": "A video", "asset": "A94", "format": "mp4"}
SQUARE = SMALL | {"campaign": "W-95", "name": "A square", "width": 600, "height": 600}


@cache
def campaigns() -> dict[str, dict]:
    """Every campaign that learners see, by its name: a row of `results` as a dict.

    Money is in lari here, as it is written in a message.
    """
    table = load("results")
    table["decide_by"] = table["decide_by"].dt.strftime("%Y-%m-%d")
    for name in ("cost", "contribution", "profit"):
        table[f"{name}_gel"] = table.pop(f"{name}_tetri") / 100
    edges = [EVEN, SMALL_LOSS, A_THIRD, ALL_ARRIVED, VIDEO, SQUARE]
    return {row["campaign"]: row for row in [SMALL, *edges, *table.to_dict("records")]}


def some_campaign(name: str) -> dict:
    """A campaign that nobody has seen: its number, such as W-4810273, decides all the rest.

    So a message says by itself what it has to be measured by. Days, lengths of names and formats
    are those of `results`: who has looked at these has seen what may come.
    """
    rng = random.Random(name)
    cost, contribution = rng.randrange(40_000, 300_000), rng.randrange(20_000, 500_000)
    expected = rng.randrange(30, 250)
    missing = rng.randrange(1, expected // 2)
    width, height = rng.choice([(1080, 1080), (1200, 628), (300, 250), (728, 90), (1080, 1920)])
    goods = rng.choice(["tea", "honey", "churchkhela", "preserves", "spices", "boxes", "mint"])
    return {
        "campaign": name,
        "name": rng.choice(["Winter {}", "{} for the office", "{} at home", "New {}"])
        .format(goods)
        .capitalize(),
        "cost_gel": cost / 100,
        "contribution_gel": contribution / 100,
        "profit_gel": (contribution - cost) / 100,
        "romi": (contribution - cost) / cost,
        "page": f"/{goods}",
        "event": rng.choice(["purchase", "add_to_cart", "begin_checkout"]),
        "parameter": f"utm_campaign={name.replace('-', '').lower()}",
        "expected": expected,
        "actual": expected - missing,
        "missing": missing,
        "asset": f"A{rng.randrange(30, 100)}",
        "width": width,
        "height": height,
        "format": rng.choice(["jpg", "png", "mp4"]),
        "ctr": rng.randrange(30, 300) / 10_000,
        "decide_by": f"2026-{rng.choice(['01', '02'])}-{rng.randrange(10, 29)}",
    }


def campaign(name: str) -> dict | None:
    """The campaign of that name, or None where no campaign can have it."""
    if re.fullmatch("W-[1-9][0-9]{6}", name):
        return some_campaign(name)
    return campaigns().get(name)


@dataclass(frozen=True)
class Message(Text):
    """A message, read as the campaign it is about and what is wrong with it.

    Two messages are the same if they are about the same campaign and have the same faults; a right
    one has none. So the words are free, and a known mistake is recognised by its fault.
    """

    lacks: Callable[[str, dict], dict[str, str]]
    asked = N_("a text")

    def read(self, value: object) -> dict:
        text = super().read(value)
        named = [name for name in set(re.findall(r"W-\d+", text)) if campaign(name)]
        if len(named) != 1:
            fault = _("more than one campaign is named") if named else _("no campaign is named")
            return {"campaign": "", "faults": {"campaign": fault}}
        row = campaign(named[0])
        faults = self.lacks(text, row)
        if false := false_numbers(text, row):
            faults["number"] = _("“{number}” is no fact of this campaign", number=false[0])
        if is_mixed(text):
            faults["language"] = _("two languages are mixed")
        return {"campaign": named[0], "faults": faults}

    def same(self, given: dict, right: dict) -> bool:
        return (
            given["campaign"] == right["campaign"]
            and given["faults"].keys() == right["faults"].keys()
        )

    def show(self, value: dict) -> str:
        about = _("a message")
        if value["campaign"]:
            about = _("a message about {campaign}", campaign=value["campaign"])
        faults = "; ".join(value["faults"].values())
        return _("{about} with a fault: {faults}", about=about, faults=faults) if faults else about


def reader_cases(*edges: tuple[str, dict]) -> Callable[[int], list[Case]]:
    """Cases of the three messages: they differ only in their edges."""

    def cases(seed: int) -> list[Case]:
        rng = random.Random(seed)
        rows = campaigns()
        shown = ["W-01", "W-02"]

        def hidden_campaign(gains: bool, video: bool = False) -> dict:
            """One that earns or loses, with a video or not; never with exactly a third missing."""
            while True:
                row = some_campaign(f"W-{rng.randrange(10**6, 10**7)}")
                is_video, a_third = row["format"] == "mp4", 3 * row["missing"] == row["expected"]
                if (row["profit_gel"] > 0, is_video, a_third) == (gains, video, False):
                    return row

        return [
            Case("the small example", (SMALL,)),
            *(Case(f"the shop's campaign {name}", (rows[name],)) for name in shown),
            *(Case(about, (row,), edge=True) for about, row in edges),
            *(
                Case("a hidden case", (hidden_campaign(gains),), hidden=True)
                for gains in (True, False, True, False)
            ),
            Case("a hidden case", (hidden_campaign(True, video=True),), hidden=True, edge=True),
        ]

    return cases


SEE = "lesson 3, “One result, three readers”"

QUESTIONS = [
    Question(
        id="3.7a",
        name="ceo",
        points=2,
        asks="a message to the owner, with every number true and nothing missing",
        returns=Message(ceo_lacks),
        cases=reader_cases(
            ("a campaign that just pays for itself", EVEN),
            ("a campaign that loses 50 tetri", SMALL_LOSS),
        ),
        hints=(
            "Write the message for one campaign first, by hand. Then put the values of `r` in "
            "the place of the numbers: `f\"GEL {r['cost_gel']:,.2f}\"`.",
            "The decision is the only part that changes its words: choose it with an if before "
            "you write the text. ROMI in percent: `f\"{r['romi']:.0%}\"`.",
        ),
        see=SEE,
    ),
    Question(
        id="3.7b",
        name="dev",
        points=2,
        asks="a message to the developer, with every number true and nothing missing",
        returns=Message(dev_lacks),
        cases=reader_cases(
            ("a campaign with exactly a third missing", A_THIRD),
            ("a campaign whose events all arrived", ALL_ARRIVED),
        ),
        hints=(
            "Imagine that the developer sits down with nothing but your message. On which page "
            "does the work begin, which event is looked for, and how will both of you see that "
            "it is mended?",
            "Five lines begin with a label: Expected, Actual, Priority, Steps, Verify. The numbers "
            "come from `r['expected']` and `r['actual']`; for the priority compare three times "
            "`r['missing']` with `r['expected']`.",
        ),
        see=SEE,
    ),
    Question(
        id="3.7c",
        name="designer",
        points=2,
        asks="a message to the designer, with every number true and nothing missing",
        returns=Message(designer_lacks),
        cases=reader_cases(
            ("a video", VIDEO),
            ("a square banner", SQUARE),
        ),
        hints=(
            "Which file is meant, and what must be the same afterwards? Say that before you say "
            "what is to change.",
            "The size is `f\"{r['width']}×{r['height']}\"`. Three lines begin with a label: Stays, "
            "Changes, Measure; the measure of a banner is its click rate, `r['ctr']`. Choose the "
            "weight with an if on `r['format']` before you write the text.",
        ),
        see=SEE,
    ),
]
