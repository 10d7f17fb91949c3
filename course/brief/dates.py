"""The dates of the work in a brief, by the stage that they belong to."""

import datetime as dt
import re
from dataclasses import dataclass, field

from course.brief.brief import Brief, is_open
from course.brief.clauses import Clause
from course.brief.reading import Fact, negated, segment_at, segments
from course.brief.targets import Target
from course.brief.words import MONTH, has, words

_AND = re.compile(r"(?<!\w)(?:and then|and|then|და|შემდეგ)(?!\w)")
_DATE_FIRST = re.compile(rf"\W*\d{{1,2}}(?:\.\d| {MONTH})")
_AFTERWARDS = re.compile(
    r"(?<!\w)(?:report|results|statistics|summary|analysis|ანგარიშ|სტატისტიკ|შედეგებ)"
)
_GOES_ON = re.compile(
    r"(?<!\w)(?:until|till|valid|runs?|running|shown|lasts?|ends?|ending|მოქმედებ|გრძელდებ|მთავრდებ|იწურებ)"
)
RESULTS = ("orders", "bookings", "clients", "revenue")


@dataclass
class Dates:
    """The dates of each stage, with their clauses."""

    draft: list[tuple[dt.date, Clause]] = field(default_factory=list)
    final: list[tuple[dt.date, Clause]] = field(default_factory=list)
    launch: list[tuple[dt.date, Clause]] = field(default_factory=list)
    other: list[tuple[dt.date, Clause]] = field(default_factory=list)
    impossible: list[Clause] = field(default_factory=list)

    @property
    def handed_over(self) -> list[tuple[dt.date, Clause]]:
        """All dates on which something is handed over."""
        return self.draft + self.final + self.other


def dates(brief: Brief, targets: list[Target]) -> Dates:
    """The dates of the work; those of targets, offers and acceptance are others."""
    plan = Dates()
    for clause in brief.clauses:
        foreign = not is_open(clause, "deadline", "roles", "deliverable")
        if foreign and clause.topics & {"message", "audience", "kpi", "goal", "baseline"}:
            continue
        if brief.denies("deadline", clause) or brief.is_acceptance(clause):
            continue
        labelled = "deadline" in clause.topics
        if not labelled and brief.is_audience(clause):
            continue
        for fact in clause.of("date"):
            if fact.value is None:
                plan.impossible.append(clause)
                continue
            stage = _stage(brief, clause, fact)
            if foreign and stage not in ("draft", "final"):
                continue
            if not labelled and brief.card.offer.search(_piece(clause.plain, fact)[1]):
                continue
            if _belongs(brief, clause, fact, stage, _is_aim(brief, clause, fact, targets)):
                getattr(plan, stage or "other").append((fact.value, clause))
    return plan


def _is_aim(brief: Brief, clause: Clause, fact: Fact, targets: list[Target]) -> bool:
    """Whether a date belongs to a target: it stands in its piece, or lies behind the launch."""
    start, piece = _piece(clause.plain, fact)
    for target in targets:
        if target.clause is clause:
            beside = start <= target.fact.start < start + len(piece)
            if beside or fact.value >= brief.card.launch:
                return True
    return False


def _belongs(brief: Brief, clause: Clause, fact: Fact, stage: str, is_aim: bool) -> bool:
    """Whether a date is one of the work."""
    if fact.span and stage != "final":
        return False
    if negated(segment_at(clause.plain, fact.start)):
        return False
    if is_aim and stage not in ("draft", "launch"):
        return False
    if stage or "deadline" in clause.topics:
        return True
    piece = _piece(clause.plain, fact)[1].replace(fact.text, "")
    result = any(has(name, clause.plain) for name in RESULTS)
    if result or has("strongly_past", piece) or _AFTERWARDS.search(piece):
        return False
    if brief.card.today < fact.value < brief.card.launch:
        return True  # between order and launch nothing else happens
    if _GOES_ON.search(piece) or fact.value == brief.card.launch or has("aim", piece):
        return False
    return any(has(name, clause.plain) for name in ("handover", "final"))


def _piece(text: str, fact: Fact) -> tuple[int, str]:
    """The piece between commas or "and" that a date stands in, and where it starts."""
    text = _AND.sub(lambda match: "," + " " * (len(match[0]) - 1), text)
    if not _DATE_FIRST.match(text):  # "drafts 10 march → files 19 march"
        text = text.replace("→", ",")
    return next(((s, p) for s, p in reversed(segments(text)) if s <= fact.start), (0, text))


def _stage(brief: Brief, clause: Clause, fact: Fact) -> str:
    """The stage whose word is nearest to a date in its piece; a word before it is nearer."""
    start, piece = _piece(clause.plain, fact)
    begins, ends = fact.start - start, fact.end - start
    found = []
    lists = [("final", "final"), ("draft", "draft"), ("launch", "launch")]
    if brief.card.name == "email":
        lists.append(("launch", "sending"))
    early = has("draft", piece)
    for rank, (name, list_name) in enumerate(lists):
        for match in words(list_name).finditer(piece):
            if early and has("due", match[0]):
                continue  # "the draft is due on …"
            before = begins - match.end()
            gap = before if before >= 0 else match.start() - ends + 3
            if gap >= 0:
                found.append((gap + (name == "launch"), rank, name))
    if found:
        return min(found)[2]
    if "deadline" in clause.topics:
        return next((n for n in ("final", "draft") if has(n, clause.label.lower())), "")
    return ""
