"""Checks: independent tests, on measurements of the photo itself, that can refute a finding; and how often they err."""
