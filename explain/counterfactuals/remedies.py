"""Remedies: what a person could do to a photo, each one call of scikit-image or OpenCV, in rising strengths."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import scipy.ndimage
import torch
from skimage.restoration import denoise_tv_chambolle, richardson_lucy
from torch import Tensor

from ...synth_distort.photo import from_pil, to_pil, to_uint8

Pixels = np.ndarray  # (H, W, 3) float64 in [0, 1]


@dataclass(frozen=True)
class Remedy:
    """One way to mend a photo.

    Attributes:
        name: in JSON.
        done: in a sentence: "denoised (non-local means)".
        apply: from pixels (H, W, 3) in [0, 1] and a strength, to pixels.
        strengths: to try, from the gentlest.
        unit: of the strengths.
        measure: of `MEASURES`, which has to improve for a gain to be told.
    """

    name: str
    done: str
    apply: Callable[[Pixels, float], Pixels]
    strengths: tuple[float, ...]
    unit: str
    measure: str

    @property
    def sentence_begin(self) -> str:
        """`done` at the beginning of a sentence; names in it keep their capitals."""
        return self.done[:1].upper() + self.done[1:]

    def __call__(self, image: Tensor, strength: float) -> Tensor:
        """`image` (3, H, W) mended with this strength."""
        mended = self.apply(image.permute(1, 2, 0).double().numpy(), strength)
        return torch.from_numpy(np.ascontiguousarray(mended)).permute(2, 0, 1).float().clamp(0, 1)


def _non_local_means(pixels: Pixels, strength: float) -> Pixels:
    """Buades, Coll and Morel, CVPR 2005; `strength` is the filter's h in levels."""
    return cv2.fastNlMeansDenoisingColored(_bytes(pixels), None, strength, strength, 5, 15) / 255.0


def _bilateral(pixels: Pixels, strength: float) -> Pixels:
    """Tomasi and Manduchi, ICCV 1998; `strength` is the range in levels."""
    return cv2.bilateralFilter(pixels.astype(np.float32), 7, strength / 255, 2.0).astype(np.float64)


def _total_variation(pixels: Pixels, strength: float) -> Pixels:
    """Total variation (Chambolle, J. Math. Imaging Vis. 2004); `strength` is the weight of smoothness."""
    return denoise_tv_chambolle(pixels, weight=strength, channel_axis=2)


def _median(pixels: Pixels, strength: float) -> Pixels:
    """The median of a square, for single pixels that are wrong; `strength` is its side in px."""
    return cv2.medianBlur(_bytes(pixels), int(strength)) / 255.0


def _deblock(pixels: Pixels, strength: float) -> Pixels:
    """Mean of shifted copies that are compressed again (Nosratinia, J. VLSI Sig. Proc. 2001); `strength` is the quality."""
    image = torch.from_numpy(pixels).permute(2, 0, 1).float()
    shifts = [(down, across) for down in (0, 3, 6) for across in (0, 3, 6)]
    total = np.zeros_like(pixels)
    for down, across in shifts:
        padded = torch.nn.functional.pad(image[None], (across, 8 - across, down, 8 - down), mode="reflect")[0]
        saved = _saved_as_jpeg(padded, int(strength))[
            :, down : down + pixels.shape[0], across : across + pixels.shape[1]
        ]
        total += saved.permute(1, 2, 0).double().numpy()
    return total / len(shifts)


def _unsharp(pixels: Pixels, strength: float) -> Pixels:
    """Unsharp masking of luma with a Gaussian of 1.5 px; `strength` is its amount."""
    luma = pixels @ (0.299, 0.587, 0.114)
    detail = luma - scipy.ndimage.gaussian_filter(luma, 1.5)
    return pixels + strength * detail[..., None]


def _deconvolve(pixels: Pixels, strength: float) -> Pixels:
    """Richardson and Lucy's deconvolution of a Gaussian, of luma, 10 rounds; `strength` is its deviation in px."""
    reach = int(np.ceil(3 * strength))
    line = np.exp(-0.5 * (np.arange(-reach, reach + 1) / strength) ** 2)
    kernel = np.outer(line, line) / line.sum() ** 2
    luma = pixels @ (0.299, 0.587, 0.114)
    sharp = richardson_lucy(np.pad(luma, reach, mode="reflect"), kernel, 10)[reach:-reach, reach:-reach]
    return pixels + (sharp - luma)[..., None]


def _exposure(pixels: Pixels, strength: float) -> Pixels:
    """Linear light times 2 ** `strength`, in stops."""
    return (pixels**2.2 * 2**strength).clip(0, 1) ** (1 / 2.2)


def _contrast(pixels: Pixels, strength: float) -> Pixels:
    """Luma stretched so that this share (%) is clipped at either end, by at most the factor 3."""
    luma = pixels @ (0.299, 0.587, 0.114)
    low, high = np.percentile(luma, (strength, 100 - strength))
    factor = min(3.0, 1 / max(high - low, 1e-3))
    return (pixels - (low + high) / 2) * factor + 0.5


def _white_balance(pixels: Pixels, strength: float) -> Pixels:
    """Grey world in linear light (Buchsbaum, J. Franklin Inst. 1980), this share of the way."""
    linear = pixels**2.2
    means = linear.mean((0, 1)) + 1e-4
    return (linear * (means.mean() / means) ** strength).clip(0, 1) ** (1 / 2.2)


REMEDIES = {
    remedy.name: remedy
    for remedy in (
        Remedy("non_local_means", "denoised (non-local means)", _non_local_means, (3, 7, 14), "levels", "noise"),
        Remedy("bilateral", "smoothed between edges (bilateral)", _bilateral, (15, 40), "levels", "noise"),
        Remedy(
            "total_variation", "denoised (total variation)", _total_variation, (0.03, 0.1), "of smoothness", "noise"
        ),
        Remedy("median", "freed of single wrong pixels (median)", _median, (3, 5), "px", "noise"),
        Remedy("deblock", "deblocked", _deblock, (60, 30, 15), "JPEG quality", "blocks"),
        Remedy("unsharp", "sharpened (unsharp mask)", _unsharp, (0.5, 1.0), "times the detail", "steepness"),
        Remedy("deconvolution", "deblurred (Richardson-Lucy)", _deconvolve, (0.8, 1.5, 2.5), "px", "steepness"),
        Remedy("brighten", "brightened", _exposure, (0.5, 1.0, 2.0), "stops", "exposure"),
        Remedy("darken", "darkened", _exposure, (-0.5, -1.0), "stops", "exposure"),
        Remedy("contrast", "stretched in contrast", _contrast, (0.1, 1.0), "% clipped", "contrast"),
        Remedy("white_balance", "white-balanced (grey world)", _white_balance, (0.5, 1.0), "of the way", "cast"),
    )
}


def _bytes(pixels: Pixels) -> np.ndarray:
    return to_uint8(torch.from_numpy(pixels).permute(2, 0, 1).float())


def _saved_as_jpeg(image: Tensor, quality: int) -> Tensor:
    import io

    from PIL import Image

    stream = io.BytesIO()
    to_pil(image).save(stream, "JPEG", quality=quality, subsampling=0)
    return from_pil(Image.open(stream))
