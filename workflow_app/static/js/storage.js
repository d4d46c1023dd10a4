/* What was typed and is not with the server yet is kept in this browser, each person's apart.
   Many schools share their computers: nothing of one person's is ever found by another. Every key
   begins with the person's number; what belongs to anybody else goes as soon as somebody is logged in,
   and everything goes with the logout. */
const page = document.querySelector("meta[name=person]");
/** The number of the person whose page this is; "" for nobody. */
export const person = page?.content || "";
const PREFIX = `kept:${person}:`;
/** For whom this browser has loaded its last page. */
const LAST = "person";

/** The sentences about what was kept, in the reader's language. */
export const words = page?.dataset || {};

function available(name) {
  try {
    window[name].getItem(LAST);
    return window[name];
  } catch (_denied) {
    return null;
  }
}
/** Goes when the tab is closed. */
export const tab = available("sessionStorage");
/** Outlives the browser. */
export const machine = available("localStorage");
const stores = [tab, machine].filter(Boolean);

/** Whether nobody else has logged in, or this person out, since this page was loaded. */
const stillHere = () => Boolean(machine && person) && machine.getItem(LAST) === person;

/** Returns whether it is kept. */
export function put(store, key, value) {
  if (!store || !stillHere()) return false;
  try {
    store.setItem(PREFIX + key, JSON.stringify(value));
    return true;
  } catch (_full) {
    return false;
  }
}

export function get(store, key) {
  try {
    return JSON.parse(store.getItem(PREFIX + key));
  } catch (_none) {
    return null;
  }
}

export function remove(store, key) {
  if (store) store.removeItem(PREFIX + key);
}

/** The keys that begin so. */
export function keys(store, beginning) {
  if (!store || !person) return [];
  return Object.keys(store)
    .filter((key) => key.startsWith(PREFIX + beginning))
    .map((key) => key.slice(PREFIX.length));
}

export function forgetEverything() {
  for (const store of stores) store.clear();
}

if (person) {
  for (const store of stores) {
    for (const key of Object.keys(store)) {
      if (!key.startsWith(PREFIX)) store.removeItem(key);
    }
  }
}
if (machine) {
  try {
    machine.setItem(LAST, person);
  } catch (_full) {
    // Then nothing is kept.
  }
}
/* A page that the browser had put aside with all that stood in it comes back by "Back": not to somebody else. */
window.addEventListener("pageshow", (event) => {
  if (event.persisted && person && machine && machine.getItem(LAST) !== person) location.reload();
});
