"""A course that makes an internet marketer out of a beginner.

In a notebook: `from course import cases, check, hint, load, progress, solution`.
"""

from course.check import cases, check, hint, progress, solution
from course.company import describe, load, tables

__all__ = ["cases", "check", "describe", "hint", "load", "progress", "solution", "tables"]
