"""The budget of a brief: its total, the parts given, and what keeps it from being one."""

import re
from dataclasses import dataclass, field
from itertools import combinations

from course.brief.brief import Brief, is_open
from course.brief.clauses import Clause
from course.brief.reading import Fact, negated, segment_at
from course.brief.words import has, plain

SMALLEST_PART = 50  # GEL; smaller bare numbers in a budget count something else
SMALLEST_SHARE = 0.03  # of the total; smaller amounts are prices and limits
SMALL_SHARE = 0.1
MOST_PARTS = 9

_TOTAL = (
    r"total|budget|altogether|together|in all|for everything|for the (?:whole|entire)|overall|"
    r"სულ(?!\w{3})|ერთად|ბიუჯეტ|ჯამ|ყველაფ(?:ერ|რ)|მთლიან|მთელ|საერთო|საბოლოო თანხ"
)
_CALLED_TOTAL = re.compile(rf"(?<!daily )(?<!დღიური )(?<!\w)(?:{_TOTAL})")
_TOTAL_BEFORE = re.compile(rf"(?:sum|{_TOTAL})\w*\W+(?:is|of|we have)?\W*$")
_TOTAL_AFTER = re.compile(rf"\W*(?:{_TOTAL})")
_PART = re.compile(
    r"(?<!\w)(?:design|drawing|media|ads|advertis|placement|page|development|texts|copy|photo|sending|"
    r"mailing|clicks|fee|დიზაინ|მედია|რეკლამ|განთავს|გვერდ|აწყობ|ტექსტ|ფოტო|გაგზავნ|კლიკ|ჰონორარ)"
)
_RANGE = re.compile(
    r"\d\s?(?:-|to|-?დან)\s?\d[\d. ]*\s?(?:gel|lari|ლარ|₾)|gel \d+ ?- ?\d|"
    r"between \d+ (?:gel |lari )?and \d+ (?:gel|lari)|ლარიდან \d+ ლარამდე"
)
_OTHER_UNIT = re.compile(
    r"\s?(?:%|x\d|kb|mb|px|words?|orders?|bookings?|clients?|customers|people|m2|m²|sec|days?|"
    r"month|banners?|letters?|clicks|სიტყვ|შეკვეთ|ჯავშ|ბანერ|წერილ|კბ|დღ|კვ|წამ|კლიენტ|მომხმარებ|"
    r"კლიკ|კაც|ადამიან|თვე)"
)
_PER_UNIT = re.compile(
    r"\s?(?:per|a|each|an|/)\s?(?:click|order|booking|client|lead|request|customer|day|month)"
)
_PRICE_BEFORE = re.compile(
    r"(?:daily|per day|დღიურ\w*|დღეში|cpc|cpa|cpl|price|average|"
    r"orders? (?:over|above|from)|bid|კლიკის ფასი|საშუალო\w*|თითო \w+)"
    r"\W*(?:\w+\W+){0,2}$"
)


@dataclass
class Money:
    """Totals with their clauses, parts, and the clause that has no more than an estimate."""

    totals: list[tuple[float, Clause]] = field(default_factory=list)
    parts: list[float] = field(default_factory=list)
    vague: Clause | None = None  # a range or an estimate
    bare: Clause | None = None  # an amount without currency
    last: Clause | None = None  # the last one that told of the total or its parts

    @property
    def adds_up(self) -> bool:
        """Whether the parts, where they are given, make the total."""
        return not self.totals or sums_to(self.parts, self.totals[0][0])


def sums_to(parts: list[float], total: float) -> bool:
    """Whether amounts can be the parts of a total, some of them perhaps parts of a part.

    >>> sums_to([900, 2700], 3600), sums_to([1500, 1500], 2400)
    (True, False)
    """
    parts = [part for part in parts if part >= SMALLEST_SHARE * total][:MOST_PARTS]
    if len(parts) < 2:
        return not parts or parts[0] <= total
    for size in range(2, len(parts)):  # prices and limits may be named after the parts
        if abs(sum(parts[:size]) - total) < 0.5 and max(parts[size:]) < SMALL_SHARE * total:
            return True
    for size in range(2, len(parts) + 1):
        for chosen in combinations(range(len(parts)), size):
            if abs(sum(parts[i] for i in chosen) - total) > 0.5:
                continue
            left = [part for i, part in enumerate(parts) if i not in chosen]
            largest = max(parts[i] for i in chosen)
            if not left or any(abs(sum(left) - parts[i]) < 0.5 for i in chosen):
                return True
            if len(left) == 1 and left[0] <= largest:
                return True
    return False


def money(brief: Brief) -> Money:
    """The budget of a brief: from the clauses under its label and others that speak of a total."""
    plan = Money()
    groups = {clause.group for clause in brief.under("budget")}
    whole = [clause for clause in brief.clauses if _has_whole(brief, clause)]
    for clause in brief.clauses:
        early = whole and not plan.totals and clause not in whole and clause.group not in groups
        if not early and _speaks_of_budget(brief, clause, plan, groups):
            before = len(plan.totals) + len(plan.parts)
            _read(brief, clause, plan)
            if len(plan.totals) + len(plan.parts) > before:
                plan.last = clause
    return plan


def _has_whole(brief: Brief, clause: Clause) -> bool:
    """Whether a clause has the sum that the exercise gives."""
    return any(fact.value == brief.card.budget_cap for fact in clause.of("money"))


def _speaks_of_budget(brief: Brief, clause: Clause, plan: Money, groups: set[int]) -> bool:
    called, whole = bool(_CALLED_TOTAL.search(clause.plain)), _has_whole(brief, clause)
    if brief.denies("budget", clause):
        return False
    if "budget" in clause.topics:
        return True
    if not is_open(clause, "budget") or brief.is_acceptance(clause):
        return called or whole
    if groups:
        return called or whole or clause.group in groups
    if plan.totals:
        same = clause.group == plan.totals[-1][1].group and _PART.search(clause.plain)
        follows = plan.last is not None and brief.before(clause) is plan.last
        return called or whole or (bool(same or follows) and not clause.topics)
    return whole or has("total", clause.plain)


def _read(brief: Brief, clause: Clause, plan: Money) -> None:
    text = clause.plain
    if _RANGE.search(text):
        plan.vague = plan.vague or clause
        return
    named = [
        fact
        for fact in clause.of("money")
        if fact.currency == "GEL"
        and not _is_price(brief, text, fact)
        and not negated(segment_at(text, fact.start))
    ]
    bare = [
        fact
        for fact in clause.of("number")
        if fact.value >= SMALLEST_PART
        and not _OTHER_UNIT.match(text[fact.end :])
        and fact.value not in brief.card.prices
    ]
    if not named:
        if not plan.totals and bare and "budget" in clause.topics:
            plan.bare = plan.bare or clause
        elif plan.totals and ("budget" in clause.topics or len(bare) >= 2):
            plan.parts += [fact.value for fact in bare]
        return
    amounts = sorted(named + bare, key=lambda fact: fact.start)
    total = None
    if not plan.totals or _CALLED_TOTAL.search(text) or _is_bare_label(clause, plan):
        total = _total(brief, text, named, amounts)
        if has("approximate", text[max(0, total.start - 16) : total.start]):
            plan.vague = plan.vague or clause
            return
        plan.totals.append((total.value, clause))
    rest = [fact.value for fact in amounts if fact is not total]
    if total and re.search(r"[=+]", text) and rest and sums_to(rest, total.value):
        plan.parts = plan.parts or rest
    else:
        plan.parts += [value for value in rest if value != plan.totals[0][0]]


def _is_bare_label(clause: Clause, plan: Money) -> bool:
    """Whether a clause is the whole of a second label "Budget"."""
    called = _CALLED_TOTAL.match(plain(clause.label)) and len(clause.label.split()) <= 2
    return bool(called) and clause.group != plan.totals[0][1].group and len(clause.facts) == 1


def _total(brief: Brief, text: str, named: list[Fact], amounts: list[Fact]) -> Fact:
    """The amount that is the total: the exercise's, or the one called so, or the largest."""
    for fact in amounts:
        if fact.value == brief.card.budget_cap:
            return fact
    for fact in named:
        if _TOTAL_BEFORE.search(text[max(0, fact.start - 28) : fact.start]):
            return fact
        if _TOTAL_AFTER.match(text[fact.end : fact.end + 18]):
            return fact
    return max(named, key=lambda fact: fact.value)


def _is_price(brief: Brief, text: str, fact: Fact) -> bool:
    """Whether an amount is a price or a cost per something, not a part of the budget."""
    piece = segment_at(text, fact.start)
    earned = has("revenue", piece) and fact.value != brief.card.budget_cap
    return (
        (earned and not _CALLED_TOTAL.search(piece))
        or fact.value in brief.card.prices
        or bool(_PER_UNIT.match(text[fact.end :]))
        or bool(_PRICE_BEFORE.search(text[max(0, fact.start - 30) : fact.start]))
    )
