"""How fast blemish's distortions are beside imagecorruptions and albumentations: `python benchmarks/speed/distortions.py`.

The same photos, machine and run; one thread; each library in a process and an environment of its own, on images that are
already in the form that it takes. They take turns, row by row and round by round, so that other load hits all alike. The
environments of the other two are made in benchmarks/speed/.peers, once; that needs a package index. Their NumPy, OpenCV, SciPy,
scikit-image and Pillow are those of blemish's environment, so that only what the libraries make of them differs.
"""

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import venv
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass, field
from importlib import metadata
from pathlib import Path
from statistics import fmean, geometric_mean
from typing import Any

import cv2
import numpy as np
import skimage
from PIL import Image

from blemish.synth_distort.files import write_json
from blemish.synth_distort.provenance import provenance

HERE = Path(__file__).resolve().parent
PHOTOS = ("astronaut.png", "chelsea.png", "coffee.png", "rocket.jpg")
SIDE = 512  # px
ROUNDS, SECONDS = 5, 0.3  # turns of each library at each row, and how long each is
SHARED = ("numpy", "opencv-python-headless", "scipy", "scikit-image", "pillow")
SAME = tuple(f"{name}=={metadata.version(name)}" for name in SHARED)
# What pip is called with, one call after the other. imagecorruptions asks for the OpenCV that needs a display, and for the
# pkg_resources that setuptools 81 took away.
PEERS = {
    "imagecorruptions": ((*SAME, "setuptools<81"), ("--no-deps", "imagecorruptions==1.1.2")),
    "albumentations": ((*SAME, "albumentations==2.0.8"),),
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
        best: by form of image ("tensor" is blemish), the shortest time on each photo so far, ms.
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
        """The mean over the photos of the shortest time."""
        return fmean(self.best[form])

    @property
    def times_as_fast(self) -> float:
        """How many times as fast blemish is: against float32, its own type, where the other library takes it."""
        return self.milliseconds("float32" if "float32" in self.best else "uint8") / self.milliseconds("tensor")

    def to_dict(self) -> dict:
        """With its times instead of those of single photos."""
        kept = {name: value for name, value in asdict(self).items() if name != "best"}
        times = {f"{form}_ms": round(self.milliseconds(form), 3) for form in self.best}
        return {**kept, **times, "times_as_fast": round(self.times_as_fast, 3)}


def _corruption(distortion: str, value: float, call: str, matched: str, *, alike: bool = True) -> Row:
    """imagecorruptions at severity 3, the middle of its five, and the value that blemish needs for as much."""
    return Row(distortion, value, "imagecorruptions", call, {"severity": 3}, matched, alike)


def _transform(distortion: str, value: float, call: str, matched: str, *, alike: bool = True, **settings) -> Row:
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
    """A process of one library, in the environment of `python` and with one thread, that replies how long a call takes."""

    def __init__(self, library: str, python: Path, photos: Path) -> None:
        threads = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}
        command = [python, "-W", "ignore", HERE / "distortions_worker.py", library, photos]
        variables = {**os.environ, **threads, "NO_ALBUMENTATIONS_UPDATE": "1"}
        self.library, pipe = library, subprocess.PIPE
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=variables)
        self.versions: dict[str, str] = self.reply()

    def times(self, call: str, settings: dict, form: str) -> list[float]:
        """The shortest time on each photo, ms, within SECONDS in all."""
        print(json.dumps([call, settings, form, SECONDS]), file=self.process.stdin, flush=True)
        return self.reply()

    def reply(self) -> Any:
        """The next line that it prints, which is JSON."""
        line = next(self.process.stdout or iter(()), None)
        if not line:
            raise SystemExit(f"the process of {self.library} ended; what it said stands above")
        return json.loads(line)

    def close(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.communicate()


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
    photos = [np.asarray(Image.open(Path(skimage.data_dir) / name).convert("RGB")) for name in PHOTOS]
    np.save(path, np.stack([cv2.resize(photo, (SIDE, SIDE), interpolation=cv2.INTER_AREA) for photo in photos]))


def measure(measured: list[Row], workers: dict[str, Worker]) -> None:
    """Time each row ROUNDS times in all its forms, and keep the shortest of each photo."""
    for turn in range(ROUNDS):
        for row in measured:
            print(f"round {turn + 1} of {ROUNDS}: {row.distortion:24}", end="\r", file=sys.stderr)
            forms = ("float32", "uint8") if row.peer == "albumentations" else ("uint8",)
            questions = [("blemish", row.distortion, {"value": row.value}, "tensor")]
            questions += [(row.peer, row.call, row.settings, form) for form in forms]
            for library, call, settings, form in questions:
                times = workers[library].times(call, settings, form)
                row.best[form] = [min(pair) for pair in zip(times, row.best.get(form, times), strict=True)]


def summarize(measured: list[Row]) -> dict:
    """How many times as fast, over all rows and over those alone whose two sides are alike."""
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


def main() -> None:
    """Measure, print, and with -o keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="JSON of all that was measured")
    options = parser.parse_args()
    pythons = {"blemish": Path(sys.executable), **{peer: environment(peer) for peer in PEERS}}
    measured = rows()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        photos = Path(folder) / "photos.npy"
        write_photos(photos)
        workers = {name: stack.enter_context(closing(Worker(name, python, photos))) for name, python in pythons.items()}
        measure(measured, workers)
        versions = {name: each.versions for name, each in workers.items()}
    summary = summarize(measured)
    for row in measured:
        print(f"{row.times_as_fast:6.2f} times as fast: {row.distortion} beside {row.peer}.{row.call} ({row.matched})")
    print(json.dumps(summary, indent=1))
    if options.output:
        record = {**provenance(), "versions": versions, "photos": PHOTOS, "side": SIDE, "summary": summary}
        write_json(options.output, {**record, "rows": [row.to_dict() for row in measured]})


if __name__ == "__main__":
    main()
