"""Both packages on one bare Debian 12 with its MariaDB, as docs/ says: set up, a room enrolled, a lesson marked and
shown, an upgrade in the middle of it, a restore, and each of them purged for itself.

`make test-deb` builds two versions and names the folder with them, and the root folder; else there is nothing to try.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.fixtures.booted import boot_copy
from tests.fixtures.certificates import make_certificates
from tests.fixtures.debian_package import versions

pytestmark = [
    pytest.mark.skipif("TRIED_PACKAGES" not in os.environ, reason="make test-deb builds what is tried here."),
    pytest.mark.timeout(1200),
]

PASSWORD = "A first password 1"

JOURNEY = """\
umask 077
export DEBIAN_FRONTEND=noninteractive
step() { echo "== $* ($SECONDS s)"; }
wait_for() {
    { set +x; } 2>/dev/null
    for _ in $(seq 900); do "$@" && set -x && return 0; sleep 0.1; done
    echo "waited in vain: $*"; systemctl status --no-pager 'rollcall-*'; journalctl -u rollcall-recognizer; return 1
}
healthy() { [[ $(curl --silent --header 'Host: attendance.example.org' localhost:8000/healthz) = ok* ]]; }
watching() { [[ $(systemctl show --property=StatusText rollcall-recognizer) = *"front watching"* ]]; }
ask() { mariadb --silent --raw rollcall -e "$1"; }
of_students="JOIN student ON student.id = student_id"
marks() { ask "SELECT number, source, status, first_seen_at FROM mark $of_students ORDER BY number, session_id"; }
marked() { [[ $(marks | cut -f 1,2,3 | tr '\\t\\n' ' ;') = 'S1001 camera present;S1002 camera present;' ]]; }
now() { ask 'SELECT UTC_TIMESTAMP(6)'; }
seen_since() {
    [[ $(ask "SELECT COUNT(*) FROM mark WHERE last_seen_at > '$1'") = 2 ]] &&
        [[ $(ask "SELECT COUNT(DISTINCT student_id) FROM evidence WHERE last_seen_at > '$1'") = 2 ]]
}
everything() {
    mariadb-dump --no-create-info --skip-comments --skip-extended-insert --order-by-primary rollcall account course \\
        course_lecturers room student roster_entry class_session mark mark_change evidence near_miss sight blind_span \\
        enrolled camera_status room_camera outbox_fault data_import
}
visit() {
    curl --silent --show-error --fail --insecure --retry 9 --retry-delay 1 --retry-connrefused \\
        --resolve attendance.example.org:443:127.0.0.1 --cookie jar --cookie-jar jar "$@"
}
site=https://attendance.example.org
sign_in() {
    rm -f jar
    visit $site/account/sign-in/ >page
    token=$(sed -n 's/.*name="csrfmiddlewaretoken" value="\\([^"]*\\)".*/\\1/p' page | head -n 1)
    visit --referer $site/account/sign-in/ --data-urlencode "csrfmiddlewaretoken=$token" \\
        --data-urlencode username=a@example.org --data-urlencode 'password={password}' $site/account/sign-in/ >page
}
shown() {
    visit $site/sessions/$session/ | tr -d '\\n' | sed 's/<li /\\n<li /g' |
        grep "$1" | grep -o '<b class="status [^<]*'
}
page_shows_the_lesson() {
    test "$(shown 'Grace Hopper')" = '<b class="status present">Present'
    test "$(shown 'Eileen Collins')" = '<b class="status present">Present'
    test "$(shown 'Zoë Nováková')" = '<b class="status expected">Missing'
}
cd /root

step 'the portal: install, write down the host name, set up'
cp /trial/portal-old.deb /trial/recognizer-old.deb .
apt install --yes --quiet ./portal-old.deb
apt install --yes --quiet mariadb-server curl >/dev/null
sed -i 's/^# ROLLCALL_ALLOWED_HOSTS/ROLLCALL_ALLOWED_HOSTS/' /etc/rollcall/portal.env
echo '{password}' |
    rollcall-manage setup mysql://root@localhost/rollcall --keep-owner \\
        --password-stdin --email a@example.org --name 'Ada Byron'
wait_for healthy
mkdir -p /etc/ssl/attendance.example.org
cp /trial/fullchain.pem /trial/privkey.pem /etc/ssl/attendance.example.org/
ln -s ../sites-available/rollcall /etc/nginx/sites-enabled/
nginx -t && systemctl reload nginx

step 'rooms, students, courses, rosters and a class session that begins now, from lists'
printf '%s\\n' 'room;time zone' 'A 101;UTC' >rooms.csv
printf '%s\\n' 'number;name' 'S1001;Grace Hopper' 'S1002;Eileen Collins' 'S1003;Zoë Nováková' >students.csv
printf '%s\\n' 'course;title' 'DEMO 101;Demonstrations' >courses.csv
printf '%s\\n' 'course;student number' 'DEMO 101;S1001' 'DEMO 101;S1002' 'DEMO 101;S1003' >rosters.csv
printf '%s\\n' 'course;room;day;start;minutes' "DEMO 101;A 101;$(date --utc '+%F;%H:%M');120" >sessions.csv
for list in students courses rosters rooms sessions; do rollcall-manage import $list $list.csv --write; done
session=$(ask 'SELECT id FROM class_session')
sign_in
test "$(shown 'Grace Hopper')" = '<b class="status expected">Missing'

step 'the recognizer: install, edit one file with the line that setup has written, enrol, check, start'
apt install --yes --quiet ./recognizer-old.deb
test "$(stat -c '%a %U' /etc/rollcall/portal-secrets.env /etc/rollcall/recognizer-database.toml | sort -u)" = '600 root'
cd /etc/rollcall
sed -i 's/^# room = .*/room = "A 101"/; /^# database_url/r recognizer-database.toml' recognizer.toml
sed -i '/^database_url/s|@[^@/]*/|@localhost/|' recognizer.toml
printf '%s\\n' '[[cameras]]' 'name = "front"' 'source = "/trial/clip.mp4"' 'play = "loop"' >>recognizer.toml
cd /root
cp -r /trial/photos PHOTOS
recognizer encode PHOTOS
recognizer check
systemctl enable --now rollcall-recognizer
wait_for watching
wait_for marked
page_shows_the_lesson

step 'an upgrade in the middle of the lesson: the portal, then the recognizer'
rollcall-manage backup before.zip
recognizer backup room-before.zip
marks >marks-before
upgraded=$(now)
cp /trial/portal-new.deb /trial/recognizer-new.deb .
apt install --yes --quiet ./portal-new.deb
wait_for seen_since "$upgraded"
upgraded=$(now)
apt install --yes --quiet ./recognizer-new.deb
test "$(dpkg-query --show --showformat '${Version} ' rollcall-portal rollcall-recognizer)" = '0.1.1 0.1.1 '
wait_for healthy
wait_for watching
upgraded=$(now)
wait_for seen_since "$upgraded"
marks | diff marks-before -
test "$(ask 'SELECT COUNT(*) FROM mark_change')" = 2
page_shows_the_lesson

step 'back up, drop, restore: equal'
systemctl stop rollcall-recognizer
everything >before
grep --count 'INSERT INTO `evidence`' before
rollcall-manage backup term.zip
secrets=$(sha256sum /etc/rollcall/*.env /etc/rollcall/*.toml)
rm /etc/rollcall/portal-secrets.env /etc/rollcall/owner.env /etc/rollcall/recognizer-database.toml
mariadb -e 'DROP DATABASE rollcall; DROP USER rollcall_portal@localhost, rollcall_owner@localhost'
mariadb -e "DROP USER rollcall_recognizer@'%'"
rollcall-manage restore term.zip mysql://root@localhost/rollcall </dev/null
wait_for healthy
everything | diff before -
test "$secrets" = "$(sha256sum /etc/rollcall/*.env /etc/rollcall/*.toml)"

step 'the lesson goes on, and the page shows it'
restored=$(now)
systemctl start rollcall-recognizer
wait_for seen_since "$restored"
marks | diff marks-before -
test "$(ask 'SELECT COUNT(*) FROM mark_change')" = 2
sign_in
page_shows_the_lesson

step 'each is purged for itself, and leaves what is the other ones'
apt-get purge --yes --quiet rollcall-recognizer
test ! -e /etc/rollcall/recognizer.toml
test -e /etc/rollcall/portal-secrets.env
healthy
page_shows_the_lesson
apt install --yes --quiet ./recognizer-new.deb
apt-get purge --yes --quiet rollcall-portal
test ! -e /etc/rollcall/portal-secrets.env
test -e /etc/rollcall/recognizer.toml
recognizer --version
dpkg --audit
"""


def test_a_lesson_is_marked_where_both_packages_share_a_machine_and_outlasts_an_upgrade_and_a_restore(
    sitting_clip: Path, portraits: dict[str, Path], tmp_path: Path
) -> None:
    trial = tmp_path / "trial"
    for student, portrait in {"S1001 Grace Hopper": "hopper", "S1002 Eileen Collins": "collins"}.items():
        (trial / "photos" / student).mkdir(parents=True)
        shutil.copy(portraits[portrait], trial / "photos" / student)
    for name in ("portal", "recognizer"):
        for package, age in zip(versions(f"rollcall-{name}"), ("old", "new"), strict=True):
            shutil.copy(package, trial / f"{name}-{age}.deb")
    made = make_certificates(tmp_path)
    for file, name in {made.server: "fullchain.pem", made.server_key: "privkey.pem", sitting_clip: "clip.mp4"}.items():
        shutil.copy(file, trial / name)

    said = boot_copy(tmp_path / "root", trial, JOURNEY.replace("{password}", PASSWORD))

    assert "== each is purged for itself" in said
    assert "Traceback" not in said
