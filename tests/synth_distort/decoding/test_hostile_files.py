"""Files that would end, hang or fill the process that reads them: each gets one sentence."""

import os
import struct
import subprocess
import sys
import zlib

import numpy as np
import pytest
import tifffile
from PIL import Image

from blemish.synth_distort import PhotoError, read_photo
from blemish.synth_distort.files import printable
from blemish.synth_distort.photo import from_pil, to_pil, to_uint8


@pytest.fixture
def picture(small) -> Image.Image:
    return to_pil(small)


def test_an_animation_with_an_empty_frame_is_read_up_to_it(tmp_path):
    """161 bytes that ended OpenCV's decoder, and with it the process: hence a process of its own."""
    rows = b"".join(b"\0" + bytes([row * 3, 90, 200]) * 64 for row in range(64))
    path = tmp_path / "empty-frame.png"
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", struct.pack(">IIBBBBB", 64, 64, 8, 2, 0, 0, 0))
        + _chunk(b"acTL", struct.pack(">II", 2, 0))
        + _chunk(b"IDAT", zlib.compress(rows, 9))
        + _chunk(b"fcTL", struct.pack(">IIIIIHHBB", 0, 64, 64, 0, 0, 1, 10, 0, 0))
        + _chunk(b"fdAT", b"")
        + _chunk(b"IEND", b"")
    )
    code = """
import sys
from blemish.synth_distort import read_photo
print(read_photo(sys.argv[1]).image[0, :, 5].mul(255).tolist())
"""
    result = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip() == str([float(row * 3) for row in range(64)])


@pytest.mark.parametrize("deep", [False, True], ids=["8 bits", "16 bits"])
@pytest.mark.parametrize("broken", ["offset", "compression"])
def test_a_broken_second_directory_is_no_matter(broken, deep, picture, tmp_path):
    pixels = np.array(picture).astype(np.uint16) * 257 if deep else np.array(picture)
    path = tmp_path / "broken.tif"
    tifffile.imwrite(path, np.stack([pixels, pixels]), photometric="rgb")
    content = bytearray(path.read_bytes())
    with tifffile.TiffFile(path) as file:
        second = file.pages[1]
        assert isinstance(second, tifffile.TiffPage)
        if broken == "offset":
            place = bytes(content).index(struct.pack("<I", second.offset))
            content[place : place + 4] = struct.pack("<I", 0xFFFFFFF0)
        else:
            place = second.tags["Compression"].valueoffset
            content[place : place + 2] = struct.pack("<H", 60416)
    path.write_bytes(content)
    photo = read_photo(path)
    assert np.array_equal(to_uint8(photo.image), np.array(picture))
    assert photo.notes == ("The file holds several pictures; the first was read.",)


def test_pipes_and_devices_are_not_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "zero.jpg").symlink_to("/dev/zero")
    for name in ("pipe.jpg", "zero.jpg"):
        with pytest.raises(PhotoError, match=f"{name}: is a pipe, a socket or a device"):
            read_photo(tmp_path / name)


def test_a_file_that_claims_more_than_it_can_hold_is_refused_undecoded(tmp_path):
    Image.new("1", (13_300, 13_300)).save(tmp_path / "bomb.png")
    with pytest.raises(PhotoError, match=r"bomb\.png: has 13300 × 13300 px, more than the 120 megapixels"):
        read_photo(tmp_path / "bomb.png")
    with pytest.raises(PhotoError, match=r"claims 13300 × 13300 px in \d+ bytes"):
        read_photo(tmp_path / "bomb.png", most_pixels=200_000_000)


def test_fewer_pixels_may_be_asked_for(picture, tmp_path):
    picture.save(tmp_path / "photo.png")
    with pytest.raises(PhotoError, match=r"192 × 192 px, more than the 0\.03 megapixels"):
        read_photo(tmp_path / "photo.png", most_pixels=30_000)
    assert read_photo(tmp_path / "photo.png", most_pixels=192 * 192).width == 192


def test_a_decoder_in_its_own_process_gives_the_same_and_may_crash(picture, tmp_path, monkeypatch):
    picture.save(tmp_path / "photo.tif")
    assert np.array_equal(to_uint8(read_photo(tmp_path / "photo.tif", isolated=True).image), np.array(picture))
    (tmp_path / "cut.tif").write_bytes((tmp_path / "photo.tif").read_bytes()[:5000])
    with pytest.raises(PhotoError, match=r"cut\.tif: is damaged"):
        read_photo(tmp_path / "cut.tif", isolated=True)
    crashing = tmp_path / "python"
    crashing.write_text("#!/bin/sh\nkill -SEGV $$\n")
    crashing.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(crashing))
    with pytest.raises(PhotoError, match=r"photo\.tif: is damaged: its decoder crashed"):
        read_photo(tmp_path / "photo.tif", isolated=True)


def test_a_name_that_is_not_utf_8_is_shown_with_escapes(tmp_path):
    name = os.fsdecode(b"caf\xe9\x1b[31m.jpg")
    (tmp_path / name).write_bytes(b"no photo")
    with pytest.raises(PhotoError) as caught:
        read_photo(tmp_path / name)
    assert str(caught.value).startswith(f"{tmp_path}/caf\\xe9\\x1b[31m.jpg: is not a photo")
    assert printable("plain é/name.jpg") == "plain é/name.jpg"


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize("subsampling", [0, 2])
def test_a_jpeg_cut_short_is_read_as_far_as_it_goes(mode, subsampling, picture, tmp_path):
    options = {} if mode == "L" else {"subsampling": subsampling}
    picture.convert(mode).save(tmp_path / "whole.jpg", quality=90, **options)
    whole = read_photo(tmp_path / "whole.jpg").image
    content = (tmp_path / "whole.jpg").read_bytes()
    (tmp_path / "cut.jpg").write_bytes(content[:-2])
    photo = read_photo(tmp_path / "cut.jpg")
    if mode != "L":  # whose decoder is done before it asks for more
        assert photo.notes == ("The file lacks its last bytes; 0 % of its picture is missing.",)
    assert np.array_equal(photo.image, whole)
    (tmp_path / "cut.jpg").write_bytes(content[: int(0.8 * len(content))])
    photo = read_photo(tmp_path / "cut.jpg")
    share = 1 - photo.height / whole.shape[1]
    assert 0.05 < share < 0.45
    assert photo.notes[-1] == f"The file is cut short: {share:.1%} of its picture is missing and was left out."
    assert np.array_equal(photo.image[:, :-1], whole[:, : photo.height - 1])  # the last row mixes in chroma of the next
    (tmp_path / "cut.jpg").write_bytes(content[: int(0.3 * len(content))])
    with pytest.raises(PhotoError, match=r"cut\.jpg: is cut short: \d+% of its picture is missing"):
        read_photo(tmp_path / "cut.jpg")


def test_a_progressive_jpeg_cut_short_is_said_to_lack_detail(picture, tmp_path):
    picture.save(tmp_path / "whole.jpg", quality=90, progressive=True)
    content = (tmp_path / "whole.jpg").read_bytes()
    (tmp_path / "cut.jpg").write_bytes(content[: int(0.9 * len(content))])
    photo = read_photo(tmp_path / "cut.jpg")
    assert photo.height == 192
    assert "may lack detail" in photo.notes[0]
    assert float((photo.image - from_pil(picture)).abs().mean()) < 0.05


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
