/* The edit page: saves as one types, keeps unsaved text on this machine, merges with a second writer.
   Without this script the form posts as it stands. */
(function () {
  "use strict";
  var form = document.getElementById("edit");
  if (!form || !window.fetch || !window.JSON) { return; }
  var words = form.dataset, state = document.getElementById("state"), merge = document.getElementById("merge");
  var all = function (selector, root) { return Array.prototype.slice.call((root || document).querySelectorAll(selector)); };
  var token = function () { return document.querySelector("meta[name=csrf-token]"); };
  var sections = all("[data-field]", form);
  var answers = [], version = Number(words.version), base = null, typed = null, saving = false, again = false, timer = null, retry = 0, stopped = false;
  var checking = "check" in words;

  /* --- content of the page ---------------------------------------------------------------- */
  function rowsOf(section) { return all("tr[data-row]", section); }
  function cells(row) { return all("input, select, textarea", row).filter(function (field) { return field.name; }); }
  function lastPart(name) { return name.split(".").pop(); }
  function read(section) {
    var kind = section.dataset.kind;
    if (kind === "table") {
      return rowsOf(section).map(function (row) {
        var values = {};
        cells(row).forEach(function (field) { if (field.tagName !== "BUTTON") { values[lastPart(field.name)] = field.value; } });
        return values;
      }).filter(function (values) { return Object.keys(values).some(function (key) { return values[key] !== ""; }); });
    }
    if (kind === "choices") { return all("input:checked", section).map(function (box) { return box.value; }); }
    if (kind === "slot") {
      var slot = {};
      all("[name^='f.']", section).forEach(function (field) { slot[lastPart(field.name)] = field.value; });
      return Object.keys(slot).some(function (key) { return slot[key]; }) ? slot : {};
    }
    return control(section).value;
  }
  function control(section) { return section.querySelector("[name='f." + section.dataset.field + "']"); }
  function write(section, value) {
    var kind = section.dataset.kind;
    if (kind === "table") {
      var body = section.querySelector("tbody");
      body.textContent = "";
      (value && value.length ? value : [{}]).forEach(function (values) { body.appendChild(newRow(section, values)); });
      renumber(section);
    } else if (kind === "choices") {
      all("input", section).forEach(function (box) { box.checked = (value || []).indexOf(box.value) >= 0; });
    } else if (kind === "slot") {
      all("[name^='f.']", section).forEach(function (field) { field.value = (value || {})[lastPart(field.name)] || ""; });
    } else { control(section).value = value === undefined || value === null ? "" : value; }
    all("textarea[data-grow]", section).forEach(grow);
  }
  function collect() {
    var content = {};
    sections.forEach(function (section) { content[section.dataset.field] = read(section); });
    return content;
  }
  /* Numbers come back as numbers and empty cells may be missing: compare as text, in a fixed order. */
  function plain(value) {
    if (Array.isArray(value)) { return "[" + value.map(plain).join(",") + "]"; }
    if (value && typeof value === "object") {
      return "{" + Object.keys(value).sort().filter(function (key) { return value[key] !== "" && value[key] !== null; })
        .map(function (key) { return key + ":" + plain(value[key]); }).join(",") + "}";
    }
    return value === undefined || value === null ? "" : JSON.stringify(String(value).replace(/\r\n?/g, "\n"));
  }
  function same(one, two) { return plain(one) === plain(two); }

  /* --- unsaved text on this machine -------------------------------------------------------- */
  function keep(content) {
    try { localStorage.setItem(words.key, JSON.stringify({ version: version, base: base, content: content })); } catch (full) { /* private mode: the page itself still holds it */ }
  }
  function kept() { try { return JSON.parse(localStorage.getItem(words.key)); } catch (broken) { return null; } }
  function forget() { try { localStorage.removeItem(words.key); } catch (denied) { /* nothing was kept */ } }

  /* --- what is shown ----------------------------------------------------------------------- */
  function say(text, kind, link) {
    state.className = "grow" + (kind ? " " + kind : "");
    state.textContent = text;
    if (link) {
      var a = document.createElement("a");
      a.href = words.login; a.target = "_blank"; a.rel = "opener"; a.textContent = link;
      state.appendChild(a);
    }
  }
  function showProblems(problems, always) {
    var paths = Object.keys(problems), summary = document.getElementById("summary");
    all("[data-error]", form).forEach(function (place) {
      var why = problems[place.dataset.error], shown = always || checking ? why : "";
      place.textContent = "";
      var field = place.parentNode.querySelector("[name='f." + place.dataset.error + "']");
      if (field) { if (shown) { field.setAttribute("aria-invalid", "true"); } else { field.removeAttribute("aria-invalid"); } }
      if (shown) {
        var p = document.createElement("p");
        p.className = "err"; p.textContent = why;
        place.appendChild(p);
      }
    });
    all("[data-index]").forEach(function (link) {
      var wrong = (always || checking) && paths.some(function (path) { return path.split(".")[0] === link.dataset.index; });
      link.className = wrong ? "wrong" : "";
    });
    if (checking) {
      var list = summary.querySelector("ul");
      list.textContent = "";
      paths.forEach(function (path) {
        var item = document.createElement("li"), a = document.createElement("a");
        a.href = "#s-" + path.split(".")[0]; a.textContent = problems[path];
        item.appendChild(a); list.appendChild(item);
      });
      summary.hidden = !paths.length;
    }
  }

  /* Advice is listed once somebody has asked for the pre-check; the marks of what to renew always follow. */
  function showFindings(findings) {
    var advice = findings.filter(function (one) { return one.level === "advice"; }), box = document.getElementById("advice"), list = box.querySelector("ul");
    list.textContent = "";
    advice.forEach(function (one) {
      var item = document.createElement("li"), a = document.createElement("a"), exact = document.getElementById("f-" + one.field.replace(/\./g, "-"));
      a.href = "#" + (exact ? exact.id : "s-" + one.field.split(".")[0]); a.textContent = one.detail;
      if (one.check === "renew") { item.dataset.renewed = one.field; }
      item.appendChild(a); list.appendChild(item);
    });
    box.hidden = !checking || !advice.length;
    all("[data-renew]", form).forEach(function (mark) {
      mark.hidden = !advice.some(function (one) { return one.check === "renew" && one.field === mark.dataset.renew; });
    });
  }
  form.addEventListener("click", function (event) {
    var button = event.target.closest("[data-stays]");
    if (!button) { return; }
    event.preventDefault();
    save().then(function (done) {
      if (!done) { return; }
      var body = new URLSearchParams();
      body.set("csrf_token", token().content);
      return fetch(button.dataset.stays, { method: "POST", credentials: "same-origin", headers: { Accept: "application/json" }, body: body }).then(function (response) {
        if (!response.ok) { say(words.offline, "bad"); return; }
        var mark = button.closest("[data-renew]"), list = document.querySelector("#advice ul");
        all("li[data-renewed='" + mark.dataset.renew + "']", list).forEach(function (item) { list.removeChild(item); });
        if (!list.children.length) { document.getElementById("advice").hidden = true; }
        mark.parentNode.removeChild(mark);
      });
    }).catch(function () { say(words.offline, "bad"); });
  });

  /* --- saving ------------------------------------------------------------------------------ */
  function changed() {
    typed = collect();
    keep(typed);
    if (!saving) { say(words.typing); }
    clearTimeout(timer);
    timer = setTimeout(save, 1200);
  }
  function save(keepalive) {
    clearTimeout(timer);
    if (stopped) { return Promise.resolve(false); }
    if (saving) { again = true; return Promise.resolve(false); }
    var content = collect();
    if (same(content, base)) { forget(); return Promise.resolve(true); }
    saving = true; again = false;
    say(words.saving);
    return send(content, keepalive === true).then(function (answer) {
      saving = false;
      return answered(answer, content);
    }, function () {
      saving = false;
      say(words.offline, "bad");
      later();
      return false;
    });
  }
  function send(content, keepalive) {
    return fetch(words.save, {
      method: "PUT", credentials: "same-origin", keepalive: keepalive,
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": token().content },
      body: JSON.stringify({ version: version, content: content })
    }).then(function (response) {
      return response.json().then(function (body) { return { status: response.status, body: body }; },
        function () { return { status: response.status, body: {} }; });
    });
  }
  function later() {
    retry = Math.min(retry ? retry * 2 : 2000, 30000);
    clearTimeout(timer);
    timer = setTimeout(save, retry);
  }
  function answered(answer, content) {
    var body = answer.body;
    if (answer.status === 200) {
      version = body.version; base = content; retry = 0;
      form.elements.version.value = version;
      var missing = Object.keys(body.problems).length;
      say(words.saved + " " + body.saved_at + " · " + (missing ? words.missing.replace("{n}", missing) : words.complete), "good");
      showProblems(body.problems, false);
      showFindings(body.findings || []);
      if (again || !same(collect(), base)) { changed(); } else { forget(); }
      return true;
    }
    if (answer.status === 409 && body.content && same(body.content, base)) {
      // Nobody has typed: only the attachments have changed meanwhile.
      version = body.version; form.elements.version.value = version;
      return save();
    }
    if (answer.status === 409 && body.content) { together(body, content); return false; }
    if (answer.status === 422) { say(words.refused, "bad"); showProblems(body.problems || {}, true); return false; }
    if (answer.status === 401 || answer.status === 400) { return expired(); }
    if (answer.status === 403 || answer.status === 404) {
      if (body.code === undefined || body.code === "login_required") { return expired(); }
      stopped = true;
      say(words.nolonger + body.detail, "bad");
      return false;
    }
    say(words.offline, "bad");
    later();
    return false;
  }
  /* The login has expired, or began anew elsewhere: fetch a fresh token; if that fails, ask to log in. */
  function expired() {
    return fetch(location.pathname, { credentials: "same-origin" }).then(function (response) { return response.text(); }).then(function (text) {
      var page = new DOMParser().parseFromString(text, "text/html");
      var fresh = page.querySelector("meta[name=csrf-token]");
      if (page.getElementById("edit") && fresh) {
        token().content = fresh.content;
        all("input[name=csrf_token]").forEach(function (field) { field.value = fresh.content; });
        return save();
      }
      say(words.expired, "bad", words.relogin);
      return false;
    }, function () { say(words.offline, "bad"); later(); return false; });
  }

  /* --- two writers ------------------------------------------------------------------------- */
  function together(body, mine) {
    var theirs = body.content, both = [];
    sections.forEach(function (section) {
      var key = section.dataset.field;
      if (same(mine[key], theirs[key]) || same(theirs[key], base[key])) { return; }
      if (same(mine[key], base[key])) { write(section, theirs[key]); } else { both.push(section); }
    });
    version = body.version; base = theirs;
    form.elements.version.value = version;
    keep(collect());
    merge.hidden = false;
    merge.textContent = "";
    var box = document.createElement("div");
    box.className = "grow";
    merge.appendChild(box);
    if (!both.length) {
      box.textContent = words.merged.replace("{by}", body.by);
      changed();
      return;
    }
    stopped = true;
    var intro = document.createElement("p");
    intro.className = "strong";
    intro.textContent = words.both.replace("{by}", body.by).replace("{at}", body.at ? new Date(body.at).toLocaleTimeString() : "");
    box.appendChild(intro);
    both.forEach(function (section) { box.appendChild(choice(section, mine[section.dataset.field], theirs[section.dataset.field], done)); });
    var open = both.length;
    function done() { open -= 1; if (!open) { stopped = false; merge.hidden = true; save(); } }
    say(intro.textContent, "bad");
    merge.scrollIntoView();
  }
  function readable(value) {
    if (Array.isArray(value)) { return value.map(readable).join("\n") || words.empty; }
    if (value && typeof value === "object") { return Object.keys(value).map(function (key) { return value[key]; }).filter(String).join(" · ") || words.empty; }
    return String(value === undefined ? "" : value) || words.empty;
  }
  function choice(section, mine, theirs, done) {
    var table = document.createElement("table"), row = table.insertRow();
    table.createCaption().textContent = section.dataset.title;
    [[words.mine, mine], [words.theirs, theirs]].forEach(function (side) {
      var cell = row.insertCell(), button = document.createElement("button"), text = document.createElement("div");
      button.type = "button"; button.className = "btn small"; button.textContent = side[0];
      button.addEventListener("click", function () { write(section, side[1]); table.parentNode.removeChild(table); keep(collect()); done(); });
      text.textContent = readable(side[1]);
      cell.appendChild(button); cell.appendChild(text);
    });
    return table;
  }

  /* An attachment that came or went is one version more; anything else between would be a colleague's.
     Answers may arrive out of order: a later one waits for those before it. */
  var ahead = {};
  document.addEventListener("attachments", function (event) {
    ahead[event.detail] = true;
    while (ahead[version + 1]) { version += 1; delete ahead[version]; }
    form.elements.version.value = version;
  });

  /* --- tables ------------------------------------------------------------------------------ */
  function newRow(section, values) {
    var row = document.importNode(section.querySelector("template").content, true).querySelector("tr");
    cells(row).forEach(function (field) {
      if (field.tagName !== "BUTTON" && values[lastPart(field.name)] !== undefined) { field.value = values[lastPart(field.name)]; }
    });
    return row;
  }
  function renumber(section) {
    rowsOf(section).forEach(function (row, index) {
      cells(row).forEach(function (field) {
        if (field.tagName === "BUTTON") { return; }
        var parts = field.name.split(".");
        parts[2] = String(index);
        field.name = parts.join(".");
        field.id = field.name.replace(/\./g, "-");
        field.setAttribute("aria-describedby", field.id + "-error");
        field.setAttribute("aria-label", (field.getAttribute("aria-label") || "").replace(/(#|\d+)/, String(index + 1)));
      });
      all("[data-error]", row).forEach(function (place) {
        var parts = place.dataset.error.split(".");
        parts[1] = String(index);
        place.dataset.error = parts.join(".");
        place.id = "f-" + parts.join("-") + "-error";
      });
    });
  }
  form.addEventListener("click", function (event) {
    var button = event.target.closest("[data-move]");
    if (!button) { return; }
    event.preventDefault();
    var section = button.closest("[data-field]"), row = button.closest("tr"), move = button.dataset.move, body = section.querySelector("tbody"), focus = button;
    if (move === "add") { row = body.appendChild(newRow(section, {})); focus = cells(row)[0]; }
    else if (move === "up" && row.previousElementSibling) { body.insertBefore(row, row.previousElementSibling); }
    else if (move === "down" && row.nextElementSibling) { body.insertBefore(row.nextElementSibling, row); }
    else if (move === "remove") {
      var next = row.nextElementSibling || row.previousElementSibling;
      body.removeChild(row);
      if (!next) { next = body.appendChild(newRow(section, {})); }
      focus = cells(next)[0];
    }
    renumber(section);
    if (focus) { focus.focus(); }
    changed();
  });
  form.addEventListener("paste", function (event) {
    var field = event.target, row = field.closest && field.closest("tr[data-row]");
    var text = (event.clipboardData && event.clipboardData.getData("text/plain") || "").replace(/\r\n?/g, "\n").replace(/\n$/, "");
    if (!row || text.indexOf("\t") < 0) { return; }
    event.preventDefault();
    var section = row.closest("[data-field]"), body = row.parentNode, start = -1;
    var controls = function (one) { return cells(one).filter(function (each) { return each.tagName !== "BUTTON"; }); };
    controls(row).forEach(function (each, index) { if (each === field) { start = index; } });
    text.split("\n").forEach(function (line, index) {
      if (index) { row = row.nextElementSibling || body.appendChild(newRow(section, {})); }
      line.split("\t").forEach(function (value, column) {
        var target = controls(row)[start + column];
        if (target) { target.value = value; }
      });
    });
    renumber(section);
    changed();
  });

  /* --- answers to points ------------------------------------------------------------------- */
  all("[data-point-form]").forEach(function (one) {
    var area = document.querySelector("textarea[form='" + one.id + "']"), sign = area.parentNode.querySelector("[data-answer-state]");
    var clock = null, sent = area.value;
    function post() {
      clearTimeout(clock);
      var value = area.value;
      if (value === sent) { return Promise.resolve(true); }
      sign.textContent = words.saving;
      var body = new URLSearchParams();
      body.set("answer", value); body.set("csrf_token", token().content);
      return fetch(one.action, { method: "POST", credentials: "same-origin", headers: { Accept: "application/json" }, body: body }).then(function (response) {
        return response.json().then(function (answer) {
          if (response.ok) { sent = value; sign.textContent = words.saved; return true; }
          sign.textContent = answer.detail || words.offline;
          return false;
        });
      }).catch(function () { sign.textContent = words.offline; return false; });
    }
    area.addEventListener("input", function () { clearTimeout(clock); clock = setTimeout(post, 1200); });
    area.addEventListener("blur", post);
    one.addEventListener("submit", function (event) { event.preventDefault(); post(); });
    answers.push(post);
  });

  /* --- beginning, leaving ------------------------------------------------------------------ */
  function grow(area) { area.style.height = "auto"; area.style.height = Math.min(area.scrollHeight + 2, 640) + "px"; }
  all("textarea[data-grow]", form).forEach(grow);
  form.addEventListener("input", function (event) { if (event.target.matches("textarea[data-grow]")) { grow(event.target); } changed(); });
  /* Leaving a field says "change" again: nothing new, and the link to log in must not vanish under the click. */
  form.addEventListener("change", function () { if (!same(collect(), typed || base)) { changed(); } });
  base = collect();
  var left = kept();
  if (left && left.content && !same(left.content, base)) {
    var server = base;
    base = left.base || server;
    sections.forEach(function (section) {
      var key = section.dataset.field;
      if (!same(left.content[key], base[key])) { write(section, left.content[key]); }
    });
    base = server;
    say(words.restored, "good");
    changed();
  } else { forget(); }
  all("[form=edit][name=op]").forEach(function (button) {
    button.addEventListener("click", function (event) {
      event.preventDefault();
      checking = checking || button.value === "submit";
      var waiting = answers.map(function (post) { return post(); });
      Promise.all([save()].concat(waiting)).then(function (done) {
        if (!done.every(Boolean)) { return; }
        if (button.value === "save") { return; }
        if (button.value === "check") { location.href = location.pathname + "?check=1"; return; }
        location.href = location.pathname.replace(/\/edit$/, "") + (button.value === "submit" ? "#act-submit" : "");
      });
    });
  });
  document.addEventListener("visibilitychange", function () { if (document.visibilityState === "hidden" || !stopped) { save(document.visibilityState === "hidden"); } });
  window.addEventListener("online", save);
  window.addEventListener("focus", function () { if (!same(collect(), base)) { save(); } });
  window.addEventListener("beforeunload", function (event) {
    if (!same(collect(), base)) { keep(collect()); event.preventDefault(); event.returnValue = ""; }
  });
})();
