"""A photo from a path, bytes, an open file, a Pillow image or an array, as upright RGB pixels."""

from __future__ import annotations

import io
import os
import warnings
from pathlib import Path
from threading import Lock
from typing import BinaryIO

import numpy as np
import pillow_heif
from numpy.typing import NDArray
from PIL import Image, ImageOps

from rxmm.errors import PhotoError

PhotoFile = str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO
PhotoSource = PhotoFile | Image.Image | NDArray[np.generic]

FORMATS = ("JPEG", "PNG", "WEBP", "HEIF", "TIFF", "BMP")
MAX_FILE_BYTES = 64 * 2**20
MAX_PIXELS = 80_000_000
MIN_EDGE = 32
WORKING_EDGE = 2560
"""Longest edge that is kept; a larger photo is reduced to it."""

TRANSPARENT = (128, 128, 128)
"""What shows through transparent pixels: mid grey, for most pills are white and would vanish on
the usual white, and the rest are darker than white and would not all stand out from black."""

_ONE_BY_ONE = Lock()

pillow_heif.register_heif_opener()


def read_photo(source: PhotoSource) -> NDArray[np.uint8]:
    """Read a photo upright, in RGB.

    The first frame of a multi-frame file is taken.  Transparent pixels turn mid grey.  16-bit
    values are scaled, not clipped.  A photo with an edge over `WORKING_EDGE` is reduced.

    Args:
        source: a path; the bytes of a file or a file open for binary reading, in one of `FORMATS`;
            a Pillow image; or an array (H, W) grey, (H, W, 3) RGB or (H, W, 4) RGBA, of uint8,
            uint16, bool, or floats in [0, 1].

    Returns:
        (H, W, 3) uint8 RGB, both edges in [`MIN_EDGE`, `WORKING_EDGE`].

    Raises:
        PhotoError: no such file, none of these kinds, not an image of these formats, damaged, over
            `MAX_FILE_BYTES` or `MAX_PIXELS`, or an edge under `MIN_EDGE`.
    """
    if isinstance(source, np.ndarray):
        image, name = _from_array(source), "the array"
    elif isinstance(source, Image.Image):
        image, name = source, "the image"
    else:
        image, name = _opened(source)
    _check_size(image, name)
    try:
        if image is not source:  # a caller's own image keeps its size
            image.draft("RGB", (WORKING_EDGE, WORKING_EDGE))  # JPEG: decodes only what is kept
        image.load()
        rgb = _to_rgb(ImageOps.exif_transpose(image))
    except PhotoError as error:
        raise PhotoError(f"{name}: {error}") from None
    except Exception as error:  # a decoder may raise anything on broken data
        raise PhotoError(
            f"{name} is damaged or cut short ({error}). Copy or take the photo again."
        ) from None
    rgb.thumbnail((WORKING_EDGE, WORKING_EDGE), Image.Resampling.LANCZOS)
    return np.array(rgb)


def name_of(source: PhotoSource | None) -> str:
    """The path of a photo as it was given, or that of an open file; of anything else ""."""
    if isinstance(source, str | os.PathLike):
        return str(source)
    name = "" if isinstance(source, Image.Image) else getattr(source, "name", "")
    return name if isinstance(name, str) else ""


def check_file(path: Path) -> None:
    """Before minutes of work: is there a file that may hold a photo?

    Raises:
        PhotoError: there is not.
    """
    try:
        if path.is_dir():
            raise PhotoError(f"{path} is a folder. Give the path of one photo.")
        if not path.is_file():  # also keeps from waiting for a pipe or a device
            raise PhotoError(f"There is no file {path}. Check the path of the photo.")
    except OSError as error:
        raise PhotoError(f"{path} cannot be read: {error.strerror}.") from None


def _opened(source: PhotoFile) -> tuple[Image.Image, str]:
    """The image, not yet decoded, and what to call it in a message."""
    name, content = _content(source)
    if not content:
        raise PhotoError(f"{name} is empty. Give a photo ({_format_names()}).")
    if len(content) > MAX_FILE_BYTES:
        raise PhotoError(
            f"{name} is larger than {MAX_FILE_BYTES // 2**20} MiB, the most that is read. "
            "Save it smaller or at a lower quality."
        )
    try:
        # Pillow only warns between its limit and twice its limit; ours lies below both.  What is
        # done about warnings is shared by all threads.
        with _ONE_BY_ONE, warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return Image.open(io.BytesIO(content), formats=FORMATS), name
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PhotoError(_too_many_pixels(name)) from None
    except Exception:  # a decoder may raise anything on a broken header
        raise PhotoError(
            f"{name} is not an image that can be opened. Give a photo ({_format_names()})."
        ) from None


def _content(source: PhotoFile) -> tuple[str, bytes]:
    """What to call the source in a message, and at most one byte more than is allowed of it."""
    if isinstance(source, bytes | bytearray | memoryview):
        return "the given data", bytes(source)
    if isinstance(source, str | os.PathLike):
        path = Path(source)
        check_file(path)
        try:
            with path.open("rb") as file:
                return str(path), file.read(MAX_FILE_BYTES + 1)
        except OSError as error:
            raise PhotoError(f"{path} cannot be read: {error.strerror}.") from None
    if not hasattr(source, "read"):
        raise PhotoError(
            f"Expected a photo, got {type(source).__name__}. Give a path, the bytes of a file, a "
            "file open for binary reading, a Pillow image or a NumPy array of pixels."
        )
    try:
        content = source.read(MAX_FILE_BYTES + 1)
    except (OSError, ValueError) as error:
        raise PhotoError(f"{name_of(source) or 'The open file'} cannot be read: {error}.") from None
    if not isinstance(content, bytes):
        raise PhotoError("A file open for text was given. Open the photo in binary mode ('rb').")
    return name_of(source) or "the open file", content


def _from_array(array: NDArray[np.generic]) -> Image.Image:
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (3, 4)):
        raise PhotoError(
            f"Expected an array (H, W), (H, W, 3) or (H, W, 4), got {array.shape}. "
            "Channels come last, in RGB order."
        )
    if array.size == 0:
        raise PhotoError(f"Expected pixels, got an empty array {array.shape}.")
    return Image.fromarray(_to_uint8(array))


def _to_uint8(values: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Scale bool, uint8, uint16 or floats in [0, 1] to 0..255.

    Wider integers may hold 8 bits as well as 16, and do not say which.
    """
    if values.dtype == np.uint8:
        return values.astype(np.uint8)
    if values.dtype.kind in "bf":
        return _scaled(values, 1.0)
    if values.dtype.kind == "u" and values.dtype.itemsize == 2:
        return _scaled(values, 65535.0)
    raise _unexpected(values)


def _scaled(values: NDArray[np.generic], brightest: float) -> NDArray[np.uint8]:
    if not (values.min() >= 0 and values.max() <= brightest):
        raise _unexpected(values)
    return np.round(values.astype(np.float64) * (255.0 / brightest)).astype(np.uint8)


def _unexpected(values: NDArray[np.generic]) -> PhotoError:
    return PhotoError(
        "Expected pixels as uint8, uint16, bool or floats in [0, 1], got other ones "
        f"({values.dtype}). Convert the pixels to 8 bit first."
    )


def _check_size(image: Image.Image, name: str) -> None:
    if image.width * image.height > MAX_PIXELS:
        raise PhotoError(_too_many_pixels(name))
    scale = min(1.0, WORKING_EDGE / max(image.size))
    if min(image.size) * scale < MIN_EDGE:
        raise PhotoError(
            f"{name} is {image.width} x {image.height} px; both edges must have at least "
            f"{MIN_EDGE} px (with the longer one reduced to {WORKING_EDGE} px). "
            "Give the photo in its original size."
        )


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode == "I":  # as Pillow holds 16 bits of some files
        values = np.asarray(image)
        brightest = 65535.0 if values.max() > 255 else 255.0
        return Image.fromarray(_scaled(values, brightest)).convert("RGB")
    if image.mode == "F" or image.mode.startswith("I;16"):
        return Image.fromarray(_to_uint8(np.asarray(image))).convert("RGB")
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        ground = Image.new("RGBA", rgba.size, (*TRANSPARENT, 255))
        return Image.alpha_composite(ground, rgba).convert("RGB")
    return image.convert("RGB")


def _format_names() -> str:
    return "JPEG, PNG, WebP, HEIC, TIFF or BMP"


def _too_many_pixels(name: str) -> str:
    return (
        f"{name} has more than {MAX_PIXELS // 1_000_000} megapixels, the most that is read. "
        "Save it smaller."
    )
