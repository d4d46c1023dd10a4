/* What the page says: the state of saving, what is wrong or missing, what the pre-check advises. */
import { all, form, state, words } from "./page.js";

const bar = document.getElementById("state");
const advice = document.getElementById("advice");

/** ``kind``: good, bad or nothing; ``link``: the words of a link to the login page. */
export function say(text, kind, link) {
  bar.className = `grow${kind ? ` ${kind}` : ""}`;
  bar.textContent = text;
  if (!link) return;
  const login = document.createElement("a");
  login.href = words.login;
  login.addEventListener("click", () => {
    state.toLogin = true;
  });
  login.textContent = link;
  bar.append(login);
}

function linked(address, text) {
  const item = document.createElement("li");
  const link = document.createElement("a");
  link.href = address;
  link.textContent = text;
  item.append(link);
  return item;
}

function showProblem(place, why) {
  const field = place.parentNode.querySelector(`[name='f.${place.dataset.error}']`);
  if (field && why) field.setAttribute("aria-invalid", "true");
  else if (field) field.removeAttribute("aria-invalid");
  place.textContent = "";
  if (!why) return;
  const line = document.createElement("p");
  line.className = "err";
  line.textContent = why;
  place.append(line);
}

/** ``problems``: path -> sentence. What is merely missing shows only once the pre-check was asked for. */
export function showProblems(problems, always) {
  const shown = always || state.checking;
  const paths = Object.keys(problems);
  for (const place of all("[data-error]", form)) showProblem(place, shown && problems[place.dataset.error]);
  for (const link of all("[data-index]")) {
    const wrong = shown && paths.some((path) => path.split(".")[0] === link.dataset.index);
    link.className = wrong ? "wrong" : "";
  }
  if (!state.checking) return;
  const summary = document.getElementById("summary");
  const items = paths.map((path) => linked(`#s-${path.split(".")[0]}`, problems[path]));
  summary.querySelector("ul").replaceChildren(...items);
  summary.hidden = !paths.length;
}

function finding(one) {
  const exact = document.getElementById(`f-${one.field.replace(/\./g, "-")}`);
  const item = linked(`#${exact ? exact.id : `s-${one.field.split(".")[0]}`}`, one.detail);
  if (one.check === "renew") item.dataset.renewed = one.field;
  return item;
}

/** Advice is listed once the pre-check was asked for; the marks of what to renew always follow. */
export function showFindings(findings) {
  const found = findings.filter((one) => one.level === "advice");
  advice.querySelector("ul").replaceChildren(...found.map(finding));
  advice.hidden = !state.checking || !found.length;
  for (const mark of all("[data-renew]", form)) {
    mark.hidden = !found.some((one) => one.check === "renew" && one.field === mark.dataset.renew);
  }
}

/** A section was confirmed to stay as it is: its mark and its line of advice go. */
export function renewed(mark) {
  const list = advice.querySelector("ul");
  for (const item of all(`li[data-renewed='${mark.dataset.renew}']`, list)) item.remove();
  if (!list.children.length) advice.hidden = true;
  mark.remove();
}
