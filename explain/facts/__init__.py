"""Facts of a photo's file: what it states itself, and what its bytes show, without any model."""

from __future__ import annotations

from .file_facts import Facts, facts, facts_of, facts_of_photo

__all__ = ["Facts", "facts", "facts_of", "facts_of_photo"]
