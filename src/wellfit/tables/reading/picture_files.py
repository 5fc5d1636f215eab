"""One image file: opened with Pillow, turned upright, scaled, and made grey or coloured."""

from __future__ import annotations

import re
import struct
import warnings
import zlib
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from wellfit.errors import InputError

ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp")
MOST_PIXELS = 50_000_000  # of a file: a photograph has half as many, and a small file can claim billions

_FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP")
_ORIENTATION, _LYING = 0x0112, 5  # of EXIF: from 5 on width and height change places
_GREY = ("1", "L", "LA", "I", "F")
_SIXTEEN_BITS = 257  # 65535 / 255
_WRONG = (OSError, ValueError, SyntaxError, EOFError, struct.error, zlib.error, TypeError, IndexError, KeyError)

Size = tuple[int, int]  # height, width
_T = TypeVar("_T")


def parse_size(text: str) -> Size:
    """Height and width of "28x28", or of "28" for both.

    Raises:
        InputError: no such size.
    """
    found = re.fullmatch(r"\s*(\d{1,5})(?:\s*[xX\u00d7]\s*(\d{1,5}))?\s*", text)
    size = (0, 0) if found is None else (int(found[1]), int(found[2] or found[1]))
    if min(size) < 1:
        raise InputError(f"A size of images is height x width in pixels, such as 32x48; got {text[:80]!r}.")
    return size


def require_pillow(source: str) -> None:
    """Refuse image files where Pillow is not installed."""
    if find_spec("PIL") is None:
        raise InputError(f'{source} holds image files, which need the extra "images": pip install "wellfit[images]".')


def look_at(path: Path) -> tuple[Size, bool]:
    """Height and width of an image, upright, and whether it is grey; its pixels are not read.

    Raises:
        InputError: it cannot be read, or is too large.
    """
    return _with_image(path, lambda image: (_upright_size(image), image.mode.startswith(_GREY)))


def read_pixels(path: Path, size: Size, grey: bool) -> NDArray[np.uint8]:
    """The pixels (height, width, channels) of an image, upright, scaled to a size: 1 channel of grey, or 3 of colour.

    What is transparent becomes white; of an animation the first picture counts.

    Raises:
        InputError: it cannot be read, or is too large.
    """

    def scaled(image: Any) -> NDArray[np.uint8]:
        from PIL import Image, ImageOps

        upright = _opaque(_of_eight_bits(ImageOps.exif_transpose(image))).convert("L" if grey else "RGB")
        if (upright.height, upright.width) != size:
            upright = upright.resize((size[1], size[0]), Image.Resampling.BILINEAR)
        return np.asarray(upright, np.uint8).reshape(*size, 1 if grey else 3)

    return _with_image(path, scaled)


def _with_image(path: Path, work: Callable[[Any], _T]) -> _T:
    """What is made of an open image; whatever is wrong with the file becomes a sentence that names it."""
    from PIL import Image

    if not path.is_file():
        raise InputError(f"There is no image file {path}: check its name (paths are relative to the table's folder).")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of size, which is looked at here, and of metadata
            with Image.open(path, formats=_FORMATS) as image:
                if image.width * image.height > MOST_PIXELS:
                    raise InputError(
                        f"An image has at most {MOST_PIXELS:,} pixels, and {path} has {image.width:,} x "
                        f"{image.height:,}: make it smaller."
                    )
                return work(image)
    except (*_WRONG, Image.DecompressionBombError) as error:
        if isinstance(error, InputError):
            raise
        reason = (str(error).splitlines() or [""])[0].replace(str(path), "it")[:80]
        raise InputError(f"The image file {path} is damaged or no image ({reason}): replace or remove it.") from error


def _upright_size(image: Any) -> Size:
    lying = image.getexif().get(_ORIENTATION, 1)
    turned = isinstance(lying, int) and lying >= _LYING
    return (image.width, image.height) if turned else (image.height, image.width)


def _of_eight_bits(image: Any) -> Any:
    """A grey image of 16 bits as one of 8: Pillow would cut off what is above 255."""
    if not image.mode.startswith(("I", "F")):
        return image
    from PIL import Image

    values = np.asarray(image, np.float64)
    if values.max(initial=0) > 255:
        values = values / _SIXTEEN_BITS
    return Image.fromarray(np.clip(np.round(values), 0, 255).astype(np.uint8))


def _opaque(image: Any) -> Any:
    """An image on white where it is transparent."""
    if image.mode not in ("RGBA", "LA", "PA", "RGBa", "La") and "transparency" not in image.info:
        return image
    from PIL import Image

    seen = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", seen.size, (255, 255, 255, 255)), seen)
