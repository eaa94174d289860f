"""Accounts, and what is known of how they are signed in to."""

from portal.accounts.models.account import Account, AccountManager, LowerCaseEmailField
from portal.accounts.models.attempts import Attempt

__all__ = ["Account", "AccountManager", "Attempt", "LowerCaseEmailField"]
