"""Calibration: what an evaluation on other people taught a gallery."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from recognizer.domain.naming.impostor_law import ImpostorLaw, Normal


@dataclass(frozen=True, slots=True)
class Calibration:
    """What ``recognizer evaluate --calibrate`` learned, kept with the gallery; ``auto`` then uses its law.

    law: of distances between evaluated strangers and evaluated students. photos_each: how many photos each of these
    students had; the mean of more lies nearer to everyone. target: the share of strangers who may be named that the
    evaluation was made for; the law serves any other as well. strangers: how many strangers' probes were looked up.
    missed: the share of students missed (FNIR) that was measured at that target. calibrated_at: ISO 8601, UTC.
    """

    law: ImpostorLaw
    photos_each: int
    target: float
    strangers: int
    missed: float
    calibrated_at: str

    def as_plain(self) -> dict[str, Any]:
        """Plain values, to be stored."""
        return {
            "normals": [list(normal) for normal in self.law.by_encodings],
            "people": self.law.people,
            "references": self.photos_each,
            "target": self.target,
            "strangers": self.strangers,
            "missed": self.missed,
            "calibrated_at": self.calibrated_at,
        }

    @classmethod
    def from_plain(cls, values: dict[str, Any]) -> Calibration:
        """What ``as_plain`` gave; ValueError for anything else."""
        try:
            normals = tuple(Normal(float(mean), float(deviation)) for mean, deviation in values["normals"])
            law = ImpostorLaw(normals, int(values["people"]))
            if not normals or not np.isfinite(normals).all() or np.min(normals) < 0 or law.people < 2:
                raise ValueError("no law")
            return cls(
                law,
                int(values["references"]),
                float(values["target"]),
                int(values["strangers"]),
                float(values["missed"]),
                str(values["calibrated_at"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"not a calibration: {error}") from None
