"""The lecturers' addresses."""

from django.urls import URLPattern

app_name = "lecturer"

urlpatterns: list[URLPattern] = []
