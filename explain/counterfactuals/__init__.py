"""Counterfactuals: a photo changed and scored again, so that what is said to help was tried."""

from .counterfactual import Counterfactual
from .search import counterfactuals, least_change

__all__ = ["Counterfactual", "counterfactuals", "least_change"]
