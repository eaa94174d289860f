"""The promise: of strangers, no more than the target share is ever given a student's name.

The method is open-set identification (ISO/IEC 19795-1) with a family-wise bound. docs/recognition.md, "Tolerances",
works it through on an example.

1. One comparison of a stranger with a student may fall below the tolerance with a chance p, so that with N students
   searched no more than the target share is named: p = 1 - (1 - target)^(1/N) (Šidák's correction). The comparisons of
   one stranger depend on each other, but whatever the dependence, at most N·p of the strangers are named (Boole's
   inequality).
2. The tolerance is the p-quantile of the impostor law, for as many references as the student has and as many encodings
   as the probe.
3. Of a student with several references the mean is compared, and the nearest reference as well. Both share the chance,
   and the nearest of r references is r comparisons.
4. A track is asked with one encoding, then with two, and so on. Each of these looks may spend a share of the target, as
   in a trial with interim looks (alpha spending; Lan and DeMets, "Discrete sequential boundaries for clinical trials",
   1983). The looks depend on each other, so that together they stay below the target although the shares add up to more
   than 1. A still picture is one look, and may spend all of it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from recognizer.domain.naming.impostor_law import ImpostorLaw
from recognizer.domain.naming.tolerance import Looks, Tolerance, require_encoding

STRANGERS_NAMED = 0.001
"""The share of strangers who may be given a student's name, by track, unless the configuration says otherwise."""

SPENDING = (0.4, 0.3, 0.3, 0.3, 0.4)
"""The shares of the target that a track's looks may spend, by the number of encodings; the last is for all more. The
first answer comes soonest, and the last is the surest. Drawn from the law, nine looks together spend less than half
(docs/recognition.md, "Tolerances")."""

NEAREST_SHARE = 0.2
"""Of a comparison's chance, what the nearest of several references may spend; their mean has the rest. It names whoever
looks just as on one photo among older ones, and costs the mean little (docs/recognition.md, "Tolerances")."""

HIGHEST = 0.5
"""No law may allow more than this distance: the students enrolled may look less alike than the strangers to come
(docs/recognition.md, "People in general")."""


@dataclass(frozen=True, slots=True)
class PromisedTolerances:
    """Tolerances that name no more than the target share of strangers, as far as the law knows them."""

    law: ImpostorLaw
    target: float

    def for_search(self, searched: int, share: float = 1.0, looks: Looks = "track") -> Tolerance:
        """See ``Tolerances.for_search``."""
        spending = SPENDING if looks == "track" else (1.0,)
        # Of one comparison, where all comparisons together may spend that share of the target.
        chances = (-math.expm1(math.log1p(-self.target * share * spent) / max(1, searched)) for spent in spending)
        return _PromisedTolerance(self.law, tuple(chances))


@dataclass(frozen=True, slots=True)
class _PromisedTolerance:
    """chances: of one comparison, at the look with one encoding, with two, …; the last is for all more."""

    law: ImpostorLaw
    chances: tuple[float, ...]

    @property
    def reference_scatter(self) -> float:
        """See ``Tolerance.reference_scatter``."""
        return self.law.within

    def limit(self, references: int, encodings: int, spread: float | None = None) -> float:
        """See ``Tolerance.limit``."""
        share = 1.0 if references == 1 else 1 - NEAREST_SHARE
        return self._limit(share, self.law.within / references, encodings, spread)

    def limit_to_nearest(self, references: int, encodings: int, spread: float | None = None) -> float:
        """See ``Tolerance.limit_to_nearest``."""
        return self._limit(NEAREST_SHARE / references, self.law.within, encodings, spread)

    def _limit(self, share: float, reference_scatter: float, encodings: int, spread: float | None) -> float:
        require_encoding(encodings)
        chance = self.chances[min(encodings, len(self.chances)) - 1] * share
        scatter = reference_scatter + self.law.scatter(encodings, spread)
        return min(math.sqrt(self.law.quantile(chance, scatter)), HIGHEST)
