"""Notebooks as files: where they are, reading and writing them safely, keeping them tidy."""

import json
import re
import sys
from pathlib import Path
from uuid import uuid4

import nbformat
from nbformat import NotebookNode

from course.cells import grade_id
from course.exercise import Question
from course.files import write_whole
from course.language import _
from course.saved import prompt_cell

PACKAGE = Path(__file__).parent
LESSONS = PACKAGE / "lessons"
UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, RecursionError)
ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")


def release_folder(language: str = "en") -> Path:
    """The students' version of the assignments; a wheel carries it inside of the package."""
    inside = PACKAGE / "release" / language
    return inside if inside.is_dir() else PACKAGE.parent / "release" / language


class BrokenNotebook(ValueError):
    """The file is no notebook that can be read."""


def read(path: Path) -> NotebookNode:
    """The notebook in the file, or `BrokenNotebook` with a reason for people.

    Any version of format 4 and before is read, with or without ids, as Colab, VS Code and mail
    programs leave them; it comes out in the present one.
    """
    raw = path.read_bytes()
    try:
        notebook = whole(json.loads(raw))
        nbformat.validate(notebook)
    except (*UNREADABLE, nbformat.ValidationError) as problem:
        reason = reason_why(raw, problem)
        raise BrokenNotebook(
            _("{path} cannot be read as a notebook ({reason}).", path=path, reason=reason)
        ) from problem
    return notebook


def reason_why(raw: bytes, problem: Exception) -> str:
    """Why a notebook's file cannot be read, for somebody who may mend it."""
    if mark := re.search(rb"(?m)^(<<<<<<<|=======|>>>>>>>)", raw):
        line = raw.count(b"\n", 0, mark.start()) + 1
        return _(
            "from line {line} on, two versions of it stand there, with git's marks {marks} around "
            "them: keep one of the two, and delete the marks",
            line=line,
            marks="<<<<<<<, =======, >>>>>>>",
        )
    if isinstance(problem, json.JSONDecodeError):
        return _(
            "it is damaged or cut off: line {line}, column {column}",
            line=problem.lineno,
            column=problem.colno,
        )
    if isinstance(problem, UnicodeError):
        return _("it is no text")
    return _("it does not have the form of a notebook")


def whole(content: object) -> NotebookNode:
    """A notebook as JSON has it, in the present version of the format.

    What other programs leave out of cells, or leave in, is put right; each cell has an id of its
    own, always the same for the same file: a name that another program has kept, or its number.
    """
    if not isinstance(content, dict) or not isinstance(content.get("nbformat", 4), int):
        raise ValueError
    if content.get("nbformat", 4) < 4:
        return nbformat.convert(nbformat.from_dict(content), 4)
    notebook = nbformat.v4.new_notebook(metadata=content.get("metadata") or {})
    used: set[str] = set()
    for n, cell in enumerate(content["cells"]):
        cell = nbformat.from_dict(cell)
        metadata = cell.get("metadata") or NotebookNode()
        source = cell.get("source") or ""
        source = source if isinstance(source, str) else "".join(source)
        new = NotebookNode(
            cell_type=cell["cell_type"],
            metadata=metadata,
            source=source.encode("utf-8", "replace").decode(),  # no halves of signs
        )
        names = [cell.get("id"), grade_id(new), metadata.get("id"), f"cell-{n}", uuid4().hex]
        fit = (name for name in names if isinstance(name, str) and name not in used)
        new.id = next(name for name in fit if ID.fullmatch(name))
        used.add(new.id)
        if new.cell_type == "code":
            new.outputs = cell.get("outputs") or []
            new.execution_count = cell.get("execution_count")
        elif "attachments" in cell:
            new.attachments = cell.attachments
        notebook.cells.append(new)
    return notebook


def parse(text: str) -> NotebookNode:
    """The notebook in a file's text that the course itself has written."""
    return nbformat.reads(text, as_version=4)


def text_of(notebook: NotebookNode) -> str:
    """What stands in the notebook's file."""
    return nbformat.writes(notebook) + "\n"


def write(notebook: NotebookNode, path: Path) -> None:
    """Write the file whole or not at all."""
    write_whole(path, text_of(notebook).encode())


def cell_id(question: Question, part: str = "") -> str:
    """The id of an exercise's cell: its prompt, its "answer" or its "check".

    It is also nbgrader's grade_id, so 1.8 stands as "1-8-romi-check" in the gradebook.
    """
    name = prompt_cell(question)
    return f"{name}-{part}" if part else name


def check_source(question: Question) -> str:
    """The two lines of an exercise's check cell."""
    return f'from course import check\ncheck("{question.id}", {question.name})'


def tidy(notebook: NotebookNode) -> NotebookNode:
    """The notebook as it stands in git: no outputs, no machine's marks, cell id = grade_id."""
    lang = {"lang": notebook.metadata["lang"]} if "lang" in notebook.metadata else {}
    clean = nbformat.v4.new_notebook(
        metadata={
            "kernelspec": {
                "display_name": "Python 3 (ipykernel)",
                "language": "python",
                "name": "python3",
            },
            "language_info": {"name": "python"},
            **lang,
        }
    )
    for cell in notebook.cells:
        kept = ("nbgrader", "tags", "editable", "deletable")
        new = NotebookNode(
            id=grade_id(cell) or cell.id,
            cell_type=cell.cell_type,
            metadata={key: value for key, value in cell.metadata.items() if key in kept},
            source=cell.source,
        )
        if cell.cell_type == "code":
            new.update(outputs=[], execution_count=None)
        clean.cells.append(new)
    return clean


def as_text(notebook: NotebookNode) -> str:
    """The notebook as plain text: what `git diff` shows, see CONTRIBUTING."""
    return "\n\n".join(f"%% {cell.cell_type} {cell.id}\n{cell.source}" for cell in notebook.cells)


if __name__ == "__main__":
    print(as_text(read(Path(sys.argv[1]))))
