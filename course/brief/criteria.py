"""The criteria: each a function that finds the clause which meets it, or says what lacks."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from course.brief.brief import Brief, is_open
from course.brief.clauses import LONG, Clause
from course.brief.contradictions import in_dates, in_money, in_targets
from course.brief.messages import note
from course.brief.phrases import conditions, is_excluded, traits
from course.brief.plans import Plans
from course.brief.reading import Fact, negated, segment_at, segments
from course.brief.targets import metric_of
from course.brief.words import has, plain, words


@dataclass(frozen=True)
class Finding:
    """Whether a criterion is met, and the clause or the note that says why."""

    met: bool
    evidence: str


def found(clause: Clause) -> Finding:
    """Met, with the clause quoted."""
    return Finding(True, clause.text)


def lacks(key: str, **values: str) -> Finding:
    """Not met, with the reason."""
    return Finding(False, note(key, **values))


def _denied(brief: Brief, topic: str) -> Finding | None:
    """Not met, because the brief itself says that there is no such thing."""
    clause = brief.denied(topic)
    return lacks("denied", quote=clause.text) if clause else None


def _with_label(clause: Clause) -> str:
    return f"{plain(clause.label)}: {clause.plain}" if clause.label else clause.plain


RESULTS = {"orders", "bookings", "clients", "revenue", "comeback"}
_ADVERT = re.compile(r"(?:button|cta|headline|ღილაკ\w*|სათაურ\w*)\W|^\".*\"\W*$")
_NOT_KNOWN = re.compile(r"(?<!\w)(?:don't know|not know|არ ვიცით)(?!\w)")


def goal(brief: Brief, plans: Plans) -> Finding:
    """Why the business wants it, or a target in its result."""
    labelled = None
    for clause in brief.free("goal", "kpi", "baseline"):
        text = clause.plain
        if "goal" in clause.topics:
            labelled = labelled or clause
            task = brief.card.business.search(text) and has("purpose", text)
            speaks = has("business", text) or task
        else:
            speaks = has("business", text) and has("purpose", text) and not _is_aside(brief, clause)
        match = words("business").search(text)
        if speaks and not negated(segment_at(text, match.start()) if match else text):
            return found(clause)
    for target in plans.targets:
        if target.metric in RESULTS:
            return found(target.clause)
    return lacks("goal.proxy", quote=labelled.text) if labelled else lacks("goal.missing")


def _is_aside(brief: Brief, clause: Clause) -> bool:
    """Whether a clause without label speaks of acceptance, of the advertisement, or of taste."""
    text = clause.plain
    return (
        brief.is_acceptance(clause)
        or bool(_ADVERT.search(text) or _NOT_KNOWN.search(text))
        or (has("taste", text) and has("say", text))
    )


def kpi(brief: Brief, plans: Plans) -> Finding:
    """One target: metric, number with unit, date or period."""
    denied = _denied(brief, "kpi")
    if denied:
        return denied
    wrong = in_targets(brief, plans.targets)
    if wrong:
        return Finding(False, wrong[0])
    for target in plans.targets:
        if target.dated:
            return found(target.clause)
    if plans.targets:
        return lacks("kpi.period", quote=plans.targets[0].clause.text)
    return lacks("kpi.missing")


def baseline(brief: Brief, plans: Plans) -> Finding:
    """The present or previous value of the result."""
    for clause in brief.clauses:
        labelled = "baseline" in clause.topics
        if not is_open(clause, "baseline", "kpi", "goal", "acceptance"):
            continue
        if brief.is_audience(clause) and not labelled:
            continue
        if any(_is_baseline(brief, clause, fact, labelled) for fact in clause.facts):
            return found(clause)
    return lacks("baseline.missing")


def _is_baseline(brief: Brief, clause: Clause, fact: Fact, labelled: bool) -> bool:
    """Whether a number is a present or previous value: the exercise's, or one called so."""
    card, piece = brief.card, segment_at(clause.plain, fact.start)
    if fact.kind not in ("number", "percent") or fact.value in card.bases:
        return False
    if fact.value in card.percents:
        return fact.kind == "percent" or labelled or has("past", clause.plain)
    metric = metric_of(brief, clause, fact)
    if fact.kind == "number" and fact.value in card.counts:
        named = metric in ("orders", "bookings", "requests") or has("per_month", piece)
        return labelled or named or fact.value > 100
    past = has("strongly_past", piece) and not has("target", piece)
    return labelled or (past and metric != "" and fact.value not in card.offers)


_THEY = re.compile(r"(?:they|these|most|he|she|ისინი|მათ)(?!\w)")
_LIMITED = re.compile(r"\W*(?:who|in|from|that|of|ვინც|ვისაც|,)")


def audience(brief: Brief, plans: Plans) -> Finding:
    """Who exactly: at least two traits, and the exercise's people."""
    denied = _denied(brief, "audience")
    if denied:
        return denied
    reason = None
    labelled = brief.under("audience")
    if labelled:
        text = "; ".join(clause.plain for clause in labelled)
        reason = _audience_lacks(brief, text, labelled[0])
        if reason is None:
            return found(labelled[0])
    for clause in brief.clauses:
        text = clause.plain
        if not is_open(clause, "goal") or brief.is_acceptance(clause):
            continue
        if not has("people", text) and "age" not in traits(text):
            continue
        following = brief.after(clause)
        if following and not following.topics and _THEY.match(following.plain):
            text += "; " + following.plain
        lack = _audience_lacks(brief, text, clause)
        if lack is None:
            return found(clause)
        reason = reason or lack
    return reason or lacks("audience.missing")


def _audience_lacks(brief: Brief, text: str, clause: Clause) -> Finding | None:
    """Why a plain text does not describe the exercise's people well enough."""
    kept = "; ".join(piece for _, piece in segments(text) if not is_excluded(piece))
    everyone = words("everyone").search(kept)
    if everyone and not (_LIMITED.match(kept[everyone.end() :]) and len(traits(kept)) >= 3):
        return lacks("audience.everyone", quote=clause.text)
    if brief.card.forbidden.search(kept):
        return lacks("audience.other", quote=clause.text)
    return lacks("audience.traits", quote=clause.text) if len(traits(kept)) < 2 else None


_FORMAT = re.compile(
    r"(?<!\w)(?:px|jpe?g|png|gif|webp|svg|mp4|psd|pdf|html5?|docx?|google docs?|figma|kb|mb|utf-8|"
    r"responsive|mobile|phone|desktop|computer|telephone|tablet|georgian|english|seconds?|square|"
    r"vertical|story|stories|search|exact match|phrase match|conversion|sitelink\w*|კბ|მბ|"
    r"მობილურ\w*|ტელეფონ\w*|კომპიუტერ\w*|ქართულ\w*|ინგლისურ\w*|ორენოვან\w*|წამ\w*|კვადრატულ\w*|"
    r"ვერტიკალურ\w*|საძიებო|კონვერსი\w*)(?!\w)"
)
_LENGTH = re.compile(
    r"\s*(?:words?|characters?|symbols?|signs?|letters? long|sections?|blocks?|fields?|screens?|"
    r"seconds?|sec|kb|mb|pages?|keywords?|სიტყვ|ნიშ|სიმბოლო|ბლოკ|სექცი|ველ|ეკრან|წამ|კბ|კილობაიტ|"
    r"მბ|საკვანძო|ასო|ნაწილ)"
)
_TIMES_AFTER = re.compile(r"\s?x(?!\w)|\s?(?:pcs|pieces|ცალ)|\s\d{2,4}\s?x\s?\d")
_TIMES_BEFORE = re.compile(r"x\s?$|(?:amount|number|quantity|count|რაოდენობა)\W*$")
_SINGLE = re.compile(r"(?<!\w)(?:landing|page|გვერდ\w*|ლენდინგ\w*)")


def deliverable(brief: Brief, plans: Plans) -> Finding:
    """What, how many, and in which format, size or length."""
    card = brief.card
    work = [
        clause
        for clause in brief.free("deliverable", "message", "goal")
        if "deliverable" in clause.topics
        or (
            not brief.is_acceptance(clause)
            and (card.products.search(clause.plain) or card.parts.search(clause.plain))
        )
    ]
    if not work:
        return lacks("deliverable.missing")
    text = "; ".join(map(_with_label, work))
    amounts = sum(_is_amount(brief, clause, fact) for clause in work for fact in clause.facts)
    if card.name == "landing" and _SINGLE.search(text):
        amounts += 1  # a landing page is one page
    exact = _FORMAT.search(text) or any(
        fact.kind == "size" or (fact.kind == "number" and _LENGTH.match(clause.plain[fact.end :]))
        for clause in work
        for fact in clause.facts
    )
    if exact and amounts and (amounts >= 2 or card.products.search(text)):
        return found(work[0])
    return lacks("deliverable.vague", quote=work[0].text)


def _is_amount(brief: Brief, clause: Clause, fact: Fact) -> bool:
    """Whether a number counts the things to be made or their parts."""
    if fact.kind != "number":
        return False
    things = (brief.card.products, brief.card.parts)
    rest = clause.plain[fact.end : fact.end + 50]
    after = " ".join(re.split(r"[;()]", rest)[0].split()[:4])
    before = clause.plain[max(0, fact.start - 22) : fact.start]
    named = any(thing.search(after) for thing in things)
    back = re.search(r"[:=x-]\s*$", before) and any(thing.search(before) for thing in things)
    times = _TIMES_AFTER.match(rest) or _TIMES_BEFORE.search(before)
    alone = segment_at(clause.plain, fact.start).strip(" .") == fact.text
    return bool(named or back or times or (alone and "deliverable" in clause.topics))


_NOT_BEFORE = re.compile(
    r"(?<!\w)(?:no|not|don't|doesn't|won't|never|without|neither|nor|ნუ|არ|არც)(?!\w)[^.;]{0,25}$"
)
_NOT_AFTER = re.compile(
    r"^[^.;,]{0,15}?(?<!\w)(?:არ|ნუ|არსად|არავის|ვერ)(?!\w)(?! (?:ღირს|იხდ|ვიღებ))"
)
_BUTTON = re.compile(r"\W*(?:button|cta|ღილაკ)")


def message(brief: Brief, plans: Plans) -> Finding:
    """The offer or the benefit to be said."""
    denied = _denied(brief, "message")
    if denied:
        return denied
    vague = None
    for clause in brief.clauses:
        text, labelled = clause.plain, "message" in clause.topics
        if not is_open(clause, "message", "goal", "deliverable"):
            continue
        aside = brief.is_acceptance(clause) or (brief.is_audience(clause) and not has("say", text))
        if aside and not labelled:
            continue
        if _offers(brief, clause, labelled):
            return found(clause)
        if (labelled and len(text.split()) >= 3) or (has("no_message", text) and has("say", text)):
            vague = vague or clause
    return lacks("message.vague", quote=vague.text) if vague else lacks("message.missing")


def _offers(brief: Brief, clause: Clause, labelled: bool) -> bool:
    """Whether a clause holds the exercise's offer, or under a label another benefit."""
    text, card = clause.plain, brief.card
    offer = card.offer.search(text)
    if offer:
        said = labelled or has("say", text) or card.benefit.search(text)
        return bool(said) and not _is_withheld(text, offer.start(), offer.end())
    benefit = card.benefit.search(text) or re.search(r'"[^"]{6,}"', text)
    button = _BUTTON.match(_with_label(clause))
    return labelled and bool(benefit) and not has("no_message", text) and not button


def _is_withheld(text: str, start: int, end: int) -> bool:
    """Whether an offer is denied: "we promise no breakfast". A quotation denies nothing."""
    quoted = re.sub(r'"[^"]*"', lambda match: "x" * len(match[0]), text)
    return bool(_NOT_BEFORE.search(quoted[:start]) or _NOT_AFTER.search(quoted[end:]))


def budget(brief: Brief, plans: Plans) -> Finding:
    """A total with its currency, within the limit, equal to its parts."""
    denied = _denied(brief, "budget")
    if denied:
        return denied
    money = plans.money
    wrong = in_money(brief, money)
    if wrong:
        return Finding(False, wrong[0])
    if money.totals:
        return found(money.totals[0][1])
    if money.vague:
        return lacks("budget.range", quote=money.vague.text)
    return (
        lacks("budget.currency", quote=money.bare.text) if money.bare else lacks("budget.missing")
    )


def deadline(brief: Brief, plans: Plans) -> Finding:
    """A calendar date of the hand-over, in order, not past, before the launch."""
    denied = _denied(brief, "deadline")
    if denied:
        return denied
    wrong = in_dates(brief, plans)
    if wrong:
        return Finding(False, wrong[0])
    stages = plans.dates.final or plans.dates.other or plans.dates.draft
    if stages:
        return found(stages[-1][1])
    vague = brief.under("deadline")
    return lacks("deadline.vague", quote=vague[0].text) if vague else lacks("deadline.missing")


def roles(brief: Brief, plans: Plans) -> Finding:
    """Who does it and who approves, by name."""
    denied = _denied(brief, "roles")
    if denied:
        return denied
    if not any(brief.card.assignee.search(_with_label(clause)) for clause in brief.clauses):
        return lacks("roles.performer")
    for clause in brief.clauses:
        text = _with_label(clause)
        if any(_approves(brief, text, match.start()) for match in words("approve").finditer(text)):
            return found(clause)
    return lacks("roles.approver")


_BETWEEN_PEOPLE = re.compile(r"[;,.()|\n]|(?<!\w)(?:and|while|და|ხოლო)(?!\w)")


def _approves(brief: Brief, text: str, position: int) -> bool:
    """Whether the word for approving at a position is said of the exercise's approver."""
    pieces, start = [], 0
    for match in _BETWEEN_PEOPLE.finditer(text + "\n"):
        if text[start : match.start()].strip():
            pieces.append((start, text[start : match.start()]))
        start = match.end()
    here = max((i for i, (start, _) in enumerate(pieces) if start <= position), default=0)
    own = pieces[here][1]
    if negated(own):
        return False
    if brief.card.approver.search(own):
        return True
    if brief.card.assignee.search(own):
        return False
    return any(
        brief.card.approver.search(piece) for _, piece in pieces[max(0, here - 1) : here + 2]
    )


def acceptance(brief: Brief, plans: Plans) -> Finding:
    """Two or more conditions that a third person can check."""
    denied = _denied(brief, "acceptance")
    if denied:
        return denied
    labelled = [clause for clause in brief.clauses if "acceptance" in clause.topics]
    free: list[Clause] = []
    for clause in brief.clauses:
        if clause.topics or not brief.is_acceptance(clause):
            continue
        free.append(clause)
        following = brief.after(clause)
        if following and following.group == clause.group and not following.topics:
            free += [] if _is_rule(brief, following) else [following]
    for group in (labelled, free):
        if sum(len(conditions(clause.plain)) for clause in group) >= 2:
            return found(group[0])
    some = labelled or free
    return lacks("acceptance.taste", quote=some[0].text) if some else lacks("acceptance.missing")


def _is_rule(brief: Brief, clause: Clause) -> bool:
    return has("strict_ban", clause.plain) or bool(brief.card.rules.search(clause.plain))


def constraints(brief: Brief, plans: Plans) -> Finding:
    """A concrete ban, reference or rule, wherever it stands."""
    for clause in brief.clauses:
        text = clause.plain
        if has("reference", text) or brief.card.rules.search(text):
            return found(clause)
        if brief.denies("constraints", clause):
            continue
        concrete = len(text.split()) >= 2 and (has("rule_object", text) or has("ban", text))
        if "constraints" in clause.topics and concrete:
            return found(clause)
        if not is_open(clause, "constraints") or brief.is_acceptance(clause):
            continue
        for match in words("rule_object").finditer(text):
            if has("strict_ban", text) or has("ban", segment_at(text, match.start())):
                return found(clause)
    return lacks("constraints.missing")


def clarity(brief: Brief, met: int, contradicting: int) -> Finding:
    """Readable at first sight: no unfilled places, more met criteria than vague words."""
    if brief.holes:
        return lacks("clarity.blanks", count=str(brief.holes))
    if any(not clause.own for clause in brief.all_clauses):
        return lacks("clarity.list")
    if len(words("vague").findall(brief.plain)) > met:
        return lacks("clarity.vague")
    if contradicting >= 2:
        return lacks("clarity.contradictions", count=str(contradicting))
    lengths = [(len(clause.plain.split()), clause.length > LONG) for clause in brief.clauses]
    if sum(n for n, long in lengths if long) > 0.5 * sum(n for n, _ in lengths):
        return lacks("clarity.long")
    return Finding(True, note("clarity.met"))


CRITERIA: dict[str, Callable[[Brief, Plans], Finding]] = {
    "goal": goal,
    "kpi": kpi,
    "baseline": baseline,
    "audience": audience,
    "deliverable": deliverable,
    "message": message,
    "budget": budget,
    "deadline": deadline,
    "roles": roles,
    "acceptance": acceptance,
    "constraints": constraints,
}
