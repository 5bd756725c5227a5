"""A photo's planes, and what several measurements take from them; each is computed when first asked for, and once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

import cv2
import numpy as np

from .strips import strips_of

BLOCK = 16  # px; sides of the blocks in which noise and detail are compared
FLATTEST = 0.1  # share of the blocks in which noise is measured
DARKEST = 12.0  # levels from black or white; nearer to them noise is clipped, and less than it was
FEWEST_BLOCKS = 12
MIDDLE = 1536  # px; sides of the middle that is enough for what is counted or correlated all over a photo
FEWEST_EDGES = 60
BORDER, STRIP_BORDER = 5, 12  # px from the photo's border, and from that of a strip, within which no edge counts
EDGE_CONTRAST = 3.0  # levels per px; the slope under which an edge is not measured
SHARPEST = 0.05  # px squared; the variance of the sharpest step there can be, sampled
NOISE_MARGIN = 6.0  # an edge's slope over the standard deviation of the noise
FINE_BLUR, COARSE_BLUR = 0.8, 1.8  # px; the Gaussians under which slopes are compared
LUMA = (0.299, 0.587, 0.114)  # of red, green and blue (ITU-R BT.601)
_IMMERKAER = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32) / 6


class NotMeasurableError(ValueError):
    """The photo lacks what a measurement needs; the message says what, as the end of "not measurable: …"."""


class Pixels:
    """The planes of one photo, in levels of 8 bits (0 to 255, fractions where the photo has more).

    Of a large photo the planes of floats hold a sample, its strips one below the other; what is counted of it, such as clipped
    pixels, is counted in all of it.

    Attributes:
        shape: rows and columns of the photo.
        strips: the rows that are sampled; one strip of all of them in a photo that is not large.
        rows: (h,) row of the photo of each row of the planes.
        rgb: three (h, W) float32 planes.
    """

    def __init__(self, planes: np.ndarray) -> None:
        """From `planes` (3, H, W), R'G'B' in [0, 1]."""
        self._planes = planes
        self.shape: tuple[int, int] = planes.shape[1:]
        self.strips = strips_of(*self.shape)
        self.rows = np.concatenate([np.arange(strip.start, strip.stop) for strip in self.strips])
        self.rgb = [_in_levels(np.concatenate([plane[strip] for strip in self.strips])) for plane in planes]

    def by_strip(self, function: Callable[[np.ndarray], np.ndarray], plane: np.ndarray) -> np.ndarray:
        """`function` of each strip of a sampled `plane` (h, W) by itself, so that no filter reaches from one into the next."""
        return np.concatenate([function(strip) for strip in np.split(plane, len(self.strips))])

    @cached_property
    def luma(self) -> np.ndarray:
        """Y' of ITU-R BT.601, (h, W)."""
        return luma_of(self.rgb)

    @cached_property
    def chroma(self) -> tuple[np.ndarray, np.ndarray]:
        """Cb and Cr of JFIF about zero, (h, W) each."""
        return 0.564 * (self.rgb[2] - self.luma), 0.713 * (self.rgb[0] - self.luma)

    @cached_property
    def middle(self) -> list[np.ndarray]:
        """R'G'B' of the photo's middle, each side at most MIDDLE px, begun at a multiple of BLOCK."""
        top, left = (max(0, side - MIDDLE) // 2 // BLOCK * BLOCK for side in self.shape)
        return [_in_levels(plane[top : top + MIDDLE, left : left + MIDDLE]) for plane in self._planes]

    @cached_property
    def bytes(self) -> np.ndarray:
        """(H, W, 3) uint8 of all of the photo, rounded."""
        return cv2.merge([cv2.convertScaleAbs(plane, alpha=255) for plane in self._planes])

    @cached_property
    def largest(self) -> np.ndarray:
        """The largest channel of each pixel, (H, W) uint8."""
        red, green, blue = cv2.split(self.bytes)
        return cv2.max(cv2.max(red, green), blue)

    @cached_property
    def smallest(self) -> np.ndarray:
        """The smallest channel of each pixel, (H, W) uint8."""
        red, green, blue = cv2.split(self.bytes)
        return cv2.min(cv2.min(red, green), blue)

    @cached_property
    def histograms(self) -> np.ndarray:
        """How often each level occurs in red, green, blue and luma, (4, 256)."""
        planes = [*cv2.split(self.bytes), cv2.transform(self.bytes, np.array([LUMA]))]
        return np.stack([cv2.calcHist([plane], [0], None, [256], (0, 256)).ravel().astype(int) for plane in planes])

    @cached_property
    def linear(self) -> np.ndarray:
        """Light of sRGB in [0, 1] as means over squares of `BLOCK` px, (3, rows, columns), all over the photo.

        Of a large one every second pixel both ways counts: light hangs on the place, so that strips would miss some of it.
        """
        table = np.arange(4096, dtype=np.float32) / 4095
        table = np.where(table <= 0.04045, table / 12.92, ((table + 0.055) / 1.055) ** 2.4).astype(np.float32)
        step = 1 if len(self.strips) == 1 else 2
        levels = self.rgb if step == 1 else [_in_levels(plane[::step, ::step]) for plane in self._planes]
        return np.stack(
            [
                block_means(table[(plane * (4095 / 255)).astype(np.int32).clip(0, 4095)], BLOCK // step)
                for plane in levels
            ]
        )

    @cached_property
    def block_mean(self) -> np.ndarray:
        """Luma of each block, (rows, columns)."""
        return block_means(self.luma)

    @cached_property
    def residual_variance(self) -> np.ndarray:
        """Variance of luma's noise in each block after Immerkaer (CVIU 1996): what planes and edges do not explain."""
        return block_means(self.by_strip(lambda strip: cv2.filter2D(strip, -1, _IMMERKAER), self.luma) ** 2)

    @cached_property
    def fine(self) -> np.ndarray:
        """Luma less its blur by 1 px: detail of some 2 to 5 px, (h, W)."""
        return self.luma - self._blurred[0]

    @cached_property
    def bands(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Energy in each block of luma's detail of some 2 to 5, 5 to 10 and 10 to 20 px, (rows, columns) each."""
        one, two, four = self._blurred
        return block_means(self.fine**2), block_means((one - two) ** 2), block_means((two - four) ** 2)

    @cached_property
    def _blurred(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        def blurred(sigma: float) -> np.ndarray:
            return self.by_strip(lambda strip: cv2.GaussianBlur(strip, (0, 0), sigma), self.luma)

        return blurred(1), blurred(2), blurred(4)

    @cached_property
    def flat(self) -> np.ndarray:
        """Whether each block is among the flattest that are not clipped, (rows, columns).

        Raises:
            NotMeasurableError: too few are.
        """
        margin = max(DARKEST, 2.5 * float(np.sqrt(np.median(self.residual_variance))))  # noise reaches the ends there
        usable = (self.block_mean > margin) & (self.block_mean < 255 - margin)
        if usable.sum() < 2 * FEWEST_BLOCKS:
            raise NotMeasurableError("nearly all of it is black or white")
        # Coarse structure: noise hardly reaches it, so a noisy block is not taken for a textured one.
        _, _, coarse = self._blurred
        across = self.by_strip(lambda strip: cv2.Sobel(strip, -1, 1, 0, ksize=1), coarse)
        down = self.by_strip(lambda strip: cv2.Sobel(strip, -1, 0, 1, ksize=1), coarse)
        structure = block_means(across * across + down * down) + 0.02 * self.bands[1]
        count = max(FEWEST_BLOCKS, int(FLATTEST * usable.sum()))
        limit = np.partition(structure[usable], count - 1)[count - 1]
        return usable & (structure <= limit)

    @cached_property
    def edges(self) -> Edges:
        """Where luma has edges that stand out of its noise."""
        return Edges(np.split(self.luma, len(self.strips)), self.residual_variance)


class Edges:
    """The edges of one plane and how wide each is.

    Attributes:
        rows, columns: (N,) px of the plane, its strips one below the other.
        width: (N,) px from 10 to 90 % of the step.
        direction: (N, 2) unit vectors across the edge, from dark to bright, as (x, y).
    """

    def __init__(self, strips: Sequence[np.ndarray], residual_variance: np.ndarray) -> None:
        """The edges of a plane in `strips` (h, W), in levels.

        An edge is a pixel at which the slope under a light blur is the largest across. A Gaussian edge's slope falls under two
        Gaussian blurs as sqrt of the sums of variances, which gives its own (Zhuo and Sim, Pattern Recognition 2011).

        Raises:
            NotMeasurableError: too few edges.
        """
        noise = float(np.sqrt(np.percentile(residual_variance, 10)))
        # Under a Gaussian of sigma s, a slope of white noise of deviation 1 has the deviation 1 / (sqrt(8 pi) s^2).
        threshold = max(EDGE_CONTRAST, NOISE_MARGIN * noise / (np.sqrt(8 * np.pi) * FINE_BLUR**2))
        border = BORDER if len(strips) == 1 else STRIP_BORDER
        found = [_edges_of(strip, threshold, border) for strip in strips]
        rows, columns, x, y, coarse = (np.concatenate(parts) for parts in zip(*found, strict=True))
        below = np.repeat(np.arange(len(strips)) * strips[0].shape[0], [len(one[0]) for one in found])
        fine = np.hypot(x, y)
        ratio = np.clip((fine / np.maximum(coarse, 1e-3)) ** 2, 1.02, None)
        # The difference of neighbours two px apart is itself a box of 2 px, of variance 1/3.
        variance = (COARSE_BLUR**2 - ratio * FINE_BLUR**2) / (ratio - 1) - 1 / 3
        steps = variance > SHARPEST  # what loses more than the sharpest step does is a line, or texture
        if steps.sum() < FEWEST_EDGES:
            raise NotMeasurableError("it has too few edges")
        self.rows, self.columns = (rows + below)[steps], columns[steps]
        self.direction = (np.stack([x, y], axis=1) / fine[:, None])[steps]
        self.width = 2.5631 * np.sqrt(variance[steps])


def block_means(plane: np.ndarray, side: int = BLOCK) -> np.ndarray:
    """Means of `plane` (H, W) over whole squares of `side` px, (rows, columns)."""
    rows, columns = (length // side for length in plane.shape)
    return cv2.resize(plane[: rows * side, : columns * side], (columns, rows), interpolation=cv2.INTER_AREA)


def decibels(numerator: np.ndarray | float, denominator: np.ndarray | float) -> float:
    """10 log10 of the ratio of two energies; both are kept above a hundredth of a level squared."""
    return float(10 * np.log10((np.mean(numerator) + 1e-2) / (np.mean(denominator) + 1e-2)))


def luma_of(rgb: Sequence[np.ndarray]) -> np.ndarray:
    """Y' of ITU-R BT.601 of three planes."""
    red, green, blue = rgb
    return LUMA[0] * red + LUMA[1] * green + LUMA[2] * blue


def _in_levels(plane: np.ndarray) -> np.ndarray:
    return np.multiply(plane, 255, dtype=np.float32, order="C")


def _edges_of(plane: np.ndarray, threshold: float, border: int) -> tuple[np.ndarray, ...]:
    """Of `plane` (h, W), rows and columns of its edges, their slopes along both, and their slope under the coarser blur."""
    fine, coarse = (cv2.GaussianBlur(plane, (0, 0), sigma) for sigma in (FINE_BLUR, COARSE_BLUR))
    x, y = cv2.Sobel(fine, -1, 1, 0, ksize=1, scale=0.5), cv2.Sobel(fine, -1, 0, 1, ksize=1, scale=0.5)
    scale = 16  # at which the steepest slope, of 127.5 levels per px, is far from the end of 16 bits
    across, down = ((slope * scale).astype(np.int16) for slope in (x, y))
    thin = cv2.Canny(across, down, threshold * scale, 2 * threshold * scale, L2gradient=True)
    height, width = plane.shape
    rows, columns = np.nonzero(thin[border : height - border, border : width - border])
    at = rows + border, columns + border
    return *at, x[at], y[at], np.hypot(*_slopes_at(coarse, *at))


def _slopes_at(plane: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Slope along rows and along columns at some pixels, none at the border, levels per px: of few, far cheaper than of all."""
    across = (plane[rows, columns + 1] - plane[rows, columns - 1]) / 2
    return across, (plane[rows + 1, columns] - plane[rows - 1, columns]) / 2
