// Asks one adapter a few things by hand: node try.mjs SYSTEM [REDIS_PORT]. Settings come from RATELAB_*.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const [system, redisPort] = process.argv.slice(2);
const { command } = JSON.parse(readFileSync(`${system}/system.json`, 'utf8'));
const permits = Number((process.env.RATELAB_PERMITS ??= '10'));
const windowMs = Number((process.env.RATELAB_WINDOW_MS ??= '1000'));
const env = { ...process.env, RATELAB_REDIS: redisPort ? `redis://127.0.0.1:${redisPort}` : '', RATELAB_NAMESPACE: `try-${process.pid}:` };
const adapter = spawn(command[0], command.slice(1), { cwd: system, env, stdio: ['pipe', 'pipe', 'inherit'] });
const lines = createInterface({ input: adapter.stdout });
const waiting = new Map();
let last = 0;
const ask = (question) =>
  new Promise((resolve) => {
    waiting.set(++last, resolve);
    adapter.stdin.write(JSON.stringify({ id: last, ...question }) + '\n');
  });
const together = (key, count) => Promise.all(Array.from({ length: count }, () => ask({ key, cost: 1 })));
const admitted = (answers) => answers.filter((a) => a.allowed).length;
console.log(await new Promise((hello) => lines.once('line', hello)));
lines.on('line', (line) => waiting.get(JSON.parse(line).id)(JSON.parse(line)));
console.log('first', await ask({ key: 'a', cost: 1 }), admitted(await together('a', permits - 1)), 'more, then', await ask({ key: 'a', cost: 1 }));
console.log('50 at once', admitted(await together('b', 50)), (await together('b', 1))[0]);
await new Promise((later) => setTimeout(later, windowMs + 100));
console.log('after the window', admitted(await together('a', 50)), 'size', await ask({ op: 'size' }));
adapter.stdin.end();
