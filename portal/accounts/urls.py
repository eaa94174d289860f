"""Addresses under /account/."""

from django.urls import path

from portal.accounts import views
from portal.accounts.factors import views as factors
from portal.accounts.single_sign_on import views as single_sign_on
from portal.accounts.single_sign_on.views import with_passwords

app_name = "accounts"

urlpatterns = [
    path("sign-in/", views.SignInView.as_view(), name="sign_in"),
    path("sign-in/code/", with_passwords(factors.second_step), name="second_step"),
    path("provider/", single_sign_on.leave, name="provider"),
    path("provider/back/", single_sign_on.come_back, name="provider_back"),
    path("provider/connect/", single_sign_on.connect, name="connect"),
    path("confirm/", with_passwords(factors.confirm), name="confirm"),
    path("factors/", with_passwords(factors.factors), name="factors"),
    path("factors/app/", with_passwords(factors.add_app), name="add_app"),
    path("factors/passkey/", with_passwords(factors.add_passkey), name="add_passkey"),
    path("factors/codes/", with_passwords(factors.new_codes), name="new_codes"),
    path("factors/remove/", with_passwords(factors.remove_factor), name="remove_factor"),
    path("sign-out/", views.SignOutView.as_view(), name="sign_out"),
    path("sign-out/elsewhere/", views.sign_out_elsewhere, name="sign_out_elsewhere"),
    path("password/", with_passwords(views.PasswordView.as_view()), name="password"),
    path("password/reset/", with_passwords(views.ResetView.as_view()), name="password_reset"),
    path("password/reset/sent/", with_passwords(views.ResetSentView.as_view()), name="password_reset_sent"),
    path(
        "password/reset/<uidb64>/<token>/",
        with_passwords(views.ResetConfirmView.as_view()),
        name="password_reset_confirm",
    ),
    path("invitation/<uidb64>/<token>/", with_passwords(views.InvitationView.as_view()), name="invitation"),
    path("time-zone/", views.take_time_zone, name="time_zone"),
    path("language/", views.take_language, name="language"),
    path("address/<str:token>/", views.new_address, name="new_address"),
    path("calendar/", views.calendar, name="calendar"),
    path("profile/", views.ProfileView.as_view(), name="profile"),
]
