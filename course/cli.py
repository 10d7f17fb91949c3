"""The command `course`: start the course, see one's progress and score, put an exercise back."""

import argparse
import os
import sys
from pathlib import Path

from course import lint, notebooks, workspace
from course.check import UnknownExercise, find
from course.exercises import QUESTIONS
from course.grading import GradingError, leave_out_slow_imports
from course.progress import Progress, workspace_of

PROBLEMS = (
    notebooks.BrokenNotebook,
    workspace.WorkspaceError,
    UnknownExercise,
    GradingError,
    OSError,
)


def parser() -> argparse.ArgumentParser:
    """What may stand behind `course`."""
    where = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    where.add_argument(
        "--workspace",
        type=Path,
        help="folder with your lessons and answers (default: workspace, in this folder)",
    )
    how = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    how.add_argument("--no-browser", action="store_true", help="only print the address")
    how.add_argument("--port", type=int, help="first port to try (default: 8888)")
    main = argparse.ArgumentParser(
        prog="course",
        description="A course in internet marketing. Without a command: open it in JupyterLab.",
        parents=[where, how],
    )
    commands = main.add_subparsers(dest="command", metavar="command")
    commands.add_parser(
        "start", parents=[where, how], help="open the course in JupyterLab (the default)"
    )
    commands.add_parser("progress", parents=[where], help="which exercises are right so far")
    grade = commands.add_parser(
        "grade", parents=[where], help="your score with all cases, by nbgrader"
    )
    grade.add_argument("assignment", nargs="?", help="such as 1-analytics (default: all)")
    reset = commands.add_parser(
        "reset", parents=[where], help="put an exercise's answer back to its stub"
    )
    reset.add_argument("exercise", help="such as 1.8")
    which = argparse.ArgumentParser(add_help=False)
    which.add_argument("assignment", help="such as 1-analytics")
    which.add_argument(
        "--students", nargs="+", metavar="STUDENT", help="only these (default: all who handed in)"
    )
    which.add_argument("--force", action="store_true", help="again, where it is done already")
    which.add_argument("--jobs", type=int, help="how many at once (default: one a processor)")
    autograde = commands.add_parser(
        "autograde", parents=[which], help="for instructors: grade a class, in a sandbox"
    )
    autograde.add_argument(
        "--scheduler", metavar="ADDRESS", help="Dask scheduler, to grade on many machines"
    )
    autograde.add_argument(
        "--trusted-submissions",
        action="store_true",
        help="grade even where this machine has no sandbox; the code can then do what you can",
    )
    commands.add_parser(
        "feedback", parents=[which], help="for instructors: the feedback pages of a class"
    )
    commands.add_parser(
        "doctor", help="for instructors: which sandbox this machine has, and what it protects"
    )
    tidy = commands.add_parser("tidy", help="for authors: clean notebooks as git wants them")
    tidy.add_argument("files", nargs="+", type=Path)
    commands.add_parser("lint", help="for authors: does the course keep its own rules?")
    return main


def main(argv: list[str] | None = None) -> int:
    """Run the command; 0 when all went well, 1 with a clear word on stderr when not."""
    args = parser().parse_args(argv)
    try:
        return globals()[f"do_{args.command or 'start'}"](args)
    except PROBLEMS as problem:
        print(f"course: {explain(problem)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def explain(problem: Exception) -> str:
    """The problem in the words of somebody who wants to go on."""
    if isinstance(problem, PermissionError):
        return (
            f"No permission for {problem.filename}. Make the folder yours, or choose another one: "
            "uv run course --workspace FOLDER"
        )
    if isinstance(problem, OSError):
        where = f": {problem.filename}" if problem.filename else ""
        return f"{problem.strerror}{where}. Your earlier answers are as they were."
    if isinstance(problem, notebooks.BrokenNotebook):
        return f"{problem} Move it away and start the course: you get a new one, and keep yours."
    return str(problem)


def workspace_in(args: argparse.Namespace) -> Path:
    """The folder that was named, or the workspace around this folder, or a new one in it."""
    chosen = getattr(args, "workspace", None) or os.environ.get("COURSE_WORKSPACE")
    return Path(chosen or workspace_of(Path.cwd()) or "workspace").resolve()


def existing_workspace(args: argparse.Namespace) -> Path:
    """The workspace, or a `WorkspaceError` where there is none yet."""
    folder = workspace_in(args)
    if not (folder / ".course").is_dir():
        raise workspace.WorkspaceError(
            f"{folder} is no workspace of this course. Go to the folder in which you started the "
            "course, or start it here once: `uv run course`."
        )
    return folder


def do_start(args: argparse.Namespace) -> int:
    """Bring the workspace up to date and open it in JupyterLab until that is stopped."""
    from jupyterlab.labapp import LabApp  # slow to import, and needed here only

    folder = workspace_in(args)
    changes = workspace.prepare(folder)
    if changes.upgraded:
        print("New versions, with your answers kept:", ", ".join(changes.upgraded))
    for name in changes.broken:
        print(f"{name} cannot be read and stays as it is; move it away to get a new one.")
    print(f"Your workspace: {folder}")
    settings = [str(notebooks.PACKAGE / "jupyter"), os.environ.get("JUPYTER_CONFIG_PATH", "")]
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(filter(None, settings))
    os.chdir(folder)
    options = [
        f"--ServerApp.root_dir={folder}",
        "--LabApp.default_url=/lab/tree/start.ipynb",
        f"--ServerApp.port={getattr(args, 'port', 8888)}",
        "--log-level=ERROR",
    ]
    if getattr(args, "no_browser", False):
        options.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        # In a container everybody is root, and Jupyter would refuse to start.
        options.append("--allow-root")
    LabApp.launch_instance(options)
    return 0


def do_progress(args: argparse.Namespace) -> int:
    """Print the record of the checks."""
    print(Progress(existing_workspace(args)))
    return 0


def do_grade(args: argparse.Namespace) -> int:
    """Grade one assignment, or all, and print the points of each cell."""
    from course.grading import own  # nbgrader is slow to import, and needed here only

    folder = existing_workspace(args)
    known = sorted(path.name for path in notebooks.release_folder().iterdir() if path.is_dir())
    if args.assignment and args.assignment not in known:
        raise workspace.WorkspaceError(
            f"There is no assignment {args.assignment!r}. Assignments: {', '.join(known)}."
        )
    title = {notebooks.cell_id(q, "check"): f"{q.id} {q.name}" for q in QUESTIONS.values()}
    for assignment in [args.assignment] if args.assignment else known:
        print(f"Grading {assignment} with all cases …", flush=True)
        marks = own.grade(assignment, folder)
        for mark in marks:
            points = "–" if mark.points is None else f"{mark.points:g}"
            note = "  a person grades this one" if mark.by_hand else ""
            print(f"  {title.get(mark.cell, mark.cell):<28} {points:>4} of {mark.out_of:g}{note}")
        scored = [mark for mark in marks if not mark.by_hand]
        total, out_of = sum(m.points for m in scored), sum(m.out_of for m in scored)
        print(f"  {total:g} of {out_of:g} points. Why: {folder / assignment / 'feedback.html'}")
    return 0


def do_reset(args: argparse.Namespace) -> int:
    """Empty one answer cell."""
    folder = existing_workspace(args)
    question, _ = find(args.exercise)
    kept = workspace.reset(folder, question)
    print(f"{question.id} {question.name} is empty again. Your answer is kept in {kept}")
    print("If the notebook is open in JupyterLab: File > Reload Notebook from Disk.")
    return 0


def do_autograde(args: argparse.Namespace) -> int:
    """Grade a class; 1 if a submission could not be graded."""
    leave_out_slow_imports()
    from course.grading import classroom  # nbgrader is slow to import, and needed here only

    return classroom.autograde(args)


def do_feedback(args: argparse.Namespace) -> int:
    """Make the feedback pages of a class; 1 if one could not be made."""
    from course.grading import classroom

    return classroom.feedback(args)


def do_doctor(args: argparse.Namespace) -> int:
    """Tell which sandbox is in force; 1 if there is none."""
    from course.grading import classroom

    return classroom.doctor()


def do_tidy(args: argparse.Namespace) -> int:
    """Rewrite notebooks as git wants them."""
    for path in args.files:
        notebooks.write(notebooks.tidy(notebooks.read(path)), path)
    return 0


def do_lint(args: argparse.Namespace) -> int:
    """Print what breaks the course's rules."""
    problems = lint.problems()
    print(*problems, f"{len(problems)} problems", sep="\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
