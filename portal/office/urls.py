"""Addresses of what the office sets a term up with."""

from django.urls import path

from portal.office.views import (
    acts,
    export,
    imports,
    merged_people,
    merging,
    parts,
    people,
    person,
    planned,
    term,
    timetable,
    trail,
    upload,
)

app_name = "office"
urlpatterns = [
    path("term/", term.term, name="term"),
    path("term/timetable/", timetable.timetable, name="timetable"),
    path("term/timetable/<slug:what>/add/", planned.planned, name="add_planned"),
    path("term/timetable/<slug:what>/<int:row_id>/", planned.planned, name="planned"),
    path("trail/", trail.trail, name="trail"),
    path("people/", people.people, name="people"),
    path("people/add/", person.add, name="add_person"),
    path("people/invite/", people.invite_everybody, name="invite_everybody"),
    path("people/<int:account_id>/", person.person, name="person"),
    path("people/<int:account_id>/invite/", person.invite_again, name="invite"),
    path("people/<int:account_id>/factors/", person.take_off, name="take_off"),
    path("people/<int:account_id>/provider/", person.disconnect_provider, name="disconnect_provider"),
    path("people/<int:account_id>/parts/", parts.change_part, name="parts"),
    path("people/<int:account_id>/merge/", merged_people.merge_person, name="merge_person"),
    path("people/<int:account_id>/separate/", merged_people.separate_person, name="separate_person"),
    path("students/<int:student_id>/merge/", merging.merging, name="merging"),
    path("students/<int:student_id>/separate/", merging.separating, name="separating"),
    path("term/import/<slug:kind>/", upload.upload, name="upload"),
    path("term/imports/<int:import_id>/", imports.show, name="import"),
    path("term/imports/<int:import_id>/rows.csv", imports.rows_as_csv, name="rows"),
    path("term/imports/<int:import_id>/read/", acts.read_anew, name="read"),
    path("term/imports/<int:import_id>/columns/", acts.choose_columns, name="columns"),
    path("term/imports/<int:import_id>/write/", acts.write, name="write"),
    path("term/imports/<int:import_id>/retry/", acts.retry, name="retry"),
    path("term/imports/<int:import_id>/discard/", acts.discard, name="discard"),
    path("term/imports/<int:import_id>/held/", acts.change_held, name="held"),
    path("term/export/<slug:kind>.<slug:form>", export.export, name="export"),
]
