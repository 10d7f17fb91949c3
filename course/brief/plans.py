"""The three plans of a brief that can fail to add up, each read once."""

from functools import cached_property

from course.brief.brief import Brief
from course.brief.dates import Dates, dates
from course.brief.money import Money, money
from course.brief.targets import Target, targets


class Plans:
    """What several criteria and the contradictions read in common."""

    def __init__(self, brief: Brief) -> None:
        self.brief = brief

    @cached_property
    def targets(self) -> list[Target]:
        """The target numbers."""
        return targets(self.brief)

    @cached_property
    def money(self) -> Money:
        """The budget."""
        return money(self.brief)

    @cached_property
    def dates(self) -> Dates:
        """The dates of the work."""
        return dates(self.brief, self.targets)
