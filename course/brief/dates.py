"""The dates of the work in a brief, by the stage that they belong to."""

import datetime as dt
import re
from dataclasses import dataclass, field

from course.brief.brief import Brief, is_open
from course.brief.clauses import Clause
from course.brief.reading import Fact, negated, segment_at, segments
from course.brief.targets import Target
from course.brief.words import has, words

_AND = re.compile(r"(?<!\w)(?:and then|and|then|და|შემდეგ)(?!\w)")
RESULTS = ("orders", "bookings", "clients", "comeback", "revenue")


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
    aims = [target.clause for target in targets]
    for clause in brief.clauses:
        if not is_open(clause, "deadline", "roles", "deliverable"):
            continue
        if brief.denies("deadline", clause) or brief.is_acceptance(clause):
            continue
        labelled = "deadline" in clause.topics
        if not labelled and (brief.card.offer.search(clause.plain) or brief.is_audience(clause)):
            continue
        for fact in clause.of("date"):
            if fact.value is None:
                plan.impossible.append(clause)
                continue
            stage = _stage(clause, fact)
            if _belongs(clause, fact, stage, clause in aims):
                getattr(plan, stage or "other").append((fact.value, clause))
    return plan


def _belongs(clause: Clause, fact: Fact, stage: str, is_aim: bool) -> bool:
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
    handing = any(has(name, clause.plain) for name in ("handover", "final", "draft"))
    result = any(has(name, clause.plain) for name in RESULTS)
    return handing and not result and (not has("period", piece) or has("handover", piece))


def _piece(text: str, fact: Fact) -> tuple[int, str]:
    """The piece between commas or "and" that a date stands in, and where it starts."""
    text = _AND.sub(lambda match: "," + " " * (len(match[0]) - 1), text)
    return next(((s, p) for s, p in reversed(segments(text)) if s <= fact.start), (0, text))


def _stage(clause: Clause, fact: Fact) -> str:
    """The stage whose word is nearest to a date in its piece; a word before it is nearer."""
    start, piece = _piece(clause.plain, fact)
    begins, ends = fact.start - start, fact.end - start
    found = []
    for rank, name in enumerate(("final", "draft", "launch")):
        for match in words(name).finditer(piece):
            before = begins - match.end()
            gap = before if before >= 0 else match.start() - ends + 3
            if gap >= 0:
                found.append((gap + (name == "launch"), rank, name))
    if found:
        return min(found)[2]
    if "deadline" in clause.topics:
        return next((n for n in ("final", "draft") if has(n, clause.label.lower())), "")
    return ""
