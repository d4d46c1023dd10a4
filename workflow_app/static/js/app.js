/* Small improvements of every page; all of them work without. */
import "./keeper.js";
import { forgetEverything } from "./storage.js";

const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));
const MENUS = "details.menu[open], details.more[open]";

function copy(button) {
  const area = document.createElement("textarea");
  area.value = button.dataset.copy;
  (button.closest("dialog") || document.body).append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  button.focus();
  if (done) button.classList.add("copied");
}

/** A usual phrase goes to the end of the text it stands under. */
function addPhrase(chip) {
  const area = document.getElementById(chip.parentNode.dataset.for);
  area.value = area.value.trim() ? area.value.replace(/\s+$/, "") + chip.textContent : chip.textContent;
  area.dispatchEvent(new Event("input", { bubbles: true }));
  area.focus();
}

for (const part of all("[data-dismiss], [data-copy], .phrases, [data-add], [data-script]")) {
  part.hidden = false;
}

document.addEventListener("click", (event) => {
  const at = (selector) => event.target.closest(selector);
  if (at("[data-dismiss]")) at(".alert").remove();
  if (at(".phrases button")) addPhrase(at(".phrases button"));
  if (at("[data-copy]")) copy(at("[data-copy]"));
  for (const menu of all(MENUS)) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of all(MENUS)) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

/* A form is sent once, however often the button is pressed. */
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.matches("[data-logout]")) forgetEverything();
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.classList.contains("busy")) event.preventDefault();
  else form.classList.add("busy");
});
window.addEventListener("pageshow", () => {
  for (const form of all("form.busy")) form.classList.remove("busy");
});
