"""The criteria: each a function that finds the clause which meets it, or says what lacks."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from course.brief.brief import Brief, is_open
from course.brief.clauses import LONG, Clause
from course.brief.contradictions import (
    contradictions,
    in_dates,
    in_money,
    in_targets,
    refused,
    second_audience,
)
from course.brief.messages import NOTES, Note, note
from course.brief.phrases import IF, conditions, is_excluded, traits
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


def _with_label(clause: Clause) -> str:
    return f"{plain(clause.label)}: {clause.plain}" if clause.label else clause.plain


RESULTS = {"orders", "bookings", "clients", "revenue", "comeback"}
_ADVERT = re.compile(r"(?:button|cta|headline|ღილაკ\w*|სათაურ\w*)\W|^\".*\"\W*$")
_NOT_KNOWN = re.compile(r"(?<!\w)(?:don't know|not know|არ ვიცით)(?!\w)")


def goal(brief: Brief, plans: Plans) -> Finding:
    """Why the business wants it, or a target in its result."""
    labelled = None
    for clause in brief.free("goal", "kpi", "baseline"):
        text = _NOT_BOUGHT.sub(" ", clause.plain)
        if "goal" in clause.topics:
            labelled = labelled or clause
            task = brief.card.business.search(text) and has("purpose", text)
            speaks = has("business", text) or task
        else:
            speaks = has("business", text) and has("purpose", text) and not _is_aside(brief, clause)
        if speaks and not _is_disowned(text):
            return found(clause)
    for target in plans.targets:
        if target.metric in RESULTS:
            return found(target.clause)
    return lacks("goal.proxy", quote=labelled.text) if labelled else lacks("goal.missing")


_NOT_BOUGHT = re.compile(  # tells who they are, not what the business wants
    r"(?:(?:has|have)(?:n't| not)|not|never|without)(?: \w+){0,2} "
    r"(?:bought|ordered|buying|ordering|purchase)\w*"
    r"|(?:არ|არაფერი|აღარ|აღარაფერი) (?:\w+ )?(?:უყიდ|შეუძენ|შეუკვეთ|იყიდა)\w*"
)
_WHO = re.compile(r"(?<!\w)(?:who|whose|ვინც|ვისაც|რომლ\w+)(?!\w)")


_INSTEAD_OF = re.compile(
    r"(?<!\w)not (?:through|via|from|by|at|in|of|with|to|only|just)(?!\w)|without"
)


def _is_disowned(text: str) -> bool:
    """Whether a text denies its purpose: "we don't do it and nobody expects more orders"."""
    match = words("business").search(text)
    piece = segment_at(text, match.start()) if match else text
    return negated(_INSTEAD_OF.sub(" ", piece))


def _is_title(brief: Brief, clause: Clause) -> bool:
    """Whether a clause is the first line and no sentence."""
    short = len(clause.plain.split()) <= 8 and clause.plain[-1] not in ".!"
    return clause is brief.clauses[0] and short


def _is_aside(brief: Brief, clause: Clause) -> bool:
    """Whether a clause without label speaks of acceptance, of the advertisement, or of taste."""
    text = clause.plain
    marks = traits(text)
    return (
        brief.is_acceptance(clause)
        or (len(marks) >= 3 and bool(_WHO.search(text)))
        or _is_title(brief, clause)
        or bool(_ADVERT.search(text) or _NOT_KNOWN.search(text))
        or (has("taste", text) and has("say", text))
    )


def kpi(brief: Brief, plans: Plans) -> Finding:
    """One target: metric, number with unit, date or period."""
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
        told = has("past", clause.plain) or has("strongly_past", clause.plain)
        return fact.kind == "percent" or labelled or told
    metric = metric_of(brief, clause, fact)
    if fact.kind == "number" and fact.value in card.counts:
        named = metric in ("orders", "bookings", "requests") or has("per_month", piece)
        return labelled or named or fact.value > 100 or has("strongly_past", piece)
    past = has("strongly_past", piece) and not has("target", piece)
    return labelled or (past and metric != "" and fact.value not in card.offers)


_THEY = re.compile(r"(?:they|these|most|he|she|ისინი|მათ)(?!\w)")
_LIMITED = re.compile(r"\W*(?:who|in|from|that|of|ვინც|ვისაც|,)")


def audience(brief: Brief, plans: Plans) -> Finding:
    """Who exactly: at least two traits, and the exercise's people."""
    reason = None
    labelled = brief.under("audience")
    if labelled:
        text = "; ".join(clause.plain for clause in labelled)
        reason = _audience_lacks(brief, text, labelled[0])
        if reason is None:
            return found(labelled[0])
    for clause in brief.clauses:
        text = clause.plain
        marks = traits(text)
        shown = len(marks) >= 3 and "age" in marks  # under whatever label
        if not shown and not is_open(clause, "goal"):
            continue
        if brief.is_acceptance(clause) or brief.denies("audience", clause):
            continue
        everyone = has("everyone", text) and _FOR.search(text)
        if not (has("people", text) or "age" in marks or len(marks) >= 3 or everyone):
            continue
        following = brief.after(clause)
        if following and not following.topics and _THEY.match(following.plain):
            text += "; " + following.plain
        lack = _audience_lacks(brief, text, clause)
        if lack is None and (shown or not _is_settled(reason)):
            return found(clause)
        reason = reason or lack
    return reason or lacks("audience.missing")


def _readers(brief: Brief) -> Clause | None:
    """The clause that describes the exercise's people by itself."""
    for clause in brief.clauses:
        if brief.is_audience(clause) and _audience_lacks(brief, clause.plain, clause) is None:
            return clause
    return None


_FOR = re.compile(r"(?<!\w)(?:for|to|at|by) (?:\w+ )?(?:every|any|all)|თვის(?!\w)|ყველაზე")


def _is_settled(reason: Finding | None) -> bool:
    """Whether a clause has named everyone, or another group than the exercise's."""
    settled = (NOTES["audience.everyone"], NOTES["audience.other"])
    return reason is not None and getattr(reason.evidence, "template", "") in settled


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
    r"ge|geo|ka|en|eng|responsive|adaptive|mobile|phone|desktop|computer|telephone|tablet|georgian|english|seconds?|square|"
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
_TIMES_BEFORE = re.compile(
    r"x\s?$|\d{2,4}x\d{2,4} ?[-:(] ?$|(?:amount|number|quantity|count|რაოდენობა)\W*$"
)
_SINGLE = re.compile(r"(?<!\w)(?:landing|page|გვერდ\w*|ლენდინგ\w*)")


def deliverable(brief: Brief, plans: Plans) -> Finding:
    """What, how many, and in which format, size or length."""
    card = brief.card
    work = [
        clause
        for clause in brief.free("deliverable", "message", "goal")
        if "deliverable" in clause.topics
        or (
            not (brief.is_acceptance(clause) or clause.of("money"))
            and (
                clause.of("size")
                or card.products.search(clause.plain)
                or card.parts.search(clause.plain)
            )
        )
    ]
    if not work:
        return lacks("deliverable.missing")
    text = "; ".join(map(_with_label, work + _after(brief, work)))
    amounts = sum(_is_amount(brief, clause, fact) for clause in work for fact in clause.facts)
    if card.name == "landing" and _SINGLE.search(text):
        amounts += 1  # a landing page is one page
    exact = _FORMAT.search(text) or any(
        fact.kind == "size" or (fact.kind == "number" and _LENGTH.match(clause.plain[fact.end :]))
        for clause in work
        for fact in clause.facts
    )
    sized = any(clause.of("size") for clause in work)
    if exact and amounts and (amounts >= 2 or sized or card.products.search(text)):
        return found(work[0])
    return lacks("deliverable.vague", quote=work[0].text)


def _after(brief: Brief, work: list[Clause]) -> list[Clause]:
    """The clauses without a label that go on after those of the work in the same paragraph."""
    following = [(clause, brief.after(clause)) for clause in work]
    return [n for clause, n in following if n and n.group == clause.group and not n.topics]


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
    r"(?<!\w)(?:no|not|don't|doesn't|won't|never|without|neither|nor)(?!\w)[^.;]{0,25}$"
    r"|(?<!\w)(?:ნუ|არ|არც)(?!\w)[^.;,]{0,12}$"
)
_NOT_AFTER = re.compile(
    r"^[^.;,]{0,15}?(?<!\w)(?:არ|ნუ|არსად|არავის|ვერ)(?!\w)(?! (?:ღირს|იხდ|ვიღებ))"
)
_BUTTON = re.compile(r"\W*(?:button|cta|ღილაკ)")


def message(brief: Brief, plans: Plans) -> Finding:
    """The offer or the benefit to be said."""
    vague, hinted = None, None
    for clause in brief.clauses:
        text, labelled = clause.plain, "message" in clause.topics
        if not is_open(clause, "message", "goal", "deliverable"):
            continue
        said = has("say", text)
        aside = brief.is_acceptance(clause) or (brief.is_audience(clause) and not said)
        if aside and not labelled:
            continue
        if _offers(brief, clause, labelled):
            if labelled or said:
                return found(clause)
            hinted = hinted or clause
        elif _BUTTON.match(_with_label(clause)):
            continue
        elif (labelled and len(text.split()) >= 3) or (has("no_message", text) and said):
            vague = vague or clause
    if hinted and not vague:
        return found(hinted)
    return lacks("message.vague", quote=vague.text) if vague else lacks("message.missing")


def _offers(brief: Brief, clause: Clause, labelled: bool) -> bool:
    """Whether a clause holds the exercise's offer, or under a label another benefit."""
    text, card = clause.plain, brief.card
    offer = card.offer.search(text)
    if offer:
        in_passing = any(date.span for date in clause.of("date"))  # "the sale, 25% off, 1-12 April"
        named = not in_passing and (card.benefit.search(text) or has("say_perhaps", text))
        said = labelled or has("say", text) or named
        return bool(said) and not _is_withheld(text, offer.start(), offer.end())
    empty = any(has(name, text) for name in ("no_message", "vague", "taste"))
    button = _BUTTON.match(_with_label(clause))
    return labelled and len(text.split()) >= 4 and not empty and not button


def _is_withheld(text: str, start: int, end: int) -> bool:
    """Whether an offer is denied: "we promise no breakfast". A quotation denies nothing."""
    quoted = re.sub(r'"[^"]*"', lambda match: "x" * len(match[0]), text)
    return bool(_NOT_BEFORE.search(quoted[:start]) or _NOT_AFTER.search(quoted[end:]))


def budget(brief: Brief, plans: Plans) -> Finding:
    """A total with its currency, within the limit, equal to its parts."""
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
    if not any(brief.card.assignee.search(_with_label(clause)) for clause in brief.clauses):
        return lacks("roles.performer")
    for clause in brief.clauses:
        if _approves(brief, _with_label(clause)) or _is_only_a_name(brief, clause):
            return found(clause)
    return lacks("roles.approver")


_BETWEEN_PEOPLE = re.compile(r"[;,.()|\n]|(?<!\w)(?:and|while|და|ხოლო)(?!\w)")

_NOT_WITHOUT = re.compile(
    r"(?<!\w)(?:without|until|unless|before|only|გარეშე|სანამ|ვიდრე|მხოლოდ)(?!\w)"
)

_YES = re.compile(r'"(?:კი|ჰო)"|(?<!\w)(?:კი|ჰო)-ს')


def _approves(brief: Brief, text: str) -> bool:
    """Whether a text says of the exercise's approver, or next to the name, that he approves."""
    pieces = [piece for piece in _BETWEEN_PEOPLE.split(text) if piece.strip()]
    for here, piece in enumerate(pieces):
        named = brief.card.approver.search(piece)
        if negated(piece) and not _NOT_WITHOUT.search(piece):
            continue
        if named and (has("approve_named", piece) or _YES.search(piece)):
            return True
        if not has("approve", piece):
            continue
        near = pieces[max(0, here - 1) : here + 2]
        other = not named and brief.card.assignee.search(piece)
        if not other and any(brief.card.approver.search(one) for one in near):
            return True
    return False


def _is_only_a_name(brief: Brief, clause: Clause) -> bool:
    """Whether whatever label has no other content than the approver: "The judge: Nutsa"."""
    label, _, name = f"{clause.label}:{clause.plain}".rpartition(":")
    named = brief.card.approver.search(name) and not brief.card.assignee.search(label)
    return bool(label.strip(": ") and named) and len(name.split()) <= 2


def acceptance(brief: Brief, plans: Plans) -> Finding:
    """Two or more conditions that a third person can check."""
    labelled = [clause for clause in brief.clauses if "acceptance" in clause.topics]
    free: list[Clause] = []
    for clause in brief.clauses:
        if clause.topics or not brief.is_acceptance(clause):
            continue
        free.append(clause)
        following = brief.after(clause)
        if following and following.group == clause.group and not following.topics:
            same = following.length == clause.length > LONG  # the rest of an endless sentence
            free += [following] if same or not _is_rule(brief, following) else []
    for group in (labelled, free, _proofs(brief)):
        if sum(len(conditions(clause.plain)) for clause in group) >= 2:
            return found(group[0])
    some = labelled or free
    return lacks("acceptance.taste", quote=some[0].text) if some else lacks("acceptance.missing")


def _proofs(brief: Brief) -> list[Clause]:
    """Clauses of one group that tell states of the finished work: "All links open", or none."""
    groups: dict[int, list[Clause]] = {}
    for clause in brief.clauses:
        other = clause.of("date") or clause.of("money") or brief.is_audience(clause)
        if other or not is_open(clause) or brief.denies("acceptance", clause):
            continue
        if any(has("proof", condition) for condition in conditions(clause.plain)):
            groups.setdefault(clause.group, []).append(clause)
    for group in groups.values():
        proofs = [c for clause in group for c in conditions(clause.plain) if has("proof", c)]
        if len(proofs) >= 2:
            return group
    return []


def _is_rule(brief: Brief, clause: Clause) -> bool:
    """Whether a clause bids or forbids something, rather than saying when the work is good."""
    rule = _has_rule(brief, clause.plain) and not IF.search(clause.plain)
    return bool(rule) or has("strict_ban", clause.plain)


_CONSENT = re.compile(r"consent|თანხმობ")


def _has_rule(brief: Brief, text: str) -> bool:
    """Whether a text has one of the exercise's rules; the approver's consent is none."""
    return any(
        not (_CONSENT.match(rule[0]) and brief.card.approver.search(segment_at(text, rule.start())))
        for rule in brief.card.rules.finditer(text)
    )


def constraints(brief: Brief, plans: Plans) -> Finding:
    """A concrete ban, reference or rule, wherever it stands."""
    for clause in brief.clauses:
        text = clause.plain
        if has("reference", text) or _has_rule(brief, text):
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


FEW_FACTS, FEW_MET = 3, 3


def clarity(brief: Brief, met: int, contradicting: int) -> Finding:
    """Readable at first sight: no unfilled places, more facts than vague words."""
    if brief.holes:
        return lacks("clarity.blanks", count=str(brief.holes))
    if any(not clause.own for clause in brief.all_clauses):
        return lacks("clarity.list")
    facts = sum(len(clause.facts) for clause in brief.clauses)
    vague = len(words("vague").findall(brief.plain))
    if vague > facts or (facts <= FEW_FACTS and met <= FEW_MET):
        return lacks("clarity.vague")
    if contradicting >= 2:
        return lacks("clarity.contradictions", count=str(contradicting))
    if _long_share(brief, LONG) > 0.5 or _long_share(brief, 30) > 0.7:
        return lacks("clarity.long")
    return Finding(True, note("clarity.met"))


def _long_share(brief: Brief, most: int) -> float:
    """The share of a brief's words that stand in sentences of more words than that."""
    sizes = [(len(clause.plain.split()), clause.length) for clause in brief.clauses]
    return sum(n for n, length in sizes if length > most) / max(sum(n for n, _ in sizes), 1)


DENIED = ("kpi", "audience", "message", "budget", "deadline", "roles", "acceptance")


def judged(brief: Brief, plans: Plans) -> tuple[dict[str, Finding], list[Note]]:
    """All findings, and the contradictions: whatever is both given and denied is one as well."""
    findings = {name: criterion(brief, plans) for name, criterion in CRITERIA.items()}
    against = contradictions(brief, plans)
    for name in DENIED:
        clause = brief.denied(name)
        if clause is None:
            continue
        if findings[name].met:
            against.append(note("both", first=clause.text, second=findings[name].evidence))
        findings[name] = lacks("denied", quote=clause.text)
    refusal = refused(brief)
    if refusal and findings["roles"].met:
        against.append(note("roles.two", first=findings["roles"].evidence, second=refusal.text))
    if refusal:
        findings["roles"] = lacks("denied", quote=refusal.text)
    readers = _readers(brief)
    others = readers and second_audience(brief, readers)
    if others:
        against.append(note("audience.two", first=readers.text, second=others.text))
        findings["audience"] = Finding(False, against[-1])
    for wrong in against:
        if wrong.template == NOTES["pieces"]:
            findings["deliverable"] = Finding(False, wrong)
    return findings, against


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
