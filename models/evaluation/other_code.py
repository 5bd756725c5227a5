"""Damage by other people's code, which training does not use: Pillow, scikit-image, SciPy, OpenCV's codecs and resizes.

Strengths are fixed here, at clear damage, and chose nothing. `is_new` says that training has no variant of the same method
either; of the others it has one of its own making. The recipes of ImageNet-C (Hendrycks and Dietterich, ICLR 2019) are in
`image_net_c`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from PIL import Image, ImageEnhance, ImageFilter, ImageOps
from skimage import exposure, restoration, util

from . import image_net_c as inc
from .image_net_c import floats, levels

Pixels = np.ndarray  # (H, W, 3) uint8
Make = Callable[[Pixels, np.random.Generator], Pixels]


@dataclass(frozen=True)
class Edit:
    """One edit: the names of the registry that describe it, the first of them best, and what makes it."""

    title: str
    names: tuple[str, ...]
    make: Make
    is_new: bool = False


def _pillow(edit: Callable[[Image.Image], Image.Image]) -> Make:
    return lambda pixels, _: np.asarray(edit(Image.fromarray(pixels)).convert("RGB"))


def _on_floats(edit: Callable[..., np.ndarray], **settings: object) -> Make:
    return lambda pixels, _: levels(edit(floats(pixels), **settings))


def _noise(mode: str, **settings: Any) -> Make:
    return lambda pixels, g: levels(util.random_noise(floats(pixels), mode, rng=int(g.integers(2**31)), **settings))


def _codec(suffix: str, quality: int, value: int) -> Make:
    def make(pixels: Pixels, _: np.random.Generator) -> Pixels:
        content = cv2.imencode(suffix, pixels[..., ::-1], [quality, value])[1]
        return np.asarray(cv2.imdecode(content, cv2.IMREAD_COLOR))[..., ::-1]

    return make


def _hsv(channel: int, change: Callable[[np.ndarray], np.ndarray]) -> Make:
    def make(pixels: Pixels, _: np.random.Generator) -> Pixels:
        hsv = cv2.cvtColor(pixels, cv2.COLOR_RGB2HSV).astype(float)
        hsv[..., channel] = np.clip(change(hsv[..., channel]), 0, 255)
        return cv2.cvtColor(hsv.round().astype(np.uint8), cv2.COLOR_HSV2RGB)

    return make


def _resized(down: int, up: int) -> Make:
    def make(pixels: Pixels, _: np.random.Generator) -> Pixels:
        height, width = pixels.shape[:2]
        small = cv2.resize(pixels, (width // 4, height // 4), interpolation=down)
        return cv2.resize(small, (width, height), interpolation=up)

    return make


def _blurred_chroma(pixels: Pixels, _: np.random.Generator) -> Pixels:
    planes = cv2.cvtColor(pixels, cv2.COLOR_RGB2YCrCb)
    planes[..., 1:] = cv2.GaussianBlur(planes[..., 1:], (0, 0), 9)
    return cv2.cvtColor(planes, cv2.COLOR_YCrCb2RGB)


def _light(factor: float) -> Make:
    return lambda pixels, _: levels(inc.encoded(np.clip(inc.linear(floats(pixels)) * factor, 0, 1)))


EDITS = (
    Edit("Pillow Color 2.5", ("oversaturate",), _pillow(lambda p: ImageEnhance.Color(p).enhance(2.5))),
    Edit("HSV saturation × 2.5", ("oversaturate",), _hsv(1, lambda s: 2.5 * s)),
    Edit("Pillow Color 0.25", ("desaturate",), _pillow(lambda p: ImageEnhance.Color(p).enhance(0.25))),
    Edit("Pillow Contrast 2.2", ("contrast_up",), _pillow(lambda p: ImageEnhance.Contrast(p).enhance(2.2))),
    Edit("Pillow Contrast 0.35", ("contrast_down",), _pillow(lambda p: ImageEnhance.Contrast(p).enhance(0.35))),
    Edit("scikit-image sigmoid", ("contrast_up",), _on_floats(exposure.adjust_sigmoid, gain=12)),
    Edit(
        "Pillow Brightness 0.4",
        ("underexposure", "darken"),
        _pillow(lambda p: ImageEnhance.Brightness(p).enhance(0.4)),
        True,
    ),
    Edit("Pillow Brightness 2", ("overexposure", "brighten"), _pillow(lambda p: ImageEnhance.Brightness(p).enhance(2))),
    Edit("a quarter of the light", ("underexposure", "darken"), _light(1 / 4)),
    Edit("four times the light", ("overexposure", "brighten"), _light(4)),
    Edit("scikit-image gamma 2.2", ("darken", "underexposure"), _on_floats(exposure.adjust_gamma, gamma=2.2)),
    Edit("scikit-image gamma 0.4", ("brighten",), _on_floats(exposure.adjust_gamma, gamma=0.4)),
    Edit("HSV value + 0.35", ("brighten", "overexposure"), _hsv(2, lambda v: v + 0.35 * 255), True),
    Edit(
        "Pillow GaussianBlur 2",
        ("gaussian_blur", "lens_blur"),
        _pillow(lambda p: p.filter(ImageFilter.GaussianBlur(2))),
    ),
    Edit("Pillow BoxBlur 3", ("lens_blur", "gaussian_blur"), _pillow(lambda p: p.filter(ImageFilter.BoxBlur(3)))),
    Edit("ImageNet-C defocus", ("lens_blur", "gaussian_blur"), inc.defocus, True),
    Edit("ImageNet-C motion", ("motion_blur",), inc.motion, True),
    Edit("ImageNet-C zoom", ("zoom_blur",), inc.zoom),
    Edit("ImageNet-C glass", ("jitter",), inc.glass, True),
    Edit("OpenCV median 7", ("denoise",), lambda pixels, _: cv2.medianBlur(pixels, 7)),
    Edit("Pillow mode 7", ("denoise",), _pillow(lambda p: p.filter(ImageFilter.ModeFilter(7))), True),
    Edit("OpenCV bilateral", ("denoise",), lambda pixels, _: cv2.bilateralFilter(pixels, 9, 90, 9)),
    Edit("OpenCV NLM 15", ("denoise",), lambda pixels, _: cv2.fastNlMeansDenoisingColored(pixels, None, 15, 15, 7, 21)),
    Edit(
        "total variation",
        ("denoise",),
        _on_floats(restoration.denoise_tv_chambolle, weight=0.15, channel_axis=-1),
        True,
    ),
    Edit(
        "OpenCV edgePreserving",
        ("denoise",),
        lambda pixels, _: cv2.edgePreservingFilter(pixels, flags=1, sigma_s=60, sigma_r=0.4),
        True,
    ),
    Edit("scikit-image gaussian", ("white_noise", "shot_noise"), _noise("gaussian", var=0.01)),
    Edit("scikit-image s&p", ("impulse_noise",), _noise("s&p", amount=0.04)),
    Edit("scikit-image speckle", ("multiplicative_noise",), _noise("speckle", var=0.06)),
    Edit("ImageNet-C shot", ("shot_noise", "white_noise"), inc.shot, True),
    Edit("OpenCV JPEG 12", ("jpeg",), _codec(".jpg", cv2.IMWRITE_JPEG_QUALITY, 12)),
    Edit("OpenCV WebP 8", ("webp",), _codec(".webp", cv2.IMWRITE_WEBP_QUALITY, 8)),
    Edit("Pillow AVIF 12", ("avif",), inc.avif),
    Edit("OpenCV nearest, a quarter", ("pixelate",), _resized(cv2.INTER_NEAREST, cv2.INTER_NEAREST)),
    Edit("OpenCV area, a quarter", ("downscale",), _resized(cv2.INTER_AREA, cv2.INTER_LINEAR)),
    Edit("Pillow posterize", ("quantization",), _pillow(lambda p: ImageOps.posterize(p, 2))),
    Edit("Pillow web palette", ("color_quantization",), _pillow(lambda p: p.convert("P")), True),
    Edit("Pillow UnsharpMask", ("oversharpen",), _pillow(lambda p: p.filter(ImageFilter.UnsharpMask(2, 350, 0)))),
    Edit(
        "Pillow SHARPEN, three times",
        ("oversharpen",),
        _pillow(lambda p: p.filter(ImageFilter.SHARPEN).filter(ImageFilter.SHARPEN).filter(ImageFilter.SHARPEN)),
    ),
    Edit("ImageNet-C fog", ("haze",), inc.fog, True),
    Edit("chroma under a Gaussian", ("color_diffusion",), _blurred_chroma),
    Edit("gains of red and blue", ("color_cast",), lambda pixels, _: levels(floats(pixels) * [1.25, 1, 0.7])),
    Edit(
        "red moved by 6 px",
        ("color_shift", "chromatic_aberration"),
        lambda pixels, _: np.dstack([np.roll(pixels[..., 0], 6, 1), pixels[..., 1:]]),
    ),
)
