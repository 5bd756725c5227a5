"""The power spectrum, averaged over tiles of the photo: periods, directions, and where detail ends."""

from __future__ import annotations

import numpy as np

from .pixels import NotMeasurableError, Pixels
from .registry import measurement

TILE = 64  # px
MOST_TILES = 120
SOURCE = "Welch's averaged periodogram (IEEE Trans. Audio Electroacoust. 1967) over tiles of 64 px"


@measurement(
    "strongest lone period", unit="dB", group="tone and colour", source=f"{SOURCE}: peak over its surroundings"
)
def spectral_peak(pixels: Pixels) -> float:
    """How far the strongest spatial frequency stands out of those around it: moiré, halftone, screens."""
    power = _log_power(pixels, "luma")
    frequency, angle_free = _frequencies(), _off_grid()
    surroundings = _local_median(power)
    usable = (frequency > 0.055) & (frequency < 0.4) & angle_free
    return float((power - surroundings)[usable].max())


@measurement("strongest lone period of colour", unit="dB", group="tone and colour", source=f"{SOURCE}, of Cb and Cr")
def spectral_peak_chroma(pixels: Pixels) -> float:
    """The same of colour: moiré of a Bayer sensor."""
    frequency, angle_free = _frequencies(), _off_grid()
    usable = (frequency > 0.055) & (frequency < 0.4) & angle_free
    powers = [_log_power(pixels, name) for name in ("cb", "cr")]
    return float(max((power - _local_median(power))[usable].max() for power in powers))


@measurement("detail in one direction", unit="dB", group="sharpness", source=f"{SOURCE}, by direction")
def spectral_direction(pixels: Pixels) -> float:
    """How much less fine detail the poorest direction has than the median one, for what coarse detail both have."""
    power = 10 ** (_log_power(pixels, "luma") / 10)
    frequency, sector = _frequencies(), _directions()
    fine, coarse = (frequency > 0.15) & (frequency < 0.45), (frequency > 0.03) & (frequency < 0.1)
    share = np.array(
        [np.log10(power[fine & (sector == one)].mean() / power[coarse & (sector == one)].mean()) for one in range(12)]
    )
    share = (share + np.roll(share, 1) + np.roll(share, -1)) / 3
    return float(10 * (np.median(share) - share.min()))


@measurement(
    "slope of the finest octave", unit="dB", group="sharpness", source=f"{SOURCE}: 0.35–0.5 over 0.18–0.25 per px"
)
def spectral_slope_fine(pixels: Pixels) -> float:
    """Power at the finest spatial frequencies over that one octave below: where an upscaled photo has nothing left."""
    return _band(pixels, "luma", 0.36, 0.5) - _band(pixels, "luma", 0.18, 0.25)


@measurement(
    "slope of the middle octave", unit="dB", group="sharpness", source=f"{SOURCE}: 0.18–0.25 over 0.09–0.125 per px"
)
def spectral_slope_middle(pixels: Pixels) -> float:
    """Power at middle spatial frequencies over that one octave below."""
    return _band(pixels, "luma", 0.18, 0.25) - _band(pixels, "luma", 0.09, 0.125)


@measurement(
    "rings: power around a period of 6 px", unit="dB", group="sharpness", source=f"{SOURCE}: over both neighbours"
)
def spectral_rings(pixels: Pixels) -> float:
    """Power around a period of 6 px over the mean of those an octave to either side."""
    sides = _band(pixels, "luma", 0.08, 0.11) + _band(pixels, "luma", 0.26, 0.34)
    return _band(pixels, "luma", 0.145, 0.19) - sides / 2


@measurement(
    "false colour", unit="dB", group="tone and colour", source=f"{SOURCE}: colour at 0.4–0.5 per px over 0.1–0.2"
)
def false_colour(pixels: Pixels) -> float:
    """Colour that changes from pixel to pixel, over colour that changes slowly: what demosaicing leaves at edges."""
    fine = [_band(pixels, name, 0.4, 0.71) for name in ("cb", "cr")]
    coarse = [_band(pixels, name, 0.1, 0.2) for name in ("cb", "cr")]
    return max(fine) - max(coarse)


@measurement("fine colour over fine luma", unit="dB", group="tone and colour", source=f"{SOURCE}: at 0.25–0.5 per px")
def fine_chroma(pixels: Pixels) -> float:
    """Power of colour at fine spatial frequencies over that of luma."""
    return max(_band(pixels, name, 0.25, 0.5) for name in ("cb", "cr")) - _band(pixels, "luma", 0.25, 0.5)


@measurement(
    "softness of colour",
    unit="dB",
    group="tone and colour",
    source=f"{SOURCE}: colour at 0.02–0.06 over 0.12–0.25 per px",
)
def soft_chroma(pixels: Pixels) -> float:
    """How much of the photo's colour changes slowly only: colour that ran over edges."""
    coarse = max(_band(pixels, name, 0.02, 0.06) for name in ("cb", "cr"))
    return coarse - max(_band(pixels, name, 0.12, 0.25) for name in ("cb", "cr"))


@measurement(
    "checkerboard", unit="dB", group="tone and colour", source=f"{SOURCE}: the period of 2 px along rows and columns"
)
def checkerboard(pixels: Pixels) -> float:
    """Power of luma and colour at a period of exactly 2 px over that near it: a Bayer mosaic, or pixels doubled."""
    excess = []
    for name in ("luma", "cb", "cr"):
        power = _log_power(pixels, name)
        half = TILE // 2
        exact = max(power[half, half], power[half, 0:8].mean(), power[0:8, half].mean())
        near = np.median(
            [
                power[half - 6 : half - 3, half - 6 : half - 3].mean(),
                power[half - 5, 0:8].mean(),
                power[0:8, half - 5].mean(),
            ]
        )
        excess.append(exact - near)
    return float(max(excess))


def _band(pixels: Pixels, name: str, low: float, high: float) -> float:
    """Mean power of spatial frequencies from `low` to `high` per px, dB."""
    frequency = _frequencies()
    power = 10 ** (_log_power(pixels, name) / 10)
    return float(10 * np.log10(power[(frequency >= low) & (frequency <= high)].mean()))


def _log_power(pixels: Pixels, name: str) -> np.ndarray:
    """Mean power spectrum of a plane in dB, (TILE, TILE / 2 + 1), of the tiles with most detail."""
    key = f"log_power_{name}"
    if key not in pixels.__dict__:
        plane = {"luma": lambda: pixels.luma, "cb": lambda: pixels.chroma[0], "cr": lambda: pixels.chroma[1]}[name]()
        tiles = _tiles(plane)
        window = np.hanning(TILE + 1)[:TILE].astype(np.float32)
        tiles = (tiles - tiles.mean((1, 2), keepdims=True)) * (window[:, None] * window)
        spectra = np.abs(np.fft.rfft2(tiles)) ** 2
        # The mean of logarithms' neighbour: tiles count by the root of their power, so that one edge does not outvote the rest.
        weight = 1 / np.sqrt(spectra.mean((1, 2)) + 1.0)
        mean = (spectra * weight[:, None, None]).sum(0) / weight.sum()
        pixels.__dict__[key] = 10 * np.log10(mean / (window**2).sum() ** 2 + 1e-3)
    return pixels.__dict__[key]


def _tiles(plane: np.ndarray) -> np.ndarray:
    """(N, TILE, TILE), evenly over the photo, at most MOST_TILES."""
    down, across = (length // TILE for length in plane.shape)
    if down * across < 1:
        raise NotMeasurableError(f"it is smaller than {TILE} px")
    tiles = plane[: down * TILE, : across * TILE].reshape(down, TILE, across, TILE).transpose(0, 2, 1, 3)
    tiles = tiles.reshape(-1, TILE, TILE)
    chosen = np.linspace(0, len(tiles) - 1, min(MOST_TILES, len(tiles))).round().astype(int)
    return tiles[chosen]


def _frequencies() -> np.ndarray:
    return np.hypot(np.fft.fftfreq(TILE)[:, None], np.fft.rfftfreq(TILE))


def _directions() -> np.ndarray:
    """Which of twelve sectors each frequency lies in."""
    angle = np.arctan2(np.fft.fftfreq(TILE)[:, None], np.fft.rfftfreq(TILE)[None]) % np.pi
    return (angle / np.pi * 12).astype(int).clip(0, 11)


def _off_grid() -> np.ndarray:
    """Frequencies that neither straight edges (on the axes) nor the 8 × 8 grid of codecs put power in."""
    rows, columns = np.abs(np.fft.fftfreq(TILE)) * TILE, np.fft.rfftfreq(TILE) * TILE
    return (rows[:, None] > 1.5) & (columns[None] > 1.5)


def _local_median(power: np.ndarray) -> np.ndarray:
    """Median of each frequency's surroundings, dB."""
    from scipy.ndimage import median_filter

    return median_filter(power, size=(9, 9), mode="nearest")
