"""Addresses under /account/."""

from django.urls import path

from portal.accounts import views
from portal.accounts.factors import views as factors

app_name = "accounts"

urlpatterns = [
    path("sign-in/", views.SignInView.as_view(), name="sign_in"),
    path("sign-in/code/", factors.second_step, name="second_step"),
    path("confirm/", factors.confirm, name="confirm"),
    path("factors/", factors.factors, name="factors"),
    path("factors/app/", factors.add_app, name="add_app"),
    path("factors/passkey/", factors.add_passkey, name="add_passkey"),
    path("factors/codes/", factors.new_codes, name="new_codes"),
    path("factors/remove/", factors.remove_factor, name="remove_factor"),
    path("sign-out/", views.SignOutView.as_view(), name="sign_out"),
    path("sign-out/elsewhere/", views.sign_out_elsewhere, name="sign_out_elsewhere"),
    path("password/", views.PasswordView.as_view(), name="password"),
    path("password/reset/", views.ResetView.as_view(), name="password_reset"),
    path("password/reset/sent/", views.ResetSentView.as_view(), name="password_reset_sent"),
    path("password/reset/<uidb64>/<token>/", views.ResetConfirmView.as_view(), name="password_reset_confirm"),
    path("invitation/<uidb64>/<token>/", views.InvitationView.as_view(), name="invitation"),
    path("time-zone/", views.take_time_zone, name="time_zone"),
    path("address/<str:token>/", views.new_address, name="new_address"),
    path("calendar/", views.calendar, name="calendar"),
    path("profile/", views.ProfileView.as_view(), name="profile"),
]
