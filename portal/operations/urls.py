"""Addresses of what staff see of the machines."""

from django.urls import path

from portal.operations.views import cameras, mails, room

app_name = "operations"
urlpatterns = [
    path("cameras/", cameras.cameras, name="cameras"),
    path("cameras/mails/", mails.tell_me, name="mails"),
    path("cameras/<int:room_id>/", room.room, name="room"),
    path("cameras/<int:room_id>/contacts/", mails.change_contacts, name="contacts"),
]
