/* Saving as one types: a moment after the last key, again when the connection is back. */
import { person } from "../storage.js";
import { answersSaved } from "./answers.js";
import { collect, same } from "./content.js";
import { forget, keep } from "./kept.js";
import { together } from "./merging.js";
import { all, form, setVersion, state, token, words } from "./page.js";
import { say, showFindings, showProblems } from "./showing.js";

const PAUSE = 1200;
const FIRST_RETRY = 2000;
const LAST_RETRY = 30000;

let saving = false;
let again = false;
let timer = null;
let retry = 0;

export function changed() {
  state.typed = collect();
  keep(state.typed);
  if (!saving) say(words.typing);
  clearTimeout(timer);
  timer = setTimeout(save, PAUSE);
}

/** Resolves to whether everything on the page is saved. ``leaving``: the page may go meanwhile. */
export async function save(leaving) {
  clearTimeout(timer);
  if (state.stopped) return false;
  if (saving) {
    again = true;
    return false;
  }
  const content = collect();
  if (same(content, state.base)) {
    forget();
    return true;
  }
  saving = true;
  again = false;
  state.sent = content;
  keep(content);
  say(words.saving);
  let answer = null;
  try {
    answer = await send(content, leaving === true);
  } catch (_lost) {
    // Told below.
  }
  saving = false;
  return answer ? answered(answer, content) : later();
}

async function send(content, keepalive) {
  const response = await fetch(words.save, {
    method: "PUT",
    credentials: "same-origin",
    keepalive,
    headers: {
      "Content-Type": "application/json",
      Accept: "application/json",
      "X-CSRFToken": token().content,
    },
    body: JSON.stringify({ version: state.version, content }),
  });
  const body = await response.json().catch(() => ({}));
  return { status: response.status, body };
}

function later(why) {
  say(why || words.offline, "bad");
  retry = Math.min(retry ? retry * 2 : FIRST_RETRY, LAST_RETRY);
  clearTimeout(timer);
  timer = setTimeout(save, retry);
  return false;
}

function saved(body, content) {
  setVersion(body.version);
  state.base = content;
  retry = 0;
  const missing = Object.keys(body.problems).length;
  const rest = missing ? words.missing.replace("{n}", missing) : words.complete;
  say(`${words.saved} ${body.saved_at} · ${rest}`, "good");
  showProblems(body.problems, false);
  showFindings(body.findings || []);
  if (again || !same(collect(), state.base)) changed();
  else forget();
  return true;
}

function answered({ status, body }, content) {
  if (status === 200) return saved(body, content);
  if (status === 409 && body.content && same(body.content, state.base)) {
    // Nobody has typed: only the attachments have changed meanwhile.
    setVersion(body.version);
    return save();
  }
  if (status === 409 && body.content) {
    together(body, content, { changed, save });
    return false;
  }
  if (status === 422) {
    say(words.refused, "bad");
    showProblems(body.problems || {}, true);
    return false;
  }
  if (status === 401 || status === 400) return expired();
  if (status === 403 || status === 404) {
    if (body.code === undefined || body.code === "login_required") return expired();
    state.stopped = true;
    say(words.nolonger + body.detail, "bad");
    return false;
  }
  return later(status === 503 ? body.detail : "");
}

/** The login has expired, or began anew elsewhere: fetch a fresh token; if that fails, ask to log in. */
async function expired() {
  let text = "";
  try {
    text = await (await fetch(location.pathname, { credentials: "same-origin" })).text();
  } catch (_lost) {
    return later();
  }
  const page = new DOMParser().parseFromString(text, "text/html");
  const fresh = page.querySelector("meta[name=csrf-token]");
  const who = page.querySelector("meta[name=person]")?.content;
  if (who && who !== person) {
    // Somebody else has logged in on this machine: this text is not theirs to save.
    state.stopped = true;
    say(words.other, "bad");
    return false;
  }
  if (page.getElementById("edit") && fresh) {
    token().content = fresh.content;
    for (const field of all("input[name=csrf_token]")) field.value = fresh.content;
    return save();
  }
  say(words.expired, "bad", words.relogin);
  return false;
}

/** Attachments came or went: each is one version more; anything else between would be a colleague's.
    Answers may arrive out of order: a later one waits for those before it. */
export function followAttachments() {
  const ahead = new Set();
  document.addEventListener("attachments", (event) => {
    ahead.add(event.detail);
    let version = state.version;
    while (ahead.delete(version + 1)) version += 1;
    setVersion(version);
  });
}

/** Whatever brings the page back, or takes it away, saves. */
export function startSaving() {
  document.addEventListener("visibilitychange", () => {
    const hidden = document.visibilityState === "hidden";
    if (hidden || !state.stopped) save(hidden);
  });
  window.addEventListener("online", save);
  window.addEventListener("focus", () => {
    if (!same(collect(), state.base)) save();
  });
  window.addEventListener("beforeunload", (event) => {
    if (same(collect(), state.base) && answersSaved()) return;
    // To the login page and back: what is kept comes back.
    if (keep(collect()) && state.toLogin) return;
    event.preventDefault();
    event.returnValue = "";
  });
  // Leaving a field says "change" again: nothing new, and the link to log in must not vanish under the click.
  form.addEventListener("change", () => {
    if (!same(collect(), state.typed || state.base)) changed();
  });
}
