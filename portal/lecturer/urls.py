"""Addresses of what lecturers see."""

from django.urls import path

from portal.lecturer import views

app_name = "lecturer"
urlpatterns = [
    path("", views.today, name="today"),
    path("sessions/<int:session_id>/", views.register, name="register"),
    path("sessions/<int:session_id>/students/<int:student_id>/", views.correct, name="correct"),
    path("records/", views.records, name="records"),
    path("records.csv", views.records_export, name="records_export"),
]
