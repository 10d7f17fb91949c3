"""What an exercise is made of: a question, its cases, its answer key, and the verdict.

Nothing here knows of marketing or of nbgrader. How to write an exercise: exercises/README.md.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Outcome = Literal["not attempted", "wrong", "right", "cannot check"]


@dataclass(frozen=True)
class Case:
    """One call of the learner's function.

    `about` is how messages name it ("the small example"). Hidden cases count only in grading.
    An edge case tests the border of the definition: who fails only there keeps half the points.
    """

    about: str
    args: tuple
    hidden: bool = False
    edge: bool = False


@dataclass(frozen=True)
class Question:
    """What a learner is asked to write.

    `asks` is one clause for messages ("net sales of each month, in tetri, without VAT"), `returns`
    one of kinds.py, `see` the place in the lessons that teaches it. `cases` takes the seed of the
    hidden cases. `hints` go from a nudge to nearly the way.
    """

    id: str
    name: str
    points: int
    asks: str
    returns: Any
    cases: Callable[[int], Sequence[Case]]
    hints: tuple[str, ...]
    see: str


@dataclass(frozen=True)
class Task:
    """A text that a learner is asked to write: rules give its points, a person some more.

    A check of its own reads it. `checklist` is what the person looks at, for those who learn
    alone too.
    """

    id: str
    name: str
    points: int
    hints: tuple[str, ...]
    checklist: tuple[str, ...]


@dataclass(frozen=True)
class Writing:
    """A text that only a person reads: no program gives points for it.

    `name` is what it is about, `cell` the name of its answer cell. Who learns alone has the hints,
    the `checklist`, which are the instructor's own criteria, and good texts.
    """

    id: str
    name: str
    cell: str
    points: int
    hints: tuple[str, ...]
    checklist: tuple[str, ...]


@dataclass(frozen=True)
class Mistake:
    """A wrong way that many take: its own answer function, and what to tell who took it.

    The judge recognises it by its values, recomputed on every case.
    """

    name: str
    answer: Callable
    message: str


@dataclass(frozen=True)
class Key:
    """The right way, the known wrong ways, and one sentence on why the measure matters."""

    reference: Callable
    mistakes: tuple[Mistake, ...]
    why: str


@dataclass(frozen=True)
class Result:
    """What one call of an answer came to.

    `raised` are the names of the exception's class and of its base classes, the nearest first.
    """

    value: Any = None
    raised: tuple[str, ...] = ()
    error: str = ""
    changed_input: bool = False
    printed: str = ""


@dataclass(frozen=True)
class Verdict:
    """What the judge says: the outcome, the share of the points, and three sentences.

    `given` is what the learner did, `looks_like` what it seems to be, `next` where to look; `case`
    is the number of the visible case that they speak of.
    """

    outcome: Outcome
    share: float = 0.0
    given: str = ""
    looks_like: str = ""
    next: str = ""
    mistake: str | None = None
    case: int | None = None
