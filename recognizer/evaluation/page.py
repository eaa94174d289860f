"""The frame of the report: its style, its explanations, and the words for shares."""

from __future__ import annotations

from html import escape

from recognizer.domain.following.track import KEPT_ENCODINGS
from recognizer.evaluation.drawing import Chart
from recognizer.evaluation.metrics import REPLICATES, Interval
from recognizer.evaluation.protocol import LONGEST_TRACK
from recognizer.evaluation.results import Figure

STYLE = """
:root{color-scheme:light dark;--page:#fff;--ink:#1b2430;--soft:#5a6675;--line:#d7dce2;--panel:#f4f6f8;--warn:#b4450c}
@media(prefers-color-scheme:dark){:root{--page:#14181f;--ink:#e4e8ee;--soft:#9aa6b5;--line:#333c48;--panel:#1d232c;
--warn:#f0935a}}
*{box-sizing:border-box}
body{font:16px/1.5 system-ui,sans-serif;margin:0 auto;max-width:70rem;padding:1.5rem 1rem 4rem;color:var(--ink);
background:var(--page);overflow-wrap:break-word}
h1{font-size:1.6rem;line-height:1.25;margin:0 0 .25rem}h2{font-size:1.2rem;margin:2.5rem 0 .5rem}
h3{font-size:1rem;margin:1.75rem 0 .25rem}
p{max-width:46rem;margin:.5rem 0}.soft{color:var(--soft)}
.warn{border-left:4px solid var(--warn);padding:.1rem 0 .1rem .8rem}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,13rem),1fr));gap:.75rem;margin:1.25rem 0}
.tile{background:var(--panel);border-radius:8px;padding:.8rem 1rem}
.tile b{display:block;font-size:1.7rem;line-height:1.2;font-variant-numeric:tabular-nums}
.tile small{color:var(--soft);display:block}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,24rem),1fr));gap:1.75rem 1.5rem}
figure{margin:0;min-width:0}figcaption{font-size:.9rem;color:var(--soft)}figcaption b{color:var(--ink)}
svg{width:100%;height:auto;display:block}
.scroll{overflow-x:auto;margin:0 -1rem;padding:0 1rem}
table{border-collapse:collapse;font-size:.9rem;font-variant-numeric:tabular-nums}
th,td{padding:.4rem .75rem;border-bottom:1px solid var(--line);text-align:right;vertical-align:top;white-space:nowrap}
th{vertical-align:bottom;white-space:normal;min-width:5rem}th:first-child,td:first-child{padding-left:0}
td small{display:block;color:var(--soft)}td small.why{white-space:normal;min-width:9rem}
tr.main td{background:var(--panel)}tr.main td:first-child{box-shadow:-.5rem 0 var(--panel)}
.pairs{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,16rem),1fr));gap:1.25rem 1rem;
margin-top:1rem}
.pair div{display:grid;grid-template-columns:1fr 1fr;gap:.25rem;margin-bottom:.3rem}
.pair img{width:100%;display:block;border-radius:6px}
.pair span{font-size:.75rem;line-height:1.3;color:var(--soft);overflow-wrap:anywhere;min-width:0}
.made b{color:var(--warn)}
"""

METHOD = f"""
Each of the {{seeds}} repetitions enrols another random half of the people, each with so many photos, and takes
everybody else for strangers. What remains of their photos is searched for in tracks of up to {LONGEST_TRACK} frames, by
their mean. A camera's tracks keep the best {KEPT_ENCODINGS}, so rows of more say what more would give. No photo is both
reference and probe, and of a clip all frames are on one side. FPIR (false positive
identification rate) is the share of strangers’ searches that give a name; FNIR (false negative identification rate)
the share of students’ searches that do not give their own (ISO/IEC 19795-1). Both are had from the mean of a track’s
frames with the tolerance moved so that just that share of strangers is named. The columns “in force” tell what this
recognizer does, with its own tolerance and its other rules, when it is asked after each frame of the track and keeps
the first name it finds. So they may miss fewer than the best threshold, which has one look. Small print gives the 95
% interval when the people, not the photos, are drawn anew {REPLICATES} times; where nothing was seen it ends at three
in the number of people. Frames of a track made of photos differ more than those of one lesson, so a lesson gains less
by each; strangers of the same age and origin as the students look more alike than those here may.
"""


def open_page(mark: str, title: str) -> str:
    """Everything up to the first heading."""
    return (
        f'{mark}\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="robots" content="noindex">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>"
    )


def percent(value: float) -> str:
    """Two figures of what is small, one after the point of what is large."""
    return f"{value:.2%}" if 0 < value < 0.1 else f"{value:.1%}"


def interval(found: Interval) -> str:
    """ "0.5% to 2.0%"."""
    return f"{percent(found.low)} to {percent(found.high)}"


def tile(name: str, found: Interval) -> str:
    """A figure by itself, with its interval."""
    return (
        f'<div class="tile"><small>{escape(name)}</small><b>{percent(found.value)}</b>'
        f"<small>{interval(found)}</small></div>"
    )


def table(head: list[str], rows: list[tuple[bool, list[str]]]) -> str:
    """Rows of HTML cells, those flagged brought out; it scrolls by itself where the page is narrow."""
    heading = "".join(f'<th scope="col">{escape(text)}</th>' for text in head)
    body = "".join(
        f"<tr{' class=main' if is_main else ''}>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"
        for is_main, cells in rows
    )
    return f'<div class="scroll"><table><thead><tr>{heading}</tr></thead><tbody>{body}</tbody></table></div>'


def cell(figure: Figure) -> str:
    """A figure in a table: its share and the interval, or why there is none."""
    if figure.interval is None:
        return f'–<small class="why">{escape(figure.caveat)}</small>'
    return f"{percent(figure.interval.value)}<small>{interval(figure.interval)}</small>"


def show_chart(chart: Chart) -> str:
    """A chart with its words below it."""
    words = f"<b>{escape(chart.title)}.</b> {escape(chart.caption)}"
    return f'<figure>{chart.svg}<figcaption id="{chart.name}">{words}</figcaption></figure>'


def listing(title: str, items: list[str]) -> str:
    """A heading and a list, nothing where it would be empty."""
    if not items:
        return ""
    return f"<h2>{escape(title)}</h2><ul>{''.join(f'<li>{escape(item)}</li>' for item in items)}</ul>"
