/* Text that is not saved yet is kept on this machine. */
import { state, words } from "./page.js";

export function keep(content) {
  const left = { version: state.version, base: state.base, content };
  try {
    localStorage.setItem(words.key, JSON.stringify(left));
  } catch (_full) {
    // Private mode: the page itself still holds it.
  }
}

export function kept() {
  try {
    return JSON.parse(localStorage.getItem(words.key));
  } catch (_broken) {
    return null;
  }
}

export function forget() {
  try {
    localStorage.removeItem(words.key);
  } catch (_denied) {
    // Nothing was kept.
  }
}
