/* Every form keeps what was typed into it in this tab, until the server has taken the form: all its
   fields and rows, no passwords, no files, nothing hidden unless it says so (data-kept).
   The edit form keeps its content by itself (edit/kept.js). */
import { get, keys, person, put, remove, tab, words } from "./storage.js";

const NEVER =
  "[type=password], [type=file], [type=hidden]:not([data-kept]), [type=submit], [hidden], button, fieldset, output";
const MOST_ROWS = 200;
const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));
const fields = (form) => Array.from(form.elements).filter((field) => field.name && !field.matches(NEVER));
const ticked = (field) => field.type === "checkbox" || field.type === "radio";

/** The fields as pairs of name and value; what is empty or not ticked is left out. */
const pairs = (form) =>
  fields(form)
    .filter((field) => (ticked(field) ? field.checked : field.value !== ""))
    .map((field) => [field.name, field.value]);
const same = (one, two) => JSON.stringify(one) === JSON.stringify(two);

/** What is known of a form: {form, place, version, from, id, unkept}. ``from`` is what the server filled in. */
const known = new Map();
/** Where it goes tells one form from another, and its number among those that go there; then the version. */
const keyOf = ({ place, version }) => `${place}@${version}`;

function keep(form) {
  const one = known.get(form);
  const typed = pairs(form);
  if (same(typed, one.from)) {
    drop(one);
    return;
  }
  one.id = one.id || Math.random().toString(36).slice(2);
  const open = Boolean(form.closest("dialog[open]"));
  one.unkept = !put(tab, keyOf(one), { id: one.id, from: one.from, typed, open });
}

function drop(one) {
  one.id = "";
  one.unkept = false;
  remove(tab, keyOf(one));
}

/** The server has it: nothing more to keep. */
export function taken(form) {
  const one = known.get(form);
  if (!one) return;
  one.from = pairs(form);
  drop(one);
}

function fill(form, typed) {
  const left = new Map();
  for (const [name, value] of typed) left.set(name, [...(left.get(name) || []), value]);
  const rows = () => all("[data-row]", form).length;
  const needed = Math.max(0, ...typed.map(([name]) => Number((name.match(/\.(\d+)\./) || [0, -1])[1]) + 1));
  const more = form.querySelector("[data-add]");
  while (more && rows() < Math.min(needed, MOST_ROWS)) more.click();
  for (const field of fields(form)) {
    const values = left.get(field.name) || [];
    if (ticked(field)) field.checked = values.includes(field.value);
    else field.value = values.shift() ?? "";
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  const details = form.closest("details");
  if (details) details.open = true;
  for (const shown of all("[data-quoted]", form)) {
    shown.textContent = form.elements.quote.value;
    shown.hidden = !shown.textContent;
  }
}

/** A line above the first field. ``buttons``: what each is called and does; the line goes with the press. */
function tell(form, sentence, buttons) {
  const line = document.createElement("p");
  line.className = "kept-line";
  line.setAttribute("role", "status");
  line.append(sentence);
  for (const [label, act] of buttons) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn tiny";
    button.textContent = label;
    button.addEventListener("click", () => {
      line.remove();
      act();
    });
    line.append(" ", button);
  }
  const first = fields(form)[0];
  (first.closest(".field") || first).before(line);
}

function restore(one, left) {
  one.id = left.id;
  fill(one.form, left.typed);
  tell(one.form, words.restored, [
    [
      words.discard,
      () => {
        fill(one.form, one.from);
        drop(one);
      },
    ],
  ]);
  const sheet = one.form.closest("dialog");
  if (!sheet || !left.open) return;
  history.replaceState(null, "", `#${sheet.id}`);
  window.dispatchEvent(new Event("hashchange"));
}

/** The form has changed on the server since: which of the two is right is not for the script to say. */
function ask(one, key, left) {
  const text = left.typed.map(([, value]) => value).join(" · ");
  tell(one.form, `${words.moved}${text}`, [
    [
      words.fill,
      () => {
        remove(tab, key);
        fill(one.form, left.typed);
        keep(one.form);
      },
    ],
    [words.discard, () => remove(tab, key)],
  ]);
}

/** What was kept of the form goes back into it. */
function bringBack(one) {
  for (const key of keys(tab, `${one.place}@`)) {
    const left = get(tab, key);
    if (!left) remove(tab, key);
    else if (key === keyOf(one) && same(one.from, left.typed)) one.id = left.id;
    else if (key === keyOf(one) && same(one.from, left.from)) restore(one, left);
    else ask(one, key, left);
  }
}

/** The server names the form it has taken in a cookie. */
function forgetTaken() {
  const [, host, name] = document.cookie.match(/(?:^|; )(__Host-)?taken=([0-9a-z]+)/) || [];
  if (!name) return;
  for (const key of keys(tab, "")) {
    if (get(tab, key)?.id !== name) continue;
    remove(tab, key);
    // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API needs HTTPS.
    document.cookie = `${host || ""}taken=; Max-Age=0; Path=/; SameSite=Lax${host ? "; Secure" : ""}`;
  }
}

function start() {
  forgetTaken();
  const counted = {};
  for (const form of all("form[method=post]:not([enctype]):not([data-content])")) {
    if (!fields(form).length) continue;
    const address = new URL(form.getAttribute("action") || "", location.href).pathname;
    counted[address] = (counted[address] || 0) + 1;
    // What the browser itself brings back on "Back", it would bring back to anybody.
    form.autocomplete = "off";
    const version = form.querySelector("[type=hidden][name=version]")?.value || "";
    const one = { form, place: `${address}#${counted[address]}`, version, from: pairs(form), id: "" };
    known.set(form, one);
    form.addEventListener("formdata", (event) => {
      if (one.id) event.formData.set("kept", one.id);
    });
    bringBack(one);
  }
  const changed = (event) => {
    if (known.has(event.target.form)) keep(event.target.form);
  };
  document.addEventListener("input", changed);
  document.addEventListener("change", changed);
  // A panel that was closed stays closed.
  for (const sheet of all("dialog")) {
    sheet.addEventListener("close", () => {
      for (const form of all("form", sheet)) if (known.get(form)?.id) keep(form);
    });
  }
}

let leaving = false;
document.addEventListener("submit", () => {
  leaving = true;
});
window.addEventListener("pageshow", () => {
  leaving = false;
});
window.addEventListener("beforeunload", (event) => {
  if (leaving || ![...known.values()].some((one) => one.unkept)) return;
  event.preventDefault();
  event.returnValue = "";
});
// The scripts of the page come first: they make the rows.
if (tab && person) document.addEventListener("DOMContentLoaded", start);
