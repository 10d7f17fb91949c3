"""The numbers that a brief wants to be reached, told from those of the past and from all others."""

import re
from dataclasses import dataclass

from course.brief.brief import Brief, is_open
from course.brief.clauses import Clause
from course.brief.reading import Fact, negated, segment_at, segments
from course.brief.words import MONTH, has, words

SHARES = ("conversion", "ctr", "opens", "comeback", "share")  # metrics given in percent
COUNTED = ("orders", "bookings", "clients", "requests", "clicks", "comeback", "people_count")

_DATE = re.compile(rf"\d{{1,2}}\s+{MONTH}|20\d\d წლის|(?<!\d)20\d\d(?!\d)")
_OTHER_UNIT = re.compile(
    r"\+?\s?(?:%|(?:out )?of (?:every|each|all|\d)|in every|"
    r"x\d|kb|mb|px|m2|m²|sq|square|კვ|მ²|მ2|employees|-?person|-?კაციან|-?დან(?!\w)|"
    r"-?people (?:office|compan|firm|team)|days?|months?|თვე|დღ|words?|სიტყვ|hours?|საათ|წლ|years|"
    r"sec|წამ)"
)
_VISITORS = re.compile(
    r"(?<!\w)(?:of|from) (?:\w+ )?(?:visitors|visits|people)|ვიზიტორების|მნახველების"
)
_COMPARED = re.compile(
    r"(?<!\w)(?:instead of|rather than|against|versus|vs\.?|compared (?:to|with))(?: \d+)?(?!\w)"
)
_FROM = re.compile(r"from \d[\d.]*\s?%?(?: \w+)? to\s*$")
_EVERY = re.compile(r"(?<!\w)(?:every|each|out of|ყოველ\w*) $")
_RANGE_BEFORE = re.compile(r"\d\s?-\s?$")
_RANGE_AFTER = re.compile(r"\s?-\s?\d")
_REDUCTION = re.compile(
    r"[\s-]*(?:(?:off|cheaper|less|discount|lower)(?!\w)|ფასდაკლებ|(?:-?ით )?იაფ)"
)
_ELLIPSIS = re.compile(
    r"-?\s*(?:$|[.,;/]|"
    r"(?:a|per|in|by|from|until|this|for|over|between|during|უნდა|თვეში|მდე|ს|ია)(?!\w))"
)


@dataclass(frozen=True)
class Target:
    """A number that shall be reached, its metric, and whether a date or a period goes with it."""

    value: float
    metric: str
    clause: Clause
    dated: bool
    fact: Fact


def metric_of(brief: Brief, clause: Clause, fact: Fact) -> str:
    """The metric that a number is a value of, or an empty text."""
    if fact.kind == "number" and _OTHER_UNIT.match(clause.plain[fact.end :]):
        return ""
    names = brief.card.metrics
    if fact.kind == "number":
        names = tuple(name for name in names if name in COUNTED)
    elif fact.kind == "percent" and any(has(name, clause.plain) for name in SHARES):
        names = tuple(name for name in names if name in SHARES)
    elif fact.kind == "money":
        names = ("revenue",)
    after, before = _around(clause.plain, fact)
    following, preceding = _metrics_in(after, names), _metrics_in(before, names)
    if following:
        return min(following)[1]
    if preceding:
        return max(preceding)[1]
    label, colon, _ = clause.plain[: fact.start].partition(":")
    if colon and fact.kind == "number":
        return next((name for name in names if name != "clients" and has(name, label)), "")
    if fact.kind == "percent" and any(f.value in brief.card.bases for f in clause.facts):
        return "comeback"
    return ""


def _around(text: str, fact: Fact) -> tuple[str, str]:
    """Four words after a number and six before it, up to the next number or comma."""
    before = _DATE.sub(lambda match: " " * len(match[0]), text[: fact.start])
    before = _FROM.sub(" ", before)
    before = re.split(r"[,;()]|\d", before[-60:])[-1]
    after = re.split(r"[,;()]|\d", _COMPARED.sub(" ", text[fact.end : fact.end + 45]))[0]
    return " ".join(after.split()[:4]), " ".join(before.split()[-6:])


def _metrics_in(piece: str, names: tuple[str, ...]) -> list[tuple[int, str]]:
    return [
        (match.start(), name)
        for name in names
        for match in words(name).finditer(piece)
        if not match[0].endswith("დან")  # "out of a hundred bookings"
    ]


def targets(brief: Brief) -> list[Target]:
    """The numbers that shall be reached."""
    found = []
    for clause in brief.clauses:
        labelled = bool(clause.topics & {"kpi", "goal"}) and not clause.soft
        if not is_open(clause, "kpi", "goal", "baseline", "deadline", "acceptance", "roles"):
            continue
        if brief.denies("kpi", clause) or (not labelled and brief.is_audience(clause)):
            continue
        for fact in clause.facts:
            metric = _aimed_at(brief, clause, fact, labelled)
            if not metric:
                continue
            dated = _dated(brief, clause, fact)
            if labelled or dated or has("target", clause.plain):
                found.append(Target(fact.value, metric, clause, dated, fact))
    return found


def _aimed_at(brief: Brief, clause: Clause, fact: Fact, labelled: bool) -> str:
    """The metric of a number that may be a target, or an empty text."""
    text, rest = clause.plain, clause.plain[fact.end :]
    if fact.kind not in ("number", "percent", "money") or _is_known(brief, fact):
        return ""
    if fact.kind == "number" and _is_other_number(text, fact):
        return ""
    if fact.kind == "percent" and fact.value in brief.card.offers and not labelled:
        return ""
    if _is_past(text, fact) or _REDUCTION.match(rest) or negated(segment_at(text, fact.start)):
        return ""
    metric = metric_of(brief, clause, fact)
    if not metric and labelled and fact.kind != "money":
        metric = _under_label(brief, clause, fact)
    if not metric and not labelled and has("target", text):
        metric = _said_before(brief, clause, fact)
    if fact.kind == "percent" and _VISITORS.search(text) and "conversion" in brief.card.metrics:
        return "conversion"
    of_a_count = fact.kind == "percent" and metric in COUNTED and metric != "comeback"
    return "" if of_a_count and not has("increase", text) else metric


def _is_known(brief: Brief, fact: Fact) -> bool:
    """Whether a number is one of the exercise's present or previous values."""
    card = brief.card
    if fact.kind == "percent":
        return fact.value in card.percents
    if fact.kind == "money":
        return fact.value in card.prices or fact.value == card.budget_cap
    whole = any(fact.value > base / 2 for base in card.bases)
    return whole or fact.value in card.counts + card.percents


def _is_other_number(text: str, fact: Fact) -> bool:
    """Whether a number is a year, has another unit, or is one end of a range."""
    return (
        2020 <= fact.value <= 2040
        or bool(_OTHER_UNIT.match(text[fact.end :]))
        or bool(_RANGE_BEFORE.search(text[: fact.start]))
        or bool(_RANGE_AFTER.match(text[fact.end :]))
        or bool(_EVERY.search(text[: fact.start]))
    )


def _is_past(text: str, fact: Fact) -> bool:
    """Whether a number is told as a previous one: "last year we had 280", not "280 instead of"."""
    start, piece = next(((s, p) for s, p in reversed(segments(text)) if s <= fact.start), (0, text))
    before, after = piece[: fact.start - start], piece[fact.end - start :]
    if has("target", before):
        return False
    after = _COMPARED.sub(" ", re.split(r"\d", after)[0][:25])
    return has("strongly_past", before) or has("strongly_past", after)


def _dated(brief: Brief, clause: Clause, fact: Fact) -> bool:
    """Whether a date or period goes with a number: in its clause, before it, under its label."""
    before = brief.before(clause)
    if before and any(date.span for date in before.of("date")):
        return True
    near = [clause]
    if clause.topics & {"kpi", "goal"}:
        near += [c for c in brief.clauses if c.group == clause.group and c is not clause]
    return any(_has_date(each, fact if each is clause else None) for each in near)


def _has_date(clause: Clause, fact: Fact | None) -> bool:
    """Whether a clause has a date or period outside what it tells of the past."""
    kept = "; ".join(
        piece
        for start, piece in segments(clause.plain)
        if (fact and start <= fact.start < start + len(piece)) or not has("strongly_past", piece)
    )
    return has("period", kept) or any(
        date.value and segment_at(clause.plain, date.start) in kept for date in clause.of("date")
    )


def _said_before(brief: Brief, clause: Clause, fact: Fact) -> str:
    """The metric said just before: "Now we get 9 direct bookings. Let us get to 25"."""
    if fact.kind != "number" or fact.value < 2 or not _ELLIPSIS.match(clause.plain[fact.end :]):
        return ""
    before = brief.before(clause)
    text = clause.plain[: fact.start] + (before.plain if before else "")
    names = ("orders", "bookings", "clients")
    return next((name for name in names if name in brief.card.metrics and has(name, text)), "")


def _under_label(brief: Brief, clause: Clause, fact: Fact) -> str:
    """The metric named elsewhere under the same label: "KPI: direct bookings. Value: 40"."""
    if fact.kind == "number" and fact.value < 2:
        return ""
    under = [c for c in brief.clauses if c.topics & clause.topics]
    text = "; ".join([clause.label.lower(), *(c.plain for c in under)])
    names = COUNTED if fact.kind == "number" else brief.card.metrics
    return next((name for name in names if name in brief.card.metrics and has(name, text)), "")
