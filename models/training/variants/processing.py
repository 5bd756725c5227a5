"""Over-processing by other filters: noise reduction, sharpening, ringing and demosaicing as programs have them."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from ....synth_distort.distortions.color_spaces import luma
from ....synth_distort.distortions.convolution import box_blurred, convolve, gaussian_blurred
from ....synth_distort.photo import to_uint8
from .registry import between, variant


@variant("denoise")
def median(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """The median of squares, sides weighed between the odd numbers."""
    import cv2

    radius = between(0.3, 7, amount)
    below, above = ((2 * math.floor(radius + step) + 1) for step in (0, 1))
    pixels = to_uint8(image)
    near, far = (_tensor(pixels if side == 1 else cv2.medianBlur(pixels, side)) for side in (below, above))
    return torch.lerp(near, far, radius - math.floor(radius))


@variant("denoise")
def bilateral(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """Means over neighbours of like value."""
    import cv2

    side, reach = int(generator.choice([5, 7, 9])), between(6, 160, amount)
    return _tensor(cv2.bilateralFilter(to_uint8(image), side, reach, generator.uniform(1.5, 5) + 3 * amount))


@variant("denoise")
def nonlocal_means(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """Means over places that look alike (Buades, Coll and Morel, CVPR 2005)."""
    import cv2

    strength = between(2, 45, amount)
    return _tensor(cv2.fastNlMeansDenoisingColored(to_uint8(image), None, strength, strength, 3, 9))


@variant("denoise")
def guided_by_luma(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """The guided filter with luma as guide, of another radius."""
    radius, guide = int(generator.integers(2, 10)), luma(image).double()
    mean = box_blurred(guide, radius)
    variance = (box_blurred(guide * guide, radius) - mean * mean).clamp(min=0) + between(0.01, 0.6, amount) ** 2
    averaged = box_blurred(image, radius)
    slope = (box_blurred(image * guide, radius) - averaged * mean) / variance
    return box_blurred(slope, radius) * guide + box_blurred(averaged - slope * mean, radius)


@variant("denoise")
def wavelets_shrunk(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """Details of three scales of the à trous transform drawn towards zero by a threshold."""
    rest, kept, limit = image.double(), torch.zeros_like(image, dtype=torch.float64), between(0.006, 0.25, amount)
    hard = generator.random() < 0.3
    for scale in range(3):
        smooth = gaussian_blurred(rest, 0.8 * 2**scale)
        detail, threshold = rest - smooth, limit / 2**scale
        kept += detail * (detail.abs() > threshold) if hard else detail.sign() * (detail.abs() - threshold).clamp(min=0)
        rest = smooth
    return rest + kept


@variant("oversharpen")
def unsharp_of_any_radius(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """Unsharp masking of red, green and blue, of fine detail or coarse."""
    sigma = generator.uniform(0.5, 3)
    return image + between(0.3, 14, amount) * (image - gaussian_blurred(image, sigma)) * min(1.2, 1 / sigma)


@variant("oversharpen")
def laplacian(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """A kernel of 3 × 3 px, with four neighbours or eight."""
    corners = float(generator.integers(2))
    kernel = -np.array([[corners, 1, corners], [1, 0, 1], [corners, 1, corners]])
    kernel[1, 1] = -kernel.sum()
    return image + between(0.06, 4, amount) * convolve(image, kernel) / (1 + corners)


@variant("oversharpen")
def luma_with_a_threshold(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """Unsharp masking of luma where its detail is more than noise."""
    bright = luma(image)
    detail = bright - gaussian_blurred(bright, generator.uniform(0.7, 2))
    return image + between(0.4, 16, amount) * detail * (detail.abs() > generator.uniform(0, 0.015))


@variant("ringing")
def cut_off_spectrum(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """All spatial frequencies above one taken away at once (Gibbs)."""
    height, width = image.shape[1:]
    limit = between(0.48, 0.04, amount)
    padded = torch.nn.functional.pad(image[None], (0, width - 1, 0, height - 1), mode="reflect")[0]
    spectrum = torch.fft.rfft2(padded)
    rows = torch.fft.fftfreq(padded.shape[1])[:, None].abs()
    columns = torch.fft.rfftfreq(padded.shape[2])[None, :]
    kept = (rows**2 + columns**2).sqrt() < limit if generator.random() < 0.6 else (rows < limit) & (columns < limit)
    return torch.fft.irfft2(spectrum * kept, s=padded.shape[1:])[:, :height, :width]


@variant("ringing")
def wide_lobes(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """A sharp band added along rows and columns: a resampler with long lobes."""
    reach, period = 9, generator.uniform(2.6, 7)
    offsets = np.arange(-reach, reach + 1)
    lobes = np.cos(2 * math.pi * offsets / period) * np.exp(-np.abs(offsets) / generator.uniform(2, 5))
    lobes -= np.exp(-((offsets / 4) ** 2)) * lobes.sum() / np.exp(-((offsets / 4) ** 2)).sum()
    lobes /= np.abs(lobes).sum()
    return image + between(0.1, 6, amount) * (convolve(image, lobes[None, :]) + convolve(image, lobes[:, None])) / 2


@variant("demosaic_artefacts")
def wrong_way_back(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """A mosaic of any order, interpolated by neighbours or bilinearly; what that did wrong is scaled."""
    row, column = (int(side) for side in generator.integers(2, size=2))
    nearest = generator.random() < 0.5
    rebuilt = image.clone()
    for plane, places in enumerate(([(0, 0)], [(0, 1), (1, 0)], [(1, 1)])):
        measured = torch.zeros_like(image[0])
        for down, across in places:
            top, left = (down + row) % 2, (across + column) % 2
            measured[top::2, left::2] = image[plane, top::2, left::2]
        if nearest and plane != 1:
            top, left = (places[0][0] + row) % 2, (places[0][1] + column) % 2
            known = image[plane, top::2, left::2]
            wide = known.repeat_interleave(2, 0).repeat_interleave(2, 1)
            fill = torch.nn.functional.pad(wide[None, None], (left, 2, top, 2), mode="replicate")[0, 0]
            rebuilt[plane] = fill[: image.shape[1], : image.shape[2]]
        else:
            spread = np.array([[0, 1, 0], [1, 4, 1], [0, 1, 0]]) if plane == 1 else np.outer([1, 2, 1], [1, 2, 1])
            rebuilt[plane] = convolve(measured[None], spread / 4)[0].float()
    return image + between(0.3, 12, amount) * (rebuilt - image)


def _tensor(pixels: np.ndarray) -> Tensor:
    return torch.from_numpy(pixels).permute(2, 0, 1).float() / 255
