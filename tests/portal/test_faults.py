"""What a person sees when something is wrong: pages of ours, also where nothing else can be relied on."""

from __future__ import annotations

import pytest
from django.template.loader import render_to_string
from django.test import Client

from tests.portal.school import found_school


@pytest.mark.parametrize("page", ["400.html", "403_csrf.html", "500.html"])
def test_a_fault_is_explained_without_a_request_or_a_database(page: str) -> None:
    text = render_to_string(page)
    assert "<h1>" in text
    assert "portal/portal.css" in text


@pytest.mark.django_db
def test_a_missing_page_keeps_the_way_to_the_others(client: Client) -> None:
    client.force_login(found_school().lecturer, backend="django.contrib.auth.backends.ModelBackend")
    answer = client.get("/nowhere/")
    assert answer.status_code == 404
    assert "There is no such page, or it is not yours to see." in answer.text
    assert 'href="/records/"' in answer.text


@pytest.mark.django_db
def test_a_form_without_its_token_is_refused_in_our_words() -> None:
    client = Client(enforce_csrf_checks=True)
    answer = client.post("/account/sign-in/", {"username": "a@b.example", "password": "x"})
    assert answer.status_code == 403
    assert "That form was no longer good." in answer.text
