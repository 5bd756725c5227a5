"""Data sets as input: the images of a torch `Dataset`, of a Hugging Face data set, or of any iterable, with names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol

import numpy as np

IMAGE_KEYS = ("image", "img", "pixel_values", "jpg", "png", "webp")


class Indexed(Protocol):
    """A data set of which items are taken by number, as torch's."""

    def __len__(self) -> int: ...
    def __getitem__(self, index: int, /) -> Any: ...


def images_of(data: Iterable | Indexed) -> Iterator[tuple[str, object]]:
    """Names and images of an iterable: a torch `Dataset`, a Hugging Face data set, pairs of name and image, or images.

    An item is an image (array, tensor, Pillow image, path), a mapping with one under "image" or the like (and its name under
    "path", "file_name" or "id"), or a sequence that begins with one, as (image, label), or with its name, as (name, image).
    """
    items = data if isinstance(data, Iterable) else (data[index] for index in range(len(data)))
    for index, item in enumerate(items):
        yield _named(item, index)


def _named(item: Any, index: int) -> tuple[str, object]:
    name = f"{index:06d}"
    if isinstance(item, Mapping):
        key = next((key for key in IMAGE_KEYS if key in item), None)
        if key is None:
            raise ValueError(
                f"item {index} has {', '.join(map(str, item))}; an image should be under {', '.join(IMAGE_KEYS)}"
            )
        named = next((str(item[key]) for key in ("path", "file_name", "id", "__key__") if item.get(key)), name)
        return named, _image(item[key])
    if isinstance(item, tuple) and len(item) >= 2:
        if isinstance(item[0], str) and not isinstance(item[1], (str, int, float)):
            return item[0], _image(item[1])
        return name, _image(item[0])
    return (item, item) if isinstance(item, str) else (name, _image(item))


def _image(image: Any) -> object:
    """What `as_photo` takes; Pillow images and Hugging Face's {"path", "bytes"} become arrays and paths."""
    if hasattr(image, "getbands"):
        return np.asarray(image.convert("RGBA" if image.has_transparency_data else "RGB"))
    if isinstance(image, Mapping) and image.get("bytes"):
        import io

        from PIL import Image

        with Image.open(io.BytesIO(image["bytes"])) as picture:
            return _image(picture)
    return image["path"] if isinstance(image, Mapping) else image
