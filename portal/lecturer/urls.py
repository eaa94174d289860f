"""Addresses of what lecturers see."""

from django.urls import path

from portal.lecturer.views import correct, records, register, today

app_name = "lecturer"
urlpatterns = [
    path("", today.today, name="today"),
    path("sessions/<int:session_id>/", register.register, name="register"),
    path("sessions/<int:session_id>/students/<int:student_id>/", correct.correct, name="correct"),
    path("records/", records.records, name="records"),
    path("records.csv", records.records_export, name="records_export"),
]
