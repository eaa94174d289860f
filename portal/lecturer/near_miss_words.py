"""What is said of a student whom a camera nearly named, in words a colleague would use."""

from __future__ import annotations

from collections.abc import Sequence

from django.template.defaultfilters import floatformat
from django.utils.translation import gettext as _

from portal.attendance.models import NearMiss
from portal.lecturer.words import when_words


def near_miss_sentence(misses: Sequence[NearMiss]) -> str:
    """When and how near; the nearest first."""
    nearest = misses[0]
    when = when_words(min(each.first_seen_at for each in misses), max(each.last_seen_at for each in misses))
    distance, sure_below = (floatformat(each, 2) for each in (nearest.distance, nearest.sure_below))
    said = {"when": when, "distance": distance, "sure_below": sure_below}
    if nearest.distance >= nearest.sure_below:
        text = _(
            "A camera saw somebody %(when)s who may be this student, but was not sure: %(distance)s; sure is below "
            "%(sure_below)s."
        )
    elif nearest.runner_up_number:
        said["other"] = nearest.runner_up_number
        text = _(
            "A camera saw somebody %(when)s who may be this student, but was not sure: %(distance)s, and %(other)s was "
            "hardly farther."
        )
    elif nearest.runner_up_distance is not None:
        text = _(
            "A camera saw somebody %(when)s who may be this student, but was not sure: %(distance)s, and somebody else "
            "was hardly farther."
        )
    else:
        text = _("A camera saw somebody %(when)s who may be this student, but was not sure: %(distance)s.")
    return text % said
