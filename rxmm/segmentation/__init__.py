"""Pixels to pill faces: every face in a photo, cut out from any background."""

from rxmm.segmentation.segmenter import PillSegmenter, Segmenter, faces_of, shared_segmenter

__all__ = ["PillSegmenter", "Segmenter", "faces_of", "shared_segmenter"]
