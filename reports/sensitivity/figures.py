"""Figures of severity sensitivity: curves as small multiples, thresholds as a dot plot, reversals as pictures."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from torch import Tensor

from ...explain.sensitivity.profile import EARLY, DistortionSensitivity, Figure, SensitivityProfile
from ...synth_distort import DISTORTIONS
from ...synth_distort.photo import to_uint8
from ..figures import ACCENT, FAINT, INK

NEVER_AT = 1.12  # where a threshold that is never reached is drawn, to the right of severity 1


def draw_curve(ax: Axes, ladder: DistortionSensitivity, limits: tuple[float, float]) -> Axes:
    """The mean score along `ladder` with the band of 80 % of photos, on a scale common to all ladders; higher is better.

    A vertical line stands where 95 % of photos are told from their undistorted versions.
    """
    color = ACCENT if ladder.blind else INK
    ax.fill_between(ladder.severities, ladder.low, ladder.high, color=color, alpha=0.15, linewidth=0)
    ax.plot(ladder.severities, ladder.mean, color=color, linewidth=1.8, marker="o", ms=2.5, clip_on=False)
    if not ladder.blind:
        ax.axvline(ladder.threshold.value, color=INK, linewidth=1, linestyle=":")
    ax.set(xlim=(0, 1), ylim=limits, xticks=(0, 0.25, 0.5, 0.75, 1))
    ax.set_xticklabels(["0", "", "0.5", "", "1"])
    ax.tick_params(labelsize=8, length=2)
    ax.locator_params(axis="y", nbins=4)
    verdict = "never detected" if ladder.blind else f"detected at {detected_at(ladder)}"
    ax.set_title(f"{DISTORTIONS[ladder.distortion].title}\n{verdict}", fontsize=9, color=color, loc="left")
    return ax


def common_limits(profile: SensitivityProfile) -> tuple[float, float]:
    """The scores that all curves of `profile` are drawn between."""
    low = min(float(one.low.min()) for one in profile.distortions.values())
    high = max(float(one.high.max()) for one in profile.distortions.values())
    room = 0.04 * (high - low) or 1.0
    return low - room, high + room


def draw_thresholds(ax: Axes, ladders: Sequence[DistortionSensitivity]) -> Axes:
    """The detection threshold of each of `ladders`, one a row, against human severity, with 95 % intervals.

    A hollow square at the right edge stands for "never"; the shaded part is where people do not mind yet.
    """
    rows = np.arange(len(ladders))[::-1]
    ax.axvspan(0, EARLY, color=FAINT, alpha=0.18, linewidth=0)
    for row, ladder in zip(rows, ladders, strict=True):
        color = ACCENT if ladder.blind or ladder.threshold.value > EARLY + 1e-9 else INK
        low, at, high = (
            _placed(value) for value in (ladder.threshold.low, ladder.threshold.value, ladder.threshold.high)
        )
        ax.plot([low, high], [row, row], color=color, linewidth=1.2, alpha=0.6)
        ax.plot(at, row, marker="s" if ladder.blind else "o", ms=6, color=color, mfc="white" if ladder.blind else color)
    ax.set(xlim=(0, 1.2), ylim=(-0.8, len(ladders) - 0.2), xlabel="human severity at which 95 % of photos score lower")
    ax.set_yticks(rows, [DISTORTIONS[one.distortion].title for one in ladders], fontsize=9)
    ax.set_xticks([0, 0.25, 0.5, 0.75, 1, NEVER_AT], ["0", "0.25", "0.5", "0.75", "1", "never"], fontsize=9)
    ax.grid(axis="x", color=FAINT, alpha=0.3)
    ax.tick_params(axis="y", length=0)
    return ax


def draw_pair(axes: Sequence[Axes], images: Sequence[Tensor], captions: Sequence[str], *, wrong: int) -> Sequence[Axes]:
    """Two versions (3, H, W) of a photo with a caption above each; that numbered `wrong` is worse, and scores better."""
    for number, (ax, image, caption) in enumerate(zip(axes, images, captions, strict=True)):
        ax.imshow(to_uint8(image), interpolation="none")
        ax.set(xticks=[], yticks=[])
        ax.set_title(caption, fontsize=9, loc="left", color=ACCENT if number == wrong else INK)
        ax.spines[:].set_visible(False)
    return axes


def in_words(threshold: Figure) -> str:
    """A threshold as a table has it."""
    return f"{threshold.value:.2f}" if math.isfinite(threshold.value) else "never"


def detected_at(ladder: DistortionSensitivity) -> str:
    """The detection threshold in words; at the lowest severity that was tried, it may be lower."""
    return in_words(ladder.threshold) + (" or less" if ladder.threshold.value <= ladder.severities[1] else "")


def _placed(value: float) -> float:
    return value if math.isfinite(value) else NEVER_AT
