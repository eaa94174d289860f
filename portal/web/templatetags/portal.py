"""What every page of the portal may need."""

from __future__ import annotations

from django import template
from django.utils.html import json_script
from django.utils.safestring import SafeString

from portal.web.languages import in_sentence
from portal.web.script_sentences import script_sentences

register = template.Library()
register.filter(in_sentence)


@register.simple_tag
def sentences_of_scripts() -> SafeString | str:
    """What scripts say in the reader's language, where that is not English."""
    found = script_sentences()
    return json_script(found, "words") if found else ""
