"""All that the brief grader says, as templates with named places."""

from typing import Any

QUESTIONS = {
    "goal": "Why does the business want this: what shall be sold, earned or saved?",
    "kpi": "Which one number shall be reached, in which unit and by when?",
    "baseline": "What is that number now, or what was it last time?",
    "audience": "Who exactly is it for? Name at least two traits.",
    "deliverable": "What is to be made, how many, and in which format, size or length?",
    "message": "Which offer or benefit shall it tell people?",
    "budget": "How much money is there in all, in which currency, and do the parts add up to it?",
    "deadline": "On which calendar date must the finished work be handed over?",
    "roles": "Who does the work, and who approves it? Give names.",
    "acceptance": "Which two conditions can anybody check with yes or no?",
    "constraints": "What must not be done, or which rule has to be kept?",
    "clarity": "Which places are still to be filled, shortened or made exact?",
}

NOTES = {
    "denied": "The brief says that it has none: “{quote}”.",
    "goal.missing": "No clause says what the company gains in sales, income or customers.",
    "goal.proxy": "This counts clicks, visits or requests, not what the company gains: “{quote}”.",
    "kpi.missing": "No clause holds a target with a number and its unit.",
    "kpi.period": "The target has no date or period: “{quote}”.",
    "kpi.two": "Two different targets: “{first}” and “{second}”.",
    "baseline.missing": "No present or previous value of the result was found.",
    "audience.missing": "No clause says who the readers are.",
    "audience.everyone": "Everyone is no audience: “{quote}”.",
    "audience.other": "This is another group than the exercise's: “{quote}”.",
    "audience.traits": "Fewer than two traits of the people: “{quote}”.",
    "deliverable.missing": "No clause says what is to be made.",
    "deliverable.vague": "The amount or the format is missing: “{quote}”.",
    "message.missing": "No clause holds the offer or benefit to be said.",
    "message.vague": "This says that there shall be a text, not what it says: “{quote}”.",
    "budget.missing": "No total with a currency was found.",
    "budget.range": "A range or an estimate is no total: “{quote}”.",
    "budget.currency": "The amount has no currency: “{quote}”.",
    "budget.parts": "The parts make {parts}, the total is {total}: “{quote}”.",
    "budget.two": "Two different totals: “{first}” and “{second}”.",
    "budget.cap": "{total} is more than the exercise allows: “{quote}”.",
    "deadline.missing": "No calendar date of the hand-over was found.",
    "deadline.vague": "This is not a calendar date: “{quote}”.",
    "deadline.past": "{date} is before the day of the exercise: “{quote}”.",
    "deadline.impossible": "No calendar has this date: “{quote}”.",
    "deadline.order": "The first version comes after the final one: “{first}” and “{second}”.",
    "deadline.launch": "The work is handed over after the launch: “{quote}”.",
    "roles.performer": "The one who does the work is not named.",
    "roles.approver": "Nobody of the exercise is named as the one who approves.",
    "acceptance.missing": "No clause says when the work is accepted.",
    "acceptance.taste": "Fewer than two conditions that can be checked: “{quote}”.",
    "constraints.missing": "No ban, reference or rule was found.",
    "clarity.blanks": "{count} places are still to be filled.",
    "clarity.vague": "Vague words stand where facts should.",
    "clarity.list": "A part of the text is a list of key words or copied.",
    "clarity.long": "Most sentences are longer than 40 words.",
    "clarity.contradictions": "{count} contradictions.",
    "clarity.met": "No unfilled places, no endless sentences.",
    "genuine.empty": "There is too little text to be a brief.",
    "genuine.copied": "Most of the text is copied from the exercise.",
    "genuine.other": "The text belongs to another task.",
    "genuine.list": "This is a list of key words, not a brief.",
    "genuine.mash": "These are not words.",
    "genuine.grader": "The text speaks to the grader: “{quote}”.",
    "genuine.template": "This is a template with most of its places empty.",
    "genuine.nonsense": "The text hardly speaks of this task.",
}


class Note(str):
    """A message in English which keeps its template and values, so that it can be translated."""

    template: str
    values: dict[str, Any]

    def __new__(cls, template: str, **values: Any) -> "Note":
        note = super().__new__(cls, template.format(**values))
        note.template, note.values = template, values
        return note


def note(key: str, **values: Any) -> Note:
    """The note with that key."""
    return Note(NOTES[key], **values)
