"""How fast blemish's distortions are beside imagecorruptions and albumentations: `python benchmarks/distortion_speed.py`.

The same photos, machine and run; one thread; each library in a process and an environment of its own, on images that are
already in the form that it takes. They take turns, row by row and round by round, so that other load hits all alike. The
environments of the other two are made in benchmarks/.peers, once; that needs a package index. Their NumPy, OpenCV, SciPy,
scikit-image and Pillow are those of blemish's environment, so that only what the libraries make of them differs.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from importlib import metadata
from pathlib import Path
from statistics import fmean, geometric_mean

import cv2
import numpy as np
import skimage

from blemish.synth_distort.provenance import provenance

HERE = Path(__file__).resolve().parent
PHOTOS = ("astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg")
SIDE = 512  # px
FASTER_THAN_IMAGECORRUPTIONS, AS_FAST_AS_ALBUMENTATIONS = 5, 0.5  # the bars: a geometric mean, and the slowest of all

SHARED = ("numpy", "opencv-python-headless", "scipy", "scikit-image", "pillow")
# What pip is called with, one call after the other. imagecorruptions asks for the OpenCV that needs a display, and for the
# pkg_resources that setuptools 81 took away.
_SAME = tuple(f"{name}=={metadata.version(name)}" for name in SHARED)
PEERS = {
    "imagecorruptions": ((*_SAME, "setuptools<81"), ("--no-deps", "imagecorruptions==1.1.2")),
    "albumentations": ((*_SAME, "albumentations==2.0.8"),),
}


@dataclass
class Row:
    """One distortion of blemish and its like in another library.

    Attributes:
        distortion: blemish's name of it.
        value: of blemish's parameter.
        peer: the other library.
        call: the other library's name of it.
        settings: of the other library.
        matched: what is the same in both, and what is not.
        alike: whether both do the same to a photo, in the same colour space; if not, `call` is merely the nearest there is.
        best: by form of image, the shortest time on each photo so far, ms.
    """

    distortion: str
    value: float
    peer: str
    call: str
    settings: dict
    matched: str
    alike: bool = True
    best: dict[str, list[float]] = field(default_factory=dict)

    def milliseconds(self, form: str) -> float:
        """The mean over the photos of the shortest time, NaN where the library does not take this form."""
        return fmean(self.best[form]) if form in self.best else math.nan

    def times_as_fast_on(self, form: str) -> float:
        """How many times as fast as the other library, on `form`, blemish is."""
        return self.milliseconds(form) / self.milliseconds("tensor")

    @property
    def times_as_fast(self) -> float:
        """The one that counts: against float32, blemish's own type, where the other library takes it."""
        return self.times_as_fast_on("float32" if "float32" in self.best else "uint8")


def _corruption(distortion: str, value: float, call: str, matched: str, *, alike: bool = True) -> Row:
    """imagecorruptions at severity 3, the middle of its five, and the value that blemish needs for as much."""
    return Row(distortion, value, "imagecorruptions", call, {"severity": 3}, matched, alike)


def _transform(
    distortion: str, value: float, call: str, matched: str, *, alike: bool = True, **settings: object
) -> Row:
    """albumentations with `settings`; a list is a range that it draws from, and leaves no choice if both ends are the same."""
    return Row(distortion, value, "albumentations", call, settings, matched, alike)


def rows() -> list[Row]:
    """All that blemish shares with imagecorruptions (less snow, frost, spatter, elastic) and with albumentations."""
    cubic, nearest = ({"downscale": down, "upscale": up} for down, up in ((cv2.INTER_AREA, cv2.INTER_CUBIC), (0, 0)))
    plain = {"brightness": [1, 1], "contrast": [1, 1], "hue": [0, 0]}
    return [
        _corruption("white_noise", 0.18**2, "gaussian_noise", "standard deviation 0.18"),
        _corruption("shot_noise", 1 / 12, "shot_noise", "12 photons at white; theirs not in linear light"),
        _corruption("impulse_noise", 0.09, "impulse_noise", "9 % of the samples"),
        _corruption("multiplicative_noise", 0.35**2, "speckle_noise", "standard deviation 0.35"),
        _corruption("gaussian_blur", 3, "gaussian_blur", "sigma 3 px"),
        _corruption("lens_blur", 6, "defocus_blur", "radius 6 px"),
        _corruption("motion_blur", 17, "motion_blur", "standard deviation along the line; half a Gaussian in theirs"),
        _corruption("zoom_blur", 0.2, "zoom_blur", "up to 1.2 times; 10 steps in theirs, 128 in ours"),
        _corruption("jitter", 0.87, "glass_blur", "spread of the displacement; blurred too in theirs", alike=False),
        _corruption("haze", 1.25, "fog", "share of light left on average; a plasma in theirs", alike=False),
        _corruption("brighten", 0.6, "brightness", "mid-grey to 0.8; HSV in theirs, a tone curve in ours", alike=False),
        _corruption("contrast_down", 0.8, "contrast", "a fifth of the contrast left"),
        _corruption("pixelate", 0.4, "pixelate", "scale 0.4; box filter down in theirs"),
        _corruption("jpeg", 15, "jpeg_compression", "quality 15"),
        _corruption("oversaturate", 2, "saturate", "factor 2; HSV in theirs, CIELAB in ours", alike=False),
        _transform("gaussian_blur", 3, "GaussianBlur", "sigma 3 px", sigma_limit=[3, 3], blur_limit=0),
        _transform("lens_blur", 6, "Defocus", "radius 6 px", radius=[6, 6], alias_blur=[0.1, 0.1]),
        _transform(
            "motion_blur", 17, "MotionBlur", "length 17 px", blur_limit=[17, 17], allow_shifted=False, direction_range=[0, 0]
        ),
        _transform(
            "zoom_blur", 0.2, "ZoomBlur", "up to 1.2 times, in 128 steps",
            max_factor=[1.2, 1.2], step_factor=[0.2 / 128, 0.2 / 128],
        ),
        _transform("white_noise", 0.01, "GaussNoise", "standard deviation 0.1", std_range=[0.1, 0.1]),
        _transform("shot_noise", 0.05, "ShotNoise", "20 photons at white, in linear light", scale_range=[0.05, 0.05]),
        _transform(
            "sensor_noise", 0.01, "ISONoise", "about as strong; HLS noise in theirs, a Bayer sensor in ours",
            alike=False, color_shift=[0.05, 0.05], intensity=[0.5, 0.5],
        ),
        _transform(
            "impulse_noise", 0.05, "SaltAndPepper", "5 %; of pixels in theirs, of samples in ours",
            amount=[0.05, 0.05], salt_vs_pepper=[0.5, 0.5],
        ),
        _transform(
            "multiplicative_noise", 0.03, "MultiplicativeNoise", "variance 0.03; uniform in theirs, Gaussian in ours",
            multiplier=[0.7, 1.3], elementwise=True, per_channel=True,
        ),
        _transform("jpeg", 20, "ImageCompression", "quality 20", compression_type="jpeg", quality_range=[20, 20]),
        _transform("webp", 20, "ImageCompression", "quality 20", compression_type="webp", quality_range=[20, 20]),
        _transform(
            "oversharpen", 1, "UnsharpMask", "sigma 1 px, amount 1; RGB in theirs, CIELAB in ours",
            alike=False, blur_limit=[7, 7], sigma_limit=[1, 1], alpha=[1, 1], threshold=0,
        ),
        _transform(
            "ringing", 1, "RingingOvershoot", "rings of 6 px, kernel of 31 px",
            blur_limit=[31, 31], cutoff=[math.pi / 3, math.pi / 3],
        ),
        _transform(
            "downscale", 0.25, "Downscale", "scale 0.25; averaged down, bicubic up in theirs, bicubic both ways in ours",
            scale_range=[0.25, 0.25], interpolation_pair=cubic,
        ),
        _transform("pixelate", 0.4, "Downscale", "scale 0.4, nearest", scale_range=[0.4, 0.4], interpolation_pair=nearest),
        _transform("quantization", 8, "Posterize", "8 levels", num_bits=3),
        _transform("desaturate", 0, "ToGray", "the largest sample of each pixel", method="max"),
        _transform(
            "desaturate", 0.5, "HueSaturationValue", "HSV saturation; a term in theirs, a factor in ours",
            hue_shift_limit=[0, 0], sat_shift_limit=[-60, -60], val_shift_limit=[0, 0],
        ),
        _transform(
            "oversaturate", 2, "ColorJitter", "factor 2; a mix with grey in theirs, CIELAB in ours",
            alike=False, saturation=[2, 2], **plain,
        ),
        _transform(
            "brighten", 0.6, "RandomBrightnessContrast", "mid-grey to 0.8; a term in theirs, a tone curve in ours",
            brightness_limit=[0.3, 0.3], contrast_limit=[0, 0],
        ),
        _transform(
            "darken", 0.6, "RandomBrightnessContrast", "mid-grey to 0.2; a term in theirs, a tone curve in ours",
            brightness_limit=[-0.3, -0.3], contrast_limit=[0, 0],
        ),
        _transform(
            "contrast_down", 0.5, "RandomBrightnessContrast", "half; about black in theirs",
            brightness_limit=[0, 0], contrast_limit=[-0.5, -0.5],
        ),
        _transform(
            "contrast_up", 0.5, "RandomBrightnessContrast", "half more; about black in theirs",
            brightness_limit=[0, 0], contrast_limit=[0.5, 0.5],
        ),
        _transform(
            "chromatic_aberration", 4, "ChromaticAberration", "4 px in the corners",
            primary_distortion_limit=[0.022, 0.022], secondary_distortion_limit=[0, 0], mode="red_blue",
        ),
        _transform("haze", 0.7, "RandomFog", "about as strong; white disks in theirs", alike=False, fog_coef_range=[0.5, 0.5]),
        _transform(
            "jitter", 0.87, "GlassBlur", "spread of the displacement; blurred too in theirs",
            alike=False, sigma=1.0, max_delta=2, iterations=3,
        ),
        _transform(
            "color_block", 4.5, "CoarseDropout", "6 blocks of 32 px of a random colour",
            num_holes_range=[6, 6], hole_height_range=[32, 32], hole_width_range=[32, 32], fill="random_uniform",
        ),
        _transform(
            "color_cast", 0.5, "PlanckianJitter", "gains of red and blue; not in linear light in theirs",
            alike=False, mode="blackbody",
        ),
    ]  # fmt: skip


class Worker:
    """A process of one library that predictions how long a call takes it."""

    def __init__(self, process: subprocess.Popen) -> None:
        self._process = process
        self.versions = self._prediction()

    def times(self, call: str, settings: dict, form: str, seconds: float) -> list[float]:
        """The shortest time on each photo, ms, within `seconds` in all."""
        self._process.stdin.write(json.dumps([call, settings, form, seconds]) + "\n")
        self._process.stdin.flush()
        return self._prediction()

    def _prediction(self) -> object:
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"{' '.join(self._process.args)} ended; what it said stands above")
        return json.loads(line)


@contextmanager
def worker(library: str, python: Path, photos: Path) -> Iterator[Worker]:
    """A worker in the environment of `python`, with one thread."""
    threads = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}
    command = [str(python), "-W", "ignore", str(HERE / "distortion_speed_worker.py"), library, str(photos)]
    environment = {**os.environ, **threads, "NO_ALBUMENTATIONS_UPDATE": "1"}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=environment) as process:
        try:
            yield Worker(process)
        finally:
            process.stdin.close()


def environment(peer: str) -> Path:
    """The Python of the environment of `peer`, which is made if it is not there or was made with other pins."""
    folder = HERE / ".peers" / peer
    python, made_with = folder / "bin" / "python", folder / "made-with.json"
    pins = json.dumps(PEERS[peer])
    if not made_with.exists() or made_with.read_text() != pins:
        print(f"Making an environment for {peer} in {folder} ...", file=sys.stderr)
        venv.create(folder, clear=True, with_pip=True)
        for arguments in PEERS[peer]:
            subprocess.run([python, "-m", "pip", "install", "--quiet", *arguments], check=True, stdout=sys.stderr)
        made_with.write_text(pins)
    return python


def write_photos(path: Path) -> None:
    """Write PHOTOS of scikit-image, SIDE px square, as one array (photos, SIDE, SIDE, 3) of uint8 RGB."""
    photos = [cv2.imread(str(Path(skimage.__file__).parent / "data" / name)) for name in PHOTOS]
    squares = [cv2.resize(photo, (SIDE, SIDE), interpolation=cv2.INTER_AREA)[..., ::-1] for photo in photos]
    np.save(path, np.stack(squares))


def measure(measured: list[Row], workers: dict[str, Worker], *, rounds: int, seconds: float) -> None:
    """Time each row `rounds` times in all its forms, and keep the shortest of each photo."""
    for turn in range(rounds):
        for row in measured:
            print(f"round {turn + 1} of {rounds}: {row.distortion:24}", end="\r", file=sys.stderr)
            forms = ("float32", "uint8") if row.peer == "albumentations" else ("uint8",)
            questions = [("blemish", row.distortion, {"value": row.value}, "tensor")]
            questions += [(row.peer, row.call, row.settings, form) for form in forms]
            for library, call, settings, form in questions:
                times = workers[library].times(call, settings, form, seconds)
                row.best[form] = [min(pair) for pair in zip(times, row.best.get(form, times), strict=True)]


def summarize(measured: list[Row]) -> dict:
    """The figures that the bars are on, over all rows and over those alone whose two sides are alike."""
    summary = {}
    for scope, chosen in (("all", measured), ("alike", [row for row in measured if row.alike])):
        old = [row.times_as_fast for row in chosen if row.peer == "imagecorruptions"]
        slowest = min((row for row in chosen if row.peer == "albumentations"), key=lambda row: row.times_as_fast)
        summary[scope] = {
            "imagecorruptions_geometric_mean": round(geometric_mean(old), 2),
            "albumentations_slowest": round(slowest.times_as_fast, 2),
            "albumentations_slowest_distortion": slowest.distortion,
        }
    return summary


def table(measured: list[Row]) -> str:
    """All rows as Markdown."""
    lines = [
        "| blemish | other library | matched | blemish, ms | other, ms | times as fast | other on uint8, ms | times as fast |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in measured:
        nearest = "" if row.alike else " (nearest)"
        cells = [row.distortion, f"{row.peer}.{row.call}{nearest}", row.matched, f"{row.milliseconds('tensor'):.2f}"]
        for form in ("float32", "uint8"):
            known = form in row.best
            cells += [
                f"{row.milliseconds(form):.2f}" if known else "",
                f"{row.times_as_fast_on(form):.2f}" if known else "",
            ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def verdict(summary: dict) -> str:
    """The bars and what was measured, in words."""
    lines = []
    for scope, words in (("all", "all rows"), ("alike", "rows whose two sides do the same")):
        figures = summary[scope]
        mean, slowest = figures["imagecorruptions_geometric_mean"], figures["albumentations_slowest"]
        lines += [
            f"{words}: {mean:.2f} times as fast as imagecorruptions, geometric mean (bar: {FASTER_THAN_IMAGECORRUPTIONS}): "
            f"{'passed' if mean >= FASTER_THAN_IMAGECORRUPTIONS else 'MISSED'}",
            f"{words}: at least {slowest:.2f} times as fast as albumentations (bar: {AS_FAST_AS_ALBUMENTATIONS}), "
            f"the slowest is {figures['albumentations_slowest_distortion']}: "
            f"{'passed' if slowest >= AS_FAST_AS_ALBUMENTATIONS else 'MISSED'}",
        ]
    return "\n".join(lines)


def as_json(row: Row) -> dict:
    """A row with its times instead of those of single photos."""
    kept = {name: value for name, value in asdict(row).items() if name != "best"}
    times = {f"{form}_ms": round(row.milliseconds(form), 3) for form in row.best}
    return {**kept, **times, "times_as_fast": round(row.times_as_fast, 3)}


def main() -> None:
    """Measure, print, and with -o keep."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="JSON of all that was measured")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each library at each row")
    parser.add_argument("--seconds", type=float, default=0.3, help="of each turn")
    options = parser.parse_args()
    pythons = {"blemish": Path(sys.executable), **{peer: environment(peer) for peer in PEERS}}
    measured = rows()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        photos = Path(folder) / "photos.npy"
        write_photos(photos)
        workers = {name: stack.enter_context(worker(name, python, photos)) for name, python in pythons.items()}
        measure(measured, workers, rounds=options.rounds, seconds=options.seconds)
        versions = {name: each.versions for name, each in workers.items()}
    made, summary = provenance(), summarize(measured)
    print(f"\n{table(measured)}\n\n{made['machine']}, {made['date']}\n{verdict(summary)}")
    if options.output:
        record = {**made, "versions": versions, "photos": PHOTOS, "side": SIDE, "summary": summary}
        record["rows"] = [as_json(row) for row in measured]
        options.output.write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
