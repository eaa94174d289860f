"""How often a password may be guessed, or a code. Guesses are delayed, ever longer; nobody is locked out for good.

Wrong ones are counted in the database, so that all processes of the portal share the counts:

- for an account at one address (``PLACE``), and for an account from everywhere (``ACCOUNT``);
- for an address, over all accounts (``ADDRESS``). It delays nobody by itself: 40 lecturers may sit behind it. But each
  account may then be tried from there only once before it has to wait longest;
- in a browser that the account has been signed in to with before, these do not count. It has its own (``BROWSER``).

A guess is counted before it is looked at, and taken back if it was right: a hundred guesses at once are a hundred.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from portal.accounts.addresses import client_network
from portal.accounts.browsers import known_browser
from portal.accounts.models import Attempt

FIRST_WAIT = timedelta(seconds=2)
"""After the first wrong password too many; each further one doubles it."""

LONGEST_WAIT = timedelta(minutes=15)


@dataclass(frozen=True)
class Limit:
    """How many wrong passwords within which time cost no wait."""

    free: int
    within: timedelta


PLACE = Limit(5, timedelta(days=1))
BROWSER = Limit(10, timedelta(days=1))
ACCOUNT = Limit(50, timedelta(days=1))
ADDRESS = Limit(50, timedelta(hours=1))
MAILS = Limit(3, timedelta(hours=1))
"""Mails to one e-mail address that somebody may ask for without being signed in to its account."""

MAILS_FROM_ADDRESS = Limit(60, timedelta(hours=1))

KEPT_FOR = timedelta(days=7)
"""For whoever looks who has been guessing; counted are those of a day at most."""


class MustWait(Exception):
    """A password or code was not looked at: there were too many wrong ones before it. ``seconds`` are left to wait."""

    def __init__(self, kind: str, until: datetime, now: datetime) -> None:
        self.seconds = max(1, -int((now - until).total_seconds() // 1))
        words = (
            gettext("Too many wrong codes. Wait {time}, then try again.")
            if kind == Attempt.Kind.CODE
            else gettext("Too many wrong passwords. Wait {time}, then try again.")
        )
        super().__init__(words.format(time=_words(self.seconds)))


def _words(seconds: int) -> str:
    if seconds < 60:
        return ngettext("{number} second", "{number} seconds", seconds).format(number=seconds)
    minutes = -(-seconds // 60)
    return ngettext("{number} minute", "{number} minutes", minutes).format(number=minutes)


@dataclass(frozen=True)
class Guess:
    """A password or code that is being looked at, and counts as a wrong one until ``was_right``."""

    row: Attempt

    def was_right(self) -> None:
        """Take it back, and forget the wrong ones of the same account at the same place, or in the same browser."""
        same = Attempt.objects.filter(kind=self.row.kind, email=self.row.email, browser=self.row.browser)
        (same if self.row.browser else same.filter(address=self.row.address)).delete()


def count_guess(request: HttpRequest, email: str, kind: Attempt.Kind = Attempt.Kind.PASSWORD) -> Guess:
    """Count a password or code as wrong that is about to be looked at.

    Each kind has its own counts: whoever knows the password must not be free to guess codes. Raises MustWait where it
    is not to be looked at; then it does not count.
    """
    guess = Attempt(
        kind=kind,
        email=email.strip().lower()[:254],
        address=client_network(request),
        made_at=timezone.now(),
    )
    guess.browser = known_browser(request, guess.email)
    _refuse_early(guess)
    guess.save(force_insert=True)
    try:
        # Once more: of two that were made at the same moment at least one sees the other here.
        _refuse_early(guess)
    except MustWait:
        guess.delete()
        raise
    return Guess(guess)


def forgive(email: str) -> None:
    """Forget the wrong passwords of an account: its owner has shown in another way who they are."""
    Attempt.objects.filter(kind=Attempt.Kind.PASSWORD, email=email.lower()).delete()


def may_mail(request: HttpRequest, email: str) -> bool:
    """Count a mail that somebody asks for, and say whether it may be sent.

    One that is not sent does not count: whoever goes on asking keeps nobody from getting mails for good.
    """
    now = timezone.now()
    mails = Attempt.objects.filter(kind=Attempt.Kind.MAIL)
    asked = Attempt(kind=Attempt.Kind.MAIL, email=email.lower()[:254], address=client_network(request), made_at=now)
    asked.save(force_insert=True)
    to_email = mails.filter(email=asked.email, made_at__gt=now - MAILS.within).count()
    from_here = mails.filter(address=asked.address, made_at__gt=now - MAILS_FROM_ADDRESS.within).count()
    is_allowed = to_email <= MAILS.free and from_here <= MAILS_FROM_ADDRESS.free
    if not is_allowed:
        asked.delete()
    return is_allowed


def forget_old() -> None:
    """Delete what is too old to count or to be looked at."""
    Attempt.objects.filter(made_at__lt=timezone.now() - KEPT_FOR).delete()


def _refuse_early(guess: Attempt) -> None:
    """Raise MustWait where the guess comes too early after those before it."""
    others = Attempt.objects.filter(kind=guess.kind).exclude(pk=guess.pk)
    now = guess.made_at
    if guess.browser:
        own = others.filter(email=guess.email, browser=guess.browser)
        waits = [_free_at(own, BROWSER, now)]
    else:
        others = others.filter(browser="")
        of_account, of_address = others.filter(email=guess.email), others.filter(address=guess.address)
        here = of_account.filter(address=guess.address)
        waits = [_free_at(here, PLACE, now), _free_at(of_account, ACCOUNT, now)]
        if of_address.filter(made_at__gt=now - ADDRESS.within).count() >= ADDRESS.free:
            waits.append(_last(here, PLACE, now)[1] + LONGEST_WAIT)
    if (until := max(waits)) > now:
        raise MustWait(guess.kind, until, now)


def _free_at(guesses: QuerySet[Attempt], limit: Limit, now: datetime) -> datetime:
    """From when on the next guess is looked at."""
    number, last = _last(guesses, limit, now)
    if number < limit.free:
        return now
    # The doubling ends long before a number of that size.
    wait: timedelta = min(FIRST_WAIT * 2 ** min(number - limit.free, 20), LONGEST_WAIT)
    return last + wait


def _last(guesses: QuerySet[Attempt], limit: Limit, now: datetime) -> tuple[int, datetime]:
    """How many guesses still count, and when the last was made; where there was none, too long ago to matter."""
    found = guesses.filter(made_at__gt=now - limit.within).aggregate(number=Count("pk"), last=Max("made_at"))
    return found["number"], found["last"] or now - limit.within
