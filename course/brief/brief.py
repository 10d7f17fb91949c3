"""A brief for one task: its clauses, and what kind of clause each of them is."""

import re
from collections.abc import Iterator
from functools import cached_property

from course.brief.clauses import Clause, bounded, clauses
from course.brief.latin import georgian
from course.brief.phrases import FIRM_IF, IF, conditions, traits
from course.brief.reading import DENIALS, Fact, denies, negated
from course.brief.scenarios import Card
from course.brief.words import has

_NOTHING = re.compile(
    r"(?:none|no|nothing|nobody|unknown|არავინ|არაფერი|არა)\W*$"
    r"|not (?:yet|known|set|given|decided|agreed|approved)\b|no(?:t| one)? yet\b"
    r"|არ (?:ვიცით|გვაქვს|არის|არსებობს)|ჯერ არ(?!\w)|უცნობ|არანაირ"
)


MOST_BEFORE_IF = 6  # words: "you are done with it when …"
ANNOUNCED = {  # what has to stand under a label
    "kpi": ("number", "percent", "money"),
    "budget": ("money", "number"),
    "deadline": ("date", "number"),
}
SMALLEST_BUDGET = 100  # GEL
MUCH = 3  # topics of a brief that denies them


def is_open(clause: Clause, *topics: str) -> bool:
    """Whether no firm label keeps a clause from speaking of these topics."""
    return not clause.topics or clause.soft or bool(clause.topics & set(topics))


def _is_small(topic: str, fact: Fact) -> bool:
    return topic == "budget" and fact.kind == "number" and fact.value < SMALLEST_BUDGET


def _denies(topic: str, clause: Clause) -> bool:
    answer = topic in clause.topics and bool(_NOTHING.match(clause.plain))
    return answer or denies(topic, clause.plain)


class Brief:
    """The clauses of a text that the writer says himself, read against a card."""

    def __init__(self, text: str, card: Card) -> None:
        self.text, self.card = georgian(bounded(text)), card
        self._acceptance: dict[int, bool] = {}
        self.all_clauses, self.holes = clauses(self.text, card.today.year)
        self._soften()

    def _soften(self) -> None:
        """Make a label a hint where what it announces does not follow: "Money story: …"."""
        for topic, kinds in ANNOUNCED.items():
            groups = {
                clause.group
                for clause in self.all_clauses
                if _denies(topic, clause)
                or any(f.kind in kinds and not _is_small(topic, f) for f in clause.facts)
            }
            for clause in self.all_clauses:
                if clause.topics == {topic} and clause.group not in groups:
                    clause.soft = True

    @cached_property
    def clauses(self) -> list[Clause]:
        """The clauses that may serve as evidence."""
        return [clause for clause in self.all_clauses if clause.own]

    @cached_property
    def plain(self) -> str:
        """All own clauses in plain spelling."""
        return "\n".join(clause.plain for clause in self.clauses)

    @cached_property
    def _places(self) -> dict[int, int]:
        return {id(clause): place for place, clause in enumerate(self.clauses)}

    def before(self, clause: Clause) -> Clause | None:
        """The clause before another in the same paragraph or under the same label."""
        place = self._places[id(clause)]
        before = self.clauses[place - 1] if place else None
        return before if before and before.group == clause.group else None

    def after(self, clause: Clause) -> Clause | None:
        """The clause after another."""
        place = self._places[id(clause)] + 1
        return self.clauses[place] if place < len(self.clauses) else None

    def under(self, topic: str) -> list[Clause]:
        """The clauses under a label of this topic which do not deny it."""
        return [c for c in self.clauses if topic in c.topics and not self.denies(topic, c)]

    def free(self, topic: str, *also: str) -> Iterator[Clause]:
        """Clauses that no label gives to another topic, and which do not deny this one."""
        for clause in self.clauses:
            if is_open(clause, topic, *also) and not self.denies(topic, clause):
                yield clause

    def denies(self, topic: str, clause: Clause) -> bool:
        """Whether a clause denies a topic, by itself or as the answer to its label."""
        if topic not in DENIALS:
            return False
        if self._denies_much and topic not in ("goal", "constraints") and negated(clause.plain):
            return True
        return _denies(topic, clause)

    @cached_property
    def _denies_much(self) -> bool:
        """Whether so much is denied that whatever a "not" stands beside is denied too."""
        topics = [t for t in DENIALS if any(_denies(t, clause) for clause in self.clauses)]
        return len(topics) >= MUCH

    def denied(self, topic: str) -> Clause | None:
        """The clause that says there is no such thing, if there is one."""
        if topic not in DENIALS:
            return None
        return next((clause for clause in self.clauses if _denies(topic, clause)), None)

    def is_acceptance(self, clause: Clause) -> bool:
        """Whether a clause says when the work is accepted, by its label or its words."""
        known = self._acceptance.get(id(clause))
        if known is None:
            known = self._acceptance[id(clause)] = self._says_when_accepted(clause)
        return known

    def _says_when_accepted(self, clause: Clause) -> bool:
        if "acceptance" in clause.topics or not is_open(clause):
            return "acceptance" in clause.topics
        text, opening = clause.plain, FIRM_IF.search(clause.plain)
        if clause.topics and clause.of("date"):
            return False
        if opening and has("accept_if", text):
            return True
        if any(has("accept_if", text[: match.end() + 12]) for match in IF.finditer(text)):
            return True
        if (
            clause.of("date")
            or not opening
            or len(text[: opening.start()].split()) > MOST_BEFORE_IF
        ):
            return False
        return len(conditions(text)) >= 2 and not has("result", text)

    def is_audience(self, clause: Clause) -> bool:
        """Whether a clause describes the readers, by its label or its words."""
        if clause.topics and not clause.soft:
            return "audience" in clause.topics
        return len(traits(clause.plain)) >= 3
