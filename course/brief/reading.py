"""What stands in a piece of plain text: dates, money, percents, sizes and other numbers."""

import calendar
import datetime as dt
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from course.brief.words import MONTH, MONTHS, has, pattern, table, words


@dataclass(frozen=True)
class Fact:
    """One thing that was read.

    `kind` is date, money (GEL or another currency), percent, size or number; `value` is None for
    a date that no calendar has. `span` says that it is one end of a range.
    """

    kind: str
    value: Any
    start: int
    end: int
    text: str
    span: bool = False
    currency: str = ""


MOST_FACTS = 40  # of a clause

_NUMBER = r"\d+(?:\.\d+)?"
_CASE = r"(?:-?(?:st|nd|rd|th|დან|ის|ს|ი|ში|მდე|ამდე|იდან|ზე|სთვის|ისთვის|თვის))?"
_JOIN = r"\s*(?:-|,|&|/|and|to|till|until|through|და|or)\s*(?:the )?"
_DAYS = rf"(?<![\d.,:x%])(?:\d{{1,2}}(?:{_CASE}{_JOIN}|-?დან\s+)){{0,3}}\d{{1,2}}{_CASE}"
_YEAR = r"(?:,?\s*(20\d\d)(?!\d))?"
_DAY_MONTH = re.compile(rf"({_DAYS})\s*-?(?:of\s+)?(?<!\w)({MONTH}){_YEAR}")
_MONTH_DAY = re.compile(
    rf"(?<!\w)({MONTH})\s+(?:the\s+)?(\d{{1,2}}{_CASE}(?:{_JOIN}\d{{1,2}}{_CASE}(?![\d%x.]|\s*{MONTH})){{0,3}})"
    rf"(?![\d%x:]|\.\d|\s*(?:gel|lari|ლარ|₾|%|orders|direct|bookings|paying|clients|offices|new|"
    rf"შეკვეთ|ჯავშ|პირდაპირ|ოფის|კლიენტ|გადამხდელ|ახალ|-ს|ცალ)){_YEAR}"
)
_ISO = re.compile(r"(?<!\d)(20\d\d)[-./](\d{1,2})[-./](\d{1,2})(?!\d)")
_DOTTED = re.compile(
    r"(?<![\d.,x/])(\d{1,2})([./-])(\d{1,2})(?:\2(20\d\d|\d\d))?"
    r"(?![\d%]|[.,]\d|\s*(?:%|gel|lari|ლარ|₾|x\s?\d|წლ|year|kb|sec|წამ))"
)
_DAY_BEFORE = re.compile(r"(?<!\w)(?:mon|tues?|wed|thu|fri|sat|sun|by|on|until|till)\w*[.,]?\s$")
_RELATIVE = re.compile(
    r"(\d{1,2}) (?:(working|business) )?(?:day|week)\w* (?:from|after|of|following|counting from)"
)
_MONEY = re.compile(
    rf"(?:(?P<before>gel|₾|\$|€|usd|eur)\s?(?P<first>{_NUMBER})(?![\d%])"
    rf"|(?P<second>{_NUMBER})\s?-?(?P<after>gel|lari\w?|laris|₾|\$|€|usd|eur|euro\w?|dollar\w?|"
    r"ლარ\w{0,8}|ევრო\w{0,4}|დოლარ\w{0,5})(?!\w))"
)
_PERCENT = re.compile(rf"({_NUMBER})\s?-?(?:%|percent|per cent|პროცენტ\w{{0,8}})")
_SIZE = re.compile(
    r"\d{2,4}\s?(?:x|by|on|ზე)\s?\d{2,4}(?!\d)|(?<![\d:])(?:1:1|4:5|9:16|16:9|1\.91:1)(?!\d)"
)
_PLAIN = re.compile(rf"(?<![\w.])({_NUMBER})")
_DAY = re.compile(r"\d{1,2}")
_RANGE = re.compile(r"\s*(?:st|nd|rd|th)?\s*(?:-|to|till|until|through|-?დან)")


def _month(text: str) -> int:
    return next(n for n, form in enumerate(MONTHS, 1) if re.match(f"(?:{form})(?!\\w)", text))


def _date(year: int, month: int, day: int) -> dt.date | None:
    if 1 <= month <= 12 and 1 <= day <= calendar.monthrange(year, month)[1]:
        return dt.date(year, month, day)
    return None


def add_days(start: dt.date, days: int, working: bool) -> dt.date:
    """The date so many days, or working days (Monday to Friday), after another."""
    while days:
        start += dt.timedelta(1)
        days -= not working or start.weekday() < 5
    return start


def _dates(text: str, year: int) -> list[Fact]:
    found: list[Fact] = []
    taken: list[tuple[int, int]] = []

    def free(start: int, end: int) -> bool:
        return all(end <= a or start >= b for a, b in taken)

    def take(match: re.Match[str], days: str, month: int, its_year: str | None) -> None:
        if not free(*match.span()):
            return
        taken.append(match.span())
        pieces = list(_DAY.finditer(days))
        for index, piece in enumerate(pieces):
            after = days[piece.end() :]
            before = days[pieces[index - 1].end() : piece.start()] if index else ""
            span = (index + 1 < len(pieces) and bool(_RANGE.match(after))) or bool(
                before and _RANGE.match(before)
            )
            value = _date(int(its_year or year), month, int(piece[0]))
            shown = match[0].strip() if len(pieces) == 1 else f"{piece[0]} {month:02}"
            found.append(Fact("date", value, *match.span(), shown, span))

    for match in _ISO.finditer(text):
        take(match, match[3], int(match[2]), match[1])
    for match in _DAY_MONTH.finditer(text):
        take(match, match[1], _month(match[2]), match[3])
    for match in _MONTH_DAY.finditer(text):
        if re.search(r"(?:ში|მდე|დან|თვის|(?<!ი)(?<!აგვისტო)ს)$", match[1]):
            continue  # "in October 35 …" is no date
        take(match, match[2], _month(match[1]), match[3])
    for match in _DOTTED.finditer(text):
        day, sign, month, its_year = match.groups()
        two_digits = len(month) == 2 and len(day) <= 2
        if sign == "-" and not its_year:
            continue
        late = len(day) == 2 and match[0] != "16/9"  # no decimal and no ratio
        if not (two_digits or its_year or late or _DAY_BEFORE.search(text[: match.start()])):
            continue
        if int(month) > 12 >= int(day) and (sign == "/" and its_year):
            day, month = month, day
        if int(month) <= 12 or its_year:
            full = f"20{its_year}" if its_year and len(its_year) == 2 else its_year
            take(match, day, int(month), full)
    for match in _RELATIVE.finditer(text):
        start = next((f for f in found if 0 <= f.start - match.end() <= 12 and f.value), None)
        if start:
            count = int(match[1]) * (7 if "week" in match[0] else 1)
            value = add_days(start.value, count, bool(match[2]))
            found.remove(start)
            found.append(
                Fact("date", value, match.start(), start.end, text[match.start() : start.end])
            )
    found.sort(key=lambda fact: fact.start)
    return _with_spans(text, found)


def _with_spans(text: str, dates: list[Fact]) -> list[Fact]:
    """Mark "from 1 September to 31 October" as the two ends of one range."""
    marked = set()
    for first, second in pairwise(dates):
        between = text[first.end : second.start]
        ends = re.search(r"(?:დან|იდან)$", first.text)
        if re.fullmatch(r"\s*(?:-|to|till|until|through)\s*(?:the\s*)?", between) or (
            ends and re.fullmatch(r"\s*(?:-|და)?\s*", between)
        ):
            marked |= {first, second}
        if re.fullmatch(r"\s*and\s*", between) and text[: first.start].rstrip().endswith("between"):
            marked |= {first, second}
    return [
        Fact(f.kind, f.value, f.start, f.end, f.text, True) if f in marked else f for f in dates
    ]


def _georgian_relative(text: str, dates: list[Fact]) -> list[Fact]:
    """ "2 მარტიდან ორი სამუშაო დღე": in Georgian the date comes first."""
    result = []
    for fact in dates:
        after = re.match(r"\s*(\d{1,2}) (სამუშაო )?(?:დღ|კვირ)\w*", text[fact.end :])
        if after and fact.value and fact.text.rstrip().endswith("დან"):
            count = int(after[1]) * (7 if "კვირ" in after[0] else 1)
            end = fact.end + after.end()
            value = add_days(fact.value, count, bool(after[2]))
            fact = Fact("date", value, fact.start, end, text[fact.start : end])
        result.append(fact)
    return result


def read(text: str, year: int) -> tuple[Fact, ...]:
    """The facts of a plain text in their order; dates without a year get the given one.

    >>> [(fact.kind, fact.value) for fact in read("5 banners, 900 gel by 18 march, 4%", 2026)]
    [('number', 5.0), ('money', 900.0), ('date', datetime.date(2026, 3, 18)), ('percent', 4.0)]
    """
    facts = _georgian_relative(text, _dates(text, year))
    hidden = list(text)
    for fact in facts:
        hidden[fact.start : fact.end] = " " * (fact.end - fact.start)
    for kind, expression in (("money", _MONEY), ("percent", _PERCENT), ("size", _SIZE)):
        for match in expression.finditer("".join(hidden)):
            amount = re.search(_NUMBER, match[0])
            sign = match["before"] or match["after"] if kind == "money" else ""
            currency = "GEL" if re.match("gel|lari|₾|ლარ", sign) else sign
            facts.append(Fact(kind, float(amount[0]), *match.span(), match[0], currency=currency))
            hidden[match.start() : match.end()] = " " * len(match[0])
    for match in _PLAIN.finditer("".join(hidden)):
        facts.append(Fact("number", float(match[1]), *match.span(1), match[1]))
    return tuple(sorted(facts, key=lambda fact: fact.start)[:MOST_FACTS])


_ASKED = (
    r"date|number|amount|name|who|whom|what|where|when|why|how|age|city|size|metric|describe|fill|add|"
    r"text|tbd|xx|todo|insert|თარიღ|რიცხვ|ვინ|ვის|რა|როდის|ჩაწერ|შეავს|სახელ|ასაკ|ქალაქ|თანხ|აღწერ|"
    r"მიუთით|მაჩვენებ|რაოდენობ"
)
_BLANKS = re.compile(
    r"_{2,}|(?<!\w)\.{4,}|(?<!\w)x{2,}(?!\w)|(?<!\w)\?{2,}|[\[<{][\s._?-]{0,20}[\]>}]|"
    rf"[\[<{{](?:[^\[\]<>{{}}]{{0,40}}\W)?(?:{_ASKED})[^\[\]<>{{}}]{{0,40}}[\]>}}]|"
    r"(?<!\w)n (?:blocks|sections|banners|letters|days|orders|gel)|"
    r"(?<!\w)x{1,3} (?:gel|ლარი|orders|banners|clients)|(?<!\w)\.\.\.\s*$|(?<=[:=|-])\s*\.\.\."
)


def filled(text: str) -> str:
    """A text without its unfilled places."""
    return _BLANKS.sub(" ", text)


def blanks(text: str) -> int:
    """How many unfilled places a plain text has: "____", "[date]", "TBD", "შესავსებია"."""
    found = [m for m in _BLANKS.finditer(text) if not re.fullmatch(r"\[[ xv✓]?\]", m[0])]
    return len(found) + len(words("placeholder_words").findall(text))


_SEGMENT = re.compile(
    r"\s*(?:[;,](?!\d)|(?<!\d)-(?=\s)|(?<=\s)-(?=\s)|(?<!\w)(?:but|however|მაგრამ|ხოლო)(?!\w)|[()])\s*"
)


def segments(text: str) -> list[tuple[int, str]]:
    """Pieces between commas, brackets and dashes, each with where it starts."""
    pieces, position = [], 0
    for match in _SEGMENT.finditer(text):
        pieces.append((position, text[position : match.start()]))
        position = match.end()
    pieces.append((position, text[position:]))
    return [(start, piece) for start, piece in pieces if piece.strip()]


def segment_at(text: str, position: int) -> str:
    """The piece of a clause that a position stands in."""
    return next((p for s, p in reversed(segments(text)) if s <= position), text)


_LIMIT = re.compile(  # "not a tetri above", "must not exceed", "არ უნდა გადასცდეს"
    r"(?:\w+n't|not|no|never|nothing)(?:\W+\w+){0,3}?\W+"
    r"(?:(?:above|over)(?=\W+(?:the|a|this|\d))|more than|more(?!\W+[a-z])|beyond|"
    r"exceed\w*|later|less|fewer|under|before|until|without|unless)(?!\w)"
    r"|without(?=\W+\w+(?:'s)?\W+(?:yes|ok|approval|consent|go|word|signature))"
    r"|(?:არ|ვერ|არა)\W+(?:\w+\W+){0,2}?\w*(?:სცდ|ჭარბ|აღემატ|გვიანეს|უმეტეს|ნაკლებ|მეტი?(?!\w))\w*"
    r"|(?<=ზე )მეტს?\W+(?:\w+\W+)?(?:არ|ვერ|ნუ)(?!\w)"
)


def negated(piece: str) -> bool:
    """Whether a piece says that something is not there; "no later than" and the like do not."""
    return has("negation", words("not_a_negation").sub(" ", _LIMIT.sub(" ", piece)))


_GIVING = (
    r"have|had|been|set|setting|give|gave|given|giving|fix\w*|agree\w*|decide\w*|define\w*|"
    r"got|know|receiv\w*|approv\w*|allocat\w*|assign\w*|mention\w*"
)
_THING = r"(?:\W+\w+){0,3}?\W+"


_NOBODY_KNOWN = (
    r"(?:not|isn't|n't)(?: yet)? (?:clear|known|decided|matter|important)(?: yet)? (?:who|whom)"
    r"|no matter who|(?:უცნობია|არ ვიცით|სულერთია)\W+ვი(?:ნ|ს|სთვის)(?!\w)"
)


def _denials(topic: str) -> re.Pattern[str]:
    thing = f"(?:{pattern(table('lexicon')['denied'][topic]).pattern})"
    none = (
        r"(?<!\w)(?:no|not any|without|without any|haven't|don't have|do not have|isn't an?|"
        r"have not been given|not been given|wasn't given|not have|not set|"
        rf"(?:not|n't|never|nobody|no one)(?: has| have| was| is)?(?: yet)? (?:{_GIVING}))(?!\w)"
    )
    unknown = (
        r"(?:not|isn't|aren't|hasn't|haven't|never|yet to be)\b(?:\W+\w+){0,2}?\W+(?:been|known|"
        r"set|fixed|decided|agreed|given|clear|defined|approved|chosen|there|important|matter|exist|needed)|"
        r"(?:unknown|undefined|does not matter|doesn't matter|irrelevant|unclear)(?!\w)"
    )
    georgian = (
        r"(?:ჯერ\W+)?(?:არ|ვერ|აღარ|არც)\W+(?:არის|არსებობს|გვაქვს|მაქვს|გვაქვს|ვიცით|ვიცი|დადგენილა|"
        r"განსაზღვრულა|დაუდგენიათ|დაგვიწესებია|გვითხრეს|არსებულა|გამოუყვიათ|მოუციათ|გვჭირდება|მჭირდება|"
        r"აქვს|დაწესებულა|დათქმულა|შეგვითანხმებია|დაგვიდგენია|იქნება|დგინდება|განგვისაზღვრავს|"
        r"ცნობილა|დაგვითქვამს|\w*ლა|\w*ია)(?!\w)|არაა|უცნობი\w*|განუსაზღვრელ\w*|(?:განსაზღვრული|"
        r"ცნობილი|დადგენილი|შეთანხმებული|დაწესებული)\W+არ"
    )
    firm = r"(?:გადა|აღემატ|იცვლ|დააგვიან|სცდ|დაარღვ|გაზარდ|იზრდ)"
    refused = (
        rf"[^,.;]{{0,30}}?(?<!\w)(?:არ|ვერ|არც|აღარ|არავინ|არავის)(?!\w)\W+(?!\w{{0,3}}{firm})"
    )
    refused = f"|{thing}{refused}" if topic in ("kpi", "audience", "budget", "deadline") else ""
    georgian_before = (
        r"(?:არანაირი|არავითარი|(?:არ|ვერ|აღარ|არც)\W+(?:არის|არსებობს|გვაქვს|ვიცით|გვაქვს))"
    )
    return re.compile(
        rf"{none}(?: \w+){{0,3}}? {thing}(?!\W+(?:for|above|beyond|over|on)\b)"
        rf"|{thing}{_THING}?(?:{unknown})|{thing}(?:\W+\w+){{0,3}}?\W+(?:{georgian})"
        rf"|{georgian_before}\W+(?:\w+\W+){{0,2}}?{thing}{refused}"
        + (f"|{_NOBODY_KNOWN}" if topic == "audience" else "")
    )


DENIALS = {topic: _denials(topic) for topic in table("lexicon")["denied"]}


_NOT_MISSING = re.compile(
    r"(?:don't|do not|never) (?:think|believe|assume|suppose)\W.{0,12}?"
    r"there(?: is|'s| are) no(?!\w)"
)


def denies(topic: str, text: str) -> bool:
    """Whether a clause says that the brief has no such thing: "no deadline has been set".

    >>> denies("deadline", "no deadline has been set"), denies("deadline", "no later than 9 march")
    (True, False)
    """
    return DENIALS[topic].search(_NOT_MISSING.sub("there is", text)) is not None
