"""Reading photos as people have them: many formats, depths and colour modes, and files that are broken."""

import io
import struct
import zlib

import cv2
import numpy as np
import pytest
import tifffile
import torch
from PIL import Image, ImageCms, ImageOps

from blemish.synth_distort import PhotoError, as_photo, read_photo
from blemish.synth_distort.files import write_file
from blemish.synth_distort.photo import from_pil, list_photos, to_pil, to_uint8, write_png


@pytest.fixture
def picture(small) -> Image.Image:
    return to_pil(small)


@pytest.mark.parametrize("ending", ["png", "tif", "bmp", "webp", "jp2"])
def test_lossless_files_are_read_to_the_bit(ending, picture, tmp_path):
    path = tmp_path / f"photo.{ending}"
    picture.save(path, **({"lossless": True} if ending == "webp" else {}))
    assert np.array_equal(to_uint8(read_photo(path).image), np.array(picture))


@pytest.mark.parametrize("ending", ["jpg", "avif", "webp"])
def test_lossy_files_are_read_as_pillow_decodes_them(ending, picture, tmp_path):
    path = tmp_path / f"photo.{ending}"
    picture.save(path, quality=90)
    assert torch.equal(read_photo(path).image, from_pil(Image.open(path)))


@pytest.mark.parametrize("ending", ["png", "tif"])
def test_sixteen_bits_keep_their_depth(ending, small, tmp_path):
    deep = (small.permute(1, 2, 0).numpy() * 65535 + 0.3).round().astype(np.uint16)
    path = tmp_path / f"deep.{ending}"
    assert cv2.imwrite(str(path), deep[..., ::-1])
    image = read_photo(path).image
    assert torch.allclose(image, torch.from_numpy(deep.astype(np.float32) / 65535).permute(2, 0, 1), atol=1e-7)


def test_sixteen_bit_grey_is_read_as_grey(small, tmp_path):
    deep = (small[0].numpy() * 65535).round().astype(np.uint16)
    assert cv2.imwrite(str(tmp_path / "grey.png"), deep)
    image = read_photo(tmp_path / "grey.png").image
    assert image.shape == small.shape
    assert torch.allclose(image[2], torch.from_numpy(deep / 65535).float(), atol=1e-7)


@pytest.mark.parametrize("mode", ["L", "P", "1", "CMYK", "LA", "RGBA"])
def test_every_colour_mode_becomes_rgb(mode, picture, tmp_path):
    path = tmp_path / ("photo.tif" if mode == "CMYK" else "photo.png")
    converted = picture.convert(mode)
    converted.save(path)
    assert np.array_equal(to_uint8(read_photo(path).image), np.array(converted.convert("RGB")))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(orientation, picture, tmp_path):
    path = tmp_path / "turned.jpg"
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture.crop((0, 0, 192, 128)).save(path, quality=95, exif=exif)
    assert torch.equal(read_photo(path).image, from_pil(ImageOps.exif_transpose(Image.open(path))))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_applied_to_sixteen_bit_tiffs_too(orientation, picture, tmp_path):
    deep, shallow = tmp_path / "deep.tif", tmp_path / "shallow.tif"
    cropped = picture.crop((0, 0, 192, 128))
    tifffile.imwrite(
        deep, np.array(cropped).astype(np.uint16) * 257, photometric="rgb", extratags=[_tiff_turned(orientation)]
    )
    tifffile.imwrite(shallow, np.array(cropped), photometric="rgb", extratags=[_tiff_turned(orientation)])
    assert torch.allclose(read_photo(deep).image, read_photo(shallow).image, atol=1e-6)
    assert read_photo(deep).image.shape == ((3, 128, 192) if orientation < 5 else (3, 192, 128))


def test_a_tiff_whose_zero_is_white_is_no_negative(small, tmp_path):
    grey = (small[0].numpy() * 65535).round().astype(np.uint16)
    tifffile.imwrite(tmp_path / "white.tif", 65535 - grey, photometric="miniswhite")
    assert torch.allclose(read_photo(tmp_path / "white.tif").image[0], small[0], atol=1e-4)


def test_levels_of_no_known_white_are_refused(tmp_path):
    tifffile.imwrite(tmp_path / "float.tif", np.full((96, 96), 100, np.float32))
    with pytest.raises(PhotoError, match=r"float\.tif: is a TIFF of a kind .*neither of 8 nor of 16 bits"):
        read_photo(tmp_path / "float.tif")


def test_an_opaque_alpha_channel_is_no_matter(picture, tmp_path):
    picture.convert("RGBA").save(tmp_path / "opaque.png")
    assert read_photo(tmp_path / "opaque.png").notes == ()


def test_a_profile_that_cannot_be_read_is_said(picture, tmp_path):
    picture.save(tmp_path / "odd.png", icc_profile=b"not a profile at all")
    photo = read_photo(tmp_path / "odd.png")
    assert np.array_equal(to_uint8(photo.image), np.array(picture))
    assert photo.notes == ("The embedded colour profile could not be applied; the photo was read as sRGB.",)


def test_the_first_of_several_pictures_is_read_and_said(picture, tmp_path):
    picture.save(tmp_path / "pages.tif", save_all=True, append_images=[picture.rotate(180)])
    photo = read_photo(tmp_path / "pages.tif")
    assert np.array_equal(to_uint8(photo.image), np.array(picture))
    assert photo.notes == ("The file holds several pictures; the first was read.",)


def test_other_formats_are_not_opened(picture, tmp_path):
    picture.save(tmp_path / "really.jpg", "PCX")
    with pytest.raises(PhotoError, match=r"really\.jpg: is not a photo in a format that blemish reads"):
        read_photo(tmp_path / "really.jpg")


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied_to_sixteen_bits_too(orientation, picture, tmp_path):
    deep = np.array(picture.crop((0, 0, 192, 128))).astype(np.uint16) * 257
    encoded = cv2.imencode(".png", deep[..., ::-1])[1].tobytes()
    exif = Image.Exif()
    exif[0x0112] = orientation
    chunk = exif.tobytes().removeprefix(b"Exif\x00\x00")
    path = tmp_path / "turned.png"
    path.write_bytes(_with_png_chunk(encoded, b"eXIf", chunk))
    turned = ImageOps.exif_transpose(_tagged(picture.crop((0, 0, 192, 128)), exif))
    assert torch.allclose(read_photo(path).image, from_pil(turned), atol=1e-6)


def test_an_embedded_profile_is_converted_to_srgb(picture, tmp_path):
    path = tmp_path / "wide.png"
    profile = _gamma_1_profile()
    picture.save(path, icc_profile=profile)
    expected = ImageCms.profileToProfile(
        picture, ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB"), outputMode="RGB"
    )
    image = read_photo(path).image
    assert np.array_equal(to_uint8(image), np.array(expected))
    assert float(image.mean()) > float(from_pil(picture).mean()) + 0.05  # linear values look brighter when encoded


def test_transparency_is_laid_on_white_and_said(picture, tmp_path):
    layered = picture.convert("RGBA")
    layered.putalpha(Image.new("L", picture.size, 0))
    layered.save(tmp_path / "clear.png")
    photo = read_photo(tmp_path / "clear.png")
    assert float(photo.image.min()) == 1
    assert photo.notes == ("The photo has transparent parts; they were laid on white.",)


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("empty.jpg", b"", "is empty"),
        ("text.jpg", b"not a photo at all\n" * 50, "is not a photo in a format that blemish reads"),
    ],
)
def test_files_that_are_no_photos_are_named(name, content, what, tmp_path):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(PhotoError, match=f"{name}: {what}"):
        read_photo(tmp_path / name)


def test_a_missing_file_and_a_folder_are_named(tmp_path):
    with pytest.raises(PhotoError, match=r"none\.jpg: there is no such file") as caught:
        read_photo(tmp_path / "none.jpg")
    assert caught.value.__cause__ is None  # one sentence, not three tracebacks one after the other
    assert caught.value.__suppress_context__
    with pytest.raises(PhotoError, match="is a folder, not a photo"):
        read_photo(tmp_path)


@pytest.mark.parametrize("ending", ["png", "webp", "tif", "jp2", "avif"])
def test_a_file_cut_short_is_named(ending, picture, tmp_path):
    whole, cut = tmp_path / f"whole.{ending}", tmp_path / f"cut.{ending}"
    picture.save(whole)
    content = whole.read_bytes()
    for share in (0.1, 0.5, 0.9):
        cut.write_bytes(content[: int(len(content) * share)])
        with pytest.raises(PhotoError, match=rf"cut\.{ending}: is "):
            read_photo(cut)


def test_a_photo_too_small_to_judge_is_named(tmp_path):
    Image.new("RGB", (1, 1)).save(tmp_path / "dot.png")
    with pytest.raises(PhotoError, match=r"dot\.png: is 1 × 1 px; a photo needs at least 64 px on each side"):
        read_photo(tmp_path / "dot.png")


def test_arrays_and_tensors_are_photos_too(small):
    pixels = to_uint8(small)
    assert torch.equal(as_photo(pixels).image, as_photo(small).image)
    assert torch.allclose(as_photo(pixels.astype(np.uint16) * 257).image, small, atol=1e-6)
    assert torch.allclose(as_photo(pixels / 255).image, small, atol=1e-6)
    assert torch.equal(as_photo(pixels[..., 0]).image[1], small[0])


def test_arrays_that_are_no_photos_say_what_would_be(small):
    with pytest.raises(ValueError, match=r"shape \(192, 192, 3\); it should be \(3, height, width\)"):
        as_photo(small.permute(1, 2, 0))
    with pytest.raises(ValueError, match="floats go from 0 to 1"):
        as_photo(small.numpy().transpose(1, 2, 0) * 255)
    with pytest.raises(TypeError, match="array of int64"):
        as_photo(to_uint8(small).astype(np.int64))
    with pytest.raises(ValueError, match=r"shape \(192, 192, 2\)"):
        as_photo(to_uint8(small)[..., :2])


def test_a_written_png_comes_back(small, tmp_path):
    write_png(tmp_path / "deep" / "photo.png", small)
    assert np.array_equal(np.array(Image.open(tmp_path / "deep" / "photo.png")), to_uint8(small))


def test_a_file_is_written_whole_or_not_at_all(tmp_path):
    (tmp_path / "kept").write_bytes(b"before")
    with pytest.raises(TypeError):
        write_file(tmp_path / "kept", "text is not bytes")  # pyright: ignore[reportArgumentType]  which is the test
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]
    assert (tmp_path / "kept").read_bytes() == b"before"


def _tiff_turned(orientation: int) -> tuple[int, str, int, int, bool]:
    return (274, "H", 1, orientation, True)


def _with_png_chunk(encoded: bytes, kind: bytes, content: bytes) -> bytes:
    end_of_header = 8 + 25
    checksum = zlib.crc32(kind + content)
    chunk = struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)
    return encoded[:end_of_header] + chunk + encoded[end_of_header:]


def _tagged(picture: Image.Image, exif: Image.Exif) -> Image.Image:
    stream = io.BytesIO()
    picture.save(stream, "PNG", exif=exif)
    return Image.open(stream)


def _gamma_1_profile() -> bytes:
    """sRGB's primaries with a linear tone curve: sRGB's own profile, its curves replaced."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    count = struct.unpack(">I", profile[128:132])[0]
    for entry in range(count):
        place = 132 + 12 * entry
        tag, offset = profile[place : place + 4], struct.unpack(">I", profile[place + 4 : place + 8])[0]
        if tag in (b"rTRC", b"gTRC", b"bTRC"):
            profile[offset : offset + 12] = b"curv" + bytes(4) + struct.pack(">I", 0)
        if tag == b"desc":
            size = struct.unpack(">I", profile[place + 8 : place + 12])[0]
            text = profile[offset : offset + size]
            profile[offset : offset + size] = text.replace("sRGB".encode("utf-16-be"), "line".encode("utf-16-be"))
    return bytes(profile)


def test_a_file_in_place_of_a_folder_is_called_a_file(tmp_path):
    (tmp_path / "photo.jpg").touch()
    with pytest.raises(ValueError, match=r"photo\.jpg: is a file; a folder of photos is needed"):
        list_photos(tmp_path / "photo.jpg")
    with pytest.raises(ValueError, match="nowhere: there is no such folder"):
        list_photos(tmp_path / "nowhere")
