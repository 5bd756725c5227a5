"""Corrections for many tests."""

import pytest

from blemish.models.metrics.many_tests import holm


def test_holm_corrects_as_in_the_textbook():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])  # Holm (1979) by hand
    assert holm([0.5, 0.9]) == pytest.approx([1, 1])
    assert holm([]) == []
