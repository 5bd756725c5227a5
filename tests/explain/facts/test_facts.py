"""Facts of files against files whose making is known."""

import io

import numpy as np
import pytest
from PIL import Image

import blemish
from blemish.explain.facts import facts_of, facts_of_photo
from blemish.explain.facts.history import recompression
from blemish.synth_distort.photo import to_pil


@pytest.fixture(scope="module")
def picture(coffee) -> Image.Image:
    return to_pil(coffee)


def saved(picture: Image.Image, kind: str = "JPEG", **settings) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, kind, **settings)
    return stream.getvalue()


@pytest.mark.parametrize("quality", [1, 10, 49, 50, 75, 92, 95, 100])
def test_libjpegs_quality_is_exact(picture, quality):
    jpeg = facts_of(saved(picture, quality=quality), "a.jpg").jpeg
    assert jpeg is not None
    assert jpeg.quality == jpeg.nearest_quality == quality


def test_other_tables_are_no_standard_ones(picture):
    table = [min(255, 3 + index) for index in range(64)]
    jpeg = facts_of(saved(picture, qtables=[table, table]), "a.jpg").jpeg
    assert jpeg is not None
    assert jpeg.quality is None
    assert jpeg.luma_steps[0] == 3


@pytest.mark.parametrize("subsampling", ["4:4:4", "4:2:2", "4:2:0"])
@pytest.mark.parametrize("progressive", [True, False])
def test_how_a_jpeg_was_coded_is_read(picture, subsampling, progressive):
    jpeg = facts_of(saved(picture, subsampling=subsampling, progressive=progressive), "a.jpg").jpeg
    assert jpeg is not None
    assert (jpeg.subsampling, jpeg.progressive) == (subsampling, progressive)


def test_what_exif_states_is_read(picture, tmp_path):
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0131] = "Canon\0", " Canon EOS 450D ", "GIMP"
    inner = exif.get_ifd(0x8769)
    inner[0x829A], inner[0x829D], inner[0x8827], inner[0x920A], inner[0xA434] = 0.004, 2.8, 1600, 50.0, "EF 50mm"
    path = tmp_path / "a.jpg"
    picture.save(path, exif=exif)
    camera = blemish.facts(path).camera
    assert (camera.make, camera.model, camera.software, camera.lens) == ("Canon", "Canon EOS 450D", "GIMP", "EF 50mm")
    assert (camera.iso, camera.exposure_time, camera.f_number, camera.focal_length) == (1600, 0.004, 2.8, 50)


def test_depth_and_alpha_are_those_of_the_file(picture):
    deep = Image.fromarray(np.zeros((80, 80), np.uint16))
    assert facts_of(saved(deep, "PNG"), "a.png").bit_depth == 16
    shallow = facts_of(saved(picture.convert("RGBA"), "PNG"), "a.png")
    assert (shallow.bit_depth, shallow.has_alpha, shallow.jpeg, shallow.saved_before) == (8, True, None, None)


def test_a_jpeg_saved_before_at_a_lower_quality_shows_it(picture):
    once = saved(picture, quality=88)
    twice = saved(Image.open(io.BytesIO(saved(picture, quality=60))), quality=88)
    assert facts_of(once, "a.jpg").saved_before is False
    assert facts_of(twice, "a.jpg").saved_before is True
    assert recompression(np.zeros((64, 64), np.float32), (1,) * 64) is None  # steps of 1 show nothing


def test_an_enlarged_photo_shows_its_period(picture):
    larger = picture.resize((round(picture.width * 1.4), round(picture.height * 1.4)), Image.Resampling.BICUBIC)
    assert facts_of(saved(picture, "PNG"), "a.png").enlarged is False
    assert facts_of(saved(larger, "PNG"), "a.png").enlarged is True


def test_a_gain_map_is_noticed(picture):
    mark = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf hdrgm:Version="1.0"/></x:xmpmeta>'
    assert facts_of(saved(picture, xmp=mark), "a.jpg").gain_map
    assert not facts_of(saved(picture), "a.jpg").gain_map


def test_a_jpeg_cut_short_states_what_its_header_does(picture):
    facts = facts_of(saved(picture, quality=80)[:-2000], "cut.jpg")
    assert (facts.width, facts.height) == picture.size
    assert facts.jpeg is not None
    assert (facts.jpeg.quality, facts.saved_before, facts.enlarged) == (80, None, None)


def test_a_heic_states_its_camera(picture):
    pytest.importorskip("pillow_heif").register_heif_opener()
    exif = Image.Exif()
    exif[0x0110] = "Phone 3"
    assert facts_of(saved(picture, "HEIF", exif=exif), "a.heic").camera.model == "Phone 3"


def test_a_header_that_is_not_read_leaves_no_facts():
    assert facts_of_photo(b"II*\0" + bytes(200), "a.dng") is None


def test_a_file_that_is_no_photo_is_named(tmp_path):
    path = tmp_path / "notes.jpg"
    path.write_text("no photo")
    with pytest.raises(blemish.PhotoError, match=r"notes\.jpg: is not a photo"):
        blemish.facts(path)


def test_what_stands_behind_the_end_of_a_text_is_not_of_it(picture, tmp_path):
    exif = Image.Exif()
    exif[0x0110] = "MAVICA\0\0ghx7y"
    picture.save(tmp_path / "a.jpg", exif=exif)
    assert blemish.facts(tmp_path / "a.jpg").camera.model == "MAVICA"


def test_one_table_for_luma_and_chroma_is_no_standard_one(picture):
    luma = list(Image.open(io.BytesIO(saved(picture, quality=86))).quantization[0])  # pyright: ignore[reportAttributeAccessIssue]
    jpeg = facts_of(saved(picture, qtables=[luma, luma]), "a.jpg").jpeg
    assert jpeg is not None
    assert (jpeg.quality, jpeg.nearest_quality) == (None, 86)
