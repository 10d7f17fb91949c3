"""A course that makes an internet marketer out of a beginner.

In a notebook: `from course import cases, check, hint, load, progress, solution`, for briefs
`check_brief`, for words `glossary`, `lesson("1a")` for a lesson, and `speak("ka")` to change the
language.
"""

from course import session
from course.check import cases, check, hint, lesson, progress, solution, speak
from course.check_brief import check_brief
from course.company import describe, load, tables
from course.terms import glossary

__all__ = [
    "cases",
    "check",
    "check_brief",
    "describe",
    "glossary",
    "hint",
    "lesson",
    "load",
    "progress",
    "solution",
    "speak",
    "tables",
]

session.begin()
