"""Who may sign in: the account model, sign-in and out, passwords, the profile."""
