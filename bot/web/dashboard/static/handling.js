// Sends again, or drops, what could not be told to a pipeline. The page is loaded anew once it is done.
"use strict";
{
  const list = document.getElementById("parcels");
  const { base, csrf } = document.body.dataset;

  function tell(sentence, kind) {
    const told = document.getElementById("told");
    told.textContent = sentence;
    told.className = `told ${kind}`;
    told.hidden = false;
    told.scrollIntoView({ block: "nearest" });
  }

  async function handle(home, deed, facts) {
    const buttons = [...home.querySelectorAll("button")];
    buttons.forEach((it) => { it.disabled = true; });
    try {
      const answer = await fetch(`${base}/connections/parcels/${home.dataset.id}/${deed}`, {
        method: "POST", credentials: "same-origin", redirect: "error",
        headers: { "content-type": "application/json", "x-csrf": csrf },
        body: JSON.stringify(facts),
      });
      const said = await answer.json().catch(() => ({}));
      tell(said.sentence || said.title || "That did not work. Please try again.", answer.ok ? "good" : "bad");
      if (answer.ok) { setTimeout(() => location.reload(), 1500); return; }
    } catch {
      tell("Nobody answered. Look at the page again, then decide.", "bad");
    }
    buttons.forEach((it) => { it.disabled = false; });
  }

  if (list) {
    list.querySelectorAll(".handling").forEach((it) => { it.hidden = false; });
    list.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      const home = button && button.closest(".handling");
      if (!home) { return; }
      if ("opens" in button.dataset) {
        const panel = home.querySelector("form");
        panel.hidden = !panel.hidden;
        if (!panel.hidden) { panel.elements.why.focus(); }
      } else if (button.dataset.deed) {
        handle(home, button.dataset.deed, {});
      }
    });
    list.addEventListener("submit", (event) => {
      event.preventDefault();
      const { why, typed } = event.target.elements;
      handle(event.target.closest(".handling"), "drop", { why: why.value.trim(), typed: typed.value.trim() });
    });
  }
}
