/* Answers to the points of a return are saved one by one, as one types. */
import { taken } from "../keeper.js";
import { all, token, words } from "./page.js";

const PAUSE = 1200;

/** Saves the answer of one form when it has changed; resolves to whether it is saved. */
function answerOf(one) {
  const area = document.querySelector(`textarea[form='${one.id}']`);
  const sign = area.parentNode.querySelector("[data-answer-state]");
  let timer = null;
  let sent = area.defaultValue; // what the server has: the field may have been typed into before this script ran

  async function post() {
    clearTimeout(timer);
    const answer = area.value;
    if (answer === sent) return true;
    sign.textContent = words.saving;
    try {
      const response = await fetch(one.action, {
        method: "POST",
        credentials: "same-origin",
        headers: { Accept: "application/json" },
        body: new URLSearchParams({ answer, before: sent, csrf_token: token().content }),
      });
      const told = await response.json();
      if (response.ok) {
        sent = answer;
        if (area.value === answer) taken(one);
      } else if (typeof told.answer === "string") {
        sent = told.answer; // another author's, named beside the field: saving again replaces it knowingly
      }
      sign.textContent = response.ok ? words.saved : told.detail || words.offline;
      return response.ok;
    } catch (_lost) {
      sign.textContent = words.offline;
      return false;
    }
  }

  function changed() {
    clearTimeout(timer);
    timer = setTimeout(post, PAUSE);
  }

  area.addEventListener("input", changed);
  area.addEventListener("blur", post);
  one.addEventListener("submit", (event) => {
    event.preventDefault();
    post();
  });
  if (area.value !== sent) changed();
  return { post, saved: () => area.value === sent };
}

const answers = all("[data-point-form]").map(answerOf);

export const saveAnswers = () => answers.map(({ post }) => post());
export const answersSaved = () => answers.every(({ saved }) => saved());
