"""Revisits: when a followed face is looked at again, and when it is encoded again.

All rules are here. ``is_look_due`` is asked before a frame is searched, ``is_encoding_due`` once a look has found the
face. Both go by the track alone. Sweeps, which search the whole frame, come on top (``sweeps``).
"""

from __future__ import annotations

from typing import NamedTuple

from recognizer.domain.following.sweeps import SWEEP_SECONDS
from recognizer.domain.following.track import KEPT_ENCODINGS, POOR, Track

ENOUGH_ENCODINGS = 2
"""A named face is encoded at least this often; then only where its picture is clearly better."""

MOST_ENCODINGS_PER_TRACK = 16
"""At most this many encodings are made of a track for better pictures, however long it lives. Checks come on top."""

SPACING_SECONDS = 0.4
"""The least time between two encodings of a face: pictures closer in time are nearly the same."""

ANOTHER_MOMENT_SECONDS = 2.0
"""After this long a face that is not named yet shows something else, such as another turn or expression. The wait grows
with the number of encodings: it is twice as long after twice KEPT_ENCODINGS."""

CLEARLY_BETTER = 1.25
"""A picture is worth an encoding whose quality is this many times that of the worst kept one; for a named face, of the
best kept one."""

RECHECK_SECONDS = 60.0
"""Every face is encoded again after this long, in case its track slid onto another person."""

DOUBTED_SECONDS = 18.0
"""A named face that was missed, and is found again where it was, is encoded again this long after its last encoding. It
is in no sighting until then. Without the wait, who looks down and up all the time would be encoded each time."""

STILL_SECONDS = 8.0
"""A named face that has been the same in all encodings is encoded again this long after the last, until it has changed
or is suspicious (``suspicion``). Of a living face that is once or twice, if at all."""

NAMED_REST_SECONDS = 3.0
"""A named face is left alone for this long before its second encoding: a later picture tells more."""

NEARLY_NAMED = 0.55
"""Up to this distance from the nearest student, a face may well be named at another moment. For one farther off sweeps
are enough."""

MISSED_REST_SECONDS = 3.0
"""A face that was missed is left alone for at most this long, though nothing more is asked of it: who looks away comes
back. After EAGER_LOOKS the wait is longer for every face."""

EAGER_LOOKS = 4
"""After this many looks in vain the waits grow, up to LONGEST_WAIT_SECONDS. In vain are looks that miss the face, or
that find it and give no encoding."""

LONGEST_WAIT_SECONDS = 4.0

LONGEST_WALK_LOOKS = 20
"""A walking person is followed in every frame for this many looks, whatever is known of them: to find out anew who it
is would cost more."""

EARLY_SECONDS = 0.1
"""Every wait may fall short by this much. Frames come every half second or so: where they come a little sooner, a wait
of two seconds must not last for one frame more."""


def is_look_due(track: Track, position_seconds: float) -> bool:
    """Whether a look at the face's place may bring news by now."""
    if _is_followed_in_every_frame(track):
        return True
    return position_seconds - track.looked_at >= _rest_seconds(track) - EARLY_SECONDS


def is_encoding_due(track: Track, quality: float, position_seconds: float) -> bool:
    """Whether a picture of that quality, from 0 to 1, is worth an encoding by now."""
    since = position_seconds - track.encoded_at + EARLY_SECONDS
    if track.has_jumped or since >= RECHECK_SECONDS:
        return True
    if track.is_doubtful:
        return not track.is_named or since >= DOUBTED_SECONDS
    if track.is_named and track.stillness.is_undecided and since >= STILL_SECONDS:
        return True
    if since < SPACING_SECONDS or track.times_encoded >= MOST_ENCODINGS_PER_TRACK:
        return False
    return _needs_encodings(track) or _is_clearly_better(track, quality) or _shows_another_moment(track, quality, since)


class Urgency(NamedTuple):
    """Sorts faces that are due for an encoding, the most urgent first.

    A track that may have passed to another person comes before one that is sure, then one with few encodings before one
    with many, then a good picture before a poor one.
    """

    is_sure: bool
    kept_encodings: int
    minus_quality: float

    @classmethod
    def of(cls, track: Track, quality: float) -> Urgency:
        """For a picture of that quality."""
        return cls(not track.is_doubtful, len(track.best), -quality)


def _is_followed_in_every_frame(track: Track) -> bool:
    return not track.misses and not track.is_seated and track.hits_since_encoding < LONGEST_WALK_LOOKS


def _rest_seconds(track: Track) -> float:
    """How long the face needs no look after the last one."""
    rest = _rest_until_next_encoding(track)
    if track.misses:
        return _grown(min(rest, MISSED_REST_SECONDS), track.misses)
    return _grown(rest, track.hits_since_encoding)


def _rest_until_next_encoding(track: Track) -> float:
    """How long a face that is found where it should be needs no look, by what is still asked of it."""
    has_enough = len(track.best) >= ENOUGH_ENCODINGS
    if track.times_encoded >= MOST_ENCODINGS_PER_TRACK:
        return SWEEP_SECONDS
    if track.is_named:
        return SWEEP_SECONDS if has_enough else NAMED_REST_SECONDS
    if track.nearest_distance > NEARLY_NAMED:
        return SWEEP_SECONDS if has_enough else 0.0
    return ANOTHER_MOMENT_SECONDS if len(track.best) >= KEPT_ENCODINGS else 0.0


def _grown(rest: float, looks_in_vain: int) -> float:
    """The rest, made longer after EAGER_LOOKS: a second, then twice as long each time."""
    if looks_in_vain < EAGER_LOOKS:
        return rest
    return max(rest, min(LONGEST_WAIT_SECONDS, 2.0 ** (looks_in_vain - EAGER_LOOKS)))


def _needs_encodings(track: Track) -> bool:
    return len(track.best) < (ENOUGH_ENCODINGS if track.is_named else KEPT_ENCODINGS)


def _is_clearly_better(track: Track, quality: float) -> bool:
    beaten = track.best[0 if track.is_named else -1]
    return quality > CLEARLY_BETTER * beaten.quality


def _shows_another_moment(track: Track, quality: float, since: float) -> bool:
    is_another_moment = since >= ANOTHER_MOMENT_SECONDS * track.times_encoded / KEPT_ENCODINGS
    return not track.is_named and is_another_moment and quality >= POOR * track.best[0].quality
