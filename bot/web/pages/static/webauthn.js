"use strict";
// Asks a security key to sign what the server says, and brings back what it signed.

const bytes = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (char) => char.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

const listed = (credentials) => (credentials || []).map((it) => ({ ...it, id: bytes(it.id) }));

async function sign(asked) {
  const wanted = asked.publicKey;
  const made = await navigator.credentials.get({ publicKey: {
    ...wanted, challenge: bytes(wanted.challenge), allowCredentials: listed(wanted.allowCredentials),
  } });
  const said = made.response;
  return { id: made.id, rawId: text(made.rawId), type: made.type, clientExtensionResults: {}, response: {
    clientDataJSON: text(said.clientDataJSON),
    authenticatorData: text(said.authenticatorData),
    signature: text(said.signature),
  } };
}

async function create(asked) {
  const wanted = asked.publicKey;
  const made = await navigator.credentials.create({ publicKey: {
    ...wanted, challenge: bytes(wanted.challenge), user: { ...wanted.user, id: bytes(wanted.user.id) },
    excludeCredentials: listed(wanted.excludeCredentials),
  } });
  return { id: made.id, rawId: text(made.rawId), type: made.type, clientExtensionResults: {}, response: {
    clientDataJSON: text(made.response.clientDataJSON),
    attestationObject: text(made.response.attestationObject),
  } };
}

class Refused extends Error {
  constructor(status, sentence) { super(sentence); this.status = status; }
}

async function post(home, path, body) {
  const answer = await fetch(home.dataset.base + path, {
    method: "POST", credentials: "same-origin", redirect: "error",
    headers: { "content-type": "application/json", "x-csrf": home.dataset.csrf },
    body: JSON.stringify(body),
  });
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) {
    throw new Refused(answer.status, said.title || "That did not work. Please try again.");
  }
  return said;
}

function tell(sentence, kind) {
  const place = document.getElementById("told");
  place.textContent = sentence;
  place.className = `told ${kind}`;
  place.hidden = false;
}

// Whatever is under way, nothing else can be pressed, and it is told how it went.
async function busy(home, deed) {
  const buttons = [...home.querySelectorAll("button")];
  buttons.forEach((it) => { it.disabled = true; });
  tell("Waiting for your security key…", "");
  try {
    const done = await deed();
    tell(done.sentence, "good");
    return true;
  } catch (error) {
    const cancelled = error.name === "NotAllowedError" || error.name === "AbortError";
    const known = error.name === "InvalidStateError";
    tell(
      cancelled ? "Your security key signed nothing, so nothing was recorded."
        : known ? "This security key is registered already."
          : error instanceof Refused ? error.message : "That did not work. Please try again.", "bad");
    document.getElementById("again").hidden = error.status !== 401;
    buttons.forEach((it) => { it.disabled = false; });
    return false;
  }
}

function deciding(form) {
  const { id, revision, policy } = form.dataset;
  const draft = `countersign ${id}`;
  form.elements.reason.value = sessionStorage.getItem(draft) || "";
  form.elements.reason.addEventListener("input", () => {
    sessionStorage.setItem(draft, form.elements.reason.value);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    busy(form, async () => {
      const checked = [...form.querySelectorAll("input[name=point]:checked")];
      const { statement, publicKey } = await post(form, `/decide/${id}/challenge`, {
        verdict: event.submitter.value, reason: form.elements.reason.value.trim(), revision,
        policy_digest: policy, checklist: checked.map((it) => it.value),
      });
      const done = await post(form, `/decide/${id}`, { statement, assertion: await sign({ publicKey }) });
      sessionStorage.removeItem(draft);
      return done;
    });
  });
}

function overriding(form) {
  const { id, revision } = form.dataset;
  const fields = [...form.querySelectorAll("input[id], textarea[id]")];
  const draft = (field) => `countersign ${id} ${form.dataset.do} ${field.name}`;
  fields.forEach((it) => {
    it.value = sessionStorage.getItem(draft(it)) || "";
    it.addEventListener("input", () => sessionStorage.setItem(draft(it), it.value));
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const { incident, reason } = form.elements;
    busy(form, async () => {
      const { statement, publicKey } = await post(form, `/override/${id}/challenge`, {
        do: form.dataset.do, asked: form.dataset.asked, verdict: event.submitter.value, revision,
        incident: incident ? incident.value.trim() : "",
        reason: reason ? reason.value.trim() : "",
      });
      const said = publicKey ? { statement, assertion: await sign({ publicKey }) } : { statement };
      const done = await post(form, `/override/${id}`, said);
      fields.forEach((it) => sessionStorage.removeItem(draft(it)));
      return done;
    });
  });
}

function managing(home) {
  const seen = () => setTimeout(() => location.reload(), 1500);
  home.querySelector("#add").addEventListener("submit", async (event) => {
    event.preventDefault();
    const label = event.target.elements.label.value.trim();
    const done = await busy(home, async () => {
      const asked = await post(home, "/passkeys/challenge", { do: "add", label });
      const made = { statement: asked.statement, credential: await create(asked.create) };
      if (!asked.vouch) { return post(home, "/passkeys", made); }
      const known = await post(home, "/passkeys/challenge", { do: "vouch", ...made });
      return post(home, "/passkeys", { statement: known.statement, assertion: await sign(known.get) });
    });
    if (done) { seen(); }
  });
  home.addEventListener("click", async (event) => {
    const { remove, approve } = event.target.dataset;
    let done = false;
    if (remove && confirm("Remove this key? It will decide nothing any more.")) {
      done = await busy(home, () => post(home, `/passkeys/${remove}/remove`, {}));
    } else if (approve) {
      done = await busy(home, async () => {
        const asked = await post(home, "/passkeys/challenge", { do: "approve", credential: approve });
        return post(home, "/passkeys", {
          statement: asked.statement, assertion: await sign(asked.get),
        });
      });
    }
    if (done) { seen(); }
  });
}

const form = document.getElementById("decide");
if (form) { deciding(form); }
const emergency = document.getElementById("override");
if (emergency) { overriding(emergency); }
const home = document.getElementById("passkeys");
if (home) { managing(home); }
