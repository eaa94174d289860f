"""The promise: of strangers, no more than the target share is ever given a student's name.

The method is open-set identification (ISO/IEC 19795-1) with a family-wise bound. docs/recognition.md, "Tolerances",
works it through on an example.

1. One comparison of a stranger with a student may fall below the tolerance with a chance p, so that with N students
   searched no more than the target share is named: p = 1 - (1 - target)^(1/N) (Šidák's correction). The comparisons of
   one stranger depend on each other, but whatever the dependence, at most N·p of the strangers are named (Boole's
   inequality).
2. The tolerance is the p-quantile of the impostor law.
3. A track is asked with one encoding, then with two, and so on. Each of these looks may spend a share of the target, as
   in a trial with interim looks (alpha spending; Lan and DeMets, "Discrete sequential boundaries for clinical trials",
   1983). Together they stay below the target.
4. How much nearer a mean lies depends on how much its encodings differ, and frames of one sitting differ less than
   photos of other days. So the encodings themselves are held to the law of a single encoding as well. Either law will
   do, each for its share of the target.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

from recognizer.domain.naming.impostor_law import ImpostorLaw
from recognizer.domain.naming.tolerance import DECISIVE_ENCODINGS, Source, Tolerance

STRANGERS_NAMED = 0.001
"""The share of strangers who may be given a student's name, by track, unless the configuration says otherwise."""


class Spending(NamedTuple):
    """The shares of the target that one look may spend: the answers by the law of a mean, those by the law of a single
    encoding, and those by the nearest reference."""

    by_mean: float
    by_singles: float
    by_nearest_reference: float


SPENDING = (
    Spending(by_mean=0.00, by_singles=0.150, by_nearest_reference=0.150),
    Spending(by_mean=0.05, by_singles=0.025, by_nearest_reference=0.025),
    Spending(by_mean=0.05, by_singles=0.025, by_nearest_reference=0.025),
    Spending(by_mean=0.05, by_singles=0.025, by_nearest_reference=0.025),
    Spending(by_mean=0.35, by_singles=0.025, by_nearest_reference=0.025),
)
"""By the number of encodings, one to DECISIVE_ENCODINGS; the sum is 1. The first look may spend much, since its answer
comes soonest. The last may spend most by means: it is the surest, and it is made again whenever a better encoding
replaces another. A single encoding is its own mean."""

HIGHEST = 0.5
"""No law may allow more than this distance: the students enrolled may look less alike than the strangers to come
(docs/recognition.md, "Limits of a tolerance")."""

LOWEST = 0.2
"""No law may ask for less: photos of one person from one sitting are this near, and less would name nobody."""


@dataclass(frozen=True, slots=True)
class PromisedTolerances:
    """Tolerances that name no more than the target share of strangers, as far as the law knows them."""

    law: ImpostorLaw
    target: float
    source: Source = "gallery"

    def for_search(self, searched: int, share: float = 1.0) -> Tolerance:
        """See ``Tolerances.for_search``."""

        def chance(spent: float) -> float:
            """Of one comparison, where all comparisons together may spend that share of the target."""
            return -math.expm1(math.log1p(-self.target * share * spent) / max(1, searched))

        def limit(spent: float, encodings: int) -> float:
            return min(max(self.law.quantile(chance(spent), encodings), LOWEST), HIGHEST)

        singles = tuple(limit(spending.by_singles, 1) for spending in SPENDING)
        means = [limit(spending.by_mean, encodings) for encodings, spending in enumerate(SPENDING[1:], 2)]
        # More than DECISIVE_ENCODINGS are the last look continued, by the law of endless encodings.
        endless = limit(SPENDING[-1].by_mean, DECISIVE_ENCODINGS + 1)
        return Tolerance(
            (singles[0], *means, endless),
            self.source,
            singles,
            tuple(self._nearest_reference_limit(chance(spending.by_nearest_reference)) for spending in SPENDING)
            if self.law.nearest_reference
            else (),
        )

    def _nearest_reference_limit(self, chance: float) -> float:
        return min(self.law.nearest_reference_quantile(chance), HIGHEST)
