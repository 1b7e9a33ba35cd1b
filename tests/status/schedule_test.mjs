// serve starts the cycles itself, on the minute, beside whoever else does.
import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {after, before, test} from 'node:test';

import {Pair} from './pair.mjs';

let pair, holder;
before(async () => {
  pair = new Pair({}, {schedule: {every_minutes: 1, run: true}});
  await pair.serve();
});
after(async () => {
  holder?.kill('SIGKILL');
  await pair.remove();
});

const lastCycle = () => JSON.parse(pair.miroir(['status', '--json'], {codes: [0, 4]})).last_cycle.cycle;

async function api(method, way, token) {
  const answer = await fetch(pair.address + way, {method, headers: {authorization: `Bearer ${token}`}});
  return {status: answer.status, body: await answer.json()};
}

async function atRest(token) {
  for (let i = 0; i < 50 && (await api('GET', '/api/v1/status', token)).body.running; ++i)
    await new Promise((resolve) => setTimeout(resolve, 100));
}

test('a cycle that somebody else runs is no trouble', async () => {
  const token = pair.miroir(['user', 'token', 'lea']).trim();
  const before = lastCycle();
  // Another cycle holds the lock.
  const other = spawn('flock', [pair.file('state.db.lock'), 'sleep', '3']);
  await new Promise((resolve) => setTimeout(resolve, 500));
  assert.equal((await api('POST', '/api/v1/cycle', token)).status, 202);
  await new Promise((resolve) => other.on('exit', resolve));
  assert.equal(lastCycle(), before);
  await atRest(token);
  assert.equal((await api('POST', '/api/v1/cycle', token)).status, 202);
  for (let i = 0; i < 100 && lastCycle() === before; ++i) await new Promise((resolve) => setTimeout(resolve, 100));
  assert.equal(lastCycle(), before + 1);
});

test('what somebody enters arrives without anybody asking, on the minute', async () => {
  const token = pair.miroir(['user', 'token', 'lea']).trim();
  pair.sql('shop', `UPDATE customer SET city = 'Dijon' WHERE id = 1`);
  const {body} = await api('GET', '/api/v1/status', token);
  const due = Date.parse(body.next_cycle);
  assert.equal(due % 60000, 0);
  assert.ok(due > Date.now() - 1500 && due <= Date.now() + 60000);
  const there = () => pair.sql('erp', `SELECT "City" FROM "CRONUS France$Customer" WHERE "No_" = 'W1'`) === 'Dijon';
  while (!there() && Date.now() < due + 20000) await new Promise((resolve) => setTimeout(resolve, 250));
  assert.ok(there(), 'carried over');
  const started = Date.parse(JSON.parse(pair.miroir(['status', '--json'])).last_cycle.started);
  assert.ok(started >= due - 1000 && started < due + 10000, `started ${started - due} ms after its minute`);
}, {timeout: 100000});

test('the server is to end while a cycle is under way: so does the cycle, at a good moment', async () => {
  const token = pair.miroir(['user', 'token', 'lea']).trim();
  await atRest(token);
  const before = lastCycle();
  pair.sql('shop', `UPDATE customer SET city = 'Lens' WHERE id = 1`);
  // Somebody holds the ERP: a cycle has to wait for him, and tries again.
  holder = spawn('sqlite3', ['-batch', pair.database('erp')], {stdio: ['pipe', 'pipe', 'inherit']});
  holder.stdin.write('BEGIN IMMEDIATE;\nSELECT 1;\n');
  await new Promise((resolve) => holder.stdout.once('data', resolve));
  assert.equal((await api('POST', '/api/v1/cycle', token)).status, 202);
  while (!(await api('GET', '/api/v1/status', token)).body.running) await new Promise((resolve) => setTimeout(resolve, 50));
  // It has read by then, and waits for him: for four seconds, were it not to end.
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const {code, took} = await pair.stop();
  const last = JSON.parse(pair.miroir(['status', '--json'], {codes: [0, 4]})).last_cycle;
  holder.kill('SIGKILL');
  assert.equal(code, 0);
  assert.ok(took < 5000, `it took ${took} ms`);
  assert.equal(last.cycle, before + 1);
  assert.equal(last.outcome, 'unreachable');
  pair.cycle();
  assert.equal(pair.sql('erp', `SELECT "City" FROM "CRONUS France$Customer" WHERE "No_" = 'W1'`), 'Lens');
}, {timeout: 60000});
