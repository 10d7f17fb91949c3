"""`check_brief`: the mark of a task brief that a learner has written, with the evidence for it."""

import re
import textwrap

from course.brief import MOST, MOST_CONTRADICTING, BriefMark, grade
from course.brief.clauses import topics_of
from course.brief.messages import Note
from course.brief.scenarios import cards
from course.check import (
    HEADINGS,
    CannotCheck,
    Message,
    Score,
    as_on_screen,
    grading,
    progress,
    source_of,
    told,
)
from course.exercise import Outcome, Verdict
from course.exercises import TASKS
from course.language import N_, _, as_in, number

TASK = TASKS["3.1c"]
ENOUGH = 60
LONGEST = 8_000  # characters; a brief has some 1,500, and every check is to be done in a second
WRAPPED = (50, 120)  # characters: as wide as a text is that was broken to fit the cell
FULL = 0.85  # of that width; people break a line a little early
LONGEST_QUOTE = 160
PARTS = (
    N_("goal"),
    N_("kpi"),
    N_("baseline"),
    N_("audience"),
    N_("deliverable"),
    N_("message"),
    N_("budget"),
    N_("deadline"),
    N_("roles"),
    N_("acceptance"),
    N_("constraints"),
    N_("clarity"),
)
GEORGIAN = ("\u10a0", "\u10ff")

# What the release puts between the quotes, and the marks of the instructor's version.
STUB = re.compile(
    r"^ *(?:# YOUR CODE HERE|raise NotImplementedError\(\)|### (?:BEGIN|END) SOLUTION) *$",
    re.MULTILINE,
)
ENTRY = re.compile(r"[^\w\"“„«(]|\d+[.)]\s")
LABEL = re.compile(r"([^.!?:,]{1,40})(?:\?|:(?=\s|$)| [-–—=] )")
ENDED = re.compile(r"[.!?…][\"”“»)]*\s*$")


def language_of(text: str) -> str:
    """ "ka" where a third of the letters or more are Georgian, else "en".

    >>> language_of("ბიუჯეტი 3 600 ლარი, CTR 1,2 %")
    'ka'
    """
    letters = [sign for sign in text if sign.isalpha()]
    georgian = sum(GEORGIAN[0] <= sign <= GEORGIAN[1] for sign in letters)
    return "ka" if 3 * georgian >= len(letters) > 0 else "en"


def unwrapped(text: str) -> str:
    """The text with each sentence in one line, where the writer broke long lines to see them whole
    in the cell; the rules take the end of a line for the end of a clause.

    >>> unwrapped("Six banners in Georgian, three of them square, which Tamar\\napproves.\\n- Goal")
    'Six banners in Georgian, three of them square, which Tamar approves.\\n- Goal'
    """
    return "\n\n".join(map(unwrapped_paragraph, re.split(r"\n[^\S\n]*\n", text)))


def unwrapped_paragraph(text: str) -> str:
    """A paragraph in which a line goes on where it had no room for the next word."""
    before, *others = text.split("\n")
    lines = [before]
    width = max(map(len, (before, *others)))
    for line in others:
        full = len(before) + len(line.split(" ")[0]) >= FULL * width
        # A label holds to the end of its line, so a sentence after it keeps its own.
        done = ENDED.search(before) and is_labelled(lines[-1])
        if WRAPPED[0] <= width <= WRAPPED[1] and full and not done and not begins_anew(line):
            lines[-1] += f" {line}"
        else:
            lines.append(line)
        before = line
    return "\n".join(lines)


def begins_anew(line: str) -> bool:
    """Whether the line is an entry of its own: empty, in a list or table, or with a label."""
    return not line or bool(ENTRY.match(line)) or is_labelled(line)


def is_labelled(line: str) -> bool:
    """Whether the line begins with a label such as "Budget:", and not with "as we said:"."""
    label = LABEL.match(line)
    if not label:
        return False
    return line[0].isupper() or " " not in label[1] or bool(topics_of(label[1]))


@as_in("check_brief(scenario, brief)")
def check_brief(scenario: str, text: str) -> Score:
    """Mark a brief, say for each of its twelve parts what was taken for it, and what a reader
    would ask back; the value is the points that it earns, of 7.

    Parameters
    ----------
    scenario
        "banners", "landing", "googleads" or "email".
    text
        The brief, in English or Georgian.

    Raises
    ------
    CannotCheck
        In grading, if the course itself fails; a learner gets the message instead.
    """
    outcome, share, lines = judged(scenario, text)
    if grading() and outcome == "cannot check":
        raise CannotCheck(lines[0])
    verdict = Verdict(outcome, share=share)
    if not grading():
        shown, notes = as_on_screen(TASK.id, text, verdict)
        if shown is not verdict:
            verdict, lines = shown, [shown.given, shown.looks_like]
        progress().add_check(TASK.id, verdict, source_of(TASK.id, text))
        lines += notes
    sign, words, colour = HEADINGS[verdict.outcome]
    lines = [f"**{sign} {TASK.id} {TASK.name}: {_(words)}**", *lines]
    score = Score(round(TASK.points * verdict.share, 1), verdict, Message(lines, colour))
    return told(score, TASK.points)


def judged(scenario: str, text: str) -> tuple[Outcome, float, list[str]]:
    """The outcome, the share of the points, and what to tell the learner."""
    if not isinstance(scenario, str) or scenario not in cards():
        tasks = ", ".join(f'"{name}"' for name in cards())
        return "wrong", 0, [_("`scenario` is to be the name of a task: {tasks}.", tasks=tasks)]
    if not isinstance(text, str | None):
        given = type(text).__name__
        return "wrong", 0, [_("`brief` is to be a text in quotes, yours is: {given}.", given=given)]
    text = STUB.sub("", text or "").strip()
    if not text:
        return "not attempted", 0, [_("Write your brief between the quotes of `brief`.")]
    if len(text) > LONGEST:
        said = _(
            "Your text has {length} characters. Nobody reads so long a brief: a page or two will "
            "do, and {longest} characters are the most that is read here.",
            length=number(f"{len(text):,}"),
            longest=number(f"{LONGEST:,}"),
        )
        return "wrong", 0, [said]
    # Half a sign, as careless copying leaves it, could not be shown.
    text = text.encode("utf-8", "replace").decode("utf-8")
    text = re.sub(r"\n\s*\n", "\n\n", re.sub(r"[^\S\n]{3,}", "  ", text))
    try:
        mark = grade(unwrapped(text), scenario, language_of(text))
    except Exception as problem:
        said = _("The course cannot read this brief: {problem}", problem=repr(problem))
        return "cannot check", 0, [said]
    return ("right" if mark.total >= ENOUGH else "wrong"), mark.total / MOST, lines_of(mark)


def lines_of(mark: BriefMark) -> list[str]:
    """The mark in words: what is lacking before what is there."""
    points = number(f"{round(TASK.points * mark.total / MOST, 1):g}")
    lines = [
        _(
            "**{points} of {all} points.** By rules this brief has {total} of {most}.",
            points=points,
            all=TASK.points,
            total=mark.total,
            most=MOST,
        )
    ]
    if mark.doubt:
        lines += [translated(mark.doubt), _("Such a text counts as no brief.")]
    for problem in mark.contradictions:
        if problem not in mark.evidence.values():
            lines.append(_("Contradiction: {problem}", problem=translated(problem)))
    if len(mark.contradictions) > 1:
        most = MOST_CONTRADICTING
        lines.append(_("Two contradictions or more: at most {most} by rules.", most=most))
    lacking, taken = [], []
    for name in PARTS:
        found = mark.evidence[name]
        said = translated(found) if isinstance(found, Note) else _("“{quote}”", quote=short(found))
        if mark.criteria[name]:
            taken.append(f"✓ **{_(name)}**: {said}")
        elif found != mark.doubt:
            lacking.append(f"✗ **{_(name)}**: {said} {translated(mark.questions[name])}")
    if lacking:
        lines += [_("**What is lacking, and what a reader would ask:**"), *lacking]
    if taken:
        lines += [_("**What the program took for each part:**"), *taken]
    if not mark.doubt:
        checklist = " ".join(map(_, TASK.checklist))
        lines.append(_("What no rule can judge, a person does: {checklist}", checklist=checklist))
    return lines


def translated(note: Note) -> str:
    """The note in the learner's language."""
    return str(
        Note(note.template, **{name: short(str(value)) for name, value in note.values.items()})
    )


def short(quote: str) -> str:
    """A quotation as it stands in a message: without marks of its own, and not too long.

    >>> short("Budget: **3,600 GEL**.")
    'Budget: 3,600 GEL'
    """
    quote = re.sub(r"[*`]+", "", quote).strip(" .,;")
    return textwrap.shorten(quote, LONGEST_QUOTE, placeholder=" …")
