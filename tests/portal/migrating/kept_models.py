"""An upgrade that is quick to run again and again in one process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState

UPGRADE = ("0002", "0003", "0004")
"""Always begun with the same models: those of the first release."""

StateForwards = Callable[[str, ProjectState], None]


@contextmanager
def models_are_kept() -> Iterator[None]:
    """Django makes the classes of all models anew for each operation, which takes most of a migration's time.

    What an operation of the upgrade makes of them is the same each time: here it is made once. What the operation does
    to the database is not touched.
    """
    with pytest.MonkeyPatch.context() as patch:
        for (app, name), migration in MigrationLoader(None).disk_migrations.items():
            if app == "attendance" and name.startswith(UPGRADE):
                for operation in migration.operations:
                    patch.setattr(operation, "state_forwards", _once(operation.state_forwards))
        yield


def _once(state_forwards: StateForwards) -> StateForwards:
    kept: list[ProjectState] = []

    def forwards(app_label: str, state: ProjectState) -> None:
        if "apps" not in vars(state):  # It has no classes, only a list of the fields.
            state_forwards(app_label, state)
            return
        if not kept:
            state_forwards(app_label, state)
            kept.append(_with_all_classes(state))
        vars(state).update(vars(kept[0].clone()))

    return forwards


def _with_all_classes(state: ProjectState) -> ProjectState:
    """A copy in which no class waits for being made anew."""
    copy: Any = state.clone()
    copy.clear_delayed_apps_cache()
    copy.is_delayed = False
    assert copy.apps
    return copy
