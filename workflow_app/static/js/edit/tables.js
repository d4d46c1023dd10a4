/* Tables: rows that come, go and move, and rows pasted from Excel or Word. */
import { removeRow } from "../undo.js";
import { all, form, lastPart, words } from "./page.js";

export const rowsOf = (section) => all("tr[data-row]", section);
export const cells = (row) => all("input, select, textarea", row).filter((field) => field.name);

export function newRow(section, values) {
  const row = document.importNode(section.querySelector("template").content, true).querySelector("tr");
  for (const field of cells(row)) {
    const value = values[lastPart(field.name)];
    if (value !== undefined) field.value = value;
  }
  return row;
}

/** Rows carry their number in names, ids and labels. */
export function renumber(section) {
  rowsOf(section).forEach((row, index) => {
    for (const field of cells(row)) {
      const parts = field.name.split(".");
      parts[2] = String(index);
      field.name = parts.join(".");
      field.id = field.name.replace(/\./g, "-");
      field.setAttribute("aria-describedby", `${field.id}-error`);
      const label = field.getAttribute("aria-label") || "";
      field.setAttribute("aria-label", label.replace(/(#|\d+)/, String(index + 1)));
    }
    for (const place of all("[data-error]", row)) {
      const parts = place.dataset.error.split(".");
      parts[1] = String(index);
      place.dataset.error = parts.join(".");
      place.id = `f-${parts.join("-")}-error`;
    }
  });
}

/** Removes a row; a table without any gets an empty one. Returns the row to go to next. */
function take(row, section, changed) {
  const rows = rowsOf(section);
  const at = rows.indexOf(row);
  const body = row.parentNode;
  const filler = rows.length > 1 ? null : newRow(section, {});
  removeRow(row, at + 1, words, () => {
    if (filler && cells(filler).every((field) => !field.value)) filler.remove();
    renumber(section);
    cells(row)[0].focus();
    changed();
  });
  if (filler) body.append(filler);
  return filler || rows[at + 1] || rows[at - 1];
}

/** What a press of one of the buttons of a table does; the field to go to next. */
function move(button, section, changed) {
  const body = section.querySelector("tbody");
  const row = button.closest("tr");
  const rows = rowsOf(section);
  const before = rows[rows.indexOf(row) - 1];
  const after = rows[rows.indexOf(row) + 1];
  switch (button.dataset.move) {
    case "add":
      return cells(body.appendChild(newRow(section, {})))[0];
    case "up":
      if (before) before.before(row);
      return button;
    case "down":
      if (after) after.after(row);
      return button;
    default:
      return cells(take(row, section, changed))[0];
  }
}

function paste(row, field, text) {
  const section = row.closest("[data-field]");
  const start = cells(row).indexOf(field);
  const rows = rowsOf(section);
  let here = row;
  text.split("\n").forEach((line, index) => {
    if (index) here = rows[rows.indexOf(row) + index] || row.parentNode.appendChild(newRow(section, {}));
    line.split("\t").forEach((value, column) => {
      const target = cells(here)[start + column];
      if (target) target.value = value;
    });
  });
  renumber(section);
}

/** ``changed`` is told after every change of a table. */
export function startTables(changed) {
  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-move]");
    if (!button) return;
    event.preventDefault();
    const section = button.closest("[data-field]");
    const focus = move(button, section, changed);
    renumber(section);
    if (focus) focus.focus();
    changed();
  });
  form.addEventListener("paste", (event) => {
    const row = event.target.closest?.("tr[data-row]");
    const pasted = event.clipboardData?.getData("text/plain") || "";
    const text = pasted.replace(/\r\n?/g, "\n").replace(/\n$/, "");
    if (!row || !text.includes("\t")) return;
    event.preventDefault();
    paste(row, event.target, text);
    changed();
  });
}
