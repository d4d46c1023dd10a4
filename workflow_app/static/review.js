/* Remarks on selected words: the passage goes into the form, and is marked where it still stands. */
(() => {
  "use strict";
  const form = document.querySelector("#remark-new form");
  const field = (name) => form.elements[name];
  const blank = /\s+/g;

  /* The letters of a section with the text node and place each came from; blanks do not count. */
  const letters = (section) => {
    const found = [];
    const walk = document.createTreeWalker(section, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
      const node = walk.currentNode;
      if (node.parentNode.closest(".sec-head, script, .vh")) continue;
      Array.from(node.data).length && [...node.data].reduce((place, letter) => {
        if (!/\s/.test(letter)) found.push({ node, place, letter });
        return place + letter.length;
      }, 0);
    }
    return found;
  };
  const mark = (remark) => {
    const section = document.getElementById(remark.dataset.in);
    const quote = remark.dataset.quote.replace(blank, "");
    if (!section || !quote) return;
    const all = letters(section);
    const at = all.map((one) => one.letter).join("").indexOf(quote);
    if (at < 0) return;
    const size = [...quote].length;
    const run = all.slice(at, at + size);
    const nodes = new Map();
    run.forEach((one) => {
      const span = nodes.get(one.node) || [one.place, one.place];
      nodes.set(one.node, [span[0], one.place + one.letter.length]);
    });
    nodes.forEach(([from, to], node) => {
      const range = document.createRange();
      range.setStart(node, from);
      range.setEnd(node, to);
      const wrap = document.createElement("mark");
      wrap.className = "quoted";
      range.surroundContents(wrap);
    });
  };
  document.querySelectorAll(".remark[data-quote]").forEach(mark);
  if (!form) return;

  // Once sent it is the server's: the version of the document, by which kept words grow old, stays the same.
  form.addEventListener("submit", () => { try { sessionStorage.removeItem(form.dataset.keep); } catch (error) { /* none kept */ } });
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn small primary quote-it";
  button.textContent = form.dataset.quoteIt;
  button.hidden = true;
  document.body.append(button);
  let chosen = null;
  const look = () => {
    const selection = document.getSelection();
    const range = selection.rangeCount && !selection.isCollapsed ? selection.getRangeAt(0) : null;
    const inside = range && range.commonAncestorContainer;
    const node = inside && (inside.nodeType === 1 ? inside : inside.parentNode);
    const section = node && node.closest(".sec[id^='s-']");
    const text = range ? selection.toString().trim() : "";
    chosen = section && text && text.length <= 300 ? { section, text, range } : null;
    button.hidden = !chosen;
    if (!chosen) return;
    const box = range.getBoundingClientRect();
    button.style.left = `${Math.max(8, Math.min(box.left, window.innerWidth - 150)) + window.scrollX}px`;
    button.style.top = `${box.bottom + 6 + window.scrollY}px`;
  };
  let waiting = 0;
  document.addEventListener("selectionchange", () => { clearTimeout(waiting); waiting = setTimeout(look, 150); });
  button.addEventListener("mousedown", (event) => event.preventDefault());
  button.addEventListener("click", () => {
    const { section, text, range } = chosen;
    const around = (start, end) => {
      const beside = range.cloneRange();
      if (start) beside.setStartAfter(section.querySelector(".sec-head")), beside.setEnd(range.startContainer, range.startOffset);
      if (end) beside.setStart(range.endContainer, range.endOffset), beside.setEnd(section, section.childNodes.length);
      return beside.toString().replace(blank, " ").trim();
    };
    field("section").value = section.id.slice(2);
    field("quote").value = text;
    field("before").value = around(true, false).slice(-40);
    field("after").value = around(false, true).slice(0, 40);
    const shown = form.querySelector("[data-quoted]");
    shown.textContent = text;
    shown.hidden = false;
    document.getElementById("remark-new").open = true;
    button.hidden = true;
    field("body").focus();
  });
})();
