/* Remarks on selected words: the passage goes into the form, and is marked where it still stands. */
const BLANK = /\s+/g;
const LONGEST = 300;
const AROUND = 40;
const form = document.querySelector("#remark-new form");

/** The letters of a section with the text node and place each came from; blanks do not count. */
function letters(section) {
  const found = [];
  const walk = document.createTreeWalker(section, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const node = walk.currentNode;
    if (node.parentNode.closest(".sec-head, script, .vh")) continue;
    let place = 0;
    for (const letter of node.data) {
      if (!/\s/.test(letter)) found.push({ node, place, letter });
      place += letter.length;
    }
  }
  return found;
}

function mark(remark) {
  const section = document.getElementById(remark.dataset.in);
  const quote = remark.dataset.quote.replace(BLANK, "");
  if (!section || !quote) return;
  const all = letters(section);
  const at = all
    .map((one) => one.letter)
    .join("")
    .indexOf(quote);
  if (at < 0) return;
  const nodes = new Map();
  for (const one of all.slice(at, at + [...quote].length)) {
    const [from] = nodes.get(one.node) || [one.place];
    nodes.set(one.node, [from, one.place + one.letter.length]);
  }
  nodes.forEach(([from, to], node) => {
    const range = document.createRange();
    range.setStart(node, from);
    range.setEnd(node, to);
    const wrap = document.createElement("mark");
    wrap.className = "quoted";
    range.surroundContents(wrap);
  });
}

/** The section that the selection lies in, and its words; null when there is nothing to remark on. */
function selected() {
  const selection = document.getSelection();
  const range = selection.rangeCount && !selection.isCollapsed ? selection.getRangeAt(0) : null;
  const inside = range?.commonAncestorContainer;
  const node = inside?.nodeType === Node.ELEMENT_NODE ? inside : inside?.parentNode;
  const section = node?.closest(".sec[id^='s-']");
  const text = range ? selection.toString().trim() : "";
  return section && text && text.length <= LONGEST ? { section, text, range } : null;
}

/** The words of the section before or after the selection. */
function beside(section, range, side) {
  const words = range.cloneRange();
  if (side === "before") {
    words.setStartAfter(section.querySelector(".sec-head"));
    words.setEnd(range.startContainer, range.startOffset);
  } else {
    words.setStart(range.endContainer, range.endOffset);
    words.setEnd(section, section.childNodes.length);
  }
  return words.toString().replace(BLANK, " ").trim();
}

function quote({ section, text, range }) {
  form.elements.section.value = section.id.slice(2);
  form.elements.quote.value = text;
  form.elements.before.value = beside(section, range, "before").slice(-AROUND);
  form.elements.after.value = beside(section, range, "after").slice(0, AROUND);
  const shown = form.querySelector("[data-quoted]");
  shown.textContent = text;
  shown.hidden = false;
  form.elements.quote.dispatchEvent(new Event("input", { bubbles: true }));
  document.getElementById("remark-new").open = true;
  form.elements.body.focus();
}

/** The button that follows the selection. */
function startQuoting() {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn small primary quote-it";
  button.textContent = form.dataset.quoteIt;
  button.hidden = true;
  document.body.append(button);
  let chosen = null;
  let waiting = 0;
  const look = () => {
    chosen = selected();
    button.hidden = !chosen;
    if (!chosen) return;
    const box = chosen.range.getBoundingClientRect();
    button.style.left = `${Math.max(8, Math.min(box.left, window.innerWidth - 150)) + window.scrollX}px`;
    button.style.top = `${box.bottom + 6 + window.scrollY}px`;
  };
  document.addEventListener("selectionchange", () => {
    clearTimeout(waiting);
    waiting = setTimeout(look, 150);
  });
  button.addEventListener("mousedown", (event) => event.preventDefault());
  button.addEventListener("click", () => {
    button.hidden = true;
    quote(chosen);
  });
}

document.querySelectorAll(".remark[data-quote]").forEach(mark);
if (form) startQuoting();
