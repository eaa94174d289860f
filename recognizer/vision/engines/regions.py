"""Regions: searching parts of a frame with a detector that knows whole images only."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from recognizer.domain.following.detection import Detection, Image, Region
from recognizer.domain.following.geometry import Box

MOST_IOU = 0.4
MOST_COVERED = 0.8
"""Two boxes that share more than this, of their union or of the smaller one, show one face: the surer one is kept."""

WIDER_BOX = 1.2
"""A box may be this many times as wide as the face in it: the boxes of detectors come in steps."""

MOST_ENLARGED = 4.0
"""The largest factor of enlargement: beyond it a face shows a detector nothing new."""


def detect_in_regions(
    find: Callable[[Image], Sequence[Detection]], image: Image, regions: Sequence[Region], native_pixels: int
) -> list[Detection]:
    """Faces in these regions, largest confidence first, each once.

    find: finds all faces in an image that are ``native_pixels`` wide or more. Every region is cut out and scaled, so
    that its smallest faces get that width.
    """
    found = []
    for region in regions:
        box = region.box.clipped(*image.shape[:2])
        if box.area == 0:
            continue
        scale = min(native_pixels / region.smallest, MOST_ENLARGED)
        crop = scaled(image[box.top : box.bottom, box.left : box.right], scale)
        for detection in find(np.ascontiguousarray(crop)):
            placed = detection.box.scaled(1 / scale).moved(box.left, box.top)
            if region.largest is None or placed.width <= WIDER_BOX * region.largest:
                found.append(Detection(placed, detection.confidence))
    return surest(found)


def scaled(image: Image, scale: float) -> Image:
    """The image resized by that factor, to a pixel at least."""
    if scale == 1:
        return image
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    # Averaging prevents aliasing where an image shrinks to less than a half. Above that it is no better, and slower.
    method = cv2.INTER_AREA if scale < 0.5 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, size, interpolation=method), np.uint8)


def surest(found: Sequence[Detection]) -> list[Detection]:
    """The detections without those that a surer one overlaps too much, the surest first."""
    kept: list[Detection] = []
    for detection in sorted(found, key=lambda one: one.confidence, reverse=True):
        if not any(_is_same_face(detection.box, other.box) for other in kept):
            kept.append(detection)
    return kept


def _is_same_face(one: Box, other: Box) -> bool:
    smaller = min(one.area, other.area)
    return one.iou(other) > MOST_IOU or one.intersection(other) > MOST_COVERED * smaller
