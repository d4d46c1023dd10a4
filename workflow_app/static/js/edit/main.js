/* The edit page: saves as one types, keeps unsaved text on this machine, merges with a second writer.
   Without this script the form posts as it stands. */
import { saveAnswers } from "./answers.js";
import { collect, same, write } from "./content.js";
import { forget, kept } from "./kept.js";
import { reopen } from "./merging.js";
import { all, form, grow, sections, state, token, words } from "./page.js";
import { changed, followAttachments, save, startSaving } from "./saving.js";
import { renewed, say } from "./showing.js";
import { startTables } from "./tables.js";

/** A section of the last document that was looked at and stays: 不用改，确认沿用. */
async function confirmRenewal(button) {
  if (!(await save())) return;
  const response = await fetch(button.dataset.stays, {
    method: "POST",
    credentials: "same-origin",
    headers: { Accept: "application/json" },
    body: new URLSearchParams({ csrf_token: token().content }),
  });
  if (response.ok) renewed(button.closest("[data-renew]"));
  else say(words.offline, "bad");
}

/** Text of an earlier visit that did not reach the server goes back into the fields. */
function restore() {
  const left = kept();
  if (!left?.content || !left.base || same(left.content, state.base)) {
    forget();
    return;
  }
  const untouched = same(left.base, state.base) || (left.sent && same(left.sent, state.base));
  if (!untouched) {
    if (!reopen(left, changed)) forget();
    return;
  }
  for (const section of sections) write(section, left.content[section.dataset.field]);
  say(words.restored, "good");
  changed();
}

/** The buttons of the bar: everything is saved first, then the page they lead to opens. */
async function press(operation) {
  state.checking = state.checking || operation === "submit";
  const done = await Promise.all([save(), ...saveAnswers()]);
  if (!done.every(Boolean) || operation === "save") return;
  const here = location.pathname;
  if (operation === "check") location.href = `${here}?check=1`;
  else location.href = here.replace(/\/edit$/, "") + (operation === "submit" ? "#act-submit" : "");
}

/** What was typed before this script ran, by section: a change upon what the server sent, not part of it. */
function typedEarly() {
  const typed = collect();
  form.reset();
  state.base = collect();
  return sections
    .map((section) => [section, typed[section.dataset.field]])
    .filter(([section, value]) => !same(value, state.base[section.dataset.field]));
}

const early = typedEarly();
all("textarea[data-grow]", form).forEach(grow);
form.addEventListener("input", (event) => {
  if (event.target.matches("textarea[data-grow]")) grow(event.target);
  changed();
});
form.addEventListener("click", (event) => {
  const button = event.target.closest("[data-stays]");
  if (!button) return;
  event.preventDefault();
  confirmRenewal(button).catch(() => say(words.offline, "bad"));
});
for (const button of all("button[form=edit][name=op]")) {
  button.addEventListener("click", (event) => {
    event.preventDefault();
    press(button.value);
  });
}
startTables(changed);
startSaving();
followAttachments();
restore();
for (const [section, value] of early) write(section, value);
if (early.length) changed();
