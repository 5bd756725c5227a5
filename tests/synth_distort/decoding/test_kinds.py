"""Kinds of files beyond the common ones, each against pixels that are known."""

import io
import struct
import zlib

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms

from blemish.synth_distort import PhotoError, read_photo
from blemish.synth_distort.decoding import kinds
from blemish.synth_distort.photo import to_pil, to_uint8


@pytest.fixture
def picture(small) -> Image.Image:
    return to_pil(small)


def read(path) -> np.ndarray:
    return to_uint8(read_photo(path).image)


@pytest.mark.parametrize("ending", ["ppm", "tga", "gif"])
def test_formats_of_pillow_are_read_by_what_they_hold(ending, picture, tmp_path):
    shown = picture.convert("P").convert("RGB") if ending == "gif" else picture
    (picture.convert("P") if ending == "gif" else picture).save(tmp_path / f"photo.{ending}")
    assert np.array_equal(read(tmp_path / f"photo.{ending}"), np.array(shown))


@pytest.mark.parametrize(("ending", "package"), [("heic", "pillow_heif"), ("jxl", "pillow_jxl")])
def test_formats_of_the_extra_are_read_or_the_extra_is_named(ending, package, picture, tmp_path, monkeypatch):
    plugin = pytest.importorskip(package)
    if ending == "heic":
        plugin.register_heif_opener()
        picture.save(tmp_path / "photo.heic", quality=95)
    else:
        picture.save(tmp_path / "photo.jxl", lossless=True)
    difference = read(tmp_path / f"photo.{ending}").astype(float) - np.array(picture)
    assert np.abs(difference).mean() <= (2.5 if ending == "heic" else 0)
    monkeypatch.setattr("blemish.synth_distort.decoding.decode.find_spec", lambda name: None)
    with pytest.raises(PhotoError, match=r"pip install 'blemish\[formats\]'"):
        read_photo(tmp_path / f"photo.{ending}")


def test_raw_files_are_told_from_tiff_by_name_and_maker():
    assert kinds.kind_of(b"II*\0\x08\0\0\0", ".dng") is kinds.RAW
    assert kinds.kind_of(b"II*\0\x10\0\0\0CR\2\0", ".tif") is kinds.RAW
    assert kinds.kind_of(b"II*\0\x08\0\0\0", ".tif") is kinds.TIFF


def test_the_first_picture_of_an_animation_is_read(picture, tmp_path):
    frames = [picture.convert("P"), picture.rotate(180).convert("P")]
    frames[0].save(tmp_path / "moving.gif", save_all=True, append_images=frames[1:])
    photo = read_photo(tmp_path / "moving.gif")
    assert np.array_equal(to_uint8(photo.image), np.array(frames[0].convert("RGB")))
    assert photo.notes == ("The file holds several pictures; the first was read.",)


@pytest.mark.parametrize(
    ("bits", "masks"),
    [
        (16, (0xF00, 0xF0, 0xF)),
        (16, (0xC000, 0x3800, 0x0780)),
        (32, (0xFF, 0xFF00, 0xFF0000)),
        (32, (0x7FF00000, 0xFFE00, 0x1FF)),
    ],
)
@pytest.mark.parametrize("down", [True, False])
def test_bmp_channels_lie_where_the_masks_say(bits, masks, down, picture, tmp_path):
    levels = np.array(picture)[:100, :99].astype(np.float64) / 255
    steps = [mask >> ((mask & -mask).bit_length() - 1) for mask in masks]
    packed = sum(
        np.round(levels[..., channel] * step).astype(np.uint64) * (mask & -mask)
        for channel, (step, mask) in enumerate(zip(steps, masks, strict=True))
    )
    rows = np.zeros((100, 100 if bits == 16 else 99), f"<u{bits // 8}")  # a row ends on a multiple of four bytes
    rows[:, :99] = packed
    header = struct.pack("<IiiHHIIiiII", 40, 99, 100 if down else -100, 1, bits, 3, 0, 0, 0, 0, 0) + struct.pack(
        "<3I", *masks
    )
    body = (rows[::-1] if down else rows).tobytes()
    (tmp_path / "odd.bmp").write_bytes(b"BM" + struct.pack("<IHHI", 66 + len(body), 0, 0, 66) + header + body)
    expected = np.stack([np.round(levels[..., one] * step) / step for one, step in enumerate(steps)])
    assert np.allclose(read_photo(tmp_path / "odd.bmp").image, expected, atol=1e-6)


@pytest.mark.parametrize(
    ("dtype", "options"),
    [
        (np.uint8, {"bigtiff": True, "photometric": "rgb"}),
        (np.uint16, {"bigtiff": True, "photometric": "rgb"}),
        (np.uint16, {"photometric": "rgb", "planarconfig": "separate"}),
        (np.uint16, {"photometric": "rgb", "compression": "zlib", "predictor": True}),
        (np.uint32, {"photometric": "rgb"}),
        (np.float32, {"photometric": "rgb"}),
        (np.float64, {"photometric": "rgb", "bigtiff": True}),
    ],
)
def test_kinds_of_tiff(dtype, options, small, tmp_path):
    levels = small.permute(1, 2, 0).numpy().astype(np.float64)
    pixels = (
        levels.astype(dtype) if np.dtype(dtype).kind == "f" else np.round(levels * np.iinfo(dtype).max).astype(dtype)
    )
    stored = np.moveaxis(pixels, -1, 0) if options.get("planarconfig") else pixels
    tifffile.imwrite(tmp_path / "photo.tif", stored, **options)
    assert np.allclose(read_photo(tmp_path / "photo.tif").image, small, atol=1e-6)


def test_a_tiff_palette_of_16_bits(tmp_path):
    generator = np.random.default_rng(0)
    table = generator.integers(0, 65536, (3, 65536), dtype=np.uint16)
    indices = generator.integers(0, 65536, (96, 80), dtype=np.uint16)
    tifffile.imwrite(tmp_path / "palette.tif", indices, photometric="palette", colormap=table)
    assert np.allclose(read_photo(tmp_path / "palette.tif").image, table[:, indices] / 65535, atol=1e-6)


@pytest.mark.parametrize("gamma", [1.0, 0.6, 0.3])
@pytest.mark.parametrize("overruled", [False, True])
def test_the_gamma_of_a_png_is_applied_unless_srgb_overrules_it(gamma, overruled, picture, tmp_path):
    stream = io.BytesIO()
    picture.save(stream, "PNG")
    content = stream.getvalue()
    chunks = _chunk(b"gAMA", struct.pack(">I", round(gamma * 100_000))) + (_chunk(b"sRGB", b"\0") if overruled else b"")
    (tmp_path / "photo.png").write_bytes(content[:33] + chunks + content[33:])
    photo = read_photo(tmp_path / "photo.png")
    levels = np.array(picture).transpose(2, 0, 1) / 255
    assert np.allclose(photo.image, levels if overruled else levels ** (1 / (2.2 * gamma)), atol=1e-5)
    assert len(photo.notes) == (not overruled)


def test_what_stands_behind_the_pixels_of_a_png_does_not_say_what_they_mean(picture, tmp_path):
    stream = io.BytesIO()
    picture.save(stream, "PNG", icc_profile=_grey_profile(gamma=1.0))
    profile, content = _chunk_of(stream.getvalue(), b"iCCP"), io.BytesIO()
    picture.save(content, "PNG")
    late = profile + _chunk(b"gAMA", struct.pack(">I", 30_000)) + _chunk(b"tRNS", struct.pack(">HHH", 0, 0, 0))
    (tmp_path / "photo.png").write_bytes(content.getvalue()[:-12] + late + content.getvalue()[-12:])
    photo = read_photo(tmp_path / "photo.png")
    assert np.array_equal(to_uint8(photo.image), np.array(picture))
    assert photo.notes == ()


def test_grey_with_alpha_goes_through_its_grey_profile(picture, tmp_path):
    profile = _grey_profile(gamma=1.0)
    grey, alpha = picture.convert("L"), Image.new("L", picture.size, 255)
    alpha.paste(0, (0, 0, 50, 192))
    Image.merge("LA", (grey, alpha)).save(tmp_path / "both.png", icc_profile=profile)
    grey.save(tmp_path / "grey.png", icc_profile=profile)
    both, opaque = read_photo(tmp_path / "both.png"), read_photo(tmp_path / "grey.png")
    assert both.notes == ("The photo has transparent parts; they were laid on white.",)
    assert np.allclose(both.image[..., 50:], opaque.image[..., 50:], atol=1e-6)
    assert float(both.image[..., :50].min()) == 1
    linear = np.array(grey) / 255
    encoded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    difference = np.abs(opaque.image[0].numpy() - encoded)
    assert difference.mean() < 0.005  # of 8 bits in linear light, which are few in the shadows
    assert difference.max() < 0.05


def test_one_bit_with_a_transparent_level_is_laid_on_white(picture, tmp_path):
    picture.convert("1").save(tmp_path / "holes.png", transparency=0)
    photo = read_photo(tmp_path / "holes.png")
    assert float(photo.image.min()) == 1
    assert photo.notes == ("The photo has transparent parts; they were laid on white.",)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _chunk_of(content: bytes, kind: bytes) -> bytes:
    place = content.index(kind) - 4
    return content[place : place + 12 + int.from_bytes(content[place : place + 4], "big")]


def _grey_profile(*, gamma: float) -> bytes:
    """An ICC profile of version 2 for grey with a tone curve that is a power."""
    curve = b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256)) + bytes(2)
    name = b"grey power\0"
    description = b"desc" + bytes(4) + struct.pack(">I", len(name)) + name + bytes(78)
    description += bytes(-len(description) % 4)
    white = b"XYZ " + bytes(4) + struct.pack(">iii", 63190, 65536, 54061)
    tags, place, body = b"", 128 + 4 + 12 * 3, b""
    for kind, content in ((b"desc", description), (b"wtpt", white), (b"kTRC", curve)):
        tags += kind + struct.pack(">II", place + len(body), len(content))
        body += content
    header = struct.pack(">I4sI4s4s4s", place + len(body), bytes(4), 0x02100000, b"mntr", b"GRAY", b"XYZ ")
    header += bytes(12) + b"acsp" + bytes(28) + struct.pack(">iii", 63190, 65536, 54061)
    profile = header.ljust(128, b"\0") + struct.pack(">I", 3) + tags + body
    ImageCms.ImageCmsProfile(io.BytesIO(profile))
    return profile
