"""The command `course`: start the course, see one's progress and score, put an exercise back."""

import argparse
import os
import sys
import webbrowser
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

from course import lint, notebooks, workspace
from course.check import Link, UnknownExercise, exercise_or_task, lesson
from course.exercise import Question, Task, Writing
from course.exercises import EXERCISES
from course.files import workspace_of
from course.grading import GradingError
from course.language import _, current, languages, speaking
from course.progress import Progress

FIRST_PAGE = "/lab/tree/start.ipynb"
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
        help=_("folder with your lessons and answers (default: workspace, in this folder)"),
    )
    how = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    how.add_argument("--no-browser", action="store_true", help=_("only print the address"))
    how.add_argument("--port", type=int, help=_("first port to try (default: 8888)"))
    how.add_argument("--language", help=_("language of the notebooks and messages, such as ka"))
    main = argparse.ArgumentParser(
        prog="course",
        description=_("A course in internet marketing. Without a command: open it in JupyterLab."),
        parents=[where, how],
    )
    commands = main.add_subparsers(dest="command", metavar="command")
    commands.add_parser(
        "start", parents=[where, how], help=_("open the course in JupyterLab (the default)")
    )
    commands.add_parser("progress", parents=[where], help=_("which exercises are right so far"))
    grade = commands.add_parser(
        "grade",
        parents=[where],
        help=_("your score with all cases, by nbgrader; your code may do all that you may"),
    )
    grade.add_argument("assignment", nargs="?", help=_("such as 1-analytics (default: all)"))
    reset = commands.add_parser(
        "reset", parents=[where], help=_("put an exercise's answer back to its stub")
    )
    reset.add_argument("exercise", help=_("such as 1.8"))
    read = commands.add_parser(
        "lesson", help=_("where a lesson is; puts the lessons beside an assignment of a class")
    )
    read.add_argument("lesson", help=_("such as 1a"))
    language = commands.add_parser(
        "language", parents=[where], help=_("change the language of your notebooks and messages")
    )
    language.add_argument(
        "language", nargs="?", help=_("such as ka (default: tell the present one)")
    )
    language.add_argument(
        "notebooks", nargs="*", type=Path, help=_("only these (default: the whole workspace)")
    )
    which = argparse.ArgumentParser(add_help=False)
    which.add_argument("assignment", help=_("such as 1-analytics"))
    which.add_argument(
        "--students",
        nargs="+",
        metavar="STUDENT",
        help=_("only these (default: all who handed in)"),
    )
    which.add_argument("--force", action="store_true", help=_("again, where it is done already"))
    which.add_argument("--jobs", type=int, help=_("how many at once (default: one a processor)"))
    autograde = commands.add_parser(
        "autograde", parents=[which], help=_("for instructors: grade a class, in a sandbox")
    )
    autograde.add_argument(
        "--changed",
        action="store_true",
        help=_("again, where the answer key, the seed or the course has changed since"),
    )
    autograde.add_argument(
        "--scheduler", metavar="ADDRESS", help=_("Dask scheduler, to grade on many machines")
    )
    autograde.add_argument(
        "--trusted-submissions",
        action="store_true",
        help=_("grade even where this machine has no sandbox; the code can then do what you can"),
    )
    commands.add_parser(
        "feedback", parents=[which], help=_("for instructors: the feedback pages of a class")
    )
    commands.add_parser(
        "doctor", help=_("for instructors: which sandbox this machine has, and what it protects")
    )
    tidy = commands.add_parser("tidy", help=_("for authors: clean notebooks as git wants them"))
    tidy.add_argument("files", nargs="+", type=Path)
    translate = commands.add_parser(
        "translate", help=_("for translators: bring catalogs up to date, list what is left")
    )
    translate.add_argument("language", help=_("code of the language, such as ka"))
    commands.add_parser("lint", help=_("for authors: does the course keep its own rules?"))
    return main


def main(argv: list[str] | None = None) -> int:
    """Run the command; 0 when all went well, 1 with a clear word on stderr when not."""
    with speaking(language_for(argparse.Namespace())):
        args = parser().parse_args(argv)
    with speaking(language_for(args)):
        try:
            return globals()[f"do_{args.command or 'start'}"](args)
        except PROBLEMS as problem:
            print(f"course: {explain(problem)}", file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            return 130


def language_for(args: argparse.Namespace) -> str | None:
    """The language to answer in: the one asked for, `COURSE_LANG`, or that of the workspace."""
    folder = workspace_in(args)
    asked = getattr(args, "language", None) or os.environ.get("COURSE_LANG")
    if asked in languages():
        return asked
    return workspace.language_of(folder) if (folder / ".course").is_dir() else None


def explain(problem: Exception) -> str:
    """The problem in the words of somebody who wants to go on."""
    if isinstance(problem, PermissionError):
        return _(
            "No permission for {file}. Make the folder yours, or choose another one: "
            "uv run course --workspace FOLDER",
            file=problem.filename,
        )
    if isinstance(problem, OSError):
        said = f"{problem.strerror}: {problem.filename}" if problem.filename else problem.strerror
        kept = _("Your earlier answers are as they were.")
        return f"{said}. {kept}"
    if isinstance(problem, notebooks.BrokenNotebook):
        advice = _("Move it away and start the course: you get a new one, and keep yours.")
        return f"{problem} {advice}"
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
            _(
                "{folder} is no workspace of this course. Go to the folder in which you started "
                "the course, or start it here once: `uv run course`.",
                folder=folder,
            )
        )
    return folder


def chosen_language(args: argparse.Namespace, folder: Path) -> str | None:
    """The language that was asked for; a new workspace asks for it where somebody can answer."""
    if chosen := getattr(args, "language", None):
        return chosen
    if (folder / ".course").is_dir() or os.environ.get("COURSE_LANG") or not sys.stdin.isatty():
        return None
    from babel import Locale  # slow to import, and needed here only

    names = {code: Locale.parse(code).get_display_name() for code in languages()}
    asked = "  ".join(f"{n} {name}" for n, name in enumerate(names.values(), 1))
    answer = input(f"{asked}  [1]: ").strip()
    numbered = dict(enumerate(names, 1))
    return numbered.get(int(answer)) if answer.isdigit() else answer or languages()[0]


def say_changes(changes: workspace.Changes) -> None:
    """Print what became of the learner's notebooks."""
    if changes.upgraded:
        names = ", ".join(changes.upgraded)
        print(_("New versions, with your answers kept: {names}", names=names))
    for name in changes.broken:
        print(workspace.cannot_be_read(name))
    for name, found in changes.renamed:
        print(
            _(
                "{name} was missing and is there again, empty. Your answers are in {found}: to go "
                "on with them, delete the empty one and give {found} its name.",
                name=name,
                found=found,
            )
        )


def do_start(args: argparse.Namespace) -> int:
    """Bring the workspace up to date and open it in JupyterLab until that is stopped."""
    folder = workspace_in(args)
    if running := server_on(folder):
        return open_again(running, folder, args)
    from jupyterlab.labapp import LabApp  # slow to import, and needed here only
    from zmq import has

    changes = workspace.prepare(folder, chosen_language(args, folder))
    say_changes(changes)
    print(_("Your workspace: {folder}", folder=folder), flush=True)
    settings = [str(notebooks.PACKAGE / "jupyter"), os.environ.get("JUPYTER_CONFIG_PATH", "")]
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(filter(None, settings))
    os.environ[workspace.SERVING] = str(folder)
    (folder / ".course" / "serving").write_text(str(os.getpid()), encoding="utf-8")
    os.chdir(folder)
    options = [
        f"--ServerApp.root_dir={folder}",
        f"--LabApp.default_url={FIRST_PAGE}",
        f"--ServerApp.port={getattr(args, 'port', 8888)}",
        "--ServerApp.contents_manager_class=course.server.CourseContents",
        "--log-level=ERROR",
        "--LabApp.log_level=ERROR",
    ]
    if has("curve"):  # else each kernel warns in the terminal that others can listen
        options.append("--KernelManager.transport_encryption=auto")
    if getattr(args, "no_browser", False):
        options.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        # In a container everybody is root, and Jupyter would refuse to start.
        options.append("--allow-root")
    LabApp.launch_instance(options)
    return 0


def server_on(folder: Path) -> dict | None:
    """What Jupyter knows of the server that is running on the workspace, if there is one."""
    from jupyter_server.serverapp import list_running_servers  # slow to import

    directly = build_opener(ProxyHandler({}))
    for server in list_running_servers():
        if Path(server["root_dir"]).resolve() != folder:
            continue
        try:
            with directly.open(f"{server['url']}api", timeout=5):
                return server
        except OSError:
            continue  # its process was killed, and another has its number now
    return None


def is_ours(server: dict, folder: Path) -> bool:
    """Whether a server was started by `course`, and brings notebooks up to date by itself."""
    file = folder / ".course" / "serving"
    return file.is_file() and file.read_text("utf-8") == str(server["pid"])


def open_again(server: dict, folder: Path, args: argparse.Namespace) -> int:
    """Show the course where it is running already: a second server would write the same files."""
    if language := getattr(args, "language", None):
        changes = workspace.prepare(folder, language, open_now=is_ours(server, folder))
        print(*workspace.after_turning(language, changes), sep="\n")
    address = f"{server['url'].rstrip('/')}{FIRST_PAGE}?token={server['token']}"
    print(_("The course is open already: {address}", address=address))
    print(_("To end it, press Ctrl+C where you started it."))
    if not getattr(args, "no_browser", False):
        webbrowser.open(address)
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
            _(
                "There is no assignment {name}. Assignments: {all}.",
                name=repr(args.assignment),
                all=", ".join(known),
            )
        )
    title = {notebooks.cell_id(e, "check"): e for e in EXERCISES.values()}
    for assignment in [args.assignment] if args.assignment else known:
        print(_("Grading {assignment} with all cases …", assignment=assignment), flush=True)
        marks = own.grade(assignment, folder)
        by_person = own.read_by_a_person(assignment)
        progress = Progress(folder)
        exercises = {mark.cell: title.get(mark.cell) or by_person.get(mark.cell) for mark in marks}
        names = {cell: f"{e.id} {shown_name(e)}" if e else cell for cell, e in exercises.items()}
        width = max(map(len, names.values()), default=0)
        reasons = []
        for mark in marks:
            points = "–" if mark.points is None else f"{mark.points:g}"
            earned = _("{points} of {all}", points=f"{points:>4}", all=f"{mark.out_of:g}")
            note = "  " + _("a person grades this one") if mark.by_hand else ""
            print(f"  {names[mark.cell]:<{width}} {earned}{note}")
            if mark.cell in title and mark.points is not None:
                exercise = title[mark.cell]
                reasons.append(progress.why_not(exercise.id, mark.points, mark.out_of))
                if saved := progress.saved.get(exercise.id):
                    progress.add_grade(exercise.id, mark.points, mark.out_of, saved[1])
        for reason in filter(None, reasons):
            print(f"  {reason}")
        scored = [mark for mark in marks if not mark.by_hand]
        total, out_of = sum(m.points for m in scored), sum(m.out_of for m in scored)
        page = folder / assignment / "feedback.html"
        said = _(
            "{right} of {all} points. Why: {page}", right=f"{total:g}", all=f"{out_of:g}", page=page
        )
        print(f"  {said}")
    return 0


def shown_name(exercise: Question | Task | Writing) -> str:
    """What an exercise is called: the function to write, which has one name in all languages, or
    what a text is about.
    """
    return _(exercise.name) if isinstance(exercise, Writing) else exercise.name


def do_reset(args: argparse.Namespace) -> int:
    """Empty one answer cell."""
    folder = existing_workspace(args)
    question = exercise_or_task(args.exercise)
    kept = workspace.reset(folder, question)
    name = f"{question.id} {shown_name(question)}"
    print(_("{name} is empty again. Your answer is kept in {file}", name=name, file=kept))
    print(
        _(
            "If the notebook is open in JupyterLab: File > Reload Notebook from Disk. What you "
            "have changed there and not saved yet would be gone; copy it first."
        )
    )
    return 0


def do_lesson(args: argparse.Namespace) -> int:
    """Tell where a lesson is, once it is there; 1 where there is none of that name."""
    folder = workspace_in(args)
    answer = lesson(args.lesson, folder if folder.is_dir() else None)
    print(answer)
    return 0 if isinstance(answer, Link) else 1


def do_language(args: argparse.Namespace) -> int:
    """Change the language of the workspace, or of some notebooks; without one, tell it."""
    if args.language is None:
        print(
            _(
                "Language: {language}. There are: {all}.",
                language=current(),
                all=", ".join(languages()),
            )
        )
        return 0
    changes = workspace.Changes()
    if args.notebooks:
        for path in args.notebooks:
            workspace.switch(path, args.language)
    else:
        folder = existing_workspace(args)
        server = server_on(folder)
        open_now = server is not None and is_ours(server, folder)
        changes = workspace.prepare(folder, args.language, open_now=open_now)
        say_changes(workspace.Changes(upgraded=changes.upgraded, renamed=changes.renamed))
    print(*workspace.after_turning(args.language, changes), sep="\n")
    return 0


def do_translate(args: argparse.Namespace) -> int:
    """Bring a language's catalogs up to the present English; 1 while something is left to do."""
    from course import translation  # Babel is slow to import, and needed here only

    translation.update(args.language)
    problems = list(translation.problems(args.language))
    print(*problems, f"{len(problems)} problems", sep="\n")
    return 1 if problems else 0


def do_autograde(args: argparse.Namespace) -> int:
    """Grade a class; 1 if a submission could not be graded."""
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
