"""Colour, in other colour spaces and by other means."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from ....synth_distort.distortions.color_spaces import lab_to_rgb, luma, rgb_to_lab
from ....synth_distort.distortions.convolution import box_blurred
from ....synth_distort.distortions.resampling import pixel_grid, sampled_at
from ....synth_distort.photo import from_pil, to_pil
from .registry import between, variant


@variant("desaturate")
def faded_towards_luma(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """Each pixel towards its luma: chroma of Y'CbCr scaled."""
    return torch.lerp(image, luma(image).expand_as(image), amount)


@variant("desaturate")
def faded_in_hsl(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """Each pixel towards the middle of its largest and smallest sample: saturation of HSL scaled."""
    middle = (image.amax(0, keepdim=True) + image.amin(0, keepdim=True)) / 2
    return torch.lerp(image, middle.expand_as(image), amount)


@variant("desaturate")
def faded_in_lab(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """a* and b* of CIELAB scaled."""
    lab = rgb_to_lab(image)
    return lab_to_rgb(torch.cat([lab[:1], lab[1:] * (1 - amount)]))


@variant("oversaturate")
def saturated_in_hsv(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """Saturation of HSV multiplied, up to 1: the largest sample stays, the others move away from it."""
    largest, smallest = image.amax(0, keepdim=True), image.amin(0, keepdim=True)
    most = largest / (largest - smallest).clamp(min=1e-4)  # the factor at which a pixel's saturation is 1
    return largest - (largest - image) * most.clamp(min=1, max=between(1.05, 8, amount))


@variant("oversaturate")
def saturated_in_hsl(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """Saturation of HSL multiplied, up to 1: samples move away from the middle of the largest and the smallest."""
    largest, smallest = image.amax(0, keepdim=True), image.amin(0, keepdim=True)
    middle = (largest + smallest) / 2
    most = torch.minimum(middle, 1 - middle) / ((largest - smallest) / 2).clamp(min=1e-4)
    return middle + (image - middle) * most.clamp(min=1, max=between(1.05, 8, amount))


@variant("oversaturate")
def saturated_about_luma(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """Chroma of Y'CbCr multiplied."""
    return luma(image) + (image - luma(image)) * between(1.05, 8, amount)


@variant("oversaturate")
def vibrance(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """Chroma multiplied the more, the less of it there is."""
    chroma = image.amax(0, keepdim=True) - image.amin(0, keepdim=True)
    return luma(image) + (image - luma(image)) * (1 + between(0.1, 9, amount) * (1 - chroma))


@variant("color_cast")
def encoded_gains(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """Gains of red and blue of the encoded values."""
    direction = generator.uniform(0, 2 * math.pi)
    shift = 1.2 * amount**1.5
    gains = np.exp(shift * np.array([math.cos(direction), 0, math.sin(direction)]))
    return image * image.new_tensor(gains / (gains @ [0.299, 0.587, 0.114]))[:, None, None]


@variant("color_cast")
def tint(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """Towards one colour, as a filter before the lens or a layer in an editor."""
    color = image.new_tensor(generator.dirichlet((1.5, 1.5, 1.5)))[:, None, None]
    color = color / luma(color)
    return torch.lerp(image, luma(image) * color, 0.9 * amount)


@variant("color_cast")
def shifted_in_lab(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """An offset of a* and b*: warm, cold, green or magenta."""
    direction, lab = generator.uniform(0, 2 * math.pi), rgb_to_lab(image)
    lab[1] += 70 * amount**1.5 * math.cos(direction)
    lab[2] += 70 * amount**1.5 * math.sin(direction)
    return lab_to_rgb(lab)


@variant("color_diffusion")
def chroma_bleeding(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """Chroma of Y'CbCr under a box, a little stronger than it was."""
    bright = luma(image).double()
    chroma = box_blurred(image - bright, max(1, round(between(1, 24, amount))))
    return bright + chroma * (1 + 1.5 * amount)


@variant("color_diffusion")
def chroma_smeared_along_rows(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """Chroma smeared sideways, as analogue video has it."""
    import cv2

    bright, reach = luma(image).double(), 2 * round(between(1, 40, amount)) + 1
    planes = (image - bright).permute(1, 2, 0).contiguous().numpy()
    smeared = torch.from_numpy(cv2.blur(planes, (reach, 1))).permute(2, 0, 1)
    return bright + smeared * (1 + amount)


@variant("color_shift")
def plane_shifted(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """One of the planes moved, everywhere alike: plates out of register."""
    shifted, plane = image.clone(), int(generator.integers(3))
    direction, distance, (x, y) = generator.uniform(0, 2 * math.pi), between(0.3, 16, amount), pixel_grid(image)
    moved = sampled_at(image[plane : plane + 1], x + distance * math.cos(direction), y + distance * math.sin(direction))
    shifted[plane] = moved[0].float()
    return shifted


@variant("chromatic_aberration")
def radial_fringes(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """Red or blue, or both, displaced with the square or the cube of the distance from the centre."""
    (x, y), (height, width) = pixel_grid(image), image.shape[-2:]
    across, down = (width - 1) / 2, (height - 1) / 2
    reach = between(0.5, 30, amount) / math.hypot(across, down)
    radius = torch.sqrt((x - across) ** 2 + (y - down) ** 2) / math.hypot(across, down)
    power, sign = int(generator.integers(1, 3)), float(generator.choice([-1, 1]))
    result = image.clone()
    for plane, direction in zip((0, 2), [(1, 0), (0, 1), (1, -1)][int(generator.integers(3))], strict=True):
        if direction:
            factor = 1 - sign * direction * reach * radius**power
            result[plane] = sampled_at(
                image[plane : plane + 1], across + (x - across) * factor, down + (y - down) * factor
            )[0]
    return result


@variant("color_quantization")
def palette_of_an_octree(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """Few colours chosen by an octree, with dither or without."""
    from PIL import Image

    picture, dither = to_pil(image), generator.choice([Image.Dither.NONE, Image.Dither.FLOYDSTEINBERG])
    colors = max(2, round(between(200, 3, amount)))
    palette = picture.quantize(colors, method=Image.Quantize.FASTOCTREE)
    return from_pil(picture.quantize(palette=palette, dither=Image.Dither(int(dither))))


@variant("color_quantization")
def fixed_palette(image: Tensor, amount: float, generator: np.random.Generator) -> Tensor:
    """The same levels of red, green and blue for every photo, with an ordered dither, as old displays had."""
    steps = max(1, round(between(14, 1, amount)))
    bayer = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]]) / 16 - 15 / 32
    height, width = image.shape[1:]
    threshold = torch.from_numpy(np.tile(bayer, (height // 4 + 1, width // 4 + 1))[:height, :width]).float()
    return ((image * steps + threshold).round() / steps).clamp(0, 1)
