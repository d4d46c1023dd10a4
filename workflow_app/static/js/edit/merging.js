/* Two writers: what only one of them changed is merged; where both did, the writer here chooses.
   Text of an earlier visit never goes over what was saved since: there every difference is asked for. */
import { collect, same, write } from "./content.js";
import { keep } from "./kept.js";
import { sections, setVersion, state, words } from "./page.js";
import { say } from "./showing.js";

const merge = document.getElementById("merge");

function readable(value) {
  if (Array.isArray(value)) return value.map(readable).join("\n") || words.empty;
  if (value && typeof value === "object") {
    return Object.values(value).filter(String).join(" · ") || words.empty;
  }
  return String(value ?? "") || words.empty;
}

/** One section with both contents beside each other and a button on each. */
function choice(section, mine, theirs, done) {
  const table = document.createElement("table");
  const row = table.insertRow();
  table.createCaption().textContent = section.dataset.title;
  for (const [label, value] of [
    [words.mine, mine],
    [words.theirs, theirs],
  ]) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn small";
    button.textContent = label;
    button.addEventListener("click", () => {
      write(section, value);
      table.remove();
      keep(collect());
      done();
    });
    const text = document.createElement("div");
    text.textContent = readable(value);
    row.insertCell().append(button, text);
  }
  return table;
}

/** Takes what only they changed; the sections that both changed. */
function takeTheirs(mine, theirs) {
  return sections.filter((section) => {
    const key = section.dataset.field;
    if (same(mine[key], theirs[key]) || same(theirs[key], state.base[key])) return false;
    if (!same(mine[key], state.base[key])) return true;
    write(section, theirs[key]);
    return false;
  });
}

/** Asks for each of these sections: mine or theirs? ``done`` when all are chosen. Nothing is saved before. */
function ask(both, mine, theirs, { by, at }, done) {
  const intro = document.createElement("p");
  intro.className = "strong";
  intro.textContent = words.both.replace("{by}", by).replace("{at}", at);
  const box = newBox();
  box.append(intro);
  state.stopped = true;
  let open = both.length;
  const chosen = () => {
    open -= 1;
    if (open) return;
    state.stopped = false;
    state.from = null;
    merge.hidden = true;
    keep(collect());
    done();
  };
  for (const section of both) {
    const key = section.dataset.field;
    box.append(choice(section, mine[key], theirs[key], chosen));
  }
  say(intro.textContent, "bad");
  merge.scrollIntoView();
}

function newBox() {
  const box = document.createElement("div");
  box.className = "grow";
  merge.replaceChildren(box);
  merge.hidden = false;
  return box;
}

/** ``body``: the server's answer 409 with the other writer's content; ``mine``: what was to be saved. */
export function together(body, mine, { changed, save }) {
  const theirs = body.content;
  const both = takeTheirs(mine, theirs);
  setVersion(body.version);
  if (both.length) state.from = state.base;
  state.base = theirs;
  keep(collect());
  if (!both.length) {
    newBox().textContent = words.merged.replace("{by}", body.by);
    changed();
    return;
  }
  const at = body.at ? new Date(body.at).toLocaleTimeString() : "";
  ask(both, mine, theirs, { by: body.by, at }, save);
}

/** Text of an earlier visit upon a draft that somebody has saved since: ``left`` as it was kept. */
export function reopen(left, changed) {
  const theirs = state.base;
  const both = sections.filter((section) => {
    const key = section.dataset.field;
    return !same(left.content[key], left.base[key]) && !same(left.content[key], theirs[key]);
  });
  if (!both.length) return false;
  for (const section of both) write(section, left.content[section.dataset.field]);
  state.from = left.base;
  keep(collect());
  ask(both, left.content, theirs, { by: words.by, at: words.at }, changed);
  return true;
}
