"""For how long it is kept whom the cameras nearly named."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone
from pytest_django import Settings

from portal.attendance.models import Evidence, Mark, NearMiss
from tests.portal.school import found_school

pytestmark = pytest.mark.django_db


def test_near_misses_go_after_so_many_days_and_what_marks_stand_on_stays(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    school = found_school()
    settings.NEAR_MISSES_DAYS = 60
    missed, seen = school.students[:2]
    school.notice(seen)
    school.see(seen)
    school.nearly_name(missed)
    later = school.meet(school.session.starts_at + timedelta(days=10))
    kept = school.nearly_name(missed, session=later)
    marks, evidence = list(Mark.objects.values()), list(Evidence.objects.values())

    def work_after(days: int) -> None:
        monkeypatch.setattr(timezone, "now", lambda: school.session.ends_at + timedelta(days=days, minutes=1))
        call_command("work_tasks", once=True)

    work_after(59)
    assert NearMiss.objects.count() == 2
    work_after(60)
    assert NearMiss.objects.get() == kept
    assert (list(Mark.objects.values()), list(Evidence.objects.values())) == (marks, evidence)
