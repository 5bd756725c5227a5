"""What the tests of quality CNNs share."""

import pytest
from rated_details import rated_details

from blemish.models.quality_cnns.training import Workshop


@pytest.fixture(scope="session")
def rated(tmp_path_factory):
    """Thirty rated details of a photo."""
    return rated_details(tmp_path_factory.mktemp("rated"))


@pytest.fixture(scope="session")
def workshop(tmp_path_factory):
    """A folder that features and predictions are kept in, with random backbones."""
    return Workshop(tmp_path_factory.mktemp("workshop"), None, 1, 0)


@pytest.fixture(scope="module", autouse=True)
def _in_this_process():
    """Extract features without worker processes, whose start takes longer than the work; data sets test those."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "blemish.models.quality_cnns.features.in_processes",
            lambda function, jobs, *, workers, description: map(function, jobs),
        )
        yield
