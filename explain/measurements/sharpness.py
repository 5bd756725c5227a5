"""Sharpness: how wide edges are, what stands beside them, and how much fine detail there is."""

from __future__ import annotations

import cv2
import numpy as np

from .pixels import FEWEST_BLOCKS, NotMeasurableError, Pixels, decibels
from .registry import measurement

MOST_PROFILES = 2000
REACH = 10  # px on each side of an edge that a profile covers
SMALLEST_STEP = 12.0  # levels; of an edge whose profile is measured
WIDTH_SOURCE = "edge slope under two Gaussian blurs (Zhuo and Sim, Pattern Recognition 2011)"


@measurement("edge width, median", unit="px", group="sharpness", source=WIDTH_SOURCE, is_logarithmic=True)
def edge_width(pixels: Pixels) -> float:
    """Distance over which edges rise from 10 to 90 %, half of them in less."""
    return float(np.median(pixels.edges.width))


@measurement("edge width, sharpest tenth", unit="px", group="sharpness", source=WIDTH_SOURCE, is_logarithmic=True)
def edge_width_sharpest(pixels: Pixels) -> float:
    """Distance over which the sharpest tenth of the edges rise from 10 to 90 %."""
    return float(np.percentile(pixels.edges.width, 10))


@measurement(
    "edge width in the corners over that in the middle",
    group="sharpness",
    source="field curvature test (ISO 12233), by edge slopes",
    is_logarithmic=True,
)
def edge_width_corners(pixels: Pixels) -> float:
    """Ratio of the median edge width in the outer third to that in the inner third."""
    edges, (height, width) = pixels.edges, pixels.shape
    distance = np.hypot((pixels.rows[edges.rows] - height / 2) / height, (edges.columns - width / 2) / width)
    inner, outer = edges.width[distance < 0.24], edges.width[distance > 0.42]
    if min(len(inner), len(outer)) < 30:
        raise NotMeasurableError("it has edges in the middle or in the corners alone")
    return float(np.median(outer) / np.median(inner))


@measurement(
    "edge width across the blurriest direction over that across the sharpest",
    group="sharpness",
    source="directional edge width (as Marziliano et al., 2002, by direction)",
    is_logarithmic=True,
)
def edge_width_direction(pixels: Pixels) -> float:
    """Largest ratio of median edge widths in two directions at right angles: camera shake blurs along one."""
    edges = pixels.edges
    angle = np.arctan2(edges.direction[:, 1], edges.direction[:, 0]) % np.pi
    sector = (angle / np.pi * 8).astype(int).clip(0, 7)
    medians = np.array([np.median(edges.width[near]) if near.sum() >= 25 else np.nan for near in _sectors(sector)])
    ratios = np.abs(np.log(medians / np.roll(medians, 4)))
    if np.isnan(ratios).all():
        raise NotMeasurableError("it has edges in too few directions")
    return float(np.exp(np.nanmax(ratios)))


@measurement(
    "overshoot at edges",
    unit="% of the step",
    group="sharpness",
    source="sharpening halo (Imatest, Sharpness: overshoot), on profiles across edges",
)
def overshoot(pixels: Pixels) -> float:
    """How far edges rise beyond their plateau, median."""
    profiles = edge_profiles(pixels)
    plateau = profiles[:, -4:].mean(1)
    return float(100 * np.median(profiles[:, REACH + 1 : REACH + 5].max(1) - plateau))


@measurement(
    "echo beside edges",
    unit="% of the step",
    group="sharpness",
    source="ringing as oscillation of the edge profile (Marziliano et al., Signal Processing: IC 2004)",
)
def echo(pixels: Pixels) -> float:
    """Amplitude with which edges repeat themselves with a period near 6 px, in the mean profile."""
    profiles = edge_profiles(pixels)
    sides = np.concatenate([profiles[:, REACH + 2 :], 1 - profiles[:, REACH - 2 :: -1]], axis=0)
    mean = np.median(sides, axis=0)
    positions = np.arange(len(mean))
    waves = np.exp(2j * np.pi * positions / 6.0)
    trend = np.polyval(np.polyfit(positions, mean, 2), positions)
    return float(100 * 2 * np.abs(np.mean((mean - trend) * waves)))


@measurement(
    "fine detail",
    unit="dB",
    group="sharpness",
    source="energy of the finest octave over the next one (power spectrum of natural scenes; Field 1987)",
)
def fine_detail(pixels: Pixels) -> float:
    """Detail of 2 to 5 px over detail of 5 to 10 px, in the whole photo."""
    fine, coarse, _ = pixels.bands
    return decibels(fine, coarse)


@measurement("medium detail", unit="dB", group="sharpness", source="as fine_detail, one octave further down")
def medium_detail(pixels: Pixels) -> float:
    """Detail of 5 to 10 px over detail of 10 to 20 px, in the whole photo."""
    _, fine, coarse = pixels.bands
    return decibels(fine, coarse)


@measurement(
    "fine detail at edges",
    unit="dB",
    group="sharpness",
    source="as fine_detail, in the fifth of the photo with most detail",
)
def fine_detail_edges(pixels: Pixels) -> float:
    """Detail of 2 to 5 px over detail of 5 to 10 px where there is most of it."""
    return _detail_between(pixels, 80, 100)


@measurement(
    "fine detail in texture",
    unit="dB",
    group="sharpness",
    source="as fine_detail, in middling detail: texture against edge acutance (Cao, Guichard, Hornung 2009)",
)
def fine_detail_texture(pixels: Pixels) -> float:
    """Detail of 2 to 5 px over detail of 5 to 10 px where there is a middling amount."""
    return _detail_between(pixels, 30, 70)


@measurement(
    "fine detail in low contrasts",
    unit="dB",
    group="noise",
    source="as fine_detail, where detail is weak: what noise reduction smears first",
)
def fine_detail_faint(pixels: Pixels) -> float:
    """Detail of 2 to 5 px over detail of 5 to 10 px where there is little."""
    return _detail_between(pixels, 5, 30)


@measurement(
    "smearing: detail at edges over that in texture",
    unit="dB",
    group="noise",
    source="local detail against noise (Imatest, log F-contrast: contrast-dependent sharpness)",
)
def smearing(pixels: Pixels) -> float:
    """By how much texture has lost more of its finest octave than edges have."""
    return _detail_between(pixels, 80, 100) - _detail_between(pixels, 20, 50)


def edge_profiles(pixels: Pixels) -> np.ndarray:
    """Luma across the photo's edges, (N, 2 REACH + 1), from dark to bright, each scaled so that its plateaus are 0 and 1.

    Raises:
        NotMeasurableError: too few edges stand alone between plateaus.
    """
    cached = pixels.__dict__.get("edge_profiles")
    if cached is not None:
        return cached
    edges = pixels.edges
    step = max(1, len(edges.rows) // (4 * MOST_PROFILES))
    rows, columns, direction = edges.rows[::step], edges.columns[::step], edges.direction[::step]
    along = np.arange(-REACH, REACH + 1)
    x = (columns[:, None] + along * direction[:, :1]).astype(np.float32)
    y = (rows[:, None] + along * direction[:, 1:]).astype(np.float32)
    profiles = cv2.remap(pixels.luma, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    low, high = profiles[:, :4].mean(1), profiles[:, -4:].mean(1)
    uneven = profiles[:, :4].std(1) + profiles[:, -4:].std(1)
    alone = (high - low > SMALLEST_STEP) & (uneven < 0.25 * (high - low))
    if alone.sum() < 30:
        raise NotMeasurableError("it has too few edges that stand alone")
    profiles = (profiles[alone] - low[alone, None]) / (high - low)[alone, None]
    pixels.__dict__["edge_profiles"] = profiles[:MOST_PROFILES]
    return pixels.__dict__["edge_profiles"]


def _sectors(sector: np.ndarray) -> list[np.ndarray]:
    return [sector == index for index in range(8)]


def _detail_between(pixels: Pixels, low: float, high: float) -> float:
    """Fine over coarser detail in the blocks between two percentiles of coarser detail, those that are clipped left out."""
    fine, coarse, coarsest = pixels.bands
    usable = (pixels.block_mean > 8) & (pixels.block_mean < 247)
    if usable.sum() < 4 * FEWEST_BLOCKS:
        raise NotMeasurableError("nearly all of it is black or white")
    amount = coarse[usable] + coarsest[usable]
    ends = np.percentile(amount, [low, high])
    chosen = (amount >= ends[0]) & (amount <= ends[1])
    return decibels(fine[usable][chosen], coarse[usable][chosen])
