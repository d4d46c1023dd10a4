/* Small improvements; every page works without them. */
(() => {
  "use strict";
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));
  const on = (type, act) => document.addEventListener(type, act);
  all("[data-dismiss], [data-copy], .phrases, [data-add], [data-script]").forEach((part) => { part.hidden = false; });

  /* Panels: a link to one works by its address; here it opens as a real dialog, with focus kept inside. */
  const open = (sheet, section) => {
    sheet.removeAttribute("open");
    sheet.showModal();
    const select = section && sheet.querySelector("[data-rows] select");
    if (select) {
      const rows = all("[data-row]", sheet);
      let row = rows.find((one) => !one.querySelector("select").value && !one.querySelector("textarea").value);
      if (!row) { sheet.querySelector("[data-add]").click(); row = all("[data-row]", sheet).pop(); }
      row.querySelector("select").value = section;
      row.querySelector("textarea").focus();
      return;
    }
    const first = sheet.querySelector("[aria-invalid=true]") || sheet.querySelector("select, textarea, input:not([type=hidden]):not([hidden])");
    if (first) first.focus();
  };
  const modal = typeof HTMLDialogElement === "function";
  const reveal = () => {
    const named = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const sheet = named && named.matches("dialog") ? named : document.querySelector("dialog.sheet[open]");
    if (!sheet) return;
    if (named === sheet) history.replaceState(null, "", location.pathname + location.search);
    open(sheet);
  };

  on("click", (event) => {
    const at = (selector) => event.target.closest(selector);
    const opener = at("a[href^='#act-']");
    if (opener && modal) {
      event.preventDefault();
      all("details.more[open]").forEach((menu) => { menu.open = false; });
      open(document.querySelector(opener.getAttribute("href")), opener.dataset.section);
    }
    const sheet = at("dialog");
    if (sheet && (event.target === sheet || at("[data-close]"))) {
      const box = sheet.getBoundingClientRect();
      const outside = event.clientY < box.top || event.clientY > box.bottom || event.clientX < box.left || event.clientX > box.right;
      if (at("[data-close]") || outside) { event.preventDefault(); sheet.close(); }
    }
    if (at("[data-dismiss]")) at(".alert").remove();
    const chip = at(".phrases button");
    if (chip) {
      const area = document.getElementById(chip.parentNode.dataset.for);
      area.value = area.value.trim() ? area.value.replace(/\s+$/, "") + chip.textContent : chip.textContent;
      area.dispatchEvent(new Event("input", { bubbles: true }));
      area.focus();
    }
    const copy = at("[data-copy]");
    if (copy) copyText(copy);
    all("details.menu[open], details.more[open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });
  on("keydown", (event) => {
    if (event.key !== "Escape") return;
    all("details.menu[open], details.more[open]").forEach((menu) => {
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  });

  function copyText(button) {
    const area = document.createElement("textarea");
    area.value = button.dataset.copy;
    (button.closest("dialog") || document.body).append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    button.focus();
    if (done) button.classList.add("copied");
  }

  /* Rows of return points: as many as are needed. */
  all("[data-rows]").forEach((box) => {
    const rows = () => all("[data-row]", box);
    const add = box.querySelector("[data-add]");
    const number = () => rows().forEach((row, index, list) => {
      all("[name]", row).forEach((field) => { field.name = field.name.replace(/\.\d+\./, `.${index}.`); });
      row.querySelector("[data-drop]").hidden = list.length < 2;
    });
    rows().slice(1).forEach((row) => {
      if (!all("select, textarea", row).some((field) => field.value.trim()) && !row.querySelector(".err")) row.remove();
    });
    add.addEventListener("click", () => {
      const row = rows()[0].cloneNode(true);
      all("select, textarea", row).forEach((field) => { field.value = ""; field.removeAttribute("aria-invalid"); field.removeAttribute("aria-describedby"); });
      all(".err", row).forEach((error) => error.remove());
      add.before(row);
      number();
      row.querySelector("select").focus();
    });
    box.addEventListener("click", (event) => {
      const drop = event.target.closest("[data-drop]");
      if (!drop) return;
      drop.closest("[data-row]").remove();
      number();
      add.focus();
    });
    number();
  });

  /* What was typed stays in this tab until it has been accepted; forgotten on logging out. */
  const store = (() => { try { return window.sessionStorage; } catch (error) { return null; } })();
  all("form[data-keep]").forEach((form) => {
    if (!store) return;
    // <person>-<document>:<action>@<version>: once the document has moved on, what was typed before is past.
    const key = form.dataset.keep;
    const [action, version] = key.split("@");
    const of = action.slice(0, action.indexOf(":") + 1);
    Object.keys(store).forEach((old) => { if (old.startsWith(of) && !old.endsWith("@" + version)) store.removeItem(old); });
    const area = form.querySelector("textarea[name=comment], textarea[name=body]");
    if (!area) return;
    if (!area.value && store.getItem(key)) area.value = store.getItem(key);
    area.addEventListener("input", () => { try { store.setItem(key, area.value); } catch (error) { /* full: nothing is lost on the page */ } });
  });

  /* A form is sent once, however often the button is pressed. */
  on("submit", (event) => {
    const form = event.target;
    if (form.matches("[data-logout]") && store) store.clear();
    if (event.defaultPrevented || form.method !== "post") return;
    if (form.classList.contains("busy")) { event.preventDefault(); return; }
    form.classList.add("busy");
  });
  window.addEventListener("pageshow", () => all("form.busy").forEach((form) => form.classList.remove("busy")));
  window.addEventListener("hashchange", () => { if (modal) reveal(); });
  if (modal) reveal();
})();
