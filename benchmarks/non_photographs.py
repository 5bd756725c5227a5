"""Draws pictures that are not photographs, by kind and seed, for the classifier of `explain/photograph_classifier.py`."""

import io
from collections.abc import Callable

import numpy as np
from matplotlib.figure import Figure
from numpy.random import Generator
from PIL import Image, ImageDraw, ImageFont
from scipy.ndimage import gaussian_filter

TEXT = "the photo of a lens shows light and noise while every edge in it is measured against what people see"
COLOUR_MAPS = ("viridis", "magma", "coolwarm", "Greys")
Colour = str | tuple[int, ...]


def draw(kind: str, seed: int) -> Image.Image:
    """A picture of `kind`, one of KINDS, RGB; every third is saved as JPEG once, every fifth scaled down."""
    generator = np.random.default_rng([seed, *kind.encode()])
    picture = KINDS[kind](generator).convert("RGB")
    if seed % 5 == 4:
        picture = picture.resize((picture.width * 3 // 4, picture.height * 3 // 4), Image.Resampling.LANCZOS)
    if seed % 3 == 2:
        stream = io.BytesIO()
        picture.save(stream, "JPEG", quality=int(generator.integers(80, 96)))
        picture = Image.open(stream).convert("RGB")
    return picture


def _size(generator: Generator) -> tuple[int, int]:
    return int(generator.integers(480, 1400)), int(generator.integers(400, 1000))


def _colour(generator: Generator, low: int = 0, high: int = 256) -> tuple[int, ...]:
    return tuple(generator.integers(low, high, 3).tolist())


def _canvas(generator: Generator, colour: Colour) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    picture = Image.new("RGB", _size(generator), colour)
    return picture, ImageDraw.Draw(picture)


def _grid(generator: Generator) -> tuple[int, int, np.ndarray, np.ndarray]:
    """Width and height, px, and of each pixel y and x."""
    width, height = _size(generator)
    y, x = np.mgrid[0:height, 0:width]
    return width, height, y, x


def _sentence(generator: Generator, count: int) -> str:
    return " ".join(generator.choice(TEXT.split(), count))


def _write(pen: ImageDraw.ImageDraw, place: tuple[float, float], text: str, ink: Colour, size: int) -> None:
    pen.text(place, text, fill=ink, font=ImageFont.load_default(size))


def _lines(pen: ImageDraw.ImageDraw, generator: Generator, box: tuple[int, ...], ink: Colour, size: int) -> None:
    left, top, right, bottom = box
    for y in range(top, bottom - size, int(size * 1.5)):
        if generator.random() < 0.9:
            _write(pen, (left, y), _sentence(generator, max(1, int((right - left) / size / 2.6))), ink, size)


def _document(generator: Generator) -> Image.Image:
    picture, pen = _canvas(generator, (int(generator.integers(245, 256)),) * 3)
    box = (40, 30, picture.width - 40, picture.height - 30)
    _lines(pen, generator, box, (20, 20, 20), int(generator.integers(11, 24)))
    return picture


def _scanned_page(generator: Generator) -> Image.Image:
    """The same as a scanner gives it: grey paper, a little noise and blur."""
    pixels = np.asarray(_document(generator).resize(_size(generator), Image.Resampling.BILINEAR), np.float64)
    shade = np.linspace(0.9, 1.0, pixels.shape[1])[None, :, None]
    noisy = pixels * shade + generator.normal(0, generator.uniform(0.5, 3), (*pixels.shape[:2], 1))
    return Image.fromarray(noisy.clip(0, 255).astype(np.uint8))


def _terminal(generator: Generator) -> Image.Image:
    picture, pen = _canvas(generator, _colour(generator, 0, 45))
    size = int(generator.integers(11, 18))
    for y in range(8, picture.height, size + 4):
        _write(pen, (8, y), _sentence(generator, int(generator.integers(1, 14))), _colour(generator, 120), size)
    return picture


def _desktop(generator: Generator) -> Image.Image:
    picture = _ramp(generator)
    pen = ImageDraw.Draw(picture)
    for _ in range(int(generator.integers(2, 5))):
        left, top = int(generator.integers(0, picture.width // 2)), int(generator.integers(0, picture.height // 2))
        right, bottom = left + int(generator.integers(200, 700)), top + int(generator.integers(150, 500))
        pen.rounded_rectangle((left, top, right, bottom), 8, fill=_colour(generator, 225), outline=(120, 120, 120))
        pen.rectangle((left, top + 8, right, top + 28), fill=_colour(generator, 60, 200))
        _lines(pen, generator, (left + 10, top + 40, right - 10, bottom), (40, 40, 50), 13)
        pen.rectangle((right - 90, bottom - 40, right - 15, bottom - 12), fill=_colour(generator))
    return picture


def _web_page(generator: Generator) -> Image.Image:
    picture, pen = _canvas(generator, "white")
    pen.rectangle((0, 0, picture.width, 60), fill=_colour(generator, 20, 200))
    _write(pen, (20, 18), _sentence(generator, 3), "white", 22)
    column = picture.width // 3
    for left in (15, 15 + column, 15 + 2 * column):
        pen.rectangle((left, 80, left + column - 30, 200), fill=_colour(generator, 150))
        _lines(pen, generator, (left, 215, left + column - 25, picture.height - 20), (50, 50, 50), 14)
    texture = generator.normal(120, 30, (30, (column - 30) // 4, 3)).clip(0, 255).astype(np.uint8)
    picture.paste(Image.fromarray(texture).resize((column - 30, 120), Image.Resampling.BICUBIC), (15, 80))
    return picture


def _spreadsheet(generator: Generator) -> Image.Image:
    picture, pen = _canvas(generator, "white")
    high, wide = int(generator.integers(18, 30)), int(generator.integers(60, 110))
    for y in range(0, picture.height, high):
        for x in range(0, picture.width, wide):
            pen.rectangle((x, y, x + wide, y + high), _colour(generator, 190) if y == 0 else None, (200, 200, 200))
            _write(pen, (x + 6, y + 4), f"{generator.normal(0, 1000):.2f}", "black", 12)
    return picture


def _chart(generator: Generator, plot: Callable[..., object]) -> Image.Image:
    figure = Figure(figsize=(generator.uniform(5, 10), generator.uniform(4, 7)), dpi=int(generator.integers(80, 130)))
    axes = figure.add_subplot()
    if generator.random() < 0.25:
        figure.set_facecolor("#202428")
        axes.set_facecolor("#202428")
        axes.tick_params(colors="white")
    plot(axes)
    axes.set_title(_sentence(generator, 4))
    stream = io.BytesIO()
    figure.savefig(stream)
    return Image.open(stream)


def _line_chart(generator: Generator) -> Image.Image:
    def plot(ax) -> None:
        curves = np.cumsum(generator.normal(size=(int(generator.integers(1, 7)), 200)), axis=1)
        ax.plot(curves.T, label=[f"series {index}" for index in range(len(curves))])
        ax.legend()
        ax.grid()

    return _chart(generator, plot)


def _bar_chart(generator: Generator) -> Image.Image:
    n = int(generator.integers(4, 15))
    return _chart(generator, lambda ax: ax.bar(range(n), generator.random(n), color=generator.random((n, 3))))


def _scatter_plot(generator: Generator) -> Image.Image:
    x, y, c = generator.normal(size=(3, 1500))
    return _chart(generator, lambda ax: ax.scatter(x, y, c=c, s=generator.uniform(5, 60), alpha=0.6))


def _heat_map(generator: Generator) -> Image.Image:
    values = generator.normal(size=(int(generator.integers(6, 30)),) * 2)
    return _chart(generator, lambda ax: ax.imshow(values, cmap=generator.choice(COLOUR_MAPS)))


def _pie_chart(generator: Generator) -> Image.Image:
    shares = generator.random(int(generator.integers(3, 9)))
    return _chart(generator, lambda ax: ax.pie(shares, labels=[f"{share:.2f}" for share in shares]))


def _contour_map(generator: Generator) -> Image.Image:
    height = gaussian_filter(generator.normal(size=(120, 160)), 8)

    def plot(ax) -> None:
        ax.contourf(height, levels=12, cmap="terrain")
        ax.contour(height, levels=12, colors="k", linewidths=0.5)

    return _chart(generator, plot)


def _line_drawing(generator: Generator) -> Image.Image:
    picture, pen = _canvas(generator, "white")
    for _ in range(int(generator.integers(10, 80))):
        points = np.cumsum(generator.normal(0, 25, (40, 2)), 0) + generator.random(2) * picture.size
        pen.line(points.ravel().tolist(), fill=(20, 20, 20), width=int(generator.integers(1, 5)))
    return picture


def _flat_art(generator: Generator) -> Image.Image:
    """Overlapping shapes of flat colour: posters, icons, cartoons."""
    picture, pen = _canvas(generator, _colour(generator))
    for _ in range(int(generator.integers(8, 60))):
        x, y = (generator.random(2) * picture.size).tolist()
        r, shape = float(generator.uniform(10, 160)), generator.integers(3)
        if shape == 0:
            pen.ellipse((x - r, y - r, x + r, y + r), fill=_colour(generator))
        elif shape == 1:
            pen.rectangle((x - r, y - r / 2, x + r, y + r / 2), fill=_colour(generator))
        else:
            pen.polygon((np.array([x, y]) + generator.normal(0, r, (5, 2))).ravel().tolist(), fill=_colour(generator))
    return picture


def _comic(generator: Generator) -> Image.Image:
    picture = _flat_art(generator)
    pen = ImageDraw.Draw(picture)
    for x in range(0, picture.width, picture.width // 3):
        pen.rectangle((x, 0, x + picture.width // 3 - 12, picture.height), outline="black", width=5)
        pen.ellipse((x + 30, 20, x + 220, 100), fill="white", outline="black", width=2)
        _write(pen, (x + 55, 45), _sentence(generator, 3), "black", 14)
    return picture


def _ramp(generator: Generator) -> Image.Image:
    """From one colour to another, at an angle."""
    width, height, y, x = _grid(generator)
    first, second = (np.array(_colour(generator), float) for _ in range(2))
    angle = generator.uniform(0, 2 * np.pi)
    share = x / width * np.cos(angle) + y / height * np.sin(angle)
    share = (share - share.min()) / np.ptp(share)
    return Image.fromarray((first + (second - first) * share[..., None]).round().astype(np.uint8))


def _checkerboard(generator: Generator) -> Image.Image:
    _, _, y, x = _grid(generator)
    side = int(generator.integers(4, 80))
    colours = np.array([_colour(generator), _colour(generator)], np.uint8)
    return Image.fromarray(colours[(x // side + y // side) % 2])


def _zone_plate(generator: Generator) -> Image.Image:
    width, height, y, x = _grid(generator)
    rings = np.cos(np.pi * ((x - width / 2) ** 2 + (y - height / 2) ** 2) / generator.uniform(300, 1200))
    return Image.fromarray((127.5 + 127 * rings).astype(np.uint8))


def _stripes(generator: Generator) -> Image.Image:
    """Bars of a resolution chart, sharp or sinusoidal, at an angle."""
    _, _, y, x = _grid(generator)
    angle, period = generator.uniform(0, np.pi), generator.uniform(4, 60)
    wave = np.sin(2 * np.pi * (x * np.cos(angle) + y * np.sin(angle)) / period)
    return Image.fromarray((127.5 + 120 * (np.sign(wave) if generator.random() < 0.5 else wave)).astype(np.uint8))


def _colour_bars(generator: Generator) -> Image.Image:
    """Bars of a television's test pattern over a grey ramp."""
    picture, pen = _canvas(generator, "black")
    count, foot = int(generator.integers(6, 12)), picture.height * 2 // 3
    for index in range(count):
        left = index * picture.width // count
        pen.rectangle((left, 0, left + picture.width // count, foot), fill=_colour(generator))
        pen.rectangle((left, foot, left + picture.width // count, picture.height), fill=(255 * index // count,) * 3)
    return picture


def _code(generator: Generator) -> Image.Image:
    modules = generator.integers(0, 2, (int(generator.integers(21, 60)),) * 2).astype(np.uint8)
    framed = np.pad(255 * modules, 4, constant_values=255)
    side = len(framed) * int(generator.integers(8, 14))
    return Image.fromarray(framed).resize((side, side), Image.Resampling.NEAREST)


def _product_on_white(generator: Generator) -> Image.Image:
    """A shaded solid, rendered, on pure white."""
    width, height, y, x = _grid(generator)
    radius = min(width, height) * generator.uniform(0.15, 0.3)
    depth = 1 - ((x - width / 2) ** 2 + (y - height / 2) ** 2) / radius**2
    shade = np.sqrt(depth.clip(0)) * 0.8 + 0.2
    pixels = np.where(depth[..., None] > 0, shade[..., None] * np.array(_colour(generator, 80)), 255)
    return Image.fromarray(pixels.astype(np.uint8))


def _random_noise(generator: Generator) -> Image.Image:
    width, height = _size(generator)
    channels = 3 if generator.random() < 0.5 else 1
    noise = generator.normal(128, generator.uniform(20, 60), (height, width, channels)).clip(0, 255)
    return Image.fromarray(np.broadcast_to(noise, (height, width, 3)).astype(np.uint8))


def _map_tiles(generator: Generator) -> Image.Image:
    """Streets, blocks and names, as a map service draws them."""
    picture, pen = _canvas(generator, (242, 239, 233))
    for _ in range(int(generator.integers(3, 8))):
        centre = generator.random(2) * picture.size
        pen.polygon((centre + generator.normal(0, 90, (6, 2))).ravel().tolist(), fill=_colour(generator, 170, 230))
    for _ in range(int(generator.integers(15, 50))):
        ends = (generator.random((2, 2)) * picture.size).ravel().tolist()
        pen.line(ends, fill=(200, 195, 190), width=9)
        pen.line(ends, fill="white", width=6)
        _write(pen, (ends[0], ends[1]), _sentence(generator, 2), (90, 90, 90), 11)
    return picture


KINDS: dict[str, Callable[[Generator], Image.Image]] = {
    "document": _document, "scanned_page": _scanned_page, "terminal": _terminal, "desktop": _desktop,
    "web_page": _web_page, "spreadsheet": _spreadsheet, "line_chart": _line_chart, "bar_chart": _bar_chart,
    "scatter_plot": _scatter_plot, "heat_map": _heat_map, "pie_chart": _pie_chart, "contour_map": _contour_map,
    "line_drawing": _line_drawing, "flat_art": _flat_art, "comic": _comic,
    "gradient": _ramp, "constant": lambda generator: _canvas(generator, _colour(generator))[0],
    "checkerboard": _checkerboard, "zone_plate": _zone_plate, "stripes": _stripes, "colour_bars": _colour_bars,
    "code": _code, "product_on_white": _product_on_white, "random_noise": _random_noise, "map_tiles": _map_tiles,
}  # fmt: skip
