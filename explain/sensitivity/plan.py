"""What a model is measured on: photos, distortions, severities, and what should not matter."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...synth_distort import DISTORTIONS, FAMILIES, Photo, as_photo, distort, read_photo, severity_curve
from ...synth_distort.photo import as_saved
from ...synth_distort.post_processing import Resize, Save
from ...synth_distort.severity import scale_digest

if TYPE_CHECKING:
    from torch import Tensor

AS_IT_IS, ALONE, OTHER_FILE = "", "alone", "bmp"  # conditions that change no pixel
NO_DISTORTION = ""
STABILITY_AT = (0.25, 0.5, 0.75)  # severities at which what should not matter is tried
CROP = 8  # px from each side

# What should not matter: name, words for the page, and what it does to an image.
CONDITIONS: dict[str, tuple[str, Callable[[Tensor], Tensor]]] = {
    "jpeg92": ("saved again as JPEG 92", Save("JPEG", 92)),
    "resized88": ("reduced to 0.88", Resize(0.88)),
    "resized50": ("reduced to 0.5", Resize(0.5)),
    "cropped": (f"cropped by {CROP} pixels", lambda image: image[:, CROP:-CROP, CROP:-CROP]),
    "flipped": ("flipped left to right", lambda image: image.flip(2)),
    OTHER_FILE: ("given as BMP, not PNG", lambda image: image),
    ALONE: ("scored alone, not in a batch", lambda image: image),
}


@dataclass(frozen=True)
class Plan:
    """The settings of a measurement.

    Attributes:
        distortions: keys of `DISTORTIONS`.
        levels: from severity 1 / levels to 1, beside the undistorted photo; a distortion that cannot be so severe has fewer.
        side: px of the photos' longer side; larger photos are scaled down to it.
        stability: distortions on whose ladders what should not matter is tried.
        seed: of all randomness.
    """

    distortions: tuple[str, ...] = tuple(DISTORTIONS)
    levels: int = 20
    side: int = 512
    stability: tuple[str, ...] = ("lens_blur", "white_noise", "jpeg")
    seed: int = 0

    def __post_init__(self) -> None:
        if self.levels < 2:
            raise ValueError(f"levels is {self.levels}; a ladder has at least 2")
        if self.side < 96:
            raise ValueError(f"side is {self.side} px; photos need at least 96")
        for name in (*self.distortions, *self.stability):
            severity_curve(name)

    def severities(self, distortion: str) -> tuple[float, ...]:
        """Of the levels of `distortion`, without the undistorted photo."""
        if distortion == NO_DISTORTION:
            return (0.0,)
        steps = (round((number + 1) / self.levels, 4) for number in range(self.levels))
        return tuple(step for step in steps if step <= severity_curve(distortion).ceiling)

    def severities_under(self, condition: str, distortion: str) -> tuple[float, ...]:
        """The same under `condition`: all as the photo is, a few where something that should not matter is tried."""
        all_of_them = self.severities(distortion)
        if condition == AS_IT_IS or distortion == NO_DISTORTION:
            return all_of_them
        nearest = (min(all_of_them, key=lambda one, aim=aim: abs(one - aim)) for aim in STABILITY_AT)
        return tuple(dict.fromkeys(nearest))

    def ladders(self) -> Iterator[tuple[str, str]]:
        """Condition and distortion of every ladder of a photo."""
        tried = [name for name in self.stability if name in self.distortions]
        for condition in (AS_IT_IS, *CONDITIONS):
            yield condition, NO_DISTORTION
            for distortion in self.distortions if condition == AS_IT_IS else tried:
                yield condition, distortion

    @property
    def digest(self) -> str:
        """By which images that were made the same way are known; which of them were made does not matter."""
        made_of = [self.side, self.seed, scale_digest()]
        return hashlib.sha256(json.dumps(made_of).encode()).hexdigest()

    def to_dict(self) -> dict:
        """As JSON keeps it."""
        return {**asdict(self), "families": len(FAMILIES), "scale": scale_digest()}


@dataclass(frozen=True)
class Subject:
    """A photo that is measured on.

    Attributes:
        name: in sentences and tables.
        source: its file, or itself where it has none.
    """

    name: str
    source: Path | Photo

    @cached_property
    def digest(self) -> str:
        """SHA-256 of its file, or of its pixels where there is none."""
        if isinstance(self.source, Photo):
            return self.source.sha256
        return hashlib.sha256(self.source.read_bytes()).hexdigest()

    def image(self, plan: Plan) -> Tensor:
        """(3, H, W) with 256 levels, at most `plan.side` px long.

        Raises:
            PhotoError: it cannot be read.
        """
        photo = self.source if isinstance(self.source, Photo) else read_photo(self.source)
        longest = max(photo.image.shape[1:])
        image = Resize(plan.side / longest)(photo.image) if longest > plan.side else photo.image
        return as_saved(image)

    def level(self, image: Tensor, distortion: str, severity: float, plan: Plan) -> Tensor:
        """`image` under `distortion`, as an 8-bit file would keep it: the same whoever asks for it."""
        if distortion == NO_DISTORTION:
            return image
        seed = int.from_bytes(hashlib.sha256(f"{plan.seed}/{self.digest}/{distortion}".encode()).digest()[:4], "little")
        return as_saved(distort(image, distortion, severity, seed=seed))


def subjects_of(images: Sequence[Any]) -> list[Subject]:
    """Paths, arrays, tensors or photos as what is measured on; those without a file are numbered."""
    found: list[Subject] = []
    for number, one in enumerate(images, 1):
        if isinstance(one, (str, Path)):
            taken = Path(one).name in {subject.name for subject in found}
            found.append(Subject(str(one) if taken else Path(one).name, Path(one)))
        else:
            photo = as_photo(one)
            found.append(Subject(photo.path.name if photo.path else f"photo {number}", photo))
    return found
