"""The recognizer's Debian package on a bare Debian 12: install, enrol, a lesson, upgrade, downgrade, remove, purge.

`make test-deb` builds two versions and names the folder with them, and the root folder; else there is nothing to try.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from recognizer.domain.register.evidence import Evidence
from recognizer.storage.files.outbox import SqliteOutbox
from tests.fixtures.booted import boot_copy
from tests.fixtures.classroom import ROOM, Classroom
from tests.fixtures.debian_package import versions

pytestmark = [
    pytest.mark.skipif("TRIED_PACKAGES" not in os.environ, reason="make test-deb builds what is tried here."),
    pytest.mark.timeout(1200),
]

HOUR = datetime(2026, 10, 5, 9)  # noqa: DTZ001 - naive UTC

JOURNEY = """\
umask 077
step() { echo "== $*"; }
wait_for() {
    { set +x; } 2>/dev/null
    for _ in $(seq 600); do "$@" && set -x && return 0; sleep 0.1; done
    echo "waited in vain: $*"; return 1
}
watching() { [[ $(systemctl show --property=StatusText $1) = *"front watching"* ]]; }
pid() { systemctl show --property=MainPID --value $1; }
both_seen_since() {
    [[ $(journalctl --unit $1 --since "@$2" | grep -o 'student S100[12] was seen in DEMO 101' | sort -u | wc -l) = 2 ]]
}

step install
apt-get install --yes --quiet /trial/old.deb
test "$(stat -c '%a %U' /var/lib/rollcall-recognizer)" = '700 rollcall-recognizer'
test "$(stat -c '%a %U:%G' /etc/rollcall/recognizer.toml)" = '640 root:rollcall-recognizer'
test "$(stat -c '%a' /opt/rollcall/recognizer/current/ /usr/bin/recognizer | sort -u)" = 755
test "$(systemctl is-enabled rollcall-recognizer || true)" = disabled
cd /tmp && recognizer --version
recognizer check | tee check || true
grep 'room is missing' check

step 'edit one file, check, enrol, start'
cat /trial/settings >>/etc/rollcall/recognizer.toml
sed -i 's/^# room = .*/room = "{room}"/; s|^# database_url.*|database_url = "{database}"|' /etc/rollcall/recognizer.toml
cp /trial/rollcall.sqlite3 /var/lib/rollcall-recognizer/
chown rollcall-recognizer: /var/lib/rollcall-recognizer/rollcall.sqlite3
(cd /trial && recognizer encode photos)
test "$(stat -c '%a %U' /var/lib/rollcall-recognizer/gallery.key)" = '600 rollcall-recognizer'
cd /root && recognizer check
systemctl enable --now rollcall-recognizer
wait_for watching rollcall-recognizer
install -m 640 -g rollcall-recognizer /etc/rollcall/recognizer.toml /etc/rollcall/rooms/a101.toml
sed -i 's|recognizer/state|recognizer/a101|; s/^room = .*/room = "A 101"/' /etc/rollcall/rooms/a101.toml
recognizer --config /etc/rollcall/rooms/a101.toml gallery
systemctl start rollcall-recognizer@a101
wait_for watching rollcall-recognizer@a101
test $(pid rollcall-recognizer) != $(pid rollcall-recognizer@a101)
wait_for both_seen_since rollcall-recognizer 0
wait_for both_seen_since rollcall-recognizer@a101 0

step 'a USB camera that is plugged in now is let through, and no other device'
mknod --mode=666 /dev/video9 c 81 9
mknod --mode=666 /dev/other9 c 10 229
systemctl show --property=DevicePolicy,DeviceAllow rollcall-recognizer | sed 's/^/--property=/' >limits
mapfile -t limits <limits
opens() { systemd-run --quiet --pipe --wait --collect "${limits[@]}" bash -c "exec <$1" 2>&1 || true; }
opens /dev/video9 | grep 'No such device or address'
opens /dev/other9 | grep 'Operation not permitted'

step 'back up while it runs'
cd /root && recognizer backup room.zip
test "$(stat -c '%a %U' room.zip)" = '600 root'

step 'the key as a credential that this machine alone decrypts'
recognizer keys protect
test ! -e /var/lib/rollcall-recognizer/gallery.key
recognizer gallery | grep '2 students'
recognizer check | grep 'key: a credential of systemd'
systemctl restart rollcall-recognizer rollcall-recognizer@a101
wait_for watching rollcall-recognizer
recognizer keys rotate
systemctl restart rollcall-recognizer rollcall-recognizer@a101
wait_for watching rollcall-recognizer
wait_for watching rollcall-recognizer@a101
recognizer gallery | grep '2 students'
journalctl -u rollcall-recognizer | grep 'until the gallery can be used' && exit 1

step 'upgrade while a lesson runs'
date --utc +%FT%T.%6N >/trial/upgraded
before=$(pid rollcall-recognizer)
folder=$(dirname $(readlink /proc/$before/exe))
dpkg --unpack /trial/new.deb
test -e $folder/_internal/base_library.zip
kill -0 $before
begins=$(date +%s)
apt-get install --yes --quiet /trial/new.deb
dpkg --configure --pending
wait_for watching rollcall-recognizer
wait_for watching rollcall-recognizer@a101
after=$(pid rollcall-recognizer)
test $before != $after
[[ $(readlink /proc/$after/exe) = /opt/rollcall/recognizer/0.1.1.*/recognizer ]]
test ! -e $folder
wait_for both_seen_since rollcall-recognizer $begins
wait_for both_seen_since rollcall-recognizer@a101 $begins
grep 'room = "{room}"' /etc/rollcall/recognizer.toml
test "$(stat -c '%a %U:%G' /etc/rollcall/recognizer.toml)" = '640 root:rollcall-recognizer'

step 'a downgrade is refused'
apt-get install --yes --allow-downgrades /trial/old.deb >refused 2>&1 && exit 1
cat refused
grep 'may not be able to read' refused
watching rollcall-recognizer
dpkg --audit

step remove
wait_for test -e /var/lib/rollcall-recognizer/state/outbox.sqlite3
systemctl stop rollcall-recognizer rollcall-recognizer@a101
mv /var/lib/rollcall-recognizer/rollcall.sqlite3 /trial/kept.sqlite3
cp /trial/outbox.sqlite3 /var/lib/rollcall-recognizer/state/outbox.sqlite3
chown rollcall-recognizer: /var/lib/rollcall-recognizer/state/outbox.sqlite3
rm -f /var/lib/rollcall-recognizer/state/outbox.sqlite3-*
apt-get remove --yes rollcall-recognizer
test ! -e /opt/rollcall
test -e /var/lib/rollcall-recognizer/gallery.pkl

step 'install again, then purge'
apt-get install --yes /trial/new.deb
wait_for systemctl is-active rollcall-recognizer
systemctl is-active rollcall-recognizer@a101 && exit 1
recognizer gallery
apt-get purge --yes rollcall-recognizer | tee purged
grep '/etc/rollcall/recognizer.toml: the database has not taken:' purged
grep '^  S1001 in class session 1, seen .* UTC' purged
grep 'deleted without having reached' purged
test ! -e /var/lib/rollcall-recognizer
test ! -e /etc/rollcall
test ! -e /opt/rollcall
test ! -e /etc/credstore.encrypted/rollcall.key

step 'a new machine, restored'
apt-get install --yes --quiet /trial/new.deb
recognizer restore room.zip
test "$(stat -c '%a %U:%G' /etc/rollcall/recognizer.toml)" = '640 root:rollcall-recognizer'
test "$(stat -c '%a %U' /var/lib/rollcall-recognizer/gallery.key)" = '600 rollcall-recognizer'
test "$(stat -c '%a %U' /var/lib/rollcall-recognizer/state)" = '700 rollcall-recognizer'
recognizer gallery | grep '2 students'
cp /trial/kept.sqlite3 /var/lib/rollcall-recognizer/rollcall.sqlite3
chown rollcall-recognizer: /var/lib/rollcall-recognizer/rollcall.sqlite3
recognizer check
systemctl enable --now rollcall-recognizer
wait_for watching rollcall-recognizer
"""

SETTINGS = """
[[cameras]]
name = "front"
source = "/trial/clip.mp4"
play = "loop"
"""


def test_the_recognizers_package_is_installed_upgraded_removed_and_purged(
    demo_clip: Path,
    portraits: dict[str, Path],
    migrated_sqlite: Path,
    classroom_in: Callable[[str], Classroom],
    tmp_path: Path,
) -> None:
    with classroom_in(f"sqlite:///{migrated_sqlite}").transaction() as connection:
        # A second room with the same class session: a room admits one recognizer alone.
        room = connection.execute(text("INSERT INTO room (name) VALUES ('A 101')")).lastrowid
        columns = "course_id, starts_at, ends_at, day"
        connection.execute(
            text(f"INSERT INTO class_session ({columns}, room_id) SELECT {columns}, {room} FROM class_session")
        )
    old, new = versions("rollcall-recognizer")
    trial = tmp_path / "trial"
    for student, portrait in {"S1001": portraits["hopper"], "S1002": portraits["collins"]}.items():
        (trial / "photos" / student).mkdir(parents=True)
        shutil.copy(portrait, trial / "photos" / student)
    files = {old: "old.deb", new: "new.deb", migrated_sqlite: "rollcall.sqlite3", demo_clip: "clip.mp4"}
    for file, name in files.items():
        shutil.copy(file, trial / name)
    with closing(SqliteOutbox(trial / "outbox.sqlite3")) as outbox:
        outbox.put(Evidence(1, "S1001", "front", HOUR, HOUR, HOUR, 1, 0.31, "S1002", 0.6, 5, True, 7))
    (trial / "settings").write_text(SETTINGS)
    subprocess.run(["chmod", "-R", "a+rX", trial], check=True)
    database = "sqlite:////var/lib/rollcall-recognizer/rollcall.sqlite3"
    script = JOURNEY.replace("{room}", ROOM).replace("{database}", database)
    said = boot_copy(tmp_path / "root", trial, script)
    assert "== a new machine, restored" in said
    assert_marked_once_before_and_after(trial)


def assert_marked_once_before_and_after(trial: Path) -> None:
    """In both class sessions each enrolled student has one mark, which began before the upgrade and went on after."""
    upgraded = datetime.fromisoformat((trial / "upgraded").read_text().strip())
    with closing(sqlite3.connect(trial / "kept.sqlite3")) as database:
        marks = database.execute(
            "SELECT session_id, number, status, source, first_seen_at, last_seen_at FROM mark"
            " JOIN student ON student.id = student_id ORDER BY session_id, number"
        ).fetchall()
        sessions = [row[0] for row in database.execute("SELECT id FROM class_session ORDER BY id")]
    expected = [(each, number, "present", "camera") for each in sessions for number in ("S1001", "S1002")]
    assert [mark[:4] for mark in marks] == expected
    for mark in marks:
        assert datetime.fromisoformat(mark[4]) < upgraded < datetime.fromisoformat(mark[5]), mark
