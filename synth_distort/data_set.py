"""Ladder data sets: the photos of a folder, each under many distortions, as files with a manifest. `blemish synthesize`.

The work is cut into units of one photo under one chain. A unit's images are written first, then its rows of the manifest, in a
folder of unfinished work; each file is written whole or not at all. A run that was stopped repeats only the units
without rows. Everything random depends on the seed and the photo's bytes, so that it ends with the same files.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .distortions.registry import DISTORTIONS
from .engines import Engine
from .files import printable, write_file, write_json
from .ladder import distort_chain, generator_of, in_camera_order
from .masks import random_mask
from .photo import Photo, PhotoError, as_saved, encoded_png, list_photos, read_photo
from .post_processing import PostProcessing, Resize, named_post_processing, post_process, post_processing_in_words
from .provenance import software
from .severity import SHIPPED_CURVES, parse_severities, severity_curve

if TYPE_CHECKING:
    import pyarrow
    from torch import Tensor

MANIFEST, RECORD, UNFINISHED = "manifest.parquet", "record.json", ".unfinished"


@dataclass(frozen=True)
class LadderDataSet:
    """The settings of a ladder data set.

    Attributes:
        chains: names of distortions, one or several together in camera order, each chain its own ladder.
        severities: of every distortion of a chain, one per level, to four digits.
        post_processing: a name of `POST_PROCESSINGS`, or "random": what happens to each photo after the distortion.
        masked: whether the distortion is in a random part of the photo only; the mask is kept as a file.
        seed: of all randomness.
    """

    chains: tuple[tuple[str, ...], ...] = tuple((name,) for name in DISTORTIONS)
    severities: tuple[float, ...] = (0.25, 0.5, 0.75, 1.0)
    post_processing: str = "png"
    masked: bool = False
    seed: int = 0

    @classmethod
    def from_words(
        cls, distortions: str, severities: str, *, post_processing: str, masked: bool, seed: int
    ) -> LadderDataSet:
        """From words as the command line takes them: "jpeg,white_noise+jpeg" (or "all") and "0.25,0.5".

        Raises:
            ValueError: no such distortion or post-processing, or a severity that is no number from 0 to 1.
        """
        named_post_processing(post_processing, generator_of(seed, "post_processing"))
        words = list(DISTORTIONS) if distortions == "all" else distortions.split(",")
        chains = tuple(dict.fromkeys(tuple(in_camera_order(word.split("+"))) for word in words))
        return cls(chains, parse_severities(severities), post_processing, masked, seed)

    def levels(self, chain: tuple[str, ...]) -> tuple[float, ...]:
        """The severities that every distortion of `chain` reaches."""
        worst = min(severity_curve(name).ceiling for name in chain)
        return tuple(severity for severity in self.severities if severity <= worst)


@dataclass(frozen=True)
class Unit:
    """One photo under one chain.

    Attributes:
        folder, output: of the photos, and of the data set.
        source: the photo's path in `folder`, with slashes.
        chain: the distortions.
        data_set: the settings.
    """

    folder: Path
    output: Path
    source: str
    chain: tuple[str, ...]
    data_set: LadderDataSet

    @property
    def part(self) -> Path:
        """The file of the unit's rows, until all are done."""
        key = hashlib.sha256(f"{self.source}/{'+'.join(self.chain)}".encode()).hexdigest()
        return self.output / UNFINISHED / "rows" / f"{key[:32]}.json"


def synthesize(folder: Path, output: Path, data_set: LadderDataSet, *, engine: Engine) -> dict:
    """Write the ladders of every photo in `folder` to `output`, and the manifest; a stopped run goes on.

    Args:
        folder: photos, in folders or not.
        output: a folder outside it.
        data_set: the settings.
        engine: one of `engines.ENGINES`, or like them.

    Returns:
        The record: the settings, the number of files, and the photos that could not be read.

    Raises:
        ValueError: no photos, `output` inside `folder`, or another data set in `output`.
    """
    folder, output = folder.resolve(), output.resolve()  # a worker may have another working directory
    photos = list_photos(folder)
    if output.is_relative_to(folder):
        raise ValueError(f"{output}: lies inside {folder}, where its files would be taken for photos to distort")
    sources = [photo.relative_to(folder).as_posix() for photo in photos]
    units = [Unit(folder, output, source, chain, data_set) for source in sources for chain in data_set.chains]
    record = _begin(output, _made_of(data_set, folder, sources))
    if not (output / MANIFEST).exists():
        engine(write_unit, [unit for unit in units if not unit.part.exists()])
        _finish(output, units, record)
    shutil.rmtree(output / UNFINISHED, ignore_errors=True)
    return json.loads((output / RECORD).read_text())


def write_unit(unit: Unit) -> None:
    """Write one unit's images, and its rows; a photo that cannot be read becomes a row with the error."""
    try:
        photo = read_photo(unit.folder / unit.source, isolated=True)
        rows = _write_images(unit, photo)
    except PhotoError as error:
        rows = [
            {
                "source": unit.source,
                "error": str(error).replace(printable(unit.folder / unit.source), printable(unit.source)),
            }
        ]
    _write(unit, unit.part, json.dumps(rows).encode())


def record_death(unit: Unit) -> None:
    """Write that the worker which had `unit` died, as of a photo that cannot be read."""
    sentence = (
        f"{printable(unit.source)}: ended the process that worked on it, for want of memory or by a decoder's error"
    )
    _write(unit, unit.part, json.dumps([{"source": unit.source, "error": sentence}]).encode())


def _made_of(data_set: LadderDataSet, folder: Path, sources: Sequence[str]) -> dict:
    """Everything that the bytes of the data set depend on, as JSON keeps it."""
    sizes = [f"{source} {(folder / source).lstat().st_size}" for source in sources]
    return {
        **json.loads(json.dumps(asdict(data_set))),
        "photos": hashlib.sha256("\n".join(sizes).encode()).hexdigest(),
        "scale": hashlib.sha256(SHIPPED_CURVES.read_bytes()).hexdigest(),
        "software": software("torch", "numpy", "pillow", "opencv-python-headless", "pyarrow"),
    }


def _begin(output: Path, made_of: dict) -> dict:
    """Make the folder for unfinished work, without the half-written files of a killed run; returns the record.

    Raises:
        ValueError: `output` holds another data set, or other files.
    """
    unfinished, record = output / UNFINISHED, {"made_of": made_of}
    kept = next((file for file in (output / RECORD, unfinished / RECORD) if file.exists()), None)
    if kept is not None:
        record = json.loads(kept.read_text())
    elif output.exists() and any(path.name != UNFINISHED for path in output.iterdir()):
        raise ValueError(f"{output}: is not empty, and holds no unfinished data set")
    if record.get("made_of") != made_of:
        raise ValueError(
            f"{output}: holds a data set of other photos, with other settings or of another version of blemish"
        )
    shutil.rmtree(unfinished / "half-written", ignore_errors=True)
    (unfinished / "half-written").mkdir(parents=True)
    if kept is None:
        write_json(unfinished / RECORD, record, by_way_of=unfinished / "half-written")
    return record


def _finish(output: Path, units: Sequence[Unit], record: dict) -> None:
    """Write the rows of all units as one manifest, in the order of `units`; last, since a data set with it is complete."""
    import pyarrow
    import pyarrow.parquet

    parts = [json.loads(unit.part.read_text()) for unit in units]
    rows = [row for part in parts for row in part if "error" not in row]
    failed = {row["source"]: row["error"] for part in parts for row in part if "error" in row}
    half_written = output / UNFINISHED / "half-written"
    content = {**record, "files": len(rows), "failed": failed}
    write_json(output / RECORD, content, by_way_of=half_written)
    stream = pyarrow.BufferOutputStream()
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows, schema=_schema()), stream)
    write_file(output / MANIFEST, stream.getvalue().to_pybytes(), by_way_of=half_written)


def _schema() -> pyarrow.Schema:
    import pyarrow as pa

    texts, numbers = pa.list_(pa.string()), pa.list_(pa.float64())
    columns = {
        "file": pa.string(),
        "sha256": pa.string(),
        "width": pa.int32(),
        "height": pa.int32(),
        "source": pa.string(),
        "source_sha256": pa.string(),
        "distortions": texts,
        "parameters": texts,
        "values": numbers,
        "units": texts,
        "severities": numbers,
        "mask": pa.string(),
        "post_processing": pa.string(),
        "post_processing_steps": pa.string(),
        "seed": pa.int64(),
    }
    return pa.schema(list(columns.items()))


def _write_images(unit: Unit, photo: Photo) -> list[dict]:
    chain, data_set, name = list(unit.chain), unit.data_set, "+".join(unit.chain)
    # The seed depends on the photo's bytes, not on the other photos in the folder or their order.
    digest = hashlib.sha256(f"{data_set.seed}/{photo.sha256}/{name}".encode()).digest()
    seed = int.from_bytes(digest[:4], "little")
    post_processing = named_post_processing(data_set.post_processing, generator_of(seed, "post_processing"))
    mask = _mask(photo, seed) if data_set.masked else None
    place = unit.output / "images" / unit.source
    mask_file = None
    if mask is not None:
        mask_file = place / f"{name}-mask.png"
        after = post_process(mask.expand(3, -1, -1), [step for step in post_processing if isinstance(step, Resize)])
        _write(unit, mask_file, encoded_png(after))
    rows = []
    for severity in data_set.levels(unit.chain):
        content, suffix, height, width = _level(
            photo.image, dict.fromkeys(chain, severity), post_processing, mask, seed
        )
        file = place / f"{name}-{severity:.4g}{suffix}"
        _write(unit, file, content)
        rows.append(
            {
                "file": file.relative_to(unit.output).as_posix(),
                "sha256": hashlib.sha256(content).hexdigest(),
                "width": width,
                "height": height,
                "source": unit.source,
                "source_sha256": photo.sha256,
                "distortions": chain,
                "parameters": [DISTORTIONS[each].parameter for each in chain],
                "values": [severity_curve(each).value(severity) for each in chain],
                "units": [DISTORTIONS[each].unit for each in chain],
                "severities": [severity] * len(chain),
                "mask": mask_file.relative_to(unit.output).as_posix() if mask_file else None,
                "post_processing": data_set.post_processing,
                "post_processing_steps": post_processing_in_words(post_processing),
                "seed": seed,
            }
        )
    return rows


def _level(
    image: Tensor, severities: dict[str, float], post_processing: PostProcessing, mask: Tensor | None, seed: int
) -> tuple[bytes, str, int, int]:
    """The bytes of one level's file, the ending of its name, and its height and width."""
    *others, last = severities
    entry = DISTORTIONS[last]
    if entry.encode and severities[last] > 0 and mask is None and not post_processing:
        before = distort_chain(image, {name: severities[name] for name in others}, seed=seed)
        _, height, width = image.shape
        return entry.encode(before, severity_curve(last).value(severities[last])), entry.suffix, height, width
    masks = None if mask is None else dict.fromkeys(severities, mask)
    damaged = post_process(as_saved(distort_chain(image, severities, seed=seed, masks=masks)), post_processing)
    _, height, width = damaged.shape
    return encoded_png(damaged), ".png", height, width


def _mask(photo: Photo, seed: int) -> Tensor:
    """A mask for `photo`, (H, W), with the 256 levels of its file."""
    return as_saved(random_mask(photo.height, photo.width, generator_of(seed, "mask")))


def _write(unit: Unit, path: Path, content: bytes) -> None:
    write_file(path, content, by_way_of=unit.output / UNFINISHED / "half-written")
