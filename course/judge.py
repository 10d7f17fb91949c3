"""The judge: what an answer gave on the cases → a verdict. Pure: it prints and stores nothing."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from course.call import TimeIsUp, call
from course.exercise import Case, Key, Mistake, Question, Result, Verdict
from course.kinds import Misread, Number, difference, short
from course.language import N_, _

EDGE_SHARE = 0.5
PASSING = frozenset({"MemoryError", TimeIsUp.__name__})  # of the machine, not of the function

ADVICE = {
    "RecursionError": N_("The function calls itself without end: a name inside it may be its own."),
    "KeyError": N_("No column or key has that name: compare it with those of the input."),
    "NameError": N_(
        "Nothing has defined that name: is it spelt right, imported, and its cell run?"
    ),
    "ZeroDivisionError": N_("Plain Python stops at a division by zero: decide what x/0 shall be."),
    "AttributeError": N_("The object has no such method or column: look at its type first."),
    "TypeError": N_("Two types do not fit together, or the function takes other arguments."),
    "IndexError": N_("There are fewer items than the position that was asked for."),
    "TimeIsUp": N_("It runs very long: look for a loop without end, or work with whole columns."),
    "Gone": N_("Python itself stopped: the code needs too much memory, or ends the program."),
    "NobodyAnswers": N_(
        "`input()` asks somebody, and nobody is there when a check calls the function: take what "
        "it needs from its arguments."
    ),
    "SystemExit": N_(
        "`exit()` and `quit()` end Python itself. A function ends with `return`, and gives a value "
        "back by it."
    ),
    "NotImplementedError": N_("The line `raise NotImplementedError()` still stands in the way."),
}


@dataclass(frozen=True)
class Reading:
    """The result of one call as the question's kind reads it."""

    kind: Any
    result: Result
    value: Any = None
    misread: str = ""

    @classmethod
    def of(cls, kind: Any, result: Result) -> "Reading":
        """The reading of a result; a value that cannot be read has the reason in `misread`."""
        if result.raised:
            return cls(kind, result)
        try:
            return cls(kind, result, kind.read(result.value))
        except Misread as problem:
            return cls(kind, result, misread=str(problem))
        # A learner's value may break any of its own methods, and a remote one may take too long.
        except (Exception, TimeIsUp) as problem:
            fault = _(
                "{asked} was asked for ({problem})", asked=_(kind.asked), problem=short(problem)
            )
            return cls(kind, result, misread=fault)

    def same(self, other: "Reading") -> bool:
        """Whether it says the same as the other, which is the right one or a known mistake."""
        if self.misread or other.misread:
            return False
        if self.result.raised or other.result.raised:
            return bool(other.result.raised) and other.result.raised[0] in self.result.raised
        return self.kind.same(self.value, other.value)


class KeyFails(RuntimeError):
    """The answer key gives nothing that its own question could read."""


class Expected:
    """The cases of a question with what its key gives on them, each computed at most once.

    What it holds is for reading only: in grading, one serves the answers of a whole class.
    """

    def __init__(self, question: Question, key: Key, cases: Sequence[Case]) -> None:
        self.question, self.key, self.cases = question, key, tuple(cases)
        self._mistaken: dict[tuple[str, int], Reading] = {}

    @cached_property
    def right(self) -> tuple[Reading, ...]:
        """The reading of the reference on every case.

        Raises
        ------
        KeyFails
            And keeps nothing, so that a passing want of memory or time spoils only one check.
        """
        right = tuple(self._reading(self.key.reference, n) for n in range(len(self.cases)))
        for reading in right:
            if reading.misread or not PASSING.isdisjoint(reading.result.raised):
                raise KeyFails(reading.misread or reading.result.error)
        return right

    def mistaken(self, mistake: Mistake, n: int) -> Reading:
        """The reading of a known mistake on the case of that number."""
        if (mistake.name, n) not in self._mistaken:
            reading = self._reading(mistake.answer, n)
            if not PASSING.isdisjoint(reading.result.raised):
                return reading
            self._mistaken[mistake.name, n] = reading
        return self._mistaken[mistake.name, n]

    def _reading(self, answer: Callable, n: int) -> Reading:
        # Without a time limit: on a machine that stood still it would be the key that is wrong.
        return Reading.of(self.question.returns, call(answer, self.cases[n], seconds=math.inf))


def judge(expected: Expected, results: Sequence[Result]) -> Verdict:
    """The verdict on an answer, given its results on the cases in the same order."""
    question, key, cases = expected.question, expected.key, expected.cases
    if all(result.raised[:1] == ("NotImplementedError",) for result in results):
        return Verdict(
            "not attempted",
            given=_("`{name}` still holds only the placeholder.", name=question.name),
            looks_like=_("Replace the line `raise NotImplementedError()` by your answer."),
            next=_(question.see),
        )
    try:
        right = expected.right
    except KeyFails:
        given = _("The answer key fails: this is the course's fault.")
        return Verdict("cannot check", given=given)
    given = [Reading.of(question.returns, result) for result in results]
    wrong = [n for n in range(len(cases)) if not given[n].same(right[n])]
    if wrong:
        mistake = known_mistake(expected, given, wrong[0])
        return Verdict(
            "wrong",
            share=EDGE_SHARE if all(cases[n].edge for n in wrong) else 0.0,
            given=what_was_given(question, cases[wrong[0]], given[wrong[0]], right[wrong[0]]),
            looks_like=_(mistake.message)
            if mistake
            else what_went_wrong(question, given[wrong[0]], right[wrong[0]]),
            next=_(question.see),
            mistake=mistake.name if mistake else None,
            case=None if cases[wrong[0]].hidden else wrong[0],
        )
    changed = [case for case, result in zip(cases, results, strict=True) if result.changed_input]
    if changed:
        return Verdict(
            "wrong",
            share=EDGE_SHARE,
            given=_(
                "On {about} the value is right, but the input was changed.",
                about=_(changed[0].about),
            ),
            looks_like=_(
                "The table belongs to the caller, who needs it again: work on a copy "
                "(`.copy()`, `.assign(...)`) and leave the argument as it came."
            ),
            next=_(question.see),
            mistake="input changed",
        )
    return Verdict("right", share=1.0, looks_like=_(key.why))


def known_mistake(expected: Expected, given: Sequence[Reading], first_wrong: int) -> Mistake | None:
    """The one known mistake that the answer shows, if there is exactly one.

    Best is a mistake that explains the answer on every case; failing that, on every ordinary one
    (the learner may have treated the edges in another way); failing that, on all up to the first
    wrong one; failing that, on the first wrong one.
    """
    right = expected.right[first_wrong]
    levels: list[list[Mistake]] = [[], [], [], []]
    for mistake in expected.key.mistakes:
        here = expected.mistaken(mistake, first_wrong)
        if here.misread or here.same(right) or not given[first_wrong].same(here):
            continue
        unlike = [
            n
            for n in range(len(expected.cases))
            if not given[n].same(expected.mistaken(mistake, n))
        ]
        explains = (
            not unlike,
            all(expected.cases[n].edge for n in unlike),
            all(n > first_wrong for n in unlike),
            True,
        )
        for level, does in zip(levels, explains, strict=True):
            if does:
                level.append(mistake)
    return next((level[0] for level in levels if len(level) == 1), None)


def what_was_given(question: Question, case: Case, given: Reading, right: Reading) -> str:
    """The first sentence of a message: what the learner's function did, and on which case."""
    name, about = f"`{question.name}`", _(case.about)
    if case.hidden:
        # Nothing of a hidden case is told, not even an exception's text: it may quote the input.
        said = _(
            "The visible cases pass, but on {about} {name} is not right.", about=about, name=name
        )
        if given.result.raised:
            said += " " + _("It stops with {error}.", error=given.result.raised[0])
        return said
    if given.result.raised:
        error = given.result.raised[0]
        if given.result.error:
            error += f": {short(given.result.error).rstrip('.')}"
        return _("On {about} {name} stops with {error}.", about=about, name=name, error=error)
    if given.misread:
        return _(
            "On {about} {name} gives back something else: {problem}.",
            about=about,
            name=name,
            problem=given.misread,
        )
    if right.result.raised:
        return _(
            "On {about} {name} gives {value}, where it should raise an error.",
            about=about,
            name=name,
            value=question.returns.show(given.value),
        )
    where, value = difference(question.returns, given.value, right.value)
    if where:
        return _(
            "On {about}, {where}, {name} gives {value}.",
            about=about,
            where=where,
            name=name,
            value=value,
        )
    return _("On {about} {name} gives {value}.", about=about, name=name, value=value)


def what_went_wrong(question: Question, given: Reading, right: Reading) -> str:
    """The second sentence where no known mistake fits."""
    asked_for = _("Asked for: {asks}.", asks=_(question.asks))
    if "'NoneType'" in given.result.error:
        return _("Something is None there: a search that found nothing, or a missing `return`.")
    if given.result.raised:
        advice = ADVICE.get(given.result.raised[0])
        return _(advice) if advice else asked_for
    if given.result.value is None and given.result.printed:
        return _("It prints the answer; the check needs it back: write `return`, not `print`.")
    if not given.misread and not right.result.raised and near(given.value, right.value):
        return _("That is very near: is something rounded, or cut off, on the way to the answer?")
    return asked_for


def near(given: Any, right: Any) -> bool:
    """Whether all numbers are within half a percent and all else is the same."""
    if isinstance(given, dict) and isinstance(right, dict):
        return given.keys() == right.keys() and all(near(given[k], right[k]) for k in right)
    if isinstance(given, list) and isinstance(right, list):
        return len(given) == len(right) and all(map(near, given, right))
    if isinstance(given, float) and isinstance(right, float | int):
        return Number(rel=0.005).same(given, float(right))
    return given == right
