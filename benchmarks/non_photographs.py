"""Draws pictures that are not photographs, by kind and seed, for the gate of `explain/photograph_classifier.py`."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image, ImageDraw, ImageFont

Kind = Callable[[np.random.Generator], Image.Image]

KINDS: dict[str, Kind] = {}
WORDS = tuple(
    [
        "the",
        "photo",
        "of",
        "a",
        "lens",
        "shows",
        "light",
        "and",
        "noise",
        "while",
        "every",
        "edge",
        "in",
        "it",
        "is",
        "measured",
        "against",
        "what",
        "people",
        "see",
    ]
)


def draw(kind: str, seed: int) -> Image.Image:
    """A picture of `kind`, RGB; every third is saved as JPEG once, every fifth scaled down."""
    generator = np.random.default_rng([seed, *kind.encode()])
    picture = KINDS[kind](generator).convert("RGB")
    if seed % 5 == 4:
        picture = picture.resize((picture.width * 3 // 4, picture.height * 3 // 4), Image.Resampling.LANCZOS)
    if seed % 3 == 2:
        stream = io.BytesIO()
        picture.save(stream, "JPEG", quality=int(generator.integers(80, 96)))
        picture = Image.open(stream).convert("RGB")
    return picture


def kind(function: Kind) -> Kind:
    """Enter the decorated function into KINDS."""
    KINDS[function.__name__] = function  # pyright: ignore[reportFunctionMemberAccess]
    return function


def _size(generator: np.random.Generator) -> tuple[int, int]:
    return int(generator.integers(480, 1400)), int(generator.integers(400, 1000))


def _colour(generator: np.random.Generator, low: int = 0, high: int = 256) -> tuple[int, int, int]:
    red, green, blue = generator.integers(low, high, 3).tolist()
    return red, green, blue


def _canvas(generator: np.random.Generator, colour: object) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    picture = Image.new("RGB", _size(generator), colour)  # pyright: ignore[reportArgumentType]
    return picture, ImageDraw.Draw(picture)


def _sentence(generator: np.random.Generator, count: int) -> str:
    return " ".join(generator.choice(WORDS, count))


def _lines(
    pen: ImageDraw.ImageDraw, generator: np.random.Generator, box: tuple[int, int, int, int], ink: object, size: int
) -> None:
    font = ImageFont.load_default(size)
    for y in range(box[1], box[3] - size, int(size * 1.5)):
        if generator.random() < 0.9:
            text = _sentence(generator, max(1, int((box[2] - box[0]) / size / 2.6)))
            pen.text((box[0], y), text, fill=ink, font=font)  # pyright: ignore[reportArgumentType]


@kind
def document(generator: np.random.Generator) -> Image.Image:
    """A page of black text on white, or nearly."""
    picture, pen = _canvas(generator, (int(generator.integers(245, 256)),) * 3)
    _lines(
        pen, generator, (40, 30, picture.width - 40, picture.height - 30), (20, 20, 20), int(generator.integers(11, 24))
    )
    return picture


@kind
def scanned_page(generator: np.random.Generator) -> Image.Image:
    """The same as a scanner gives it: grey paper, a little noise and blur."""
    pixels = np.asarray(document(generator).resize(_size(generator), Image.Resampling.BILINEAR), np.float64)
    shade = np.linspace(0.9, 1.0, pixels.shape[1])[None, :, None]
    noisy = pixels * shade + generator.normal(0, generator.uniform(0.5, 3), (*pixels.shape[:2], 1))
    return Image.fromarray(noisy.clip(0, 255).astype(np.uint8))


@kind
def terminal(generator: np.random.Generator) -> Image.Image:
    """Coloured text on a dark ground."""
    picture, pen = _canvas(generator, _colour(generator, 0, 45))
    size = int(generator.integers(11, 18))
    for y in range(8, picture.height, size + 4):
        text = _sentence(generator, int(generator.integers(1, 14)))
        pen.text((8, y), text, fill=_colour(generator, 120), font=ImageFont.load_default(size))
    return picture


@kind
def desktop(generator: np.random.Generator) -> Image.Image:
    """Windows with title bars, buttons and text over a smooth background."""
    picture = Image.fromarray(_ramp(generator, *_size(generator)))
    pen = ImageDraw.Draw(picture)
    for _ in range(int(generator.integers(2, 5))):
        left, top = int(generator.integers(0, picture.width // 2)), int(generator.integers(0, picture.height // 2))
        right, bottom = left + int(generator.integers(200, 700)), top + int(generator.integers(150, 500))
        pen.rounded_rectangle((left, top, right, bottom), 8, fill=_colour(generator, 225), outline=(120, 120, 120))
        pen.rectangle((left, top + 8, right, top + 28), fill=_colour(generator, 60, 200))
        _lines(pen, generator, (left + 10, top + 40, right - 10, bottom), (40, 40, 50), 13)
        pen.rectangle((right - 90, bottom - 40, right - 15, bottom - 12), fill=_colour(generator))
    return picture


@kind
def web_page(generator: np.random.Generator) -> Image.Image:
    """A header, columns of text, boxes and a small photo-like picture."""
    picture, pen = _canvas(generator, "white")
    pen.rectangle((0, 0, picture.width, 60), fill=_colour(generator, 20, 200))
    pen.text((20, 18), _sentence(generator, 3), fill="white", font=ImageFont.load_default(22))
    column = picture.width // 3
    for index in range(3):
        left = 15 + index * column
        pen.rectangle((left, 80, left + column - 30, 200), fill=_colour(generator, 150))
        _lines(pen, generator, (left, 215, left + column - 25, picture.height - 20), (50, 50, 50), 14)
    size = (column - 30, 120)
    texture = generator.normal(120, 30, (size[1] // 4, size[0] // 4, 3)).clip(0, 255).astype(np.uint8)
    picture.paste(Image.fromarray(texture).resize(size, Image.Resampling.BICUBIC), (15, 80))
    return picture


@kind
def spreadsheet(generator: np.random.Generator) -> Image.Image:
    """Cells with numbers and coloured headings."""
    picture, pen = _canvas(generator, "white")
    high, wide = int(generator.integers(18, 30)), int(generator.integers(60, 110))
    for row, y in enumerate(range(0, picture.height, high)):
        for x in range(0, picture.width, wide):
            pen.rectangle(
                (x, y, x + wide, y + high), outline=(200, 200, 200), fill=_colour(generator, 190) if not row else None
            )
            pen.text((x + 6, y + 4), f"{generator.normal(0, 1000):.2f}", fill="black", font=ImageFont.load_default(12))
    return picture


def _figure(generator: np.random.Generator, plot: Callable[..., object]) -> Image.Image:
    figure = Figure(figsize=(generator.uniform(5, 10), generator.uniform(4, 7)), dpi=int(generator.integers(80, 130)))
    axes = figure.add_subplot()
    if generator.random() < 0.25:
        figure.set_facecolor("#202428")
        axes.set_facecolor("#202428")
        axes.tick_params(colors="white")
    plot(axes)
    axes.set_title(_sentence(generator, 4))
    stream = io.BytesIO()
    FigureCanvasAgg(figure).print_png(stream)
    return Image.open(stream).convert("RGB")


@kind
def line_chart(generator: np.random.Generator) -> Image.Image:
    """Curves with a grid and a legend."""

    def plot(axes) -> None:
        for index in range(int(generator.integers(1, 7))):
            axes.plot(np.cumsum(generator.normal(size=200)), label=f"series {index}")
        axes.legend()
        axes.grid()

    return _figure(generator, plot)


@kind
def bar_chart(generator: np.random.Generator) -> Image.Image:
    """Bars in several colours."""
    count = int(generator.integers(4, 15))
    return _figure(
        generator, lambda axes: axes.bar(range(count), generator.random(count), color=generator.random((count, 3)))
    )


@kind
def scatter_plot(generator: np.random.Generator) -> Image.Image:
    """Points, half transparent."""
    x, y, c = generator.normal(size=(3, 1500))
    return _figure(generator, lambda axes: axes.scatter(x, y, c=c, s=generator.uniform(5, 60), alpha=0.6))


@kind
def heat_map(generator: np.random.Generator) -> Image.Image:
    """A matrix in false colour."""
    values = generator.normal(size=(int(generator.integers(6, 30)),) * 2)
    return _figure(
        generator,
        lambda axes: axes.imshow(values, cmap=str(generator.choice(["viridis", "magma", "coolwarm", "Greys"]))),
    )


@kind
def pie_chart(generator: np.random.Generator) -> Image.Image:
    """Wedges."""
    shares = generator.random(int(generator.integers(3, 9)))
    return _figure(generator, lambda axes: axes.pie(shares, labels=[f"{share:.2f}" for share in shares]))


@kind
def contour_map(generator: np.random.Generator) -> Image.Image:
    """Filled contours with lines, as maps of height have."""
    from scipy.ndimage import gaussian_filter

    height = gaussian_filter(generator.normal(size=(120, 160)), 8)

    def plot(axes) -> None:
        axes.contourf(height, levels=12, cmap="terrain")
        axes.contour(height, levels=12, colors="k", linewidths=0.5)

    return _figure(generator, plot)


@kind
def line_drawing(generator: np.random.Generator) -> Image.Image:
    """Black strokes on white paper."""
    picture, pen = _canvas(generator, "white")
    for _ in range(int(generator.integers(10, 80))):
        steps = generator.normal(0, 25, (40, 2))
        points = np.cumsum(steps, 0) + generator.random(2) * picture.size
        pen.line([tuple(point) for point in points.tolist()], fill=(20, 20, 20), width=int(generator.integers(1, 5)))
    return picture


@kind
def flat_art(generator: np.random.Generator) -> Image.Image:
    """Overlapping shapes of flat colour: posters, icons, cartoons."""
    picture, pen = _canvas(generator, _colour(generator))
    for _ in range(int(generator.integers(8, 60))):
        x, y = (generator.random(2) * picture.size).tolist()
        r = float(generator.uniform(10, 160))
        shape = generator.integers(3)
        if shape == 0:
            pen.ellipse((x - r, y - r, x + r, y + r), fill=_colour(generator))
        elif shape == 1:
            pen.rectangle((x - r, y - r / 2, x + r, y + r / 2), fill=_colour(generator))
        else:
            pen.polygon([(x + a, y + b) for a, b in generator.normal(0, r, (5, 2)).tolist()], fill=_colour(generator))
    return picture


@kind
def comic(generator: np.random.Generator) -> Image.Image:
    """Panels of flat colour with outlines and speech."""
    picture = flat_art(generator)
    pen = ImageDraw.Draw(picture)
    for x in range(0, picture.width, picture.width // 3):
        pen.rectangle((x, 0, x + picture.width // 3 - 12, picture.height), outline="black", width=5)
        pen.ellipse((x + 30, 20, x + 220, 100), fill="white", outline="black", width=2)
        pen.text((x + 55, 45), _sentence(generator, 3), fill="black", font=ImageFont.load_default(14))
    return picture


def _ramp(generator: np.random.Generator, width: int, height: int) -> np.ndarray:
    first, second = (np.array(_colour(generator), float) for _ in range(2))
    angle = generator.uniform(0, 2 * np.pi)
    y, x = np.mgrid[0:height, 0:width]
    share = x / width * np.cos(angle) + y / height * np.sin(angle)
    share = (share - share.min()) / np.ptp(share)
    return (first + (second - first) * share[..., None]).round().astype(np.uint8)


@kind
def gradient(generator: np.random.Generator) -> Image.Image:
    """A smooth ramp between two colours."""
    return Image.fromarray(_ramp(generator, *_size(generator)))


@kind
def constant(generator: np.random.Generator) -> Image.Image:
    """One colour."""
    return _canvas(generator, _colour(generator))[0]


@kind
def checkerboard(generator: np.random.Generator) -> Image.Image:
    """Squares of two colours."""
    width, height = _size(generator)
    side = int(generator.integers(4, 80))
    y, x = np.mgrid[0:height, 0:width]
    colours = np.array([_colour(generator), _colour(generator)], np.uint8)
    return Image.fromarray(colours[(x // side + y // side) % 2])


@kind
def zone_plate(generator: np.random.Generator) -> Image.Image:
    """Rings of rising spatial frequency."""
    width, height = _size(generator)
    y, x = np.mgrid[0:height, 0:width]
    rings = np.cos(np.pi * ((x - width / 2) ** 2 + (y - height / 2) ** 2) / generator.uniform(300, 1200))
    return Image.fromarray((127.5 + 127 * rings).astype(np.uint8))


@kind
def stripes(generator: np.random.Generator) -> Image.Image:
    """Bars of a resolution chart, sharp or sinusoidal, at an angle."""
    width, height = _size(generator)
    y, x = np.mgrid[0:height, 0:width]
    angle, period = generator.uniform(0, np.pi), generator.uniform(4, 60)
    wave = np.sin(2 * np.pi * (x * np.cos(angle) + y * np.sin(angle)) / period)
    return Image.fromarray((127.5 + 120 * (np.sign(wave) if generator.random() < 0.5 else wave)).astype(np.uint8))


@kind
def colour_bars(generator: np.random.Generator) -> Image.Image:
    """Bars of a television's test pattern over a grey ramp."""
    picture, pen = _canvas(generator, "black")
    count = int(generator.integers(6, 12))
    for index in range(count):
        left = index * picture.width // count
        pen.rectangle((left, 0, left + picture.width // count, picture.height * 2 // 3), fill=_colour(generator))
        grey = 255 * index // count
        pen.rectangle((left, picture.height * 2 // 3, left + picture.width // count, picture.height), fill=(grey,) * 3)
    return picture


@kind
def code(generator: np.random.Generator) -> Image.Image:
    """A square code of black and white modules on white."""
    modules = generator.integers(0, 2, (int(generator.integers(21, 60)),) * 2).astype(np.uint8) * 255
    framed = np.pad(modules, 4, constant_values=255)
    side = len(framed) * int(generator.integers(8, 14))
    return Image.fromarray(framed).resize((side, side), Image.Resampling.NEAREST)


@kind
def product_on_white(generator: np.random.Generator) -> Image.Image:
    """A shaded solid, rendered, on pure white."""
    width, height = _size(generator)
    y, x = np.mgrid[0:height, 0:width]
    radius = min(width, height) * generator.uniform(0.15, 0.3)
    depth = 1 - ((x - width / 2) ** 2 + (y - height / 2) ** 2) / radius**2
    shade = np.sqrt(depth.clip(0)) * 0.8 + 0.2
    pixels = np.where(depth[..., None] > 0, shade[..., None] * np.array(_colour(generator, 80)), 255)
    return Image.fromarray(pixels.astype(np.uint8))


@kind
def random_noise(generator: np.random.Generator) -> Image.Image:
    """White noise, grey or coloured."""
    width, height = _size(generator)
    channels = 3 if generator.random() < 0.5 else 1
    noise = generator.normal(128, generator.uniform(20, 60), (height, width, channels)).clip(0, 255)
    return Image.fromarray(np.broadcast_to(noise, (height, width, 3)).astype(np.uint8))


@kind
def map_tiles(generator: np.random.Generator) -> Image.Image:
    """Streets, blocks and names, as a map service draws them."""
    picture, pen = _canvas(generator, (242, 239, 233))
    for _ in range(int(generator.integers(3, 8))):
        x, y = (generator.random(2) * picture.size).tolist()
        pen.polygon(
            [(x + a, y + b) for a, b in generator.normal(0, 90, (6, 2)).tolist()], fill=_colour(generator, 170, 230)
        )
    for _ in range(int(generator.integers(15, 50))):
        ends = (generator.random((2, 2)) * picture.size).ravel().tolist()
        pen.line(ends, fill=(200, 195, 190), width=9)
        pen.line(ends, fill="white", width=6)
        pen.text(tuple(ends[:2]), _sentence(generator, 2), fill=(90, 90, 90), font=ImageFont.load_default(11))
    return picture
