"""A model's sensitivity to severity as a page, figures and JSON."""
