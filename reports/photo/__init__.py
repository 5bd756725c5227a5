"""The report on one photo: page, pictures, words and JSON."""
