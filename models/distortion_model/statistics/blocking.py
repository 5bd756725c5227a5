"""The grid and period of gradients: block codecs, pixelation, enlarging."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .geometry import CELL, HALO, TINY

LAGS = 18  # px; periods up to this are seen, so a JPEG grid also after enlarging to twice its size
PHASES = 8


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
