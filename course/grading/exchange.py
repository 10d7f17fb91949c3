"""nbgrader's exchange: collecting what students have put there under any name and time zone."""

import os
import re
import shutil
from datetime import datetime
from pathlib import Path

from dateutil.tz import gettz
from nbgrader.exchange.default import ExchangeCollect
from nbgrader.utils import ignore_patterns

from course.files import write_whole
from course.grading.gradebook import parse_timestamp, unfit_name
from course.grading.intake import LONGEST_TIMESTAMP, TIMESTAMP, read_file
from course.language import _

NO_TIME = datetime.min


class Collect(ExchangeCollect):
    """nbgrader's, but a zone without a name, "+04" for Asia/Tbilisi, is no part of the student's
    name, and a submission that cannot be collected costs nobody else's. For
    `c.ExchangeFactory.collect`.
    """

    def init_src(self) -> None:
        """Find the submissions, without those that nobody could have handed in by nbgrader."""
        if "+" in self.timestamp:
            self.log.warning(
                _(
                    "Submissions are collected, but in the time zone {zone} students cannot fetch "
                    'feedback by nbgrader: give everybody c.Exchange.timezone = "UTC".',
                    zone=self.timezone,
                )
            )
        super().init_src()
        self.src_records = [record for record in self.src_records if record["username"]]

    def _path_to_record(self, path: str) -> dict:
        """The student and the time in a name like `nino+1-analytics+2026-02-01 10:00:00 +04+…`."""
        name = Path(path).name
        assignment = re.escape(self.coursedir.assignment_id)
        found = re.fullmatch(
            rf"(?P<student>.+)\+{assignment}\+(?P<time>\d.+?)(\+[\w-]{{12}})?", name
        )
        time = self.time_in(found["time"]) if found else None
        if time is None or found["student"].startswith(".") or unfit_name(found["student"]):
            self.log.warning(_("No submission by its name, and left out: {name}", name=repr(name)))
            return {"username": "", "filename": name, "timestamp": NO_TIME}
        return {"username": found["student"], "filename": name, "timestamp": time}

    def time_in(self, text: str) -> datetime | None:
        """The time (UTC) in a text, also where its zone has a name that only the exchange's own
        zone tells: "CEST" is none that a computer knows, but Europe/Berlin calls itself so.
        """
        if time := parse_timestamp(text):
            return time
        local = parse_timestamp(text.rpartition(" ")[0])
        zone = gettz(self.timezone)
        if local is None or zone is None or local.replace(tzinfo=zone).tzname() != text.split()[-1]:
            return local
        return local - local.replace(tzinfo=zone).utcoffset()

    def do_copy(self, src: str, dest: str, log: object = None) -> None:
        """Copy a submission; what cannot be copied is said, and stays where it is.

        A link in it stays a link, which grading leaves out: nbgrader copies what it leads to, and
        that may be a file that only the instructor can read.
        """
        most = 1000 * self.coursedir.max_dir_size
        rules = ignore_patterns(
            exclude=self.coursedir.ignore,
            include=self.coursedir.include,
            max_file_size=self.coursedir.max_file_size,
            log=self.log,
        )
        try:
            if os.path.islink(src):
                raise OSError(_("it is a link"))
            if self.get_size(src) > most:
                raise OSError(_("it has more than {most} bytes", most=most))
            shutil.copytree(src, dest, symlinks=True, ignore=rules)
        except OSError as problem:  # and what copytree has gathered
            self.log.error(_("{file} was not collected: {problem}", file=src, problem=problem))
        if os.path.isdir(dest):
            self.put_time_right(Path(dest))
            if self.coursedir.groupshared:
                share(Path(dest))

    def put_time_right(self, folder: Path) -> None:
        """Write the time of a collected submission so that everybody reads the same."""
        try:
            said = read_file(folder / TIMESTAMP, LONGEST_TIMESTAMP).decode().strip()
        except ValueError:  # refused, or not UTF-8: grading tells it
            return
        if not parse_timestamp(said) and (time := self.time_in(said)):
            write_whole(folder / TIMESTAMP, f"{time} UTC".encode())


def share(folder: Path) -> None:
    """Let the other instructors of the group write in it, as nbgrader does."""
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o2770 if path.is_dir() else 0o660))
