// Names for a screen reader where Django's own widgets have none: of the two lists from which several rows are chosen,
// of a list that is searched, of a day and its time, and of a field in a table, which has the name of its column.
"use strict";

function giveNames() {
  for (const row of document.querySelectorAll(".form-row")) {
    const label = row.querySelector("label, legend");
    if (!label) continue;
    const name = label.textContent.trim();
    for (const list of row.querySelectorAll("select[id$=_from], select[id$=_to]")) list.setAttribute("aria-label", name);
    for (const searched of row.querySelectorAll(".select2-selection")) {
      const chosen = searched.querySelector(".select2-selection__rendered");
      label.id ||= `label-of-${chosen.id}`;
      for (const part of [searched, chosen]) part.setAttribute("aria-labelledby", `${label.id} ${chosen.id}`);
    }
    for (const part of row.querySelectorAll(".datetime input")) {
      part.setAttribute("aria-label", `${name} ${part.previousSibling?.textContent.trim() ?? ""}`);
    }
  }
  // A name is allowed on what is said to be a picture.
  for (const icon of document.querySelectorAll(".help-tooltip[aria-label]")) icon.setAttribute("role", "img");
  for (const cell of document.querySelectorAll(".tabular tbody td:not(.original)")) {
    const name = cell.closest("table").tHead.rows[0].cells[cell.cellIndex]?.textContent.trim() ?? "";
    const fields = "input:not([type=hidden]), select, textarea, .select2-selection, .select2-selection__rendered";
    for (const field of cell.querySelectorAll(fields)) {
      field.removeAttribute("aria-labelledby");
      field.setAttribute("aria-label", name);
    }
  }
}

window.addEventListener("load", giveNames);
