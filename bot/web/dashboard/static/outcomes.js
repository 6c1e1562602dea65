// Says which sign-off an incident is of, or which it is not. The page is loaded anew once it is noted.
"use strict";
{
  const list = document.getElementById("incidents");
  const { base, csrf } = document.body.dataset;

  function tell(sentence, kind) {
    const told = document.getElementById("told");
    told.textContent = sentence;
    told.className = `told ${kind}`;
    told.hidden = false;
    told.scrollIntoView({ block: "nearest" });
  }

  async function send(home, deed) {
    const buttons = [...list.querySelectorAll("button")];
    buttons.forEach((it) => { it.disabled = true; });
    try {
      const answer = await fetch(`${base}/outcomes/${home.dataset.incident}/${deed}`, {
        method: "POST", credentials: "same-origin", redirect: "error",
        headers: { "content-type": "application/json", "x-csrf": csrf },
        body: JSON.stringify({ signoff: home.dataset.signoff || "" }),
      });
      const said = await answer.json().catch(() => ({}));
      tell(said.sentence || said.title || "That did not work. Please try again.", answer.ok ? "good" : "bad");
      if (answer.ok) { setTimeout(() => location.reload(), 1500); return; }
    } catch {
      tell("Nobody answered. Look at the page again.", "bad");
    }
    buttons.forEach((it) => { it.disabled = false; });
  }

  if (list) {
    list.querySelectorAll(".buttons").forEach((it) => { it.hidden = false; });
    list.addEventListener("click", (event) => {
      const button = event.target.closest("button[data-deed]");
      if (button) { send(button.closest(".buttons"), button.dataset.deed); }
    });
  }
}
