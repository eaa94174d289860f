"""Calibration: what an evaluation on other people taught a gallery."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from recognizer.domain.naming.impostor_law import ImpostorLaw


@dataclass(frozen=True, slots=True)
class Calibration:
    """What ``recognizer evaluate --calibrate`` learned, kept with the gallery; ``auto`` then starts from its law.

    law: of the evaluated people. target: the share of strangers who may be named that the evaluation was made for; the
    law serves any other as well. strangers: how many strangers' probes were looked up. missed: the share of students
    missed (FNIR) that was measured at that target. calibrated_at: ISO 8601, UTC.
    """

    law: ImpostorLaw
    target: float
    strangers: int
    missed: float
    calibrated_at: str

    def as_plain(self) -> dict[str, Any]:
        """Plain values, to be stored."""
        return {
            "mean": self.law.mean,
            "deviation": self.law.deviation,
            "within": self.law.within,
            "people": self.law.people,
            "target": self.target,
            "strangers": self.strangers,
            "missed": self.missed,
            "calibrated_at": self.calibrated_at,
        }

    @classmethod
    def from_plain(cls, values: dict[str, Any]) -> Calibration:
        """What ``as_plain`` gave; ValueError for anything else."""
        try:
            law = ImpostorLaw(*(float(values[name]) for name in ("mean", "deviation", "within", "people")))
            numbers = (law.mean, law.deviation, law.within, law.people)
            if not all(math.isfinite(number) and number > 0 for number in numbers) or law.people < 2:
                raise ValueError("no law")
            return cls(
                law,
                float(values["target"]),
                int(values["strangers"]),
                float(values["missed"]),
                str(values["calibrated_at"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"not a calibration: {error}") from None
