/* Small improvements; every page works without them. */
(function () {
  "use strict";
  var all = function (selector, root) { return Array.prototype.slice.call((root || document).querySelectorAll(selector)); };

  /* Action panels: one open at a time, opened by the buttons of the bar. */
  all("[data-acts]").forEach(function (acts) {
    var panels = all("[data-panel]", acts);
    var opener = null;
    function show(name) {
      panels.forEach(function (panel) { panel.hidden = panel.dataset.panel !== name; });
      var open = panels.filter(function (panel) { return !panel.hidden; })[0];
      all("[data-act]", acts).forEach(function (button) {
        button.setAttribute("aria-expanded", String(button.dataset.act === name));
      });
      if (open) {
        var first = open.querySelector("[aria-invalid=true]") || open.querySelector("select, textarea, input:not([type=hidden])");
        if (first) { first.focus(); }
      } else if (opener) { opener.focus(); }
    }
    panels.forEach(function (panel) {
      panel.hidden = true;
      all("[data-close]", panel).forEach(function (button) {
        button.hidden = false;
        button.addEventListener("click", function () { show(null); });
      });
      panel.addEventListener("keydown", function (event) { if (event.key === "Escape") { show(null); } });
    });
    all("[data-act]", acts).forEach(function (button) {
      button.setAttribute("role", "button");
      button.setAttribute("aria-expanded", "false");
      button.addEventListener("click", function (event) {
        event.preventDefault();
        opener = button;
        var expanded = button.getAttribute("aria-expanded") === "true";
        show(expanded ? null : button.dataset.act);
      });
      button.addEventListener("keydown", function (event) { if (event.key === " ") { event.preventDefault(); button.click(); } });
    });
    var open = panels.filter(function (panel) { return "open" in panel.dataset; })[0];
    if (open) { show(open.dataset.panel); }
    else if (/^#act-/.test(location.hash) && document.getElementById(location.hash.slice(1))) { show(location.hash.slice(5)); }
    var why = acts.querySelector("[data-why]"), list = acts.querySelector("[data-why-list]");
    if (why && list) {
      var sync = function () { list.hidden = !why.open; };
      if (all("[data-act]", acts).length) { sync(); } else { why.open = true; }
      why.addEventListener("toggle", sync);
    }
  });

  /* Rows of return points. */
  all("[data-points]").forEach(function (box) {
    var add = box.querySelector("[data-add-point]");
    var rows = function () { return all("[data-point]", box); };
    function filled(row) { return all("select, textarea", row).some(function (field) { return field.value.trim(); }); }
    function renumber() {
      rows().forEach(function (row, index) {
        all("select, textarea", row).forEach(function (field) { field.name = field.name.replace(/\.\d+\./, "." + index + "."); });
        row.querySelector("[data-remove-point]").hidden = rows().length < 2;
      });
    }
    rows().slice(1).forEach(function (row) { if (!filled(row) && !row.querySelector(".error")) { row.parentNode.removeChild(row); } });
    add.hidden = false;
    add.addEventListener("click", function () {
      var row = rows()[0].cloneNode(true);
      all("select, textarea", row).forEach(function (field) { field.value = ""; field.removeAttribute("aria-invalid"); });
      all(".error", row).forEach(function (error) { error.parentNode.removeChild(error); });
      box.insertBefore(row, add);
      renumber();
      row.querySelector("select").focus();
    });
    box.addEventListener("click", function (event) {
      var button = event.target.closest && event.target.closest("[data-remove-point]");
      if (!button) { return; }
      var row = button.closest("[data-point]");
      row.parentNode.removeChild(row);
      renumber();
      add.focus();
    });
    renumber();
  });

  /* Common phrases. */
  all("[data-chips]").forEach(function (chips) {
    var area = document.getElementById(chips.dataset.chips);
    chips.hidden = false;
    area.parentNode.appendChild(chips);
    all("button", chips).forEach(function (chip) {
      chip.addEventListener("click", function () { area.value = chip.textContent; area.focus(); });
    });
  });

  /* A form is sent once, however often the button is pressed. */
  document.addEventListener("submit", function (event) {
    if (event.defaultPrevented || event.target.method !== "post") { return; }
    if (event.target.dataset.sent) { event.preventDefault(); return; }
    var question = event.target.dataset.confirm;
    if (question && !window.confirm(question)) { event.preventDefault(); return; }
    event.target.dataset.sent = "1";
  });
  window.addEventListener("pageshow", function () {
    all("form[data-sent]").forEach(function (form) { delete form.dataset.sent; });
  });
})();
