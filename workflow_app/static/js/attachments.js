/* Uploads on the edit page: several at once, each with its progress, sent again by itself when the
   connection was lost. Without this script the form posts as it stands. */
const AT_ONCE = 2;
/** Seconds before what was lost is sent again. */
const PAUSES = [1, 2, 4, 8, 15, 30];
const MINUTES = 10;

const form = document.getElementById("attach");
const words = form.dataset;
const list = document.getElementById("files");
const uploads = document.getElementById("uploads");
const input = form.querySelector("input[type=file]");
const drop = form.querySelector(".drop");

let queue = [];
let paused = [];
let running = 0;
/** The version of the document that the list shows. */
let shown = 0;

form.querySelector("[data-plain]").hidden = true;

function token() {
  return document.querySelector("meta[name=csrf-token]").content;
}
function element(tag, text, kind) {
  const made = document.createElement(tag);
  if (text) made.textContent = text;
  if (kind) made.className = kind;
  return made;
}

/* One file on its way: {file, row, bar, said, tries, request, timer}. */
function add(file) {
  const one = {
    file: file,
    row: element("li"),
    bar: element("progress"),
    said: element("p", words.waiting, "small muted"),
    tries: 0,
  };
  const box = element("div", "", "grow");
  const cancel = element("button", words.drop, "btn small");
  one.again = element("button", words.retry, "btn small");
  one.again.type = cancel.type = "button";
  one.again.hidden = true;
  one.bar.max = 1;
  one.bar.value = 0;
  one.bar.setAttribute("aria-label", file.name);
  one.said.setAttribute("role", "status");
  box.append(element("bdi", file.name), one.bar, one.said);
  one.row.append(box, one.again, cancel);
  uploads.append(one.row);
  cancel.addEventListener("click", () => {
    leave(one);
  });
  one.again.addEventListener("click", () => {
    one.again.hidden = true;
    one.tries = 0;
    wait(one);
  });
  if (file.size > Number(words.megabytes) * 1048576) {
    stop(one, words.large.replace("{n}", words.megabytes));
    return;
  }
  wait(one);
}
function forget(one) {
  paused = paused.filter((other) => other !== one);
}
function leave(one) {
  clearTimeout(one.timer);
  forget(one);
  queue = queue.filter((other) => other !== one);
  if (one.request) {
    one.request.abort();
    finished(one);
  }
  if (one.row.parentNode) {
    uploads.removeChild(one.row);
  }
  next();
}
function say(one, text, bad) {
  one.said.textContent = text;
  one.said.className = `small ${bad ? "bad" : "muted"}`;
}
function stop(one, text, retry) {
  say(one, text, true);
  one.bar.hidden = true;
  one.again.hidden = !retry;
}
function wait(one) {
  one.bar.hidden = false;
  say(one, words.waiting);
  queue.push(one);
  next();
}
function next() {
  while (running < AT_ONCE && queue.length) {
    send(queue.shift());
  }
}
function finished(one) {
  if (one.request) {
    one.request = null;
    running -= 1;
  }
}

function send(one) {
  const request = new XMLHttpRequest();
  const body = new FormData();
  running += 1;
  one.request = request;
  one.bar.value = 0;
  say(one, words.sending);
  body.append("csrf_token", token());
  body.append("file", one.file, one.file.name);
  request.upload.onprogress = (event) => {
    if (!event.lengthComputable) return;
    one.bar.value = event.loaded / event.total;
    say(
      one,
      event.loaded < event.total
        ? `${words.sending} ${Math.floor((100 * event.loaded) / event.total)}%`
        : words.checking,
    );
  };
  request.onload = () => {
    finished(one);
    answered(one, request);
    next();
  };
  request.onerror = request.ontimeout = () => {
    finished(one);
    later(one);
    next();
  };
  request.timeout = MINUTES * 60 * 1000;
  request.open("POST", form.action);
  request.setRequestHeader("Accept", "application/json");
  request.setRequestHeader("X-CSRFToken", token());
  request.send(body);
}
/* What was lost is sent again, later and later; the server notices when it has it already. */
function later(one) {
  const pause = PAUSES[Math.min(one.tries, PAUSES.length - 1)];
  one.tries += 1;
  say(one, navigator.onLine === false ? words.lost : words.again.replace("{n}", pause), true);
  paused.push(one);
  one.timer = setTimeout(() => {
    forget(one);
    wait(one);
  }, pause * 1000);
}
window.addEventListener("online", () => {
  // Do not sit out the pause: the connection is back.
  paused.splice(0).forEach((one) => {
    clearTimeout(one.timer);
    wait(one);
  });
});

function answered(one, request) {
  let body = {};
  try {
    body = JSON.parse(request.responseText);
  } catch (_page) {
    /* an error page of a proxy */
  }
  if (request.status === 201) {
    done(one, body);
    return;
  }
  if (request.status === 502 || request.status === 503 || request.status === 504 || request.status === 0) {
    later(one);
    return;
  }
  if (request.status === 401 || (request.status === 400 && body.code === "csrf")) {
    stop(one, words.expired, true);
    return;
  }
  if (request.status === 413) {
    stop(one, words.many);
    return;
  }
  stop(one, body.detail || words.failed, request.status >= 500);
}
function done(one, body) {
  show(body);
  uploads.removeChild(one.row);
}
/* The new list as the server made it; the form above learns the new version. Two uploads may be
   answered in the other order: the later list stays. */
function show(body) {
  if (body.version >= shown) {
    list.innerHTML = body.rows;
    shown = body.version;
  }
  document.dispatchEvent(new CustomEvent("attachments", { detail: body.version }));
}

list.addEventListener("submit", (event) => {
  const one = event.target;
  event.preventDefault();
  event.stopPropagation();
  const request = new XMLHttpRequest();
  request.onload = () => {
    let body = {};
    try {
      body = JSON.parse(request.responseText);
    } catch (_page) {
      /* an error page */
    }
    if (request.status === 200) {
      show(body);
      input.focus();
      return;
    }
    // A colleague was faster, or the login is over: the page itself says it best.
    location.reload();
  };
  request.onerror = () => {
    one.querySelector("button").disabled = false;
  };
  one.querySelector("button").disabled = true;
  request.open("POST", one.action);
  request.setRequestHeader("Accept", "application/json");
  request.setRequestHeader("X-CSRFToken", token());
  request.send();
});

function take(files) {
  Array.prototype.forEach.call(files, add);
}
input.addEventListener("change", () => {
  take(input.files);
  input.value = "";
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
});
["dragenter", "dragover"].forEach((type) => {
  drop.addEventListener(type, (event) => {
    event.preventDefault();
    drop.className = "drop over";
  });
});
["dragleave", "drop"].forEach((type) => {
  drop.addEventListener(type, (event) => {
    event.preventDefault();
    drop.className = "drop";
  });
});
drop.addEventListener("drop", (event) => {
  take(event.dataTransfer.files);
});
window.addEventListener("beforeunload", (event) => {
  if (running || queue.length || paused.length) {
    event.preventDefault();
    event.returnValue = "";
  }
});
