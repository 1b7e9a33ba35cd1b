// serve starts the cycles itself, on the minute, beside whoever else does.
import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {after, before, test} from 'node:test';

import {Pair} from './pair.mjs';

let pair;
before(async () => {
  pair = new Pair({}, {schedule: {every_minutes: 1, run: true}});
  await pair.serve();
});
after(async () => { await pair.remove(); });

const lastCycle = () => JSON.parse(pair.miroir(['status', '--json'], {codes: [0, 4]})).last_cycle.cycle;

async function api(method, way, token) {
  const answer = await fetch(pair.address + way, {method, headers: {authorization: `Bearer ${token}`}});
  return {status: answer.status, body: await answer.json()};
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
  for (let i = 0; i < 50 && (await api('GET', '/api/v1/status', token)).body.running; ++i)
    await new Promise((resolve) => setTimeout(resolve, 100));
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
