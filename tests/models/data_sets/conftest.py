"""What the tests of data sets share."""

from dataclasses import replace

import pytest

from blemish.models.data_sets import DATA_SETS, open_data_set


@pytest.fixture
def small(monkeypatch):
    """Three photos are the whole of each data set, but for LIVE, whose reader needs all."""
    for name, entry in DATA_SETS.items():
        if entry.photos is not None and name != "live":
            monkeypatch.setitem(DATA_SETS, name, replace(entry, photos=3))


@pytest.fixture
def refusal():
    """`refusal(name, path)`: the message, one line that names `path`, with which the data set is refused."""

    def message(name, path):
        with pytest.raises(ValueError, match=r".") as error:
            open_data_set(name, path)
        text = str(error.value)
        assert "\n" not in text
        assert str(path) in text
        return text

    return message
