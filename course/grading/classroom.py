"""The instructor's commands: what `course autograde`, `feedback` and `doctor` print."""

import argparse
import dataclasses
import os
import sys
from pathlib import Path

from tqdm import tqdm

from course.check import DEFAULT_SEED, seed
from course.grading import box, engine
from course.grading import feedback as pages
from course.grading.records import WITH
from course.language import _, counted, number

SHOWN_NOTES = 5
SHOWN_STUDENTS = 10


def autograde(args: argparse.Namespace) -> int:
    """Grade a class with a progress bar, and say what came of it."""
    course = engine.open_course(Path.cwd())
    settings = engine.settings_of(course)
    if args.trusted_submissions:
        settings = dataclasses.replace(settings, trusted=True)
    with Bar(_("graded")) as bar:
        try:
            report = engine.autograde(
                course,
                args.assignment,
                students=args.students,
                force=args.force,
                changed=args.changed,
                jobs=args.jobs,
                scheduler=args.scheduler,
                settings=settings,
                start=bar.start,
                tell=lambda outcome: bar.step(outcome.student, outcome.problem or refusal(outcome)),
            )
        except OSError as problem:
            raise engine.CannotGrade(
                _(
                    "{problem}. The marks that are in the gradebook stay there: when this is put "
                    "right, run the command again.",
                    problem=problem,
                )
            ) from problem
        except KeyboardInterrupt:
            print(_("Stopped. What is graded is kept; run it again to go on."), file=sys.stderr)
            return 130
    tier = "" if args.scheduler else box.best().name
    sandbox = _("sandbox: {tier}", tier=tier) if tier else _("on the cluster")
    graded = counted(
        "{number} submission graded in {seconds} s ({sandbox}).",
        "{number} submissions graded in {seconds} s ({sandbox}).",
        len(report.graded),
        seconds=number(f"{report.seconds:.1f}"),
        sandbox=sandbox,
    )
    print(graded)
    if report.graded and seed() == DEFAULT_SEED:
        print(
            _(
                "Hidden cases come from the seed that everybody has: set COURSE_SEED to a number "
                "of your own."
            )
        )
    if report.done_before:
        before = counted(
            "{number} submission graded before; --force grades them again.",
            "{number} submissions graded before; --force grades them again.",
            len(report.done_before),
        )
        print(before)
    for student, notes in list(report.notes.items()):
        print(f"{student}:", *notes[:SHOWN_NOTES], sep="\n  ")
        if len(notes) > SHOWN_NOTES:
            print("  " + _("… and {number} more", number=len(notes) - SHOWN_NOTES))
    for student, reason in (report.refused | report.failed).items():
        said = _("NOT GRADED {student}: {reason}", student=in_a_line(student), reason=reason)
        print(said, file=sys.stderr)
    say_stale(report.stale, args.assignment)
    return 1 if report.failed or report.refused else 0


def say_stale(stale: dict[str, list[str]], assignment: str) -> None:
    """Name those whose marks were given with something else than there is now, by what it is."""
    groups: dict[str, list[str]] = {}
    for student, names in stale.items():
        groups.setdefault(", ".join(_(WITH[name]) for name in names), []).append(student)
    for what, students in groups.items():
        said = counted(
            "{number} submission was graded {what}: {students}",
            "{number} submissions were graded {what}: {students}",
            len(students),
            what=what,
            students=named(students),
        )
        print(said, file=sys.stderr)
    if stale:
        command = f"course autograde {assignment} --changed"
        print(_("To grade them again: {command}", command=f"`{command}`"), file=sys.stderr)


def named(students: list[str]) -> str:
    """The first names, and how many more there are."""
    first = ", ".join(map(in_a_line, students[:SHOWN_STUDENTS]))
    more = len(students) - SHOWN_STUDENTS
    return first if more <= 0 else f"{first}, " + _("… and {number} more", number=more)


def feedback(args: argparse.Namespace) -> int:
    """Make the feedback pages with a progress bar, and say what came of it."""
    course = engine.open_course(Path.cwd())
    students = args.students or course.students(args.assignment, "autograded")
    if not students:
        raise engine.CannotGrade(
            _(
                "Nothing of {assignment} is graded: `course autograde {assignment}` first.",
                assignment=args.assignment,
            )
        )
    with Bar(_("pages")) as bar:
        bar.start(len(students))
        report = pages.generate(
            Path(course.folders.root),
            args.assignment,
            students,
            force=args.force,
            jobs=args.jobs,
            progress=bar.step,
        )
    made = counted(
        "Feedback pages for {number} student, in {folder}/.",
        "Feedback pages for {number} students, in {folder}/.",
        len(report.made),
        folder=course.folders.feedback_directory,
    )
    print(made)
    if report.skipped:
        skipped = len(report.skipped)
        said = _(
            "{number} had theirs already, with the present marks and comments.", number=skipped
        )
        print(said)
    for student, reason in report.failed.items():
        print(_("NO PAGE {student}: {reason}", student=student, reason=reason), file=sys.stderr)
    return 1 if report.failed else 0


def in_a_line(name: str) -> str:
    """The name of a folder as a terminal can show it, whatever signs it has."""
    return name if name.isprintable() else ascii(name)


def refusal(outcome: engine.Outcome) -> str:
    """Why a submission, or a notebook of it, could not be graded; empty where it could."""
    return " ".join(n.reason for n in outcome.graded.notebooks if n.reason)


class Bar:
    """A progress bar with the time left, and a line for each problem above it."""

    def __init__(self, done: str) -> None:
        self.done = done
        self.bar = None

    def __enter__(self) -> "Bar":
        return self

    def __exit__(self, *raised: object) -> None:
        if self.bar:
            self.bar.close()

    def start(self, students: int) -> None:
        """So many are to be done."""
        self.bar = tqdm(
            total=students, desc=self.done, unit="", dynamic_ncols=True, disable=not students
        )

    def step(self, student: str, problem: str | None = None) -> None:
        """One is done."""
        if problem:
            tqdm.write(f"{student}: {problem}", file=sys.stderr)
        self.bar.update()


def doctor() -> int:
    """Say which tiers of the sandbox work here, what the best one protects, and what would be
    better.
    """
    for tier in box.TIERS:
        if problem := box.problem_of(tier):
            print(_("no     {tier}: {problem}", tier=tier.name, problem=_(problem)))
        else:
            print(_("works  {tier}", tier=tier.name))
    try:
        tier = box.best()
    except box.NoBox as problem:
        print()
        print(_("Submissions cannot be graded here: {problem}", problem=problem))
        return 1
    print()
    if os.environ.get(box.TIER):
        print(_("In force: {tier} (by {variable})", tier=tier.name, variable=box.TIER))
    else:
        print(_("In force: {tier}", tier=tier.name))
    print(_("It gives: {protects}.", protects=_(tier.protects)))
    if tier.lacks:
        print(_("It does not protect from this: {lacks}.", lacks=_(tier.lacks)))
    if tier.better:
        print(_("Better: {better}", better=_(tier.better)))
    if tier is box.LIMITS:
        print(_("So foreign submissions are refused, unless you give --trusted-submissions."))
        return 1
    return 0
