/* Content that is not saved yet is kept in this browser, for each tab apart: {version, base, content, sent, at}.
   ``base`` is what it was typed upon, ``sent`` what was on its way to the server when it was last heard of. */
import { get, keys, machine, put, remove, tab } from "../storage.js";
import { state, words } from "./page.js";

const DOCUMENT = `draft:${words.document}`;
const before = tab ? get(tab, "tab") : null;
const here = Math.random().toString(36).slice(2);
const key = `${DOCUMENT}:${here}`;
put(tab, "tab", here);

/** Returns whether it is kept. */
export function keep(content) {
  const base = state.from || state.base;
  return put(machine, key, { version: state.version, base, content, sent: state.sent, at: Date.now() });
}

/** What an earlier visit left: of this tab, else the newest of the others. It goes over to this visit. */
export function kept() {
  const found = keys(machine, `${DOCUMENT}:`).map((name) => ({ name, left: get(machine, name) }));
  const own = found.find(({ name }) => before && name.endsWith(`:${before}`));
  const newest = found.sort((one, two) => (two.left?.at || 0) - (one.left?.at || 0))[0];
  const { name, left } = own || newest || {};
  if (name) remove(machine, name);
  if (left) put(machine, key, left);
  return left || null;
}

export function forget() {
  remove(machine, key);
}
