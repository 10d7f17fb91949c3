"""What travels between the rooms of grading, and to other machines: plain data, no file handles.

What is told of a submission is text of strangers. It is made fit to be written in one place, where
it becomes part of a `Graded`: no file and no gradebook meets a text that it cannot hold.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

LONGEST_REASON = 500  # characters


class CostsOne(Exception):
    """A failure of one submission; the text says all of it."""


def reason(problem: Exception) -> str:
    """What to say of an exception that costs one submission."""
    if isinstance(problem, CostsOne):
        return writable(str(problem))
    said = getattr(problem, "orig", None) or problem  # of a database without the whole statement
    return writable(f"{type(said).__name__}: {said}"[:LONGEST_REASON])


def writable(told: Any) -> Any:
    """A text without what UTF-8 and databases cannot hold, halves of signs and NUL; or what is in a
    list, a tuple or a dict, with all its texts so.
    """
    if isinstance(told, str):
        return told.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
    if isinstance(told, list | tuple):
        return type(told)(map(writable, told))
    if isinstance(told, dict):
        return {writable(key): writable(value) for key, value in told.items()}
    return told


@dataclass(frozen=True)
class SourceCell:
    """A cell of the instructor's version as the gradebook has it, hidden tests included.

    `points` is None where the cell gives none. `locked` as nbgrader computes it: a solution cell
    is never locked, a check always is.
    """

    name: str
    cell_type: str
    source: str
    checksum: str
    locked: bool
    grade: bool
    solution: bool
    task: bool
    points: float | None


@dataclass(frozen=True)
class OwnCell:
    """A cell of the instructor's that is neither an answer nor a check; `checks` come before it."""

    source: str
    checks: int


@dataclass(frozen=True)
class SourceNotebook:
    """A notebook of an assignment: its nbgrader cells by name, in the order of the notebook.

    `kernelspec` is the notebook's own, as in its metadata. `own` are the instructor's other cells:
    what check cells may use. `asked_for` are the names that the answers make or change. `whole`
    where these are all that there is: where the instructor's file could be read.
    """

    name: str
    kernelspec: dict
    cells: dict[str, SourceCell]
    own: tuple[OwnCell, ...] = ()
    asked_for: frozenset[str] = frozenset()
    whole: bool = False


@dataclass(frozen=True)
class Assignment:
    """What grading has to know of an assignment; `files` are those beside its notebooks."""

    name: str
    notebooks: dict[str, SourceNotebook]
    files: dict[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class Submission:
    """A student's folder, read into memory: what intake let in, and what it has to say.

    `notebooks` are the raw bytes of the files whose names end in .ipynb, `files` those of all
    others, both by their path inside the folder. `timestamp` is the text of timestamp.txt.
    """

    student: str
    notebooks: dict[str, bytes]
    files: dict[str, bytes]
    timestamp: str | None = None
    notes: tuple[str, ...] = ()


def reasons(not_graded: Mapping[str, str]) -> str:
    """Why checks could not be graded, in one text."""
    return " ".join(f"{check}: {reason}" for check, reason in not_graded.items())


@dataclass(frozen=True)
class GradedNotebook:
    """A notebook after grading: its JSON text, and for each cell its points and comment.

    Points are None where a person has to read the answer. `refused` is the reason why the
    notebook could not be graded, `not_graded` has those of single checks, by cell: then nobody gets
    a silent zero, a person has to look. `verdicts` has what the checks came to with hidden cases,
    by cell: for the instructor.
    """

    name: str
    text: str
    points: dict[str, float | None]
    comments: dict[str, str | None]
    refused: str | None = None
    not_graded: dict[str, str] = field(default_factory=dict)
    verdicts: dict[str, dict] = field(default_factory=dict)

    @property
    def reason(self) -> str | None:
        """Why a person has to look at it: the notebook's reason, or those of its checks."""
        return self.refused or reasons(self.not_graded) or None

    def __post_init__(self) -> None:
        for name in ("text", "comments", "refused", "not_graded", "verdicts"):
            object.__setattr__(self, name, writable(getattr(self, name)))


@dataclass(frozen=True)
class Graded:
    """A submission after grading. `notes` tell what intake repaired or left out."""

    student: str
    assignment: str
    timestamp: str | None
    notebooks: tuple[GradedNotebook, ...]
    files: dict[str, bytes] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    seconds: float = 0.0
    cpu_seconds: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "notes", writable(self.notes))
