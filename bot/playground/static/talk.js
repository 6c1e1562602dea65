// How does the page speak with the workspace?

export async function tell(deed, body) {
  try {
    const response = await fetch(`/page/${deed}`, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
    });
    return response.ok ? await response.json() : { trouble: await response.text(), errors: {} };
  } catch {
    return { trouble: "The playground does not answer. Is it still running?", errors: {} };
  }
}

let stream = null;

export function listen(user, onPicture, onTime, onSilence) {
  stream?.close();
  stream = new EventSource(`/page/stream?as=${encodeURIComponent(user)}`);
  stream.addEventListener("picture", (event) => onPicture(JSON.parse(event.data)));
  stream.addEventListener("time", (event) => onTime(JSON.parse(event.data).now));
  stream.addEventListener("error", onSilence);
}
