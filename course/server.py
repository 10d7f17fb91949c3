"""What the course adds to the server of JupyterLab: see workspace.py, and nothing for learners."""

from pathlib import Path

from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager

from course import notebooks, workspace


class CourseContents(AsyncLargeFileManager):
    """Files as JupyterLab loads and saves them; the course's notebooks follow a new language when
    they are next loaded or saved, and a tab that has missed something takes no answer away.
    """

    def is_ours(self, path: str) -> bool:
        """Whether the path is that of a notebook of the course."""
        return path.endswith(".ipynb") and (self.folder / ".course/delivered" / path).is_file()

    @property
    def folder(self) -> Path:
        """The workspace."""
        return Path(self.root_dir)

    async def get(self, path: str, content: bool = True, *more: object, **other: object) -> dict:
        """The file's model, after it was brought to what it has to be."""
        name = path.strip("/")
        if content and self.is_ours(name):
            try:
                workspace.settle(name, self.folder, notebooks.read(self.folder / name))
            except Exception:  # whatever it is, it must not keep a learner from the notebook
                self.log.exception("%s stays as it is", name)
        return await super().get(path, content, *more, **other)

    async def save(self, model: dict, path: str = "") -> dict:
        """Save what the editor has, in the present language, with the answers that it lacks."""
        name = path.strip("/")
        if model.get("type") == "notebook" and model.get("content") and self.is_ours(name):
            try:
                mine = notebooks.whole(model["content"])
                model["content"] = workspace.saved_over(name, self.folder, mine) or model["content"]
            except Exception:  # it must not keep anybody from saving
                self.log.exception("%s is saved as it is", name)
        return await super().save(model, path)
