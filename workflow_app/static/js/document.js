/* The page of a document: its panels and the rows of a return.
   Every panel works without this script, by its address. */
import { removeRow } from "./undo.js";

const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));
const modal = typeof HTMLDialogElement === "function";

/* --- panels ---------------------------------------------------------------------------------- */

/** A row of the return panel for a section: an empty one, else a new one. */
function rowFor(sheet, section) {
  const rows = all("[data-row]", sheet);
  let row = rows.find((one) => !one.querySelector("select").value && !one.querySelector("textarea").value);
  if (!row) {
    sheet.querySelector("[data-add]").click();
    row = all("[data-row]", sheet).pop();
  }
  row.querySelector("select").value = section;
  return row;
}

/** Opens a panel as a real dialog, with focus kept inside. */
function open(sheet, section) {
  sheet.removeAttribute("open");
  // Closing gives the focus back to where it was: nowhere, where nobody has pressed anything yet.
  const opener = document.querySelector(`.acts a[href="#${sheet.id}"]`);
  if (opener && document.activeElement === document.body) opener.focus({ preventScroll: true });
  sheet.showModal();
  const first =
    section && sheet.querySelector("[data-rows] select")
      ? rowFor(sheet, section).querySelector("textarea")
      : sheet.querySelector("[aria-invalid=true]") ||
        sheet.querySelector("select, textarea, input:not([type=hidden]):not([hidden])");
  if (first) first.focus();
}

/** Opens the panel that the address names, or the one the server sent open. */
function reveal() {
  const name = decodeURIComponent(location.hash.slice(1));
  const named = name ? document.getElementById(name) : null;
  const sheet = named?.matches("dialog") ? named : document.querySelector("dialog.sheet[open]");
  if (!sheet) return;
  if (named === sheet) history.replaceState(null, "", location.pathname + location.search);
  open(sheet);
}

function outside(event, sheet) {
  const box = sheet.getBoundingClientRect();
  const beside = event.clientX < box.left || event.clientX > box.right;
  return beside || event.clientY < box.top || event.clientY > box.bottom;
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("a[href^='#act-']");
  if (opener && modal) {
    event.preventDefault();
    for (const menu of all("details.more[open]")) menu.open = false;
    open(document.querySelector(opener.getAttribute("href")), opener.dataset.section);
  }
  const sheet = event.target.closest("dialog");
  const closing = event.target.closest("[data-close]");
  if (sheet && (closing || (event.target === sheet && outside(event, sheet)))) {
    event.preventDefault();
    sheet.close();
  }
});
window.addEventListener("hashchange", () => {
  if (modal) reveal();
});

/* --- the points of a return: as many rows as are needed --------------------------------------- */

function number(box) {
  const rows = all("[data-row]", box);
  rows.forEach((row, index) => {
    for (const field of all("[name]", row)) field.name = field.name.replace(/\.\d+\./, `.${index}.`);
    row.querySelector("[data-drop]").hidden = rows.length < 2;
  });
}

function emptyCopy(row) {
  const copy = row.cloneNode(true);
  for (const field of all("select, textarea", copy)) {
    field.value = "";
    field.removeAttribute("aria-invalid");
    field.removeAttribute("aria-describedby");
  }
  for (const error of all(".err", copy)) error.remove();
  return copy;
}

for (const box of all("[data-rows]")) {
  const add = box.querySelector("[data-add]");
  const typed = (row) => all("select, textarea", row).some((field) => field.value.trim());
  for (const row of all("[data-row]", box).slice(1)) {
    if (!typed(row) && !row.querySelector(".err")) row.remove();
  }
  add.addEventListener("click", () => {
    const row = emptyCopy(box.querySelector("[data-row]"));
    add.before(row);
    number(box);
    row.querySelector("select").focus();
  });
  box.addEventListener("click", (event) => {
    const drop = event.target.closest("[data-drop]");
    if (!drop) return;
    const row = drop.closest("[data-row]");
    const told = () => {
      number(box);
      box.querySelector("textarea").dispatchEvent(new Event("input", { bubbles: true }));
    };
    removeRow(row, all("[data-row]", box).indexOf(row) + 1, box.dataset, () => {
      told();
      row.querySelector("textarea").focus();
    });
    told();
    add.focus();
  });
  number(box);
}

if (modal) reveal();
