"""The questions, one module a part of a skill; each module has a list `QUESTIONS`."""

import importlib
import pkgutil
import re

from course.exercise import Question


def in_order(question: Question) -> tuple[int, int, str]:
    """The sort key that puts 1.9 before 1.10 and 1.4a before 1.4b."""
    skill, number, letter = re.fullmatch(r"(\d+)\.(\d+)(\w?)", question.id).groups()
    return int(skill), int(number), letter


QUESTIONS: dict[str, Question] = {
    question.id: question
    for question in sorted(
        (
            question
            for module in pkgutil.iter_modules(__path__)
            for question in importlib.import_module(f"{__name__}.{module.name}").QUESTIONS
        ),
        key=in_order,
    )
}
