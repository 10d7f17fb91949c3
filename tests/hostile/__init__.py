"""Hostile and faulty submissions of 1-analytics, each with the mark it deserves.

`corpus.ATTACKS` holds all of them, gathered from the modules beside it, one a family. An entry is
an `Attack`: its `make(folder)` writes the folder as a student would hand it in. Mostly one answer
cell holds the attack and all others the reference answers, so that the deserved mark is exact:
nothing for the attacked exercise, full points for those before and after it.

How to add one
--------------
1. Take the module of its family and append to its `ATTACKS`:

       in_answer(
           "always-equal-text",          # name: kebab-case, the only one of its name
           "forged equality",            # class: one of attack.CLASSES
           "1.4b",                       # the exercise whose answer cell is replaced
           "class Any(str): ...",        # the cell's code
           "What it tries, and why it could work.",
       )

   `in_cells` puts cells between the others and leaves all answers right, `in_folder` writes files,
   `in_notebook` changes the notebook, `as_bytes` replaces the file altogether.
2. Say what it deserves where that is not the usual: `marks={"1.8": 3}`, or a pair of the least and
   the most where the student's own process is honestly spoiled (`spoiled_from("1.8")`).
3. If success would show in the outputs, let the code put a canary together at run time
   (`TELL` gives it `tell("word")`) and name it in `canaries`: the source itself must not hold it.
4. If it would leave a file or a process behind, name it in `leftovers`.
5. Set `dangerous=True` where it must not run without a box. Bound it all the same: 60 seconds,
   3,000 processes, 6 GB of memory, 3 GB of disk.

How to run the corpus
---------------------
Call `planted.plant` with the course folder and the home that the grader sees, `listener.listening`
around the grading, then `judge.problems` on what came out and `judge.left_behind` on what stays.
An empty list means: the deserved mark, nothing leaked, nothing changed, nothing active on the page.
"""
