/* Two writers: what only one of them changed is merged; where both did, the writer here chooses. */
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

/** ``body``: the server's answer 409 with the other writer's content; ``mine``: what was to be saved. */
export function together(body, mine, { changed, save }) {
  const theirs = body.content;
  const both = takeTheirs(mine, theirs);
  setVersion(body.version);
  state.base = theirs;
  keep(collect());
  const box = document.createElement("div");
  box.className = "grow";
  merge.replaceChildren(box);
  merge.hidden = false;
  if (!both.length) {
    box.textContent = words.merged.replace("{by}", body.by);
    changed();
    return;
  }
  state.stopped = true;
  const intro = document.createElement("p");
  intro.className = "strong";
  const at = body.at ? new Date(body.at).toLocaleTimeString() : "";
  intro.textContent = words.both.replace("{by}", body.by).replace("{at}", at);
  box.append(intro);
  let open = both.length;
  const done = () => {
    open -= 1;
    if (open) return;
    state.stopped = false;
    merge.hidden = true;
    save();
  };
  for (const section of both) {
    const key = section.dataset.field;
    box.append(choice(section, mine[key], theirs[key], done));
  }
  say(intro.textContent, "bad");
  merge.scrollIntoView();
}
