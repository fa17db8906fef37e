"""The OCR stage: where text is on a face, what it says, and how sure that is."""

READERS = ("rxmm", "easyocr-english")
"""Ours, trained on pills; EasyOCR's own English weights."""

DEFAULT_READER = "rxmm"
