"""Every mutant of every reference answer must be refused by the check, with all cases.

`uv run python -m tests.test_mutation` writes the report `tests/mutation_report.md`.
"""

import functools
import tomllib
from pathlib import Path

import pytest

from course.call import call
from course.check import DEFAULT_SEED, cases_of
from course.exercises import QUESTIONS
from course.judge import Expected, judge
from course.keys import KEYS
from tests.mutants import mutants

HERE = Path(__file__).parent
EQUIVALENT = tomllib.loads((HERE / "equivalent_mutants.toml").read_text(encoding="utf-8"))
REPORT = HERE / "mutation_report.md"
SECONDS_PER_CALL = 2


@functools.cache
def one_by_one(id):
    """Every case on its own, cheap ones first: most mutants die there."""
    cases = sorted(cases_of(id, DEFAULT_SEED, True), key=lambda case: "shop" in case.about)
    return [Expected(QUESTIONS[id], KEYS[id], [case]) for case in cases]


def survives(id, mutant):
    """Whether the check takes the mutant for a right answer."""
    for expected in one_by_one(id):
        results = [call(mutant, expected.cases[0], SECONDS_PER_CALL)]
        if judge(expected, results).outcome != "right":
            return False
    return True


def survivors(id):
    every = list(mutants(KEYS[id].reference))
    return len(every), [what for what, mutant in every if survives(id, mutant)]


@pytest.mark.mutation
@pytest.mark.parametrize("id", list(QUESTIONS))
def test_only_equivalent_mutants_survive(id):
    count, alive = survivors(id)
    assert count >= 5
    assert sorted(alive) == sorted(EQUIVALENT.get(id, {}))


@pytest.mark.mutation
def test_the_report_lists_every_exercise():
    text = REPORT.read_text(encoding="utf-8")
    assert all(f"| {id} " in text for id in QUESTIONS)


def report():
    lines = [
        "# Mutants of the reference answers",
        "",
        "Written by `uv run python -m tests.test_mutation`. A mutant is a small change of the",
        "reference: an operator, a column, a filter, a constant, an aggregation. Those that no",
        "input can tell from the reference are equivalent and listed with the reason.",
        "",
        "| exercise | mutants | refused | equivalent | refused of the others |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    reasons = []
    for id in QUESTIONS:
        count, alive = survivors(id)
        equivalent = EQUIVALENT.get(id, {})
        killed = count - len(alive)
        real = count - len(equivalent)
        lines.append(f"| {id} | {count} | {killed} | {len(equivalent)} | {killed / real:.0%} |")
        reasons += [f"- {id} `{what}`: {why}" for what, why in equivalent.items()]
        print(lines[-1], [what for what in alive if what not in equivalent])
    REPORT.write_text("\n".join([*lines, "", *reasons, ""]), encoding="utf-8")


if __name__ == "__main__":
    report()
