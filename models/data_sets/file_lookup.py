"""Files by names that may differ in case from those on disk, as after unpacking on another system."""

from __future__ import annotations

from pathlib import Path


class Lookup:
    """Finds files whatever the case of their names and folders; each folder is listed once, however many are looked up."""

    def __init__(self) -> None:
        self._listings: dict[Path, dict[str, Path]] = {}

    def find(self, path: Path) -> Path | None:
        """`path` as it is on disk, the exact name first; None where there is nothing of that name."""
        names = self._list(path.parent)
        return names.get(path.name) or names.get(path.name.casefold())

    def first(self, folder: Path, *names: str) -> Path | None:
        """The first of `names` that is in `folder`; they may lie deeper, as in "Data/scores.csv"."""
        found = (self.find(folder / name) for name in names)
        return next((path for path in found if path is not None), None)

    def _list(self, folder: Path) -> dict[str, Path]:
        if folder not in self._listings:
            # A folder that exists is taken as it is: the folders above it may not be readable.
            place = folder if folder.is_dir() else self.find(folder)
            entries = sorted(place.iterdir()) if place is not None and place.is_dir() else []
            self._listings[folder] = {e.name.casefold(): e for e in entries} | {e.name: e for e in entries}
        return self._listings[folder]
