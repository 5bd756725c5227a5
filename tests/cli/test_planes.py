"""`blemish planes`: a user's mistakes, each one sentence. What it draws is tested with the page."""

import pytest
import skimage.data
from typer.testing import CliRunner

from blemish.cli import app
from blemish.synth_distort import as_photo
from blemish.synth_distort.photo import write_png


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two photos and a file that is none."""
    path = tmp_path_factory.mktemp("photos")
    image = as_photo(skimage.data.coffee()).image
    write_png(path / "one.png", image[:, :128, :128])
    write_png(path / "two.png", image[:, 128:256, :128])
    return path


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            ["--photos", "2", "--backbone", "blemish", "--layers", "heads"],
            "blemish has no layer 'heads'; its layers are statistics",
        ),
        (["--backbone", "resnet19"], "no backbone is called 'resnet19'"),
        (
            ["--backbone", "blemish", "--backbone", "resnet18", "--layers", "layer1"],
            "--layers are of one backbone; there are 2",
        ),
        (["--engine", "steam"], "no engine is called 'steam'; there are local, ray"),
        (["--severities", "much"], "severities are 'much'; they should be numbers with commas"),
        (["--distortions", "jpeg,rust"], "no distortion is called 'rust'"),
        (["--distortions", "jpeg"], "planes are compared, so name 2 at least"),
        (["--post", "fax"], "no post-processing is called 'fax'"),
        (["--place", "photo.png"], "holds no maps.safetensors of `blemish planes`"),
    ],
)
def test_a_mistake_is_one_sentence(options, message, folder, tmp_path):
    result = CliRunner().invoke(app, ["planes", str(folder), "-o", str(tmp_path / "out"), *options])
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_one_photo_is_not_enough(folder, tmp_path):
    alone = tmp_path / "alone"
    write_png(alone / "photo.png", as_photo(folder / "one.png").image)
    (alone / "broken.jpg").write_bytes(b"no photo")
    result = CliRunner().invoke(app, ["planes", str(alone), "--backbone", "blemish", "-o", str(tmp_path / "out")])
    assert result.exit_code == 2
    assert "1 photo to make ladders of; planes need at least 2 different ones" in result.stderr
    assert "broken.jpg" in result.stderr
