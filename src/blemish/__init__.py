"""blemish: explainable analysis of image distortion.

It finds what is wrong with a photo, how bad it is and where, with the checks that confirm it.

    import blemish

    report = blemish.report("photo.jpg")
    report.mos.value, report.overall_severity.value, report.findings
    report.save("photo.html")
"""

from __future__ import annotations

from importlib import metadata

import lazy_loader

# The public names are imported when first used; __init__.pyi lists them.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
__version__ = metadata.version("blemish")
