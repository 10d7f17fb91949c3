"""Files beside the notebook: fakes of modules, configuration, archives, links, odd names."""

import io
import os
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from tests.hostile.attack import FILE, Attack, in_cells, in_folder, perfect, save

FAKE_COURSE = "def check(id, answer):\n    return 3.0\n\n\ncases = describe = hint = load = check\n"
# Where it is run, everything ends, and a folder tells that it was.
RUN = """import os, sys
os.makedirs("/tmp/hostile-start-up", exist_ok=True)
os._exit(1)
"""
RAN = ["/tmp/hostile-start-up"]


def made(
    name: str, class_: str, change: Callable[[Path], None], note: str, notebook: bool = True, **more
) -> Attack:
    """A folder with the perfect notebook, or without one, and what `change` puts there."""

    def make(folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        if notebook:
            save(perfect(), folder)
        change(folder)

    return Attack(name, class_, make, note, **more)


def link_to(target: str, name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).symlink_to(target)


def zip_file(names: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in names.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return file.getvalue()


def tar_file(links: dict[str, str]) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, target in links.items():
            member = tarfile.TarInfo(name)
            member.type, member.linkname = tarfile.SYMTYPE, target
            archive.addfile(member)
    return file.getvalue()


def many_files(folder: Path) -> None:
    for n in range(5_000):
        (folder / f"{n:05}.txt").touch()


def deep_folders(folder: Path) -> None:
    (folder / "/".join(["deeper"] * 200)).mkdir(parents=True)


def odd_names(folder: Path) -> None:
    names = [
        b"\xff\xfe.csv",
        b"two\nlines.csv",
        b"-rf",
        b"; rm -rf $HOME;.csv",
        b"\x1b[31mred\x1b[0m.txt",
        b"x" * 255,
        b"con.csv",
        b"..\\..\\gradebook.db",
        b"%2e%2e%2fgradebook.db",
        "‮gnp.exe".encode(),
    ]
    for name in names:
        Path(os.fsdecode(os.path.join(os.fsencode(folder), name))).write_text("1\n")


def html_names(folder: Path) -> None:
    (folder / '"><img src=x onerror=alert(1)>.csv').write_text("1\n")
    save(perfect(), folder, "<script>alert(1)<\u2215script>.ipynb")
    save(perfect(), folder, "{{ 7 * 7 }}{% raise %}.ipynb")


def sparse(folder: Path) -> None:
    with (folder / "orders.csv").open("wb") as file:
        file.truncate(200_000_000_000)


def second_copies(folder: Path) -> None:
    notebook = perfect()
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.source = "raise SystemExit"
    for name in ("1-analytics (1).ipynb", "1-analytics-Copy1.ipynb", "Untitled.ipynb"):
        save(notebook, folder, name)
    save(notebook, folder / ".ipynb_checkpoints", "1-analytics-checkpoint.ipynb")


def directory_instead(folder: Path) -> None:
    (folder / FILE / "inside").mkdir(parents=True)


def unreadable_files(folder: Path) -> None:
    (folder / "secret.csv").write_text("1\n")
    (folder / "secret.csv").chmod(0)
    (folder / "locked").mkdir()
    (folder / "locked" / "a.csv").write_text("1\n")


ATTACKS: list[Attack] = [
    in_folder(
        "course-beside",
        "shadowed modules",
        {"course.py": FAKE_COURSE},
        "A module named course beside the notebook.",
    ),
    in_folder(
        "course-package-beside",
        "shadowed modules",
        {
            "course/__init__.py": FAKE_COURSE,
            "course/check.py": FAKE_COURSE,
            "course/grading/__init__.py": RUN,
            "course/grading/wire.py": RUN,
            "course/grading/inside.py": RUN,
        },
        "The whole package, the agent's modules as well.",
        leftovers=RAN,
    ),
    in_folder(
        "pandas-beside",
        "shadowed modules",
        {"pandas/__init__.py": RUN, "numpy.py": RUN, "matplotlib/__init__.py": RUN},
        "Fakes of the libraries.",
        leftovers=RAN,
    ),
    in_folder(
        "standard-library-beside",
        "shadowed modules",
        {
            f"{name}.py": RUN
            for name in (
                "json",
                "math",
                "struct",
                "socket",
                "signal",
                "select",
                "decimal",
                "tokenize",
            )
        },
        "Fakes of modules of the standard library.",
        leftovers=RAN,
    ),
    in_folder(
        "jupyter-beside",
        "shadowed modules",
        {f"{name}.py": RUN for name in ("IPython", "ipykernel", "nbgrader", "nbformat", "zmq")},
        "Fakes of Jupyter's own packages.",
        leftovers=RAN,
    ),
    in_folder(
        "site-customize",
        "start-up files",
        {"sitecustomize.py": RUN, "usercustomize.py": RUN, "evil.pth": "import os; os._exit(1)\n"},
        "Python runs these at its start where the folder is on its path.",
        leftovers=RAN,
    ),
    in_folder(
        "ipython-configuration",
        "start-up files",
        {
            ".ipython/profile_default/startup/00-start.py": RUN,
            ".ipython/profile_default/ipython_config.py": RUN,
            "profile_default/startup/00-start.py": RUN,
            "ipython_config.py": RUN,
            "ipython_kernel_config.py": RUN,
            "startup.py": RUN,
        },
        "IPython's profiles and start-up files in the student's folder.",
        leftovers=RAN,
    ),
    in_folder(
        "jupyter-configuration",
        "start-up files",
        {
            "nbgrader_config.py": RUN,
            "jupyter_config.py": RUN,
            "jupyter_nbconvert_config.py": RUN,
            ".jupyter/jupyter_config.py": RUN,
            "jupyter_config.json": '{"Autograde": {"enabled": false}}',
            "kernels/python3/kernel.json": '{"argv": ["/bin/false"], "display_name": "Python 3"}',
        },
        "Configuration that Jupyter's programs read from the folder they run in.",
        leftovers=RAN,
    ),
    in_folder(
        "matplotlib-configuration",
        "start-up files",
        {
            "matplotlibrc": "backend: module://evil_backend\n",
            "evil_backend.py": RUN,
            ".matplotlib/matplotlibrc": "backend: module://evil_backend\n",
            "conftest.py": RUN,
            "setup.cfg": "[tool:pytest]\naddopts = -p evil_backend\n",
            ".env": "PYTHONSTARTUP=startup.py\n",
            "alembic.ini": "[alembic]\nscript_location = .\n",
            "env.py": RUN,
        },
        "matplotlib reads matplotlibrc from the working folder, alembic its own file.",
        leftovers=RAN,
    ),
    in_cells(
        "writes-start-up-files",
        "start-up files",
        {
            "1-8-romi": """
import os
import pathlib

text = "import os\\nos._exit(1)\\n"
for folder in {os.environ.get("HOME"), os.environ.get("IPYTHONDIR"), os.path.expanduser("~"), "."}:
    for name in (
        ".ipython/profile_default/startup/hostile.py",
        "profile_default/startup/hostile.py",
        ".pythonrc.py",
        "sitecustomize.py",
    ):
        try:
            path = pathlib.Path(folder, name)
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
        except (OSError, TypeError) as problem:
            print(type(problem).__name__)
"""
        },
        "Start-up files for the next process, in the home and in the working folder.",
        dangerous=True,
    ),
    in_folder(
        "zip-slip",
        "odd files",
        {
            "answers.zip": zip_file(
                {
                    "../../../hostile-zip-slip.txt": b"1",
                    "/tmp/hostile-zip-slip.txt": b"1",
                    "..\\..\\hostile-zip-slip.txt": b"1",
                }
            ),
            "answers.tar": tar_file({"out": "/", "out/tmp/hostile-zip-slip.txt": "/etc/passwd"}),
        },
        "Archives whose members lie outside of them: nobody has asked to unpack them.",
        leftovers=["/tmp/hostile-zip-slip.txt"],
    ),
    in_folder(
        "zip-bomb",
        "odd files",
        {"orders.csv.zip": zip_file({"orders.csv": bytes(50_000_000)})},
        "50 KB that become 50 MB.",
    ),
    made(
        "notebook-is-a-link-to-a-peer",
        "odd files",
        link_to("../../peer/1-analytics/1-analytics.ipynb", FILE),
        "The submitted notebook is a link to another student's.",
        notebook=False,
        unreadable=True,
    ),
    made(
        "notebook-is-a-link-to-a-file",
        "odd files",
        link_to("/etc/passwd", FILE),
        "The submitted notebook is a link to a file of the system.",
        notebook=False,
        unreadable=True,
    ),
    made(
        "links-to-secrets",
        "odd files",
        lambda folder: [
            link_to(target, name)(folder)
            for name, target in {
                "source.csv": "../../../source/1-analytics/notes.txt",
                "peer.csv": "../../peer/1-analytics/1-analytics.ipynb",
                "book.csv": "../../../gradebook-backup.txt",
                "root": "/",
                "loop": ".",
                "nothing.csv": "not-there",
            }.items()
        ],
        "Links to what the student must not have: followed, they would be copied along.",
    ),
    made(
        "links-that-code-reads",
        "reading secrets",
        lambda folder: (
            [
                link_to(target, name)(folder)
                for name, target in {
                    "a.txt": "../../../source/1-analytics/notes.txt",
                    "b.txt": "../../../gradebook-backup.txt",
                    "c.txt": "../../peer/1-analytics/1-analytics.ipynb",
                }.items()
            ]
            + [
                in_cells(
                    "",
                    "",
                    {
                        "1-8-romi": """
for name in ("a.txt", "b.txt", "c.txt"):
    try:
        print(open(name).read())
    except OSError as problem:
        print(type(problem).__name__)
"""
                    },
                    "",
                ).make(folder)
            ]
        ),
        "The same links, opened by the notebook's own code.",
    ),
    made(
        "pipe-beside",
        "odd files",
        lambda folder: os.mkfifo(folder / "orders.csv"),
        "Who opens a named pipe waits for ever.",
    ),
    made(
        "notebook-is-a-pipe",
        "odd files",
        lambda folder: os.mkfifo(folder / FILE),
        "The notebook itself is a named pipe.",
        notebook=False,
        unreadable=True,
    ),
    made(
        "link-to-a-device",
        "odd files",
        lambda folder: [
            link_to("/dev/zero", "orders.csv")(folder),
            link_to("/dev/tty", "terminal.csv")(folder),
            link_to("/proc/self/environ", "environment.csv")(folder),
        ],
        "Reading /dev/zero never ends.",
    ),
    made(
        "notebook-is-a-device",
        "odd files",
        link_to("/dev/zero", FILE),
        "The notebook is a link to /dev/zero.",
        notebook=False,
        unreadable=True,
    ),
    made(
        "notebook-is-a-folder",
        "odd files",
        directory_instead,
        "A folder with the notebook's name.",
        notebook=False,
        unreadable=True,
    ),
    made(
        "no-notebook",
        "odd files",
        lambda folder: (folder / "readme.txt").write_text("I forgot it.\n"),
        "Nothing but a text file was handed in.",
        notebook=False,
        unreadable=True,
    ),
    made(
        "notebook-with-another-name",
        "natural faults",
        lambda folder: save(perfect(), folder, "1-analytics (1).ipynb"),
        "A browser's name for a second download: graded, or refused with a reason.",
        notebook=False,
        may_refuse=True,
    ),
    made("odd-names", "odd files", odd_names, "Names that are no text, commands, or too long."),
    made("html-names", "active content", html_names, "File names that are HTML or templates."),
    made("five-thousand-files", "odd files", many_files, "5,000 files.", may_refuse=True),
    made("deep-folders", "odd files", deep_folders, "200 folders in one another."),
    made("file-of-200-gigabytes", "odd files", sparse, "A sparse file of 200 GB.", may_refuse=True),
    made("files-without-rights", "odd files", unreadable_files, "A file that nobody may read."),
    made(
        "second-copies",
        "two gradings",
        second_copies,
        "Other copies beside the notebook, which end the program: a person says which counts.",
        may_refuse=True,
    ),
    in_folder(
        "odd-timestamp",
        "odd files",
        {"timestamp.txt": "9999-99-99 <script>alert(1)</script> " + "x" * 1_000_000},
        "timestamp.txt holds no time.",
    ),
    in_folder(
        "gradebook-beside",
        "odd files",
        {
            "gradebook.db": b"SQLite format 3\0" + bytes(5000),
            "autograded/1-analytics.ipynb": "{}",
            "feedback/1-analytics.html": "<script>alert(1)</script>",
        },
        "Files named like those that grading writes.",
    ),
    in_folder(
        "changed-table-beside",
        "changed data",
        {
            "orders.csv": "month,status,gross_tetri,refund_tetri\n2025-03,delivered,1,0\n",
            "tables/orders.csv": "month\n1\n",
            "course/company/tables/orders.csv": "month\n1\n",
            "truth.json": "{}",
        },
        "The shop's tables, changed, where the course might look for them.",
    ),
    in_cells(
        "changed-tables-in-memory",
        "changed data",
        {
            "1-1-net-sales": """
import course
import course.company

for name in tables() if callable(tables) else tables:
    try:
        table = load(name)
        table.drop(table.index, inplace=True)
    except Exception as problem:
        print(type(problem).__name__)
course.load = course.company.load = lambda name: pd.DataFrame()
"""
        },
        "The tables in memory are emptied, and `load` gives empty ones from there on.",
    ),
    in_cells(
        "writes-to-course-tables",
        "changed data",
        {
            "1-1-net-sales": """
import pathlib

import course

for folder in [pathlib.Path(course.__file__).parent, pathlib.Path(pd.__file__).parent]:
    for place in [folder, folder / "company" / "tables", folder / "keys", folder.parent]:
        try:
            (place / "hostile-was-here.csv").write_text("month\\n")
        except OSError as problem:
            print(type(problem).__name__)
"""
        },
        "New files among the shop's tables, the keys and the libraries.",
        dangerous=True,
    ),
    in_folder(
        "own-module-beside",
        "natural faults",
        {"my_helpers.py": "VAT = 1.18\n", "notes.csv": "channel,cost\nmeta,5\n"},
        "An honest module and an honest table of one's own, used by the notebook.",
        cells={
            "1-1-net-sales": "from my_helpers import VAT\n\nassert VAT == 1.18",
            "1-2-kpis": 'mine = pd.read_csv("notes.csv")\nassert mine["cost"].sum() == 5\nmine',
        },
    ),
    in_folder(
        "own-random-beside",
        "natural faults",
        {"random.py": "print('my first program')\n", "test.py": "1 / 0\n", "code.py": "x = 1\n"},
        "Beginners name their first programs random.py, test.py and code.py.",
    ),
]
