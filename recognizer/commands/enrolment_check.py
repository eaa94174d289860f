"""Whether gallery and roster know the same students: a part of ``recognizer check``."""

from __future__ import annotations

from collections.abc import Sequence

from recognizer.domain.register.numbers import fold_number, is_valid_number
from recognizer.enrolment.numbering import Numbering
from recognizer.ops.wording import count_of, enumerate_some, is_or_are


def explain_unknown(enrolled: Sequence[str], known: frozenset[str]) -> str:
    """What is wrong with enrolled numbers that no student has, and what to do; "" where there are none.

    Numbers are compared as while the recognizer runs: ``s1001`` in the gallery is S1001, and 2023_1 is not 2023/1. One
    that the database writes in another way is named with that spelling.
    """
    numbering = Numbering(known)
    # Old numbers that break the rule have no folded form in the database, and are compared as they are.
    folded = {fold_number(number) for number in known if is_valid_number(number)}
    lost = [number for number in enrolled if fold_number(number) not in folded and not numbering.knows(number)]
    respelled = numbering.respell(lost)
    faults = [f"{old} is {new} in the portal" for old, new in respelled.items()]
    if unknown := [number for number in lost if number not in respelled]:
        faults.append(f"no student has the number {enumerate_some(unknown)}")
    if not faults:
        return ""
    return (
        f"{'; '.join(faults)}: whoever is seen under such a number is not marked; correct the number in the portal, or "
        "here with `recognizer gallery rename OLD NEW` or `recognizer gallery remove NUMBER`"
    )


def explain_roster(roster: frozenset[str], enrolled: Sequence[str]) -> str:
    """How many students of the room's rosters the cameras could name, and who is not enrolled.

    Numbers are compared as while the recognizer runs: ``s1001`` in the gallery is S1001.
    """
    folded = frozenset(map(fold_number, enrolled))
    missing = sorted(number for number in roster if fold_number(number) not in folded)
    if not roster:
        return "no students on the rosters of this week's class sessions"
    students = f"{count_of(len(roster), 'student')} on the rosters of this week's class sessions"
    if not missing:
        return f"{'all ' if len(roster) > 1 else ''}{students} {is_or_are(len(roster))} enrolled"
    return (
        f"{len(missing)} of {students} {is_or_are(len(missing))} not enrolled, and no camera can name them: "
        f"{enumerate_some(missing)}; run `recognizer encode PHOTOS` with photos of theirs"
    )
