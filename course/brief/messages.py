"""All that the brief grader says, as templates with named places."""

import re
from typing import Any

from course.language import N_, _, number

FIGURE = re.compile(r"\d[\d,]*(?:\.\d+)?")  # in English form

QUESTIONS = {
    "goal": N_("Why does the business want this: what shall be sold, earned or saved?"),
    "kpi": N_("Which one number shall be reached, in which unit and by when?"),
    "baseline": N_("What is that number now, or what was it last time?"),
    "audience": N_("Who exactly is it for? Name at least two traits."),
    "deliverable": N_("What is to be made, how many, and in which format, size or length?"),
    "message": N_("Which offer or benefit shall it tell people?"),
    "budget": N_(
        "How much money is there in all, in which currency, and do the parts add up to it?"
    ),
    "deadline": N_("On which calendar date must the finished work be handed over?"),
    "roles": N_("Who does the work, and who approves it? Give names."),
    "acceptance": N_("Which two conditions can anybody check with yes or no?"),
    "constraints": N_("What must not be done, or which rule has to be kept?"),
    "clarity": N_("Which places are still to be filled, shortened or made exact?"),
}

NOTES = {
    "both": N_("This is denied and given: “{first}” and “{second}”."),
    "pieces": N_("Two different numbers of pieces: “{first}” and “{second}”."),
    "offers": N_("Two different offers: “{first}” and “{second}”."),
    "audience.two": N_("Two different audiences: “{first}” and “{second}”."),
    "roles.two": N_("The work is approved and not approved: “{first}” and “{second}”."),
    "denied": N_("The brief says that it has none: “{quote}”."),
    "goal.missing": N_("No clause says what the company gains in sales, income or customers."),
    "goal.proxy": N_(
        "This counts clicks, visits or requests, not what the company gains: “{quote}”."
    ),
    "kpi.missing": N_("No clause holds a target with a number and its unit."),
    "kpi.period": N_("The target has no date or period: “{quote}”."),
    "kpi.two": N_("Two different targets: “{first}” and “{second}”."),
    "baseline.missing": N_("No present or previous value of the result was found."),
    "audience.missing": N_("No clause says who the readers are."),
    "audience.everyone": N_("Everyone is no audience: “{quote}”."),
    "audience.other": N_("This is another group than the exercise's: “{quote}”."),
    "audience.traits": N_("Fewer than two traits of the people: “{quote}”."),
    "deliverable.missing": N_("No clause says what is to be made."),
    "deliverable.vague": N_("The amount or the format is missing: “{quote}”."),
    "message.missing": N_("No clause holds the offer or benefit to be said."),
    "message.vague": N_("This says that there shall be a text, not what it says: “{quote}”."),
    "budget.missing": N_("No total with a currency was found."),
    "budget.range": N_("A range or an estimate is no total: “{quote}”."),
    "budget.currency": N_("The amount has no currency: “{quote}”."),
    "budget.parts": N_("The parts make {parts}, the total is {total}: “{quote}”."),
    "budget.two": N_("Two different totals: “{first}” and “{second}”."),
    "budget.cap": N_("{total} is more than the exercise allows: “{quote}”."),
    "deadline.missing": N_("No calendar date of the hand-over was found."),
    "deadline.vague": N_("This is not a calendar date: “{quote}”."),
    "deadline.past": N_("{date} is before the day of the exercise: “{quote}”."),
    "deadline.impossible": N_("No calendar has this date: “{quote}”."),
    "deadline.order": N_("The first version comes after the final one: “{first}” and “{second}”."),
    "deadline.launch": N_("The work is handed over after the launch: “{quote}”."),
    "roles.performer": N_("The one who does the work is not named."),
    "roles.approver": N_("Nobody of the exercise is named as the one who approves."),
    "acceptance.missing": N_("No clause says when the work is accepted."),
    "acceptance.taste": N_("Fewer than two conditions that can be checked: “{quote}”."),
    "constraints.missing": N_("No ban, reference or rule was found."),
    "clarity.blanks": N_("{count} places are still to be filled."),
    "clarity.vague": N_("Vague words stand where facts should."),
    "clarity.list": N_("A part of the text is a list of key words or copied."),
    "clarity.long": N_("Most sentences are longer than 40 words."),
    "clarity.contradictions": N_("{count} contradictions."),
    "clarity.met": N_("No unfilled places, no endless sentences."),
    "genuine.empty": N_("There is too little text to be a brief."),
    "genuine.copied": N_("Most of the text is copied from the exercise."),
    "genuine.other": N_("The text belongs to another task."),
    "genuine.list": N_("This is a list of key words, not a brief."),
    "genuine.mash": N_("These are not words."),
    "genuine.grader": N_("The text speaks to the grader: “{quote}”."),
    "genuine.template": N_("This is a template with most of its places empty."),
    "genuine.nonsense": N_("The text hardly speaks of this task."),
}


class Note(str):
    """A message in English which keeps its template and values: shown in the reader's language."""

    template: str
    values: dict[str, Any]

    def __new__(cls, template: str, **values: Any) -> "Note":
        note = super().__new__(cls, template.format(**values))
        note.template, note.values = template, values
        return note

    def __str__(self) -> str:
        shown = {name: str(value) for name, value in self.values.items()}
        for name, text in shown.items():
            if FIGURE.fullmatch(text):
                shown[name] = number(text)
        return _(self.template, **shown)

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)


def note(key: str, **values: Any) -> Note:
    """The note with that key."""
    return Note(NOTES[key], **values)
