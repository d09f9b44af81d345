// Security keys and passkeys: asks the browser, and puts its answer into the form. Nothing else.

const bytes = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0));

const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

const withBytes = (list) => (list ?? []).map((one) => ({ ...one, id: bytes(one.id) }));

async function ask(form) {
  const sent = await fetch(form.dataset.key, {
    method: "POST",
    headers: { Accept: "application/json" },
    body: new URLSearchParams({ token: form.elements.token.value }),
  });
  if (!sent.ok) {
    location.reload(); // the session ended, or wants to be proven again: let the whole page say so
    return null;
  }
  const options = await sent.json();
  options.challenge = bytes(options.challenge);
  if (options.user) {
    options.user.id = bytes(options.user.id);
    options.excludeCredentials = withBytes(options.excludeCredentials);
    return navigator.credentials.create({ publicKey: options });
  }
  options.allowCredentials = withBytes(options.allowCredentials);
  return navigator.credentials.get({ publicKey: options });
}

function put(form, name, buffer) {
  if (!buffer) return;
  const field = document.createElement("input");
  field.type = "hidden";
  field.name = name;
  field.value = text(buffer);
  form.append(field);
}

async function use(form, button) {
  const problem = form.querySelector("[data-key-problem]");
  problem.hidden = true;
  button.disabled = true;
  try {
    const made = await ask(form);
    if (made === null) return;
    const { response } = made;
    put(form, "proof_key", made.rawId);
    put(form, "proof_client_data", response.clientDataJSON);
    put(form, "proof_authenticator_data", response.authenticatorData);
    put(form, "proof_signature", response.signature);
    put(form, "proof_user_handle", response.userHandle);
    put(form, "proof_attestation", response.attestationObject);
    form.submit();
  } catch {
    problem.textContent = "The security key did not answer. Try again, or use another way.";
    problem.hidden = false;
    button.disabled = false;
  }
}

if (window.PublicKeyCredential) {
  for (const form of document.querySelectorAll("form[data-key]")) {
    form.hidden = false;
    for (const button of form.querySelectorAll("[data-key-button]")) {
      button.hidden = false;
      button.addEventListener("click", () => use(form, button));
    }
  }
}
