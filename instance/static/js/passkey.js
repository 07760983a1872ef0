// Passkeys: the browser makes a key or signs with one; its answer goes with the form as JSON.
const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const listed = (keys) => (keys ?? []).map((key) => ({ ...key, id: bytes(key.id) }));

async function made(options) {
  const publicKey = {
    ...options,
    challenge: bytes(options.challenge),
    user: { ...options.user, id: bytes(options.user.id) },
    excludeCredentials: listed(options.excludeCredentials),
  };
  const key = await navigator.credentials.create({ publicKey });
  const { clientDataJSON, attestationObject } = key.response;
  return told(key, { clientDataJSON: text(clientDataJSON), attestationObject: text(attestationObject) });
}

async function signed(options) {
  const publicKey = {
    ...options,
    challenge: bytes(options.challenge),
    allowCredentials: listed(options.allowCredentials),
  };
  const key = await navigator.credentials.get({ publicKey });
  const { clientDataJSON, authenticatorData, signature, userHandle } = key.response;
  return told(key, {
    clientDataJSON: text(clientDataJSON),
    authenticatorData: text(authenticatorData),
    signature: text(signature),
    userHandle: userHandle ? text(userHandle) : null,
  });
}

function told(key, response) {
  return JSON.stringify({ id: key.id, rawId: text(key.rawId), type: key.type, response, clientExtensionResults: {} });
}

function enhance(form) {
  const fault = form.querySelector("[data-passkey-fault]");
  const field = form.elements.namedItem("credential");
  form.addEventListener("submit", async (event) => {
    if (field.value) return;
    event.preventDefault();
    fault.hidden = true;
    try {
      const options = JSON.parse(form.dataset.options);
      field.value = await (form.dataset.passkey === "create" ? made(options) : signed(options));
      form.requestSubmit();
    } catch {
      field.value = "";
      fault.hidden = false;
    }
  });
  form.hidden = false;
  for (const without of document.querySelectorAll("[data-passkey-without]")) without.hidden = true;
}

if (window.PublicKeyCredential) document.querySelectorAll("form[data-passkey]").forEach(enhance);
