"""What a distortion looks like, where it usually comes from, and what would help: plain advice, beside the registry."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Advice:
    """Plain words on one distortion.

    Attributes:
        looks: what a person sees.
        cause: where it usually comes from.
        helps: what would avoid or mend it.
    """

    looks: str
    cause: str
    helps: str


ADVICE: dict[str, Advice] = {
    "gaussian_blur": Advice(
        "Edges and fine detail are soft in every direction.",
        "Slight misfocus, a soft lens, strong noise reduction, or blur by an editor.",
        "Focus again or stop down; deconvolution recovers detail up to a sigma of some 2 px.",
    ),
    "lens_blur": Advice(
        "Detail is soft and small lights become disks.",
        "The subject was out of focus.",
        "Focus on the subject or stop down; deconvolution helps up to a radius of some 2 px.",
    ),
    "motion_blur": Advice(
        "Detail is smeared along one direction.",
        "Camera shake, or a subject that moved during the exposure.",
        "A shorter exposure, a support or stabilization; deconvolution along the line helps for a few pixels.",
    ),
    "zoom_blur": Advice(
        "Detail is smeared away from the middle, more towards the corners.",
        "The zoom, or the camera, moved along its axis during the exposure.",
        "A shorter exposure; it can hardly be mended afterwards.",
    ),
    "downscale": Advice(
        "The photo has more pixels than detail.",
        "It was enlarged from a smaller one, or digitally zoomed.",
        "Use the original at its own size; super-resolution invents detail, it does not bring it back.",
    ),
    "white_noise": Advice(
        "Fine grain over the whole photo, the same in bright and dark areas.",
        "High ISO or gain, or noise added by an editor.",
        "More light or a lower ISO; noise reduction, at the price of fine detail.",
    ),
    "chroma_noise": Advice(
        "Coloured specks, seen best in even areas.",
        "High ISO; colour noise that the camera's processing left.",
        "More light or a lower ISO; colour noise reduction costs little detail.",
    ),
    "impulse_noise": Advice(
        "Single pixels that are black, white or of a wrong colour.",
        "Dead or hot pixels, errors of transmission or memory.",
        "A median filter; mapping out the camera's bad pixels.",
    ),
    "multiplicative_noise": Advice(
        "Grain that is stronger where the photo is brighter.",
        "Speckle of coherent light (laser, radar, ultrasound), or film.",
        "Averaging of several exposures; a speckle filter in the logarithm of the values.",
    ),
    "shot_noise": Advice(
        "Grain that is strongest, for its brightness, in the shadows.",
        "Too few photons: little light or a short exposure.",
        "A longer exposure, a wider aperture or more light; several frames merged.",
    ),
    "sensor_noise": Advice(
        "Coloured grain of some two pixels, strongest in the shadows.",
        "High ISO on a small sensor; the grain went through demosaicing.",
        "A lower ISO or more light; noise reduction on the raw file works better than on this one.",
    ),
    "correlated_noise": Advice(
        "Blotches of several pixels in even areas.",
        "Noise that was smoothed by noise reduction, resizing or compression.",
        "Start again from the raw file with less noise reduction; more light.",
    ),
    "banding_noise": Advice(
        "Faint lines across or down the whole photo.",
        "The sensor's read-out, electrical interference, or light that flickers.",
        "A lower ISO, another exposure time under flickering light; a line filter afterwards.",
    ),
    "jpeg": Advice(
        "Blocks of 8 px in even areas and fuzz around edges.",
        "Saved as JPEG at too low a quality, perhaps by a messenger or web service.",
        "Save from the original at quality 85 or more; deblocking hides the blocks but brings no detail back.",
    ),
    "jpeg2000": Advice(
        "Smeared texture and ripples along edges.",
        "Saved as JPEG 2000 at too high a compression ratio.",
        "Save from the original at a lower ratio.",
    ),
    "webp": Advice(
        "Smeared texture and soft blocks of 4 to 16 px.",
        "Saved as WebP at too low a quality.",
        "Save from the original at quality 80 or more.",
    ),
    "avif": Advice(
        "Texture smoothed away while edges stay clean.",
        "Saved as AVIF at too low a quality.",
        "Save from the original at quality 60 or more.",
    ),
    "block_loss": Advice(
        "Rectangles of one colour where a part is missing.",
        "Data lost on the way or on the disk.",
        "Copy the file again from its source; inpainting can only guess.",
    ),
    "denoise": Advice(
        "Texture such as skin, grass or cloth is smeared while edges stay sharp.",
        "Noise reduction too strong for this photo.",
        "Less noise reduction, or the raw file; adding fine grain hides some of it.",
    ),
    "oversharpen": Advice(
        "Bright and dark lines along edges, and harsh texture.",
        "Too much sharpening, in the camera or after it.",
        "Less sharpening, once, at the end; a slight blur softens the halos.",
    ),
    "ringing": Advice(
        "Edges repeat themselves in fading ripples.",
        "A resampling filter or deconvolution that is too steep.",
        "Another resampling filter, fewer iterations of deconvolution.",
    ),
    "demosaic_artefacts": Advice(
        "Zipper patterns and false colour along fine edges.",
        "A simple conversion of the sensor's colour mosaic.",
        "Convert the raw file with a better demosaicing method.",
    ),
    "desaturate": Advice(
        "Colours are paler than the scene's.",
        "A faded print, a flat profile, or an edit.",
        "Raise saturation; check that the right colour profile was applied.",
    ),
    "oversaturate": Advice(
        "Colours are stronger than in nature, and lose their shading.",
        "A vivid picture style or an edit; a wide-gamut photo shown without its profile.",
        "Lower saturation; what was clipped stays lost.",
    ),
    "color_cast": Advice(
        "The whole photo has a tint, greys included.",
        "A wrong white balance, or coloured light.",
        "Set the white balance on something grey; exact from a raw file, close from this one.",
    ),
    "color_diffusion": Advice(
        "Colours run over the edges of things.",
        "Colour stored at low resolution, or strong colour noise reduction.",
        "Less colour smoothing; save without chroma subsampling.",
    ),
    "color_shift": Advice(
        "Edges have a fringe of colour on one side.",
        "Colour planes that do not lie on one another: a scanner, a lens, or a conversion.",
        "Shift the green plane back; it can be measured and undone.",
    ),
    "chromatic_aberration": Advice(
        "Colour fringes along edges, wider towards the corners.",
        "Lateral colour of the lens.",
        "Lens correction removes it almost wholly; another lens.",
    ),
    "color_quantization": Advice(
        "Few colours, with dots or steps where they should blend.",
        "Saved with a palette, as GIF or PNG-8.",
        "Save in full colour from the original.",
    ),
    "brighten": Advice(
        "Middle tones are too bright and shadows look washed out.",
        "A tone curve lifted too far.",
        "Lower the middle of the tone curve.",
    ),
    "darken": Advice(
        "Middle tones are too dark though white is still white.",
        "A tone curve lowered too far.",
        "Raise the middle of the tone curve; noise in the shadows will show.",
    ),
    "overexposure": Advice(
        "Bright parts are pure white and without detail.",
        "Exposed for too long, or for a darker part of the scene.",
        "Expose less, or bracket; from a raw file a stop or so can be recovered, from this one little.",
    ),
    "underexposure": Advice(
        "The photo is dark, and noisy where it is darkest.",
        "Exposed too briefly, or for a brighter part of the scene.",
        "Expose longer or add light; brightening afterwards also brightens the noise.",
    ),
    "contrast_down": Advice(
        "Neither deep black nor bright white: the photo looks flat.",
        "Flare, a flat profile, or an edit.",
        "Set the black and the white point again.",
    ),
    "contrast_up": Advice(
        "Shadows are black and highlights white, with little between.",
        "Too steep a tone curve.",
        "Lower the contrast from the original; what was clipped stays lost.",
    ),
    "quantization": Advice(
        "Smooth areas such as sky break into bands.",
        "Too few levels: edited in 8 bits, or shown on a poor display.",
        "Edit in 16 bits; a little noise hides the bands.",
    ),
    "haze": Advice(
        "A grey veil that is thicker in the distance.",
        "Mist, smoke or dust in the air, or stray light in the lens.",
        "A lens hood or clearer weather; dehazing helps where the veil is thin.",
    ),
    "vignetting": Advice(
        "Corners are darker than the middle.",
        "The lens at full aperture, a filter, or an edit.",
        "Stop down; lens correction removes it, and raises the corners' noise.",
    ),
    "pixelate": Advice(
        "Square pixels of several px can be seen.",
        "Enlarged by repeating pixels, or made so on purpose.",
        "Use the original at its own size.",
    ),
    "jitter": Advice(
        "Edges are ragged, as if seen through rough glass.",
        "Pixels displaced by a faulty read-out or by turbulent air.",
        "Average several frames.",
    ),
    "patch_displacement": Advice(
        "Square patches lie beside their place.",
        "Errors in a video stream.",
        "Copy the file again from its source, or take another frame.",
    ),
    "color_block": Advice(
        "Squares of a colour that does not belong there.",
        "Errors of decoding or transmission.",
        "Copy the file again from its source.",
    ),
    "moire": Advice(
        "Wavy stripes that the scene does not have.",
        "A fine pattern, such as cloth or a screen, finer than the sensor's grid.",
        "Another distance or angle; a lens filter; moiré reduction in a raw converter.",
    ),
    "interlace": Advice(
        "Combs along the edges of what moves.",
        "A frame of interlaced video: two moments in one picture.",
        "Deinterlace the video.",
    ),
}
