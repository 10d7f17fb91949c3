"""Statements of a brief that cannot both be true."""

import re
from itertools import combinations

from course.brief.brief import Brief
from course.brief.clauses import Clause
from course.brief.messages import NOTES, Note, note
from course.brief.money import Money
from course.brief.phrases import is_excluded
from course.brief.plans import Plans
from course.brief.reading import negated, segment_at, segments
from course.brief.targets import Target
from course.brief.words import has

# Wrong by the exercise or the calendar, but at odds with no other clause of the brief.
ALONE = {NOTES[key] for key in ("budget.cap", "deadline.past", "deadline.impossible")}
MANY = 3  # from so many on, those count as well
BUYERS = {"orders", "comeback", "people_count"}  # one buyer is one order
TOLERANCE = 0.05  # of a share of customers that is given as a number of them too


def contradictions(brief: Brief, plans: Plans) -> list[Note]:
    """Every contradiction found, as a sentence that quotes both sides."""
    found = in_targets(brief, plans.targets) + in_money(brief, plans.money)
    found += in_dates(brief, plans) + in_pieces(brief) + in_offers(brief)
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
    same = first.fact.kind == second.fact.kind and (
        first.metric == second.metric
        or (
            {first.metric, second.metric} <= BUYERS
            and not (first.clause.of("percent") or second.clause.of("percent"))
        )
    )
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
        if other != total and other not in money.parts:
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
    drafts = [
        entry
        for entry in dates.draft
        if entry[0] > last and (dates.final or entry[1] is not last_clause)
    ]
    if drafts:
        found.append(note("deadline.order", first=drafts[0][1].text, second=last_clause.text))
    launches = [entry for entry in dates.launch if card.today < entry[0]]
    if launches and max(entry[0] for entry in launches) < last and not late:
        found.append(note("deadline.launch", quote=launches[0][1].text))
    return found


_YES_EN = r"(?:approv\w*|sign(?:s|ed|ing)?\W(?:\w+\W)?off|sign-off|signature)"
_YES_KA = r"(?:\w{0,4}მტკიც\w*|\w{0,3}დასტურ\w*|ხელმოწერ\w*|ხელს\W(?:მო)?აწერ\w*)"
_CONSENT_KA = r"(?:თანხმობ\w*|ნებართვ\w*|ნებას)"
_REFUSED = re.compile(
    rf"(?<!\w)(?:nobody|no one|none of us)(?! (?:but|except|else))(?:\W+\w+){{0,5}}?\W+{_YES_EN}"
    rf"|(?<!\w)no (?:\w+ )?(?:approval|sign-off|signature)"
    rf"|(?:(?<!\w)not|n't)(?: \w+){{0,2}}? (?:need|require|have|wait)\w*(?:\W\w+){{0,5}}? {_YES_EN}"
    rf"|{_YES_EN}(?: \w+){{0,2}} (?:nobody|no one|isn't|not) ?(?:needed|required|necessary)?(?!\w)"
    rf"|{_YES_EN}[: -]+(?:nobody|no one|none)(?!\w)"
    rf"|(?<!\w)(?<!სხვა )(?<!გარდა )არავინ(?: \w+){{0,3}}? {_YES_KA}"
    rf"|(?<!\w)არავის(?: \w+){{0,2}}? (?:{_CONSENT_KA}|{_YES_KA})"
    rf"|{_YES_KA}[: -]+(?:არავინ|არავის)(?!\w)"
    rf"|{_YES_KA}(?: \w+){{0,2}}? (?:არ|აღარ|არც)(?!\w)(?: \w+)? ?(?:არის|\w*ჭირდებ|მოეთხოვ|საჭირო)"
    rf"|(?:{_YES_KA}|{_CONSENT_KA})(?: \w+)? (?:საჭირო არაა|არაა საჭირო|საჭირო არ არის)"
)
_WITHOUT_YES = re.compile(
    rf"(?<!\w)without (?:any\w*|no|asking|waiting|her|his)(?:\W\w+){{0,4}}? {_YES_EN}"
    rf"|{_YES_KA} გარეშე (?:\w+ )?(?:ვუშვებ|გაუშვ|ვაქვეყნებ|ვიწყებ|მიდის|გადის|ქვეყნდება)"
)
_UNTIL = re.compile(r"(?<!\w)(?:until|till|unless|before|but|except|სანამ|ვიდრე|გარდა)(?!\w)")
_BUT_NOT = re.compile(r"(?<!\w)(?:not|და არა|არა)(?: by)? $")


def refused(brief: Brief) -> Clause | None:
    """The clause that says that the work is not approved, or not by the one who has to."""
    for clause in brief.clauses:
        text, name = clause.plain, brief.card.approver.search(clause.plain)
        if _UNTIL.search(text):
            continue
        yes = has("approve", text)
        if (
            _REFUSED.search(text)
            or (_WITHOUT_YES.search(text) and not negated(re.sub("without|გარეშე", " ", text)))
            or (yes and name and _BUT_NOT.search(text[: name.start()]))
            or any(_will_not_approve(brief, piece) for _, piece in segments(text))
        ):
            return clause
    return None


_NOT_BY_NAME = re.compile(
    r"(?:(?:will|does|shall|would|need|has|is|was) ?(?:not|n't)|won't|refuses|"
    r"(?:has|have) nothing to do with)(?: \w+){0,3}? (?:the )?(?:approv\w*|sign\w*)"
    r"|(?<!\w)(?:არ|აღარ|ვერ) (?:\w{0,3}ამტკიც\w*|\w{0,3}ადასტურ\w*|აწერს ხელს)"
    r"|(?:თანხმობ|დასტურ|დამტკიცებ|ხელმოწერ)\w* (?:\w+ )?(?:აღარ|არ) "
    r"(?:\w*ჭირდებ|არის საჭირო|გვინდა)"
)


def _will_not_approve(brief: Brief, piece: str) -> bool:
    """Whether a piece says that the exercise's approver does not approve."""
    return bool(brief.card.approver.search(piece) and _NOT_BY_NAME.search(piece))


_ADDRESSING = re.compile(
    r"(?<!\w)(?:write|made|make|meant|intended|aim\w*|speak|talk|address\w*|show\w*|target\w*|build|"
    r"advertise|draw|design\w*|everything|all|only|just)(?: \w+){0,4}? (?:for|to|at)(?!\w)"
    r"|(?<!\w)(?:audience|readers?)(?!\w)|the only (?:\w+ )?(?:people|ones)"
    r"|აუდიტორი|მკითხველ|მივმართ|ვესაუბრ|ვეუბნ|დაუწერ|ვწერთ|ვაჩვენ|გათვლილ|განკუთვნილ|უჩვენ"
)
_DO_NOT = re.compile(r"(?<!\w)(?:don't|do not|never)(?! bought)(?!\w)")
_NOBODY_ELSE = re.compile(r"(?:for |to )?(?:nobody|no one) else|(?:have|has)? never bought")
_AGES = re.compile(r"(?<![\d.])([1-7]\d)(?:\s?(?:-|to|and|until)\s?|-?დან )([1-8]\d)(?![\d.%x])")


def second_audience(brief: Brief, first: Clause) -> Clause | None:
    """Another clause that addresses other people than the one which describes the readers."""
    ages = _ages(first.plain)
    for clause in brief.clauses:
        text = clause.plain
        labelled = "audience" in clause.topics and not clause.soft
        other_topic = clause.topics & {"baseline", "kpi", "acceptance"}
        if clause is first or other_topic or brief.is_acceptance(clause):
            continue
        if not (labelled or _ADDRESSING.search(text)):
            continue
        for _, piece in segments(text):
            other = brief.card.forbidden.search(piece) or (
                ages and not clause.of("money") and _apart(ages, _ages(piece))
            )
            bidden = not (_DO_NOT.search(piece) or is_excluded(piece))
            if other and bidden and not negated(_NOBODY_ELSE.sub(" ", piece)):
                return clause
    return None


def _ages(text: str) -> tuple[int, int] | None:
    match = _AGES.search(text)
    return (int(match[1]), int(match[2])) if match else None


def _apart(first: tuple[int, int], second: tuple[int, int] | None) -> bool:
    return second is not None and (first[1] < second[0] or second[1] < first[0])


_NOT_ALL = re.compile(
    r"(?:first|last|other|these|those|both|each|per|every|than|of the|next|more|another|least|"
    r"პირველი|ბოლო|დანარჩენი|თითო|ორივე|სხვა|მეტი|კიდევ|ეს)\W*$"
)
_IN_ALL = re.compile(
    r"(?<!\w)(?:total|in all|altogether|exactly|to sum up|number of|need|make|prepare|write|draw|"
    r"სულ|ჯამში|ზუსტად|მჭირდებ|გვჭირდებ|გააკეთ|მოამზად|დაწერ|დახატ|დამიხატ|უნდა იყოს)"
)


MOST_PIECES = 40


def in_pieces(brief: Brief) -> list[Note]:
    """Two different numbers of the things to be made, of which none is a part of the other."""
    said: list[tuple[float, Clause, bool]] = []
    for clause in brief.clauses:
        if clause.topics & {"acceptance", "deadline", "budget"} or brief.is_acceptance(clause):
            continue
        if has("strongly_past", clause.plain):
            continue
        whole = bool(_IN_ALL.search(clause.plain))
        for fact in clause.of("number"):
            after = clause.plain[fact.end :].lstrip()
            thing = re.match(rf"(?:\w+ ){{0,2}}?(?:{brief.card.pieces.pattern})", after)
            before = clause.plain[: fact.start]
            if thing and 1 <= fact.value <= MOST_PIECES and not _NOT_ALL.search(before):
                said.append((fact.value, clause, whole))
    total = sum(value for value, _, _ in said)
    for (first, clause, whole), (second, other, too) in combinations(said[:MOST_PIECES], 2):
        if first == second or clause is other or not (whole or too):
            continue
        high = max(first, second)
        smaller = clause if first < second else other
        # "three square, two upright"
        listed = sum(f.value for f in smaller.of("number") if f.value <= MOST_PIECES)
        if high not in (total - high, listed):
            return [note("pieces", first=clause.text, second=other.text)]
    return []


_LESS = re.compile(
    r"\s?-?\s?(?:off|cheaper|less|discount|ფასდაკლებ|(?:-?ით )?იაფ|-?იანი ფასდაკლებ)"
)


def in_offers(brief: Brief) -> list[Note]:
    """Two reductions of which one is not the exercise's."""
    said = [
        (fact.value, clause)
        for clause in brief.clauses
        for fact in clause.of("percent")
        if _LESS.match(clause.plain[fact.end :])
        and not negated(segment_at(clause.plain, fact.start))
    ]
    known = brief.card.reductions or {value for value, _ in said[:1]}
    right = [clause for value, clause in said if value in known]
    wrong = [clause for value, clause in said if value not in known]
    if right and wrong:
        return [note("offers", first=right[0].text, second=wrong[0].text)]
    return []
