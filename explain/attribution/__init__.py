"""Attribution: signed maps of one prediction, in its unit, with the baseline and the tests that they passed."""

from .attribute import attribute
from .attribution import Attribution
from .methods import METHODS
from .targets import Target

__all__ = ["METHODS", "Attribution", "Target", "attribute"]
