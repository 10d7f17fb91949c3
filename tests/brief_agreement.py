"""How far the brief grader agrees with readers: python -m tests.brief_agreement FILE [--misses]

FILE holds one labelled brief a line: lang, scenario, text, labels (criterion → 0 or 1), overall,
kind ("good", "flawed" or "adversarial").
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from course.brief import WEIGHTS, BriefMark, grade

PASS = 60


def kappa(first: Sequence[bool], second: Sequence[bool]) -> float:
    """Cohen's kappa of two raters with two categories; 1 where both always say the same one."""
    n = len(first)
    agreed = sum(a == b for a, b in zip(first, second, strict=True)) / n
    yes = (sum(first) / n) * (sum(second) / n)
    no = (1 - sum(first) / n) * (1 - sum(second) / n)
    chance = yes + no
    return 1.0 if chance == 1 else (agreed - chance) / (1 - chance)


def quadratic_kappa(first: Sequence[int], second: Sequence[int], top: int = 100) -> float:
    """Cohen's kappa with quadratic weights for marks from 0 to `top`."""
    n = len(first)
    observed = sum((a - b) ** 2 for a, b in zip(first, second, strict=True)) / n
    expected = sum((a - b) ** 2 for a in first for b in second) / n**2
    return 1.0 if expected == 0 else 1 - observed / expected


def read(path: Path) -> list[dict]:
    """The labelled briefs of a file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


def mark(brief: dict) -> BriefMark:
    """The grader's mark of a labelled brief."""
    return grade(brief["text"], brief["scenario"], brief["lang"])


def agreement(briefs: list[dict]) -> dict:
    """All figures of agreement for some labelled briefs."""
    marks = [mark(brief) for brief in briefs]
    totals, overall = [m.total for m in marks], [brief["overall"] for brief in briefs]
    by_criterion = {
        name: kappa([bool(b["labels"][name]) for b in briefs], [m.criteria[name] for m in marks])
        for name in [*WEIGHTS]
    }
    pairs = list(zip(briefs, marks, strict=True))
    return {
        "kappa": by_criterion,
        "mean": sum(by_criterion.values()) / len(by_criterion),
        "genuine": kappa(
            [bool(b["labels"]["genuine"]) for b in briefs], [m.genuine for m in marks]
        ),
        "qwk": quadratic_kappa(overall, totals),
        "mae": sum(abs(a - b) for a, b in zip(totals, overall, strict=True)) / len(briefs),
        "adversarial passing": [
            b["id"] for b, m in pairs if b["kind"] == "adversarial" and m.total >= PASS
        ],
        "good failing": [b["id"] for b, m in pairs if b["kind"] == "good" and m.total < PASS],
    }


def report(briefs: list[dict]) -> str:
    """The figures as a table, a column for each language."""
    columns = {"all": briefs}
    columns |= {
        lang: [b for b in briefs if b["lang"] == lang]
        for lang in sorted({b["lang"] for b in briefs})
    }
    figures = {name: agreement(some) for name, some in columns.items()}
    lines = ["".join([f"{'':14}", *(f"{f'{n} ({len(columns[n])})':>10}" for n in columns)])]
    for name in WEIGHTS:
        lines.append(f"{name:14}" + "".join(f"{f['kappa'][name]:10.2f}" for f in figures.values()))
    for name in ("mean", "genuine", "qwk", "mae"):
        lines.append(f"{name:14}" + "".join(f"{f[name]:10.2f}" for f in figures.values()))
    for name in ("adversarial passing", "good failing"):
        lines.append(f"{name}: {', '.join(figures['all'][name]) or 'none'}")
    return "\n".join(lines)


def misses(briefs: list[dict]) -> str:
    """Where grader and readers differ, with the grader's evidence."""
    lines = []
    for brief in briefs:
        given = mark(brief)
        labels = brief["labels"]
        for name in WEIGHTS:
            if given.criteria[name] != bool(labels[name]):
                lines.append(
                    f"{brief['id']} {name}: read {labels[name]}, {given.evidence[name][:150]!r}"
                )
        if given.genuine != bool(labels["genuine"]):
            lines.append(f"{brief['id']} genuine: read {labels['genuine']}, {given.doubt}")
        if abs(given.total - brief["overall"]) > 12:
            lines.append(f"{brief['id']} total {given.total}, read {brief['overall']}")
    return "\n".join(lines)


if __name__ == "__main__":
    labelled = read(Path(sys.argv[1]))
    print(report(labelled))
    if "--misses" in sys.argv:
        print(misses(labelled))
