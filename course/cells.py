"""Which cell of a notebook is which of the course's, whatever the notebook went through.

It may come back from Colab, VS Code, e-mail or a second tab with cells that were moved, copied or
renamed, or without any names. A new version, another language, a reset and grading all ask here.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from nbformat import NotebookNode

from course.saved import plain

DEFINED = re.compile(r"(?m)^(?:async +)?def +(\w+)|^(\w+) *=(?!=)")
ALIKE = 0.5  # the part of a cell's lines that must still be there


class Cell(Protocol):
    """A cell as somebody wrote it; its text is None where it is too long to be looked at."""

    id: str
    grade_id: str | None
    cell_type: str
    text: str | None


@dataclass(frozen=True)
class Seen:
    """A cell of a notebook that could be read."""

    id: str
    grade_id: str | None
    cell_type: str
    text: str


@dataclass(frozen=True)
class Known:
    """A cell of the course, with all that it says: in every version and language at hand."""

    cell_type: str
    answer: bool  # the learner is asked to write into it
    locked: bool  # the learner cannot write into it
    texts: frozenset[str]

    def only_says(self, text: str | None) -> bool:
        """Whether nobody has written anything there."""
        return plain(text or "") in self.texts | {""}


def grade_id(cell: NotebookNode) -> str | None:
    """The name of the cell in nbgrader's gradebook, if it has one."""
    return cell.metadata.get("nbgrader", {}).get("grade_id")


def is_answer(cell: NotebookNode) -> bool:
    """Whether the learner is asked to write into the cell."""
    return bool(cell.metadata.get("nbgrader", {}).get("solution"))


def is_locked(cell: NotebookNode) -> bool:
    """Whether the cell is the course's own: a prompt or a check."""
    return "nbgrader" in cell.metadata and not is_answer(cell)


def seen(notebook: NotebookNode) -> list[Seen]:
    """The cells of a notebook, to be looked up."""
    return [Seen(c.id, grade_id(c), c.cell_type, c.source) for c in notebook.cells]


def known_from(versions: Iterable[NotebookNode]) -> dict[str, Known]:
    """The cells of a notebook by their ids, from all its versions; the present one comes first."""
    known: dict[str, Known] = {}
    for notebook in versions:
        for cell in notebook.cells:
            before = known.get(cell.id)
            texts = before.texts if before else frozenset()
            first = before or Known(cell.cell_type, is_answer(cell), is_locked(cell), texts)
            known[cell.id] = Known(
                first.cell_type, first.answer, first.locked, texts | {plain(cell.source)}
            )
    return known


def places_of(cells: Sequence[Cell], known: Mapping[str, Known]) -> dict[str, list[int]]:
    """Where each cell of the course is among the cells: by its id, by its name in the gradebook,
    or else by what it says and between which others it stands.

    The id comes first: nbgrader's panel can change the name, nothing in JupyterLab the id.
    """
    places: dict[str, list[int]] = defaultdict(list)
    nameless = []
    for n, cell in enumerate(cells):
        name = cell.id if cell.id in known else cell.grade_id
        if name in known:
            places[name].append(n)
        elif cell.text:
            nameless.append(n)
    all_lost = not places
    by_text(cells, known, places, nameless)
    by_neighbours(cells, known, places, nameless, all_lost)
    return dict(places)


def by_text(
    cells: Sequence[Cell],
    known: Mapping[str, Known],
    places: dict[str, list[int]],
    nameless: list[int],
) -> None:
    """Find what the course says and nobody has changed. Answers say nothing that tells them apart,
    and neither does a text that stands in two cells.
    """
    owners: dict[str, list[str]] = defaultdict(list)
    for name, cell in known.items():
        if not cell.answer and name not in places:
            for text in cell.texts:
                owners[text].append(name)
    for n in nameless:
        found = owners.get(plain(cells[n].text or ""), ())
        if len(found) == 1:
            places[found[0]].append(n)


def by_neighbours(
    cells: Sequence[Cell],
    known: Mapping[str, Known],
    places: dict[str, list[int]],
    nameless: list[int],
    all_lost: bool,
) -> None:
    """Find cells that were written into, between those that are found already."""
    order = list(known)
    taken = {n for found in places.values() for n in found}
    left = [n for n in nameless if n not in taken]
    defined: dict[int, set[str]] = {}
    lines: dict[int, set[str]] = {}
    first = -1
    for at, name in enumerate(order):
        if name in places:
            first = places[name][-1]
            continue
        wanted = known[name]
        if wanted.locked:
            continue
        last = next((places[other][0] for other in order[at + 1 :] if other in places), len(cells))
        near = [n for n in left if first < n < last and cells[n].cell_type == wanted.cell_type]
        for n in near:
            if n not in defined:
                text = cells[n].text or ""
                defined[n] = names_defined(text)
                lines[n] = lines_of(text)
        beside = [other for other in order[max(at - 1, 0) : at + 2] if other != name]
        alone = last - first == 2 and all(other in places for other in beside)
        if found := those_of(wanted, near, cells, defined, lines, all_lost or alone):
            places[name] = found
            left = [n for n in left if n not in found]
            first = found[-1]


def those_of(
    wanted: Known,
    near: list[int],
    cells: Sequence[Cell],
    defined: Mapping[int, set[str]],
    lines: Mapping[int, set[str]],
    by_place: bool,
) -> list[int]:
    """Which of the cells nearby are the one that is wanted; an answer `by_place` alone where no
    cell has kept its name, or where it is all that stands between its two neighbours.
    """
    if wanted.answer:
        names = set().union(*map(names_defined, wanted.texts))
        same = [n for n in near if defined[n] & names or wanted.only_says(cells[n].text)]
        return same or near[: 1 if by_place else 0]
    likeness = {n: max(alike(lines[n], lines_of(text)) for text in wanted.texts) for n in near}
    best = max(near, key=likeness.__getitem__, default=None)
    return [] if best is None or likeness[best] < ALIKE else [best]


def names_defined(text: str) -> set[str]:
    """The names that a cell of code gives a value, outside of functions."""
    return {a or b for a, b in DEFINED.findall(text)}


def lines_of(text: str) -> set[str]:
    """The lines of a text that are not empty."""
    return set(filter(None, map(str.strip, plain(text).splitlines())))


def alike(one: set[str], other: set[str]) -> float:
    """The part of the lines of either that both have."""
    return len(one & other) / max(len(one), len(other), 1)


def choice(wanted: Known, found: Sequence[tuple[int, str | None]]) -> int:
    """Which of the cells with one name counts, as (place, text): of those that people write into,
    the last one that was written in.
    """
    if wanted.locked:
        return found[0][0]
    filled = [n for n, text in found if not wanted.only_says(text)]
    return filled[-1] if filled else found[-1][0]
