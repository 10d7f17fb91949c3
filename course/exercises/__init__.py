"""The questions, one module a part of a skill; each module has a list `QUESTIONS`.

Where a text is to be written, the module has a list `TASKS` as well, or `WRITINGS` where only a
person reads it.
"""

import importlib
import pkgutil
import re

from course.exercise import Question, Task, Writing


def in_order(question: Question | Task | Writing) -> tuple[int, int, str]:
    """The sort key that puts 1.9 before 1.10 and 1.4a before 1.4b."""
    skill, number, letter = re.fullmatch(r"(\d+)\.(\d+)(\w?)", question.id).groups()
    return int(skill), int(number), letter


_modules = [
    importlib.import_module(f"{__name__}.{module.name}")
    for module in pkgutil.iter_modules(__path__)
]
QUESTIONS: dict[str, Question] = {
    question.id: question
    for question in sorted(
        (q for module in _modules for q in getattr(module, "QUESTIONS", [])), key=in_order
    )
}
TASKS: dict[str, Task] = {
    task.id: task for module in _modules for task in getattr(module, "TASKS", [])
}
EXERCISES: dict[str, Question | Task] = {
    exercise.id: exercise
    for exercise in sorted([*QUESTIONS.values(), *TASKS.values()], key=in_order)
}
WRITINGS: dict[str, Writing] = {
    writing.id: writing
    for writing in sorted(
        (w for module in _modules for w in getattr(module, "WRITINGS", [])), key=in_order
    )
}
