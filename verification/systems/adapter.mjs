// What the adapters of the node systems share: the settings, the shifted clock, and the protocol of docs/conform-protocol.md.
// It must be an adapter's first import, so that the clock is shifted before the library reads it.
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { createInterface } from 'node:readline';

export const permits = Number(process.env.RATELAB_PERMITS || 10);
export const windowMs = Number(process.env.RATELAB_WINDOW_MS || 1000);
export const burst = Number(process.env.RATELAB_BURST || permits);
export const redisUrl = process.env.RATELAB_REDIS || '';
export const namespace = process.env.RATELAB_NAMESPACE || 'ratelab:';
export const clockAheadMs = Number(process.env.RATELAB_CLOCK_AHEAD_MS || 0);

if (clockAheadMs !== 0) {
  const wallClock = Date.now;
  Date.now = () => wallClock() + clockAheadMs;
  globalThis.Date = new Proxy(Date, {
    construct: (date, values, target) => Reflect.construct(date, values.length > 0 ? values : [Date.now()], target),
  });
  const uptime = performance.now.bind(performance);
  performance.now = () => uptime() + clockAheadMs;
}

// Standard output carries answers only.
const answer = process.stdout.write.bind(process.stdout);
process.stdout.write = process.stderr.write.bind(process.stderr);

/**
 * Says hello for an installed library and answers the questions on standard input.
 * decide(key, cost) resolves to {allowed, ...}; size() resolves to the number of keys with state.
 */
export function serve(library, traits, decide, size) {
  const { version } = JSON.parse(readFileSync(`node_modules/${library}/package.json`, 'utf8'));
  const tell = (line) => answer(JSON.stringify(line) + '\n');
  tell({ name: library, version, clock: true, size: size !== undefined, ...traits });
  createInterface({ input: process.stdin })
    .on('line', async (line) => {
      const { id, key, cost = 1, op } = JSON.parse(line);
      try {
        tell(op === 'size' ? { id, size: await size() } : { id, ...(await decide(key, cost)) });
      } catch (e) {
        tell({ id, error: String(e?.message ?? e) });
      }
    })
    .on('close', () => process.exit(0));
}

/** Puts a middleware behind a server of this process; decide(key) asks it with ?key=KEY. told(headers) reads what the answer tells. */
export async function behindHttp(listener, told = rateLimitHeaders) {
  const server = http.createServer(listener);
  server.keepAliveTimeout = 0;
  await new Promise((ready) => server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, ready));
  const place = { host: '127.0.0.1', port: server.address().port, agent: new http.Agent({ keepAlive: true }) };
  return (key) =>
    new Promise((resolve, reject) => {
      http
        .get({ ...place, path: `/?key=${encodeURIComponent(key)}` }, (response) => {
          const { statusCode, headers } = response;
          response.resume().on('end', () =>
            statusCode === 429 || statusCode === 200
              ? resolve({ allowed: statusCode === 200, ...told(headers) })
              : reject(new Error(`status ${statusCode}`)),
          );
        })
        .on('error', reject);
    });
}

/** What is left, and Retry-After in whole seconds. A reset is left out: what is back then differs from library to library. */
export function rateLimitHeaders(headers) {
  return {
    remaining: number(headers['ratelimit-remaining'] ?? headers['x-ratelimit-remaining']),
    retryAfterS: number(headers['retry-after']),
  };
}

/** The same, and RateLimit-Reset, for libraries whose documentation says that a fixed window begins anew then. */
export function windowHeaders(headers) {
  return { ...rateLimitHeaders(headers), resetAfterS: number(headers['ratelimit-reset']) };
}

export const number = (text) => (text === undefined ? undefined : Number(text));

/** Counts the keys in Redis whose names begin with the prefix, with an ioredis client. */
export async function countKeys(redis, prefix = namespace) {
  let count = 0;
  for await (const keys of redis.scanStream({ match: `${prefix}*`, count: 1000 })) count += keys.length;
  return count;
}
