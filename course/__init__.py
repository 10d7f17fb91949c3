"""A course that makes an internet marketer out of a beginner.

In a notebook: `from course import cases, check, hint, load, progress, solution`, and for
briefs `check_brief`.
"""

from course.check import cases, check, hint, progress, solution
from course.check_brief import check_brief
from course.company import describe, load, tables

__all__ = [
    "cases",
    "check",
    "check_brief",
    "describe",
    "hint",
    "load",
    "progress",
    "solution",
    "tables",
]
