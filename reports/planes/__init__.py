"""Feature planes as a page, as stills for papers and as data."""
