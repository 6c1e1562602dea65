// Signs or verifies one message with the published library, as it is told on standard input.
const asked = JSON.parse(require("fs").readFileSync(0, "utf8"));
const { Webhook, WebhookVerificationError } = require(asked.module);
const library = new Webhook(asked.secret);

function signed() {
  const at = new Date();
  return {
    "webhook-id": asked.id,
    "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
    "webhook-signature": library.sign(asked.id, at, asked.body),
  };
}

function verified() {
  try {
    library.verify(asked.body, asked.headers);
    return { taken: true };
  } catch (error) {
    if (error instanceof WebhookVerificationError) {
      return { taken: false };
    }
    throw error;
  }
}

process.stdout.write(JSON.stringify(asked.what === "sign" ? signed() : verified()));
