"""What is carried over the wall: names that trusted code could follow, and hidden inputs."""

from course.exercises import QUESTIONS
from tests.hostile import planted
from tests.hostile.attack import ANSWER_OF, TELL, Attack, in_answer, in_folder, in_notebook, told


def hidden_inputs(id: str) -> list[str]:
    """Numbers that only the hidden cases of the instructor's seed have."""
    seen, hidden = "", set()
    for case in QUESTIONS[id].cases(int(planted.seed())):
        numbers = {str(n) for n in case.args[0].to_numpy().ravel()}
        if case.hidden:
            hidden |= numbers
        else:
            seen += f" {' '.join(numbers)}"
    # Seven digits, for a checksum may hold six.
    return sorted(number for number in hidden if len(number) > 6 and number not in seen)


def named(name: str, module: str, note: str, program: str = "") -> Attack:
    """An answer that is a module of that name, and a program that it would find in its folder."""
    left = f"/tmp/hostile-{name}"
    source = f"import types\n\nromi = types.ModuleType({module!r})\n"
    attack = in_folder(
        name,
        "named modules",
        {"test_a.py": f"open({left!r}, 'w').write('run')\n{TELL}tell('module')\n{program}"},
        note,
        marks={"1.8": 0.0},
        canaries=[told("module")],
        leftovers=[left],
        dangerous=True,
    )
    perfect = attack.make

    def make(folder) -> None:
        perfect(folder)
        in_answer(name, "named modules", "1.8", source, note).make(folder)

    return Attack(**{**vars(attack), "make": make})


def keeps(name: str, code: str, note: str) -> Attack:
    """1.8 keeps what it is called with, and 1.9 carries it out."""

    def change(notebook) -> None:
        for id in ("1.8", "1.9"):
            for cell in notebook.cells:
                if cell.id == ANSWER_OF[id]:
                    cell.source = code

    marks = {"1.8": 0.0, "1.9": 0.0}
    canaries = hidden_inputs("1.8")
    return in_notebook(name, "kept inputs", change, note, marks=marks, canaries=canaries)


KEEP = """
import builtins

if not hasattr(builtins, "SEEN"):
    builtins.SEEN = []


def romi(d):
    SEEN.extend(d.to_numpy().ravel().tolist())
    return d["fees_tetri"]
"""

ATTACKS = [
    named(
        "is-test-discovery",
        "unittest.__main__",
        "Importing it runs the tests in a folder.",
    ),
    named("is-antigravity", "antigravity", "Importing it opens a browser, $BROWSER."),
    named("is-the-keys", "course.keys", "A module with the name of the answer keys."),
    named("is-the-test", "test_a", "A module with the name of a program beside the notebook."),
    keeps(
        "kept-in-an-error",
        KEEP + "\n\ndef incremental_romi(*_):\n    raise ValueError(SEEN)\n",
        "Inputs of another check in an exception's text.",
    ),
    keeps(
        "kept-in-a-class-name",
        KEEP
        + "\n\ndef incremental_romi(*_):\n"
        + "    raise type(f'E{max(SEEN)}', (Exception,), {})\n",
        "Inputs of another check in the name of an exception's class.",
    ),
    keeps(
        "kept-in-an-answer",
        KEEP + "\n\ndef incremental_romi(*_):\n    print(SEEN)\n    return SEEN\n",
        "Inputs of another check as an answer, and printed.",
    ),
    keeps(
        "kept-in-a-file",
        KEEP.replace("SEEN.extend(", "print(file=open('/tmp/seen', 'a'), *")
        + "\n\ndef incremental_romi(*_):\n    return open('/tmp/seen').read()\n",
        "Inputs of another check in a file.",
    ),
]
