"""Statements of a brief that cannot both be true."""

from course.brief.brief import Brief
from course.brief.messages import NOTES, Note, note
from course.brief.money import Money, sums_to
from course.brief.plans import Plans
from course.brief.reading import segment_at
from course.brief.targets import Target
from course.brief.words import has

# Wrong by the exercise or the calendar, but at odds with no other clause of the brief.
ALONE = {NOTES[key] for key in ("budget.cap", "deadline.past", "deadline.impossible")}
MANY = 3  # from so many on, those count as well
TOLERANCE = 0.05  # of a share of customers that is given as a number of them too


def contradictions(brief: Brief, plans: Plans) -> list[Note]:
    """Every contradiction found, as a sentence that quotes both sides."""
    found = in_targets(brief, plans.targets) + in_money(brief, plans.money)
    found += in_dates(brief, plans)
    return found if len(found) >= MANY else [one for one in found if one.template not in ALONE]


def in_targets(brief: Brief, targets: list[Target]) -> list[Note]:
    """What does not fit together in the targets."""
    for index, first in enumerate(targets):
        for second in targets[index + 1 :]:
            if _differ(first, second, targets) or _share_and_count_differ(brief, first, second):
                return [note("kpi.two", first=first.clause.text, second=second.clause.text)]
    return []


def _differ(first: Target, second: Target, targets: list[Target]) -> bool:
    """Whether two values of one metric are neither equal nor parts or multiples."""
    same = first.metric == second.metric and first.fact.kind == second.fact.kind
    if not same or first.clause is second.clause or not (_aims(first) and _aims(second)):
        return False
    low, high = sorted((first.value, second.value))
    parts = [each.value for each in targets if each.metric == first.metric and each.value != high]
    monthly = any(has("per_month", target.clause.plain) for target in (first, second))
    multiple = high == low or (monthly and high / low in (2, 3, 4))
    return low >= 2 and not multiple and abs(sum(parts) - high) > 0.5


def _aims(target: Target) -> bool:
    """Whether a target is surely one: by its date, its label or its words."""
    clause = target.clause
    said = clause.plain[: target.fact.start] + segment_at(clause.plain, target.fact.start)
    return bool(clause.of("date")) or "kpi" in clause.topics or has("aim", said)


def _share_and_count_differ(brief: Brief, first: Target, second: Target) -> bool:
    """Whether a share of the exercise's customers and a number of them are not the same."""
    shares = [t for t in (first, second) if t.fact.kind == "percent" and t.metric == "comeback"]
    counts = [t for t in (first, second) if t.fact.kind == "number" and t.value > 20]
    return any(
        abs(count.value - base * share.value / 100) > TOLERANCE * count.value
        for base in brief.card.bases
        for share in shares
        for count in counts
    )


def in_money(brief: Brief, money: Money) -> list[Note]:
    """What does not fit together in the budget."""
    if not money.totals:
        return []
    total, clause = money.totals[0]
    for other, its_clause in money.totals[1:]:
        part = other in money.parts or (money.parts and sums_to([*money.parts, other], total))
        if other != total and not part:
            return [note("budget.two", first=clause.text, second=its_clause.text)]
    if total > brief.card.budget_cap:
        return [note("budget.cap", total=f"{total:,.0f}", quote=clause.text)]
    parts = sum(money.parts)
    rest_is_named = has("rest", brief.plain) and parts < total
    if money.adds_up or rest_is_named:
        return []
    shown = {"parts": f"{parts:,.0f}", "total": f"{total:,.0f}"}
    return [note("budget.parts", quote=clause.text, **shown)]


def in_dates(brief: Brief, plans: Plans) -> list[Note]:
    """What does not fit together in the dates of the work."""
    dates, card, found = plans.dates, brief.card, []
    if dates.impossible:
        found.append(note("deadline.impossible", quote=dates.impossible[0].text))
    past = [entry for entry in dates.handed_over if entry[0] < card.today]
    if past:
        found.append(note("deadline.past", date=past[0][0].isoformat(), quote=past[0][1].text))
    late = [entry for entry in dates.final + dates.other if entry[0] > card.launch]
    if late:
        found.append(note("deadline.launch", quote=late[0][1].text))
    if not (dates.final or dates.other):
        return found
    last, last_clause = max(dates.final or dates.other, key=lambda entry: entry[0])
    drafts = [entry for entry in dates.draft if dates.final and entry[0] > last]
    if drafts:
        found.append(note("deadline.order", first=drafts[0][1].text, second=last_clause.text))
    launches = [entry for entry in dates.launch if card.today < entry[0]]
    if launches and max(entry[0] for entry in launches) < last and not late:
        found.append(note("deadline.launch", quote=launches[0][1].text))
    return found
