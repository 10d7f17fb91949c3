"""The instructor's commands: what `course autograde`, `feedback` and `doctor` print."""

import argparse
import dataclasses
import os
import sys
from pathlib import Path

from tqdm import tqdm

from course.grading import box, engine
from course.grading import feedback as pages

SHOWN_NOTES = 5


def autograde(args: argparse.Namespace) -> int:
    """Grade a class with a progress bar, and say what came of it."""
    course = engine.open_course(Path.cwd())
    settings = engine.settings_of(course)
    if args.trusted_submissions:
        settings = dataclasses.replace(settings, trusted=True)
    with Bar("graded") as bar:
        try:
            report = engine.autograde(
                course,
                args.assignment,
                students=args.students,
                force=args.force,
                jobs=args.jobs,
                scheduler=args.scheduler,
                settings=settings,
                start=bar.start,
                tell=lambda outcome: bar.step(outcome.student, outcome.problem or refusal(outcome)),
            )
        except OSError as problem:
            raise engine.CannotGrade(
                f"{problem}. The marks that are in the gradebook stay there: when this is put "
                "right, run the command again."
            ) from problem
        except KeyboardInterrupt:
            print("Stopped. What is graded is kept; run it again to go on.", file=sys.stderr)
            return 130
    sandbox = "on the cluster" if args.scheduler else f"sandbox: {box.best().name}"
    print(f"{counted(len(report.graded))} graded in {report.seconds:.1f} s ({sandbox}).")
    if report.done_before:
        print(f"{counted(len(report.done_before))} graded before; --force grades them again.")
    for student, notes in list(report.notes.items()):
        print(f"{student}:", *notes[:SHOWN_NOTES], sep="\n  ")
        if len(notes) > SHOWN_NOTES:
            print(f"  … and {len(notes) - SHOWN_NOTES} more")
    for student, reason in (report.refused | report.failed).items():
        print(f"NOT GRADED {student}: {reason}", file=sys.stderr)
    return 1 if report.failed or report.refused else 0


def feedback(args: argparse.Namespace) -> int:
    """Make the feedback pages with a progress bar, and say what came of it."""
    course = engine.open_course(Path.cwd())
    students = args.students or course.students(args.assignment, "autograded")
    if not students:
        raise engine.CannotGrade(
            f"Nothing of {args.assignment} is graded: `course autograde {args.assignment}` first."
        )
    with Bar("pages") as bar:
        bar.start(len(students))
        report = pages.generate(
            Path(course.folders.root),
            args.assignment,
            students,
            force=args.force,
            jobs=args.jobs,
            progress=bar.step,
        )
    place = course.folders.feedback_directory
    print(f"Feedback pages for {counted(len(report.made), 'student')}, in {place}/.")
    if report.skipped:
        print(f"{len(report.skipped)} had theirs already; --force makes them again.")
    for student, reason in report.failed.items():
        print(f"NO PAGE {student}: {reason}", file=sys.stderr)
    return 1 if report.failed else 0


def refusal(outcome: engine.Outcome) -> str:
    """Why a submission, or a notebook of it, could not be graded; empty where it could."""
    return " ".join(n.refused for n in outcome.graded.notebooks if n.refused)


def counted(number: int, noun: str = "submission") -> str:
    """The number with its noun."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


class Bar:
    """A progress bar with the time left, and a line for each problem above it."""

    def __init__(self, done: str) -> None:
        self.done = done
        self.bar = None

    def __enter__(self) -> "Bar":
        return self

    def __exit__(self, *_: object) -> None:
        if self.bar:
            self.bar.close()

    def start(self, number: int) -> None:
        """So many are to be done."""
        self.bar = tqdm(
            total=number, desc=self.done, unit="", dynamic_ncols=True, disable=not number
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
        problem = box.problem_of(tier)
        print(
            f"{'works' if not problem else 'no   '}  {tier.name}{f': {problem}' if problem else ''}"
        )
    try:
        tier = box.best()
    except box.NoBox as problem:
        print(f"\nSubmissions cannot be graded here: {problem}")
        return 1
    print(f"\nIn force: {tier.name}{' (by COURSE_BOX)' if os.environ.get(box.TIER) else ''}")
    print(f"It gives: {tier.protects}.")
    if tier.lacks:
        print(f"It does not protect from this: {tier.lacks}.")
    if tier.better:
        print(f"Better: {tier.better}")
    if tier is box.LIMITS:
        print("So foreign submissions are refused, unless you give --trusted-submissions.")
        return 1
    return 0
