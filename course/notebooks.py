"""Notebooks as files: where they are, reading and writing them safely, keeping them tidy."""

import sys
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from course.exercise import Question
from course.files import write_whole
from course.language import _

PACKAGE = Path(__file__).parent
LESSONS = PACKAGE / "lessons"


def release_folder(language: str = "en") -> Path:
    """The students' version of the assignments; a wheel carries it inside of the package."""
    inside = PACKAGE / "release" / language
    return inside if inside.is_dir() else PACKAGE.parent / "release" / language


class BrokenNotebook(ValueError):
    """The file is no notebook that can be read."""


def read(path: Path) -> NotebookNode:
    """The notebook in the file, or `BrokenNotebook` with a reason for people."""
    try:
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
    except (ValueError, UnicodeDecodeError, AttributeError, nbformat.ValidationError) as problem:
        reason = str(problem).splitlines()[0] if str(problem) else type(problem).__name__
        raise BrokenNotebook(
            _("{path} cannot be read as a notebook ({reason}).", path=path, reason=f"{reason:.200}")
        ) from problem
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


def grade_id(cell: NotebookNode) -> str | None:
    """The name of the cell in nbgrader's gradebook, if it has one."""
    return cell.metadata.get("nbgrader", {}).get("grade_id")


def cell_id(question: Question, part: str = "") -> str:
    """The id of an exercise's cell: its prompt, its "answer" or its "check".

    It is also nbgrader's grade_id, so 1.8 stands as "1-8-romi-check" in the gradebook.
    """
    name = f"{question.id.replace('.', '-')}-{question.name.replace('_', '-')}"
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
