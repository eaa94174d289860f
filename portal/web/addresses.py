"""Addresses of pages, where a page has hundreds of them."""

from __future__ import annotations

from collections.abc import Callable

from django.urls import reverse

_KEY = 987654321
"""Stands in an address until there is a key, and in no address otherwise."""


def address_writer(view: str, keys: int = 1) -> Callable[..., str]:
    """A function from so many primary keys to the address of the view. ``reverse`` takes thirty times as long for each.

    For the request that is being answered: where the portal lies below a path of its host, that is part of it.
    """
    pieces = reverse(view, args=[_KEY] * keys).split(str(_KEY))
    form = "%d".join(piece.replace("%", "%%") for piece in pieces)
    return lambda *given: form % given
