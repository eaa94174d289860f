"""Accounts, how they are signed in to, and who changed what in them."""

from portal.accounts.models.account import Account, AccountManager, LowerCaseEmailField
from portal.accounts.models.attempts import Attempt
from portal.accounts.models.calendar_address import CalendarAddress
from portal.accounts.models.factors import AuthenticatorApp, Passkey, RecoveryCode
from portal.accounts.models.identities import ProviderIdentity
from portal.accounts.models.readings import Reading
from portal.accounts.models.sign_ins import SignIn
from portal.accounts.models.trail import OfficialChange, Trailed, TrailedSet

__all__ = [
    "Account",
    "AccountManager",
    "Attempt",
    "AuthenticatorApp",
    "CalendarAddress",
    "LowerCaseEmailField",
    "OfficialChange",
    "Passkey",
    "ProviderIdentity",
    "Reading",
    "RecoveryCode",
    "SignIn",
    "Trailed",
    "TrailedSet",
]
