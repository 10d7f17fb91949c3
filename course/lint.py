"""The course's own rules, for authors: `course lint` lists what breaks them."""

import ast
import builtins
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

from nbformat import NotebookNode

from course import notebooks
from course.check import verdict_on
from course.exercise import Question
from course.exercises import QUESTIONS
from course.keys import KEYS

SOURCE = notebooks.PACKAGE.parent / "source"
RELEASES = notebooks.PACKAGE.parent / "release"


def problems() -> list[str]:
    """Everything that is wrong with lessons, source and release, a line each."""
    lessons = {path.stem: notebooks.read(path) for path in notebooks.LESSONS.glob("*.ipynb")}
    sources = {path.stem: notebooks.read(path) for path in SOURCE.glob("*/*.ipynb")}
    found = [*stray_files()]
    for folder in (notebooks.LESSONS, SOURCE):
        for path in sorted(folder.rglob("*.ipynb")):
            found += untidy(path)
    for name, notebook in {**lessons, **sources}.items():
        found += unknown_names(name, notebook)
    cells = {cell.id: cell for notebook in sources.values() for cell in notebook.cells}
    for question in QUESTIONS.values():
        found += exercise_problems(question, cells)
        found += not_taught(question, lessons)
    found += solved_in_release()
    return found


def stray_files() -> Iterator[str]:
    """Files that stand where only notebooks belong."""
    for folder in (notebooks.LESSONS, SOURCE, RELEASES):
        for path in sorted(folder.rglob("*")):
            if (
                path.is_file()
                and path.suffix != ".ipynb"
                and ".ipynb_checkpoints" not in path.parts
            ):
                yield f"{path}: a stray file; only notebooks stand here"
    for path in sorted(SOURCE.glob("*/*.ipynb")):
        if path.stem != path.parent.name:
            yield f"{path}: the notebook is named otherwise than its assignment"


def untidy(path: Path) -> Iterator[str]:
    """Outputs, machine's marks and ids that git should not see."""
    text = path.read_text(encoding="utf-8")
    if notebooks.text_of(notebooks.tidy(notebooks.read(path))) != text:
        yield f"{path}: not tidy; run `course tidy {path}`"
    for cell in notebooks.read(path).cells:
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", cell.id):
            yield f"{path}: cell id {cell.id!r} is not in kebab-case"


def exercise_problems(question: Question, cells: dict[str, NotebookNode]) -> Iterator[str]:
    """What one exercise lacks in its question, key and cells."""
    where = f"exercise {question.id}"
    if len(question.hints) < 2 or not all(question.hints):
        yield f"{where}: two hints at least are needed"
    if question.id not in KEYS or not KEYS[question.id].mistakes:
        yield f"{where}: no answer key, or no known mistake in it"
        return
    ids = {part: notebooks.cell_id(question, part) for part in ("", "answer", "check")}
    for id in ids.values():
        if id not in cells:
            yield f"{where}: no cell {id} in source/"
    if any(id not in cells for id in ids.values()):
        return
    prompt, answer, check = (cells[id] for id in ids.values())
    heading = re.search(r"^### (\S+) .* · (\d+) points?$", prompt.source, re.MULTILINE)
    if not heading or heading[1] != question.id:
        yield f"{where}: the prompt lacks a heading “### {question.id} … · N points”"
    elif int(heading[2]) != question.points:
        yield f"{where}: {heading[2]} points in the prompt, {question.points} in the question"
    if check.metadata.nbgrader.get("points") != question.points:
        yield f"{where}: points of the check cell differ from the question's {question.points}"
    if check.source != notebooks.check_source(question):
        yield f"{where}: the check cell is not the two usual lines"
    if f"`{question.name}" not in prompt.source:
        yield f"{where}: the prompt does not name `{question.name}`"
    if "### BEGIN SOLUTION" not in answer.source or "### END SOLUTION" not in answer.source:
        yield f"{where}: the answer cell has no solution region"
    if not same_code(answer.source, KEYS[question.id].reference):
        yield f"{where}: the solution cell is not the reference of the key"


def same_code(source: str, function: Callable) -> bool:
    """Whether the cell holds the function, comments apart."""
    reference = textwrap.dedent(inspect.getsource(function))
    return ast.dump(ast.parse(source)) == ast.dump(ast.parse(reference))


def not_taught(question: Question, lessons: dict[str, NotebookNode]) -> Iterator[str]:
    """Methods of the reference answer that no lesson up to the exercise's own has shown."""
    where = re.match(r"lesson (\w+), “(.+)”$", question.see)
    own = next((n for n in lessons if where and n.split("-")[0] == where[1]), None)
    if own is None:
        yield f"exercise {question.id}: `see` names no lesson: {question.see!r}"
        return
    headings = re.findall(r"^#+ (.+)$", "\n".join(markdown(lessons[own])), re.MULTILINE)
    if not any(where[2] in heading for heading in headings):
        yield f"exercise {question.id}: lesson {own} has no heading “{where[2]}”"
    earlier = [lesson for name, lesson in sorted(lessons.items()) if name <= own]
    taught = set().union(*(attributes(code) for lesson in earlier for code in python(lesson)))
    reference = textwrap.dedent(inspect.getsource(KEYS[question.id].reference))
    for name in sorted(attributes(reference) - taught):
        yield f"exercise {question.id}: `.{name}` is needed but not taught up to lesson {own}"


def attributes(code: str) -> set[str]:
    """Every name behind a dot: methods, functions of a module, columns."""
    return {node.attr for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Attribute)}


def markdown(notebook: NotebookNode) -> list[str]:
    """The text of the notebook's Markdown cells."""
    return [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]


def python(notebook: NotebookNode) -> list[str]:
    """The code of the notebook's cells, without lines of IPython's own (% and !)."""
    return [
        re.sub(r"(?m)^( *)[%!].*", r"\1pass", cell.source)
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]


def unknown_names(name: str, notebook: NotebookNode) -> Iterator[str]:
    """Names that a cell uses before any cell has defined them."""
    known = set(dir(builtins)) | {"display", "get_ipython"}
    for code in python(notebook):
        tree = ast.parse(code)
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                known.add(node.id)
            elif isinstance(node, ast.FunctionDef | ast.ClassDef):
                known.add(node.name)
            elif isinstance(node, ast.arg):
                known.add(node.arg)
            elif isinstance(node, ast.alias):
                known.add((node.asname or node.name).split(".")[0])
            elif isinstance(node, ast.ExceptHandler) and node.name:
                known.add(node.name)
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and node.id not in known:
                yield f"{name}: `{node.id}` is used before it is defined"


def solved_in_release() -> Iterator[str]:
    """Exercises whose released answer cell is more than a stub."""
    for path in sorted(RELEASES.rglob("*.ipynb")):
        cells = {cell.id: cell for cell in notebooks.read(path).cells}
        setup = "\n".join(cell.source for cell in cells.values() if cell.id.endswith("setup"))
        for question in QUESTIONS.values():
            cell = cells.get(notebooks.cell_id(question, "answer"))
            if cell is None:
                continue
            names: dict = {}
            exec(setup + "\n" + cell.source, names)
            outcome = verdict_on(question.id, names.get(question.name), with_hidden=False).outcome
            if outcome != "not attempted":
                yield f"{path}: exercise {question.id} is already solved"
