"""Addresses of what lecturers see."""

from django.urls import path

from portal.lecturer.views import (
    acts,
    calendar,
    check,
    correct,
    exceptions,
    excuses,
    marks,
    plan,
    records,
    register,
    room,
    today,
    warnings,
)

app_name = "lecturer"
urlpatterns = [
    path("", today.today, name="today"),
    path("sessions/<int:session_id>/", register.register, name="register"),
    path("sessions/add/", plan.add, name="add_session"),
    path("sessions/<int:session_id>/change/", plan.change, name="change_session"),
    path("sessions/<int:session_id>/cancel/", plan.cancel, name="cancel_session"),
    path("sessions/<int:session_id>/check/", check.check, name="check"),
    path("sessions/<int:session_id>/marks/", marks.mark, name="mark"),
    path("sessions/<int:session_id>/rest/", marks.rest, name="rest"),
    path("sessions/<int:session_id>/take-back/", marks.take_back, name="take_back"),
    path("sessions/<int:session_id>/guests/", acts.add_guest, name="add_guest"),
    path("sessions/<int:session_id>/students/<int:student_id>/", correct.correct, name="correct"),
    path("sessions/<int:session_id>/students/<int:student_id>/undo/", acts.undo, name="undo"),
    path("sessions/<int:session_id>/students/<int:student_id>/back/", acts.back, name="back"),
    path("sessions/<int:session_id>/students/<int:student_id>/confirm/", acts.confirm, name="confirm"),
    path("exceptions/", exceptions.exceptions, name="exceptions"),
    path("exceptions/digest/", exceptions.digest, name="digest"),
    path("exceptions/check/", exceptions.check_quiet, name="check_quiet"),
    path("exceptions/<int:cleared_id>/undo/", exceptions.unclear, name="unclear"),
    path("sessions/<int:session_id>/exceptions/", exceptions.settle, name="settle"),
    path("sessions/<int:session_id>/exceptions/<int:student_id>/undo/", exceptions.unsettle, name="unsettle"),
    path("warnings/", warnings.warnings, name="warnings"),
    path("warnings/add/", warnings.add, name="add_warning"),
    path("warnings/texts/", warnings.texts, name="warning_texts"),
    path("warnings/<int:rule_id>/", warnings.rule, name="warning_rule"),
    path("excuses/", excuses.excuses, name="excuses"),
    path("excuses/add/", excuses.add, name="add_excuse"),
    path("excuses/<int:excuse_id>/withdraw/", excuses.withdraw, name="withdraw_excuse"),
    path("rooms/<int:room_id>/", room.room, name="room"),
    path("calendar/<str:secret>.ics", calendar.calendar, name="calendar"),
    path("records/", records.records, name="records"),
    path("records.csv", records.records_export, name="records_export"),
]
