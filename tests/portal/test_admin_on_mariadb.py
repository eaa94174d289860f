"""The admin's pages on a real MariaDB without time-zone tables, with the portal's own few rights."""

from __future__ import annotations

import subprocess
import sys

from tests.environment import ROOT, product_environment
from tests.fixtures.mariadb import MigratedMariaDB

VISIT = """
import django
django.setup()
from django.test import Client
from portal.accounts.models import Account
from portal.attendance.models import Course, Room

administrator = Account.objects.create_superuser("root@example.org", "correct horse battery", name="Zoë Root")
client = Client(HTTP_HOST="localhost")
client.post("/account/sign-in/", {"username": "root@example.org", "password": "wrong"})
client.force_login(administrator)
client.post("/admin/attendance/student/add/", {
    "number": "007", "full_name": "Ωmega 🎓", "roster_entries-TOTAL_FORMS": "0", "roster_entries-INITIAL_FORMS": "0"
})
room, course = Room.objects.create(name="Hall 1"), Course.objects.create(code="MATH 1", title="Analysis")
course.sessions.create(room=room, starts_at="2026-03-02T09:00Z", ends_at="2026-03-02T10:00Z")
pages = [f"/admin/attendance/{model}/" for model in
         ("student", "course", "room", "classsession", "mark", "markchange", "camerastatus",
          "evidence", "sight", "blindspan", "enrolled")]
pages += ["/admin/accounts/account/", "/admin/accounts/attempt/", f"/admin/attendance/course/{course.pk}/change/"]
pages += [f"/admin/attendance/classsession/?when={when}" for when in ("now", "today", "week", "past")]
pages += ["/admin/attendance/mark/?q=omega&status__exact=absent", "/admin/attendance/markchange/?q=omega"]
pages += ["/healthz", "/account/profile/"]
for page in pages:
    answer = client.get(page)
    assert answer.status_code == 200, (page, answer.status_code)
assert "Ωmega 🎓" in client.get("/admin/attendance/student/?q=ωMEGA").text
assert client.post(f"/admin/attendance/course/{course.pk}/delete/", {"post": "yes"}).status_code == 200
for what, row in (("courses", course), ("rooms", room)):
    assert client.post(f"/{what}/{row.pk}/remove/").headers["Location"] == f"/{what}/{row.pk}/office/", "it is in use"
course.sessions.all().delete()
spare = Course.objects.create(code="MATH 2", title="Added by mistake")
for what, row in (("courses", spare), ("rooms", room)):
    assert client.post(f"/{what}/{row.pk}/remove/").headers["Location"] == f"/{what}/"
assert client.post(f"/admin/attendance/course/{course.pk}/delete/", {"post": "yes"}).status_code == 302
# Who stands in the log stays with it, which the database lets nobody delete.
address = f"/admin/accounts/account/{administrator.pk}/delete/"
for answer in (client.get(address), client.post(address, {"post": "yes"})):
    assert (answer.status_code, "take “may sign in” away instead" in answer.text) == (200, True)
Account.objects.create_user("new@example.org", name="New")
newcomer = Account.objects.get(email="new@example.org")
assert client.post(f"/admin/accounts/account/{newcomer.pk}/delete/", {"post": "yes"}).status_code == 302
"""


def test_every_page_of_the_admin_works_on_mariadb_with_the_portals_own_rights(
    migrated_mariadb: MigratedMariaDB,
) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", VISIT],
        cwd=ROOT,
        env=product_environment(database_url=migrated_mariadb.portal_url, secret_key="x" * 50, plain_http="1")
        | {"DJANGO_SETTINGS_MODULE": "portal.web.settings"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
