// oauth2-mock-server as the issuer of GitHub's job tokens, and the address where a job fetches one:
// GET /token?audience=… answers {"value": …}. The claims and the module are told as arguments.
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";

const [, , module, claims] = process.argv;
const { OAuth2Server } = await import(module);
const server = new OAuth2Server();
await server.issuer.keys.generate("RS256");
await server.start(0, "127.0.0.1");
server.issuer.url = `http://127.0.0.1:${server.address().port}`;

function token(audience) {
  const own = { aud: audience, jti: randomUUID() };
  return server.issuer.buildToken({
    expiresIn: 300,
    scopesOrTransform: (header, payload) => Object.assign(payload, JSON.parse(claims), own),
  });
}

const desk = createServer(async (request, response) => {
  const asked = new URL(request.url, "http://127.0.0.1").searchParams.get("audience");
  const allowed = asked && request.headers.authorization === "Bearer the-job-itself";
  response.writeHead(allowed ? 200 : 401, { "content-type": "application/json" });
  response.end(JSON.stringify(allowed ? { value: await token(asked) } : {}));
});
desk.listen(0, "127.0.0.1", () => {
  const fetched = `http://127.0.0.1:${desk.address().port}/token`;
  process.stdout.write(JSON.stringify({ issuer: server.issuer.url, fetched }) + "\n");
});
