/* Passkeys: makes one or shows one, and sends the form with the browser's answer. */
const supported = typeof PublicKeyCredential === "function";

function bytes(text) {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (character) => character.charCodeAt(0));
}

function text(buffer) {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

const named = (credentials) => (credentials || []).map((one) => ({ ...one, id: bytes(one.id) }));

/** The options of the server as the browser wants them: what is text there is bytes here. */
function decoded(options) {
  const key = { ...options, challenge: bytes(options.challenge) };
  if (options.user) key.user = { ...options.user, id: bytes(options.user.id) };
  if (options.excludeCredentials) key.excludeCredentials = named(options.excludeCredentials);
  if (options.allowCredentials) key.allowCredentials = named(options.allowCredentials);
  return key;
}

/** The answer of the browser as JSON; toJSON() came to browsers late. */
function encoded(credential) {
  const response = { clientDataJSON: text(credential.response.clientDataJSON) };
  for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = text(credential.response[name]);
  }
  const id = text(credential.rawId);
  return JSON.stringify({ id, rawId: id, type: credential.type, response, clientExtensionResults: {} });
}

/** What the server sends for a challenge; throws with its sentence when it refuses. */
async function challenge(address, form) {
  const body = new FormData();
  body.append("csrf_token", form.elements.csrf_token.value);
  if (form.elements.password) body.append("password", form.elements.password.value);
  const answer = await fetch(address, { method: "POST", body, headers: { Accept: "application/json" } });
  const found = await answer.json();
  if (!answer.ok) throw new Error(found.detail);
  return decoded(found.publicKey);
}

function fail(form, sentence) {
  const line = form.querySelector("[data-passkey-error]");
  line.textContent = sentence || line.dataset.failed;
  line.hidden = false;
  form.classList.remove("busy");
}

/** Gets the answer into the form, then sends it; ``get`` asks the browser. */
async function answer(form, address, get) {
  let publicKey;
  try {
    publicKey = await challenge(address, form);
  } catch (refused) {
    fail(form, refused.message);
    return;
  }
  try {
    form.elements.passkey.value = encoded(await get({ publicKey }));
  } catch (_cancelled) {
    fail(form);
    return;
  }
  for (const field of form.querySelectorAll("input[name=password], input[name=code]")) field.required = false;
  form.dataset.answered = "1";
  form.requestSubmit();
}

if (supported) {
  for (const part of document.querySelectorAll("[data-passkey-show], [data-passkey-make]"))
    part.hidden = false;

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-passkey-show]");
    if (!button) return;
    answer(button.form, button.dataset.passkeyShow, (options) => navigator.credentials.get(options));
  });

  document.addEventListener(
    "submit",
    (event) => {
      const form = event.target;
      if (!form.dataset.passkeyMake || form.dataset.answered) return;
      event.preventDefault();
      event.stopPropagation();
      answer(form, form.dataset.passkeyMake, (options) => navigator.credentials.create(options));
    },
    true,
  );
}
