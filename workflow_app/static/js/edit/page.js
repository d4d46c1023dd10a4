/* The edit form and where it stands: what the other parts of this folder share. */
export const form = document.getElementById("edit");
/** The sentences of this page in the reader's language, and its addresses. */
export const words = form.dataset;

export const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));
export const token = () => document.querySelector("meta[name=csrf-token]");
export const sections = all("[data-field]", form);
export const lastPart = (name) => name.split(".").pop();

export const state = {
  /** The number of the version that the page stands on. */
  version: Number(words.version),
  /** The content as the server has it. */
  base: null,
  /** What the text here was typed upon, while a choice between it and somebody else's is open; else null. */
  from: null,
  /** The content that was sent last. */
  sent: null,
  /** The content as it was when something was last typed. */
  typed: null,
  /** Whether the pre-check was asked for: only then is what is missing shown. */
  checking: "check" in words,
  /** Whether the page is being left for the login page. */
  toLogin: false,
  /** Nothing is saved while a choice between two writers is open, or when editing has ended. */
  stopped: false,
};

export function setVersion(number) {
  state.version = number;
  form.elements.version.value = number;
}

export function grow(area) {
  area.style.height = "auto";
  area.style.height = `${Math.min(area.scrollHeight + 2, 640)}px`;
}
