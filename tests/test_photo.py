"""Photos of every odd kind are read alike; what is no photo is refused with a reason."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pillow_heif
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from rxmm.errors import PhotoError
from rxmm.photo import MAX_FILE_BYTES, TRANSPARENT, WORKING_EDGE, PhotoSource, read_photo

RED_LEFT = np.zeros((40, 60, 3), np.uint8)
RED_LEFT[:, :30] = (200, 30, 40)
RED_LEFT[:, 30:] = (240, 240, 235)


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def assert_red_left(pixels: np.ndarray, tolerance: int = 12) -> None:
    assert pixels.dtype == np.uint8
    assert pixels.shape == RED_LEFT.shape
    difference = np.abs(pixels.astype(int) - RED_LEFT)[:, np.r_[2:26, 34:58]]
    assert np.median(difference) <= tolerance
    assert difference.mean() <= tolerance


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "BMP"])
def test_every_format_gives_the_same_pixels(kind: str) -> None:
    assert_red_left(read_photo(encoded(Image.fromarray(RED_LEFT), kind)))


def test_heic() -> None:
    buffer = io.BytesIO()
    try:
        pillow_heif.from_pillow(Image.fromarray(RED_LEFT)).save(buffer, quality=95)
    except RuntimeError as error:
        pytest.skip(f"this build of libheif cannot write HEIC: {error}")
    assert_red_left(read_photo(buffer.getvalue()))


def test_sources_of_every_kind(tmp_path: Path) -> None:
    content = encoded(Image.fromarray(RED_LEFT), "PNG")
    path = tmp_path / "pill photo é.png"
    path.write_bytes(content)
    with path.open("rb") as file:
        sources: list[PhotoSource] = [path, str(path), Image.fromarray(RED_LEFT), RED_LEFT]
        sources += [file, content, bytearray(content), memoryview(content)]
        for source in sources:
            np.testing.assert_array_equal(read_photo(source), RED_LEFT)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(orientation: int) -> None:
    stored = {
        1: RED_LEFT, 2: RED_LEFT[:, ::-1], 3: RED_LEFT[::-1, ::-1], 4: RED_LEFT[::-1],
        5: RED_LEFT.swapaxes(0, 1), 6: np.rot90(RED_LEFT, 1),
        7: RED_LEFT[::-1, ::-1].swapaxes(0, 1), 8: np.rot90(RED_LEFT, -1),
    }[orientation]  # fmt: skip
    exif = Image.Exif()
    exif[274] = orientation
    image = Image.fromarray(np.ascontiguousarray(stored))
    assert_red_left(read_photo(encoded(image, "PNG", exif=exif)))


def test_sixteen_bits_are_scaled_and_not_clipped() -> None:
    deep = RED_LEFT[:, :, 0].astype(np.uint16) * 257
    expected = np.repeat(RED_LEFT[:, :, :1], 3, axis=2)
    np.testing.assert_array_equal(read_photo(encoded(Image.fromarray(deep), "PNG")), expected)
    np.testing.assert_array_equal(read_photo(encoded(Image.fromarray(deep), "TIFF")), expected)
    np.testing.assert_array_equal(read_photo(RED_LEFT.astype(np.uint16) * 257), RED_LEFT)


@pytest.mark.parametrize("mode", ["P", "CMYK", "YCbCr", "RGBA"])
def test_every_mode_becomes_rgb(mode: str) -> None:
    kind = "JPEG" if mode == "CMYK" else "TIFF" if mode == "YCbCr" else "PNG"
    pixels = read_photo(encoded(Image.fromarray(RED_LEFT).convert(mode), kind))
    assert_red_left(pixels, tolerance=25)


@pytest.mark.parametrize("mode", ["L", "LA", "1", "I"])
def test_every_grey_mode_becomes_three_equal_channels(mode: str) -> None:
    grey = Image.fromarray(RED_LEFT).convert("L")
    if mode == "I":  # 16 bits in wider integers
        image = Image.fromarray(np.asarray(grey).astype(np.int32) * 257)
    else:
        image = grey.convert(mode, dither=Image.Dither.NONE)
    pixels = read_photo(image)
    expected = np.asarray(grey) if mode != "1" else np.where(np.asarray(grey) > 127, 255, 0)
    np.testing.assert_array_equal(pixels, np.repeat(expected[..., None], 3, axis=2))


def test_an_image_of_the_callers_keeps_its_size() -> None:
    content = encoded(Image.new("RGB", (2 * WORKING_EDGE, 2 * WORKING_EDGE), "teal"), "JPEG")
    with Image.open(io.BytesIO(content)) as image:
        assert read_photo(image).shape == read_photo(content).shape
        assert image.size == (2 * WORKING_EDGE, 2 * WORKING_EDGE)


def test_transparent_pixels_turn_mid_grey() -> None:
    clear = np.dstack([RED_LEFT, np.full(RED_LEFT.shape[:2], 255, np.uint8)])
    clear[:, 30:, 3] = 0
    assert (read_photo(clear)[:, 30:] == TRANSPARENT).all()
    palette = Image.fromarray(RED_LEFT).quantize(2)
    white = palette.getpixel((50, 5))
    content = encoded(palette, "PNG", transparency=white)
    assert (read_photo(content)[:, 34:] == TRANSPARENT).all()


def test_first_of_several_frames_is_taken() -> None:
    frames = [Image.fromarray(RED_LEFT), Image.new("RGB", (60, 40), "blue")]
    for kind in ("TIFF", "WEBP", "PNG"):
        content = encoded(frames[0], kind, save_all=True, append_images=frames[1:])
        assert_red_left(read_photo(content))


def test_large_photo_is_reduced_in_proportion() -> None:
    pixels = read_photo(Image.new("RGB", (WORKING_EDGE * 2, WORKING_EDGE), "teal"))
    assert pixels.shape == (WORKING_EDGE // 2, WORKING_EDGE, 3)


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((40, 60, 2), np.uint8),
        np.zeros((40,), np.uint8),
        np.zeros((0, 40, 3), np.uint8),
        np.full((40, 40, 3), 3.5),
        np.full((40, 40, 3), np.nan),
        np.zeros((40, 40, 3), complex),
        np.full((40, 40), -1, np.int16),
        np.full((40, 40, 3), 200, np.int64),
        np.full((40, 40, 3), 200, np.uint32),
    ],
)
def test_arrays_that_are_no_picture(array: np.ndarray) -> None:
    with pytest.raises(PhotoError, match="Expected"):
        read_photo(array)


def png_of(width: int, height: int) -> bytes:
    """A PNG that claims a size it does not hold."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * 1000)
    chunks = [(b"IHDR", header), (b"IDAT", body), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"this is no photo", "not an image"),
        (b"%PDF-1.7 a leaflet", "not an image"),
        (encoded(Image.fromarray(RED_LEFT), "GIF"), "not an image"),
        (encoded(Image.fromarray(RED_LEFT), "JPEG")[:400], "damaged|not an image"),
        (encoded(Image.fromarray(RED_LEFT), "PNG")[:100], "damaged|not an image"),
        (encoded(Image.fromarray(RED_LEFT), "WEBP")[:60], "damaged|not an image"),
        (encoded(Image.new("RGB", (31, 400)), "PNG"), "at least 32"),
        (encoded(Image.new("RGB", (5000, 40)), "PNG"), "at least 32"),
        (png_of(60_000, 60_000), "megapixels"),
        (png_of(10_000, 9_000), "megapixels"),
        (png_of(300, 300), "damaged"),
        (b"\0" * (MAX_FILE_BYTES + 1), "larger than"),
    ],
)
def test_what_is_no_photo_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(PhotoError, match=reason):
        read_photo(content)


def test_a_file_whose_pixels_cannot_be_told_is_named(tmp_path: Path) -> None:
    path = tmp_path / "bright.tiff"
    Image.fromarray(np.full((40, 40), 200, np.float32)).save(path)
    with pytest.raises(PhotoError, match=r"bright\.tiff: Expected pixels as"):
        read_photo(path)


@pytest.mark.parametrize("source", [None, 7, RED_LEFT.tolist(), torch.from_numpy(RED_LEFT)])
def test_what_cannot_hold_a_photo_is_told_what_can(source: Any) -> None:
    with pytest.raises(PhotoError, match=f"got {type(source).__name__}"):
        read_photo(source)


def test_paths_that_are_no_photo(tmp_path: Path) -> None:
    with pytest.raises(PhotoError, match="no file"):
        read_photo(tmp_path / "missing.jpg")
    with pytest.raises(PhotoError, match="folder"):
        read_photo(tmp_path)
    with pytest.raises(PhotoError, match="no file"):
        read_photo("/dev/zero")
    with pytest.raises(PhotoError, match="cannot be read"):
        read_photo(tmp_path / ("x" * 300))
    text = tmp_path / "renamed.jpg"
    text.write_text("a list of pills")
    with pytest.raises(PhotoError, match="not an image"):
        read_photo(text)
    with text.open() as file, pytest.raises(PhotoError, match="binary"):
        read_photo(file)  # type: ignore[arg-type]


@given(st.binary(max_size=400))
def test_random_bytes_are_refused(content: bytes) -> None:
    with pytest.raises(PhotoError):
        read_photo(content)


@given(
    st.sampled_from(["JPEG", "PNG", "WEBP", "TIFF", "BMP"]),
    st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), min_size=1, max_size=8),
)
def test_damaged_files_are_read_or_refused(kind: str, changes: list[tuple[float, int]]) -> None:
    content = bytearray(encoded(Image.fromarray(RED_LEFT), kind))
    for place, value in changes:
        content[int(place * len(content))] = value
    try:
        pixels = read_photo(bytes(content))
    except PhotoError:
        return
    assert pixels.ndim == 3 and pixels.dtype == np.uint8
