// Sends what somebody presses on the page of a sign-off. What comes of it, the server says: the page is
// loaded anew, and a press that was sent twice is one press.
"use strict";
{
  const place = document.getElementById("deciding");
  const { base, csrf } = document.body.dataset;

  function tell(sentence, kind) {
    const told = document.getElementById("told");
    told.textContent = sentence;
    told.className = `told ${kind}`;
    told.hidden = false;
    told.scrollIntoView({ block: "nearest" });
  }

  async function send(deed, facts) {
    const { id, once, revision, policy } = place.dataset;
    const buttons = [...place.querySelectorAll("button")];
    buttons.forEach((it) => { it.disabled = true; });
    tell("Sending…", "");
    try {
      const answer = await fetch(`${base}/signoffs/${id}/${deed.replace("_", "-")}`, {
        method: "POST", credentials: "same-origin", redirect: "error",
        headers: { "content-type": "application/json", "x-csrf": csrf },
        body: JSON.stringify({ once, revision, policy_digest: policy, ...facts }),
      });
      const said = await answer.json().catch(() => ({}));
      if (answer.ok) {
        sessionStorage.setItem("countersign told", JSON.stringify({ id, sentence: said.sentence }));
        drafts().forEach((it) => sessionStorage.removeItem(kept(it)));
        location.assign(`${base}/signoffs/${said.signoff}`);
        return;
      }
      tell(said.title || "That did not work. Please try again.", "bad");
      document.getElementById("instead").hidden = !said.decideAt;
      document.getElementById("again").hidden = answer.status !== 401;
    } catch {
      tell("Nobody answered, so it may have been recorded or not. Press again: it counts once.", "bad");
    }
    buttons.forEach((it) => { it.disabled = false; });
  }

  function open(deed) {
    place.querySelectorAll("form.panel[data-deed]").forEach((it) => {
      if (it.dataset.number === undefined) { it.hidden = it.dataset.deed !== deed; }
    });
    const panel = place.querySelector(`form.panel[data-deed="${deed}"]`);
    if (panel) { panel.querySelector("input, select, textarea, button").focus(); }
  }

  const drafts = () => [...place.querySelectorAll("textarea")];
  const kept = (field) => `countersign ${place.dataset.id} ${field.id}`;

  function begin() {
    place.hidden = false;
    drafts().forEach((it) => {
      it.value = sessionStorage.getItem(kept(it)) || "";
      it.addEventListener("input", () => sessionStorage.setItem(kept(it), it.value));
    });
    place.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button) { return; }
      const { deed, opens, assisted } = button.dataset;
      if (opens) {
        open(opens);
      } else if ("closes" in button.dataset) {
        const shut = button.closest("form").dataset.deed;
        open("");
        place.querySelector(`[data-opens="${shut}"]`).focus();
      } else if (deed) {
        send(deed, assisted ? { assisted: assisted === "true" } : {});
      }
    });
    place.addEventListener("submit", (event) => {
      event.preventDefault();
      const form = event.target;
      const checked = [...form.querySelectorAll("input[name=checklist]:checked")];
      const facts = { reason: form.elements.reason ? form.elements.reason.value.trim() : "" };
      if (form.elements.to) { facts.to = form.elements.to.value; }
      if (form.dataset.number) { facts.number = Number(form.dataset.number); }
      if (checked.length) { facts.checklist = checked.map((it) => it.value); }
      send(form.dataset.deed, facts);
    });
  }

  const last = JSON.parse(sessionStorage.getItem("countersign told") || "null");
  if (last && last.sentence) {
    sessionStorage.removeItem("countersign told");
    tell(last.sentence, "good");
  }
  if (place) { begin(); }
}
