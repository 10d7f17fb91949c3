"""What a learner calls in a notebook: `check("1.8", romi)`, `cases`, `hint` …"""

import copy
import difflib
import functools
import html
import inspect
import os
import re
import sys
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from course import saved, session
from course.call import call
from course.exercise import Case, Key, Question, Result, Task, Verdict, Writing
from course.exercises import EXERCISES, QUESTIONS, TASKS, WRITINGS
from course.files import workspace_of
from course.judge import Expected, judge
from course.keys import KEYS, MODELS
from course.kinds import type_name
from course.language import N_, Slip, _, as_in, counted, current, did_you_mean, in_language, number
from course.progress import Progress

DEFAULT_SEED = 2026

HEADINGS = {
    "right": ("✓", N_("right"), "#2e7d32"),
    "wrong": ("✗", N_("not yet"), "#b3541e"),
    "not attempted": ("·", N_("not attempted"), "#777"),
    "cannot check": ("?", N_("cannot be checked"), "#777"),
}


class UnknownExercise(Slip, LookupError):
    """There is no exercise with that id."""

    def __init__(self, id: str) -> None:
        super().__init__(why_unknown(id))


def why_unknown(id: str) -> str:
    """What to tell who asked for an exercise by an id that has none."""
    if not isinstance(id, str):
        shown = f"{id:g}" if isinstance(id, int | float) else "1.8"
        return _('Write the number of the exercise in quotes, such as "{id}".', id=shown)
    if id in TASKS:
        return _("{id} is a text: its own check cell reads it.", id=id)
    if id in WRITINGS:
        return _(
            "{id} is a text that a person reads: no program checks it. {call} shows what to look "
            "for.",
            id=id,
            call=f'`solution("{id}")`',
        )
    known = [*EXERCISES, *WRITINGS]
    near = [other for other in known if id and other.startswith(id)]
    near = near or difflib.get_close_matches(id, known, n=1, cutoff=0.5)
    said = [_("There is no exercise {id}.", id=repr(id))]
    if near:
        said.append(did_you_mean(near))
    said.append(_("Exercises: {all}.", all=", ".join(EXERCISES)))
    return " ".join(said)


class CannotCheck(RuntimeError):
    """The course is at fault, not the answer: nbgrader's log must show it, not give a silent 0."""


class Message:
    """Something to read: lines with `code` and **bold**, shown as a box in Jupyter."""

    def __init__(self, lines: Sequence[str], colour: str = "#777") -> None:
        self.lines, self.colour = [line for line in lines if line], colour

    def __repr__(self) -> str:
        return re.sub(r"\*\*([^*]+)\*\*", r"\1", "\n".join(self.lines))

    def _repr_html_(self) -> str:
        def paragraph(line: str) -> str:
            text = html.escape(line, quote=False)
            text = re.sub(r"`([^`]+)`", r"<code>\1</code>", text)
            text = re.sub(r"\*\*([^*]+)\*\*", r"<strong>\1</strong>", text)
            return f'<p style="margin: 2px 0">{text}</p>'

        body = "".join(map(paragraph, self.lines))
        return f'<div style="border-left: 4px solid {self.colour}; padding: 2px 12px">{body}</div>'


class Score(float):
    """The points of an answer, with the message for the learner.

    A plain number to nbgrader, which reads the text form of a check cell's value as partial credit
    (and would give full points for any text that is not a number); a message in Jupyter.
    """

    verdict: Verdict
    message: Message

    def __new__(cls, points: float, verdict: Verdict, message: Message) -> "Score":
        score = super().__new__(cls, points)
        score.verdict, score.message = verdict, message
        return score

    __repr__ = float.__repr__

    def _repr_html_(self) -> str:
        return self.message._repr_html_()


def find(id: str) -> tuple[Question, Key]:
    """The question and the key of an exercise, or `UnknownExercise`."""
    if not isinstance(id, str) or id not in QUESTIONS:
        raise UnknownExercise(id)
    return QUESTIONS[id], KEYS[id]


def exercise_or_task(id: str) -> Question | Task | Writing:
    """The question of an exercise, or the task of a text, or `UnknownExercise`."""
    if not isinstance(id, str) or id not in EXERCISES | WRITINGS:
        raise UnknownExercise(id)
    return EXERCISES.get(id) or WRITINGS[id]


def grading() -> bool:
    """Whether an instructor grades this notebook: for its mark, or for the page of its student."""
    return os.environ.get("NBGRADER_EXECUTION") in ("autograde", "feedback")


def with_hidden() -> bool:
    """Whether hidden cases count as well, as they do for a mark."""
    return os.environ.get("NBGRADER_EXECUTION") == "autograde"


def seed() -> int:
    """The seed of the hidden cases: the instructor's, or the one that everybody has.

    Raises
    ------
    ValueError
        If COURSE_SEED is no whole number.
    """
    given = os.environ.get("COURSE_SEED", str(DEFAULT_SEED))
    try:
        return int(given)
    except ValueError:
        said = _("COURSE_SEED has to be a whole number and is {given}.", given=repr(given))
        raise ValueError(said) from None


@functools.cache
def cases_of(id: str, seed: int, with_hidden: bool) -> tuple[Case, ...]:
    """The cases of an exercise, made once a kernel; `call` works on copies."""
    return tuple(case for case in QUESTIONS[id].cases(seed) if with_hidden or not case.hidden)


@functools.cache
def expected_of(id: str, seed: int, with_hidden: bool) -> Expected:
    """The cases of an exercise with what its key gives on them, for all checks of a kernel."""
    question, key = find(id)
    return Expected(question, key, cases_of(id, seed, with_hidden))


def results_of(answer: Callable, cases: Sequence[Case]) -> list[Result]:
    """Call the answer on every case, or until its time is up or its process is gone.

    The cases after that count as the same without being tried, for a learner waits ten seconds and
    not ten for every case. Where time was up on an edge case, ordinary ones are still tried.
    """
    results: list[Result] = []
    stuck: tuple[Case, Result] | None = None
    for case in cases:
        if stuck and (case.edge or not stuck[0].edge):
            results.append(stuck[1])
            continue
        results.append(call(answer, case))
        if results[-1].raised[:1] in (("TimeIsUp",), ("Gone",)):
            stuck = case, results[-1]
    return results


def seen(answer: Any) -> str:
    """How an answer that is no function shows itself; some values cannot."""
    try:
        return f"{answer!r:.60}"
    except Exception:
        return type_name(answer)


def verdict_on(id: str, answer: Callable, *, with_hidden: bool) -> Verdict:
    """Call the answer on the cases of the exercise and judge what it gives."""
    question = find(id)[0]
    if not callable(answer):
        return Verdict(
            "not attempted" if answer is None else "wrong",
            given=_("`{name}` is {value}, not a function.", name=question.name, value=seen(answer)),
            looks_like=_(
                "Define it with `def {name}(...):` and run that cell.", name=question.name
            ),
            next=_(question.see),
        )
    try:
        expected = expected_of(id, seed(), with_hidden)
    except Exception as problem:
        given = _("The course cannot make its cases: {problem}", problem=problem)
        return Verdict("cannot check", given=given)
    return judge(expected, results_of(answer, expected.cases))


def points_in_words(points: int) -> str:
    """The number with its noun: "1 point", "2 points"."""
    return counted("{number} point", "{number} points", points)


def message_of(question: Question, verdict: Verdict, *notes: str) -> Message:
    """The verdict in the learner's words: the outcome, then three sentences at most, and notes."""
    sign, words, colour = HEADINGS[verdict.outcome]
    lines = [f"**{sign} {question.id} {question.name}: {_(words)}**"]
    if verdict.outcome == "right":
        earned = f"{points_in_words(question.points)}."
        if not grading():
            earned += " " + _("The instructor's run adds hidden cases to the visible ones.")
        lines += [verdict.looks_like, earned]
    else:
        half = verdict.share * question.points
        lines += [verdict.given, verdict.looks_like]
        if verdict.next:
            lines += [_("Where to look next: {place}.", place=verdict.next)]
        if verdict.case is not None:
            call = f'`cases("{question.id}")[{verdict.case}]`'
            lines += [_("The input of this case: {call}.", call=call)]
        if half:
            points = points_in_words(question.points)
            lines += [_("{half} of {points} so far.", half=number(f"{half:g}"), points=points)]
    return Message([*lines, *notes], colour)


class VisibleCases(tuple):
    """The arguments of each visible case; shown as a list of what the cases are about."""

    about: list[str]

    def __repr__(self) -> str:
        return "\n".join(f"[{n}] {about}" for n, about in enumerate(self.about))


@as_in('cases("1.8")')
def cases(id: str) -> VisibleCases:
    """The inputs of the visible cases, to try an answer on: `romi(*cases("1.8")[0])`.

    Raises
    ------
    UnknownExercise
    """
    find(id)
    visible = copy.deepcopy(cases_of(id, seed(), with_hidden=False))
    inputs = VisibleCases(case.args for case in visible)
    inputs.about = [_(case.about) for case in visible]
    return inputs


@as_in('check("1.8", romi)')
def check(id: str, answer: Callable) -> Score:
    """Check an answer and say what it does; the value is the points that it earns.

    Parameters
    ----------
    id
        The exercise, such as "1.8".
    answer
        The function that the exercise asks for.

    Raises
    ------
    UnknownExercise
        If there is no such exercise.
    CannotCheck
        In grading, if the course itself fails; a learner gets the message instead.
    """
    question = find(id)[0]
    verdict = verdict_on(id, answer, with_hidden=with_hidden())
    if grading() and verdict.outcome == "cannot check":
        raise CannotCheck(verdict.given)
    notes = []
    if not grading():
        verdict, notes = as_on_screen(id, answer, verdict)
        progress().add_check(id, verdict, source_of(id, answer))
    points = verdict.share * question.points
    return told(Score(points, verdict, message_of(question, verdict, *notes)), question.points)


def told(score: Score, points: float) -> Score:
    """The score, and its message to nbgrader's Validate, which shows what a cell has on stderr, and
    calls every number below all points "Partial credit".
    """
    if os.environ.get("NBGRADER_EXECUTION") == "validate" and score < points:
        print(score.message, file=sys.stderr)
    return score


def as_on_screen(id: str, answer: object, verdict: Verdict) -> tuple[Verdict, list[str]]:
    """The verdict, if it is on what the learner sees in the notebook: else that it is not, and
    which one an older version would have had. And what else there is to say of where it comes from.
    """
    if why := session.outdated(id, answer):
        older = {
            "right": N_("Python still holds an older version, and that one is right."),
            "wrong": N_("Python still holds an older version, and that one is not right yet."),
        }.get(verdict.outcome, N_("Python still holds an older version."))
        advice = _("Run the cell with your answer until it ends without an error, then this check.")
        given = f"{why} {_(older)}"
        return Verdict("cannot check", given=given, looks_like=advice), []
    name = re.search(r"name '(\w+)' is not defined", verdict.given)
    if name and (cause := session.missing(name[1])):
        return replace(verdict, looks_like=cause), []
    note = session.from_elsewhere(id, answer)
    return verdict, [note] if note else []


def source_of(id: str, answer: object) -> str | None:
    """The text of the cell from which an answer came, where the kernel knows it."""
    made = session.origin(id, answer)
    return made.source if made else None


@as_in('hint("1.8")')
def hint(id: str) -> Message:
    """The next hint for an exercise, from a nudge to nearly the way."""
    hints = exercise_or_task(id).hints
    seen = min(progress().add_hint(id), len(hints) - 1)
    heading = _("**Hint {number} of {all}**", number=seen + 1, all=len(hints))
    after = _("Call `hint` again for the next one.")
    if seen + 1 == len(hints):
        call = f'`solution("{id}")`'
        after = _("This was the last hint; after an attempt, {call} shows a right way.", call=call)
    return Message([heading, _(hints[seen]), after])


class Code(Message):
    """Lines to read as they stand: Python, or a model text."""

    def __init__(self, text: str, *above: str) -> None:
        super().__init__(above)
        self.text = text

    def __repr__(self) -> str:
        return f"{super().__repr__()}\n\n{self.text}"

    def _repr_html_(self) -> str:
        # JupyterLab breaks preformatted lines in the middle of a word.
        text = f'<pre style="word-break: normal">{html.escape(self.text)}</pre>'
        return super()._repr_html_() + text


@as_in('solution("1.8")')
def solution(id: str, text: str | None = None) -> Message:
    """A right way, once the learner has tried: a check that came out right or wrong; of what only
    a person reads, a text of one's own, in its cell or given here.
    """
    asked = exercise_or_task(id)
    if closed := closed_by_instructor(asked):
        return Message([closed])
    if isinstance(asked, Writing):
        return model(asked, text)
    if not progress().record(id)["checks"]:
        return Message(
            [
                _("**The solution of {id} opens after an attempt**", id=id),
                _(
                    "Write something into `{name}`, run its check, then call this again; {call} "
                    "helps before that.",
                    name=asked.name,
                    call=f'`hint("{id}")`',
                ),
            ]
        )
    if isinstance(asked, Task):
        return good_text(asked)
    source = textwrap.dedent(inspect.getsource(KEYS[id].reference))
    above = _("**One right way for {id}.** There are others: the check takes them all.", id=id)
    return Code(in_language(source), above)


def closed_by_instructor(exercise: Question | Task | Writing) -> str:
    """Why a solution may not be seen now, as the notebook says that was handed out; empty if it
    may.
    """
    opens = saved.opens(exercise)
    if opens is None:
        return _("**{id}: your instructor keeps the solutions closed.**", id=exercise.id)
    if opens > datetime.now().astimezone():
        return _(
            "**{id}: your instructor opens the solutions on {date}.**",
            id=exercise.id,
            date=f"{opens:%Y-%m-%d %H:%M}",
        )
    return ""


def model(writing: Writing, text: str | None) -> Message:
    """Good texts and the list by which a person reads, for who has written one."""
    if saved.is_written(text):
        progress().add_text(writing.id, text)
    elif not any(saved.is_written(notebook.answer(writing)) for notebook in saved.around()):
        return Message(
            [
                _("**Good texts for {id} open once yours is written**", id=writing.id),
                *ticks(writing),
                _(
                    "Write it into the cell under the task and save the notebook (Ctrl+S), or give "
                    "it here: {call}.",
                    call=f'`solution("{writing.id}", "…")`',
                ),
            ]
        )
    return good_text(writing)


def good_text(asked: Task | Writing) -> Code:
    """The model of a text in each language, under the list by which to read one's own."""
    above = _(
        "**A good text for {id}, in each language.** Read yours as a person does:", id=asked.id
    )
    return Code("\n\n".join(MODELS[asked.id].values()), above, *ticks(asked))


def ticks(asked: Task | Writing) -> list[str]:
    """The list by which a person reads a text."""
    return [f"☐ {_(question)}" for question in asked.checklist]


# Outside a workspace nothing is stored: this one counts for as long as the kernel runs.
_in_memory = Progress()


@as_in("progress()")
def progress() -> Progress:
    """Which exercises are right, not yet right, or not attempted: a small picture."""
    workspace = workspace_of(Path.cwd())
    return Progress(workspace) if workspace else _in_memory


class Link(Message):
    """Lines to read, and a file to open."""

    def __init__(self, path: Path, *above: str) -> None:
        super().__init__(above)
        self.path = path

    def __repr__(self) -> str:
        return f"{super().__repr__()}\n{self.path}"

    def _repr_html_(self) -> str:
        # JupyterLab opens it beside the notebook, in whose folder the kernel works.
        address = html.escape(quote(Path(os.path.relpath(self.path)).as_posix()))
        link = f'<a href="{address}">{html.escape(self.path.name)}</a>'
        return f'{super()._repr_html_()}<p style="margin: 2px 16px">{link}</p>'


def lesson(name: str, folder: Path | None = None) -> Message:
    """Open a lesson, such as "1a"; where the lessons are not there yet, as beside an assignment
    that was fetched from a class's exchange, they are put where its links lead.
    """
    from course.workspace import bring_lessons, lessons  # slow to import, and seldom needed

    found = lessons().get(str(name).strip().removesuffix(".ipynb").split("-")[0])
    if found is None:
        return Message(
            [
                _("There is no lesson {name}.", name=repr(name)),
                _("Lessons: {all}.", all=", ".join(lessons())),
            ]
        )
    path = bring_lessons(folder or Path.cwd(), current()) / found
    return Link(path, _("**Lesson {name}**", name=path.stem.split("-")[0]))


@as_in('speak("ka")')
def speak(language: str) -> Message:
    """Change the language of lessons, assignments and messages, "en" or "ka"; what is written in
    the notebooks stays.
    """
    from course.workspace import WorkspaceError, after_turning, turn  # slow, and seldom needed

    try:
        return Message(after_turning(language, turn(Path.cwd(), language)))
    except WorkspaceError as problem:
        return Message([str(problem)])
