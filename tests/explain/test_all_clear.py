"""The all-clear's rates: of the model that they were measured on, and of no other."""

import json

from blemish.explain.all_clear import SHIPPED, all_clear_rates


def test_rates_are_those_of_the_model_they_were_measured_on():
    content = json.loads(SHIPPED.read_text())
    rates = all_clear_rates(content["record"]["model"])
    assert rates is not None
    assert rates.missed[0.5] == content["missed"]["0.5"]
    assert (
        0 <= rates.missed[0.75] <= rates.missed[0.5] <= rates.undistorted
    )  # damage is the less missed the worse it is
    assert all_clear_rates("of another model") is None
