"""Which measurements bear on which distortion: a person's choice, by what the distortion does to pixels. The fit weighs them."""

from __future__ import annotations

_SHARPNESS = (
    "edge_width",
    "edge_width_sharpest",
    "fine_detail",
    "medium_detail",
    "fine_detail_edges",
    "spectral_slope_fine",
    "spectral_slope_middle",
)
_SMEARING = ("smearing", "fine_detail_texture", "fine_detail_faint", "fine_detail", "noise_luma", "noise_chroma")
_NOISE = ("noise_luma", "noise_chroma", "noise_dark", "noise_middle", "noise_bright", "noise_growth", "noise_grain")
_CLIPPING = ("clipped_highlights", "clipped_shadows", "clipped_high_channel", "clipped_low_channel", "nearly_white", "nearly_black")
_LEVELS = ("mean_luma", "median_luma", "black_point", "white_point", "contrast", "histogram_comb", "missing_levels")
_CODEC = (*_SMEARING, "soft_chroma", "fine_chroma", "spectral_slope_fine", "edge_width_sharpest", "medium_detail")
_CAST = ("cast_grey_world", "cast_neutral", "cast_brightest", "cast_concentration")
_STRENGTH = ("colourfulness", "saturation", "strongest_chroma", "clipped_colours")

CANDIDATES: dict[str, tuple[str, ...]] = {
    "gaussian_blur": _SHARPNESS,
    "lens_blur": _SHARPNESS,
    "motion_blur": (*_SHARPNESS, "edge_width_direction", "spectral_direction"),
    "zoom_blur": (*_SHARPNESS, "edge_width_corners", "edge_width_direction"),
    "downscale": _SHARPNESS,
    "white_noise": (*_NOISE, "fine_detail_faint"),
    "chroma_noise": (*_NOISE, "fine_chroma", "false_colour"),
    "impulse_noise": ("impulses", *_NOISE),
    "multiplicative_noise": (*_NOISE, "fine_detail_faint"),
    "shot_noise": (*_NOISE, "fine_detail_faint"),
    "sensor_noise": (*_NOISE, "noise_coarse", "fine_chroma"),
    "correlated_noise": (*_NOISE, "noise_coarse", "medium_detail", "fine_detail_faint"),
    "banding_noise": ("line_noise", "noise_luma"),
    "jpeg": ("blockiness", "dct_zeros", "grid_modulation", "equal_neighbours", *_CODEC),
    "jpeg2000": _CODEC,
    "webp": (*_CODEC, "blockiness", "dct_zeros"),
    "avif": (*_CODEC, "blockiness", "dct_zeros"),
    "block_loss": ("uniform_rectangles", "displaced_squares"),
    "denoise": (*_SMEARING, "noise_coarse", "spectral_slope_middle", "medium_detail"),
    "oversharpen": ("overshoot", "echo", "local_contrast", "medium_detail", "fine_detail", "fine_detail_edges", "spectral_slope_fine",
                    "noise_luma", "clipped_high_channel", "clipped_low_channel"),
    "ringing": ("echo", "spectral_rings", "overshoot", "spectral_slope_middle", "local_contrast"),
    "demosaic_artefacts": ("checkerboard", "false_colour", "fine_chroma", "channel_agreement", "edge_width_sharpest", "noise_chroma"),
    "desaturate": _STRENGTH,
    "oversaturate": _STRENGTH,
    "color_cast": _CAST,
    "color_diffusion": ("soft_chroma", "fine_chroma", "false_colour", *_STRENGTH),
    "color_shift": ("green_shift", "channel_agreement", "false_colour", "fine_chroma"),
    "chromatic_aberration": ("chromatic_shift", "channel_agreement", "fine_chroma", "false_colour"),
    "color_quantization": ("distinct_colours", "histogram_peaks", "missing_levels", "histogram_comb", "fine_chroma", "noise_chroma",
                           "noise_luma", "false_colour"),
    "brighten": (*_LEVELS, "nearly_white", "nearly_black", "clipped_high_channel"),
    "darken": (*_LEVELS, "nearly_white", "nearly_black", "clipped_low_channel"),
    "overexposure": (*_LEVELS, *_CLIPPING),
    "underexposure": (*_LEVELS, "noise_dark", "noise_luma", "nearly_black", "nearly_white"),
    "contrast_down": (*_LEVELS, "local_contrast", "dark_channel_least", "histogram_peaks"),
    "contrast_up": (*_LEVELS, *_CLIPPING, "local_contrast"),
    "quantization": ("stepped_gradients", "histogram_peaks", "missing_levels", "distinct_colours", "histogram_comb", "equal_neighbours"),
    "haze": (*_LEVELS, "dark_channel", "dark_channel_least", "saturation", "colourfulness", "local_contrast"),
    "vignetting": ("falloff", "falloff_brightest", "nearly_black"),
    "pixelate": ("grid_modulation", "equal_neighbours", "blockiness", "checkerboard", "stepped_gradients", "spectral_slope_fine"),
    "jitter": (*_SHARPNESS, "smearing", "noise_luma", "overshoot"),
    "patch_displacement": ("displaced_squares",),
    "color_block": ("uniform_rectangles", "strongest_chroma"),
    "moire": ("spectral_peak", "spectral_peak_chroma"),
    "interlace": ("row_parity", "grid_modulation"),
}
