// Asks a page for addresses at a steady rate, whether or not it answers, and measures each answer.
//
// usage: visitor.mjs ADDRESS FILE RATE PASSWORD PATH...
//
// Signs in as "bench", takes the PATHs in turns, and prints "begun". Until SIGTERM: then it waits for the answers that
// are still to come, and FILE gets [[path, milliseconds], ...]. An answer's time counts from the moment when it was to
// be asked for, so whatever keeps a request from being sent is not hidden. Anything but a page, or the way to one, ends it with 1.
import { writeFileSync } from "node:fs";
import http from "node:http";

const [address, file, rate, password, ...paths] = process.argv.slice(2);
const agent = new http.Agent({ keepAlive: true });

function ask(path, options = {}, body = "") {
  return new Promise((resolve, reject) => {
    const request = http.request(address + path, { agent, ...options }, (response) => {
      response.resume();
      response.on("end", () => resolve(response));
    });
    request.on("error", reject);
    request.end(body);
  });
}

async function signIn() {
  const headers = { origin: address, "content-type": "application/x-www-form-urlencoded" };
  const form = new URLSearchParams({ name: "bench", password }).toString();
  const response = await ask("/sign-in", { method: "POST", headers }, form);
  const cookie = response.headers["set-cookie"]?.[0].split(";")[0];
  if (!cookie) throw new Error(`signing in: ${response.statusCode}`);
  return cookie;
}

const headers = { cookie: await signIn() };
const took = [];
const underWay = new Set();

async function visit(path, due) {
  const response = await ask(path, { headers });
  if (![200, 303].includes(response.statusCode)) throw new Error(`${path}: ${response.statusCode}`);
  took.push([path, performance.now() - due]);
}

const begun = performance.now();
let sent = 0;
// Sends all that is due; a timer that comes late is followed by as many as it has missed.
const timer = setInterval(() => {
  for (; begun + (sent * 1000) / rate <= performance.now(); sent += 1) {
    const answer = visit(paths[sent % paths.length], begun + (sent * 1000) / rate);
    underWay.add(answer);
    answer.finally(() => underWay.delete(answer));
  }
}, 1);

process.on("SIGTERM", async () => {
  clearInterval(timer);
  await Promise.all(underWay);
  writeFileSync(file, JSON.stringify(took));
  agent.destroy();
});
console.log("begun");
