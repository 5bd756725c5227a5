"""Where the physics is: fixed filters over a photo, each response reduced to a few statistics of a window.

Distortions change the statistics of a photo, not its objects: noise lifts the high frequencies, blur empties them, a codec
leaves its grid and its zeros. So the first part of the network computes what is known to carry them: DCT filters at several
scales and on colour planes; correlations of the high-pass residual between neighbours and colour channels (what a sensor or a
resampler leaves); the grid and period of gradients (block codecs, pixelation); mean-subtracted contrast-normalised values
(Mittal, Moorthy and Bovik, IEEE TIP 2012); and the histogram (clipping, gaps). Each is a mean over a cell of 32 x 32 px, means
of cells make windows of 128 x 128 px, and only then come the logarithms and ratios. Everything slides over a photo of any size.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

CELL = 32  # px; a multiple of the 8 px grid of JPEG at each of the scales 1, 1/2, 1/4
WINDOW = 4  # cells on a side: 128 px
HALO = 32  # px around a region that its filters and lags reach into
TINY = 1e-4  # a fortieth of an 8-bit level; keeps logarithms and ratios finite where a response is zero
NEAR_ZERO = 1 / 255  # responses below one level count as (nearly) zero
LAGS = 18  # px; periods up to this are seen, so a JPEG grid also after enlarging to twice its size
PHASES = 8
RESPONSES_AT_ONCE = 2**18


class Part(Protocol):
    """One family of statistics: `moments` means over each cell, of which `length` statistics of a window are made."""

    moments: int
    length: int

    def cells(self, region: Tensor, planes: Tensor) -> Tensor:
        """Means over the cells of `region` (N, 3, H + 2 HALO, W + 2 HALO), of which `planes` is Y', Cb and Cr."""
        ...

    def describe(self, moments: Tensor) -> Tensor:
        """Averaged means (N, moments, h, w) to statistics (N, length, h, w)."""
        ...


class PooledStatistics(nn.Module):
    """Images to windows of statistics, fully convolutional and without trained parameters.

    It is for inference: much is made in place, so that no gradient runs back to the image.
    """

    def __init__(self) -> None:
        super().__init__()
        self._parts = nn.ModuleList(
            [
                FilterStatistics(_dct_filters(4), plane=0, scale=1),
                FilterStatistics(_dct_filters(8), plane=0, scale=2),
                FilterStatistics(_dct_filters(8), plane=0, scale=4),
                *(FilterStatistics(_dct_filters(4), plane=plane, scale=scale) for plane in (1, 2) for scale in (1, 2)),
                ResidualCorrelations(scale=1),
                ResidualCorrelations(scale=2),
                GradientPeriods(),
                ContrastNormalized(scale=1),
                ContrastNormalized(scale=2),
                Histogram(),
            ]
        )
        self.length = sum(part.length for part in self.parts)

    @property
    def parts(self) -> list[Part]:
        """The families, in the order in which their statistics come."""
        return cast(list[Part], list(self._parts))

    def cells(self, region: Tensor) -> Tensor:
        """Means over cells, to be averaged over any area before `describe`.

        Args:
            region: (N, 3, H + 2 HALO, W + 2 HALO), sRGB-encoded in [0, 1], H and W multiples of CELL; the outermost HALO
                pixels on each side are context.

        Returns:
            (N, moments, H / CELL, W / CELL).
        """
        planes = _luminance_and_chroma(region)
        return torch.cat([part.cells(region, planes) for part in self.parts], dim=1)

    def luminance_and_deviation(self, cells: Tensor) -> tuple[Tensor, Tensor]:
        """How light each cell is, and how much its luminance varies: both (N, h, w), of cells (N, moments, h, w)."""
        *_, contrast, tones = cells.split([part.moments for part in self.parts], dim=1)
        return tones[:, Histogram.luminance], contrast[:, ContrastNormalized.deviation]

    def describe(self, moments: Tensor) -> Tensor:
        """Logarithms, ratios and spectra of averaged moments: (N, moments, h, w) to (N, length, h, w)."""
        pieces = moments.split([part.moments for part in self.parts], dim=1)
        return torch.cat([part.describe(piece) for part, piece in zip(self.parts, pieces, strict=True)], dim=1)


class FilterStatistics(nn.Module):
    """The shape of each filter's response distribution: size, spread, tails, peak, and the share near zero."""

    filters: Tensor

    def __init__(self, filters: Tensor, *, plane: int, scale: int) -> None:
        super().__init__()
        self.register_buffer("filters", filters, persistent=False)
        self.plane, self.scale = plane, scale
        self.moments = self.length = 5 * len(filters)

    def cells(self, region: Tensor, planes: Tensor) -> Tensor:
        plane = _scaled_down(planes[:, self.plane : self.plane + 1], self.scale)
        side, reach = CELL // self.scale, self.filters.shape[-1]
        plane = _within(plane, HALO // self.scale, reach=reach)
        by_cell = plane[:, 0].unfold(1, side + reach - 1, side).unfold(2, side + reach - 1, side)
        # Cells by themselves, and a few at a time: their responses lie together, and stay in the processor's cache.
        at_once = max(1, RESPONSES_AT_ONCE // (len(self.filters) * side**2))
        cells = by_cell.flatten(0, 2).split(at_once)
        means = torch.cat([self._response_means(self._responses(some, side)) for some in cells])
        return means.unflatten(0, by_cell.shape[:3]).permute(0, 3, 1, 2)

    def _responses(self, cells: Tensor, side: int) -> Tensor:
        """Of cells with what filters reach of their neighbours, (cells, side + reach - 1, the same): (cells, filters, side²).

        As one product of matrices, which for a single channel is twice as fast as a convolution.
        """
        shifted = cells.unfold(1, side, 1).unfold(2, side, 1).flatten(3).flatten(1, 2)
        return self.filters.flatten(1) @ shifted

    def _response_means(self, responses: Tensor) -> Tensor:
        """(cells, filters, side²) to (cells, 5 filters)."""
        return torch.cat([one.mean(-1) for one in self._shapes(responses)], dim=1)

    def _shapes(self, x: Tensor) -> Iterator[Tensor]:
        """What is averaged of responses, one after the other, in the memory of those before."""
        size = x.abs()
        yield size
        yield size.sqrt_()
        square = x.mul_(x)
        yield square
        yield square * square
        yield square.mul_(NEAR_ZERO**-2).add_(1).reciprocal_()

    def describe(self, moments: Tensor) -> Tensor:
        size, root, square, fourth, near_zero = moments.chunk(5, dim=1)
        log_size, log_square = (size + TINY).log(), (square + TINY**2).log()
        return torch.cat(
            [
                log_size,
                2 * (root + TINY**0.5).log() - log_size,
                log_square / 2 - log_size,
                (fourth + TINY**4).log() - 2 * log_square,
                near_zero,
            ],
            dim=1,
        )


class ResidualCorrelations(nn.Module):
    """Correlation of the high-pass residual with itself and between colour channels, at small shifts."""

    # The residual of a smooth surface is zero: the Laplacian's outer product (Fridrich and Kodovsky, IEEE TIFS 2012).
    high_pass = (-0.5, 1.0, -0.5)
    between = ((0, 1), (0, 2), (1, 2))
    between_shifts = ((0, 0), (0, 1), (0, -1), (1, 0), (-1, 0), (0, 2), (0, -2), (2, 0), (-2, 0))
    own_shifts = tuple((dy, dx) for dy in range(4) for dx in range(-3, 4) if dy > 0 or dx > 0)

    def __init__(self, *, scale: int) -> None:
        super().__init__()
        self.scale = scale
        self.moments = 4 + len(self.between) * len(self.between_shifts) + len(self.own_shifts)
        self.length = self.moments

    def cells(self, region: Tensor, planes: Tensor) -> Tensor:
        channels = _scaled_down(torch.cat([region, planes[:, :1]], dim=1), self.scale)
        residual = _filtered(channels, self.high_pass)
        return _means_of(self._products(residual, HALO // self.scale - 1), CELL // self.scale)

    def _products(self, residual: Tensor, halo: int) -> Iterator[Tensor]:
        centre = _shifted(residual, 0, 0, halo)
        yield centre * centre
        for dy, dx in self.between_shifts:
            moved = _shifted(residual, dy, dx, halo)
            for a, b in self.between:
                yield centre[:, a : a + 1] * moved[:, b : b + 1]
        for dy, dx in self.own_shifts:
            yield centre[:, 3:] * _shifted(residual[:, 3:], dy, dx, halo)

    def describe(self, moments: Tensor) -> Tensor:
        power = moments[:, :4] + TINY**2
        pairs = torch.cat([(power[:, a] * power[:, b]).sqrt()[:, None] for a, b in self.between], dim=1)
        count = len(self.between) * len(self.between_shifts)
        between = moments[:, 4 : 4 + count] / pairs.repeat(1, len(self.between_shifts), 1, 1)
        own = moments[:, 4 + count :] / power[:, 3:4]
        return torch.cat([power.log() / 2, between, own], dim=1)


class GradientPeriods(nn.Module):
    """Whether luminance steps recur: by column and row modulo 8 (a codec's grid), and at each lag (a grid resized)."""

    waves: Tensor
    moments = 2 * (PHASES + LAGS + 1)
    length = 2 * (PHASES // 2 + 1 + LAGS)

    def __init__(self) -> None:
        super().__init__()
        # As a matrix, since ONNX has no Fourier transform that every runtime can run.
        waves = torch.fft.rfft(torch.eye(PHASES), dim=1)
        self.register_buffer("waves", torch.view_as_real(waves), persistent=False)

    def cells(self, region: Tensor, planes: Tensor) -> Tensor:
        luminance = planes[:, :1]
        return torch.cat([self._along_rows(luminance), self._along_rows(luminance.mT).mT], dim=1)

    def describe(self, moments: Tensor) -> Tensor:
        return torch.cat([self._describe(axis) for axis in moments.chunk(2, dim=1)], dim=1)

    def _along_rows(self, luminance: Tensor) -> Tensor:
        step = (luminance[..., 1:] - luminance[..., :-1]).abs()
        edge = F.pad(step[..., 1:-1] - (step[..., :-2] + step[..., 2:]) / 2, (1, 2))  # a step that stands alone
        profile = F.avg_pool2d(edge[..., HALO:-HALO, :], (CELL, 1))  # one line for each row of cells
        centre = profile[..., HALO:-HALO]
        phases = centre.unflatten(-1, (-1, CELL // PHASES, PHASES)).mean(-2).squeeze(1).permute(0, 3, 1, 2)
        lagged = [centre * profile[..., HALO + lag : profile.shape[-1] - HALO + lag] for lag in range(LAGS + 1)]
        return torch.cat([phases, *(F.avg_pool2d(product, (1, CELL)) for product in lagged)], dim=1)

    def _describe(self, moments: Tensor) -> Tensor:
        phases, power, lags = moments.split([PHASES, 1, LAGS], dim=1)
        spectrum = torch.einsum("nphw,pfc->nfhwc", phases, self.waves).square().sum(-1).sqrt()
        return torch.cat([(spectrum + TINY).log(), lags / (power + TINY**2)], dim=1)


class ContrastNormalized(nn.Module):
    """Luminance with the local mean taken off and divided by the local deviation, and products of its neighbours."""

    gaussian = tuple(math.exp(-0.5 * (offset / (7 / 6)) ** 2) for offset in range(-3, 4))
    neighbours = ((0, 1), (1, 0), (1, 1), (1, -1))
    moments = length = 6 + 2 * len(neighbours)
    deviation = 4  # which of them is the local deviation

    def __init__(self, *, scale: int) -> None:
        super().__init__()
        self.scale = scale

    def cells(self, region: Tensor, planes: Tensor) -> Tensor:
        luminance = _scaled_down(planes[:, :1], self.scale)
        mean = self._smooth(luminance)
        deviation = (self._smooth(luminance * luminance) - mean * mean).clamp(min=0).sqrt()
        normalized = (_shifted(luminance, 0, 0, 3) - mean) / (deviation + 1 / 255)
        return _means_of(self._responses(normalized, deviation, HALO // self.scale - 3), CELL // self.scale)

    def _responses(self, normalized: Tensor, deviation: Tensor, halo: int) -> Iterator[Tensor]:
        x, deviation = _shifted(normalized, 0, 0, halo), _shifted(deviation, 0, 0, halo)
        square = x * x
        yield from (x.abs(), x.abs().sqrt(), square, square * square, deviation, (deviation + TINY).log())
        products = [x * _shifted(normalized, dy, dx, halo) for dy, dx in self.neighbours]
        yield from products
        yield from (product.abs() for product in products)

    def describe(self, moments: Tensor) -> Tensor:
        size, root, square, fourth, deviation, log_deviation = (moments[:, i : i + 1] for i in range(6))
        tails = (fourth + TINY).log() - 2 * (square + TINY).log()
        peak = 2 * (root + TINY).log() - (size + TINY).log()
        return torch.cat([size, peak, square, tails, (deviation + TINY).log(), log_deviation, moments[:, 6:]], dim=1)

    def _smooth(self, image: Tensor) -> Tensor:
        return _filtered(image, [weight / sum(self.gaussian) for weight in self.gaussian])


class Histogram(nn.Module):
    """Tone and colour: how luminance is spread over the range, what is clipped, which levels are missing, and the casts."""

    levels = 256
    steps = 15
    moments = steps + 12 + 9 + levels
    length = steps + 12 + 9 + 4
    luminance = steps + 12  # which of the moments is the mean luminance

    def cells(self, region: Tensor, planes: Tensor) -> Tensor:
        inner, planes = _shifted(region, 0, 0), _shifted(planes, 0, 0)
        return torch.cat([_means_of(self._tones(inner, planes), CELL), self._green_levels(inner[:, 1])], dim=1)

    def _tones(self, inner: Tensor, planes: Tensor) -> Iterator[Tensor]:
        # Comparisons in place give floats, several times as fast as booleans that are made floats.
        yield from (planes[:, :1].clone().lt_(step / (self.steps + 1)) for step in range(1, self.steps + 1))
        yield from (inner.clone().lt_(limit / 255) for limit in (0.5, 4.5))
        yield from (inner.clone().gt_(1 - limit / 255) for limit in (0.5, 4.5))
        saturation = inner.amax(1, keepdim=True) - inner.amin(1, keepdim=True)
        yield from (planes, planes[:, 1:] ** 2, planes[:, 1:].abs().sqrt(), saturation, saturation**2)

    def describe(self, moments: Tensor) -> Tensor:
        means, levels = moments.split([self.moments - self.levels, self.levels], dim=1)
        # A bent tone curve leaves gaps and heaps between neighbouring levels; a photo's histogram is smooth.
        jumps = (levels[:, 1:-1] - (levels[:, :-2] + levels[:, 2:]) / 2).abs()
        share = levels[:, 1:-1] + TINY
        rough = [
            (j.sum(1, keepdim=True) / s.sum(1, keepdim=True)).clamp(max=4)
            for j, s in zip(jumps.tensor_split(4, 1), share.tensor_split(4, 1), strict=True)
        ]
        return torch.cat([means, *rough], dim=1)

    def _green_levels(self, green: Tensor) -> Tensor:
        batch, height, width = green.shape
        rows, columns = height // CELL, width // CELL
        level = (green * (self.levels - 1)).round().long()
        cell = torch.arange(batch * rows * columns, device=green.device).reshape(batch, rows, 1, columns, 1)
        index = (cell * self.levels + level.reshape(batch, rows, CELL, columns, CELL)).flatten()
        counts = index.new_zeros(batch * rows * columns * self.levels, dtype=green.dtype)
        counts = counts.scatter_add(0, index, torch.ones_like(index, dtype=green.dtype))
        return counts.reshape(batch, rows, columns, self.levels).permute(0, 3, 1, 2) / CELL**2


def _dct_filters(side: int) -> Tensor:
    """The two-dimensional DCT-II basis without its constant: (side² - 1, 1, side, side), each of unit norm."""
    n = torch.arange(side, dtype=torch.float64)
    basis = torch.cos(math.pi / side * (n[None, :] + 0.5) * n[:, None])
    basis = basis / basis.norm(dim=1, keepdim=True)
    return torch.einsum("ui,vj->uvij", basis, basis).reshape(-1, 1, side, side)[1:].float()


def _luminance_and_chroma(image: Tensor) -> Tensor:
    """Y', Cb, Cr of JFIF, chroma around zero."""
    red, green, blue = image.unbind(1)
    luminance = 0.299 * red + 0.587 * green + 0.114 * blue
    return torch.stack([luminance, 0.564 * (blue - luminance), 0.713 * (red - luminance)], dim=1)


def _scaled_down(image: Tensor, scale: int) -> Tensor:
    """Means of squares of `scale` px, a power of two; as sums of every second pixel (several times as fast as avg_pool2d)."""
    while scale > 1:
        rows = image[..., ::2, :] + image[..., 1::2, :]
        image, scale = (rows[..., ::2] + rows[..., 1::2]) / 4, scale // 2
    return image


def _within(plane: Tensor, halo: int, *, reach: int) -> Tensor:
    """The part of `plane` from which filters of `reach` px, an even number, give one response to each pixel in the halo."""
    start, stop = halo - reach // 2, halo - reach // 2 + 1
    return plane[..., start : plane.shape[-2] - stop, start : plane.shape[-1] - stop]


def _filtered(image: Tensor, weights: Sequence[float]) -> Tensor:
    """`image` filtered along rows and columns, less the pixels at its border that lack a neighbour.

    As sums of shifted images, which for so few channels are far faster than a convolution.
    """
    for axis in (-1, -2):
        count = image.shape[axis] - len(weights) + 1
        parts = [image.narrow(axis, start, count) for start in range(len(weights))]
        image = parts[0] * weights[0]
        for part, weight in zip(parts[1:], weights[1:], strict=True):
            image = image.add_(part, alpha=weight)
    return image


def _means_of(responses: Iterable[Tensor], side: int) -> Tensor:
    """`_cell_means` of each, made one at a time so that it is still in the processor's cache, along the channels."""
    return torch.cat([_cell_means(response, side) for response in responses], dim=1)


def _cell_means(values: Tensor, side: int) -> Tensor:
    """Means over squares of `side` px; rows first, which runs along memory (three times as fast as avg_pool2d)."""
    height, width = values.shape[-2:]
    rows = values.unflatten(-2, (height // side, side)).sum(-2)
    return rows.unflatten(-1, (width // side, side)).sum(-1) / side**2


def _shifted(image: Tensor, dy: int, dx: int, halo: int = HALO) -> Tensor:
    """What lies inside the halo, seen (dy, dx) px further on."""
    height, width = image.shape[-2:]
    return image[..., halo + dy : height - halo + dy, halo + dx : width - halo + dx]
