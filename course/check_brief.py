"""`check_brief`: the mark of a task brief that a learner has written, with the evidence for it."""

from course.brief import WEIGHTS, BriefMark, grade
from course.brief.scenarios import cards
from course.check import HEADINGS, Message, Score
from course.exercise import Verdict

POINTS = 7  # by the program; three more are a person's
ENOUGH = 60
GEORGIAN = ("\u10a0", "\u10ff")

BY_A_PERSON = (
    "A person judges the rest: is it the right goal, is the target within reach, does it persuade, "
    "is the tone right, is every sentence needed?"
)


def language_of(text: str) -> str:
    """ "ka" where a third of the letters or more are Georgian, else "en".

    >>> language_of("ბიუჯეტი 3 600 ლარი, CTR 1,2 %")
    'ka'
    """
    letters = [sign for sign in text if sign.isalpha()]
    georgian = sum(GEORGIAN[0] <= sign <= GEORGIAN[1] for sign in letters)
    return "ka" if 3 * georgian >= len(letters) > 0 else "en"


def check_brief(scenario: str, text: str) -> Score:
    """Mark a brief, say for each of its twelve parts what was taken for it, and what a reader
    would ask back; the value is the points that it earns, of 7.

    Parameters
    ----------
    scenario
        "banners", "landing", "googleads" or "email".
    text
        The brief, in English or Georgian.
    """
    if scenario not in cards():
        return score(0, "wrong", [f"There is no task {scenario!r}: {', '.join(cards())}."])
    if not isinstance(text, str):
        return score(0, "wrong", [f"`brief` is to be a text, yours is a {type(text).__name__}."])
    if not text.strip():
        return score(0, "not attempted", ['Write it between the quotes: `brief = """…"""`.'])
    mark = grade(text, scenario, language_of(text))
    outcome = "right" if mark.total >= ENOUGH else "wrong"
    return score(POINTS * mark.total / 100, outcome, lines_of(mark))


def lines_of(mark: BriefMark) -> list[str]:
    """The mark in words, a line for each criterion."""
    lines = [f"**{mark.total} of 100.** {mark.doubt or ''}"]
    for name, met in mark.criteria.items():
        if met and name == "clarity":
            lines.append(f"✓ **{name}** ({WEIGHTS[name]}): {mark.evidence[name]}")
        elif met:
            lines.append(f"✓ **{name}** ({WEIGHTS[name]}): I took “{mark.evidence[name]}”.")
        else:
            found, asked = mark.evidence[name], mark.questions[name]
            lines.append(f"✗ **{name}** ({WEIGHTS[name]}): {found} A reader would ask: {asked}")
    lines += [f"Contradiction: {problem}" for problem in mark.contradictions]
    return [*lines, BY_A_PERSON]


def score(points: float, outcome: str, lines: list[str]) -> Score:
    """The points with their message."""
    sign, words, colour = HEADINGS[outcome]
    if outcome == "right":
        words = "a brief that can be worked with"
    message = Message([f"**{sign} brief: {words}**", *lines], colour)
    return Score(round(points, 1), Verdict(outcome, share=points / POINTS), message)
