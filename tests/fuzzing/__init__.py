"""Inputs that nobody writes, by the hundred: each is read, or refused in words, and nothing else happens.

The same 300 of each kind in every run of the suite. `make fuzz` takes others, and more of them, and prints their seed.
"""
