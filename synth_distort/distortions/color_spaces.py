"""Conversions between sRGB and other colour spaces. Images are (3, H, W), sRGB-encoded, in [0, 1].

Powers are taken in double precision: the last bit of a power differs between machines, and single precision would show it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..lazy import torch

if TYPE_CHECKING:
    from torch import Tensor

# IEC 61966-2-1, linear sRGB to CIE XYZ with white point D65, each row divided by the white's X, Y, Z.
_RGB_TO_XYZ = [
    [0.412453 / 0.950456, 0.357580 / 0.950456, 0.180423 / 0.950456],
    [0.212671, 0.715160, 0.072169],
    [0.019334 / 1.088754, 0.119193 / 1.088754, 0.950227 / 1.088754],
]
# CIE 15:2004: where the cube root gives way to a straight line.
_EPSILON, _KAPPA = 216 / 24389, 24389 / 27

# ITU-R BT.601, R'G'B' in [0, 1] to Y'CbCr in studio range (Y' 16..235, Cb and Cr 16..240, over 255), as MATLAB's rgb2ycbcr.
_RGB_TO_YCBCR = [[65.481, 128.553, 24.966], [-37.797, -74.203, 112.0], [112.0, -93.786, -18.214]]
_YCBCR_OFFSET = [16 / 255, 128 / 255, 128 / 255]


def linear_light(image: Tensor) -> Tensor:
    """sRGB to light: the inverse of the transfer curve of IEC 61966-2-1; in double precision."""
    image = image.to(torch.float64, copy=True)
    is_dark, curved = image <= 0.04045, _power_((image + 0.055).div_(1.055), 2.4)
    return torch.where(is_dark, image.div_(12.92), curved, out=curved)


def encoded(linear: Tensor) -> Tensor:
    """Light to sRGB; what is brighter than white or darker than black is clipped."""
    linear = linear.double().clamp(0, 1)
    is_dark, curved = linear <= 0.0031308, _power_(linear.clone(), 1 / 2.4).mul_(1.055).sub_(0.055)
    return torch.where(is_dark, linear.mul_(12.92), curved, out=curved)


def luma(image: Tensor) -> Tensor:
    """Y' of ITU-R BT.601 in full range: (3, …) to (1, …), in [0, 1]."""
    red, green, blue = image
    return (0.299 * red + 0.587 * green + 0.114 * blue)[None]


def rgb_to_lab(image: Tensor) -> Tensor:
    """sRGB to CIELAB (D65): L* 0..100, a* and b* around 0; in double precision."""
    xyz = _mix(_RGB_TO_XYZ, linear_light(image))
    f = torch.where(xyz > _EPSILON, _power_(xyz.clone(), 1 / 3), xyz.mul(_KAPPA).add_(16).div_(116))
    return torch.stack([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def lab_to_rgb(lab: Tensor) -> Tensor:
    """CIELAB (D65) to sRGB; colours outside sRGB are clipped."""
    fy = (lab[0] + 16) / 116
    f = torch.stack([fy + lab[1] / 500, fy, fy - lab[2] / 200])
    cubed = f * f * f
    xyz = torch.where(cubed > _EPSILON, cubed, f.mul(116).sub_(16).div_(_KAPPA))
    return encoded(_mix(torch.linalg.inv(torch.tensor(_RGB_TO_XYZ, dtype=torch.float64)).tolist(), xyz))


def rgb_to_ycbcr(image: Tensor) -> Tensor:
    """R'G'B' to studio-range Y'CbCr (ITU-R BT.601), all in [0, 1]."""
    return _mix(_RGB_TO_YCBCR, image) / 255 + image.new_tensor(_YCBCR_OFFSET)[:, None, None]


def ycbcr_to_rgb(ycbcr: Tensor) -> Tensor:
    """Studio-range Y'CbCr (ITU-R BT.601) to R'G'B'; not clipped."""
    inverse = torch.linalg.inv(torch.tensor(_RGB_TO_YCBCR, dtype=torch.float64)).tolist()
    return _mix(inverse, 255 * (ycbcr - ycbcr.new_tensor(_YCBCR_OFFSET)[:, None, None]))


def _mix(matrix: list[list[float]], image: Tensor) -> Tensor:
    """Each row of `matrix` as weights of the three planes, summed in this order on every machine."""
    first, second, third = image
    mixed = torch.empty_like(image)
    for plane, (a, b, c) in zip(mixed, matrix, strict=True):
        torch.mul(first, a, out=plane).add_(b * second).add_(c * third)
    return mixed


def _power_(base: Tensor, exponent: float) -> Tensor:
    """`base` (not negative) to `exponent`, in place; on the CPU by NumPy, four times faster than torch in double precision."""
    if base.device.type != "cpu":
        return base.pow_(exponent)
    np.power(base.numpy(), exponent, out=base.numpy())
    return base
