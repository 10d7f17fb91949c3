"""The texts that a person reads, at the end of each module and between: what helps who has none."""

from course.exercise import Writing
from course.language import N_

FOR_THE_COMPANY = N_("What does it mean for the company")

WRITINGS = [
    Writing(
        id="0.7",
        name=FOR_THE_COMPANY,
        cell="company-meaning",
        points=1,
        hints=(
            N_(
                "Take one figure that an exercise above had to repair: an amount, a day or a "
                "rate. Name the table and the column that it stands in."
            ),
            N_(
                "Say what somebody would decide wrongly by the figure as it came, with one number "
                "from your own cells. End with who repairs it."
            ),
        ),
        checklist=(
            N_("Is a table or a column named?"),
            N_("Is it said what would go wrong, with a number or an example from your own work?"),
            N_("Is it said who does what?"),
        ),
    ),
    Writing(
        id="1.12",
        name=FOR_THE_COMPANY,
        cell="company-meaning",
        points=1,
        hints=(
            N_(
                "Begin with the action: this week more, less or nothing at all for which channel? "
                "Only then the number that says so."
            ),
            N_(
                "Take the number from one of your own cells, with its unit and its period, and "
                "add how sure it is: attributed, tested, or with a gap in the data."
            ),
        ),
        checklist=(
            N_("Is there an action, with a named channel or table?"),
            N_("Is there a number with its unit that your own cells show?"),
            N_("Is it said how sure it is: attributed, tested, or with a gap in the data?"),
        ),
    ),
    Writing(
        id="3.2h",
        name=N_("three wishes"),
        cell="3-2-wishes",
        points=3,
        hints=(
            N_(
                "Ask of each wish: who would notice that it is not met, and by what? That is the "
                "metric."
            ),
            N_(
                "Write metric · operator · value · unit · condition, run your `is_testable` over "
                "it, and read it to somebody: is it still what the owner wanted?"
            ),
        ),
        checklist=(
            N_("Is each criterion testable: metric, operator, value, unit, condition?"),
            N_("Is it still the same wish: who meets it has given the owner what was meant?"),
            N_("Is it said once as Given … When … Then …?"),
        ),
    ),
    Writing(
        id="3.5h",
        name=N_("two sentences in clean Georgian"),
        cell="3-5-rewrite",
        points=4,
        hints=(
            N_(
                "Run your `lint_ka` over both sentences and mend what it finds. Then read them "
                "aloud, slowly, word by word."
            ),
            N_(
                "Spell the long words letter by letter. Two nouns that make one title take a "
                "hyphen. And at the end of the second sentence “is” is said twice."
            ),
        ),
        checklist=(
            N_("Has each sentence no slip left: spelling, signs, spaces?"),
            N_("Does each say the same as before, and read well aloud?"),
        ),
    ),
    Writing(
        id="3.7h",
        name=N_("the three messages as you send them"),
        cell="3-7-messages",
        points=12,
        hints=(
            N_(
                "Before each message write down what its reader is to do after it. What does not "
                "help with that goes out."
            ),
            N_(
                "Say once, where it matters, what is uncertain: the last touch, few events, what "
                "the change may bring. Then read each message as its reader would on a bad day."
            ),
        ),
        checklist=(
            N_("Does each reader find just what they need to act, in their words?"),
            N_("Is it said what is uncertain here, where it matters?"),
            N_("Is it friendly and firm, and can the other say no without losing face?"),
            N_("Is there nothing left that could go?"),
        ),
    ),
    Writing(
        id="3.9h",
        name=N_("two hard replies"),
        cell="3-9-replies",
        points=8,
        hints=(
            N_(
                "Before each reply write four lines: the fact, its effect, the request with its "
                "day, the way out."
            ),
            N_(
                "Take out each word that blames or guesses, and do not make the other's claim your "
                "own. Then let your `reply_gaps` read it."
            ),
        ),
        checklist=(
            N_("Is the fact there, without blame and without a guess?"),
            N_("Is its effect there, on whom and how?"),
            N_("Is there a request or a refusal that cannot be misread, with a date?"),
            N_("Is there a way out that the other can accept without losing face?"),
        ),
    ),
    Writing(
        id="3.10",
        name=FOR_THE_COMPANY,
        cell="company-meaning",
        points=1,
        hints=(
            N_(
                "Look which of your functions found most in the shop's own briefs, deliveries and "
                "messages: the habit that would have prevented it is your answer."
            ),
            N_(
                "Name the habit, who keeps it up, and one number with its unit from your own "
                "cells. End with how sure the number is."
            ),
        ),
        checklist=(
            N_("Is a habit named, and a person who keeps it up?"),
            N_("Is there a number with its unit that your own cells show?"),
            N_("Is it said how sure the number is?"),
        ),
    ),
]
