"""Counterfactuals: a photo changed and scored again, so that what is said to help was tried."""

from .counterfactual import Counterfactual
from .search import Counterfactuals, counterfactuals, remedies_tried

__all__ = ["Counterfactual", "Counterfactuals", "counterfactuals", "remedies_tried"]
