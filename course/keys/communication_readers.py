"""Answer keys for communication: one result told to three readers."""

from collections.abc import Callable

from course.exercise import Key, Mistake
from course.exercises.communication_readers import SMALL


def ceo(r):
    """The message to the owner: what it earned, what to do, and by when."""
    decision = "go on"
    if r["profit_gel"] < 0:
        decision = "stop"
    text = """{campaign} ({name}) cost GEL {cost_gel:,.2f} and came to a profit of
GEL {profit_gel:,.2f} after it: ROMI {romi:.0%}.
Decision: {decision}. I need your word by {decide_by}.
These sales are credited by the last ad that people clicked; some of them would have come anyway."""
    return text.format(decision=decision, **r)


def dev(r):
    """The message to the developer: what is wrong, how to see it, how to know it is mended."""
    priority = "normal"
    if 3 * r["missing"] > r["expected"]:
        priority = "high"
    text = """{campaign}: on the page {page} the event `{event}` does not always arrive.
Expected: {expected} events, by the shop's own books.
Actual: {actual} events in the ad account, for links with {parameter}.
Priority: {priority}, please by {decide_by}.
Steps: open {page}?{parameter} on a phone, do what sends `{event}`, watch the network log.
Verify: each time the event is in the log once. I then compare a week with the books."""
    return text.format(priority=priority, **r)


def designer(r):
    """The message to the designer: which file, what stays, what changes, how we measure it."""
    max_kb = 500
    if r["format"] == "mp4":
        max_kb = 8000
    text = """Banner {asset} of {campaign}, {width}×{height}, is the one that people click least.
Stays: size, format {format}, at most {max_kb} kB, logo and price as they are.
Changes: one thing only, the picture: the goods large, on a plain ground.
Measure: the click rate, now {ctr:.2%}. I hope for more and cannot promise it.
Could I have it by {decide_by}?"""
    return text.format(max_kb=max_kb, **r)


def _plus(reference: Callable, more: str) -> Callable:
    """The right message with something at its end."""
    return lambda r: f"{reference(r)}\n{more}"


def _instead(reference: Callable, *changes: tuple[str, str]) -> Callable:
    """The right message with pieces exchanged; places such as {romi} are filled in."""

    def answer(r: dict) -> str:
        text = reference(r)
        for old, new in changes:
            text = text.replace(old.format(**r), new.format(**r))
        return text

    return answer


def _typed_in(reference: Callable) -> Callable:
    """The message for the small example, whatever the row says."""
    return lambda r: reference(SMALL)


def _common(reference: Callable, reader: str) -> tuple[Mistake, ...]:
    """What goes wrong in a message to anybody."""
    return (
        Mistake(
            "a number that is no fact",
            _plus(reference, "The ROMI is 566.7%."),
            "There is a number or a date in it that the row does not show, or shows otherwise: "
            "tetri for lari, a ROMI without margin, a sum of your own, a figure too round. Every "
            "number has to be a fact at the precision shown.",
        ),
        Mistake(
            "typed in by hand",
            _typed_in(reference),
            "The message is about the same campaign whatever the row says. Take the values from "
            "`r`.",
        ),
        Mistake(
            "no campaign",
            _instead(reference, ("{campaign}", "The campaign")),
            f"It does not say which campaign it is about. {reader} has twelve of them.",
        ),
        Mistake(
            "two languages",
            _plus(
                reference,
                "გთხოვთ, წაიკითხოთ ეს წერილი დღესვე და მიპასუხოთ, რადგან დრო ცოტა გვაქვს და "
                "ბევრი საქმე დაგვრჩა ამ თვეში.",
            ),
            "It mixes two languages. Write it in English or in Georgian, whichever the reader "
            "reads faster.",
        ),
    )


KEYS = {
    "3.7a": Key(
        reference=ceo,
        mistakes=(
            *_common(ceo, "The owner"),
            Mistake(
                "too long",
                _plus(ceo, "This is what the team found out about it. " * 9),
                "It is too long: the owner reads ninety words at most. What can go without "
                "changing the decision?",
            ),
            Mistake(
                "jargon",
                _plus(ceo, "The CTR was good."),
                "It holds words of our trade that the owner does not need. Say it in money.",
            ),
            Mistake(
                "no decision",
                _instead(ceo, ("Decision: stop.", "Sad."), ("Decision: go on.", "Fine.")),
                "There is no line that begins with Decision and says stop or go on. A report "
                "without one is a riddle for the owner.",
            ),
            Mistake(
                "always go on",
                _instead(ceo, ("Decision: stop", "Decision: go on")),
                "A campaign that loses goes on here. The decision follows from the profit: choose "
                "it with an if.",
            ),
            Mistake(
                "always stop",
                _instead(ceo, ("Decision: go on", "Decision: stop")),
                "A campaign that earns, or at least pays for itself, is stopped here. Only a "
                "profit below 0 is a reason to stop.",
            ),
            Mistake(
                "turned round",
                _instead(
                    ceo,
                    ("Decision: go on", "Decision: ---"),
                    ("Decision: stop", "Decision: go on"),
                    ("Decision: ---", "Decision: stop"),
                ),
                "The decision is turned round: what earns is stopped, and what loses goes on.",
            ),
            Mistake(
                "0 is a loss",
                lambda r: (
                    ceo(r).replace("Decision: go on", "Decision: stop")
                    if r["profit_gel"] == 0
                    else ceo(r)
                ),
                "A campaign that just pays for itself is stopped. Only a profit below 0 is a "
                "reason to stop.",
            ),
            Mistake(
                "no day",
                _instead(ceo, (" I need your word by {decide_by}.", " I need your word soon.")),
                "The day by which the owner has to decide is not in it. “Soon” is a different day "
                "for everybody.",
            ),
            Mistake(
                "neither profit nor ROMI",
                _instead(
                    ceo,
                    ("came to a profit of", "brought"),
                    ("after it: ROMI", "after it, or"),
                ),
                "Neither profit nor ROMI is named. The owner wants to know what is left of the "
                "money.",
            ),
        ),
        why="An owner who gets the profit, the decision and the day in one minute can decide in "
        "one minute.",
    ),
    "3.7b": Key(
        reference=dev,
        mistakes=(
            *_common(dev, "The developer"),
            Mistake(
                "no event",
                _instead(dev, ("`{event}`", "something")),
                "The event is not named as the code names it. The developer searches the code for "
                "exactly that word.",
            ),
            Mistake(
                "no page",
                _instead(dev, ("{page}", "the page")),
                "The page is not named. Where should the developer begin to look?",
            ),
            Mistake(
                "nothing expected",
                _instead(dev, ("Expected: {expected}", "We hoped for {expected}")),
                "There is no line that begins with Expected and holds its number. Without it a "
                "fault is only an opinion.",
            ),
            Mistake(
                "nothing actual",
                _instead(dev, ("Actual: {actual}", "There were {actual}")),
                "There is no line that begins with Actual and holds its number. What happens "
                "instead of what should?",
            ),
            Mistake(
                "no steps",
                _instead(dev, ("Steps: ", "Maybe ")),
                "There is no line that begins with Steps. A fault that the developer cannot see "
                "cannot be mended.",
            ),
            Mistake(
                "no way to verify",
                _instead(dev, ("Verify: ", "Hope: ")),
                "There is no line that begins with Verify. How will both of you know that it is "
                "mended?",
            ),
            Mistake(
                "no priority",
                _instead(dev, ("Priority: ", "")),
                "There is no line that begins with Priority and says high or normal.",
            ),
            Mistake(
                "always high",
                _instead(dev, ("Priority: normal", "Priority: high")),
                "The priority is high whatever is missing. Where all is urgent, nothing is: use "
                "the rule of the task.",
            ),
            Mistake(
                "always normal",
                _instead(dev, ("Priority: high", "Priority: normal")),
                "The priority is normal whatever is missing. Use the rule of the task.",
            ),
            Mistake(
                "a third is high",
                lambda r: (
                    dev(r).replace("Priority: normal", "Priority: high")
                    if 3 * r["missing"] == r["expected"]
                    else dev(r)
                ),
                "Exactly a third counts as more than a third here.",
            ),
        ),
        why="A developer who can see the fault in a minute mends it today; one who has to ask "
        "mends it next week.",
    ),
    "3.7c": Key(
        reference=designer,
        mistakes=(
            *_common(designer, "The designer"),
            Mistake(
                "no banner",
                _instead(designer, ("Banner {asset}", "The banner")),
                "The banner is not named. There are twelve files on the designer's desk.",
            ),
            Mistake(
                "no size",
                _instead(designer, ("{width}×{height}", "the wide one")),
                "The size is not given as width × height.",
            ),
            Mistake(
                "no format",
                _instead(designer, ("format {format}", "format")),
                "The file format is not given.",
            ),
            Mistake(
                "no weight",
                _instead(designer, ("at most 8000 kB", "light"), ("at most 500 kB", "light")),
                "The largest weight of the file is not given in kB.",
            ),
            Mistake(
                "a video like a picture",
                _instead(designer, ("at most 8000 kB", "light")),
                "The largest weight is right for a picture, but not for a video (mp4). Choose it "
                "by the format.",
            ),
            Mistake(
                "nothing stays",
                _instead(designer, ("Stays: ", "")),
                "There is no line that begins with Stays. What must be the same afterwards?",
            ),
            Mistake(
                "nothing changes",
                _instead(designer, ("Changes: ", "")),
                "There is no line that begins with Changes. What should be different?",
            ),
            Mistake(
                "no measure",
                _instead(designer, ("Measure: ", "")),
                "There is no line that begins with Measure. By which number will you both see "
                "whether it helped?",
            ),
        ),
        why="A designer who knows what stays is free in all the rest, and delivers once.",
    ),
}
