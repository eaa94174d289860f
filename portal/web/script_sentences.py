"""What scripts say: a page that is not in English carries these in its reader's language."""

from __future__ import annotations

from django.utils.translation import get_language, gettext, gettext_noop

SENTENCES = (
    gettext_noop("Not saved: the server did not accept it or could not be reached. Load the page again and retry."),
    gettext_noop("The server does not answer: what you see may be out of date."),
    gettext_noop("Open the register to send them"),
    gettext_noop("Discard them"),
    gettext_noop("Marks or guests that you entered are kept on this device and not saved yet."),
    gettext_noop("Sign out and discard them"),
    gettext_noop("Marks or guests that you entered are not sent yet. Open their register to send them."),
    gettext_noop("1 guest is kept on this device: {names}."),
    gettext_noop("{number} guests are kept on this device: {names}."),
    gettext_noop("This student is no longer in the register."),
    gettext_noop("1 mark is kept on this device."),
    gettext_noop("1 mark is kept while this page is open."),
    gettext_noop("{number} marks are kept on this device."),
    gettext_noop("{number} marks are kept while this page is open."),
    gettext_noop("No connection."),
    gettext_noop("What is kept is sent when it is back."),
    gettext_noop("Discard"),
    gettext_noop("The server did not accept it. Load the page again to retry."),
    gettext_noop("You are signed out."),
    gettext_noop("Sign in again"),
    gettext_noop("What is kept is sent once you are signed in."),
    gettext_noop("A student"),
    gettext_noop("You chose {status}; it is not saved."),
    gettext_noop("Set {status}"),
    gettext_noop("Leave it as it is"),
    gettext_noop("None"),
    gettext_noop("No connection. Show everyone first, and try again."),
    gettext_noop("Not done: marks before it are not sent yet."),
    gettext_noop("Not done: you are signed out."),
    gettext_noop("Not done: the server could not be reached. Try again."),
    gettext_noop("This key settles nothing here. Keys: {keys}."),
)


def script_sentences() -> dict[str, str]:
    """Each sentence as it is in the reader's language; none where that is English."""
    return {} if get_language() == "en" else {each: gettext(each) for each in SENTENCES}
