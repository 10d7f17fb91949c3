"""Reading a task brief in English or Georgian and marking it by twelve criteria and a gate."""

from dataclasses import dataclass

from course.brief.brief import Brief
from course.brief.criteria import Finding, clarity, judged
from course.brief.genuine import EMPTIES_ALL, doubt
from course.brief.messages import NOTES, QUESTIONS, Note, note
from course.brief.plans import Plans
from course.brief.reading import DENIALS
from course.brief.scenarios import cards

WEIGHTS = {
    "goal": 8,
    "kpi": 12,
    "baseline": 6,
    "audience": 10,
    "deliverable": 12,
    "message": 8,
    "budget": 10,
    "deadline": 10,
    "roles": 6,
    "acceptance": 8,
    "constraints": 4,
    "clarity": 6,
}
MOST_NOT_GENUINE = 20
MOST_CONTRADICTING = 59
MOST = 92  # style, which only a person can mark, takes the rest
STYLE = 0.98  # a brief without any slip of style is not met with


@dataclass(frozen=True)
class BriefMark:
    """The mark of a brief.

    `evidence` holds for each criterion the clause that was taken, or what was found lacking;
    `questions` what a reader would ask back for each criterion that is not met.
    """

    criteria: dict[str, bool]
    genuine: bool
    evidence: dict[str, str]
    total: int  # 0 to 100
    questions: dict[str, Note]
    contradictions: list[Note]
    doubt: Note | None  # why the text is not genuine


def grade(text: str, scenario: str, language: str | None = None) -> BriefMark:
    """Mark a brief written for a scenario in English ("en") or Georgian ("ka").

    A text may mix the two: the rules read both, whichever is named.

    Raises
    ------
    KeyError
        There is no such scenario.
    ValueError
        The language is neither "en" nor "ka".
    """
    if language not in (None, "en", "ka"):
        raise ValueError(f'The language is "en" or "ka", not {language!r}.')
    brief = Brief(text, cards()[scenario])
    doubted = doubt(brief)
    plan = Plans(brief)
    findings, against = judged(brief, plan)
    met = sum(finding.met for finding in findings.values())
    if not doubted and met == 0 and not any(clause.facts for clause in brief.all_clauses):
        doubted = note("genuine.nonsense")
    findings["clarity"] = clarity(brief, met, len(against))
    if doubted and doubted.template in {NOTES[key] for key in EMPTIES_ALL}:
        findings = {name: Finding(False, doubted) for name in findings}
    elif doubted:
        findings["clarity"] = Finding(False, doubted)
    criteria = {name: finding.met for name, finding in findings.items()}
    denied = sum(brief.denied(name) is not None for name in DENIALS)
    return BriefMark(
        criteria=criteria,
        genuine=doubted is None,
        evidence={name: finding.evidence for name, finding in findings.items()},
        total=_total(criteria, doubted is None, len(against), denied),
        questions={name: Note(QUESTIONS[name]) for name, met in criteria.items() if not met},
        contradictions=against,
        doubt=doubted,
    )


def _total(criteria: dict[str, bool], genuine: bool, contradicting: int, denied: int) -> int:
    """The weighted sum with the caps of the rubric."""
    total = sum(WEIGHTS[name] for name, met in criteria.items() if met)
    total = min(round(STYLE * total), MOST) - min(
        15, 3 * max(0, contradicting - 1) + round(2.4 * denied)
    )
    if contradicting >= 2:
        total = min(total, MOST_CONTRADICTING)
    if not genuine:
        total = min(total, MOST_NOT_GENUINE)
    return max(total, 0)
